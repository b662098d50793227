/* upnp_access - finds a device's description by SSDP, reads its services and their actions, and
 * asks, as nobody, for what only reads: which actions answer a stranger?
 *
 * By hand: hoshitori probe upnp_access --target 192.0.2.7:1900 */
#include "probe/probe.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "channel/http.h"
#include "probe/standing.h"
#include "probe/upnp_description.h"
#include "probe/upnp_locate.h"
#include "probe/web.h"
#include "soap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_AUTHORIZED = 606, LINE_SIZE = 512 };

extern const struct probe probe_upnp_access;

/* One device, from its description to the last action. */
struct tour {
    struct probe_call *call;
    struct upnp_url root;
    struct http_client *client;
    struct upnp_description *description;
    struct upnp_actions *actions; /* of the service at hand */
    const struct upnp_service *service;
    bool cut;
    long long total;
    long long items; /* of the content that Browse lists; -1: not asked, or not said */
    json_t *services;
    json_t *unread;
    json_t *tried;
    json_t *open;
    json_t *open_by[STANDINGS];
    json_t *refused;
    json_t *faulted;
    json_t *unanswered;
    json_t *not_tried;
};

static void list_add(json_t *list, const char *name, const char *more)
{
    char line[LINE_SIZE];
    char room[LINE_SIZE];

    (void) snprintf(line, sizeof line, "%s%s%s", name, more[0] == '\0' ? "" : ": ", more);
    text_printable(line, strlen(line), room, sizeof room);
    probe_list_add_text(list, room);
}

static json_t **lists(struct tour *tour, size_t index)
{
    json_t **const all[] = {
        &tour->services,
        &tour->unread,
        &tour->tried,
        &tour->open,
        &tour->refused,
        &tour->faulted,
        &tour->unanswered,
        &tour->not_tried,
        &tour->open_by[STANDING_GUARDED],
        &tour->open_by[STANDING_PUBLIC],
        &tour->open_by[STANDING_UNDECLARED],
    };

    return index < sizeof all / sizeof all[0] ? all[index] : NULL;
}

static void tour_begin(struct tour *tour, struct probe_call *call, struct arena *arena)
{
    *tour = (struct tour){ .call = call,
                           .description = arena_alloc(arena, sizeof *tour->description),
                           .actions = arena_alloc(arena, sizeof *tour->actions),
                           .items = -1 };
    for (size_t i = 0; lists(tour, i) != NULL; i++) {
        *lists(tour, i) = json_array();
    }
}

static void tour_done(struct tour *tour)
{
    http_client_free(tour->client);
    for (size_t i = 0; lists(tour, i) != NULL; i++) {
        json_decref(*lists(tour, i));
    }
}

/* The access by which the profile names an action: path "/WANIPConnection:1#GetExternalIPAddress".
 */
static const struct access *declared_find(const struct tour *tour, const char *name)
{
    const struct profile *profile = tour->call->subject->profile;
    const struct access *found = NULL;

    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->service == tour->call->subject->service && access->read.path != NULL &&
            text_equal(access->read.path + 1, name) && (found == NULL || access->auth != NULL)) {
            found = access;
        }
    }
    return found;
}

/* A document of the device.  *ret_read: it came whole. */
static enum status document_get(struct tour *tour, const char *path, struct http_answer *answer,
                                bool *ret_read, struct error *reterr)
{
    TRY(http_client_ask(tour->client,
                        &(struct http_ask){ .method = "GET",
                                            .path = path,
                                            .deadline_ms = probe_exchange_deadline(tour->call) },
                        answer, reterr));
    *ret_read = answer->event == HTTP_ANSWERED && answer->status == 200 && !answer->body_cut;
    return STATUS_OK;
}

