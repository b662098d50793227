/* Commands of the bench, started by a broker: what they are told, what becomes of them. */
#include "engine/broker.h"

#include "base/clock.h"
#include "control/bench.h"
#include "engine/broker_person.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64];
static char script[96];
static const char *command[8];

/* The last is none of the profile's. */
static struct lever_way ways[] = {
    { .lever = LEVER_POWER_OFF,
      .by = LEVER_BY_COMMAND,
      .within_s = 20,
      .command = command,
      .folder = folder },
    { .lever = LEVER_POWER_ON, .by = LEVER_BY_REQUEST, .within_s = 20 },
    { .lever = LEVER_INSTALL_IMAGE,
      .by = LEVER_BY_COMMAND,
      .within_s = 20,
      .command = command,
      .folder = folder },
    { .lever = LEVER_REINSTALL,
      .by = LEVER_BY_COMMAND,
      .within_s = 20,
      .command = command,
      .folder = folder },
};
static const struct unit unit = { .id = "a" };
static const struct profile profile = {
    .levers = ways, .lever_count = 3, .settle_s = 1, .units = &unit, .unit_count = 1
};
static const struct subject subject = { .profile = &profile, .address = "127.0.0.1" };

static struct probe mover = { .moves = ~0u };

static struct broker broker;
static struct bench bench;
static struct probe_call call;
static json_t *heard;

static void note(void *context, json_t *event)
{
    (void) context;
    json_decref(heard);
    heard = event;
}

static void setup(void)
{
    (void) snprintf(folder, sizeof folder, "/tmp/broker-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void) snprintf(script, sizeof script, "%s/lever", folder);
    command[0] = script;
    broker = broker_none();
}

/* The broker knows the profile as it is now. */
static void bench_open(void)
{
    cr_assert_eq(broker_start(&mover, &subject, -1, false, &broker, NULL), STATUS_OK);
    bench = bench_over(broker.ask_fd, broker.answer_fd);
    bench.levers.said = note;
    call = (struct probe_call){ .subject = &subject,
                                .levers = &bench.levers,
                                .deadline_ms = clock_monotonic_ms() + 30000 };
}

static void bench_close(void)
{
    bench_done(&bench);
    if (broker.pid != 0) {
        broker_let_go(&broker);
        broker_reap(&broker);
    }
}

static void teardown(void)
{
    char line[128];

    bench_close();
    json_decref(heard);
    heard = NULL;
    (void) snprintf(line, sizeof line, "rm -rf %s", folder);
    cr_expect_eq(system(line), 0);
}

static void lever_is(const char *text)
{
    FILE *file = fopen(script, "w");

    cr_assert_not_null(file);
    (void) fprintf(file, "#!/bin/sh\n%s\n", text);
    (void) fclose(file);
    cr_assert_eq(chmod(script, 0755), 0);
}

TestSuite(broker, .init = setup, .fini = teardown, .timeout = 30);

Test(broker, exit_codes_say_done_refused_or_failed)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };

    bench_open();
    lever_is("echo 1.4.2");
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_OK, "%s",
                 error.message);
    cr_expect_eq(output.word, LEVER_DONE);
    cr_expect_eq(output.text.length, 5);
    cr_expect_eq(memcmp(output.text.data, "1.4.2", 5), 0);
    lever_is("echo unsigned >&2; exit 3");
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_OK);
    cr_expect_eq(output.word, LEVER_REFUSED);
    cr_expect_str_eq(output.detail, "unsigned");
    lever_is("echo no such outlet; exit 1");
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "ended with 1: no such outlet") != NULL, "%s", error.message);
    lever_is("kill -9 $$");
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "signal 9") != NULL, "%s", error.message);
    (void) unlink(script);
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "No such file") != NULL, "%s", error.message);
}

