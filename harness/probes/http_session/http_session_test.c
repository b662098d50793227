#include "support/mock_http.h"
#include "support/probe_run.h"

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

struct scene {
    struct service service;
    struct credential credential;
    struct auth auth;
    struct access access;
    struct profile profile;
    struct subject subject;
    json_t *json;
};

static void scene_set(struct scene *scene, uint16_t port)
{
    memset(scene, 0, sizeof *scene);
    scene->json = json_pack("{ssss}", "user", "${user}", "password", "${password}");
    scene->service = (struct service){ .id = "admin", .port = port, .protocol = "http" };
    scene->credential = (struct credential){ .role = "admin", .user = "admin" };
    cr_assert_eq(
        secret_set(&scene->credential.secret, "PLANTED right", 13, SECRET_FOR_CHILDREN, NULL),
        STATUS_OK);
    scene->auth = (struct auth){
        .id = "admin-login",
        .kind = "password",
        .service = &scene->service,
        .scheme = "form",
        .login = { .method = "POST", .path = "/login", .json = scene->json },
        .success_status = 200,
        .failure_status = 401,
        .logout = { .method = "POST", .path = "/logout" },
        .credentials = &scene->credential,
        .credential_count = 1,
    };
    scene->access = (struct access){ .id = "settings@admin",
                                     .asset = "settings",
                                     .service = &scene->service,
                                     .auth = &scene->auth,
                                     .role = "admin",
                                     .read = { .method = "GET", .path = "/settings" } };
    scene->profile = (struct profile){
        .accesses = &scene->access, .access_count = 1, .auths = &scene->auth, .auth_count = 1
    };
    scene->subject = (struct subject){ .profile = &scene->profile,
                                       .service = &scene->service,
                                       .access = &scene->access };
}

static void scene_done(struct scene *scene)
{
    secret_done(&scene->credential.secret);
    json_decref(scene->json);
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

/* "yes", "no", or "open" when the fact is absent. */
static const char *word(const struct probe_run *run, const char *fact)
{
    const json_t *value = json_object_get(run->facts, fact);

    return value == NULL ? "open" : json_is_true(value) ? "yes" : "no";
}

static size_t count(const struct probe_run *run, const char *fact)
{
    return json_array_size(json_object_get(run->facts, fact));
}

Test(http_session, logging_out_ends_a_session_or_does_not)
{
    for (int i = 0; i < 4; i++) {
        struct mock mock;
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.keeps_session = i % 2 == 1;
        device.bearer = i >= 2;
        mock = mock_start(camera);
        scene_set(&scene, mock.port);
        run = show(&scene, "{}");
        cr_expect_str_eq(word(&run, "stranger_granted"), "no");
        cr_expect_str_eq(word(&run, "read_granted"), "yes");
        cr_expect_str_eq(word(&run, "copy_granted"), "yes");
        cr_expect_str_eq(word(&run, "logout_accepted"), "yes");
        cr_expect_str_eq(word(&run, "granted"), device.keeps_session ? "yes" : "no", "case %d", i);
        probe_run_done(&run);
        scene_done(&scene);
        mock_stop(&mock);
    }
}

Test(http_session, what_was_not_ended_is_not_called_ended)
{
    struct mock mock;
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.refuses_logout = true;
    mock = mock_start(camera);
    scene_set(&scene, mock.port);
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
    mock_stop(&mock);
}

Test(http_session, forged_sessions_are_told_apart)
{
    for (int i = 0; i < 4; i++) {
        struct mock mock;
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.compares_start = i % 2 == 1;
        device.bearer = i >= 2;
        mock = mock_start(camera);
        scene_set(&scene, mock.port);
        run = show(&scene, "{\"trial\":\"forged\"}");
        cr_expect_eq(count(&run, "forged_tried"), 2);
        cr_expect_eq(count(&run, "forged_open"), 0);
        cr_expect_eq(count(&run, "forged_granted"), device.compares_start ? 1 : 0, "case %d", i);
        probe_run_done(&run);
        scene_done(&scene);
        mock_stop(&mock);
    }
}

Test(http_session, a_declared_lifetime_is_waited_for)
{
    for (int i = 0; i < 2; i++) {
        struct mock mock;
        struct scene scene;
        struct probe_run run;

        memset(&device, 0, sizeof device);
        device.never_expires = i == 1;
        mock = mock_start(camera);
        scene_set(&scene, mock.port);
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
        mock_stop(&mock);
    }
}

Test(http_session, a_log_in_fetches_its_token_first)
{
    struct mock mock;
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.token_guard = true;
    mock = mock_start(camera);
    scene_set(&scene, mock.port);
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
    mock_stop(&mock);
}

Test(http_session, a_token_adds_no_line_to_a_request)
{
    struct mock mock;
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.bearer = true;
    device.splits_head = true;
    mock = mock_start(camera);
    scene_set(&scene, mock.port);
    run = show(&scene, "{}");
    cr_expect_eq(mock.shared->counters[STATE_INJECTED], 0);
    cr_expect_str_eq(word(&run, "read_granted"), "no");
    probe_run_done(&run);
    scene_done(&scene);
    mock_stop(&mock);
}

Test(http_session, cookies_say_what_protects_them)
{
    char text[1024] = "";
    FILE *recording = fopen(FIXTURES "cookies.txt", "rbe");
    json_t *headers = json_array();
    json_t *rows;
    const json_t *row;

    cr_assert_not_null(recording);
    while (fgets(text, sizeof text, recording) != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
        cr_assert_eq(json_array_append_new(headers, json_string(text)), 0);
    }
    (void) fclose(recording);
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
