#include "offers.h"

#include "support/http_scene.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>

extern const struct probe probe_first_use;

TestSuite(first_use, .timeout = 60);

/* What is wrong with the device under test. */
static struct {
    bool shows_settings;
    bool blank_logs_in;
    size_t takes_from; /* least length; 0: 8 */
    bool takes_common;
    bool lies; /* says refused and takes it */
    bool other_status;
    bool already_set;
    bool takes_none;
    bool took_blank;
    bool locked; /* it looks at no log-in */
} device;

enum { WAITS_NO_MORE, RESETS, OFFERS };

static char password[128]; /* in the server */

static const char *body_password(const struct mock_request *request, char room[128])
{
    const char *at = strstr(request->body, "\"password\":\"");

    room[0] = '\0';
    if (at != NULL) {
        at += strlen("\"password\":\"");
        (void) snprintf(room, 128, "%.*s", (int) strcspn(at, "\""), at);
    }
    return room;
}

static void set_up(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    char offered[128];
    size_t least = device.takes_from == 0 ? 8 : device.takes_from;
    bool taken = strlen(body_password(request, offered)) >= least && !device.takes_none &&
                 (device.takes_common || strcmp(offered, "password") != 0);

    shared->counters[OFFERS]++;
    if (taken) {
        (void) snprintf(password, sizeof password, "%s", offered);
        shared->counters[WAITS_NO_MORE] = 1;
    }
    mock_reply(fd, device.other_status ? 400 : taken && !device.lies ? 204 : 422, "", "");
}

static void camera(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    bool in = cookie != NULL && strstr(cookie, "sid=good") != NULL;
    bool waits = shared->counters[WAITS_NO_MORE] == 0 && !device.already_set;
    char offered[128];

    if (strcmp(request->path, "/setup") == 0 && strcmp(request->method, "POST") == 0) {
        set_up(request, fd, shared);
    } else if (strcmp(request->path, "/setup") == 0) {
        mock_reply(fd, 200, "", waits ? "{\"first\":true}" : "{\"first\":false}");
    } else if (strcmp(request->path, "/login") == 0 && device.locked) {
        mock_reply(fd, 429, "Retry-After: 60\r\n", "{}");
    } else if (strcmp(request->path, "/login") == 0) {
        body_password(request, offered);
        if ((waits && device.blank_logs_in && offered[0] == '\0') ||
            (!waits && strcmp(offered, password) == 0)) {
            mock_reply(fd, 200, "Set-Cookie: sid=good\r\n", "{}");
        } else {
            mock_reply(fd, 401, "", "{}");
        }
    } else if (strcmp(request->path, "/reset") == 0 && in) {
        shared->counters[WAITS_NO_MORE] = 0;
        shared->counters[RESETS]++;
        mock_reply(fd, 204, "", "");
    } else if (in || (waits && device.shows_settings)) {
        mock_reply(fd, 200, "", "{\"wifi\":\"PLANTED key\"}");
    } else {
        mock_reply(fd, 401, "", "{}");
    }
}

static void scene_set(struct scene *scene, bool resets)
{
    scene_open(scene, camera, NULL);
    scene->change = json_pack("{ss}", "password", "${password}");
    scene->auth.default_user = "admin";
    scene->auth.first_use = (struct first_use){
        .waiting = { .method = "GET", .path = "/setup" },
        .waiting_contains = "\"first\":true",
        .set = { .method = "POST", .path = "/setup", .json = scene->change },
        .accepted_status = 204,
        .refused_status = 422,
        .reset = { .method = "POST", .path = resets ? "/reset" : NULL },
    };
    scene->subject.service = &scene->service;
    scene->subject.auth = &scene->auth;
}

static struct probe_run look(struct scene *scene, bool resets, const char *params)
{
    struct probe_run run;

