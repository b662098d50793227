#include "channel/raw.h"

#include "base/clock.h"
#include "channel/tcp.h"
#include "channel/udp.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 8192, SEND_MS = 1000 };

const char *raw_event_word(enum raw_event event)
{
    static const char *const words[] = {
        [RAW_ANSWERED] = "answered",
        [RAW_SILENT] = "silent",
        [RAW_CLOSED] = "closed",
        [RAW_NOT_SENT] = "not sent",
    };

    return words[event];
}

static int64_t wait_until(const struct raw_ask *ask)
{
    int64_t until_ms = clock_monotonic_ms() + ask->wait_ms;

    return until_ms < ask->deadline_ms ? until_ms : ask->deadline_ms;
}

/* A device that stops reading in the middle of a message has been sent it as far as it goes. */
static enum status exchange_tcp(const struct raw_ask *ask, struct transcript *transcript,
                                enum raw_event *ret_event, struct error *reterr)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    DEFER(bytes_done) struct bytes heard = bytes_bounded(ANSWER_MAX);
    enum tcp_event event = TCP_OK;
    int64_t send_ms = clock_monotonic_ms() + SEND_MS;

    TRY(tcp_open(&tcp, ask->host, ask->port, ask->deadline_ms, transcript, &event, reterr));
    if (event != TCP_OK) {
        *ret_event = RAW_NOT_SENT;
        return STATUS_OK;
    }
    TRY(tcp_send(&tcp, ask->data, ask->length,
                 send_ms < ask->deadline_ms ? send_ms : ask->deadline_ms, &event, reterr));
    if (event == TCP_OK) {
        TRY(tcp_receive(&tcp, &heard, wait_until(ask), &event, reterr));
    }
    *ret_event = RAW_CLOSED;
    if (event == TCP_OK) {
        *ret_event = RAW_ANSWERED;
    } else if (event == TCP_TIMEOUT) {
        *ret_event = RAW_SILENT;
    }
    return STATUS_OK;
}

static void curl_done(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static void wait_socket(CURL *easy, short events, int64_t until_ms)
{
    curl_socket_t socket = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK &&
        socket != CURL_SOCKET_BAD) {
        struct pollfd pollfd = { .fd = socket, .events = events };

        (void) poll(&pollfd, 1, clock_left_ms(until_ms));
    }
}

/* Certificates and versions are not judged here: what stands behind any TLS is to be reached. */
static CURLcode tls_connect(CURL *easy, const struct raw_ask *ask)
{
    bool bare6 = strchr(ask->host, ':') != NULL;
    char url[160];

    (void) snprintf(url, sizeof url, "https://%s%s%s:%u/", bare6 ? "[" : "", ask->host,
                    bare6 ? "]" : "", ask->port);
    (void) curl_easy_setopt(easy, CURLOPT_URL, url);
    (void) curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_0);
    (void) curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
    /* Else libcurl may agree on HTTP/2, and what is sent and received here is none. */
    (void) curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) clock_left_ms(ask->deadline_ms) + 1);
    return curl_easy_perform(easy);
}

static CURLcode tls_send(CURL *easy, const struct raw_ask *ask)
{
    int64_t until_ms = clock_monotonic_ms() + SEND_MS;
    const char *at = ask->data;
    size_t left = ask->length;
    CURLcode code = CURLE_OK;

    while (left > 0 && clock_left_ms(until_ms) > 0) {
        size_t sent = 0;

        code = curl_easy_send(easy, at, left, &sent);
        if (code == CURLE_AGAIN) {
            wait_socket(easy, POLLOUT, until_ms);
            continue;
        }
        if (code != CURLE_OK) {
            return code;
        }
        at += sent;
        left -= sent;
    }
    return left == 0 ? CURLE_OK : CURLE_AGAIN;
}

static enum raw_event tls_listen(CURL *easy, const struct raw_ask *ask,
                                 struct transcript *transcript, unsigned connection)
{
    int64_t until_ms = wait_until(ask);

    do {
        char room[ANSWER_MAX];
        size_t got = 0;
        CURLcode code = curl_easy_recv(easy, room, sizeof room, &got);

        if (code == CURLE_OK && got > 0) {
            transcript_received(transcript, connection, room, got);
            return RAW_ANSWERED;
        }
        if (code != CURLE_AGAIN) {
            return RAW_CLOSED;
        }
        wait_socket(easy, POLLIN, until_ms);
    } while (clock_left_ms(until_ms) > 0);
    return RAW_SILENT;
}

static enum status exchange_tls(const struct raw_ask *ask, struct transcript *transcript,
                                enum raw_event *ret_event, struct error *reterr)
{
    DEFER(curl_done) CURL *easy = curl_easy_init();
    char peer[160];
    unsigned connection;

    if (easy == NULL) {
        return fail(reterr, STATUS_INTERNAL, "libcurl gives no handle");
    }
    *ret_event = RAW_NOT_SENT;
    if (tls_connect(easy, ask) != CURLE_OK) {
        return STATUS_OK;
    }
    (void) snprintf(peer, sizeof peer, "%s:%u/tcp inside TLS", ask->host, ask->port);
    connection = transcript_open(transcript, peer);
    transcript_protected(transcript, connection);
    transcript_sent(transcript, connection, ask->data, ask->length);
    *ret_event = RAW_CLOSED;
    if (tls_send(easy, ask) == CURLE_OK) {
        *ret_event = tls_listen(easy, ask, transcript, connection);
    }
    return STATUS_OK;
}

static enum status exchange_udp(const struct raw_ask *ask, struct transcript *transcript,
                                enum raw_event *ret_event, struct error *reterr)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    enum udp_event event = UDP_NOTHING;
    int64_t until_ms = wait_until(ask);
    char room[ANSWER_MAX];
    size_t got = 0;
    char peer[160];
    unsigned connection;

    TRY(udp_open(&udp, ask->host, ask->port, reterr));
    (void) snprintf(peer, sizeof peer, "%s:%u/udp", ask->host, ask->port);
    connection = transcript_open(transcript, peer);
    transcript_sent(transcript, connection, ask->data, ask->length);
    TRY(udp_send(&udp, ask->data, ask->length, &event, reterr));
    while (event == UDP_NOTHING && clock_left_ms(until_ms) > 0) {
        struct pollfd pollfd = { .fd = udp.fd, .events = POLLIN };

        (void) poll(&pollfd, 1, clock_left_ms(until_ms));
        TRY(udp_take(&udp, room, sizeof room, &got, &event, reterr));
    }
    *ret_event = RAW_SILENT;
    if (event == UDP_ANSWER) {
        transcript_received(transcript, connection, room, got);
        *ret_event = RAW_ANSWERED;
    } else if (event != UDP_NOTHING) {
        *ret_event = event == UDP_CLOSED ? RAW_CLOSED : RAW_NOT_SENT;
    }
    return STATUS_OK;
}

enum status raw_exchange(const struct raw_ask *ask, struct transcript *transcript,
                         enum raw_event *ret_event, struct error *reterr)
{
    switch (ask->way) {
    case RAW_TLS:
        return exchange_tls(ask, transcript, ret_event, reterr);
    case RAW_UDP:
        return exchange_udp(ask, transcript, ret_event, reterr);
    case RAW_TCP:
        break;
    }
    return exchange_tcp(ask, transcript, ret_event, reterr);
}
