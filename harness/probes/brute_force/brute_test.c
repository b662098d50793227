/* Devices whose rule is known: what is measured must be the rule. */
#include "base/clock.h"
#include "support/account.h"
#include "support/mock_http.h"
#include "support/peer.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>
#include <sys/mman.h>

extern const struct probe probe_brute_force;

#define RIGHT "PLANTEDright"
#define DAY_S 86400LL

TestSuite(brute_force, .timeout = 90);

/* The device: HTTP Basic on /admin, one process a connection, one count for all. */
struct rule {
    int delay_ms;     /* every answer takes so long */
    int delay_max_ms; /* above delay_ms: doubles with each wrong one up to this */
    bool one_at_a_time;
    int after; /* wrong ones until the lock; 0: none */
    int lock_ms;
    int said_s;   /* Retry-After; -1: not said */
    bool relocks; /* after a lock each further wrong one locks again */
    bool mute;    /* a locked answer looks like a wrong one */
    bool per_connection;
    bool accepts_all;
    bool second_is_free; /* /second neither counts nor locks */
    bool murmurs;        /* a locked answer is a 503 that says nothing */
    bool never_right;
    bool right_passes; /* a lock does not keep the right password out */
};

struct rule_state {
    struct rule rule;
    int turn; /* a spin lock */
    int failures;
    int wrong; /* looked at, in all */
    int64_t locked_until_ms;
};

static struct rule_state *device;

static void turn_take(void)
{
    while (__atomic_exchange_n(&device->turn, 1, __ATOMIC_ACQUIRE) != 0) {
        (void) usleep(200);
    }
}

static void turn_give(void)
{
    __atomic_store_n(&device->turn, 0, __ATOMIC_RELEASE);
}

static int delay_now(void)
{
    int delay_ms = device->rule.delay_ms;

    for (int i = 0; i < device->failures && delay_ms < device->rule.delay_max_ms; i++) {
        delay_ms *= 2;
    }
    return delay_ms;
}

/* One log-in; *own_failures are the connection's. */
static int status_of(bool right, bool second, int *own_failures)
{
    const struct rule *rule = &device->rule;
    int *failures = rule->per_connection ? own_failures : &device->failures;
    int64_t now_ms = clock_monotonic_ms();

    if (second && rule->second_is_free) {
        return right ? 200 : 401;
    }
    if (rule->after > 0 && rule->per_connection && *failures >= rule->after) {
        return 429;
    }
    if (device->locked_until_ms > now_ms && !(right && rule->right_passes)) {
        return rule->mute ? 401 : rule->murmurs ? 503 : 429;
    }
    if (right && !rule->never_right) {
        *failures = 0;
        return 200;
    }
    device->wrong++;
    ++*failures;
    if (rule->after > 0 && !rule->per_connection && *failures >= rule->after) {
        *failures = rule->relocks ? rule->after : 0;
        device->locked_until_ms = now_ms + rule->lock_ms;
    }
    return rule->accepts_all ? 200 : 401;
}

static bool answer_one(int fd, const struct mock_request *request, int *own_failures)
{
    /* admin:PLANTEDright */
    const char *given = mock_header(request, "Authorization");
    bool right = given != NULL && strcmp(given, "Basic YWRtaW46UExBTlRFRHJpZ2h0") == 0;
    bool second = strcmp(request->path, "/second") == 0;
    char said[64] = "";
    char head[512];
    int status = 401;

    if (given != NULL) {
        turn_take();
        if (device->rule.one_at_a_time) {
            (void) usleep((useconds_t) delay_now() * 1000);
            status = status_of(right, second, own_failures);
            turn_give();
        } else {
            int delay_ms = delay_now();

            status = status_of(right, second, own_failures);
            turn_give();
            (void) usleep((useconds_t) (status == 429 ? 0 : delay_ms) * 1000);
        }
    }
    if (status == 429 && device->rule.said_s >= 0) {
        (void) snprintf(said, sizeof said, "Retry-After: %d\r\n", device->rule.said_s);
    }
    (void) snprintf(head, sizeof head,
                    "HTTP/1.1 %d x\r\n%s%sContent-Type: application/json\r\nContent-Length: 4\r\n"
                    "\r\n{ } ",
                    status, status == 401 ? "WWW-Authenticate: Basic realm=\"x\"\r\n" : "", said);
    mock_send(fd, head, strlen(head));
    return true;
}

static void serve(int fd)
{
    static struct mock_request request;
    int own_failures = 0;

    while (mock_read(fd, &request) && answer_one(fd, &request, &own_failures)) {
    }
}

