#include "probe/place.h"

#include "support/account.h"
#include "support/mock_http.h"
#include "support/recorded_http.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>

extern const struct probe probe_http_write;

TestSuite(http_write, .timeout = 60);

static struct {
    bool open_to_all; /* anybody may write */
    bool open_to_viewers;
    bool says_no;     /* answers 403, and writes */
    bool forgets;     /* says 200, and does not write */
    bool keeps_first; /* takes one write only: putting back fails */
    bool wants_token; /* a write needs the token of its page */
    bool html;        /* the setting stands in a page */
    bool empties;     /* takes away what a stranger may not write */
    bool busy;        /* puts strangers off */
} device;

static const char *user_of(const struct mock_request *request)
{
    const char *shown = mock_header(request, "Authorization");

    if (shown == NULL) {
        return "";
    }
    return strcmp(shown, "Basic YWRtaW46cmlnaHQ=") == 0   ? "admin"
           : strcmp(shown, "Basic dmlld2VyOnNlZQ==") == 0 ? "viewer"
                                                          : "";
}

static char setting[128] = "PLANTED before";

static void write_setting(const struct mock_request *request, int fd, struct mock_shared *shared,
                          const char *user)
{
    const char *value = strstr(request->body, "\"name\":\"");
    const char *token = mock_header(request, "X-Token");
    bool may = strcmp(user, "admin") == 0 || device.open_to_all ||
               (device.open_to_viewers && strcmp(user, "viewer") == 0);

    if (device.wants_token && (token == NULL || strcmp(token, "PLANTED-token") != 0)) {
        mock_reply(fd, 400, "", "token");
        return;
    }
    if (device.busy && !may) {
        mock_reply(fd, 503, "", "");
        return;
    }
    if (device.empties && !may) {
        setting[0] = '\0';
    }
    if (may && !device.forgets && value != NULL &&
        !(device.keeps_first && shared->counters[1] > 0)) {
        value += strlen("\"name\":\"");
        (void) snprintf(setting, sizeof setting, "%.*s", (int) strcspn(value, "\""), value);
    }
    shared->counters[1]++;
    mock_reply(fd, may && !device.says_no ? 200 : 403, "", "{}");
}

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *user = user_of(request);
    char body[256];

    shared->counters[0] += strcmp(request->method, "PUT") == 0;
    if (strcmp(request->path, "/token") == 0) {
        mock_reply(fd, 200, "X-Given: PLANTED-token\r\n", "here");
    } else if (strcmp(request->method, "PUT") == 0) {
        write_setting(request, fd, shared, user);
    } else if (strcmp(user, "admin") == 0) {
        (void) snprintf(body, sizeof body,
                        device.html ? "<input name='n' value=\"%s\">" : "{\"name\":\"%s\"}",
                        setting);
        mock_reply(fd, 200, device.html ? "Content-Type: text/html\r\n" : "", body);
    } else {
        mock_reply(fd, 401, "", "{}");
    }
}

struct scene {
    struct mock mock;
    struct service service;
    struct credential credentials[2];
    struct auth auth;
    struct access access;
    struct profile profile;
    struct subject subject;
    json_t *json;
};

static const char *const roles[] = { "admin", "viewer" };

static void scene_set(struct scene *scene)
{
    static const char *const passwords[] = { "right", "see" };

    memset(scene, 0, sizeof *scene);
    scene->mock = mock_start(camera);
    scene->json = json_pack("{ss}", "name", "${marker}");
    scene->service = (struct service){ .id = "web", .port = scene->mock.port, .protocol = "http" };
    for (size_t i = 0; i < 2; i++) {
        scene->credentials[i] = account(roles[i], passwords[i]);
    }
    scene->auth = (struct auth){ .id = "basic",
                                 .kind = "password",
                                 .scheme = "basic",
                                 .service = &scene->service,
                                 .credentials = scene->credentials,
                                 .credential_count = 2 };
    scene->access =
        (struct access){ .id = "settings@web",
                         .service = &scene->service,
                         .auth = &scene->auth,
                         .role = "admin",
                         .read = { .method = "GET", .path = "/settings" },
                         .write = { .method = "PUT", .path = "/settings", .json = scene->json } };
    scene->profile =
        (struct profile){ .roles = roles, .role_count = 2, .auths = &scene->auth, .auth_count = 1 };
    scene->subject = (struct subject){ .profile = &scene->profile,
                                       .service = &scene->service,
                                       .access = &scene->access };
}

static void scene_done(struct scene *scene)
{
    secret_done(&scene->credentials[0].secret);
    secret_done(&scene->credentials[1].secret);
    json_decref(scene->json);
    mock_stop(&scene->mock);
}

static struct probe_run try_as(struct scene *scene, const char *params)
{
    struct probe_run run = probe_run(&probe_http_write, &scene->subject, "127.0.0.1",
                                     scene->service.port, params, 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "%s", params);
    return run;
}

static void expect_words(struct scene *scene, const char *params, const char *written,
                         const char *restored)
{
    struct probe_run run = try_as(scene, params);

    cr_expect_str_eq(word(&run, "written"), written, "%s: %s", params, word(&run, "written"));
    cr_expect_str_eq(word(&run, "restored"), restored, "%s: %s", params, word(&run, "restored"));
    probe_run_done(&run);
}

static const char as_nobody[] = "{}";
static const char as_lower[] = "{\"as\":\"lower\"}";
static const char as_role[] = "{\"as\":\"role\"}";

