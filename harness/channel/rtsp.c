#include "channel/rtsp.h"

#include "base/secret.h"
#include "base/text.h"
#include "channel/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MAX = 8192, ANSWERS_MAX = 2 * WIRE_RTSP_BODY_MAX, USER_MAX = 512 };

const char *rtsp_event_word(enum rtsp_event event)
{
    static const char *const words[] = {
        [RTSP_ANSWERED] = "answered", [RTSP_NO_CONNECTION] = "no_connection",
        [RTSP_TIMEOUT] = "timeout",   [RTSP_CLOSED] = "closed",
        [RTSP_BROKEN] = "broken",
    };

    return words[event];
}

struct rtsp_client rtsp_client_start(const char *host, uint16_t port, uint64_t seed,
                                     struct transcript *transcript)
{
    return (struct rtsp_client){
        .host = host, .port = port, .transcript = transcript, .tcp = { .fd = -1 }, .random = seed
    };
}

void rtsp_client_done(struct rtsp_client *client)
{
    if (client->open) {
        tcp_done(&client->tcp);
    }
    client->open = false;
}

void rtsp_answer_done(struct rtsp_answer *answer)
{
    if (answer->raw.data != NULL) {
        secret_wipe(answer->raw.data, answer->raw.capacity);
    }
    bytes_done(&answer->raw);
}

enum status rtsp_url(const struct rtsp_client *client, const char *path, char room[RTSP_URL_SIZE],
                     struct error *reterr)
{
    bool bare6 = strchr(client->host, ':') != NULL;
    int length;

    for (const char *at = path; *at != '\0'; at++) {
        if ((unsigned char) *at <= ' ' || (unsigned char) *at >= 0x7f) {
            return fail(reterr, STATUS_BAD_INPUT, "a path with what cannot stand in a request");
        }
    }
    length = snprintf(room, RTSP_URL_SIZE, "rtsp://%s%.*s%s:%u%s", bare6 ? "[" : "",
                      (int) strcspn(client->host, "%"), client->host, bare6 ? "]" : "",
                      (unsigned) client->port, path);
    if (path[0] != '/' || length < 0 || length >= RTSP_URL_SIZE) {
        return fail(reterr, STATUS_BAD_INPUT, "a path begins with '/' and has at most %d octets",
                    RTSP_URL_SIZE - 64);
    }
    return STATUS_OK;
}

/* RFC 7617 */
static enum status basic_put(const struct rtsp_credential *credential, struct bytes *out,
                             struct error *reterr)
{
    char pair[2 * USER_MAX];
    char encoded[4 * ((sizeof pair + 2) / 3) + 1];
    int length = snprintf(pair, sizeof pair, "%s:%s", credential->user, credential->password);
    enum status status;

    if (length < 0 || (size_t) length >= sizeof pair) {
        return fail(reterr, STATUS_LIMIT, "a user's name or password is too long");
    }
    text_base64(pair, (size_t) length, encoded);
    status = bytes_append_text(out, "Basic ", reterr);
    if (status == STATUS_OK) {
        status = bytes_append_text(out, encoded, reterr);
    }
    secret_wipe(pair, sizeof pair);
    secret_wipe(encoded, sizeof encoded);
    return status;
}

/* A nonce of our own need not be hard to guess: what it guards against is not tested here. */
static void client_nonce(struct rtsp_client *client, char room[17])
{
    client->random = client->random * 6364136223846793005u + 1442695040888963407u;
    (void) snprintf(room, 17, "%016llx", (unsigned long long) client->random);
}

static enum status credential_put(struct rtsp_client *client, const struct rtsp_ask *ask,
                                  struct bytes *out, struct error *reterr)
{
    const struct rtsp_credential *credential = ask->credential;
    char nonce[17];

    TRY(bytes_append_text(out, "Authorization: ", reterr));
    if (text_equal(credential->scheme, "basic")) {
        TRY(basic_put(credential, out, reterr));
    } else {
        client_nonce(client, nonce);
        TRY(digest_answer(
            &(struct digest_claim){
                .challenge = credential->challenge,
                .user = credential->user,
                .password = credential->password,
                .method = ask->method,
                .uri = ask->url,
                .client_nonce = nonce,
                .count = credential->count,
            },
            out, reterr));
    }
    return bytes_append_text(out, "\r\n", reterr);
}

static enum status request_make(struct rtsp_client *client, const struct rtsp_ask *ask,
                                struct bytes *out, struct error *reterr)
{
    char line[RTSP_URL_SIZE + 128];

    client->sequence++;
    (void) snprintf(line, sizeof line, "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: hoshitori\r\n",
                    ask->method, ask->url, client->sequence);
    TRY(bytes_append_text(out, line, reterr));
    if (ask->fields != NULL) {
        TRY(bytes_append_text(out, ask->fields, reterr));
    }
    if (ask->credential != NULL) {
        TRY(credential_put(client, ask, out, reterr));
    }
    return bytes_append_text(out, "\r\n", reterr);
}

