/* A device whose power and network a fake bench takes away: what it holds lives in the mock's
 * process, what a loss does to it is its mode. */
#include "outage.h"

#include "base/text.h"
#include "support/called.h"
#include "support/fake_levers.h"
#include "support/http_scene.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>

extern const struct probe probe_outage;

#define RIGHT "PLANTEDright"

enum mode {
    PROPER,
    FORGETS_PASSWORD, /* back to the one of before */
    BREAKS_PASSWORD,  /* nobody gets in any more, until the bench brings its copy back */
    FORGETS_SETTING,
    HALF_A_SETTING, /* goes down by itself at the fourth write, and has half of it */
    WHOLE_SETTING,  /* the same, and has what was there before it */
    STAYS_AWAY,
    TAKES_NO_WRITE,
    IGNORES_CHANGE, /* and says that it was made */
    TAKES_BOTH,     /* the password of before a change, too */
    UNMOVED         /* by the levers: they say that they moved */
};

/* Of the mock's counters. */
enum { MODE, DOWN, STARTS, LOGINS, CHANGES, WRITES, RESTORED };

static char current[128] = RIGHT;
static char setting[128] = "Hall";
static char broken_half[128];
static int started;

static void start_again(const struct mock_shared *shared)
{
    static const char *const forgotten[] = {
        [FORGETS_PASSWORD] = RIGHT, [BREAKS_PASSWORD] = "\x01 nothing that anybody sends"
    };
    int mode = shared->counters[MODE];
    bool restored;

    if (shared->counters[STARTS] == started) {
        return;
    }
    restored = shared->counters[RESTORED] > started;
    started = shared->counters[STARTS];
    if (mode == FORGETS_PASSWORD || mode == BREAKS_PASSWORD) {
        (void) snprintf(current, sizeof current, "%s", forgotten[mode]);
    } else if (mode == FORGETS_SETTING) {
        (void) snprintf(setting, sizeof setting, "camera");
    } else if (mode == HALF_A_SETTING) {
        (void) snprintf(setting, sizeof setting, "%s", broken_half);
    }
    if (restored) {
        (void) snprintf(current, sizeof current, "%s", RIGHT);
        (void) snprintf(setting, sizeof setting, "Hall");
    }
}

/* The power goes while it is written: no answer. */
static bool dies_writing(struct mock_shared *shared)
{
    int mode = shared->counters[MODE];

    if ((mode != HALF_A_SETTING && mode != WHOLE_SETTING) || shared->counters[WRITES] != 3) {
        return false;
    }
    shared->counters[WRITES]++;
    shared->counters[DOWN] = 1;
    return true;
}

static void answer_setting(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    char words[256];

    if (strcmp(request->method, "PUT") == 0 && shared->counters[MODE] != TAKES_NO_WRITE) {
        if (dies_writing(shared)) {
            return;
        }
        (void) member(request->body, "name", setting);
        (void) snprintf(broken_half, sizeof broken_half, "%.*s", (int) strlen(setting) / 2,
                        setting);
        shared->counters[WRITES]++;
    }
    (void) snprintf(words, sizeof words, "{\"name\":\"%s\"}", setting);
    mock_reply(fd, 200, "Content-Type: application/json\r\n", words);
}

static void device(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    char wanted[64];
    char word[128];

    if (shared->counters[DOWN] != 0) {
        return; /* hangs up */
    }
    start_again(shared);
    (void) snprintf(wanted, sizeof wanted, "sid=%zu-%d", strlen(current), started);
    if (strcmp(request->path, "/login") == 0) {
        (void) member(request->body, "password", word);
        shared->counters[LOGINS]++;
        if (strcmp(word, current) != 0 &&
            (shared->counters[MODE] != TAKES_BOTH || strcmp(word, RIGHT) != 0)) {
            mock_reply(fd, 401, "", "{}");
            return;
        }
        (void) snprintf(word, sizeof word, "Set-Cookie: %s; HttpOnly\r\n", wanted);
        mock_reply(fd, 200, word, "{}");
    } else if (cookie == NULL || strstr(cookie, wanted) == NULL) {
        mock_reply(fd, 401, "", "no");
    } else if (strcmp(request->path, "/password") == 0) {
        (void) member(request->body, "old", word);
        if (strcmp(word, current) != 0) {
            mock_reply(fd, 403, "", "{}");
            return;
        }
        if (shared->counters[MODE] != IGNORES_CHANGE) {
            (void) member(request->body, "new", current);
        }
        shared->counters[CHANGES]++;
        mock_reply(fd, 204, "", "");
    } else {
        answer_setting(request, fd, shared);
    }
}

