#include "probe/liveness.h"

#include "base/clock.h"
#include "channel/heartbeat.h"
#include "channel/http.h"
#include "channel/tcp.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

struct aim {
    const char *address;
    const struct liveness *want;
};

static enum status ask_tcp(const struct aim *aim, int64_t deadline_ms,
                           struct transcript *transcript, struct liveness_answer *answer,
                           struct error *reterr)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event = TCP_TIMEOUT;

    TRY(tcp_open(&tcp, aim->address, aim->want->service->port, deadline_ms, transcript, &event,
                 reterr));
    answer->state = event == TCP_OK ? LIVENESS_ALIVE : LIVENESS_SILENT;
    (void) snprintf(answer->detail, sizeof answer->detail, "connecting to port %u: %s",
                    aim->want->service->port, tcp_event_word(event));
    return STATUS_OK;
}

/* Only a 2xx or 3xx answer can carry the device's identity. */
static void read_answer(const struct liveness *want, const struct http_answer *got,
                        struct liveness_answer *answer)
{
    if (got->event != HTTP_ANSWERED) {
        answer->state = LIVENESS_SILENT;
        (void) snprintf(answer->detail, sizeof answer->detail, "%s %s: %s", want->service->id,
                        want->path, http_event_word(got->event));
        return;
    }
    answer->state = LIVENESS_ALIVE;
    (void) snprintf(answer->detail, sizeof answer->detail, "%s %s: %d", want->service->id,
                    want->path, got->status);
    if (got->status < 200 || got->status > 399) {
        answer->state = LIVENESS_OTHER;
        (void) snprintf(answer->detail, sizeof answer->detail,
                        "%s %s answers %d; the declared device answers 2xx or 3xx",
                        want->service->id, want->path, got->status);
        return;
    }
    if (want->contains != NULL &&
        (got->body.length == 0 || memmem(got->body.data, got->body.length, want->contains,
                                         strlen(want->contains)) == NULL)) {
        answer->state = LIVENESS_OTHER;
        (void) snprintf(answer->detail, sizeof answer->detail,
                        "%s %s answers %d, but without \"%.60s\"", want->service->id, want->path,
                        got->status, want->contains);
    }
}

static enum status ask_udp(const struct aim *aim, int64_t deadline_ms,
                           struct transcript *transcript, struct liveness_answer *answer,
                           struct error *reterr)
{
    const struct service *service = aim->want->service;
    struct heartbeat_ask ask = { .host = aim->address,
                                 .port = service->port,
                                 .udp = true,
                                 .protocol = service->protocol,
                                 .deadline_ms = deadline_ms };
    struct heartbeat_answer got;

    if (getrandom(&ask.seed, sizeof ask.seed, 0) != (ssize_t) sizeof ask.seed) {
        return fail(reterr, STATUS_IO, "liveness: no random bytes");
    }
    TRY(heartbeat_ask(&ask, transcript, &got, reterr));
    answer->state = got.alive ? LIVENESS_ALIVE : LIVENESS_SILENT;
    (void) snprintf(answer->detail, sizeof answer->detail, "asking %s on UDP port %u: %s",
                    service->protocol, service->port, got.detail);
    return STATUS_OK;
}

static enum status ask_http(const struct aim *aim, int64_t deadline_ms,
                            struct transcript *transcript, struct liveness_answer *answer,
                            struct error *reterr)
{
    const struct liveness *want = aim->want;
    const struct http_target target = { .host = aim->address,
                                        .port = want->service->port,
                                        .tls = text_equal(want->service->protocol, "https"),
                                        .server_name = want->service->tls_server_name };
    const struct http_ask ask = { .method = "GET", .path = want->path, .deadline_ms = deadline_ms };
    DEFER(http_client_done) struct http_client *client = NULL;
    DEFER(http_answer_done) struct http_answer got = { .body = bytes_bounded(1) };

    TRY(http_client_new(&target, transcript, &client, reterr));
    TRY(http_client_ask(client, &ask, &got, reterr));
    read_answer(want, &got, answer);
    return STATUS_OK;
}

enum status liveness_ask(const struct profile *profile, const struct service *about, unsigned tries,
                         unsigned wait_ms, struct transcript *transcript,
                         struct liveness_answer *ret_answer, struct error *reterr)
{
    const struct associated *of = about == NULL ? NULL : about->of;
    const struct aim aim = { .address = profile_service_address(profile, about),
                             .want = of != NULL ? &of->liveness : &profile->liveness };
    const struct liveness *want = aim.want;
    enum status (*ask)(const struct aim *, int64_t, struct transcript *, struct liveness_answer *,
                       struct error *) = ask_tcp;
    bool http = want->path != NULL && (text_equal(want->service->protocol, "https") ||
                                       text_equal(want->service->protocol, "http"));

    if (want->service->transport == TRANSPORT_UDP) {
        ask = ask_udp;
    } else if (http) {
        ask = ask_http;
    }
    *ret_answer = (struct liveness_answer){ .state = LIVENESS_UNKNOWN };
    for (unsigned i = 1; i <= tries; i++) {
        int64_t started_ms = clock_monotonic_ms();
        int64_t deadline_ms = started_ms + wait_ms;

        ret_answer->tries = i;
        TRY(ask(&aim, deadline_ms, transcript, ret_answer, reterr));
        if (ret_answer->state != LIVENESS_SILENT) {
            break;
        }
        if (i < tries) {
            /* A refusal comes back at once; a device that restarts needs the wait. */
            int left_ms = clock_left_ms(started_ms + 500);
            struct timespec pause = { .tv_sec = left_ms / 1000,
                                      .tv_nsec = (long) (left_ms % 1000) * 1000000 };

            (void) nanosleep(&pause, NULL);
        }
    }
    return STATUS_OK;
}
