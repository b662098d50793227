#include "probe/likeness.h"
#include "variants.h"

#include "support/http_scene.h"
#include "support/probe_run.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

extern const struct probe probe_http_variants;

TestSuite(http_variants, .timeout = 60);

Test(http_variants, every_spelling_of_a_path)
{
    static const struct {
        enum variant variant;
        const char *path;
        const char *wanted; /* NULL: there is no such variant */
    } cases[] = {
        { VARIANT_DOUBLE_SLASH, "/api/users", "//api/users" },
        { VARIANT_INNER_SLASH, "/api/users", "/api//users" },
        { VARIANT_INNER_SLASH, "/users", NULL },
        { VARIANT_DOT, "/api/users?a=b", "/./api/users?a=b" },
        { VARIANT_ENCODED_DOT, "/api/users", "/%2e/api/users" },
        { VARIANT_UP, "/api/users", "/hoshitori/../api/users" },
        { VARIANT_ENCODED_UP, "/api/users", "/hoshitori/..%2fapi/users" },
        { VARIANT_TRAILING_SLASH, "/api/users?a=b", "/api/users/?a=b" },
        { VARIANT_TRAILING_SLASH, "/api/users/", NULL },
        { VARIANT_PARAMETER, "/api/users?a=b", "/api/users;x?a=b" },
        { VARIANT_INNER_PARAMETER, "/api/users", "/;x/api/users" },
        { VARIANT_CASE, "/api/users?a=b", "/api/USERS?a=b" },
        { VARIANT_CASE, "/api/42", NULL },
        { VARIANT_ENCODED_LETTER, "/api/users", "/api/%75sers" },
        { VARIANT_ENCODED_LETTER, "/api/%41b", "/api/%41%62" },
        { VARIANT_TWICE_ENCODED, "/api/users", "/api/%2575sers" },
        { VARIANT_SUFFIX, "/api/users", "/api/users.json" },
        { VARIANT_NUL, "/api/users", "/api/users%00.js" },
        { VARIANT_QUERY, "/api/users?a=b", "/api/users?x=.css&a=b" },
        { VARIANT_QUERY, "/api/users", "/api/users?x=.css" },
        { VARIANT_DOUBLE_SLASH, "/", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[VARIANT_PATH_SIZE] = "";
        bool written = variant_write(cases[i].variant, cases[i].path, room);

        cr_expect_eq(written, cases[i].wanted != NULL, "case %zu", i);
        if (written && cases[i].wanted != NULL) {
            cr_expect_str_eq(room, cases[i].wanted);
        }
    }
}

Test(http_variants, the_thing_is_known_by_its_bytes_or_its_members)
{
    DEFER(http_answer_done) struct http_answer settings = { 0 };
    DEFER(http_answer_done) struct http_answer page = { 0 };
    DEFER(http_answer_done) struct http_answer other = { 0 };
    DEFER(http_answer_done) struct http_answer none = { 0 };

    recorded_http("camera_settings.http", &settings);
    recorded_http("camera_page.http", &page);
    recorded_http("camera_no_route.http", &none);
    cr_expect_eq(likeness_of(&settings, &settings), LIKENESS_SAME);
    cr_expect_eq(likeness_of(&page, &page), LIKENESS_SAME);
    cr_expect_eq(likeness_of(&settings, &page), LIKENESS_OTHER);
    cr_expect_eq(likeness_of(&settings, &none), LIKENESS_OTHER);
    other = (struct http_answer){ .body = bytes_bounded(256), .headers = json_object() };
    cr_expect_eq(likeness_of(&settings, &other), LIKENESS_EMPTY);
    cr_assert_eq(
        bytes_append_text(&other.body, "{\"language\":\"en\",\"name\":\"x\",\"ntp\":\"y\"}", NULL),
        STATUS_OK);
    cr_expect_eq(likeness_of(&settings, &other), LIKENESS_SAME, "other values, the same members");
    (void) snprintf(settings.content_type, sizeof settings.content_type, "image/jpeg");
    (void) snprintf(page.content_type, sizeof page.content_type, "image/jpeg; x=y");
    cr_expect_eq(likeness_of(&settings, &page), LIKENESS_SAME, "another picture");
}

/* Basic authentication (admin:right) before /in; what is wrong is in `hole`. */
static const char *hole = "";

enum { BEFORE_VARIANTS = 4 }; /* requests: the role's, with its challenge, and two of a stranger */

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *shown = mock_header(request, "Authorization");
    bool in = shown != NULL && strcmp(shown, "Basic YWRtaW46cmlnaHQ=") == 0;
    bool is_thing = strcmp(request->path, "/in/users") == 0;
    bool get = strcmp(request->method, "GET") == 0;

    shared->counters[0] += strcmp(request->method, "PUT") == 0;
    shared->counters[1] += strcmp(request->method, "POST") == 0;
    shared->counters[2]++;
    if (strcmp(hole, "busy") == 0 && shared->counters[2] > BEFORE_VARIANTS && !in) {
        mock_reply(fd, 503, "", "busy");
        return;
    }
    if (strcmp(hole, "shuts out") == 0 && shared->counters[2] > BEFORE_VARIANTS) {
        mock_reply(fd, 403, "", "go away");
        return;
    }
    if (strcmp(hole, "clock") == 0 && (!is_thing || in)) {
        char page[64];
        bool reached = is_thing || strcmp(request->path, "/in/users;x") == 0;

        (void) snprintf(page, sizeof page, reached ? "<p>users at %d</p>" : "<p>what?</p>",
                        shared->counters[2]);
        mock_page(fd, 200, page);
        return;
    }
    if (strcmp(hole, "any") == 0 && !is_thing) {
        mock_page(fd, 200, "<p>the same page for every path</p>");
    } else if ((is_thing && get && in) || (is_thing && strcmp(hole, request->method) == 0) ||
               strcmp(hole, request->path) == 0) {
        mock_reply(fd, 200, "Content-Type: application/json\r\n",
                   strcmp(request->method, "HEAD") == 0 ? "" : "{\"users\":[]}");
    } else if (strcmp(hole, "other") == 0 && strcmp(request->path, "/in/users/") == 0) {
        mock_reply(fd, 200, "Content-Type: text/plain\r\n", "something else");
    } else if (strncmp(request->path, "/in", 3) == 0) {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=x\r\n", "no");
    } else {
        mock_reply(fd, 404, "", "nothing");
    }
}

