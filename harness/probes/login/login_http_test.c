#include "probe/data.h"
#include "support/http_scene.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <limits.h>

extern const struct probe probe_login;

#define RIGHT "PLANTEDright"

enum mode {
    PROPER,       /* only the right password */
    WEAK,         /* admin/1234 as well */
    OPEN_HOUSE,   /* any password */
    POLITE,       /* "200 OK" to any log-in, but only the right one opens anything */
    LOCKS_ALOUD,  /* 429 with Retry-After after five wrong ones */
    LOCKS_MUTELY, /* after five wrong ones all are wrong for a second */
    LOCKS_LONG,   /* 429 for an hour */
    HANGS_UP,     /* takes no connection after five wrong ones */
    HANGS,
    GARBAGE
};

enum { FAILS, LOCK_END_MS, LOCKS, MODE = 7 };

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_http, .init = root_set, .timeout = 90);

static int now_ms(void)
{
    return (int) (clock_monotonic_ms() & 0x3fffffff);
}

static bool is_locked(const struct mock_shared *shared)
{
    return shared->counters[LOCK_END_MS] > now_ms();
}

static void fail_count(struct mock_shared *shared)
{
    int mode = shared->counters[MODE];

    if (++shared->counters[FAILS] < 5) {
        return;
    }
    shared->counters[FAILS] = 0;
    shared->counters[LOCKS]++;
    if (mode == LOCKS_ALOUD || mode == LOCKS_MUTELY) {
        shared->counters[LOCK_END_MS] = now_ms() + 900;
    } else if (mode == LOCKS_LONG) {
        shared->counters[LOCK_END_MS] = now_ms() + 3600 * 1000;
    } else if (mode == HANGS_UP) {
        _exit(0);
    }
}

static bool password_is_right(const char *body, int mode)
{
    return mode == OPEN_HOUSE || strstr(body, "\"admin\",\"password\":\"" RIGHT "\"") != NULL ||
           (mode == WEAK && strstr(body, "\"admin\",\"password\":\"1234\"") != NULL);
}

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    int mode = shared->counters[MODE];

    if (mode == HANGS) {
        (void) usleep(600 * 1000);
    } else if (mode == GARBAGE) {
        mock_send(fd, "\0\xff\xfb\x01 garbage", 12);
    } else if (strcmp(request->path, "/login") != 0) {
        bool in = cookie != NULL && strstr(cookie, "sid=good") != NULL;

        mock_reply(fd, in ? 200 : 401, "", in ? "{\"ssid\":\"x\"}" : "no");
    } else if (is_locked(shared)) {
        mock_reply(fd, mode == LOCKS_MUTELY ? 401 : 429,
                   mode == LOCKS_ALOUD  ? "Retry-After: 1\r\n"
                   : mode == LOCKS_LONG ? "Retry-After: 3600\r\n"
                                        : "",
                   "no");
    } else if (password_is_right(request->body, mode)) {
        mock_reply(fd, 200, "Set-Cookie: sid=good\r\n", "{}");
    } else {
        mock_reply(fd, mode == POLITE ? 200 : 401, mode == POLITE ? "Set-Cookie: sid=new\r\n" : "",
                   "{\"error\":1}");
        fail_count(shared);
    }
}

static void scene_set(struct scene *scene, enum mode mode)
{
    scene_open(scene, camera, RIGHT);
    scene->mock.shared->counters[MODE] = (int) mode;
    scene->subject.auth = &scene->auth;
}

static struct probe_run attempt_all(struct scene *scene, const char *params)
{
    struct probe_run run =
        probe_run(&probe_login, &scene->subject, "127.0.0.1", scene->mock.port, params, 60000);
    char *text = json_dumps(run.facts, JSON_SORT_KEYS);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_null(strstr(text, RIGHT));
    cr_expect_not(transcript_holds(&run.transcript, RIGHT));
    cr_expect_not(transcript_holds(&run.transcript, "sid=good"));
    free(text);
    return run;
}

Test(login_http, a_proper_device_takes_the_declared_credentials_and_none_of_the_common)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PROPER);
    run = attempt_all(&scene, "{\"candidates\":[\"declared\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_str_eq(first(&run, "accepted"), "declared (role admin)");
    cr_expect_str_eq(first(&run, "proofs"), "declared (role admin): a protected page opened");
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
    run = attempt_all(&scene, "{\"candidates\":[\"list:common\",\"derived:model\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "rejected_count"), 40);
    cr_expect_eq(number(&run, "attempts"), 40);
    cr_expect(is(&run, "budget_exhausted"));
    cr_expect(is(&run, "complete"));
    cr_expect(is(&run, "right_login_before"));
    cr_expect(is(&run, "right_login_after"));
    cr_expect_not(is(&run, "locked"));
    cr_expect_eq(number(&run, "tried") + number(&run, "skipped"), number(&run, "candidates_total"));
    probe_run_done(&run);
    scene_done(&scene);
}

Test(login_http, a_common_pair_is_found_and_named_without_its_password)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, WEAK);
    run = attempt_all(&scene, "{\"stop_after\":1}");
    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_str_eq(first(&run, "accepted"), "common:#6 (user admin)");
    cr_expect_eq(number(&run, "attempts") < 20, 1);
    probe_run_done(&run);
    scene_done(&scene);
}

