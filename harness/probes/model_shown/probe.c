/* model_shown - asks every declared web service for its first page, as whoever has not logged in,
 * and looks for the model's name in what a person sees there.
 *
 * By hand: hoshitori probe model_shown --profile profile.yaml
 */
#include "base/text.h"
#include "channel/http.h"
#include "page.h"
#include "probe/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_model_shown;

enum { HOPS_MAX = 3, PATHS_ROOM = 512 };

struct tour {
    struct probe_call *call;
    struct arena *arena;
    json_t *pages;
    long long readable;
    bool shown;
};

static bool is_web(const struct service *service)
{
    return text_equal(service->protocol, "http") || text_equal(service->protocol, "https");
}

static void row_add(struct tour *tour, const struct service *service, const char *path,
                    const struct http_answer *answer, const struct page *page)
{
    probe_list_add(tour->pages,
                   json_pack("{s:s, s:s, s:i, s:b, s:b, s:s}", "service", service->id, "path", path,
                             "status", answer->status, "readable", (int) page->readable, "named",
                             (int) page->named, "quote", page->quote));
    tour->readable += page->readable ? 1 : 0;
    tour->shown = tour->shown || page->named;
}

/* The path that a redirect leads to at this service; false when it leads elsewhere. */
static bool next_path(const struct http_answer *answer, char path[PATHS_ROOM])
{
    if (answer->status < 300 || answer->status > 399 || answer->location[0] != '/' ||
        answer->location[1] == '/') {
        return false;
    }
    return snprintf(path, PATHS_ROOM, "%s", answer->location) < PATHS_ROOM;
}

static enum status service_ask(struct tour *tour, const struct service *service,
                               struct error *reterr)
{
    const struct http_target target = { .host = tour->call->host,
                                        .port = service->port,
                                        .tls = text_equal(service->protocol, "https"),
                                        .server_name = service->tls_server_name };
    DEFER(http_client_done) struct http_client *client = NULL;
    char path[PATHS_ROOM] = "/";

    TRY(http_client_new(&target, tour->call->transcript, &client, reterr));
    for (unsigned hop = 0; hop <= HOPS_MAX; hop++) {
        const struct http_ask ask = { .method = "GET",
                                      .path = path,
                                      .deadline_ms = probe_exchange_deadline(tour->call) };
        DEFER(http_answer_done) struct http_answer answer = { .event = HTTP_BROKEN };
        struct page page = { .quote = "" };

        TRY(http_client_ask(client, &ask, &answer, reterr));
        if (answer.event != HTTP_ANSWERED) {
            return STATUS_OK;
        }
        if (!next_path(&answer, path)) {
            page = page_read(answer.body.data, answer.body.length, answer.content_type,
                             tour->call->subject->profile->model, tour->arena);
            row_add(tour, service, path, &answer, &page);
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct profile *profile = call->subject->profile;
    struct tour tour = { .call = call, .arena = arena, .pages = json_array() };
    enum status status = STATUS_OK;

    if (profile == NULL) {
        json_decref(tour.pages);
        return fail(reterr, STATUS_BAD_INPUT, "a profile names the model: give --profile");
    }
    for (size_t i = 0; status == STATUS_OK && i < profile->service_count; i++) {
        probe_progress(call, (unsigned) i, (unsigned) profile->service_count);
        if (is_web(&profile->services[i])) {
            status = service_ask(&tour, &profile->services[i], reterr);
        }
    }
    probe_fact_json(call, "pages", tour.pages);
    TRY(status);
    probe_fact_int(call, "readable", tour.readable);
    if (tour.readable > 0) {
        probe_fact_bool(call, "shown", tour.shown);
    }
    return review_facts(call, NULL, reterr);
}

static const struct param params[] = { PARAM_TIMEOUT_MS("8000"), PARAM_END };

static const struct fact page_columns[] = {
    { .name = "service", .type = FACT_TEXT, .help = "Id of the service." },
    { .name = "path", .type = FACT_TEXT, .help = "Of the page, after redirects at this service." },
    { .name = "status", .type = FACT_INT, .help = "Of the answer." },
    { .name = "readable", .type = FACT_BOOL, .help = "It has text that a person sees." },
    { .name = "named", .type = FACT_BOOL, .help = "The model is named in it." },
    { .name = "quote",
      .type = FACT_TEXT,
      .help = "Where it is named, else the beginning of what is shown." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "pages", .type = FACT_ROWS, .columns = page_columns, .help = "What was looked at." },
    { .name = "readable", .type = FACT_INT, .help = "Pages with text that a person sees." },
    { .name = "shown",
      .type = FACT_BOOL,
      .help = "A page names the model as the profile does, whatever the width and case of its "
              "letters. Left out when no page could be read." },
    REVIEW_FACTS,
    FACT_END,
};

const struct probe probe_model_shown = {
    .decl = {
        .name = "model_shown",
        .summary = { .ja = "Web画面に型番が表示されるかを調べる",
                     .en = "Looks for the model's name on the first page of each web service" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 60000,
    },
    .run = run,
};