static void device_start(const struct rule *rule, uint16_t *ret_port)
{
    device = mmap(NULL, sizeof *device, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(device, MAP_FAILED);
    device->rule = *rule;
    (void) peer_start(serve, ret_port);
}

struct scene {
    uint16_t port;
    struct service service;
    struct credential credential;
    struct auth auth;
    struct auth auths[2];
    bool second_way;  /* another mechanism of the same account is declared */
    unsigned granted; /* above 0: what the account has left */
    unsigned told;    /* wrong log-ins that were said */
    struct profile profile;
    struct subject subject;
    struct probe_run run;
};

static void told_one(void *context)
{
    (*(unsigned *) context)++;
}

static void told_short(void *context, unsigned wanted, unsigned granted)
{
    (void) context;
    cr_assert_lt(granted, wanted);
}

static void scene_run(struct scene *scene, const struct rule *rule, const char *params)
{
    struct lockout lockout = scene->auth.lockout;
    struct attempts attempts = {
        .left = scene->granted, .spent = told_one, .short_of = told_short, .context = &scene->told
    };

    device_start(rule, &scene->port);
    scene->service = (struct service){ .id = "web", .port = scene->port, .protocol = "http" };
    scene->credential = account("admin", RIGHT);
    scene->auth = (struct auth){ .id = "login",
                                 .kind = "password",
                                 .scheme = "basic",
                                 .service = &scene->service,
                                 .path = "/admin",
                                 .account_of = "login",
                                 .lockout = lockout,
                                 .credentials = &scene->credential,
                                 .credential_count = 1 };
    scene->auths[0] = scene->auths[1] = scene->auth;
    scene->auths[1].id = "second";
    scene->auths[1].path = "/second";
    scene->profile =
        (struct profile){ .auths = scene->auths, .auth_count = scene->second_way ? 2 : 1 };
    scene->subject = (struct subject){ .profile = &scene->profile,
                                       .address = "127.0.0.1",
                                       .service = &scene->service,
                                       .auth = &scene->auths[0] };
    probe_run_attempts = scene->granted > 0 ? &attempts : NULL;
    scene->run =
        probe_run(&probe_brute_force, &scene->subject, "127.0.0.1", scene->port, params, 60000);
    probe_run_attempts = NULL;
    cr_assert_eq(scene->run.status, STATUS_OK, "%s", scene->run.error.message);
    cr_assert_not(transcript_holds(&scene->run.transcript, RIGHT));
    secret_done(&scene->credential.secret);
}

static void scene_done(struct scene *scene)
{
    probe_run_done(&scene->run);
}

static const json_t *fact(const struct scene *scene, const char *name)
{
    return json_object_get(scene->run.facts, name);
}

static long long number(const struct scene *scene, const char *name)
{
    cr_assert(json_is_integer(fact(scene, name)), "%s is there: %s", name,
              json_dumps(scene->run.facts, 0));
    return json_integer_value(fact(scene, name));
}

static bool yes(const struct scene *scene, const char *name)
{
    cr_assert(json_is_boolean(fact(scene, name)), "%s is there: %s", name,
              json_dumps(scene->run.facts, 0));
    return json_is_true(fact(scene, name));
}

static const char *text(const struct scene *scene, const char *name)
{
    cr_assert(json_is_string(fact(scene, name)), "%s is there", name);
    return json_string_value(fact(scene, name));
}

static void expect_day(const struct scene *scene, long long truth)
{
    long long seen = number(scene, "guesses_per_day");

    cr_assert(seen >= truth * 9 / 10 && seen <= truth * 11 / 10, "%lld where %lld is true: %s",
              seen, truth, json_dumps(scene->run.facts, 0));
}

static void expect_sound_end(const struct scene *scene)
{
    cr_assert(yes(scene, "right_login_before"));
    cr_assert(yes(scene, "right_login_after"));
    cr_assert_not(yes(scene, "account_left_locked"));
    cr_assert(yes(scene, "complete"), "%s", json_dumps(scene->run.facts, 0));
    cr_assert_leq(number(scene, "attempts"), 30);
    cr_assert_geq(number(scene, "attempts"), device->wrong);
    cr_assert_leq(device->wrong, 30);
}

Test(brute_force, each_connection_waits_for_itself)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .delay_ms = 800, .said_s = -1 }, "{\"attempts\": 18}");
    expect_sound_end(&scene);
    cr_assert_not(yes(&scene, "locked"));
    cr_assert_str_eq(text(&scene, "delay_growth"), "none");
    cr_assert(yes(&scene, "parallel_helps"));
    cr_assert_eq(number(&scene, "attempts"), 17, "the last way sends pairs");
    expect_day(&scene, 3 * DAY_S * 10 / 8);
    cr_assert_str_eq(text(&scene, "guesses_bound"), "measured");
    scene_done(&scene);
}