/* hydra 739 and 90: every password was "valid" where there was no authentication. */
Test(login_http, hydra_739_90_a_page_that_accepts_anything_fails_the_known_bad_control)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, OPEN_HOUSE);
    run = attempt_all(&scene, "{\"candidates\":[\"random\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 2);
    cr_expect_str_eq(first(&run, "accepted"), "random (user admin)");
    probe_run_done(&run);
    scene_done(&scene);
}

Test(login_http, a_success_status_alone_is_not_believed)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, POLITE);
    run = attempt_all(&scene, "{\"budget\":10}");
    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "rejected_count"), 10);
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
    scene_done(&scene);
}

Test(login_http, a_short_lock_is_waited_for)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, LOCKS_ALOUD);
    run = attempt_all(&scene, "{\"budget\":14,\"check_every\":100}");
    cr_expect(is(&run, "locked"));
    cr_expect(is(&run, "right_login_after"));
    cr_expect_geq(number(&run, "waited_s"), 1);
    cr_expect_geq(scene.mock.shared->counters[LOCKS], 1);
    cr_expect_eq(number(&run, "accepted_count"), 0);
    probe_run_done(&run);
    scene_done(&scene);
}

Test(login_http, a_mute_lock_is_noticed_by_the_declared_credentials)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, LOCKS_MUTELY);
    run = attempt_all(&scene, "{\"budget\":12,\"check_every\":4}");
    cr_expect(is(&run, "locked"));
    cr_expect(is(&run, "right_login_after"));
    cr_expect_gt(number(&run, "attempts"), number(&run, "rejected_count"),
                 "the stretch under the lock was repeated");
    probe_run_done(&run);
    run = attempt_all(&scene, "{\"budget\":12,\"check_every\":4,\"lock_max_s\":0}");
    cr_expect(is(&run, "locked"));
    cr_expect_not(is(&run, "complete"));
    cr_expect_not(is(&run, "right_login_after"));
    probe_run_done(&run);
    scene_done(&scene);
}

Test(login_http, a_long_lock_leaves_the_run_incomplete)
{
    static const enum mode modes[] = { LOCKS_LONG, HANGS_UP };

    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        struct probe_run run;

        scene_set(&scene, modes[i]);
        run = attempt_all(&scene, "{\"timeout_ms\":500,\"lock_max_s\":2}");
        cr_expect(is(&run, "locked"), "mode %zu", i);
        cr_expect_not(is(&run, "complete"), "mode %zu", i);
        cr_expect_lt(number(&run, "rejected_count"), 6, "mode %zu", i);
        cr_expect_gt(number(&run, "skipped"), 50, "mode %zu", i);
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(login_http, silence_and_garbage_are_neither_accepted_nor_rejected)
{
    static const enum mode modes[] = { HANGS, GARBAGE };

    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        struct probe_run run;

        scene_set(&scene, modes[i]);
        run = attempt_all(&scene, "{\"timeout_ms\":200,\"lock_max_s\":1}");
        cr_expect_eq(number(&run, "accepted_count"), 0);
        cr_expect_eq(number(&run, "rejected_count"), 0);
        cr_expect_not(is(&run, "complete"));
        cr_expect_not(is(&run, "right_login_before"));
        cr_expect_not_null(json_object_get(run.facts, "detail"));
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(login_http, wrong_credentials_in_the_profile_make_it_incomplete)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PROPER);
    scene.credential.user = "nobody";
    run = attempt_all(&scene, "{\"budget\":5}");
    cr_expect_not(is(&run, "right_login_before"));
    cr_expect_not(is(&run, "complete"));
    cr_expect_eq(number(&run, "rejected_count"), 5);
    probe_run_done(&run);
    scene_done(&scene);
}

/* admin/4321 opens /admin, where nobody gets a page; /open needs nothing; /none
 * refuses without offering Basic. */
static void basic(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *value = mock_header(request, "Authorization");

    (void) shared;
    if (strcmp(request->path, "/open") == 0) {
        mock_page(fd, 200, "<h1>Camera</h1>");
    } else if (strcmp(request->path, "/none") == 0) {
        mock_reply(fd, 401, "WWW-Authenticate: Digest realm=x, nonce=y\r\n", "");
    } else if (value != NULL && strcmp(value, "Basic YWRtaW46NDMyMQ==") == 0) {
        mock_page(fd, 200, strcmp(request->path, "/data") == 0 ? "{\"a\":1}" : "<h1>Camera</h1>");
    } else if (value == NULL && strcmp(request->path, "/data") == 0) {
        mock_reply(fd, 200, "Content-Type: text/html\r\nWWW-Authenticate: Basic realm=x\r\n",
                   "<h1>Camera</h1>");
    } else {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=x\r\n", "no");
    }
}

