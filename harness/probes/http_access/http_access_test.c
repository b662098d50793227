#include "support/http_scene.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>

extern const struct probe probe_http_access;

TestSuite(http_access, .timeout = 60);

#define PASSWORD "PLANTED \"1\""

/* Log in with POST /login; afterwards sid=good opens everything under /in. */
static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    bool in = cookie != NULL && strstr(cookie, "sid=good") != NULL;

    (void) shared;
    if (strcmp(request->path, "/login") == 0 && strcmp(request->method, "POST") == 0) {
        if (strcmp(request->body, "{\"user\":\"admin\",\"password\":\"PLANTED \\\"1\\\"\"}") == 0) {
            mock_reply(fd, 200, "Set-Cookie: sid=good; HttpOnly\r\n", "{\"ok\":true}");
        } else {
            mock_reply(fd, 401, "", "{\"ok\":false}");
        }
    } else if (strcmp(request->path, "/in/form") == 0 && !in) {
        mock_page(fd, 200, "<form><input type=\"password\"></form>");
    } else if (strcmp(request->path, "/in/redirect") == 0 && !in) {
        mock_reply(fd, 302, "Location: /login?sid=PLANTED\r\n", "");
    } else if (strcmp(request->path, "/in/leak") == 0) {
        mock_reply(fd, 200, "", "{\"ssid\":\"PLANTED\"}");
    } else if (strcmp(request->path, "/in/401") == 0 && !in) {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=x, Digest nonce=y\r\n", "no");
    } else if (in) {
        mock_reply(fd, 200, "", "{\"ssid\":\"PLANTED\"}");
    } else {
        mock_reply(fd, 403, "", "no");
    }
}

/* The path is the answer: "/404", "/words" ... */
static void zoo(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    static char big[6000];
    int status = (int) strtol(request->path + 1, NULL, 10);

    (void) shared;
    memset(big, 'x', sizeof big - 1);
    if (status > 0) {
        mock_reply(fd, status, "", "x");
    } else if (strcmp(request->path, "/hang") == 0) {
        (void) usleep(900 * 1000);
    } else if (strcmp(request->path, "/garbage") == 0) {
        mock_send(fd, "\0\1\2\3garbage\n", 13);
    } else if (strcmp(request->path, "/words") == 0) {
        mock_reply(fd, 200, "", "{\"code\":-1,\"message\":\"not logged in\"}");
    } else if (strcmp(request->path, "/number") == 0) {
        mock_reply(fd, 200, "", "{\"error\":17}");
    } else if (strcmp(request->path, "/no-error") == 0) {
        mock_reply(fd, 200, "", "{\"error\":0,\"name\":\"x\"}");
    } else if (strcmp(request->path, "/empty") == 0) {
        mock_reply(fd, 200, "", "");
    } else if (strcmp(request->path, "/slash") == 0) {
        mock_reply(fd, 301, "Location: http://127.0.0.1/slash/\r\n", "");
    } else if (strcmp(request->path, "/tls") == 0) {
        mock_reply(fd, 301, "Location: https://hc-100.local/tls\r\n", "");
    } else if (strcmp(request->path, "/home") == 0) {
        mock_reply(fd, 302, "Location: /index.html\r\n", "");
    } else if (strcmp(request->path, "/runs-on") == 0) {
        mock_reply(fd, 302, "Location: /index.html\r\n", big);
    }
}

static void scene_set(struct scene *scene)
{
    scene->change = json_pack("{ss}", "name", "${marker}");
    scene->access.read.path = "/in/401";
    scene->access.write =
        (struct http_request){ .method = "PUT", .path = "/in/401", .json = scene->change };
    scene->subject.service = &scene->service;
    scene->subject.access = &scene->access;
}

static void scene_start(struct scene *scene, mock_handler handler)
{
    scene_open(scene, handler, PASSWORD);
    scene_set(scene);
}

static struct probe_run visit(struct scene *scene, const char *params)
{
    struct probe_run run = probe_run(&probe_http_access, &scene->subject, "127.0.0.1",
                                     scene->service.port, params, 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "%s", params);
    return run;
}

Test(http_access, a_protected_thing_is_refused_to_strangers_and_opens_for_the_role)
{
    static const struct {
        const char *params;
        const char *granted;
        int status;
    } cases[] = {
        { "{}", "no", 401 },
        { "{\"as\":\"wrong\"}", "no", 401 },
        { "{\"as\":\"role\"}", "yes", 200 },
        { "{\"as\":\"role\",\"request\":\"write\"}", "yes", 200 },
        { "{\"request\":\"write\"}", "no", 401 },
        { "{\"path\":\"/in/form\"}", "no", 200 },
        { "{\"path\":\"/in/form\",\"as\":\"role\"}", "yes", 200 },
        { "{\"path\":\"/in/redirect\"}", "no", 302 },
        { "{\"path\":\"/in/403\"}", "no", 403 },
        { "{\"path\":\"/in/leak\"}", "yes", 200 },
        { "{\"path\":\"/in/leak\",\"as\":\"wrong\"}", "yes", 200 },
    };
    struct scene scene;

    scene_start(&scene, camera);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct probe_run run = visit(&scene, cases[i].params);

        cr_expect_str_eq(word(&run, "granted"), cases[i].granted, "%s: %s", cases[i].params,
                         word(&run, "granted"));
        cr_expect_eq(json_integer_value(json_object_get(run.facts, "status")), cases[i].status,
                     "%s", cases[i].params);
        probe_run_done(&run);
    }
    scene_done(&scene);
}

