/* A device that a fake bench erases: what it holds lives in the mock's process, what an erasure
 * leaves of it is its mode. */
#include "erasure.h"

#include "base/text.h"
#include "support/called.h"
#include "support/fake_levers.h"
#include "support/http_scene.h"
#include "support/probe_run.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

extern const struct probe probe_erasure;

#define RIGHT "PLANTEDright"

enum mode {
    PROPER,
    KEEPS_NOTE,
    KEEPS_SESSION,
    IS_GUESSED,
    REFUSES,
    SHOWS_NO_NOTE,
    OPENS,
    IS_OPEN,
    HIDES_NOTE, /* until it starts the next time */
    KEEPS_BACKUP,
    STAYS_ON, /* whatever the levers for power say */
    UNMOVED
};

/* Of the mock's counters. */
enum { MODE, ERASED, RESTORED, WRITES, STARTS };

static char note[128];
static char name[128] = "Hall";
static int erased;
static int restored;
static int generation;
static int starts;
static char hidden[128];

static void catch_up(const struct mock_shared *shared)
{
    int mode = shared->counters[MODE];

    if (shared->counters[ERASED] != erased) {
        erased = shared->counters[ERASED];
        generation += mode != KEEPS_SESSION;
        (void) snprintf(name, sizeof name, "camera");
        if (mode != KEEPS_NOTE) {
            memcpy(hidden, note, sizeof hidden);
            note[0] = '\0';
        }
    }
    if (shared->counters[STARTS] != starts) {
        starts = shared->counters[STARTS];
        generation++;
        if (mode == HIDES_NOTE) {
            memcpy(note, hidden, sizeof note);
        }
    }
    if (shared->counters[RESTORED] != restored) {
        restored = shared->counters[RESTORED];
        (void) snprintf(name, sizeof name, "Hall");
        note[0] = '\0';
    }
}

static bool may_log_in(const struct mock_shared *shared, const char *password)
{
    return strcmp(password, RIGHT) == 0 ||
           (shared->counters[MODE] == IS_GUESSED && erased != 0 && strcmp(password, "admin") == 0);
}

static bool is_open(const struct mock_shared *shared)
{
    return shared->counters[MODE] == IS_OPEN || (shared->counters[MODE] == OPENS && erased != 0);
}

static void show(int fd, const char *key, const char *value)
{
    char words[256];

    (void) snprintf(words, sizeof words, "{\"%s\":\"%s\"}", key, value);
    mock_reply(fd, 200, "Content-Type: application/json\r\n", words);
}

static void device(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    char wanted[64];
    char word[128];

    catch_up(shared);
    (void) snprintf(wanted, sizeof wanted, "sid=%d", generation);
    if (strcmp(request->path, "/login") == 0) {
        (void) member(request->body, "password", word);
        if (!may_log_in(shared, word)) {
            mock_reply(fd, 401, "", "{}");
            return;
        }
        (void) snprintf(word, sizeof word, "Set-Cookie: %s; HttpOnly\r\n", wanted);
        mock_reply(fd, 200, word, "{}");
    } else if (strcmp(request->path, "/") == 0) {
        mock_page(fd, 200, "<html>camera</html>");
    } else if (!is_open(shared) && (cookie == NULL || strstr(cookie, wanted) == NULL)) {
        mock_reply(fd, 401, "", "no");
    } else if (strcmp(request->path, "/backup") == 0) {
        show(fd, "backup", shared->counters[MODE] == KEEPS_BACKUP ? hidden : note);
    } else if (strcmp(request->path, "/note") == 0) {
        if (strcmp(request->method, "PUT") == 0) {
            shared->counters[WRITES]++;
            (void) member(request->body, "note", note);
        }
        show(fd, "note", shared->counters[MODE] == SHOWS_NO_NOTE ? "" : note);
    } else {
        if (strcmp(request->method, "PUT") == 0) {
            shared->counters[WRITES]++;
            (void) member(request->body, "name", name);
        }
        show(fd, "name", name);
    }
}

