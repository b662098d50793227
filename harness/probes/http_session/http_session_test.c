#include "support/fixture.h"
#include "support/http_scene.h"
#include "support/run_facts.h"

#include "cookies.h"

#include <criterion/criterion.h>

extern const struct probe probe_http_session;

TestSuite(http_session, .timeout = 60);

enum { STATE_OUT, STATE_LOGGED_OUT, STATE_LAST_S, STATE_INJECTED };

/* What is wrong with the device under test. */
static struct {
    bool keeps_session;  /* logging out ends nothing */
    bool compares_start; /* of the token alone */
    bool refuses_logout;
    bool never_expires;
    bool bearer;      /* a token in the body in place of a cookie */
    bool token_guard; /* a log-in needs the token of its page */
    bool splits_head; /* the token in the body has a line of its own in it */
} device;

#define TOKEN "a1b2c3d4e5f60718"

static bool session_right(const struct mock_request *request)
{
    const char *cookie = mock_header(request, device.bearer ? "Authorization" : "Cookie");
    const char *token = cookie == NULL ? NULL : strstr(cookie, device.bearer ? "Bearer " : "sid=");

    token = token == NULL ? NULL : token + (device.bearer ? 7 : 4);
    return token != NULL && (device.compares_start ? strncmp(token, TOKEN, 4) == 0
                                                   : strncmp(token, TOKEN, sizeof TOKEN) == 0);
}

static void answer_login(const struct mock_request *request, int fd)
{
    const char *guard = mock_header(request, "X-Guard");

    if (device.token_guard && (guard == NULL || strcmp(guard, "PLANTED-guard") != 0)) {
        mock_reply(fd, 403, "", "{}");
    } else if (strstr(request->body, "\"password\":\"PLANTED right\"") == NULL) {
        mock_reply(fd, 401, "", "{}");
    } else if (device.splits_head) {
        mock_reply(fd, 200, "", "{\"token\":\"" TOKEN "\\r\\nX-Injected: 1\"}");
    } else if (device.bearer) {
        mock_reply(fd, 200, "", "{\"token\":\"" TOKEN "\"}");
    } else {
        mock_reply(fd, 200,
                   "Set-Cookie: sid=" TOKEN "; Path=/; HttpOnly; SameSite=Lax\r\n"
                   "Set-Cookie: lang=ja; Path=/\r\n",
                   "{}");
    }
}

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    bool right = session_right(request);
    int now_s = (int) (clock_monotonic_ms() / 1000);

    shared->counters[STATE_INJECTED] += mock_header(request, "X-Injected") != NULL;
    if (strcmp(request->path, "/login") == 0 && strcmp(request->method, "GET") == 0) {
        mock_reply(fd, 200,
                   "Content-Type: text/html\r\nX-CSRF-Given: PLANTED-guard\r\n"
                   "Set-Cookie: guard=PLANTED-guard; Path=/\r\n",
                   "<meta name=\"guard\" content=\"PLANTED-guard\">");
    } else if (strcmp(request->path, "/login") == 0) {
        shared->counters[STATE_LOGGED_OUT] = 0;
        shared->counters[STATE_LAST_S] = now_s;
        answer_login(request, fd);
    } else if (strcmp(request->path, "/logout") == 0) {
        shared->counters[STATE_LOGGED_OUT] = !device.keeps_session && !device.refuses_logout;
        mock_reply(fd, device.refuses_logout ? 404 : 204, "", "");
    } else if (right && shared->counters[STATE_LOGGED_OUT] == 0 &&
               (device.never_expires || now_s - shared->counters[STATE_LAST_S] <= 1)) {
        shared->counters[STATE_LAST_S] = now_s;
        mock_reply(fd, 200, "", "{\"ssid\":\"PLANTED\"}");
    } else {
        mock_reply(fd, 401, "", "{\"error\":\"log in first\"}");
    }
}

static void scene_set(struct scene *scene)
{
    scene_open(scene, camera, "PLANTED right");
    scene->auth.logout = (struct http_request){ .method = "POST", .path = "/logout" };
    scene->subject.service = &scene->service;
    scene->subject.access = &scene->access;
}

static struct probe_run show(struct scene *scene, const char *params)
{
    struct probe_run run = probe_run(&probe_http_session, &scene->subject, "127.0.0.1",
                                     scene->service.port, params, 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "%s", params);
    cr_expect_not(transcript_holds(&run.transcript, TOKEN), "%s", params);
    return run;
}

