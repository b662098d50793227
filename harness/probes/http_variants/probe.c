/* http_variants - asks as a stranger for a protected thing by other spellings of its path and by
 * other methods, and records which of them hand it out although the declared request is refused.
 *
 * By hand: hoshitori probe http_variants --profile profile.yaml --access settings@admin
 */
#include "probe/probe.h"
#include "base/text.h"
#include "probe/guest.h"
#include "probe/likeness.h"
#include "probe/web.h"
#include "variants.h"

#include <stdio.h>
#include <string.h>

extern const struct probe probe_http_variants;

struct search {
    struct probe_call *call;
    const struct access *access;
    struct guest role;
    struct guest stranger;
    struct http_answer thing;   /* what the role gets */
    struct http_answer nothing; /* what a stranger gets for a path that nobody made */
    unsigned tried;
    unsigned unanswered;
    json_t *granted;
    json_t *answered;
    json_t *not_tried;
};

static void search_done(struct search *search)
{
    guest_done(&search->role);
    guest_done(&search->stranger);
    http_answer_done(&search->thing);
    http_answer_done(&search->nothing);
    json_decref(search->granted);
    json_decref(search->answered);
    json_decref(search->not_tried);
}

static bool success(const struct http_answer *answer)
{
    return answer->event == HTTP_ANSWERED && answer->status >= 200 && answer->status < 300;
}

static bool type_of_thing(const struct search *search, const struct http_answer *answer)
{
    return search->thing.content_type[0] != '\0' &&
           strcmp(search->thing.content_type, answer->content_type) == 0;
}

/* A device that answers any path with the same page says nothing about this one; by its type
 * alone that page is known only where the thing has another. */
static bool like_nothing(const struct search *search, const struct http_answer *answer)
{
    return success(&search->nothing) &&
           (likeness_of(&search->nothing, answer) == LIKENESS_SAME ||
            (strcmp(search->nothing.content_type, answer->content_type) == 0 &&
             !type_of_thing(search, answer)));
}

/* One answer to a stranger, sorted into the lists. */
static void sort_answer(struct search *search, const char *word, const char *method,
                        const struct http_request *request, const struct http_answer *answer)
{
    struct web_view view = web_view(answer, request->path, false);

    search->tried++;
    if (answer->event != HTTP_ANSWERED || web_puts_off(answer->status)) {
        search->unanswered++;
        return;
    }
    if (!success(answer)) {
        return;
    }
    if (strcmp(method, "HEAD") == 0) {
        if (type_of_thing(search, answer) && !like_nothing(search, answer)) {
            probe_list_add_text(search->answered, word);
        }
    } else if (view.word == WEB_GRANTED && likeness_of(&search->thing, answer) == LIKENESS_SAME) {
        probe_list_add_text(search->granted, word);
    } else if (view.word != WEB_REFUSED && strcmp(method, "OPTIONS") != 0 &&
               !like_nothing(search, answer)) {
        probe_list_add_text(search->answered, word);
    }
}

static enum status stranger_tries(struct search *search, const char *word, const char *method,
                                  const char *path, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct http_request request = search->access->read;

    request.method = method;
    request.path = path;
    if (strcmp(method, search->access->read.method) != 0) {
        request.json = NULL;
        request.form = NULL;
    }
    http_client_forget(search->stranger.client);
    TRY(guest_ask(&search->stranger, &request, NULL, false, &answer, reterr));
    sort_answer(search, word, method, &request, &answer);
    return STATUS_OK;
}

static enum status try_paths(struct search *search, struct error *reterr)
{
    const struct http_request *read = &search->access->read;
    char room[VARIANT_PATH_SIZE];

    for (enum variant variant = 0; variant < VARIANT_COUNT; variant++) {
        if (variant_write(variant, read->path, room)) {
            TRY(stranger_tries(search, variant_word(variant), read->method, room, reterr));
        }
        probe_progress(search->call, (unsigned) variant + 1, VARIANT_COUNT);
    }
    return STATUS_OK;
}

/* A method may change something.  POST without a body asks like GET without a query; it is not
 * sent where the profile says that this path is written to, nor is PUT anywhere. */
static enum status try_methods(struct search *search, struct error *reterr)
{
    static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "POST", "HOSHITORI" };
    const struct access *access = search->access;
    bool writable =
        access->write.path != NULL && strcmp(access->write.path, access->read.path) == 0;

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i], access->read.method) == 0) {
            continue;
        }
        if (writable && (strcmp(methods[i], "POST") == 0 || strcmp(methods[i], "HOSHITORI") == 0)) {
            probe_list_add_text(search->not_tried, methods[i]);
            continue;
        }
        TRY(stranger_tries(search, methods[i], methods[i], access->read.path, reterr));
    }
    probe_list_add_text(search->not_tried, "PUT");
    return STATUS_OK;
}