Test(http_write, who_may_write_is_seen_in_what_is_read)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    scene_set(&scene);
    expect_words(&scene, as_nobody, "no", "open");
    expect_words(&scene, as_lower, "no", "open");
    expect_words(&scene, as_role, "yes", "yes");
    expect_words(&scene, as_nobody, "no", "open");
    scene_done(&scene);

    device.open_to_all = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "yes", "yes");
    scene_done(&scene);

    device.says_no = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "yes", "yes");
    scene_done(&scene);

    memset(&device, 0, sizeof device);
    device.open_to_viewers = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "no", "open");
    expect_words(&scene, as_lower, "yes", "yes");
    scene_done(&scene);
}

Test(http_write, an_answer_alone_proves_no_write)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    device.forgets = true;
    device.open_to_all = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "no", "yes");
    scene_done(&scene);
}

Test(http_write, neither_another_change_nor_a_busy_device_is_a_refusal)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    device.empties = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "open", "yes");
    expect_words(&scene, as_role, "yes", "yes");
    scene_done(&scene);

    memset(&device, 0, sizeof device);
    device.busy = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "open", "open");
    scene_done(&scene);
}

Test(http_write, what_cannot_be_put_back_is_said)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    device.open_to_all = true;
    device.keeps_first = true;
    scene_set(&scene);
    expect_words(&scene, as_nobody, "yes", "no");
    scene_done(&scene);
}

Test(http_write, nothing_is_written_without_a_value_to_put_back)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    scene_set(&scene);
    scene.access.value.json = "/nothing";
    run = try_as(&scene, as_nobody);
    cr_expect_str_eq(word(&run, "before_known"), "no");
    cr_expect_not_null(json_object_get(run.facts, "not_tried"));
    cr_expect_eq(scene.mock.shared->counters[0], 0, "nothing was sent");
    probe_run_done(&run);
    scene.access.read.path = NULL;
    expect_words(&scene, as_role, "open", "open");
    scene_done(&scene);
}

Test(http_write, a_page_s_field_and_a_token_are_understood)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    device.html = true;
    device.wants_token = true;
    device.open_to_all = true;
    scene_set(&scene);
    scene.access.value.field = "n";
    expect_words(&scene, as_role, "no", "open");
    scene.auth.csrf = (struct csrf){ .path = "/token",
                                     .place = { .header = "X-Given" },
                                     .send_header = "X-Token" };
    expect_words(&scene, as_role, "yes", "yes");
    expect_words(&scene, as_nobody, "yes", "yes");
    scene.access.value = (struct http_place){ .pattern = "value=\"([^\"]*)\"" };
    expect_words(&scene, as_nobody, "yes", "yes");
    scene_done(&scene);
}

/* What a run that was killed had left, found by a process that knows nothing of it. */
static enum status brought_back(struct scene *scene, const char *left)
{
    struct probe_run after;
    struct probe_run run;
    enum status status;

    (void) snprintf(setting, sizeof setting, "%s", left);
    scene_set(scene);
    run = probe_run_restore(&probe_http_write, &scene->subject, scene->service.port, 20000);
    status = run.status;
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"));
    after = try_as(scene, as_role);
    cr_expect_str_eq(word(&after, "before_known"), "yes");
    probe_run_done(&after);
    probe_run_done(&run);
    return status;
}

Test(http_write, a_killed_run_is_undone_from_what_the_device_says)
{
    struct scene scene;

    memset(&device, 0, sizeof device);
    cr_expect_eq(brought_back(&scene, "PLANTED name-hoshitori-abcdefgh23"), STATUS_OK);
    cr_expect_eq(scene.mock.shared->counters[0], 3,
                 "undone; then the control wrote and wrote back");
    scene_done(&scene);
    cr_expect_eq(brought_back(&scene, "PLANTED name"), STATUS_OK);
    cr_expect_eq(scene.mock.shared->counters[0], 2, "there was nothing to undo");
    scene_done(&scene);
    cr_expect_eq(brought_back(&scene, "-hoshitori-abcdefgh23"), STATUS_OK, "nothing stood before");
    scene_done(&scene);
    cr_expect_eq(brought_back(&scene, "PLANTED name-hoshitori-ab"), STATUS_OK);
    cr_expect_eq(scene.mock.shared->counters[0], 3, "the device had room for a part of it");
    scene_done(&scene);
    cr_expect_eq(brought_back(&scene, "PLANTED name-hoshito"), STATUS_OK);
    cr_expect_eq(scene.mock.shared->counters[0], 3);
    scene_done(&scene);
    device.forgets = true;
    cr_expect_neq(brought_back(&scene, "PLANTED name-hoshitori-abcdefgh23"), STATUS_OK);
    scene_done(&scene);
}

Test(http_write, places_in_json)
{
    json_t *tree =
        json_loads("{\"a\":{\"b/c\":[1,\"x\"]},\"m\":\"${marker}\",\"d\":{\"e\":\"y\"}}", 0, NULL);
    char room[64];

    cr_expect_str_eq(json_string_value(place_json(tree, "/a/b~1c/1")), "x");
    cr_expect_null(place_json(tree, "/a/b~1c/7"));
    cr_expect_null(place_json(tree, "/m/x"));
    cr_expect(place_pointer_to(tree, "${marker}", room, sizeof room));
    cr_expect_str_eq(room, "/m");
    cr_expect(place_pointer_to(tree, "y", room, sizeof room));
    cr_expect_str_eq(room, "/d/e");
    cr_expect_not(place_pointer_to(tree, "nothing", room, sizeof room));
    json_decref(tree);
}

Test(http_write, the_recorded_settings_hold_the_value)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret value = { 0 };

    recorded_http("camera_settings.http", &answer);
    cr_assert_eq(place_find(&(struct http_place){ .json = "/name" }, &answer, NULL, &value, NULL),
                 STATUS_OK);
    cr_expect_str_eq(secret_reveal(&value), "HC-100");
}