/* How an action fared is sorted into one list, and an open one into a second. */
static void result_sort(struct tour *tour, const char *name, const char *action,
                        const struct http_answer *answer, const struct access *declared)
{
    struct upnp_result result = { .returned = -1 };
    char more[64] = "";
    bool read = answer->event == HTTP_ANSWERED && answer->body.length > 0 &&
                upnp_result_read(answer->body.data, answer->body.length, action, &result);

    if (answer->event != HTTP_ANSWERED) {
        list_add(tour->unanswered, name, http_event_word(answer->event));
    } else if (answer->status == 200 && read && result.response) {
        enum standing standing = declared == NULL         ? STANDING_UNDECLARED
                                 : declared->auth == NULL ? STANDING_PUBLIC
                                                          : STANDING_GUARDED;

        list_add(tour->open, name, "");
        list_add(tour->open_by[standing], name, "");
        if (result.returned >= 0) {
            tour->items = result.returned > tour->items ? result.returned : tour->items;
        }
    } else if (web_puts_off(answer->status)) {
        list_add(tour->unanswered, name, "put off");
    } else if (answer->status == 401 || answer->status == 403 || result.code == NOT_AUTHORIZED) {
        list_add(tour->refused, name, "");
    } else {
        (void) snprintf(more, sizeof more, "status %d, error %lld", answer->status, result.code);
        list_add(tour->faulted, name, more);
    }
}

static enum status action_ask(struct tour *tour, const char *name, const char *action,
                              const json_t *arguments, const struct access *declared,
                              struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(bytes_done) struct bytes body = bytes_bounded(UPNP_DOCUMENT_MAX);
    char soap_action[UPNP_TEXT_SIZE + UPNP_NAME_SIZE + 2];
    char path[UPNP_TEXT_SIZE];

    if (!upnp_url_resolve(&tour->root, tour->service->control, path)) {
        list_add(tour->not_tried, name, "its control URL is on another host or port, or unusable");
        return STATUS_OK;
    }
    TRY(soap_ask_write(tour->service->type, action, arguments, &body, reterr));
    (void) snprintf(soap_action, sizeof soap_action, "%s#%s", tour->service->type, action);
    list_add(tour->tried, name, "");
    TRY(http_client_ask(tour->client,
                        &(struct http_ask){
                            .method = "POST",
                            .path = path,
                            .content_type = "text/xml; charset=\"utf-8\"",
                            .body = (const char *) body.data,
                            .answer_is_secret = true,
                            .soap_action = soap_action,
                            .deadline_ms = probe_exchange_deadline(tour->call),
                        },
                        &answer, reterr));
    result_sort(tour, name, action, &answer, declared);
    return STATUS_OK;
}

/* ContentDirectory:1 section 2.7.4: Browse reads, whatever it is given. */
static json_t *browse_arguments(void)
{
    json_t *arguments =
        json_pack("{sssssssisiss}", "ObjectID", "0", "BrowseFlag", "BrowseDirectChildren", "Filter",
                  "*", "StartingIndex", 0, "RequestedCount", 1, "SortCriteria", "");

    if (arguments == NULL) {
        abort();
    }
    return arguments;
}

static bool is_browse(const struct tour *tour, const struct upnp_action *action)
{
    return text_equal(action->name, "Browse") &&
           text_starts_with(tour->service->type, "urn:schemas-upnp-org:service:ContentDirectory:");
}

/* Why an action is not asked for; NULL: it is. */
static const char *action_refuse(const struct tour *tour, const struct upnp_action *action,
                                 const struct access *declared)
{
    if ((long long) json_array_size(tour->tried) >= probe_param_int(tour->call, "actions_max") ||
        clock_left_ms(tour->call->deadline_ms) == 0) {
        return "no time, or too many";
    }
    if (is_browse(tour, action) || (declared != NULL && declared->read.json != NULL)) {
        return NULL;
    }
    if (declared == NULL && !upnp_name_reads(action->name)) {
        return "it may change something";
    }
    return action->in > 0 ? "it wants arguments" : NULL;
}

static enum status action_consider(struct tour *tour, const struct upnp_action *action,
                                   struct error *reterr)
{
    char name[UPNP_TEXT_SIZE + UPNP_NAME_SIZE];
    const struct access *declared;
    const char *refused;
    json_t *arguments;
    enum status status;

    (void) snprintf(name, sizeof name, "%s#%s", upnp_short_type(tour->service->type), action->name);
    declared = declared_find(tour, name);
    refused = action_refuse(tour, action, declared);
    tour->total++;
    if (refused != NULL) {
        tour->cut |= text_starts_with(refused, "no time");
        list_add(tour->not_tried, name, refused);
        return STATUS_OK;
    }
    arguments = declared != NULL && declared->read.json != NULL ? json_incref(declared->read.json)
                : is_browse(tour, action)                       ? browse_arguments()
                                                                : NULL;
    status = action_ask(tour, name, action->name, arguments, declared, reterr);
    json_decref(arguments);
    return status;
}

