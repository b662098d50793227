#include "probe/data.h"
#include "support/mock_http.h"
#include "support/peer.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>

extern const struct probe probe_login;

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_rtsp, .init = root_set, .timeout = 60);

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

static long long count(const struct probe_run *run, const char *name)
{
    return json_integer_value(json_object_get(run->facts, name));
}

Test(login_rtsp, each_device_is_read_for_what_it_is)
{
    static const struct {
        const char *name;
        void (*serve)(int fd);
        int rejected;
        int accepted;
        bool locked;
    } all[] = {
        { "forgetful", forgetful, 4, 0, false },
        { "always stale", always_stale, 0, 0, false },
        { "one answer a connection", one_answer_a_connection, 4, 0, false },
        { "locked", locked, 0, 0, true },
        { "not found", not_found, 0, 0, false },
        { "open to all", open_to_all, 0, 3, false },
        { "hangs up", hangs_up, 0, 0, false },
    };
    struct subject nothing = { 0 };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint16_t port = 0;
        pid_t peer = peer_start(all[i].serve, &port);
        struct probe_run run =
            probe_run(&probe_login, &nothing, "127.0.0.1", port,
                      "{\"scheme\":\"rtsp-digest\",\"path\":\"/live\",\"candidates\":[\"random\","
                      "\"blank\"],\"timeout_ms\":1000,\"lock_max_s\":0}",
                      30000);

        cr_assert_eq(run.status, STATUS_OK, "%s: %s", all[i].name, run.error.message);
        cr_expect_eq(count(&run, "rejected_count"), all[i].rejected, "%s: %lld", all[i].name,
                     count(&run, "rejected_count"));
        cr_expect_eq(count(&run, "accepted_count"), all[i].accepted, "%s: %lld", all[i].name,
                     count(&run, "accepted_count"));
        cr_expect_eq(json_is_true(json_object_get(run.facts, "locked")), all[i].locked, "%s",
                     all[i].name);
        probe_run_done(&run);
        peer_stop(peer);
    }
}
