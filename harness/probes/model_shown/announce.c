#include "announce.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/http.h"
#include "channel/udp.h"
#include "page.h"
#include "probe/snmp_who.h"
#include "probe/upnp_locate.h"
#include "wire/mdns.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 1000, /* of a datagram; twice */
    ASKS = 2,
    DATAGRAM_SIZE = 9000, /* RFC 6762 section 17 */
    TEXT_MAX = 64 * 1024,
    TYPES_MAX = 8
};

/* One service. */
struct listener {
    struct probe_call *call;
    const struct service *service;
    struct arena *arena;
    struct announced *announced;
};

/* type: "text/plain", or "text/html" for what has tags. */
static void hear(struct listener *listener, const char *way, const void *data, size_t length,
                 const char *type)
{
    const struct page page =
        page_read(data, length, type, listener->call->subject->profile->model, listener->arena);

    if (!page.readable) {
        return;
    }
    listener->announced->heard = true;
    listener->announced->named = listener->announced->named || page.named;
    probe_list_add(listener->announced->rows,
                   json_pack("{s:s, s:s, s:b, s:s}", "service", listener->service->id, "way", way,
                             "named", (int) page.named, "quote", page.quote));
}

/* ---- UPnP ---- */

static enum status upnp_ask(struct listener *listener, struct error *reterr)
{
    DEFER(http_client_done) struct http_client *client = NULL;
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct upnp_description *description = arena_alloc(listener->arena, sizeof *description);
    struct probe_call call = *listener->call;
    struct whereabouts where;
    char text[4 * UPNP_TEXT_SIZE];

    call.port = listener->service->port;
    TRY(upnp_locate(&call, true, WAIT_MS, &where, reterr));
    if (!where.found) {
        return STATUS_OK;
    }
    TRY(http_client_new(
        &(struct http_target){ .host = call.host, .port = (uint16_t) where.url.port },
        call.transcript, &client, reterr));
    TRY(http_client_ask(client,
                        &(struct http_ask){ .method = "GET",
                                            .path = where.url.path,
                                            .deadline_ms = probe_exchange_deadline(&call) },
                        &answer, reterr));
    if (answer.event != HTTP_ANSWERED || answer.status != 200 || answer.body_cut ||
        upnp_description_read(answer.body.data, answer.body.length, description, NULL) !=
            STATUS_OK) {
        return STATUS_OK;
    }
    (void) snprintf(text, sizeof text, "%s\n\n%s\n\n%s\n", description->friendly_name,
                    description->model_name, description->model_number);
    hear(listener, "upnp", text, strlen(text), "text/plain");
    return STATUS_OK;
}

/* ---- datagrams ---- */

struct exchange {
    struct udp udp;
    struct wire_udp_ask ask;
    uint8_t answer[DATAGRAM_SIZE];
    size_t length; /* 0: none came */
};

static enum status exchange_open(struct listener *listener, struct exchange *exchange,
                                 struct error *reterr)
{
    const struct probe_call *call = listener->call;

    exchange->ask = (struct wire_udp_ask){ .host = call->host, .port = listener->service->port };
    for (size_t i = 0; i < sizeof exchange->ask.nonce; i++) {
        exchange->ask.nonce[i] = (uint8_t) (call->seed >> (8 * (i % 8)));
    }
    return udp_open(&exchange->udp, call->host, listener->service->port, reterr);
}

/* The first answer that `hello` takes for one. */
static enum status exchange_do(struct listener *listener, struct exchange *exchange,
                               const struct wire_udp_hello *hello, const struct builder *question,
                               struct error *reterr)
{
    char detail[WIRE_UDP_DETAIL_SIZE];
    enum udp_event event;

    exchange->length = 0;
    for (int i = 0; i < ASKS && exchange->length == 0; i++) {
        int64_t until = probe_deadline_within(listener->call, WAIT_MS);

        transcript_sent(listener->call->transcript, 0, question->start, question->length);
        TRY(udp_send(&exchange->udp, question->start, question->length, &event, reterr));
        while (exchange->length == 0 && clock_left_ms(until) > 0) {
            struct pollfd waited = { .fd = exchange->udp.fd, .events = POLLIN };
            size_t length = 0;

            (void) poll(&waited, 1, (int) clock_left_ms(until));
            TRY(udp_take(&exchange->udp, exchange->answer, sizeof exchange->answer, &length, &event,
                         reterr));
            if (event == UDP_CLOSED || event == UDP_UNREACHABLE) {
                return STATUS_OK;
            }
            if (event == UDP_ANSWER) {
                transcript_received(listener->call->transcript, 0, exchange->answer, length);
                exchange->length =
                    hello->read(&exchange->ask, exchange->answer, length, detail) ? length : 0;
            }
        }
    }
    return STATUS_OK;
}