static enum status service_visit(struct tour *tour, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const char *name = upnp_short_type(tour->service->type);
    char path[UPNP_TEXT_SIZE];
    bool read = false;

    list_add(tour->services, tour->service->type, "");
    if (!upnp_url_resolve(&tour->root, tour->service->scpd, path)) {
        list_add(tour->unread, name, "no usable address of its description");
        return STATUS_OK;
    }
    TRY(document_get(tour, path, &answer, &read, reterr));
    if (!read ||
        upnp_actions_read(answer.body.data, answer.body.length, tour->actions, NULL) != STATUS_OK) {
        list_add(tour->unread, name, read ? "not a service description" : "it did not come");
        return STATUS_OK;
    }
    tour->cut |= tour->actions->cut;
    for (size_t i = 0; i < tour->actions->count; i++) {
        TRY(action_consider(tour, &tour->actions->items[i], reterr));
    }
    return STATUS_OK;
}

static bool list_has(const json_t *list, const char *name)
{
    size_t i;
    json_t *value;

    json_array_foreach((json_t *) list, i, value)
    {
        if (text_equal(json_string_value(value), name)) {
            return true;
        }
    }
    return false;
}

/* Actions declared to be behind a mechanism of which it is not known whether they are. */
static json_t *guarded_unsettled(const struct tour *tour)
{
    const struct profile *profile = tour->call->subject->profile;
    json_t *unsettled = json_array();

    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->service == tour->call->subject->service && access->auth != NULL &&
            access->read.path != NULL && !list_has(tour->open, access->read.path + 1) &&
            !list_has(tour->refused, access->read.path + 1)) {
            list_add(unsettled, access->read.path + 1, "");
        }
    }
    return unsettled;
}

static void tour_report(struct tour *tour)
{
    struct probe_call *call = tour->call;
    bool complete =
        !tour->cut && json_array_size(tour->unread) == 0 && json_array_size(tour->unanswered) == 0;

    probe_fact_json(call, "services", json_incref(tour->services));
    probe_fact_json(call, "services_unread", json_incref(tour->unread));
    probe_fact_int(call, "actions", tour->total);
    probe_fact_json(call, "tried", json_incref(tour->tried));
    probe_fact_json(call, "not_tried", json_incref(tour->not_tried));
    probe_fact_json(call, "control_actions_open", json_incref(tour->open));
    standing_report(call, tour->open_by);
    probe_fact_json(call, "guarded_unsettled", guarded_unsettled(tour));
    probe_fact_json(call, "refused", json_incref(tour->refused));
    probe_fact_json(call, "faulted", json_incref(tour->faulted));
    probe_fact_json(call, "unanswered", json_incref(tour->unanswered));
    probe_fact_bool(call, "complete", complete);
    if (tour->items >= 0) {
        probe_fact_int(call, "content_items", tour->items);
    }
}

static enum status device_visit(struct tour *tour, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_target target = { .host = tour->call->host,
                                        .port = (uint16_t) tour->root.port };
    struct error words = { 0 };
    bool read = false;

    TRY(http_client_new(&target, tour->call->transcript, &tour->client, reterr));
    TRY(document_get(tour, tour->root.path, &answer, &read, reterr));
    if (!read || upnp_description_read(answer.body.data, answer.body.length, tour->description,
                                       &words) != STATUS_OK) {
        probe_fact_bool(tour->call, "description_read", false);
        probe_fact_text(tour->call, "reason",
                        read ? words.message : "the description did not come");
        return STATUS_OK;
    }
    probe_fact_bool(tour->call, "description_read", true);
    probe_fact_text(tour->call, "device_type", tour->description->device_type);
    tour->cut = tour->description->cut;
    for (size_t i = 0; i < tour->description->count; i++) {
        tour->service = &tour->description->services[i];
        TRY(service_visit(tour, reterr));
        probe_progress(tour->call, (unsigned) i + 1, (unsigned) tour->description->count);
    }
    tour_report(tour);
    return STATUS_OK;
}