struct bench {
    struct scene scene;
    struct fake_levers fake;
    struct lever_way ways[9];
    json_t *write;
    const char *addresses[1];
    int saved;
    char shown[128];    /* by the lever of a setting */
    bool hides;         /* shows it no more once it was cut off */
    bool keeps_nothing; /* the bench, and says that it did */
    bool falls_back;    /* to an older version, when it starts again */
};

static enum status moved(struct fake_levers *fake, enum lever lever,
                         const struct lever_input *input, struct lever_output *output,
                         struct error *reterr)
{
    struct bench *bench = fake->context;
    int *counters = bench->scene.mock.shared->counters;

    if (lever == LEVER_WRITE_SETTING) {
        (void) snprintf(bench->shown, sizeof bench->shown, "%s", input->value);
    }
    if (lever == LEVER_READ_SETTING) {
        output->word = bench->hides && counters[STARTS] > 0 ? LEVER_REFUSED : LEVER_DONE;
        return bytes_append_text(&output->text, bench->shown, reterr);
    }
    if (lever == LEVER_READ_VERSION) {
        return bytes_append_text(
            &output->text, bench->falls_back && counters[STARTS] > 0 ? "1.3.0" : "1.4.2", reterr);
    }
    if (counters[MODE] == UNMOVED) {
        return STATUS_OK;
    }
    switch (lever) {
    case LEVER_POWER_OFF:
    case LEVER_NETWORK_DOWN:
        counters[DOWN] = 1;
        break;
    case LEVER_POWER_ON:
    case LEVER_NETWORK_UP:
        counters[DOWN] = counters[MODE] == STAYS_AWAY && counters[RESTORED] == 0;
        counters[STARTS] += lever == LEVER_POWER_ON && counters[DOWN] == 0;
        break;
    case LEVER_SAVE_STATE:
        bench->saved += !bench->keeps_nothing;
        break;
    case LEVER_RESTORE_STATE:
        output->word = bench->saved > 0 ? LEVER_DONE : LEVER_REFUSED;
        counters[DOWN] = 0;
        counters[MODE] = PROPER;
        counters[RESTORED] = ++counters[STARTS];
        break;
    default:
        break;
    }
    fake->alive = counters[DOWN] == 0;
    return STATUS_OK;
}

static void bench_open(struct bench *bench, enum mode mode, size_t levers)
{
    static const enum lever all[] = { LEVER_POWER_OFF,    LEVER_POWER_ON,     LEVER_NETWORK_DOWN,
                                      LEVER_NETWORK_UP,   LEVER_READ_VERSION, LEVER_SAVE_STATE,
                                      LEVER_RESTORE_STATE };
    struct scene *scene = &bench->scene;

    *bench = (struct bench){ .fake = fake_levers_new(), .addresses = { "127.0.0.1" } };
    bench->fake.hook = moved;
    bench->fake.context = bench;
    scene_open(scene, device, RIGHT);
    scene->mock.shared->counters[MODE] = (int) mode;
    for (size_t i = 0; i < levers; i++) {
        bench->ways[i].lever = all[i];
    }
    bench->write = json_pack("{ss}", "name", "${marker}");
    scene->change = json_pack("{ssss}", "old", "${old}", "new", "${new}");
    scene->access.write =
        (struct http_request){ .method = "PUT", .path = "/settings", .json = bench->write };
    scene->auth.change.request =
        (struct http_request){ .method = "PUT", .path = "/password", .json = scene->change };
    scene->profile.levers = bench->ways;
    scene->profile.lever_count = levers;
    scene->profile.settle_s = 1;
    scene->profile.services = &scene->service;
    scene->profile.service_count = 1;
    scene->profile.addresses = bench->addresses;
    scene->profile.address_count = 1;
    scene->subject.auth = &scene->auth;
    scene->subject.service = &scene->service;
    scene->subject.address = "127.0.0.1";
}

