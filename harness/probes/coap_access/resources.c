/* What a stranger finds on a service: its own list of resources (RFC 6690), and which of them it
 * hands out. */
#include "access.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/link_format.h"

#include <jansson.h>
#include <string.h>

static const char core[] = "/.well-known/core";

enum standing { STANDING_UNDECLARED, STANDING_PUBLIC, STANDING_PROTECTED };

static bool same_path(const char *one, const char *other)
{
    size_t length = strcspn(one, "?");

    return strcspn(other, "?") == length && strncmp(one, other, length) == 0;
}

/* What the profile says of a path; protected on any service counts for all. */
static enum standing standing_find(const struct profile *profile, const char *path)
{
    enum standing standing = STANDING_UNDECLARED;

    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];
        bool is_coap = text_equal(access->service->protocol, "coap") ||
                       text_equal(access->service->protocol, "coaps");

        if (!is_coap || access->read.path == NULL || !same_path(access->read.path, path)) {
            continue;
        }
        if (access->auth != NULL) {
            return STANDING_PROTECTED;
        }
        standing = STANDING_PUBLIC;
    }
    return standing;
}

static void list_add(struct probe_call *call, const char *list, const char *path)
{
    probe_list_add_text(json_object_get(call->facts, list), path);
}

static void granted_note(struct coap_visit *visit, const char *path)
{
    enum standing standing = standing_find(visit->call->subject->profile, path);

    list_add(visit->call, "readable", path);
    if (standing == STANDING_PROTECTED) {
        list_add(visit->call, "protected_readable", path);
    } else if (standing == STANDING_UNDECLARED) {
        list_add(visit->call, "undeclared_readable", path);
    }
}

static enum status resource_ask(struct coap_visit *visit, const struct wire_link *link,
                                struct error *reterr)
{
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    struct coap_view view;
    char outcome[32];
    json_t *row;

    TRY(coap_visit_get(visit, link->path, link->observable, true, &answer, reterr));
    view = coap_view(&answer, false);
    row = json_pack("{s:s, s:s, s:b, s:b}", "path", link->path, "outcome",
                    coap_outcome_text(&answer, outcome), "observable", (int) link->observable,
                    "observe_granted", (int) answer.observed);
    probe_list_add(json_object_get(visit->call->facts, "resources"), row);
    if (view.word == COAP_VIEW_GRANTED) {
        granted_note(visit, link->path);
    } else if (view.word == COAP_VIEW_OPEN) {
        list_add(visit->call, "unclear", link->path);
    }
    return STATUS_OK;
}

/* Adds what the profile declares to what the device tells. */
static void declared_add(const struct probe_call *call, struct wire_links *links)
{
    const struct profile *profile = call->subject->profile;

    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];
        bool known = access->service != call->subject->service || access->read.path == NULL ||
                     strlen(access->read.path) >= WIRE_LINK_PATH_SIZE;

        for (size_t j = 0; !known && j < links->count; j++) {
            known = same_path(links->items[j].path, access->read.path);
        }
        if (!known && links->count < WIRE_LINKS_MAX) {
            struct wire_link *link = &links->items[links->count++];

            *link = (struct wire_link){ .observable = false };
            memcpy(link->path, access->read.path, strlen(access->read.path));
        }
    }
}

static enum status resources_ask(struct coap_visit *visit, const struct wire_links *links,
                                 struct error *reterr)
{
    struct probe_call *call = visit->call;
    size_t most = (size_t) probe_param_int(call, "most");
    size_t asked = 0;

    for (size_t i = 0; i < links->count && asked < most; i++) {
        if (!same_path(links->items[i].path, core)) {
            if (clock_left_ms(call->deadline_ms) == 0) {
                break;
            }
            TRY(resource_ask(visit, &links->items[i], reterr));
        }
        asked++;
        probe_progress(call, (unsigned) asked, (unsigned) links->count);
    }
    probe_fact_bool(call, "complete", asked == links->count && !links->cut && !links->malformed);
    return STATUS_OK;
}

/* With its list, with a refusal of it or of the handshake, or by having none: 5.03, say, tells
 * nothing of what is there. */
static bool answers_the_list(const struct coap_client_answer *answer)
{
    return answer->event == COAP_CLIENT_REFUSED ||
           (answer->event == COAP_CLIENT_ANSWERED &&
            (answer->code == 205 || coap_view(answer, false).word == COAP_VIEW_REFUSED));
}

enum status coap_resources_run(struct probe_call *call, struct error *reterr)
{
    static const char *const lists[] = { "resources", "readable", "protected_readable",
                                         "undeclared_readable", "unclear" };
    DEFER(coap_visit_done) struct coap_visit visit = { .call = NULL };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    static struct wire_links links;
    char outcome[32];

    TRY(coap_visit_open(&visit, call, false, reterr));
    TRY(coap_visit_get(&visit, core, false, false, &answer, reterr));
    probe_fact_text(call, "discovery", coap_outcome_text(&answer, outcome));
    probe_fact_bool(call, "answered", answers_the_list(&answer));
    if (visit.target.security != COAP_CLIENT_PLAIN &&
        (answer.secured || answer.event == COAP_CLIENT_REFUSED)) {
        probe_fact_bool(call, "secured", answer.secured);
    }
    if (answer.event != COAP_CLIENT_ANSWERED && answer.event != COAP_CLIENT_REFUSED) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        probe_fact_json(call, lists[i], json_array());
    }
    probe_fact_text(call, "not_tried",
                    "POST, PUT and DELETE: nothing is declared by which a change could be undone");
    if (answer.event == COAP_CLIENT_REFUSED) { /* a stranger gets no further than the handshake */
        probe_fact_bool(call, "complete", true);
        return STATUS_OK;
    }
    wire_link_format_read(answer.body.data, answer.code == 205 ? answer.body.length : 0, &links);
    links.cut |= answer.body_cut;
    probe_fact_int(call, "listed", (long long) links.count);
    declared_add(call, &links);
    return resources_ask(&visit, &links, reterr);
}
