/* The mechanism that logs in over RTSP, against servers that refuse in every way they can. */
#include "base/clock.h"
#include "probe/mechanism.h"
#include "support/mock_http.h"
#include "support/peer.h"

#include <criterion/criterion.h>

TestSuite(mechanism_rtsp, .timeout = 60);

static bool hear(int fd, char *whole, size_t size)
{
    size_t length = 0;

    while (length < size - 1 && recv(fd, whole + length, 1, 0) == 1) {
        whole[++length] = '\0';
        if (length >= 4 && strcmp(whole + length - 4, "\r\n\r\n") == 0) {
            return true;
        }
    }
    return false;
}

static void say(int fd, const char *head, const char *body)
{
    char text[1024];
    int length = snprintf(text, sizeof text, "RTSP/1.0 %s\r\nContent-Length: %zu\r\n\r\n%s", head,
                          strlen(body), body);

    mock_send(fd, text, (size_t) length);
}

#define REFUSED "401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"%u\", qop=\"auth\""

static void refuse(int fd, unsigned nonce, bool stale)
{
    char head[256];

    (void) snprintf(head, sizeof head, REFUSED "%s", nonce, stale ? ", stale=true" : "");
    say(fd, head, "");
}

/* Every second nonce is stale, and none is taken twice. */
static void forgetful(int fd)
{
    char whole[2048];

    for (unsigned nonce = 0; hear(fd, whole, sizeof whole); nonce++) {
        if (strstr(whole, "\nAuthorization: Digest ") == NULL) {
            refuse(fd, nonce, false);
        } else if (strstr(whole, "nc=00000001") == NULL) {
            say(fd, "400 Bad Request", ""); /* no nonce is used twice */
        } else {
            refuse(fd, nonce, nonce % 2 == 1);
        }
    }
}

static void always_stale(int fd)
{
    char whole[2048];

    for (unsigned nonce = 0; hear(fd, whole, sizeof whole); nonce++) {
        refuse(fd, nonce, true);
    }
}

static void one_answer_a_connection(int fd)
{
    char whole[2048];

    if (hear(fd, whole, sizeof whole)) {
        refuse(fd, 7, false);
    }
    if (hear(fd, whole, sizeof whole)) {
        refuse(fd, 7, false);
    }
}

static void locked(int fd)
{
    char whole[2048];

    while (hear(fd, whole, sizeof whole)) {
        say(fd, "503 Busy\r\nRetry-After: 9999", "");
    }
}

static void not_found(int fd)
{
    char whole[2048];

    while (hear(fd, whole, sizeof whole)) {
        if (strstr(whole, "\nAuthorization: Digest ") == NULL) {
            refuse(fd, 7, false);
        } else {
            say(fd, "404 Not Found", "");
        }
    }
}

static void open_to_all(int fd)
{
    char whole[2048];

    while (hear(fd, whole, sizeof whole)) {
        say(fd, "200 OK", "v=0\r\nm=video 0 RTP/AVP 96\r\n");
    }
}

static void hangs_up(int fd)
{
    char whole[2048];

    if (hear(fd, whole, sizeof whole)) {
        refuse(fd, 7, false);
    }
    (void) hear(fd, whole, sizeof whole);
}

/* How `times` log-ins in a row fare: the last word, and all of them the same. */
static enum attempt_word fare(uint16_t port, int times, long long *ret_retry_after_s)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct transcript transcript = transcript_start(1 << 16);
    const struct subject nothing = { 0 };
    const struct probe_call call = { .subject = &nothing,
                                     .host = "127.0.0.1",
                                     .port = port,
                                     .deadline_ms = clock_monotonic_ms() + 30000,
                                     .transcript = &transcript };
    const struct mechanism_setting setting = {
        .call = &call, .scheme = "rtsp-digest", .timeout_ms = 1000, .path = "/live"
    };
    const struct candidate candidate = { .label = "x", .user = "admin", .password = "PLANTED" };
    enum attempt_word word = ATTEMPT_UNCLEAR;
    void *state = NULL;
    struct error error = { 0 };

    cr_assert_eq(mechanism_rtsp.open(&setting, arena, &state, &error), STATUS_OK);
    for (int i = 0; i < times; i++) {
        struct attempt attempt = { .word = ATTEMPT_UNCLEAR, .retry_after_s = -1 };

        cr_assert_eq(mechanism_rtsp.attempt(state, &candidate, &attempt, &error), STATUS_OK, "%s",
                     error.message);
        cr_expect(i == 0 || attempt.word == word, "%d: %s", i, attempt.detail);
        word = attempt.word;
        *ret_retry_after_s = attempt.retry_after_s;
    }
    mechanism_rtsp.close(state);
    transcript_done(&transcript);
    return word;
}

Test(mechanism_rtsp, each_device_is_read_for_what_it_is)
{
    static const struct {
        const char *name;
        void (*serve)(int fd);
        enum attempt_word word;
        long long retry_after_s;
    } all[] = {
        { "forgetful", forgetful, ATTEMPT_REJECTED, -1 },
        { "always stale", always_stale, ATTEMPT_UNCLEAR, -1 },
        { "one answer a connection", one_answer_a_connection, ATTEMPT_REJECTED, -1 },
        { "locked", locked, ATTEMPT_LOCKED, 9999 },
        { "not found", not_found, ATTEMPT_UNCLEAR, -1 },
        { "open to all", open_to_all, ATTEMPT_ACCEPTED, -1 },
        { "hangs up", hangs_up, ATTEMPT_UNCLEAR, -1 },
    };
    long long retry_after_s = 0;
    uint16_t port = 0;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pid_t peer = peer_start(all[i].serve, &port);

        cr_expect_eq(fare(port, 4, &retry_after_s), all[i].word, "%s", all[i].name);
        cr_expect_eq(retry_after_s, all[i].retry_after_s, "%s: %lld", all[i].name, retry_after_s);
        peer_stop(peer);
    }
    (void) close(peer_listen(1, &port));
    cr_expect_eq(fare(port, 1, &retry_after_s), ATTEMPT_CLOSED);
}