static enum rtsp_event event_of(enum tcp_event event, bool connected)
{
    switch (event) {
    case TCP_OK:
        return RTSP_ANSWERED;
    case TCP_TIMEOUT:
        return RTSP_TIMEOUT;
    default:
        return connected ? RTSP_CLOSED : RTSP_NO_CONNECTION;
    }
}

static enum status connection_need(struct rtsp_client *client, const struct rtsp_ask *ask,
                                   struct rtsp_answer *answer, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    if (client->open) {
        return STATUS_OK;
    }
    TRY(tcp_open(&client->tcp, client->host, client->port, ask->deadline_ms, client->transcript,
                 &event, reterr));
    client->open = event == TCP_OK;
    answer->event = event_of(event, false);
    return STATUS_OK;
}

static enum status request_send(struct rtsp_client *client, const struct rtsp_ask *ask,
                                struct rtsp_answer *answer, struct error *reterr)
{
    DEFER(bytes_done) struct bytes request = bytes_bounded(REQUEST_MAX);
    enum tcp_event event = TCP_OK;
    enum status status = request_make(client, ask, &request, reterr);

    if (status == STATUS_OK && ask->credential != NULL) {
        transcript_note(client->transcript, client->tcp.connection, "%s with a log-in by %s",
                        ask->method, ask->credential->scheme);
        status = tcp_send_secret(&client->tcp, request.data, request.length,
                                 "request with a log-in", ask->deadline_ms, &event, reterr);
    } else if (status == STATUS_OK) {
        status =
            tcp_send(&client->tcp, request.data, request.length, ask->deadline_ms, &event, reterr);
    }
    if (request.data != NULL) {
        secret_wipe(request.data, request.capacity);
    }
    answer->event = event_of(event, true);
    return status;
}

/* An answer to an earlier request, whose time had run out, is not this one's. */
static bool is_late(const struct rtsp_client *client, const struct wire_rtsp_answer *parsed)
{
    return parsed->sequence >= 0 && parsed->sequence < (long long) client->sequence;
}

static enum status answer_receive(struct rtsp_client *client, const struct rtsp_ask *ask,
                                  struct rtsp_answer *answer, struct error *reterr)
{
    size_t offset = 0;
    enum tcp_event event = TCP_OK;

    for (;;) {
        const uint8_t *at = answer->raw.data == NULL ? NULL : answer->raw.data + offset;
        enum wire_rtsp_word word =
            wire_rtsp_answer_read(at, answer->raw.length - offset, &answer->parsed);

        if (word == WIRE_RTSP_READY) {
            offset += answer->parsed.length;
            if (is_late(client, &answer->parsed)) {
                continue;
            }
            answer->event = RTSP_ANSWERED;
            answer->status = answer->parsed.head.status;
            if (offset < answer->raw.length) { /* nobody asked for more: start afresh */
                rtsp_client_done(client);
            }
            return STATUS_OK;
        }
        if (word == WIRE_RTSP_BROKEN || answer->raw.length == answer->raw.limit) {
            answer->event = RTSP_BROKEN;
            return STATUS_OK;
        }
        TRY(tcp_receive(&client->tcp, &answer->raw, ask->deadline_ms, &event, reterr));
        if (event != TCP_OK) {
            answer->event = event_of(event, true);
            return STATUS_OK;
        }
    }
}

static void status_note(struct rtsp_client *client, unsigned connection,
                        const struct rtsp_answer *answer)
{
    transcript_look(client->transcript, connection, answer->raw.data, answer->raw.length);
    transcript_withheld(client->transcript, connection, "answer to declared credentials",
                        answer->raw.length);
    transcript_note(client->transcript, connection, "%s, status %u", rtsp_event_word(answer->event),
                    answer->status);
}

enum status rtsp_ask(struct rtsp_client *client, const struct rtsp_ask *ask,
                     struct rtsp_answer *answer, struct error *reterr)
{
    bool withheld = ask->credential != NULL && ask->credential->is_secret;
    enum status status;

    *answer = (struct rtsp_answer){ .event = RTSP_TIMEOUT, .raw = bytes_bounded(ANSWERS_MAX) };
    TRY(connection_need(client, ask, answer, reterr));
    if (!client->open) {
        return STATUS_OK;
    }
    status = request_send(client, ask, answer, reterr);
    if (status == STATUS_OK && answer->event == RTSP_ANSWERED) {
        client->tcp.transcript = withheld ? NULL : client->transcript;
        status = answer_receive(client, ask, answer, reterr);
        client->tcp.transcript = client->transcript;
        if (withheld) {
            status_note(client, client->tcp.connection, answer);
        }
    }
    if (status != STATUS_OK || answer->event != RTSP_ANSWERED) {
        rtsp_client_done(client);
    }
    return status;
}

bool rtsp_describes(const struct rtsp_answer *answer, struct wire_sdp *ret_sdp)
{
    *ret_sdp = (struct wire_sdp){ .media = 0 };
    return answer->event == RTSP_ANSWERED && answer->status == 200 &&
           wire_sdp_read(answer->parsed.body, answer->parsed.body_length, ret_sdp);
}
