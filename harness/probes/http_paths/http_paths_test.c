#include "links.h"

#include "support/http_scene.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>

extern const struct probe probe_http_paths;

TestSuite(http_paths, .timeout = 60);

Test(http_paths, what_a_page_names)
{
    static const char page[] =
        "<a href=\"/one?x=1\">1</a><script src='js/two.js'></script><form action=\"./three\">"
        "<img src=\"//elsewhere/x.png\"><a href=\"http://elsewhere/y\"><a href=\"../up\">"
        "fetch('/api/four', {method: \"POST\"}); if (a < '/*') { s = `/five#six`; t = \"/one\"; }"
        "u = '/not\\n'; v = '/cut";
    static const char *const wanted[] = { "/one", "/a/js/two.js", "/a/three", "/api/four",
                                          "/five" };
    json_t *list = json_array();

    links_find(page, sizeof page - 1, "/a/index.html", list);
    cr_expect_eq(json_array_size(list), sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < json_array_size(list) && i < 5; i++) {
        cr_expect_str_eq(json_string_value(json_array_get(list, i)), wanted[i]);
    }
    json_decref(list);
}

/* From the reference camera. */
static void expect_named(const char *fixture, const char *path, const char *const *wanted)
{
    char page[4096];
    FILE *file = fopen(fixture, "rbe");
    json_t *list = json_array();
    size_t length;
    size_t i = 0;

    cr_assert_not_null(file, "%s", fixture);
    length = fread(page, 1, sizeof page, file);
    (void) fclose(file);
    links_find(page, length, path, list);
    for (; wanted[i] != NULL; i++) {
        const char *named = json_string_value(json_array_get(list, i));

        cr_expect_str_eq(named == NULL ? "" : named, wanted[i], "%s", fixture);
    }
    cr_expect_eq(json_array_size(list), i, "%s", fixture);
    json_decref(list);
}

Test(http_paths, what_real_pages_name)
{
    expect_named(FIXTURES "camera_login_page.html", "/",
                 (const char *const[]){ "/login.js", NULL });
    expect_named(FIXTURES "camera_login.js", "/login.js",
                 (const char *const[]){ "/api/login", "/admin", "/api/diagnostics", NULL });
}

static const char *hole = "";

static bool is_hole(const char *name)
{
    return strcmp(hole, name) == 0;
}

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *path = request->path;

    shared->counters[0] += strcmp(path, "/reboot.cgi") == 0;
    if (strcmp(path, "/") == 0) {
        mock_page(fd, 200, "<a href='/help'><script src='/app.js'></script><a href='/reboot.cgi'>");
    } else if (strcmp(path, "/app.js") == 0) {
        mock_reply(fd, 200, "Content-Type: text/javascript\r\n",
                   "get('/api/secret'); get('/declared')");
    } else if (strcmp(path, "/declared") == 0 ||
               (strcmp(path, "/api/secret") == 0 && is_hole("page")) ||
               (strcmp(path, "/backup.cfg") == 0 && is_hole("list"))) {
        mock_reply(fd, 200, "Content-Type: application/json\r\n", "{\"name\":\"x\"}");
    } else if (strcmp(path, "/backup.cfg") == 0 && is_hole("key")) {
        mock_reply(fd, 200, "Content-Type: text/plain\r\n", "-----BEGIN PRIVATE KEY-----");
    } else if (strcmp(path, "/backup.cfg") == 0 && is_hole("listing")) {
        mock_page(fd, 200, "<h1>Index of /backup.cfg</h1>");
    } else if (is_hole("any")) {
        mock_page(fd, 200, "<p>the same page for every path</p>");
    } else if (is_hole("busy")) {
        mock_reply(fd, 503, "", "busy");
    } else {
        mock_reply(fd, 401, "", "no");
    }
}

static struct probe_run walk(struct scene *scene, const char *with)
{
    struct probe_run run;

    hole = with;
    scene_open(scene, camera, "right");
    scene->access.read.path = "/declared";
    scene->subject.service = &scene->service;
    run = probe_run(&probe_http_paths, &scene->subject, "127.0.0.1", scene->service.port,
                    "{\"paths\": [\"/backup.cfg\"]}", 30000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(scene->mock.shared->counters[0], 0, "what may act is not asked for");
    return run;
}

static const char *first_of(const struct probe_run *run, const char *fact, const char *column)
{
    const json_t *row = json_array_get(json_object_get(run->facts, fact), 0);
    const char *text = json_string_value(json_object_get(row, column));

    return text == NULL ? "" : text;
}

Test(http_paths, each_hole_is_found_and_told_from_what_is_declared)
{
    static const struct {
        const char *hole;
        const char *open;
        const char *from;
        const char *secret;
    } cases[] = {
        { "", "", "", "" },
        { "page", "/api/secret", "a page", "" },
        { "list", "/backup.cfg", "the list", "" },
        { "listing", "/backup.cfg", "the list", "" },
        { "key", "", "", "/backup.cfg" },
        { "any", "", "", "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        struct probe_run run = walk(&scene, cases[i].hole);

        cr_expect_str_eq(first_of(&run, "open", "path"), cases[i].open, "%s", cases[i].hole);
        cr_expect_str_eq(first_of(&run, "open", "known_from"), cases[i].from, "%s", cases[i].hole);
        cr_expect_str_eq(first_of(&run, "secrets", "path"), cases[i].secret, "%s", cases[i].hole);
        cr_expect(json_is_true(json_object_get(run.facts, "complete")), "%s", cases[i].hole);
        cr_expect_eq(json_is_true(json_object_get(run.facts, "answers_anything")),
                     strcmp(cases[i].hole, "any") == 0);
        cr_expect_str_eq(
            json_string_value(json_array_get(json_object_get(run.facts, "not_asked"), 0)),
            "/reboot.cgi");
        probe_run_done(&run);
        scene_done(&scene);
    }
}

Test(http_paths, a_server_that_puts_off_is_not_complete)
{
    struct scene scene;
    struct probe_run run = walk(&scene, "busy");

    cr_expect(json_is_false(json_object_get(run.facts, "complete")));
    probe_run_done(&run);
    scene_done(&scene);
}