/* What the role gets, what a stranger gets for the declared path, and for no path at all. */
static enum status ground(struct search *search, bool *ret_worth, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer plain = { 0 };
    struct http_request read = search->access->read;
    char marker[sizeof "hoshitori-" + GUEST_MARKER_RANDOM];
    char nowhere[sizeof marker + 1];
    uint64_t random = search->call->seed;
    struct web_view view;

    TRY(guest_new(search->call, GUEST_ROLE, NULL, &search->role, reterr));
    TRY(guest_new(search->call, GUEST_NOBODY, NULL, &search->stranger, reterr));
    TRY(guest_login(&search->role, reterr));
    TRY(guest_ask(&search->role, &read, NULL, false, &search->thing, reterr));
    view = web_view(&search->thing, read.path, false);
    *ret_worth = view.word == WEB_GRANTED;
    if (view.word != WEB_OPEN) {
        probe_fact_bool(search->call, "role_granted", view.word == WEB_GRANTED);
    }
    TRY(guest_ask(&search->stranger, &read, NULL, false, &plain, reterr));
    view = web_view(&plain, read.path, false);
    *ret_worth = *ret_worth && view.word == WEB_REFUSED;
    if (view.word != WEB_OPEN) {
        probe_fact_bool(search->call, "plain_granted", view.word == WEB_GRANTED);
    }
    guest_marker(&random, marker);
    (void) snprintf(nowhere, sizeof nowhere, "/%s", marker);
    read.path = nowhere;
    return guest_ask(&search->stranger, &read, NULL, false, &search->nothing, reterr);
}

/* A device that has shut us out meanwhile refuses every variant for that. */
static enum status role_again(struct search *search, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_request *read = &search->access->read;

    TRY(guest_ask(&search->role, read, NULL, false, &answer, reterr));
    if (web_view(&answer, read->path, false).word != WEB_GRANTED) {
        probe_fact_bool(search->call, "role_granted", false);
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(search_done)
    struct search search = { .call = call,
                             .access = call->subject->access,
                             .granted = json_array(),
                             .answered = json_array(),
                             .not_tried = json_array() };
    bool worth = false;

    if (search.access == NULL || search.access->auth == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a declared access with a mechanism");
    }
    if (search.access->read.path == NULL || strstr(search.access->read.path, "${") != NULL) {
        return STATUS_OK;
    }
    TRY(ground(&search, &worth, reterr));
    if (!worth) { /* there is nothing that a variant could open */
        return STATUS_OK;
    }
    TRY(try_paths(&search, reterr));
    TRY(try_methods(&search, reterr));
    TRY(role_again(&search, reterr));
    probe_fact_int(call, "tried", search.tried);
    probe_fact_int(call, "unanswered", search.unanswered);
    probe_fact_json(call, "granted", json_incref(search.granted));
    probe_fact_json(call, "answered", json_incref(search.answered));
    probe_fact_json(call, "not_tried", json_incref(search.not_tried));
    return STATUS_OK;
}

static const struct param params[] = {
    PARAM_TIMEOUT_MS("5000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "role_granted",
      .type = FACT_BOOL,
      .help = "The declared role gets the thing by the declared request, before and after." },
    { .name = "plain_granted",
      .type = FACT_BOOL,
      .help = "A stranger gets it by the declared request; nothing else is then tried." },
    { .name = "tried", .type = FACT_INT, .help = "How many variants were asked for." },
    { .name = "unanswered",
      .type = FACT_INT,
      .help = "How many of them were not answered, or put off (429, 503)." },
    { .name = "granted",
      .type = FACT_TEXTS,
      .help = "Variants by which a stranger got what the role gets: spellings of the path "
              "(\"path\" stands for it), or methods." },
    { .name = "answered",
      .type = FACT_TEXTS,
      .help = "Variants answered with a success that is neither the thing, nor a log-in page, nor "
              "what a path gets that does not exist." },
    { .name = "not_tried",
      .type = FACT_TEXTS,
      .help = "Methods that were not sent, since they might change something." },
    FACT_END,
};

const struct probe probe_http_variants = {
    .decl = {
        .name = "http_variants",
        .summary = { .ja = "パスの別の書き方や別のメソッドで認証を避けられるかを観測する",
                     .en = "Asks a stranger's way around access control: other spellings of a path, other methods" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ACCESS,
        .deadline_ms = 150000,
    },
    .run = run,
};