struct bench {
    struct scene scene;
    struct fake_levers fake;
    struct lever_way ways[6];
    struct user_datum datum;
    struct export backup;
    json_t *bodies[2];
    const char *addresses[1];
    const char *roles[1];
    int saved;
    bool gives_nothing_back; /* and says that it did */
    bool keeps_nothing;      /* likewise */
};

static enum status moved(struct fake_levers *fake, enum lever lever,
                         const struct lever_input *input, struct lever_output *output,
                         struct error *reterr)
{
    struct bench *bench = fake->context;
    int *counters = bench->scene.mock.shared->counters;

    (void) input;
    switch (lever) {
    case LEVER_READ_VERSION:
        return bytes_append_text(&output->text, "1.4.2", reterr);
    case LEVER_ERASE:
        output->word = counters[MODE] == REFUSES ? LEVER_REFUSED : LEVER_DONE;
        counters[ERASED] += output->word == LEVER_DONE && counters[MODE] != UNMOVED;
        break;
    case LEVER_POWER_OFF:
        fake->alive = counters[MODE] == STAYS_ON;
        break;
    case LEVER_POWER_ON:
        fake->alive = true;
        counters[STARTS] += counters[MODE] != STAYS_ON;
        break;
    case LEVER_SAVE_STATE:
        bench->saved += !bench->keeps_nothing;
        break;
    case LEVER_RESTORE_STATE:
        output->word = bench->saved > 0 ? LEVER_DONE : LEVER_REFUSED;
        counters[RESTORED] += output->word == LEVER_DONE && !bench->gives_nothing_back;
        break;
    default:
        break;
    }
    return STATUS_OK;
}

static void bench_open(struct bench *bench, enum mode mode, size_t levers)
{
    static const enum lever all[] = { LEVER_ERASE,         LEVER_READ_VERSION, LEVER_SAVE_STATE,
                                      LEVER_RESTORE_STATE, LEVER_POWER_OFF,    LEVER_POWER_ON };
    struct scene *scene = &bench->scene;

    *bench = (struct bench){ .fake = fake_levers_new(),
                             .addresses = { "127.0.0.1" },
                             .roles = { "admin" },
                             .bodies = { json_pack("{ss}", "note", "${marker}"),
                                         json_pack("{ss}", "name", "${marker}") } };
    bench->fake.hook = moved;
    bench->fake.context = bench;
    scene_open(scene, device, RIGHT);
    scene->mock.shared->counters[MODE] = (int) mode;
    for (size_t i = 0; i < levers; i++) {
        bench->ways[i] = (struct lever_way){ .lever = all[i], .id = i == 0 ? "page" : NULL };
    }
    scene->access.write =
        (struct http_request){ .method = "PUT", .path = "/settings", .json = bench->bodies[1] };
    bench->datum = (struct user_datum){
        .access = { .id = "note",
                    .service = &scene->service,
                    .auth = &scene->auth,
                    .role = "admin",
                    .read = { .method = "GET", .path = "/note" },
                    .write = { .method = "PUT", .path = "/note", .json = bench->bodies[0] } },
        .kind = "other",
    };
    bench->backup = (struct export){ .id = "backup", .access = bench->datum.access };
    bench->backup.access.id = "backup";
    bench->backup.access.read.path = "/backup";
    scene->profile.exports = &bench->backup;
    scene->profile.export_count = 1;
    scene->auth.account_of = "admin-login";
    scene->profile.user_data = (struct user_data){ .planted = &bench->datum, .count = 1 };
    scene->profile.levers = bench->ways;
    scene->profile.lever_count = levers;
    scene->profile.settle_s = 1;
    scene->profile.services = &scene->service;
    scene->profile.service_count = 1;
    scene->profile.addresses = bench->addresses;
    scene->profile.address_count = 1;
    scene->profile.roles = bench->roles;
    scene->profile.role_count = 1;
    scene->subject.erasure = &bench->ways[0];
    scene->subject.address = "127.0.0.1";
}

