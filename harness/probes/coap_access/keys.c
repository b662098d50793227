/* Which pre-shared keys open a DTLS service: the declared one, wrong ones, well-known ones.  A key
 * is accepted when something is answered over the channel that it opened. */
#include "access.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "probe/credential_list.h"
#include "probe/data.h"
#include "probe/web.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_LENGTH = 16, LABEL_SIZE = 96 };

struct course {
    struct probe_call *call;
    const struct credential *declared; /* NULL: none */
    const struct service *service;
    const char *path;
    uint64_t random;
    json_t *accepted;
    unsigned total;
    unsigned tried;
    unsigned rejected;
    unsigned unclear;
};

static const char *path_find(const struct probe_call *call)
{
    const struct profile *profile = call->subject->profile;
    const struct auth *auth = call->subject->auth;

    if (probe_param_text(call, "path") != NULL) {
        return probe_param_text(call, "path");
    }
    for (size_t i = 0; profile != NULL && auth != NULL && i < profile->access_count; i++) {
        if (profile->accesses[i].auth == auth && profile->accesses[i].read.path != NULL) {
            return profile->accesses[i].read.path;
        }
    }
    return "/.well-known/core";
}

static void outcome_count(struct course *course, const struct coap_client_answer *answer,
                          const char *label)
{
    bool spoke = answer->event == COAP_CLIENT_ANSWERED || answer->event == COAP_CLIENT_RESET;

    course->tried++;
    if (answer->secured && spoke) {
        probe_list_add_text(course->accepted, label);
    } else if (answer->event == COAP_CLIENT_REFUSED) {
        course->rejected++;
    } else {
        course->unclear++;
        probe_fact_text(course->call, "detail", answer->detail);
    }
}

static enum status key_try(struct course *course, const char *identity, const char *key,
                           const char *label, struct error *reterr)
{
    DEFER(coap_visit_done) struct coap_visit visit = { .call = course->call };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };

    course->total++;
    if (course->tried >= probe_param_int(course->call, "budget") ||
        (long long) json_array_size(course->accepted) >=
            probe_param_int(course->call, "stop_after") ||
        clock_left_ms(course->call->deadline_ms) == 0) {
        return STATUS_OK;
    }
    visit.target = (struct coap_client_target){
        .host = course->call->host,
        .port = course->service != NULL && course->service->port != 0 ? course->service->port
                                                                      : course->call->port,
        .security = COAP_CLIENT_PSK,
        .server_name = course->service != NULL ? course->service->tls_server_name : NULL,
        .identity = identity,
        .key = visit.key,
    };
    if (!coap_key_read(key, visit.key, &visit.target.key_length)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: the key cannot be read", label);
    }
    TRY(coap_client_new(&visit.target, course->call->transcript, &visit.client, reterr));
    TRY(coap_client_ask(visit.client,
                        &(struct coap_client_ask){
                            .method = COAP_CLIENT_GET,
                            .path = course->path,
                            .content_format = -1,
                            .answer_is_secret = true,
                            .deadline_ms = probe_exchange_deadline(course->call),
                        },
                        &answer, reterr));
    outcome_count(course, &answer, label);
    return STATUS_OK;
}

static enum status list_try(struct course *course, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct credential_list list = { .count = 0 };
    char path[PATH_MAX];

    TRY(data_path(path, sizeof path, "testsuites/jc-star/credentials/psk.tsv", reterr));
    TRY(credential_list_load(path, arena, &list, reterr));
    for (size_t i = 0; i < list.count; i++) {
        char label[LABEL_SIZE];

        (void) snprintf(label, sizeof label, "psk:#%u (identity %.48s)", list.pairs[i].id,
                        list.pairs[i].user);
        TRY(key_try(course, list.pairs[i].user, list.pairs[i].password, label, reterr));
    }
    return STATUS_OK;
}

/* Unknown to the device, from the seed: the same run tries the same. */
static enum status kind_try(struct course *course, const char *kind, struct error *reterr)
{
    char identity[RANDOM_LENGTH + 1];
    char key[RANDOM_LENGTH + 1];

    web_random_text(&course->random, identity, RANDOM_LENGTH);
    web_random_text(&course->random, key, RANDOM_LENGTH);
    if (text_equal(kind, "list:psk")) {
        return list_try(course, reterr);
    }
    if (text_equal(kind, "random")) {
        return key_try(course, identity, key, "random", reterr);
    }
    if (course->declared == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "candidates=%s needs declared credentials", kind);
    }
    if (text_equal(kind, "other-key")) {
        return key_try(course, course->declared->user, key, kind, reterr);
    }
    return key_try(course, text_equal(kind, "declared") ? course->declared->user : identity,
                   secret_reveal(&course->declared->secret), kind, reterr);
}

enum status coap_keys_run(struct probe_call *call, struct error *reterr)
{
    const struct auth *auth = call->subject->auth;
    struct course course = { .call = call,
                             .declared = web_credential(call->subject->profile, auth, NULL),
                             .service = auth != NULL ? auth->service : call->subject->service,
                             .path = path_find(call),
                             .random = call->seed };
    size_t i;
    json_t *kind;

    if (auth != NULL && !text_equal(auth->scheme, "psk")) {
        return fail(reterr, STATUS_UNSUPPORTED, "keys are asked for scheme psk alone, not %s",
                    auth->scheme);
    }
    course.accepted = json_array();
    probe_fact_json(call, "accepted", course.accepted);
    json_array_foreach(probe_param_list(call, "candidates"), i, kind)
    {
        TRY(kind_try(&course, json_string_value(kind), reterr));
        probe_progress(call, (unsigned) i + 1,
                       (unsigned) json_array_size(probe_param_list(call, "candidates")));
    }
    probe_fact_int(call, "accepted_count", (long long) json_array_size(course.accepted));
    probe_fact_int(call, "rejected_count", course.rejected);
    probe_fact_int(call, "unclear_count", course.unclear);
    probe_fact_int(call, "tried", course.tried);
    probe_fact_bool(call, "complete", course.tried == course.total && course.unclear == 0);
    return STATUS_OK;
}
