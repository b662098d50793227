/* model_shown - looks for the model's name where a user meets it: on the first page of every
 * declared web service, on the declared pages behind a log-in when the first do not show it, and in
 * what the device tells to tools that look for devices.
 *
 * By hand: hoshitori probe model_shown --profile profile.yaml
 */
#include "announce.h"
#include "base/text.h"
#include "channel/http.h"
#include "page.h"
#include "probe/guest.h"
#include "probe/paper.h"
#include "probe/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_model_shown;

enum { HOPS_MAX = 3, PATHS_ROOM = 512, INSIDE_MAX = 4 };

struct tour {
    struct probe_call *call;
    struct arena *arena;
    json_t *pages;
    long long readable;
    bool shown;
};

static bool is_web(const struct service *service)
{
    return service->of == NULL &&
           (text_equal(service->protocol, "http") || text_equal(service->protocol, "https"));
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

/* A declared thing behind a log-in, when it is a page for people.  What stands on it is the user's:
 * it is not quoted. */
static enum status inside_ask(struct tour *tour, const struct access *access, struct error *reterr)
{
    DEFER(guest_done) struct guest guest = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { .event = HTTP_BROKEN };
    struct subject subject = *tour->call->subject;
    struct probe_call call = *tour->call;
    struct page page;
    enum status status;

    subject.service = access->service;
    subject.access = access;
    subject.auth = access->auth;
    call.subject = &subject;
    call.port = access->service->port;
    status = guest_new(&call, GUEST_ROLE, NULL, &guest, reterr);
    if (status == STATUS_BAD_INPUT || status == STATUS_UNSUPPORTED) {
        return STATUS_OK; /* no way in over HTTP is declared */
    }
    TRY(status);
    TRY(guest_login(&guest, reterr));
    TRY(guest_ask(&guest, &access->read, NULL, false, &answer, reterr));
    if (answer.event != HTTP_ANSWERED || answer.status != 200 ||
        !text_starts_with(answer.content_type, "text/html")) {
        return STATUS_OK;
    }
    page = page_read(answer.body.data, answer.body.length, answer.content_type,
                     subject.profile->model, tour->arena);
    page.quote = "";
    row_add(tour, access->service, access->read.path, &answer, &page);
    return STATUS_OK;
}

static enum status inside_look(struct tour *tour, struct error *reterr)
{
    const struct profile *profile = tour->call->subject->profile;
    size_t asked = 0;

    for (size_t i = 0; i < profile->access_count && asked < INSIDE_MAX && !tour->shown; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth != NULL && access->read.path != NULL && is_web(access->service) &&
            text_equal(access->read.method, "GET")) {
            asked++;
            TRY(inside_ask(tour, access, reterr));
        }
    }
    return STATUS_OK;
}

static enum status services_ask(struct tour *tour, struct announced *announced,
                                struct error *reterr)
{
    const struct profile *profile = tour->call->subject->profile;

    for (size_t i = 0; i < profile->service_count; i++) {
        const struct service *service = &profile->services[i];

        probe_progress(tour->call, (unsigned) i, (unsigned) profile->service_count);
        if (is_web(service)) {
            TRY(service_ask(tour, service, reterr));
        } else if (service->of == NULL && service->transport == TRANSPORT_UDP) {
            TRY(announce_ask(tour->call, service, tour->arena, announced, reterr));
        }
    }
    return inside_look(tour, reterr);
}

/* Photographs of the unit that the profile gives for the clause: a reviewer's word is about them.
 */
static enum status photos_facts(struct probe_call *call, struct error *reterr)
{
    const struct profile *profile = call->subject->profile;
    const char *clause = probe_param_text(call, "clause");
    json_t *photos = json_array();
    json_t *digests = json_array();
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < profile->document_count; i++) {
        const struct document *document = &profile->documents[i];
        DEFER(paper_taken_done) struct paper_taken taken = { .said = NULL };
        const char *digest;

        if (!text_equal(document->kind, "photo") || !document_serves(document, clause)) {
            continue;
        }
        status = paper_take(call, document, &taken, reterr);
        digest = json_string_value(json_object_get(taken.said, "sha256"));
        if (status == STATUS_OK && digest != NULL) {
            probe_list_add(photos,
                           json_pack("{s:s, s:s}", "document", document->id, "sha256", digest));
            probe_list_add_text(digests, digest);
        }
    }
    probe_fact_json(call, "photos", photos);
    if (status == STATUS_OK) {
        status = review_facts(call, digests, reterr);
    }
    json_decref(digests);
    return status;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct tour tour = { .call = call, .arena = arena, .pages = json_array() };
    struct announced announced = { .rows = json_array() };
    enum status status;

    if (call->subject->profile == NULL) {
        json_decref(tour.pages);
        json_decref(announced.rows);
        return fail(reterr, STATUS_BAD_INPUT, "a profile names the model: give --profile");
    }
    status = services_ask(&tour, &announced, reterr);
    probe_fact_json(call, "pages", tour.pages);
    probe_fact_json(call, "announcements", announced.rows);
    TRY(status);
    probe_fact_int(call, "readable", tour.readable);
    if (tour.readable > 0) {
        probe_fact_bool(call, "shown", tour.shown);
    }
    if (announced.heard) {
        probe_fact_bool(call, "announced", announced.named);
    }
    return photos_facts(call, reterr);
}

static const struct param params[] = {
    PARAM_TIMEOUT_MS("8000"),
    { .name = "clause",
      .type = FACT_TEXT,
      .help = "Documents of the profile of kind photo that are evidence for this clause are what a "
              "reviewer has looked at." },
    PARAM_END,
};

static const struct fact announcement_columns[] = {
    { .name = "service", .type = FACT_TEXT, .help = "Id of the service." },
    { .name = "way",
      .type = FACT_TEXT,
      .help = "upnp: names of the description; mdns: names and TXT records; snmp: sysDescr, with a "
              "declared community or user; ws-discovery: the answer; onvif: GetDeviceInformation, "
              "asked by nobody." },
    { .name = "named", .type = FACT_BOOL, .help = "The model is named in it." },
    { .name = "quote", .type = FACT_TEXT, .help = "Where, else the beginning." },
    FACT_END,
};

static const struct fact photo_columns[] = {
    { .name = "document", .type = FACT_TEXT, .help = "Id of the document." },
    { .name = "sha256", .type = FACT_TEXT, .help = "Of the copy." },
    FACT_END,
};

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
    { .name = "announcements",
      .type = FACT_ROWS,
      .columns = announcement_columns,
      .help = "What the device tells to tools that look for devices, at declared services." },
    { .name = "announced",
      .type = FACT_BOOL,
      .help = "One of them names the model. Left out when nothing was told." },
    { .name = "photos",
      .type = FACT_ROWS,
      .columns = photo_columns,
      .help = "Photographs that a reviewer's answer may be about." },
    REVIEW_FACTS,
    FACT_END,
};

const struct probe probe_model_shown = {
    .decl = {
        .name = "model_shown",
        .summary = { .ja = "型番がWeb画面に表示され、または機器の案内に含まれるかを調べる",
                     .en = "Looks for the model's name on web pages and in what the device announces" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 60000,
    },
    .run = run,
    .wants_papers = true,
};
