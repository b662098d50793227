/* One declared resource: read, observed, or written as it already is; and the same asked on ports
 * without security. */
#include "access.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *path_find(const struct probe_call *call)
{
    const struct access *access = call->subject->access;
    const char *path = probe_param_text(call, "path");
    bool writes = text_equal(probe_param_text(call, "request"), "write");

    if (path != NULL || access == NULL) {
        return path;
    }
    return writes ? access->write.path : access->read.path;
}

static void facts_set(struct probe_call *call, const struct coap_client_answer *answer, bool writes)
{
    struct coap_view view = coap_view(answer, writes);
    char outcome[32];

    probe_fact_text(call, "event", coap_client_event_word(answer->event));
    probe_fact_text(call, "reason", view.reason);
    if (view.word != COAP_VIEW_OPEN) {
        probe_fact_bool(call, "granted", view.word == COAP_VIEW_GRANTED);
    }
    if (answer->event == COAP_CLIENT_ANSWERED) {
        probe_fact_text(call, "code", coap_outcome_text(answer, outcome));
        probe_fact_int(call, "body_length", (long long) answer->body.length);
    }
}

/* A registration that was not taken leaves nothing behind, whatever else the answer holds. */
static enum status observe(struct coap_visit *visit, const char *path, struct error *reterr)
{
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    enum coap_word word;

    TRY(coap_visit_get(visit, path, true, true, &answer, reterr));
    word = coap_view(&answer, false).word;
    if (word != COAP_VIEW_OPEN) {
        probe_fact_bool(visit->call, "observe_granted",
                        word == COAP_VIEW_GRANTED && answer.observed);
    }
    if (answer.observed) {
        probe_fact_bool(visit->call, "deregistered", answer.deregistered);
    }
    return STATUS_OK;
}

/* What stands there now, as the role reads it; false: it could not be had whole. */
static enum status content_read(struct probe_call *call, const char *path,
                                struct coap_client_answer *answer, bool *ret_whole,
                                struct error *reterr)
{
    DEFER(coap_visit_done) struct coap_visit role = { .call = NULL };

    TRY(coap_visit_open(&role, call, true, reterr));
    TRY(coap_visit_get(&role, path, false, true, answer, reterr));
    *ret_whole = coap_view(answer, false).word == COAP_VIEW_GRANTED && !answer->body_cut;
    return STATUS_OK;
}

/* Writes what is already there: whatever the device does with it, and whenever we are killed, its
 * state is the same. */
static enum status write_same(struct coap_visit *visit, const char *path, struct error *reterr)
{
    DEFER(coap_client_answer_done) struct coap_client_answer now = { 0 };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    bool whole = false;

    if (!visit->call->subject->access->write.harmless) {
        probe_fact_text(visit->call, "not_tried", "the write is not declared harmless");
        return STATUS_OK;
    }
    if (!text_equal(visit->call->subject->access->write.method, "PUT")) {
        probe_fact_text(visit->call, "not_tried",
                        "only a PUT of what is already there leaves a device as it was");
        return STATUS_OK;
    }
    coap_client_free(visit->client); /* one at a time */
    visit->client = NULL;
    TRY(content_read(visit->call, path, &now, &whole, reterr));
    if (!whole) {
        probe_fact_text(visit->call, "not_tried",
                        "what is there now could not be read by the role");
        return STATUS_OK;
    }
    TRY(coap_client_new(&visit->target, visit->call->transcript, &visit->client, reterr));
    TRY(coap_client_ask(visit->client,
                        &(struct coap_client_ask){
                            .method = COAP_CLIENT_PUT,
                            .path = path,
                            .body = now.body.data,
                            .body_length = now.body.length,
                            .content_format = now.content_format,
                            .body_is_secret = true,
                            .answer_is_secret = true,
                            .deadline_ms = probe_exchange_deadline(visit->call),
                        },
                        &answer, reterr));
    facts_set(visit->call, &answer, true);
    return STATUS_OK;
}

enum status coap_resource_run(struct probe_call *call, struct error *reterr)
{
    DEFER(coap_visit_done) struct coap_visit visit = { .call = NULL };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    const char *path = path_find(call);
    bool as_role = text_equal(probe_param_text(call, "as"), "role");