static bool location_by_hand(const struct probe_call *call, struct upnp_url *ret_url)
{
    const char *given = probe_param_text(call, "location");

    return given != NULL && upnp_url_split(given, ret_url) && text_equal(ret_url->host, call->host);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(tour_done) struct tour tour;
    struct whereabouts where;

    tour_begin(&tour, call, arena);
    if (probe_param_text(call, "location") != NULL) {
        if (!location_by_hand(call, &tour.root)) {
            return fail(reterr, STATUS_BAD_INPUT, "location: an http address of the target itself");
        }
        return device_visit(&tour, reterr);
    }
    TRY(upnp_locate(call, probe_param_bool(call, "multicast"),
                    (int) probe_param_int(call, "wait_ms"), &where, reterr));
    probe_fact_bool(call, "answered", where.answered);
    if (where.elsewhere[0] != '\0') {
        probe_fact_text(call, "elsewhere", where.elsewhere);
    }
    if (!where.found) {
        return STATUS_OK;
    }
    probe_fact_bool(call, "by_group", where.by_group);
    probe_fact_text(call, "server", where.server);
    probe_fact_int(call, "description_port", where.url.port);
    tour.root = where.url;
    return device_visit(&tour, reterr);
}

static const struct param params[] = {
    { .name = "multicast",
      .type = FACT_BOOL,
      .help =
          "When the device's own address does not answer, ask the group of all UPnP devices on the "
          "link, and take the device's answer alone.",
      .fallback = "true" },
    { .name = "location",
      .type = FACT_TEXT,
      .help = "By hand: where the description is, http://HOST:PORT/PATH, in place of asking." },
    { .name = "wait_ms",
      .type = FACT_INT,
      .help = "How long each of four searches is waited for.",
      .fallback = "1200",
      .minimum = 100,
      .maximum = 10000 },
    PARAM_TIMEOUT_MS("5000"),
    { .name = "actions_max",
      .type = FACT_INT,
      .help = "The most actions that are asked for.",
      .fallback = "64",
      .minimum = 1,
      .maximum = 1000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "answered", .type = FACT_BOOL, .help = "The device answered a search by SSDP." },
    { .name = "by_group",
      .type = FACT_BOOL,
      .help = "It answered only what was sent to the group." },
    { .name = "server", .type = FACT_TEXT, .help = "What it calls itself in that answer." },
    { .name = "elsewhere",
      .type = FACT_TEXT,
      .help = "A host other than the device that an answer names; it is not asked." },
    { .name = "description_port", .type = FACT_INT, .help = "The TCP port of the description." },
    { .name = "description_read",
      .type = FACT_BOOL,
      .help = "The device description came and could be read; absent when nobody said where it "
              "is." },
    { .name = "reason", .type = FACT_TEXT, .help = "Why the description was not read." },
    { .name = "device_type", .type = FACT_TEXT, .help = "Of the outermost device." },
    { .name = "services", .type = FACT_TEXTS, .help = "The types of its services." },
    { .name = "services_unread",
      .type = FACT_TEXTS,
      .help = "Services whose actions could not be read." },
    { .name = "actions", .type = FACT_INT, .help = "How many actions the services have." },
    { .name = "tried",
      .type = FACT_TEXTS,
      .help = "Actions that were asked for without credentials, as Service:version#Action." },
    { .name = "not_tried",
      .type = FACT_TEXTS,
      .help = "Actions that were not, and why: they may change something, or want arguments." },
    { .name = "control_actions_open",
      .type = FACT_TEXTS,
      .help = "Actions that gave a stranger their response." },
    STANDING_FACTS,
    { .name = "guarded_unsettled",
      .type = FACT_TEXTS,
      .help = "Actions that the profile declares to be behind a mechanism and that were neither "
              "open nor clearly refused." },
    { .name = "refused",
      .type = FACT_TEXTS,
      .help = "Actions refused for want of authorisation: 401, 403, or error 606." },
    { .name = "faulted",
      .type = FACT_TEXTS,
      .help = "Actions that ended in another status or error." },
    { .name = "unanswered", .type = FACT_TEXTS, .help = "Actions that got no answer." },
    { .name = "content_items",
      .type = FACT_INT,
      .help = "NumberReturned of a Browse of the root for one object (ContentDirectory:1)." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every service was read, nothing left out for time or number, every request "
              "answered." },
    FACT_END,
};

const struct probe probe_upnp_access = {
    .decl = {
        .name = "upnp_access",
        .summary = { .ja = "UPnPの操作が認証なしで答えるかを観測する",
                     .en = "Reads what UPnP actions a device has and records which answer a stranger" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 120000,
    },
    .run = run,
};
