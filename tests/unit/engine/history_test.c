#include "engine/history.h"

#include "evidence/json_strict.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 200, RUNNERS = 6, RUNS = 5 };

static char base[] = "/tmp/hoshitori-history-XXXXXX";

static void file_name(char room[ROOM])
{
    cr_assert_not_null(mkdtemp(base));
    (void) snprintf(room, ROOM, "%s/deep/er/runs.jsonl", base);
}

static int away(const char *path, const struct stat *kind, int type, struct FTW *place)
{
    (void) kind;
    (void) type;
    (void) place;
    return remove(path);
}

static void folder_gone(void)
{
    (void) nftw(base, away, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(history, .fini = folder_gone);

/* One model, and a unit whose serial number is in serial_file. */
struct device {
    struct firmware firmware;
    struct unit unit;
    struct profile profile;
    struct suite suite;
    struct plan plan;
};

static const struct plan *device_of(struct device *device, const char *model, const char *serial)
{
    *device = (struct device){ .firmware = { .name = "main", .version = "1.4.2" },
                               .unit = { .id = "one", .serial_file = serial } };
    device->profile.vendor_name = (struct words){ .en = "Example", .ja = "例" };
    device->profile.model = model;
    device->profile.firmware = &device->firmware;
    device->profile.firmware_count = 1;
    device->profile.units = &device->unit;
    device->profile.unit_count = 1;
    device->suite.id = "suite";
    device->suite.version = "1";
    device->plan.profile = &device->profile;
    device->plan.suite = &device->suite;
    return &device->plan;
}

static struct history_claim opened(const char *path, const struct plan *plan, const char *run)
{
    struct history_claim claim = { 0 };
    struct error error = { 0 };

    cr_assert_eq(history_open_run(path, run, plan, NULL, &claim, &error), STATUS_OK, "%s",
                 error.message);
    return claim;
}

static void content_of(const char *path, char *room, size_t size)
{
    FILE *file = fopen(path, "re");

    cr_assert_not_null(file);
    room[fread(room, 1, size - 1, file)] = '\0';
    (void) fclose(file);
}

Test(history, a_run_thrown_away_still_counts)
{
    struct device device;
    struct device other;
    struct history_claim claim;
    char path[ROOM];
    struct stat facts;

    file_name(path);
    claim = opened(path, device_of(&device, "HC-100", NULL), "run-1");
    cr_assert_eq(claim.count, 0);
    cr_assert_not(claim.has_head, "the file began with it");
    claim = opened(path, &device.plan, "run-2");
    cr_assert_eq(claim.count, 1);
    cr_assert_eq(claim.unsealed, 1);
    cr_assert(claim.has_head);
    cr_assert_eq(history_say(path, "run-2", "sealed", "conformant", NULL, NULL), STATUS_OK);
    cr_assert_eq(history_say(path, "run-2", "sealed", "conformant", NULL, NULL), STATUS_OK);
    cr_assert_eq(opened(path, device_of(&other, "HC-200", NULL), "run-3").count, 0);
    claim = opened(path, &device.plan, "run-4");
    cr_assert_eq(claim.count, 2, "the other model is not counted");
    cr_assert_eq(claim.unsealed, 1, "run-1 never was");
    cr_assert_eq(stat(path, &facts), 0);
    cr_assert_eq(facts.st_mode & 0777, 0600);
}

Test(history, many_at_once_lose_nothing)
{
    bool seen[RUNNERS * RUNS] = { false };
    struct device device;
    char path[ROOM];
    int pipes[2];
    uint64_t count;

    file_name(path);
    (void) device_of(&device, "HC-100", NULL);
    cr_assert_eq(pipe(pipes), 0);
    for (int i = 0; i < RUNNERS; i++) {
        if (fork() == 0) {
            for (int run = 0; run < RUNS; run++) {
                char id[32];

                (void) snprintf(id, sizeof id, "run-%d-%d", i, run);
                count = opened(path, &device.plan, id).count;
                if (write(pipes[1], &count, sizeof count) != (ssize_t) sizeof count ||
                    history_say(path, id, "sealed", NULL, NULL, NULL) != STATUS_OK) {
                    _exit(1);
                }
            }
            _exit(0);
        }
    }
    (void) close(pipes[1]);
    for (int i = 0; i < RUNNERS; i++) {
        int state = 0;

        cr_assert_gt(wait(&state), 0);
        cr_assert_eq(state, 0);
    }
    while (read(pipes[0], &count, sizeof count) == (ssize_t) sizeof count) {
        cr_assert_lt(count, (uint64_t) RUNNERS * RUNS);
        cr_assert_not(seen[count], "two runs cannot have the same number before them");
        seen[count] = true;
    }
    cr_assert_eq(opened(path, &device.plan, "last").unsealed, 0);
}

Test(history, the_serial_number_is_not_in_it_and_yet_tells_units_apart)
{
    struct device device;
    char path[ROOM];
    char serial[ROOM];
    char text[8192];
    const char *first;
    const char *second;
    int fd;

    file_name(path);
    (void) snprintf(serial, sizeof serial, "%s/serial", base);
    fd = open(serial, O_WRONLY | O_CREAT, 0600);
    cr_assert_eq(write(fd, "SN-00042\n", 9), 9);
    (void) close(fd);
    (void) opened(path, device_of(&device, "HC-100", serial), "run-1");
    (void) opened(path, &device.plan, "run-2");
    content_of(path, text, sizeof text);
    cr_assert_null(strstr(text, "SN-00042"));
    first = strstr(text, "\"unit\":\"");
    cr_assert_not_null(first);
    second = strstr(first + 1, "\"unit\":\"");
    cr_assert_not_null(second);
    cr_assert_eq(memcmp(first, second, 8 + 64), 0, "the same unit");
}

Test(history, a_damaged_file_is_refused_and_a_torn_line_is_not)
{
    struct device device;
    struct error error = { 0 };
    struct history_claim claim;
    char path[ROOM];
    char text[8192];
    int fd;

    file_name(path);
    (void) opened(path, device_of(&device, "HC-100", NULL), "run-1");
    fd = open(path, O_WRONLY | O_APPEND);
    cr_assert_eq(write(fd, "{\"torn", 6), 6);
    (void) close(fd);
    cr_assert_eq(opened(path, &device.plan, "run-2").count, 1);
    content_of(path, text, sizeof text);
    fd = open(path, O_WRONLY);
    cr_assert_eq(pwrite(fd, "X", 1, strstr(text, "run-1") - text), 1);
    (void) close(fd);
    cr_assert_eq(history_open_run(path, "run-3", &device.plan, NULL, &claim, &error),
                 STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "Move it away"));
}

/* A pipe has no size, as an empty file has none; a device node would be lost to everybody. */
Test(history, what_is_no_file_stays_and_is_not_called_damaged)
{
    struct device device;
    struct error error = { 0 };
    struct history_claim claim;
    struct stat facts;
    char path[ROOM];
    char pipe_path[ROOM];

    file_name(path);
    (void) opened(path, device_of(&device, "HC-100", NULL), "run-1");
    (void) snprintf(pipe_path, sizeof pipe_path, "%s/pipe", base);
    cr_assert_eq(mkfifo(pipe_path, 0600), 0);
    cr_assert_eq(history_open_run(pipe_path, "run-2", &device.plan, NULL, &claim, &error),
                 STATUS_IO);
    cr_assert_eq(lstat(pipe_path, &facts), 0);
    cr_assert(S_ISFIFO(facts.st_mode), "it is still the pipe");
    cr_assert_null(strstr(error.message, "damaged"));
    cr_assert_eq(history_open_run(base, "run-2", &device.plan, NULL, &claim, &error), STATUS_IO);
    cr_assert_null(strstr(error.message, "damaged"), "%s", error.message);
    if (geteuid() != 0) {
        cr_assert_eq(chmod(path, 0400), 0);
        cr_assert_eq(history_open_run(path, "run-2", &device.plan, NULL, &claim, &error),
                     STATUS_IO);
        cr_assert_null(strstr(error.message, "damaged"), "%s", error.message);
    }
}

Test(history, a_claim_is_the_same_after_the_log)
{
    struct history_claim claim = { .count = 7, .unsealed = 2, .has_head = true };
    struct history_claim again;
    DEFER(json_strict_done) json_t *json = NULL;

    claim.head.octets[3] = 9;
    json = history_claim_json(&claim);
    history_claim_read(json, &again);
    cr_assert_eq(again.count, 7);
    cr_assert_eq(again.unsealed, 2);
    cr_assert(again.has_head);
    cr_assert_eq(memcmp(&again.head, &claim.head, sizeof claim.head), 0);
    history_claim_read(NULL, &again);
    cr_assert_eq(again.count, 0);
    cr_assert_not(again.has_head);
}
