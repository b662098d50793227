#include "channel/heartbeat.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/heartbeat_udp.h"
#include "channel/http.h"
#include "channel/tcp.h"
#include "wire/ident.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 4096 };

static const struct tongue {
    const char *protocol;
    enum wire_hello hello;
} tongues[] = {
    { "rtsp", WIRE_HELLO_RTSP },    { "mqtt", WIRE_HELLO_MQTT_311 },
    { "mqtts", WIRE_HELLO_TLS },    { "tls", WIRE_HELLO_TLS },
    { "ssh", WIRE_HELLO_NOTHING },  { "telnet", WIRE_HELLO_NOTHING },
    { "ftp", WIRE_HELLO_NOTHING },  { "smtp", WIRE_HELLO_NOTHING },
    { "pop3", WIRE_HELLO_NOTHING }, { "imap", WIRE_HELLO_NOTHING },
    { "vnc", WIRE_HELLO_NOTHING },
};

static const struct tongue *tongue_of(const char *protocol)
{
    for (size_t i = 0; i < sizeof tongues / sizeof tongues[0]; i++) {
        if (text_equal(tongues[i].protocol, protocol)) {
            return &tongues[i];
        }
    }
    return NULL;
}

static bool is_http(const char *protocol)
{
    return text_equal(protocol, "http") || text_equal(protocol, "https");
}

bool heartbeat_knows(const char *protocol, bool udp)
{
    return udp ? heartbeat_udp_knows(protocol) : is_http(protocol) || tongue_of(protocol) != NULL;
}

static void say(struct heartbeat_answer *answer, bool alive, const char *detail)
{
    answer->alive = alive;
    (void) snprintf(answer->detail, sizeof answer->detail, "%s", detail);
}

/* Whatever the status: a server that answers lives. */
static enum status ask_http(const struct heartbeat_ask *ask, struct transcript *transcript,
                            struct heartbeat_answer *answer, struct error *reterr)
{
    const struct http_target target = { .host = ask->host,
                                        .port = ask->port,
                                        .tls = text_equal(ask->protocol, "https"),
                                        .server_name = ask->server_name };
    const struct http_ask request = { .method = "GET",
                                      .path = "/",
                                      .deadline_ms = ask->deadline_ms };
    DEFER(http_client_done) struct http_client *client = NULL;
    DEFER(http_answer_done) struct http_answer got = { .body = bytes_bounded(1) };

    TRY(http_client_new(&target, transcript, &client, reterr));
    TRY(http_client_ask(client, &request, &got, reterr));
    say(answer, got.event == HTTP_ANSWERED, http_event_word(got.event));
    return STATUS_OK;
}

/* What came so far is an answer in the protocol. */
static bool speaks(const struct tongue *tongue, const struct bytes *heard, bool ended)
{
    struct wire_ident ident = { .protocol = WIRE_PROTOCOL_NONE };
    enum wire_ident_answer answer =
        wire_identify(tongue->hello, heard->data, heard->length, ended, &ident);

    if (tongue->hello == WIRE_HELLO_TLS) {
        return answer == WIRE_IDENT_FOUND && ident.tls;
    }
    /* A 220 greeting does not yet tell FTP from SMTP, and both are alive. */
    return answer == WIRE_IDENT_ASK ||
           (answer == WIRE_IDENT_FOUND &&
            text_equal(wire_protocol_word(ident.protocol), tongue->protocol));
}

static enum status ask_tcp(const struct heartbeat_ask *ask, struct transcript *transcript,
                           struct heartbeat_answer *answer, struct error *reterr)
{
    const struct tongue *tongue = tongue_of(ask->protocol);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    DEFER(bytes_done) struct bytes heard = bytes_bounded(ANSWER_MAX);
    uint8_t room[WIRE_HELLO_MAX];
    struct builder hello = builder_over(room, sizeof room);
    enum tcp_event event = TCP_OK;

    TRY(tcp_open(&tcp, ask->host, ask->port, ask->deadline_ms, transcript, &event, reterr));
    wire_ident_hello(tongue->hello, ask->host, ask->seed, &hello);
    if (event == TCP_OK && hello.length > 0) {
        TRY(tcp_send(&tcp, room, hello.length, ask->deadline_ms, &event, reterr));
    }
    while (event == TCP_OK && heard.length < ANSWER_MAX) {
        TRY(tcp_receive(&tcp, &heard, ask->deadline_ms, &event, reterr));
        if (speaks(tongue, &heard, event != TCP_OK)) {
            say(answer, true, "answered");
            return STATUS_OK;
        }
    }
    say(answer, false, event == TCP_OK ? "another protocol" : tcp_event_word(event));
    return STATUS_OK;
}

enum status heartbeat_ask(const struct heartbeat_ask *ask, struct transcript *transcript,
                          struct heartbeat_answer *ret_answer, struct error *reterr)
{
    *ret_answer = (struct heartbeat_answer){ .alive = false };
    if (!heartbeat_knows(ask->protocol, ask->udp)) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "no question is known that a %s service over %s answers", ask->protocol,
                    ask->udp ? "UDP" : "TCP");
    }
    if (ask->udp) {
        return heartbeat_ask_udp(ask, transcript, ret_answer, reterr);
    }
    return (is_http(ask->protocol) ? ask_http : ask_tcp)(ask, transcript, ret_answer, reterr);
}