static void bench_done(struct bench *bench)
{
    json_decref(bench->bodies[0]);
    json_decref(bench->bodies[1]);
    scene_done(&bench->scene);
}

static struct called called(struct bench *bench, bool restores)
{
    const struct probe_call call = { .subject = &bench->scene.subject,
                                     .check = "S1.1-15/x@y",
                                     .levers = &bench->fake.levers };

    return called_make(&probe_erasure, &call, json_pack("{si}", "erased_within_ms", 300), restores,
                       RIGHT);
}

Test(erasure, what_every_kind_of_device_leaves)
{
    static const struct {
        enum mode mode;
        size_t planted;
        size_t remaining;
        char session_refused;
        size_t guessed;
    } all[] = {
        { PROPER, 2, 0, 't', 0 },        { KEEPS_NOTE, 2, 1, 't', 0 },
        { KEEPS_SESSION, 2, 0, 'f', 0 }, { IS_GUESSED, 2, 0, 't', 1 },
        { SHOWS_NO_NOTE, 1, 0, 't', 0 }, { KEEPS_BACKUP, 2, 1, 't', 0 },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, all[i].mode, 4);
        made = called(&bench, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(fact(&made, "accepted"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "got_in"), 't', "%zu", i);
        cr_expect_eq(many(&made, "planted"), all[i].planted, "%zu", i);
        cr_expect_eq(many(&made, "not_visible"), 2 - all[i].planted, "%zu", i);
        cr_expect_eq(many(&made, "remaining"), all[i].remaining, "%zu", i);
        cr_expect_eq(many(&made, "unread"), 0, "%zu", i);
        cr_expect_eq(many(&made, "guessed"), all[i].guessed, "%zu", i);
        cr_expect_eq(fact(&made, "session_refused"), all[i].session_refused, "%zu", i);
        cr_expect_eq(fact(&made, "version_same"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "moved"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "tokens_refused"), '-', "%zu: there was none", i);
        cr_expect_eq(fact(&made, "brought_back"), 't', "%zu", i);
        cr_expect_not(made.call.owes, "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(erasure, what_was_open_before_was_not_opened_by_it)
{
    static const struct {
        enum mode mode;
        size_t before;
        size_t opened;
        json_int_t tried;
    } all[] = { { PROPER, 0, 0, 1 }, { OPENS, 0, 1, 1 }, { IS_OPEN, 1, 0, 0 } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, all[i].mode, 4);
        bench.scene.profile.accesses = &bench.scene.access;
        bench.scene.profile.access_count = 1;
        made = called(&bench, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(many(&made, "open_before"), all[i].before, "%zu", i);
        cr_expect_eq(many(&made, "open_to_anybody"), all[i].opened, "%zu", i);
        cr_expect_eq(json_integer_value(json_object_get(made.facts, "paths_tried")), all[i].tried,
                     "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(erasure, what_was_only_hidden_is_there_after_a_start)
{
    static const struct {
        enum mode mode;
        char started;
        size_t remaining;
    } all[] = { { PROPER, 't', 0 }, { HIDES_NOTE, 't', 1 }, { STAYS_ON, 'f', 0 } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, all[i].mode, 6);
        made = called(&bench, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(fact(&made, "started_again"), all[i].started, "%zu", i);
        cr_expect_eq(many(&made, "remaining"), all[i].remaining, "%zu", i);
        cr_expect_eq(many(&made, "unread"), 0, "%zu", i);
        cr_expect_eq(fact(&made, "session_refused"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "brought_back"), 't', "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(erasure, a_device_that_refuses_is_brought_back_all_the_same)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, REFUSES, 4);
    made = called(&bench, false);
    cr_expect_eq(fact(&made, "accepted"), 'f');
    cr_expect_eq(fact(&made, "session_refused"), '-');
    cr_expect_null(json_object_get(made.facts, "remaining"));
    cr_expect_eq(fact(&made, "brought_back"), 't');
    called_done(&made);
    bench_done(&bench);
}

Test(erasure, without_a_way_back_nothing_is_written)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 2);
    made = called(&bench, false);
    cr_expect_not_null(json_object_get(made.facts, "not_tried"));
    cr_expect_eq(bench.scene.mock.shared->counters[WRITES], 0);
    cr_expect_not(made.call.owes);
    called_done(&made);
    bench.scene.profile.user_data.stays_erased = true;
    made = called(&bench, false);
    cr_expect_eq(fact(&made, "left_erased"), 't');
    cr_expect_not(made.call.owes);
    called_done(&made);
    bench_done(&bench);
}

Test(erasure, restore_brings_back_what_was_kept_and_nothing_else)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, PROPER, 4);
    made = called(&bench, true);
    cr_expect_eq(made.status, STATUS_OK, "nothing was kept, so nothing was changed: %s",
                 made.error.message);
    called_done(&made);
    bench.saved = 1;
    for (int i = 0; i < 2; i++) {
        made = called(&bench, true);
        cr_expect_eq(made.status, STATUS_OK, "%s", made.error.message);
        called_done(&made);
    }
    bench_done(&bench);
}

Test(erasure, a_lever_of_the_bench_that_moves_nothing_shows_nothing)
{
    static const struct {
        enum lever_by by;
        char moved;
    } all[] = { { LEVER_BY_COMMAND, 'f' }, { LEVER_BY_PERSON, 'f' }, { LEVER_BY_REQUEST, 't' } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct bench bench;
        struct called made;

        bench_open(&bench, UNMOVED, 4);
        bench.ways[0].by = all[i].by;
        made = called(&bench, false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_eq(many(&made, "remaining"), 2, "%zu", i);
        cr_expect_eq(fact(&made, "moved"), all[i].moved, "%zu", i);
        called_done(&made);
        bench_done(&bench);
    }
}

Test(erasure, a_bench_that_brings_nothing_back_is_found_out)
{
    for (int i = 0; i < 2; i++) {
        enum mode mode = i == 0 ? PROPER : REFUSES; /* what is left is a default, or a marker */
        struct bench bench;
        struct called made;

        bench_open(&bench, mode, 4);
        bench.gives_nothing_back = true;
        made = called(&bench, false);
        cr_expect_eq(made.status, STATUS_IO, "%d", i);
        cr_expect(strstr(made.error.message, "not as it was") != NULL, "%s", made.error.message);
        cr_expect(made.call.owes);
        cr_expect_eq(fact(&made, "brought_back"), '-');
        called_done(&made);
        bench_done(&bench);
    }
}

Test(erasure, a_bench_that_keeps_nothing_leaves_it_to_the_device_to_say)
{
    struct bench bench;
    struct called made;

    bench_open(&bench, REFUSES, 4);
    bench.keeps_nothing = true;
    made = called(&bench, false);
    cr_expect_eq(made.status, STATUS_IO);
    cr_expect(made.call.owes);
    called_done(&made);
    made = called(&bench, true);
    cr_expect_eq(made.status, STATUS_IO, "the marker is there still");
    called_done(&made);
    bench_done(&bench);
}

Test(erasure, recorded_answers_are_read_for_what_they_are)
{
    static const struct {
        const char *file;
        bool settles;
        bool found;
    } all[] = { { "camera_accounts_planted.http", true, true },
                { "camera_accounts_erased.http", true, false },
                { "camera_accounts_stranger.http", false, false } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        static struct erasure erasure;

        erasure.plant_count = 1;
        erasure.plants[0] = (struct plant){ .id = "account", .planted = true };
        (void) snprintf(erasure.plants[0].marker, sizeof erasure.plants[0].marker, "%s",
                        "hoshitori-k3v9x0q2mz");
        recorded_http(all[i].file, &answer);
        search_look_through(&erasure, &answer, "accounts");
        cr_expect_eq(erasure.plants[0].state == PLANT_FOUND, all[i].found, "%s", all[i].file);
        cr_expect_eq(search_settles(&answer, "/api/accounts"), all[i].settles, "%s", all[i].file);
    }
}