    if (path == NULL) {
        probe_fact_text(call, "reason", "no such request is declared for this access");
        return STATUS_OK;
    }
    TRY(coap_visit_open(&visit, call, as_role, reterr));
    if (text_equal(probe_param_text(call, "request"), "write")) {
        return call->subject->access != NULL
                   ? write_same(&visit, path, reterr)
                   : fail(reterr, STATUS_BAD_INPUT,
                          "writing needs a profile that declares how, and who may");
    }
    TRY(coap_visit_get(&visit, path, false, true, &answer, reterr));
    facts_set(call, &answer, false);
    if (visit.target.security != COAP_CLIENT_PLAIN) {
        if (answer.secured || answer.event == COAP_CLIENT_REFUSED) {
            probe_fact_bool(call, "secured", answer.secured);
        }
    }
    if (answer.event == COAP_CLIENT_CLOSED) {
        return STATUS_OK;
    }
    if (answer.event == COAP_CLIENT_REFUSED) {
        probe_fact_bool(call, "observe_granted", false); /* there is nowhere to register */
        return STATUS_OK;
    }
    return observe(&visit, path, reterr);
}

/* ---- the same resource where nothing protects it ---- */

struct ports {
    uint16_t items[64];
    size_t count;
};

static void port_add(struct ports *ports, long long port, uint16_t not_this)
{
    if (port < 1 || port > UINT16_MAX || port == not_this ||
        ports->count == sizeof ports->items / sizeof ports->items[0]) {
        return;
    }
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->items[i] == port) {
            return;
        }
    }
    ports->items[ports->count++] = (uint16_t) port;
}

/* The usual port, the one below (servers that open both take neighbours), what is declared as plain
 * CoAP, and what the suite names. */
static void ports_gather(const struct probe_call *call, struct ports *ports)
{
    const struct profile *profile = call->subject->profile;
    size_t i;
    json_t *port;

    port_add(ports, 5683, call->port);
    port_add(ports, call->port - 1, call->port);
    for (i = 0; profile != NULL && i < profile->service_count; i++) {
        if (text_equal(profile->services[i].protocol, "coap")) {
            port_add(ports, profile->services[i].port, call->port);
        }
    }
    json_array_foreach(probe_param_list(call, "plain_ports"), i, port)
    {
        port_add(ports, strtoll(json_string_value(port), NULL, 10), call->port);
    }
}

static enum status plain_ask(struct probe_call *call, const char *path, uint16_t port,
                             const char **ret_list, struct error *reterr)
{
    DEFER(coap_visit_done)
    struct coap_visit visit = { .call = call, .target = { .host = call->host, .port = port } };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = { 0 };
    enum coap_word word;

    TRY(coap_client_new(&visit.target, call->transcript, &visit.client, reterr));
    TRY(coap_visit_get(&visit, path, false, true, &answer, reterr));
    word = coap_view(&answer, false).word;
    *ret_list = answer.event == COAP_CLIENT_CLOSED ? "plain_closed"
                : word == COAP_VIEW_GRANTED        ? "plain_granted"
                : word == COAP_VIEW_OPEN           ? "plain_unclear"
                                                   : "plain_refused";
    return STATUS_OK;
}

enum status coap_plain_run(struct probe_call *call, struct error *reterr)
{
    static const char *const lists[] = { "plain_granted", "plain_unclear", "plain_closed",
                                         "plain_refused" };
    const char *path = path_find(call);
    struct ports ports = { .count = 0 };

    if (path == NULL) {
        probe_fact_text(call, "reason", "no such request is declared for this access");
        return STATUS_OK;
    }
    ports_gather(call, &ports);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        probe_fact_json(call, lists[i], json_array());
    }
    for (size_t i = 0; i < ports.count; i++) {
        const char *list = "";

        TRY(plain_ask(call, path, ports.items[i], &list, reterr));
        probe_list_add(json_object_get(call->facts, list), json_integer(ports.items[i]));
        probe_progress(call, (unsigned) i + 1, (unsigned) ports.count);
    }
    return STATUS_OK;
}