Test(broker, a_command_that_hangs_is_killed_with_all_that_it_started)
{
    struct error error = { .status = STATUS_OK };
    int64_t started_ms = clock_monotonic_ms();
    char path[96];

    ways[0].within_s = 1;
    bench_open();
    lever_is("(sleep 2; touch too-late) & sleep 30");
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_IO);
    cr_expect(strstr(error.message, "not done within 1 s") != NULL, "%s", error.message);
    cr_expect_lt(clock_monotonic_ms() - started_ms, 5000);
    (void) usleep(1500000);
    (void) snprintf(path, sizeof path, "%s/too-late", folder);
    cr_expect_eq(access(path, F_OK), -1, "somebody of its group went on");
}

Test(broker, a_megabyte_is_read_and_mostly_forgotten)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };

    bench_open();
    lever_is("head -c 1048576 /dev/zero | tr '\\0' a; echo; exit 0");
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_OK, "%s",
                 error.message);
    cr_expect_eq(output.text.length, LEVER_TEXT_MAX);
}

Test(broker, a_daemon_that_keeps_the_pipe_open_holds_nobody_up)
{
    struct error error = { .status = STATUS_OK };
    int64_t started_ms = clock_monotonic_ms();

    bench_open();
    lever_is("sleep 5 & echo started");
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_OK, "%s",
                 error.message);
    cr_expect_lt(clock_monotonic_ms() - started_ms, 3000);
}

Test(broker, a_secret_comes_on_standard_input_and_stands_nowhere_else)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    DEFER(secret_done) struct secret secret = { 0 };
    struct error error = { .status = STATUS_OK };
    const struct lever_input input = { .secret = &secret, .user = "admin", .value = "a b;$(id)" };
    char *event;

    command[1] = "${user}";
    command[2] = "${value}";
    command[3] = "${unit}";
    command[4] = NULL;
    cr_assert_eq(setenv("HOSHITORI_PASSPHRASE", "of the key", 1), 0);
    bench_open();
    cr_assert_eq(secret_set(&secret, "correct horse", 13, SECRET_FOR_CHILDREN, NULL), STATUS_OK);
    lever_is("read -r line; test \"$line\" = 'correct horse' || exit 9\n"
             "grep -q horse /proc/$$/cmdline /proc/$$/environ && exit 8\n"
             "echo \"$1|$2|$3|$HOSHITORI_PASSPHRASE\"");
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, &input, &output, &error), STATUS_OK, "%s",
                 error.message);
    cr_expect_eq(output.text.length, strlen("admin|a b;$(id)|a|"), "%.*s", (int) output.text.length,
                 (const char *) output.text.data);
    event = json_dumps(heard, 0);
    cr_expect_null(strstr(event, "horse"));
    free(event);
    command[1] = NULL;
}