static void bench_done(struct bench *bench)
{
    json_decref(bench->write);
    scene_done(&bench->scene);
}

static struct called called(struct bench *bench, const char *params, bool restores)
{
    const struct probe_call call = { .subject = &bench->scene.subject,
                                     .port = bench->scene.mock.port,
                                     .check = "S1.1-14/x@y",
                                     .levers = &bench->fake.levers };

    return called_make(&probe_outage, &call, json_loads(params, 0, NULL), restores, RIGHT);
}

#define DURING "{\"down_ms\":0,\"moment\":\"during_setting_change\"}"

/* new works, previous refused, settings kept and lost and half */
struct expected {
    enum mode mode;
    const char *params;
    char works;
    char refused;
    size_t kept;
    size_t lost;
    size_t half;
};

Test(outage, what_every_kind_of_device_holds)
{
    static const struct expected all[] = {
        { PROPER, "{\"down_ms\":0}", 't', 't', 1, 0, 0 },
        { PROPER, "{\"down_ms\":0,\"event\":\"network\"}", 't', 't', 1, 0, 0 },
        { PROPER, "{\"down_ms\":0,\"moment\":\"after_credential_change\"}", 't', 't', 1, 0, 0 },
        { FORGETS_PASSWORD, "{\"down_ms\":0}", 'f', 'f', 1, 0, 0 },
        { FORGETS_SETTING, "{\"down_ms\":0}", 't', 't', 0, 1, 0 },
        { FORGETS_SETTING, "{\"down_ms\":0,\"event\":\"network\"}", 't', 't', 1, 0, 0 },
        { HALF_A_SETTING, DURING, 't', 't', 0, 0, 1 },
        { WHOLE_SETTING, DURING, 't', 't', 1, 0, 0 },
        { TAKES_NO_WRITE, "{\"down_ms\":0}", 't', 't', 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, all[i].mode, 7);
        made = called(&bench, all[i].params, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(fact(&made, "changed"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "cut_seen"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "back"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "services_back"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "version_same"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "keys_same"), '-', "%zu: clear text has none", i);
        cr_expect_eq(fact(&made, "new_credential_works"), all[i].works, "%zu", i);
        cr_expect_eq(fact(&made, "previous_refused"), all[i].refused, "%zu", i);
        cr_expect_eq(many(&made, "settings_kept"), all[i].kept, "%zu", i);
        cr_expect_eq(many(&made, "settings_lost"), all[i].lost, "%zu", i);
        cr_expect_eq(many(&made, "half_written"), all[i].half, "%zu", i);
        cr_expect_eq(fact(&made, "brought_back"), 't', "%zu", i);
        cr_expect_not(made.call.owes, "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

#define AT_ONCE "{\"down_ms\":0,\"moment\":\"after_credential_change\"}"

Test(outage, no_cut_is_blamed_for_a_change_that_is_none)
{
    static const struct {
        enum mode mode;
        const char *params;
        char changed;
        char possible;
    } all[] = {
        { IGNORES_CHANGE, "{\"down_ms\":0}", 'f', '-' },
        { IGNORES_CHANGE, AT_ONCE, 't', 'f' },
        { FORGETS_PASSWORD, AT_ONCE, 't', 't' },
        { TAKES_BOTH, "{\"down_ms\":0}", 'f', '-' },
        { PROPER, AT_ONCE, 't', '-' },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, all[i].mode, 7);
        made = called(&bench, all[i].params, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(fact(&made, "changed"), all[i].changed, "%zu", i);
        cr_expect_eq(fact(&made, "change_possible"), all[i].possible, "%zu", i);
        cr_expect_eq(fact(&made, "cut_seen"), all[i].changed == 't' ? 't' : '-', "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(outage, a_setting_that_is_not_shown_again_is_neither_kept_nor_lost)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 7);
    bench.scene.access.write = (struct http_request){ .method = NULL };
    bench.ways[7] = (struct lever_way){ .lever = LEVER_READ_SETTING, .id = "name" };
    bench.ways[8] = (struct lever_way){ .lever = LEVER_WRITE_SETTING, .id = "name" };
    bench.scene.profile.lever_count = 9;
    (void) snprintf(bench.shown, sizeof bench.shown, "Hall");
    bench.hides = true;
    made = called(&bench, "{\"down_ms\":0}", false);
    cr_expect_eq(made.status, STATUS_OK, "%s", made.error.message);
    cr_expect_eq(many(&made, "settings_kept"), 0);
    cr_expect_eq(many(&made, "settings_lost"), 0);
    cr_expect_eq(many(&made, "settings_unread"), 1);
    cr_expect_eq(fact(&made, "brought_back"), 'f');
    called_done(&made);
    bench_done(&bench);
}

Test(outage, a_lever_without_effect_shows_nothing)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, UNMOVED, 7);
    made = called(&bench, "{\"cut_within_ms\":200}", false);
    cr_expect_eq(made.status, STATUS_OK);
    cr_expect_eq(fact(&made, "cut_seen"), 'f');
    cr_expect_eq(fact(&made, "brought_back"), 't');
    called_done(&made);
    bench_done(&bench);
}

Test(outage, without_levers_nothing_is_changed)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 2);
    made = called(&bench, "{\"event\":\"network\"}", false);
    cr_expect_eq(made.status, STATUS_OK);
    cr_expect_not_null(json_object_get(made.facts, "not_tried"));
    cr_expect_eq(bench.scene.mock.shared->requests, 0);
    called_done(&made);
    bench_done(&bench);
}

Test(outage, a_device_that_stays_away_is_owed_and_brought_back_by_the_bench)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, STAYS_AWAY, 7);
    made = called(&bench, "{\"down_ms\":0}", false);
    cr_expect_eq(made.status, STATUS_OK);
    cr_expect_eq(fact(&made, "back"), 'f');
    cr_expect_eq(fact(&made, "new_credential_works"), '-', "silence is no refusal");
    cr_expect(made.call.owes);
    called_done(&made);
    for (int i = 0; i < 2; i++) {
        made = called(&bench, "{}", true);
        cr_expect_eq(made.status, STATUS_OK, "%s", made.error.message);
        called_done(&made);
    }
    bench_done(&bench);
}