Test(http_access, the_log_in_itself_is_recorded)
{
    struct scene scene;
    struct probe_run run;
    json_t *challenge;

    scene_start(&scene, camera);
    run = visit(&scene, "{}");
    cr_expect_null(json_object_get(run.facts, "logged_in"));
    challenge = json_pack("[ss]", "basic", "digest");
    cr_expect(json_equal(json_object_get(run.facts, "challenge"), challenge));
    json_decref(challenge);
    probe_run_done(&run);
    run = visit(&scene, "{\"as\":\"wrong\"}");
    cr_expect(json_is_false(json_object_get(run.facts, "logged_in")));
    probe_run_done(&run);
    run = visit(&scene, "{\"as\":\"role\"}");
    cr_expect(json_is_true(json_object_get(run.facts, "logged_in")));
    probe_run_done(&run);
    run = visit(&scene, "{\"path\":\"/in/redirect\"}");
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "location")), "/login");
    probe_run_done(&run);
    run = visit(&scene, "{\"request\":\"write\",\"as\":\"role\"}");
    cr_expect_not_null(strstr(scene.mock.shared->last.body, "{\"name\":\"hoshitori-"));
    probe_run_done(&run);
    scene_done(&scene);
}

Test(http_access, what_does_not_settle_the_question_leaves_it_open)
{
    static const struct {
        const char *path;
        const char *granted;
        const char *event;
    } cases[] = {
        { "/404", "open", "answered" },     { "/405", "open", "answered" },
        { "/429", "open", "answered" },     { "/500", "open", "answered" },
        { "/503", "open", "answered" },     { "/400", "open", "answered" },
        { "/hang", "open", "timeout" },     { "/garbage", "open", "broken" },
        { "/words", "open", "answered" },   { "/empty", "open", "answered" },
        { "/slash", "open", "answered" },   { "/tls", "open", "answered" },
        { "/runs-on", "open", "answered" }, { "/home", "no", "answered" },
        { "/401", "no", "answered" },       { "/200", "yes", "answered" },
        { "/number", "open", "answered" },  { "/no-error", "yes", "answered" },
    };
    struct scene scene;

    scene_start(&scene, zoo);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char params[128];
        struct probe_run run;

        (void) snprintf(params, sizeof params, "{\"path\":\"%s\",\"timeout_ms\":500}",
                        cases[i].path);
        run = visit(&scene, params);
        cr_expect_str_eq(word(&run, "granted"), cases[i].granted, "%s: %s", cases[i].path,
                         word(&run, "granted"));
        cr_expect_str_eq(json_string_value(json_object_get(run.facts, "event")), cases[i].event,
                         "%s", cases[i].path);
        cr_expect_not_null(json_object_get(run.facts, "reason"));
        probe_run_done(&run);
        (void) usleep(strcmp(cases[i].path, "/hang") == 0 ? 500 * 1000 : 0);
    }
    scene_done(&scene);
}

/* Basic (admin:PLANTED "1") before the things under /in, whose paths say what a stranger gets. */
static void shell(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    static const char page[] = "<!doctype html><html><title>camera</title><div id=app nonce=%d>"
                               "</div><script src=app.js></script></html>";
    static const char list[] =
        "<!doctype html><html><title>users</title><p>PLANTED and others may come in</p></html>";
    bool in = mock_header(request, "Authorization") != NULL &&
              strstr(mock_header(request, "Authorization"), "YWRtaW46UExBTlRFRC") != NULL;
    char text[512];

    (void) snprintf(text, sizeof text, page, shared->requests * 7919);
    if (strcmp(request->path, "/in/stream") == 0 || strncmp(request->path, "/any", 4) == 0) {
        mock_reply(fd, 200, "Content-Type: multipart/x-mixed-replace; boundary=b\r\n", text);
    } else if (strcmp(request->path, "/in/open.json") == 0) {
        mock_reply(fd, 200, "Content-Type: text/html\r\n", "{\"ssid\":\"PLANTED\"}");
    } else if (strcmp(request->path, "/in/open") == 0) {
        mock_page(fd, 200, list);
    } else if (in && strcmp(request->path, "/in/data") == 0) {
        mock_reply(fd, 200, "Content-Type: application/json\r\n", "{\"ssid\":\"PLANTED\"}");
    } else if (in && strcmp(request->path, "/in/typed") == 0) {
        mock_reply(fd, 200, "Content-Type: text/html\r\n", "{\"ssid\":\"PLANTED\"}");
    } else if (in && strcmp(request->path, "/in/picture") == 0) {
        mock_reply(fd, 200, "Content-Type: image/jpeg\r\n", "PLANTED");
    } else if (in && strcmp(request->path, "/in/page") == 0) {
        mock_page(fd, 200, list);
    } else if (strcmp(request->path, "/in/digest") == 0 && !in) {
        mock_page(fd, 200,
                  "<html>PLANTED: some of the settings, and none of any other path</html>");
    } else if (in && strcmp(request->path, "/in/digest") == 0) {
        mock_page(fd, 200, list);
    } else {
        mock_page(fd, 200, text);
    }
}