struct seen {
    char granted[64];
    char answered[64];
    bool tried;
    bool role_granted;
    long long unanswered;
    int puts;
    int posts;
};

static void join(const struct probe_run *run, const char *fact, char *room, size_t size)
{
    const json_t *list = json_object_get(run->facts, fact);

    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t used = strlen(room);

        (void) snprintf(room + used, size - used, "%s ",
                        json_string_value(json_array_get(list, i)));
    }
}

static struct seen search(const char *with_hole, bool writable, const char *password)
{
    struct scene scene;
    struct seen seen = { .tried = false };
    struct probe_run run;

    hole = with_hole;
    scene_open(&scene, camera, password);
    scene.auth.scheme = "basic";
    scene.access.read.path = "/in/users";
    if (writable) {
        scene.access.write = (struct http_request){ .method = "PUT", .path = "/in/users" };
    }
    scene.subject.service = &scene.service;
    scene.subject.access = &scene.access;
    run = probe_run(&probe_http_variants, &scene.subject, "127.0.0.1", scene.service.port, "{}",
                    30000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    join(&run, "granted", seen.granted, sizeof seen.granted);
    join(&run, "answered", seen.answered, sizeof seen.answered);
    seen.tried = json_object_get(run.facts, "tried") != NULL;
    seen.role_granted = json_is_true(json_object_get(run.facts, "role_granted"));
    seen.unanswered = json_integer_value(json_object_get(run.facts, "unanswered"));
    seen.puts = scene.mock.shared->counters[0];
    seen.posts = scene.mock.shared->counters[1];
    probe_run_done(&run);
    scene_done(&scene);
    return seen;
}

Test(http_variants, each_hole_is_found_and_named)
{
    static const struct {
        const char *hole;
        const char *granted;
        const char *answered;
    } cases[] = {
        { "", "", "" },
        { "//in/users", "//path ", "" },
        { "/in/users;x", "path;x ", "" },
        { "/in/users?x=.css", "path?x=.css ", "" },
        { "/hoshitori/..%2fin/users", "/x/..%2fpath ", "" },
        { "POST", "POST ", "" },
        { "HOSHITORI", "HOSHITORI ", "" },
        { "HEAD", "", "HEAD " },
        { "any", "", "" },
        { "other", "", "path/ " },
        { "clock", "", "path;x " },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = search(cases[i].hole, false, "right");

        cr_expect(seen.tried);
        cr_expect_str_eq(seen.granted, cases[i].granted, "%s: %s", cases[i].hole, seen.granted);
        cr_expect_str_eq(seen.answered, cases[i].answered, "%s: %s", cases[i].hole, seen.answered);
        cr_expect_eq(seen.puts, 0, "PUT could write");
        cr_expect(seen.role_granted);
        cr_expect_eq(seen.unanswered, 0);
    }
}

Test(http_variants, nothing_is_sent_that_could_write)
{
    struct seen seen = search("POST", true, "right");

    cr_expect(seen.tried);
    cr_expect_eq(seen.posts, 0);
    cr_expect_str_eq(seen.granted, "");
}

Test(http_variants, without_ground_nothing_is_tried)
{
    cr_expect_not(search("", false, "wrong").tried, "the role itself does not get the thing");
    cr_expect_not(search("GET", false, "right").tried, "anybody gets it");
}

Test(http_variants, a_device_that_looks_at_nothing_refuses_nothing)
{
    struct seen seen = search("busy", false, "right");

    cr_expect(seen.tried);
    cr_expect_gt(seen.unanswered, 5);
    seen = search("shuts out", false, "right");
    cr_expect(seen.tried);
    cr_expect_not(seen.role_granted, "everybody is refused");
}