Test(brute_force, all_connections_wait_for_each_other)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .delay_ms = 200, .one_at_a_time = true, .said_s = -1 }, "{}");
    expect_sound_end(&scene);
    cr_assert_not(yes(&scene, "parallel_helps"));
    expect_day(&scene, 5 * DAY_S);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_forgets)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 5, .lock_ms = 2000, .said_s = 2 }, "{}");
    expect_sound_end(&scene);
    cr_assert(yes(&scene, "locked"));
    cr_assert(yes(&scene, "lock_announced"));
    cr_assert(yes(&scene, "other_names_locked"));
    cr_assert_not(yes(&scene, "reconnect_resets"));
    cr_assert_eq(number(&scene, "locked_after"), 5);
    cr_assert_eq(number(&scene, "lock_seconds"), 2);
    cr_assert_eq(number(&scene, "retry_after_s"), 2);
    expect_day(&scene, 5 * DAY_S / 2);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_lets_the_right_password_in)
{
    struct scene scene = { 0 };

    scene_run(&scene,
              &(struct rule){ .after = 5, .lock_ms = 60000, .said_s = 3600, .right_passes = true },
              "{}");
    cr_assert(yes(&scene, "right_login_after"));
    cr_assert(yes(&scene, "right_login_in_lock"));
    scene_done(&scene);
    scene_run(&scene, &(struct rule){ .after = 5, .lock_ms = 2000, .said_s = 2 }, "{}");
    cr_assert_not(yes(&scene, "right_login_in_lock"));
    scene_done(&scene);
}

Test(brute_force, a_lock_that_remembers)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 5, .lock_ms = 2000, .said_s = 2, .relocks = true },
              "{}");
    expect_sound_end(&scene);
    cr_assert_not(yes(&scene, "parallel_helps"));
    cr_assert_eq(number(&scene, "locked_after"), 5);
    cr_assert_str_eq(text(&scene, "guesses_bound"), "measured");
    expect_day(&scene, DAY_S / 2);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_does_not_say_how_long)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 4, .lock_ms = 3000, .said_s = -1, .relocks = true },
              "{}");
    expect_sound_end(&scene);
    cr_assert_eq(number(&scene, "locked_after"), 4);
    cr_assert_eq(number(&scene, "lock_seconds"), 3);
    cr_assert_null(fact(&scene, "retry_after_s"));
    expect_day(&scene, DAY_S / 3);
    scene_done(&scene);
}

Test(brute_force, a_lock_of_the_connection_alone)
{
    struct scene scene = { 0 };

    scene_run(&scene,
              &(struct rule){ .delay_ms = 100, .after = 3, .per_connection = true, .said_s = -1 },
              "{}");
    expect_sound_end(&scene);
    cr_assert(yes(&scene, "locked"));
    cr_assert(yes(&scene, "reconnect_resets"));
    cr_assert_eq(number(&scene, "locked_after"), 3);
    expect_day(&scene, 10 * DAY_S);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_nothing_announces)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 6, .lock_ms = 2000, .said_s = -1, .mute = true },
              "{}");
    cr_assert(yes(&scene, "locked"));
    cr_assert_not(yes(&scene, "lock_announced"));
    cr_assert(yes(&scene, "right_login_after"));
    cr_assert_geq(number(&scene, "locked_after"), 6);
    cr_assert_eq(number(&scene, "lock_seconds"), 2);
    cr_assert_str_eq(text(&scene, "guesses_bound"), "at_most");
    cr_assert_geq(number(&scene, "guesses_per_day"), 6 * DAY_S / 2 * 9 / 10);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_ends_earlier_than_it_says)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 5, .lock_ms = 300, .said_s = 4, .relocks = true },
              "{}");
    cr_assert(yes(&scene, "right_login_after"));
    cr_assert_geq(number(&scene, "guesses_per_day"), DAY_S * 10 / 3 * 9 / 10);
    scene_done(&scene);
}

Test(brute_force, a_lock_that_outlasts_the_patience)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 5, .lock_ms = 3600 * 1000, .said_s = 3600 },
              "{\"lock_max_s\": 2}");
    cr_assert(yes(&scene, "locked"));
    cr_assert_not(yes(&scene, "right_login_after"));
    cr_assert(yes(&scene, "account_left_locked"));
    cr_assert_not(yes(&scene, "complete"));
    cr_assert_eq(number(&scene, "lock_seconds"), 3600);
    cr_assert_leq(number(&scene, "waited_s"), 2);
    scene_done(&scene);
}