Test(http_session, logging_out_ends_a_session_or_does_not)
{
    for (int i = 0; i < 4; i++) {
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.keeps_session = i % 2 == 1;
        device.bearer = i >= 2;
        scene_set(&scene);
        run = show(&scene, "{}");
        cr_expect_str_eq(word(&run, "stranger_granted"), "no");
        cr_expect_str_eq(word(&run, "read_granted"), "yes");
        cr_expect_str_eq(word(&run, "copy_granted"), "yes");
        cr_expect_str_eq(word(&run, "logout_accepted"), "yes");
        cr_expect_str_eq(word(&run, "granted"), device.keeps_session ? "yes" : "no", "case %d", i);
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(http_session, what_was_not_ended_is_not_called_ended)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.refuses_logout = true;
    scene_set(&scene);
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "logout_accepted"), "no");
    probe_run_done(&run);
    scene.auth.logout.path = NULL;
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "granted"), "open");
    probe_run_done(&run);
    scene.auth.logout.path = "/logout";
    scene.access.read.path = NULL;
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "read_granted"), "open");
    probe_run_done(&run);
    scene_done(&scene);
}

Test(http_session, forged_sessions_are_told_apart)
{
    for (int i = 0; i < 4; i++) {
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.compares_start = i % 2 == 1;
        device.bearer = i >= 2;
        scene_set(&scene);
        run = show(&scene, "{\"trial\":\"forged\"}");
        cr_expect_eq(count(&run, "forged_tried"), 2);
        cr_expect_eq(count(&run, "forged_open"), 0);
        cr_expect_eq(count(&run, "forged_granted"), device.compares_start ? 1 : 0, "case %d", i);
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(http_session, a_declared_lifetime_is_waited_for)
{
    for (int i = 0; i < 2; i++) {
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.never_expires = i == 1;
        scene_set(&scene);
        scene.auth.session_lifetime_s = 1;
        run = show(&scene, "{\"trial\":\"expired\"}");
        cr_expect_str_eq(word(&run, "granted"), i == 1 ? "yes" : "no");
        cr_expect_eq(json_integer_value(json_object_get(run.facts, "waited_s")), 3);
        probe_run_done(&run);
        scene.auth.session_lifetime_s = 100;
        run = show(&scene, "{\"trial\":\"expired\"}");
        cr_expect_str_eq(word(&run, "granted"), "open", "longer than is waited");
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(http_session, a_log_in_fetches_its_token_first)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.token_guard = true;
    scene_set(&scene);
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "logged_in"), "no");
    probe_run_done(&run);
    scene.auth.csrf =
        (struct csrf){ .path = "/login", .place = { .field = "guard" }, .send_header = "X-Guard" };
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "granted"), "no");
    cr_expect_str_eq(word(&run, "copy_granted"), "yes");
    probe_run_done(&run);
    scene.auth.csrf.place = (struct http_place){ .cookie = "guard" };
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "copy_granted"), "yes");
    probe_run_done(&run);
    scene.auth.csrf.place = (struct http_place){ .header = "X-CSRF-Given" };
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "copy_granted"), "yes");
    probe_run_done(&run);
    scene.auth.csrf.place = (struct http_place){ .field = "nothing" };
    run = show(&scene, "{}");
    cr_expect_str_eq(word(&run, "logged_in"), "no");
    probe_run_done(&run);
    scene_done(&scene);
}

Test(http_session, a_token_adds_no_line_to_a_request)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.bearer = true;
    device.splits_head = true;
    scene_set(&scene);
    run = show(&scene, "{}");
    cr_expect_eq(scene.mock.shared->counters[STATE_INJECTED], 0);
    cr_expect_str_eq(word(&run, "read_granted"), "no");
    probe_run_done(&run);
    scene_done(&scene);
}

static void header_add(const char *line, void *headers)
{
    cr_assert_eq(json_array_append_new(headers, json_string(line)), 0);
}

Test(http_session, cookies_say_what_protects_them)
{
    json_t *headers = json_array();
    json_t *rows;
    const json_t *row;

    fixture_lines("cookies.txt", header_add, headers, 1);
    rows = cookies_rows(headers);
    cr_assert_eq(json_array_size(rows), 2);
    row = json_array_get(rows, 0);
    cr_expect_str_eq(json_string_value(json_object_get(row, "name")), "session");
    cr_expect(json_is_true(json_object_get(row, "secure")));
    cr_expect(json_is_true(json_object_get(row, "http_only")));
    cr_expect_str_eq(json_string_value(json_object_get(row, "same_site")), "strict");
    row = json_array_get(rows, 1);
    cr_expect(json_is_false(json_object_get(row, "http_only")));
    cr_expect_str_eq(json_string_value(json_object_get(row, "same_site")), "");
    json_decref(rows);
    json_decref(headers);
    rows = cookies_rows(NULL);
    cr_expect_eq(json_array_size(rows), 0);
    json_decref(rows);
}
