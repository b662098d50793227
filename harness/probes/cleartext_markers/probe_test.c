#include "probe/probe.h"

#include "support/mock_http.h"
#include "support/peer.h"
#include "support/probe_run.h"

extern const struct probe probe_cleartext_markers;

#define PASSWORD "Kq7-sesame-street"
#define MARKER "sunflower-seeds"

enum { PAGE_PLAIN, PAGE_WITH_MARKER, PAGE_REFUSED, PAGE_ONCE };

static void page(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *value = mock_header(request, "Authorization");

    if (value == NULL || shared->counters[0] == PAGE_REFUSED) {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=x\r\n", "no");
    } else if (shared->counters[0] == PAGE_ONCE && shared->counters[1]++ > 0) {
        mock_reply(fd, 503, "", "busy");
    } else {
        mock_page(fd, 200,
                  shared->counters[0] == PAGE_WITH_MARKER ? "key: " MARKER : "<h1>hi</h1>");
    }
}

struct scene {
    struct mock mock;
    struct service service;
    struct credential credential;
    struct asset asset;
    struct auth auth;
    struct access access;
    struct profile profile;
    struct subject subject;
};

static void secret_put(struct secret *secret, const char *text)
{
    cr_assert_eq(secret_set(secret, text, strlen(text), SECRET_FOR_CHILDREN, NULL), STATUS_OK);
}

static void scene_set(struct scene *scene, int what, const char *password)
{
    *scene = (struct scene){ .mock = mock_start(page) };
    scene->mock.shared->counters[0] = what;
    scene->service = (struct service){ .id = "web", .protocol = "http", .port = scene->mock.port };
    scene->credential = (struct credential){ .role = "admin", .user = "admin" };
    secret_put(&scene->credential.secret, password);
    scene->asset = (struct asset){ .id = "settings" };
    secret_put(&scene->asset.marker, MARKER);
    scene->auth = (struct auth){ .id = "web-login",
                                 .kind = "password",
                                 .service = &scene->service,
                                 .scheme = "basic",
                                 .account_of = "web-login",
                                 .path = "/settings",
                                 .credentials = &scene->credential,
                                 .credential_count = 1 };
    scene->access = (struct access){ .id = "a",
                                     .asset = "settings",
                                     .service = &scene->service,
                                     .auth = &scene->auth,
                                     .role = "admin",
                                     .read = { .method = "GET", .path = "/settings" } };
    scene->profile = (struct profile){ .services = &scene->service,
                                       .service_count = 1,
                                       .assets = &scene->asset,
                                       .asset_count = 1,
                                       .auths = &scene->auth,
                                       .auth_count = 1,
                                       .accesses = &scene->access,
                                       .access_count = 1 };
    scene->subject = (struct subject){ .profile = &scene->profile,
                                       .address = "127.0.0.1",
                                       .service = &scene->service,
                                       .auth = &scene->auth };
}

static struct probe_run run_it(struct scene *scene)
{
    struct probe_run run = probe_run(&probe_cleartext_markers, &scene->subject, "127.0.0.1",
                                     scene->mock.port, "{\"listen_ms\":0}", 30000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

static void scene_done(struct scene *scene, struct probe_run *run)
{
    char *kept = json_dumps(run->transcript.events, 0);
    char *facts = json_dumps(run->facts, 0);

    cr_expect_null(strstr(kept, PASSWORD));
    cr_expect_null(strstr(facts, PASSWORD));
    cr_expect_null(strstr(facts, MARKER));
    free(kept);
    free(facts);
    probe_run_done(run);
    mock_stop(&scene->mock);
    secret_done(&scene->credential.secret);
    secret_done(&scene->asset.marker);
}

static const char *found(const struct probe_run *run, size_t index, const char *column)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(run->facts, "found"), index), column));
}

static long long number(const struct probe_run *run, const char *fact)
{
    return json_integer_value(json_object_get(run->facts, fact));
}

Test(cleartext_markers, a_password_sent_in_clear_is_found_in_our_own_record)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_PLAIN, PASSWORD);
    run = run_it(&scene);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "found")), 1);
    cr_expect_str_eq(found(&run, 0, "secret"), "web-login: credential of role admin");
    cr_expect_str_eq(found(&run, 0, "form"), "base64 of user:password");
    cr_expect_str_eq(found(&run, 0, "source"), "own record");
    cr_expect(json_is_true(json_object_get(run.facts, "control_found")));
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_eq(number(&run, "log_ins_accepted"), 1);
    cr_expect_eq(number(&run, "reads"), 1);
    cr_expect_eq(number(&run, "secrets"), 2);
    scene_done(&scene, &run);
}

Test(cleartext_markers, a_marker_in_a_page_is_found)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_WITH_MARKER, PASSWORD);
    run = run_it(&scene);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "found")), 2);
    cr_expect_str_eq(found(&run, 1, "secret"), "asset settings: marker");
    cr_expect_str_eq(found(&run, 1, "form"), "as it is");
    scene_done(&scene, &run);
}

Test(cleartext_markers, a_refused_log_in_is_not_called_accepted)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_REFUSED, PASSWORD);
    run = run_it(&scene);
    cr_expect_eq(number(&run, "log_ins"), 1);
    cr_expect_eq(number(&run, "log_ins_accepted"), 0);
    cr_expect_eq(number(&run, "reads"), 0);
    scene_done(&scene, &run);
}

Test(cleartext_markers, what_is_too_short_to_be_looked_for_is_named)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_PLAIN, "tiny");
    run = run_it(&scene);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "left_out")), 1);
    cr_expect_eq(number(&run, "secrets"), 1);
    scene_done(&scene, &run);
}

static void say(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
}

/* Lets everybody in by name. */
static void trusting_ftp(int fd)
{
    char line[256];
    bool in = false;

    say(fd, "220 hello\r\n");
    while (read(fd, line, sizeof line) > 0) {
        in = in || strncmp(line, "USER", 4) == 0;
        say(fd, strncmp(line, "USER", 4) == 0 ? "230 welcome\r\n"
                : in                          ? "257 \"/\"\r\n"
                                              : "530 no\r\n");
    }
}

Test(cleartext_markers, a_log_in_that_needed_no_password_shows_nothing)
{
    struct scene scene;
    struct probe_run run;
    uint16_t port;
    pid_t peer = peer_start(trusting_ftp, &port);

    scene_set(&scene, PAGE_PLAIN, PASSWORD);
    scene.service.protocol = "ftp";
    scene.service.port = port;
    scene.auth.scheme = "ftp";
    scene.profile.access_count = 0;
    run = probe_run(&probe_cleartext_markers, &scene.subject, "127.0.0.1", port,
                    "{\"listen_ms\":0}", 30000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(number(&run, "log_ins"), 1);
    cr_expect_eq(number(&run, "log_ins_accepted"), 0);
    scene_done(&scene, &run);
    peer_stop(peer);
}

Test(cleartext_markers, a_page_that_was_not_handed_out_was_not_looked_through)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_ONCE, PASSWORD);
    run = run_it(&scene);
    cr_expect_eq(number(&run, "log_ins_accepted"), 1);
    cr_expect_eq(number(&run, "reads"), 0);
    cr_expect(json_is_false(json_object_get(run.facts, "complete")));
    scene_done(&scene, &run);
}

Test(cleartext_markers, a_password_that_is_in_the_name_is_not_held_against_the_device)
{
    struct scene scene;
    struct probe_run run;

    scene_set(&scene, PAGE_PLAIN, "service");
    scene.credential.user = "service1";
    run = run_it(&scene);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "found")), 0);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "left_out")), 1);
    scene_done(&scene, &run);
}