Test(brute_force, delays_that_double)
{
    struct scene scene = { 0 };

    scene_run(
        &scene,
        &(struct rule){ .delay_ms = 60, .delay_max_ms = 960, .one_at_a_time = true, .said_s = -1 },
        "{\"attempts\": 18}");
    expect_sound_end(&scene);
    cr_assert_not(yes(&scene, "locked"));
    cr_assert_str_eq(text(&scene, "delay_growth"), "exponential");
    cr_assert_lt(number(&scene, "delay_first_ms"), 400);
    cr_assert_geq(number(&scene, "delay_last_ms"), 960);
    cr_assert_not(yes(&scene, "reconnect_resets"));
    cr_assert_not(yes(&scene, "parallel_helps"));
    expect_day(&scene, DAY_S * 1000 / 960);
    scene_done(&scene);
}

Test(brute_force, a_declared_lock_beyond_the_budget)
{
    struct scene scene = { .auth = { .lockout = { .after = 100, .delay_s = 60 } } };

    scene_run(&scene, &(struct rule){ .delay_ms = 5, .after = 100, .lock_ms = 60000 },
              "{\"attempts\": 12}");
    cr_assert_not(yes(&scene, "locked"));
    cr_assert_not(yes(&scene, "reaches_declared_lock"));
    cr_assert_leq(device->wrong, 12);
    scene_done(&scene);
}

Test(brute_force, a_device_that_lets_anybody_in)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .accepts_all = true, .said_s = -1 }, "{}");
    cr_assert_geq(number(&scene, "wrong_accepted"), 1);
    cr_assert_not(yes(&scene, "complete"));
    cr_assert_null(fact(&scene, "guesses_per_day"));
    scene_done(&scene);
}

Test(brute_force, without_the_right_log_in_nothing_is_guessed)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .never_right = true, .said_s = -1 }, "{\"lock_max_s\": 1}");
    cr_assert_not(yes(&scene, "right_login_before"));
    cr_assert_eq(number(&scene, "attempts"), 0);
    cr_assert_not(yes(&scene, "complete"));
    cr_assert_null(fact(&scene, "guesses_per_day"));
    scene_done(&scene);
}

Test(brute_force, a_fragile_device_gets_one_connection)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .delay_ms = 5, .said_s = -1 },
              "{\"attempts\": 12, \"connections\": 1}");
    cr_assert_null(fact(&scene, "parallel_helps"));
    cr_assert(yes(&scene, "complete"));
    scene_done(&scene);
}

Test(brute_force, answers_that_are_not_understood_prove_no_rate)
{
    struct scene scene = { 0 };

    scene_run(&scene, &(struct rule){ .after = 2, .lock_ms = 1500, .said_s = -1, .murmurs = true },
              "{}");
    cr_assert_not(yes(&scene, "complete"));
    cr_assert_str_eq(text(&scene, "guesses_bound"), "at_most");
    scene_done(&scene);
}

/* What the engine grants when the account has heard much already. */
Test(brute_force, a_shortened_budget_proves_no_absence_of_a_lock)
{
    struct scene scene = { .granted = 8 };

    scene_run(&scene, &(struct rule){ .after = 20, .lock_ms = 60000, .said_s = 60 }, "{}");
    cr_assert_not(yes(&scene, "locked"));
    cr_assert_leq(device->wrong, 8);
    cr_assert_eq(scene.told, number(&scene, "attempts"));
    cr_assert_str_eq(text(&scene, "guesses_bound"), "at_most");
    scene_done(&scene);
}

Test(brute_force, with_next_to_nothing_left_nothing_is_guessed)
{
    struct scene scene = { .granted = 5 };

    scene_run(&scene, &(struct rule){ .delay_ms = 5, .said_s = -1 }, "{}");
    cr_assert_eq(device->wrong, 0);
    cr_assert_eq(number(&scene, "answered"), 0);
    cr_assert(yes(&scene, "right_login_after"));
    cr_assert_not(yes(&scene, "complete"));
    cr_assert_null(fact(&scene, "guesses_per_day"));
    scene_done(&scene);
}

/* The same account behind another port, with a count of its own or the same. */
Test(brute_force, another_way_to_the_account)
{
    for (int shared = 0; shared < 2; shared++) {
        struct scene scene = { .second_way = true };
        const char *want = shared ? "other_ways_locked" : "other_ways_open";
        const char *other = shared ? "other_ways_open" : "other_ways_locked";

        scene_run(&scene,
                  &(struct rule){ .after = 4,
                                  .lock_ms = 1000,
                                  .said_s = 1,
                                  .relocks = true,
                                  .second_is_free = !shared },
                  "{\"locks\": 2}");
        cr_assert_eq(json_array_size(fact(&scene, want)), 1, "%s", json_dumps(scene.run.facts, 0));
        cr_assert_str_eq(json_string_value(json_array_get(fact(&scene, want), 0)), "second");
        cr_assert_eq(json_array_size(fact(&scene, other)), 0);
        cr_assert_str_eq(text(&scene, "limit_of"), "source");
        scene_done(&scene);
    }
}