    scene_set(scene, resets);
    run = probe_run(&probe_first_use, &scene->subject, "127.0.0.1", scene->service.port, params,
                    30000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(transcript_holds(&run.transcript, "orchid"), "the strong password");
    cr_expect_not(transcript_holds(&run.transcript, "v7Kq2Zt"), "the short password");
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"), "what is protected");
    return run;
}

static void look_done(struct scene *scene, struct probe_run *run)
{
    probe_run_done(run);
    scene_done(scene);
}

static const char *only(const struct probe_run *run, const char *fact)
{
    const json_t *list = json_object_get(run->facts, fact);

    return json_array_size(list) == 1 ? json_string_value(json_array_get(list, 0)) : "";
}

static const char skip[] = "{}";
static const char offer[] = "{\"trial\":\"offer\",\"common\":[\"x\",\"password\"]}";

Test(first_use, what_opens_before_the_first_password)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    run = look(&scene, true, skip);
    cr_expect_str_eq(word(&run, "waiting"), "yes");
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "paths_tried")), 1);
    cr_expect_eq(count(&run, "reached"), 0);
    cr_expect_eq(count(&run, "open"), 0);
    cr_expect_str_eq(word(&run, "waiting_after"), "yes");
    look_done(&scene, &run);

    device.shows_settings = true;
    run = look(&scene, true, skip);
    cr_expect_str_eq(only(&run, "reached"), "settings@admin");
    look_done(&scene, &run);

    memset(&device, 0, sizeof device);
    device.blank_logs_in = true;
    run = look(&scene, true, skip);
    cr_expect_str_eq(only(&run, "reached"), "a log-in with no password");
    look_done(&scene, &run);
}

Test(first_use, weak_passwords_are_refused_and_a_good_one_is_taken_and_taken_back)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    run = look(&scene, true, offer);
    cr_expect_eq(count(&run, "offered"), 3, "blank, short, common #2");
    cr_expect_eq(count(&run, "refused"), 3);
    cr_expect_eq(count(&run, "accepted"), 0);
    cr_expect_str_eq(word(&run, "strong_accepted"), "yes");
    cr_expect_str_eq(word(&run, "brought_back"), "yes");
    cr_expect_str_eq(word(&run, "waiting_after"), "yes");
    cr_expect_null(json_object_get(run.facts, "left_set"));
    cr_expect_eq(scene.mock.shared->counters[RESETS], 1);
    look_done(&scene, &run);

    run = look(&scene, false, offer);
    cr_expect_eq(scene.mock.shared->counters[OFFERS], 3, "nothing that could be taken");
    cr_expect_str_eq(word(&run, "strong_accepted"), "open");
    cr_expect_not_null(json_object_get(run.facts, "not_tried"));
    look_done(&scene, &run);

    device.takes_none = true;
    run = look(&scene, true, offer);
    cr_expect_str_eq(word(&run, "strong_accepted"), "no");
    look_done(&scene, &run);
}

Test(first_use, the_first_weak_password_that_is_taken_ends_it)
{
    static const struct {
        size_t takes_from;
        bool takes_common;
        bool lies;
        const char *accepted;
    } cases[] = {
        { 1, false, false, "short: 7 characters" },
        { 1, false, true, "short: 7 characters" },
        { 0, true, false, "common #2" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int resets = 0; resets < 2; resets++) {
            struct scene scene;
            struct probe_run run;

            memset(&device, 0, sizeof device);
            device.takes_from = cases[i].takes_from;
            device.takes_common = cases[i].takes_common;
            device.lies = cases[i].lies;
            run = look(&scene, resets == 1, offer);
            cr_expect_str_eq(only(&run, "accepted"), cases[i].accepted, "case %zu", i);
            cr_expect_str_eq(word(&run, "brought_back"), resets == 1 ? "yes" : "open");
            cr_expect_str_eq(word(&run, "waiting_after"), resets == 1 ? "yes" : "no");
            cr_expect_eq(json_object_get(run.facts, "left_set") == NULL, resets == 1);
            look_done(&scene, &run);
        }
    }
}