/* ---- multicast DNS ---- */

static enum status records_add(const struct wire_mdns_record *records, size_t count,
                               struct bytes *text, struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        TRY(bytes_append_text(text, records[i].name, reterr));
        TRY(bytes_append_text(text, "\n\n", reterr));
        TRY(bytes_append_text(text, records[i].text, reterr));
        TRY(bytes_append_text(text, "\n\n", reterr));
    }
    return STATUS_OK;
}

/* Which types of service there are, then the instances of each (RFC 6763 sections 9 and 4). */
static enum status mdns_ask(struct listener *listener, struct error *reterr)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(TEXT_MAX);
    struct exchange *exchange = arena_alloc(listener->arena, sizeof *exchange);
    struct wire_mdns_record *types =
        arena_array(listener->arena, WIRE_MDNS_RECORDS_MAX, sizeof *types);
    struct wire_mdns_record *records =
        arena_array(listener->arena, WIRE_MDNS_RECORDS_MAX, sizeof *records);
    uint8_t room[WIRE_UDP_HELLO_MAX];
    struct builder question = builder_over(room, sizeof room);
    size_t count;
    size_t asked = 0;
    enum status status;

    TRY(exchange_open(listener, exchange, reterr));
    wire_mdns_hello.write(&exchange->ask, &question);
    status = exchange_do(listener, exchange, &wire_mdns_hello, &question, reterr);
    count = wire_mdns_records_read(&exchange->ask, exchange->answer, exchange->length, types);
    if (status == STATUS_OK) {
        status = records_add(types, count, &text, reterr);
    }
    for (size_t i = 0; status == STATUS_OK && i < count && asked < TYPES_MAX; i++) {
        if (!types[i].is_pointer || types[i].text[0] != '_') {
            continue;
        }
        asked++;
        question = builder_over(room, sizeof room);
        wire_mdns_question_write(&exchange->ask, types[i].text, &question);
        status = exchange_do(listener, exchange, &wire_mdns_hello, &question, reterr);
        if (status == STATUS_OK) {
            status = records_add(
                records,
                wire_mdns_records_read(&exchange->ask, exchange->answer, exchange->length, records),
                &text, reterr);
        }
    }
    udp_done(&exchange->udp);
    TRY(status);
    hear(listener, "mdns", text.data, text.length, "text/plain");
    return STATUS_OK;
}

/* ---- SNMP ---- */

static enum status description_ask(struct listener *listener, struct snmp_agent *agent,
                                   const struct snmp_who *who, bool *ret_heard,
                                   struct error *reterr)
{
    struct snmp_wish wish = { .kind = WIRE_SNMP_GET };
    struct snmp_answer answer;
    size_t length;

    (void) wire_snmp_oid_parse("1.3.6.1.2.1.1.1.0", &wish.name); /* sysDescr, RFC 3418 */
    TRY(snmp_ask(agent, who, &wish, &answer, reterr));
    length = answer.value_length < SNMP_VALUE_MAX ? answer.value_length : SNMP_VALUE_MAX;
    *ret_heard = snmp_has_value(&answer) && answer.tag == WIRE_SNMP_TAG_OCTETS && length > 0;
    if (*ret_heard) {
        hear(listener, "snmp", answer.value, length, "text/plain");
    }
    return STATUS_OK;
}

static enum status snmp_description(struct listener *listener, struct error *reterr)
{
    DEFER(snmp_close) struct snmp_agent *agent = NULL;
    const struct probe_call *call = listener->call;
    const struct profile *profile = call->subject->profile;
    const struct snmp_setting setting = { .host = call->host,
                                          .port = listener->service->port,
                                          .timeout_ms = WAIT_MS,
                                          .retries = ASKS - 1,
                                          .seed = call->seed,
                                          .deadline_ms = call->deadline_ms,
                                          .transcript = call->transcript };
    bool heard = false;

    TRY(snmp_open(&setting, &agent, reterr));
    for (size_t i = 0; !heard && i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        for (size_t k = 0; !heard && auth->service == listener->service &&
                           snmp_is_scheme(auth->scheme) && k < auth->credential_count;
             k++) {
            struct snmp_who who = snmp_who_of(auth, auth->scheme, auth->credentials[k].user,
                                              secret_reveal(&auth->credentials[k].secret), true);

            TRY(description_ask(listener, agent, &who, &heard, reterr));
            if (!heard && who.version == WIRE_SNMP_V2C) {
                who.version = WIRE_SNMP_V1;
                TRY(description_ask(listener, agent, &who, &heard, reterr));
            }
        }
    }
    return STATUS_OK;
}