Test(outage, a_copy_that_the_bench_does_not_have_leaves_the_device_owed)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 7);
    bench.falls_back = true;
    bench.keeps_nothing = true;
    made = called(&bench, "{\"down_ms\":0}", false);
    cr_expect_eq(fact(&made, "version_same"), 'f');
    cr_expect_eq(made.status, STATUS_IO);
    cr_expect(strstr(made.error.message, "refuses to bring back") != NULL, "%s",
              made.error.message);
    cr_expect(made.call.owes);
    cr_expect_eq(fact(&made, "brought_back"), '-');
    called_done(&made);
    bench_done(&bench);
}

/* As it was left by a run that ended after its cut. */
Test(outage, a_device_that_lets_nobody_in_needs_the_copy_of_the_bench)
{
    static const struct {
        size_t levers;
        enum status status;
    } all[] = { { 7, STATUS_OK }, { 5, STATUS_UNREACHABLE } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, BREAKS_PASSWORD, all[i].levers);
        bench.saved = 1;
        bench.scene.mock.shared->counters[STARTS] = 1;
        made = called(&bench, "{}", true);
        cr_expect_eq(made.status, all[i].status, "%zu: %s", i, made.error.message);
        cr_expect_eq(fake_levers_pulled(&bench.fake, LEVER_RESTORE_STATE), all[i].levers == 7);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(outage, a_copy_that_was_never_made_brings_nothing_back)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 7);
    made = called(&bench, "{}", true);
    cr_expect_eq(made.status, STATUS_OK, "as it is: %s", made.error.message);
    cr_expect_not(fake_levers_pulled(&bench.fake, LEVER_RESTORE_STATE));
    called_done(&made);
    bench_done(&bench);
}