Test(broker, an_image_is_a_private_file_that_is_gone_afterwards)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    DEFER(bytes_done) struct bytes image = bytes_bounded(4 << 20);
    struct error error = { .status = STATUS_OK };
    const struct lever_input input = { .image = &image };
    uint8_t *at = NULL;
    char path[128];

    cr_assert_eq(bytes_reserve(&image, 3 << 20, &at, NULL), STATUS_OK);
    memset(at, 'i', 3 << 20);
    bytes_commit(&image, 3 << 20);
    command[1] = "${image}";
    command[2] = NULL;
    bench_open();
    lever_is("test \"$(stat -c '%a %s' \"$1\")\" = '600 3145728' || exit 1; printf %s \"$1\"");
    cr_assert_eq(control_pull(&call, LEVER_INSTALL_IMAGE, &input, &output, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_lt(output.text.length, sizeof path);
    lever_output_text(&output, path, sizeof path);
    cr_expect_eq(access(path, F_OK), -1, "%s is still there", path);
    command[1] = NULL;
}

Test(broker, what_is_no_declared_command_is_not_started)
{
    struct error error = { .status = STATUS_OK };
    void *task = NULL;
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    const struct lever_input input = { .user = NULL };

    bench_open();
    lever_is("touch started");
    /* One that the profile of the broker does not have, and one that it has otherwise. */
    ways[1].by = LEVER_BY_COMMAND;
    cr_assert_eq(bench.levers.begin(&bench.levers, &call, ways + 3, &input, &task, &error),
                 STATUS_OK);
    cr_expect_eq(bench.levers.end(&bench.levers, &call, &task, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "declares no such command") != NULL, "%s", error.message);
    cr_assert_eq(bench.levers.begin(&bench.levers, &call, ways + 1, &input, &task, &error),
                 STATUS_OK);
    cr_expect_eq(bench.levers.end(&bench.levers, &call, &task, &output, &error), STATUS_IO);
    cr_expect_eq(control_pull(&call, LEVER_REINSTALL, NULL, NULL, &error), STATUS_BAD_INPUT);
}

Test(broker, two_levers_move_side_by_side)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };
    struct control_task *slow = NULL;
    int64_t started_ms = clock_monotonic_ms();

    bench_open();
    lever_is("sleep 1; echo slow");
    cr_assert_eq(control_begin(&call, LEVER_INSTALL_IMAGE, NULL, &slow, &error), STATUS_OK);
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_OK);
    cr_assert_eq(control_end(&call, &slow, &output, &error), STATUS_OK);
    cr_expect_eq(output.word, LEVER_DONE);
    cr_expect_lt(clock_monotonic_ms() - started_ms, 1900);
}

/* Whoever speaks to the broker may be killed at any moment. */
Test(broker, the_end_of_the_pipe_ends_the_command_and_the_broker)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct control_task *task = NULL;
    struct error error = { .status = STATUS_OK };
    int64_t started_ms;
    char path[96];

    bench_open();
    lever_is("sleep 2; touch done");
    cr_assert_eq(control_begin(&call, LEVER_POWER_OFF, NULL, &task, &error), STATUS_OK);
    (void) usleep(300000);
    started_ms = clock_monotonic_ms();
    (void) close(broker.ask_fd);
    cr_expect_eq(control_end(&call, &task, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "broker of levers is gone") != NULL, "%s", error.message);
    (void) close(broker.answer_fd);
    broker_reap(&broker);
    cr_expect_lt(clock_monotonic_ms() - started_ms, 1000);
    (void) usleep(2200000);
    (void) snprintf(path, sizeof path, "%s/done", folder);
    cr_expect_eq(access(path, F_OK), -1);
}

/* As fast as it can, and more than anybody reads: the time limit is looked at all the same. */
Test(broker, a_command_that_never_stops_printing_is_ended)
{
    struct error error = { .status = STATUS_OK };
    int64_t started_ms = clock_monotonic_ms();

    ways[0].within_s = 1;
    bench_open();
    lever_is("trap '' TERM; cat /dev/zero & cat /dev/zero");
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_IO);
    cr_expect(strstr(error.message, "not done within 1 s") != NULL, "%s", error.message);
    cr_expect_lt(clock_monotonic_ms() - started_ms, 4000);
}

Test(broker, a_command_inherits_nothing_that_is_open)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };
    int key = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */

    bench_open();
    lever_is("exec ls /proc/self/fd");
    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, &output, &error), STATUS_OK);
    /* 3 is the folder that ls reads. */
    cr_expect_eq(output.text.length, strlen("0\n1\n2\n3"), "%.*s", (int) output.text.length,
                 (const char *) output.text.data);
    (void) close(key);
}

/* What a setting was before comes from the device, and goes back to it. */
Test(broker, a_value_is_no_option)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };
    const struct lever_input input = { .value = "-oProxyCommand=id", .user = "-u" };

    lever_is("echo \"$1\"");
    command[1] = "${value}";
    command[2] = NULL;
    bench_open();
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, &input, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "begins with '-'") != NULL, "%s", error.message);
    bench_close();
    command[1] = "--name=${value}";
    bench_open();
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, &input, &output, &error), STATUS_OK, "%s",
                 error.message);
    bench_close();
    command[1] = "-${value}";
    bench_open();
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, &input, &output, &error), STATUS_OK, "%s",
                 error.message);
    command[1] = NULL;
}

