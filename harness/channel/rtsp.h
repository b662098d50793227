/* rtsp.h - a client's side of RTSP 1.0 (RFC 2326) towards the device, as far as asking goes:
 * requests, answers, log-ins.  It plays nothing.
 *
 * Nothing is repeated or followed by itself: each call sends one request, so that log-ins can be
 * counted and each refusal is seen.  Credentials never reach the transcript. */
#pragma once

#include "base/bytes.h"
#include "channel/tcp.h"
#include "wire/digest_challenge.h"
#include "wire/rtsp_answer.h"

#include <stdbool.h>
#include <stdint.h>

enum { RTSP_URL_SIZE = 640 };

enum rtsp_event {
    RTSP_ANSWERED,
    RTSP_NO_CONNECTION, /* refused, or no way there */
    RTSP_TIMEOUT,
    RTSP_CLOSED, /* the device ended the connection instead of answering */
    RTSP_BROKEN  /* what came is no RTSP */
};

const char *rtsp_event_word(enum rtsp_event event); /* "answered", "no_connection", ... */

/* One connection at a time, made when it is needed. */
struct rtsp_client {
    const char *host;
    uint16_t port;
    struct transcript *transcript;
    struct tcp tcp;
    bool open;
    unsigned sequence;
    uint64_t random;
};

struct rtsp_credential {
    const char *scheme; /* "basic" or "digest" */
    const char *user;
    const char *password;
    const struct wire_digest_challenge *challenge; /* with digest; from this connection */
    unsigned count;                                /* how often its nonce was used, from 1 */
    bool is_secret; /* the device's own: also the answer is withheld from the transcript */
};

struct rtsp_ask {
    const char *method;
    const char *url;
    const char *fields;                       /* further lines, each with its CRLF; or NULL */
    const struct rtsp_credential *credential; /* NULL: none */
    int64_t deadline_ms;
};

/* Owned by the caller; rtsp_answer_done. */
struct rtsp_answer {
    enum rtsp_event event;
    unsigned status; /* 0 unless answered */
    struct bytes raw;
    struct wire_rtsp_answer parsed; /* points into raw */
};

/* host is borrowed.  Nothing is sent.  seed: for client nonces. */
struct rtsp_client rtsp_client_start(const char *host, uint16_t port, uint64_t seed,
                                     struct transcript *transcript);
void rtsp_client_done(struct rtsp_client *client);

/* "rtsp://host:port/path" for a path that begins with '/'; BAD_INPUT for one that cannot stand in a
 * request line, or is too long. */
enum status rtsp_url(const struct rtsp_client *client, const char *path, char room[RTSP_URL_SIZE],
                     struct error *reterr) MUST_CHECK;

/* What the device does is an event; *answer is filled in every case. */
enum status rtsp_ask(struct rtsp_client *client, const struct rtsp_ask *ask,
                     struct rtsp_answer *answer, struct error *reterr) MUST_CHECK;
void rtsp_answer_done(struct rtsp_answer *answer);

/* A 200 with a session description; *ret_sdp says what is in it. */
bool rtsp_describes(const struct rtsp_answer *answer, struct wire_sdp *ret_sdp);