/* ---- WS-Discovery and ONVIF ---- */

/* %XX as what it stands for (RFC 3986 section 2.1); never longer. */
static size_t percent_undo(char *text, size_t length)
{
    size_t to = 0;

    for (size_t i = 0; i < length; i++) {
        char hex[3] = { 0 };

        if (text[i] == '%' && i + 2 < length && isxdigit((unsigned char) text[i + 1]) &&
            isxdigit((unsigned char) text[i + 2])) {
            memcpy(hex, text + i + 1, 2);
            text[to++] = (char) strtoul(hex, NULL, 16);
            i += 2;
        } else {
            text[to++] = text[i];
        }
    }
    return to;
}

/* The first address of the device service, when it is at this device (ONVIF Core, 7.3.2.2). */
static bool onvif_url(const struct listener *listener, const char *data, size_t length,
                      struct upnp_url *ret_url)
{
    static const char tag[] = "XAddrs>";
    const char *at = memmem(data, length, tag, sizeof tag - 1);
    char url[2 * UPNP_TEXT_SIZE];
    size_t used = 0;

    if (at == NULL) {
        return false;
    }
    for (at += sizeof tag - 1;
         at < data + length && used + 1 < sizeof url && (unsigned char) *at > ' ' && *at != '<';
         at++) {
        url[used++] = *at;
    }
    url[used] = '\0';
    return upnp_url_split(url, ret_url) && text_equal(ret_url->host, listener->call->host);
}

/* As nobody: a device that asks for credentials first says nothing here. */
static enum status onvif_ask(struct listener *listener, const struct upnp_url *url,
                             struct error *reterr)
{
    static const char body[] =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
        "<GetDeviceInformation xmlns=\"http://www.onvif.org/ver10/device/wsdl\"/>"
        "</s:Body></s:Envelope>";
    DEFER(http_client_done) struct http_client *client = NULL;
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_target target = { .host = listener->call->host,
                                        .port = (uint16_t) url->port };

    TRY(http_client_new(&target, listener->call->transcript, &client, reterr));
    TRY(http_client_ask(
        client,
        &(struct http_ask){ .method = "POST",
                            .path = url->path,
                            .content_type = "application/soap+xml; charset=utf-8",
                            .body = body,
                            .deadline_ms = probe_exchange_deadline(listener->call) },
        &answer, reterr));
    if (answer.event == HTTP_ANSWERED && answer.status == 200 && !answer.body_cut) {
        hear(listener, "onvif", answer.body.data, answer.body.length, "text/html");
    }
    return STATUS_OK;
}

static enum status discovery_ask(struct listener *listener, struct error *reterr)
{
    struct exchange *exchange = arena_alloc(listener->arena, sizeof *exchange);
    uint8_t room[WIRE_UDP_HELLO_MAX];
    struct builder question = builder_over(room, sizeof room);
    struct upnp_url url;
    char *text = (char *) exchange->answer;
    enum status status;

    TRY(exchange_open(listener, exchange, reterr));
    wire_ws_discovery_hello.write(&exchange->ask, &question);
    status = exchange_do(listener, exchange, &wire_ws_discovery_hello, &question, reterr);
    udp_done(&exchange->udp);
    TRY(status);
    if (exchange->length == 0) {
        return STATUS_OK;
    }
    if (onvif_url(listener, text, exchange->length, &url)) {
        TRY(onvif_ask(listener, &url, reterr));
    }
    hear(listener, "ws-discovery", text, percent_undo(text, exchange->length), "text/html");
    return STATUS_OK;
}

enum status announce_ask(struct probe_call *call, const struct service *service,
                         struct arena *arena, struct announced *announced, struct error *reterr)
{
    static const struct {
        const char *protocol;
        enum status (*ask)(struct listener *listener, struct error *reterr);
    } ways[] = { { "ssdp", upnp_ask },
                 { "mdns", mdns_ask },
                 { "snmp", snmp_description },
                 { "ws-discovery", discovery_ask } };
    struct listener listener = {
        .call = call, .service = service, .arena = arena, .announced = announced
    };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (text_equal(service->protocol, ways[i].protocol)) {
            return ways[i].ask(&listener, reterr);
        }
    }
    return STATUS_OK;
}