Test(first_use, what_settles_nothing)
{
    struct scene scene;
    struct probe_run run;

    memset(&device, 0, sizeof device);
    device.other_status = true;
    device.takes_none = true;
    run = look(&scene, true, offer);
    cr_expect_eq(count(&run, "unclear"), 3);
    cr_expect_eq(count(&run, "refused"), 0);
    look_done(&scene, &run);

    memset(&device, 0, sizeof device);
    device.already_set = true;
    run = look(&scene, true, offer);
    cr_expect_str_eq(word(&run, "waiting"), "no");
    cr_expect_null(json_object_get(run.facts, "offered"));
    cr_expect_eq(scene.mock.shared->counters[OFFERS], 0);
    look_done(&scene, &run);
}

/* A unit that a killed run left with one of the offered passwords. */
static enum status brought_back(const char *left, bool resets, int *ret_resets)
{
    struct scene scene;
    struct probe_run run;
    enum status status;

    (void) snprintf(password, sizeof password, "%s", left);
    scene_set(&scene, resets);
    scene.mock.shared->counters[WAITS_NO_MORE] = left[0] != '\0' || device.took_blank;
    run = probe_run_restore(&probe_first_use, &scene.subject, scene.service.port, 20000);
    status = run.status;
    *ret_resets = scene.mock.shared->counters[RESETS];
    look_done(&scene, &run);
    return status;
}

Test(first_use, a_killed_run_is_undone)
{
    int resets = 0;

    memset(&device, 0, sizeof device);
    cr_expect_eq(brought_back("hoshi.Kettle-58-orchid-Lantern", true, &resets), STATUS_OK);
    cr_expect_eq(resets, 1);
    cr_expect_eq(brought_back("password", true, &resets), STATUS_OK);
    cr_expect_eq(resets, 1);
    cr_expect_eq(brought_back("", true, &resets), STATUS_OK, "it waits");
    cr_expect_eq(resets, 0);
    cr_expect_eq(brought_back("the user's own", true, &resets), STATUS_OK);
    cr_expect_eq(resets, 0);
    cr_expect_neq(brought_back("password", false, &resets), STATUS_OK, "no reset is declared");
    device.took_blank = true;
    cr_expect_eq(brought_back("", true, &resets), STATUS_OK);
    cr_expect_eq(resets, 1, "it had taken the blank one");
    device.locked = true;
    cr_expect_neq(brought_back("password", true, &resets), STATUS_OK, "nobody can tell now");
}

Test(first_use, the_recorded_answers_tell_the_state)
{
    static const struct {
        const char *file;
        const char *status;
        bool waits;
    } cases[] = {
        { "camera_waiting.http", "HTTP/1.1 200", true },
        { "camera_refused.http", "HTTP/1.1 422", false },
        { "camera_accepted.http", "HTTP/1.1 204", false },
        { "camera_set.http", "HTTP/1.1 200", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[512];
        char text[4096] = "";
        FILE *recording;

        (void) snprintf(path, sizeof path, "%s%s", FIXTURES, cases[i].file);
        recording = fopen(path, "rbe");
        cr_assert_not_null(recording, "%s", path);
        cr_assert_gt(fread(text, 1, sizeof text - 1, recording), 12);
        (void) fclose(recording);
        cr_expect_eq(strncmp(text, cases[i].status, strlen(cases[i].status)), 0, "%s", path);
        cr_expect_eq(strstr(text, "\"first_use\":true") != NULL, cases[i].waits, "%s", path);
    }
}

Test(first_use, offers_can_be_told_from_their_labels)
{
    json_t *common = json_pack("[sss]", "short", "password", "12345678");
    struct offers offers = offers_weak(8, common, "administrator");

    cr_assert_eq(offers.count, 5);
    cr_expect_str_eq(offers.list[0].password, "");
    cr_expect_str_eq(offers.list[1].label, "short: 7 characters");
    cr_expect_eq(strlen(offers.list[1].password), 7);
    cr_expect_str_eq(offers.list[2].label, "common #2");
    cr_expect_str_eq(offers.list[3].password, "12345678");
    cr_expect_str_eq(offers.list[4].password, "administrator");
    cr_expect_eq(offers_weak(1, NULL, NULL).count, 1);
    cr_expect_geq(strlen(offer_strong(60).password), 60);
    json_decref(common);
}