/* A worker that was taken over asks for more than its probe is there for. */
Test(broker, a_lever_that_is_not_the_probes_is_not_moved)
{
    const struct lever_input input = { .user = NULL };
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };
    void *task = NULL;

    lever_is("touch moved");
    mover.moves = LEVER_BIT(LEVER_POWER_OFF);
    bench_open();
    cr_expect_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(bench.levers.begin(&bench.levers, &call, ways + 2, &input, &task, &error),
                 STATUS_OK);
    cr_expect_eq(bench.levers.end(&bench.levers, &call, &task, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "no such command") != NULL, "%s", error.message);
    cr_expect_eq(control_ask(&call, &(struct person_question){ .within_s = 1 }, &output, &error),
                 STATUS_IO, "it is not there to ask anybody");
}

Test(broker, only_the_subjects_way_to_erase_is_open)
{
    static const struct probe eraser = { .moves = LEVER_BIT(LEVER_ERASE) };
    const struct lever_way all[] = { { .lever = LEVER_ERASE, .id = "page" },
                                     { .lever = LEVER_ERASE, .id = "button" },
                                     { .lever = LEVER_POWER_OFF } };
    const struct subject page = { .erasure = &all[0] };

    cr_expect(broker_may_move(&eraser, &page, &all[0]));
    cr_expect_not(broker_may_move(&eraser, &page, &all[1]));
    cr_expect_not(broker_may_move(&eraser, &page, &all[2]));
}

Test(broker, a_flood_of_orders_ends)
{
    struct error error = { .status = STATUS_OK };
    const struct lever_input input = { .user = NULL };
    unsigned moved = 0;

    ways[0].by = LEVER_BY_REQUEST; /* of the worker alone: the broker starts nothing */
    bench_open();
    ways[0].by = LEVER_BY_COMMAND;
    for (unsigned i = 0; i < BROKER_ORDERS_MAX + 1; i++) {
        DEFER(lever_output_done) struct lever_output output = lever_output_empty();
        void *task = NULL;

        cr_assert_eq(bench.levers.begin(&bench.levers, &call, ways, &input, &task, &error),
                     STATUS_OK);
        cr_assert_eq(bench.levers.end(&bench.levers, &call, &task, &output, &error), STATUS_IO);
        moved += strstr(error.message, "often enough") == NULL;
    }
    cr_expect_eq(moved, BROKER_ORDERS_MAX);
}

/* Somebody who hits a key once too often has not seen the next question. */
Test(broker, what_was_typed_before_a_question_is_no_answer_to_it)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct person person = { .state = PERSON_IDLE };
    int64_t started_ms = clock_monotonic_ms();
    bool begins = false;
    int slave;

    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
    cr_assert_geq(slave, 0);
    persons_share();
    cr_assert_eq(write(master, "done\n", 5), 5);
    person_begin(&person, slave,
                 &(struct person_ask){ .about = "x", .en = "unplug it", .within_s = 20 });
    while (person.state != PERSON_ENDED && clock_monotonic_ms() - started_ms < 1000) {
        person_turn(&person, &begins);
        (void) usleep(10000);
    }
    cr_expect_eq(person.state, PERSON_ASKED, "answered before it was asked");
    cr_assert_eq(write(master, "failed\n", 7), 7);
    while (person.state != PERSON_ENDED && clock_monotonic_ms() - started_ms < 3000) {
        person_turn(&person, &begins);
        (void) usleep(10000);
    }
    cr_expect(person.answered);
    cr_expect_eq(person.typed.length, 6);
    person_done(&person);
    (void) close(slave);
    (void) close(master);
}