static struct probe_run by_hand(uint16_t port, const char *params)
{
    struct subject nothing = { 0 };
    struct probe_run run = probe_run(&probe_login, &nothing, "127.0.0.1", port, params, 60000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

Test(login_http, basic_by_hand)
{
    struct mock mock = mock_start(basic);
    struct probe_run run =
        by_hand(mock.port, "{\"scheme\":\"basic\",\"path\":\"/admin\",\"budget\":100}");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "accepted"), "(user admin)"));
    cr_expect_not_null(strstr(first(&run, "proofs"), "had refused a stranger"));
    cr_expect(is(&run, "complete"));
    cr_expect_not(is(&run, "budget_exhausted"));
    cr_expect_eq(number(&run, "tried"), number(&run, "candidates_total"));
    probe_run_done(&run);
    run = by_hand(mock.port, "{\"path\":\"/open\",\"candidates\":[\"random\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 0, "a page for everybody proves no password");
    cr_expect_eq(number(&run, "unclear_count"), 2);
    probe_run_done(&run);
    run = by_hand(mock.port, "{\"path\":\"/data\",\"budget\":100}");
    cr_expect_eq(number(&run, "accepted_count"), 1, "who logs in gets what nobody else gets");
    cr_expect_not_null(strstr(first(&run, "proofs"), "another kind of content"));
    probe_run_done(&run);
    run = by_hand(mock.port, "{\"path\":\"/none\",\"budget\":3}");
    cr_expect_eq(number(&run, "rejected_count"), 0, "Basic was never on offer");
    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
    mock_stop(&mock);
}

/* A form as browsers send it; success is a redirect, failure shows the form again. */
static void browser_form(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");

    (void) shared;
    if (strcmp(request->method, "POST") == 0 &&
        strcmp(request->body, "u=guest&p=12345&go=1") == 0) {
        mock_reply(fd, 302, "Set-Cookie: s=in\r\nLocation: /home\r\n", "");
    } else if (cookie != NULL && strcmp(cookie, "s=in") == 0) {
        mock_page(fd, 200, "<h1>Home</h1>");
    } else {
        mock_page(fd, 200, "<form><input type=password></form>");
    }
}

Test(login_http, a_form_by_hand)
{
    struct mock mock = mock_start(browser_form);
    struct probe_run run = by_hand(mock.port, "{\"path\":\"/login.cgi\",\"budget\":100,"
                                              "\"body\":\"u=${user}&p=${password}&go=1\","
                                              "\"proof_path\":\"/home\"}");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "accepted"), "(user guest)"));
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "mechanism")), "form");
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, "p=12345"));
    probe_run_done(&run);
    mock_stop(&mock);
}

Test(login_http, what_cannot_be_tried_is_our_fault_and_said)
{
    struct subject nothing = { 0 };
    struct service service = { .protocol = "rtsp" };
    struct auth auth = { .id = "ssh-login", .scheme = "rtsp", .service = &service };
    struct subject stream = { .auth = &auth };
    struct probe_run run =
        probe_run(&probe_login, &nothing, "127.0.0.1", 9, "{\"scheme\":\"form\"}", 1000);

    cr_expect_eq(run.status, STATUS_BAD_INPUT);
    probe_run_done(&run);
    run = probe_run(&probe_login, &stream, "127.0.0.1", 9, "{}", 1000);
    cr_expect_eq(run.status, STATUS_UNSUPPORTED);
    probe_run_done(&run);
}

Test(login_http, one_status_for_both_proves_nothing_without_a_page)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, POLITE);
    scene.auth.failure_status = 200;
    run = attempt_all(&scene, "{\"candidates\":[\"random\"]}");
    cr_expect_eq(number(&run, "rejected_count"), 2, "the page stays closed");
    probe_run_done(&run);
    scene.profile.access_count = 0;
    run = attempt_all(&scene, "{\"candidates\":[\"random\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "unclear_count"), 2);
    probe_run_done(&run);
    scene.auth.failure_status = 401;
    run = attempt_all(&scene, "{\"candidates\":[\"random\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 0, "the words say error");
    cr_expect_eq(number(&run, "unclear_count"), 2);
    probe_run_done(&run);
    scene_done(&scene);
}

static void redirector(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    (void) request;
    (void) shared;
    mock_reply(fd, 302, "Location: /welcome.html\r\n", "");
}

Test(login_http, one_redirect_for_everybody_accepts_nobody)
{
    struct mock mock = mock_start(redirector);
    struct probe_run run = by_hand(
        mock.port, "{\"scheme\":\"basic\",\"path\":\"/admin\",\"candidates\":[\"random\"]}");

    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "unclear_count"), 2);
    probe_run_done(&run);
    mock_stop(&mock);
}