/* What a stranger gets with a success is the thing only if the role gets the same. */
Test(http_access, a_page_in_place_of_the_thing_is_not_the_thing)
{
    static const struct {
        const char *path;
        const char *nobody;
    } cases[] = {
        { "/in/data", "open" },   { "/in/typed", "open" }, { "/in/picture", "open" },
        { "/in/page", "open" },   { "/in/open", "yes" },   { "/in/open.json", "yes" },
        { "/in/stream", "yes" },  { "/any/path", "yes" },  { "/in/digest", "yes" },
        { "/in/nowhere", "yes" }, /* the role gets no more */
    };
    struct scene scene;

    scene_start(&scene, shell);
    scene.auth.scheme = "basic";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const char *const as[] = { "nobody", "wrong" };
        char params[128];
        struct probe_run run;

        for (size_t j = 0; j < sizeof as / sizeof as[0]; j++) {
            (void) snprintf(params, sizeof params, "{\"path\":\"%s\",\"as\":\"%s\"}", cases[i].path,
                            as[j]);
            run = visit(&scene, params);
            cr_expect_str_eq(word(&run, "granted"), cases[i].nobody, "%s: %s", params,
                             word(&run, "granted"));
            probe_run_done(&run);
        }
        (void) snprintf(params, sizeof params, "{\"path\":\"%s\",\"as\":\"role\"}", cases[i].path);
        run = visit(&scene, params);
        cr_expect_str_eq(word(&run, "granted"), "yes", "%s", params);
        probe_run_done(&run);
    }
    scene_done(&scene);
}

/* admin:PLANTED "1" */
#define KNOWN "YWRtaW46UExBTlRFRCAiMSI="

/* 401 to everybody who may not, known or not, as lighttpd answers. */
static void doorkeeper(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *shown = mock_header(request, "Authorization");
    bool known = shown != NULL && strcmp(shown, "Basic " KNOWN) == 0;

    (void) shared;
    mock_reply(fd, known && strcmp(request->path, "/own") == 0 ? 200 : 401,
               "WWW-Authenticate: Basic realm=x\r\n", "x");
}

Test(http_access, a_401_to_a_known_user_is_told_from_a_401_to_a_stranger)
{
    static const struct {
        const char *own_page;
        bool known;
    } cases[] = { { "/own", true }, { "/in/other", false }, { NULL, false } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        struct probe_run run;

        scene_start(&scene, doorkeeper);
        scene.auth.scheme = "basic";
        scene.auth.path = cases[i].own_page;
        run = visit(&scene, "{\"as\":\"role\"}");
        cr_expect_str_eq(word(&run, "granted"), "no");
        cr_expect_eq(json_is_true(json_object_get(run.facts, "logged_in")), cases[i].known, "%zu",
                     i);
        probe_run_done(&run);
        run = visit(&scene, "{\"as\":\"wrong\"}");
        cr_expect(json_is_false(json_object_get(run.facts, "logged_in")), "%zu", i);
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(http_access, without_a_device_nothing_is_granted_and_nothing_refused)
{
    uint16_t port = 0;
    struct scene scene;
    struct probe_run run;

    (void) close(mock_listener(AF_INET, &port));
    scene_declare(&scene, port, PASSWORD);
    scene_set(&scene);
    run = visit(&scene, "{\"as\":\"role\"}");
    cr_expect_str_eq(word(&run, "granted"), "open");
    cr_expect_null(json_object_get(run.facts, "logged_in"));
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "event")), "no_connection");
    probe_run_done(&run);
    scene_done(&scene);
}

Test(http_access, by_hand_without_a_profile)
{
    struct mock mock = mock_start(camera);
    struct subject nothing = { 0 };
    struct probe_run run = probe_run(&probe_http_access, &nothing, "127.0.0.1", mock.port,
                                     "{\"path\":\"/in/401\"}", 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(word(&run, "granted"), "no");
    probe_run_done(&run);
    run = probe_run(&probe_http_access, &nothing, "127.0.0.1", mock.port, "{}", 20000);
    cr_expect_eq(run.status, STATUS_BAD_INPUT);
    probe_run_done(&run);
    run = probe_run(&probe_http_access, &nothing, "127.0.0.1", mock.port,
                    "{\"path\":\"/\",\"as\":\"role\"}", 20000);
    cr_expect_eq(run.status, STATUS_BAD_INPUT);
    probe_run_done(&run);
    mock_stop(&mock);
}
