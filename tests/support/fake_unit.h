/* fake_unit.h - a device whose software can be updated, and the bench around it, in memory.
 *
 * It takes the vendor's image and none that differs from it by one octet, unless `mode` says what
 * it does wrong. */
#pragma once

#include "fake_levers.h"
#include "probe_run.h"

#include "probe/firmware.h"

#include <string.h>
#include <unistd.h>

enum unit_mode {
    UNIT_SOUND,
    UNIT_TAKES_ALL,
    UNIT_IGNORES,       /* thanks for a wrong image and does nothing */
    UNIT_INSTALLS_LATE, /* thanks for a wrong image and installs it when it starts again */
    UNIT_LIES,          /* says no and installs it */
    UNIT_LIES_LATE,     /* says no and installs it when it starts again */
    UNIT_LIES_SLOWLY,   /* says no and installs it after a while */
    UNIT_ONCE,          /* refuses whatever comes after the first image, the good one too */
    UNIT_DIES,          /* of a wrong image, until the bench helps */
    UNIT_DOES_NOTHING,  /* not even with the good one */
    UNIT_REFUSES_GOOD,
    UNIT_LOSES,    /* the newer version with the power */
    UNIT_HANGS_UP, /* on a wrong image */
    UNIT_BRICKS,   /* when the power goes in the middle */
    UNIT_HALF,     /* runs something else then */
    UNIT_STAYS_ON, /* whatever the lever for power says */
    UNIT_CANNOT_BE_RESTORED,
    UNIT_BENCH_FAILS /* to install */
};

enum { UNIT_LENGTH = 400 };

#define UNIT_OLD "1.4.2"
#define UNIT_NEW "1.5.0"

struct fake_unit {
    struct fake_levers bench;
    enum unit_mode mode;
    char version[16];
    char next[16]; /* installed when it starts again */
    bool powered;
    bool dead;
    bool cut_meanwhile; /* the power went since the upload began */
    bool kept;
    unsigned looks_left; /* at the version, until it is another */
    unsigned offers;
    uint8_t good[UNIT_LENGTH];
    char path[64];
    struct lever_way ways[8];
    struct firmware firmware;
    struct update update;
    struct profile profile;
    struct subject subject;
};

static void unit_settle(struct fake_unit *unit)
{
    unit->bench.alive = unit->powered && !unit->dead;
}

static void unit_power(struct fake_unit *unit, bool on)
{
    if (unit->mode == UNIT_STAYS_ON) {
        return;
    }
    unit->cut_meanwhile = true;
    unit->powered = on;
    if (on && unit->next[0] != '\0') {
        memcpy(unit->version, unit->next, sizeof unit->version);
        unit->next[0] = '\0';
    }
    if (on && unit->mode == UNIT_LOSES) {
        (void) snprintf(unit->version, sizeof unit->version, UNIT_OLD);
    }
}

static void unit_take(struct fake_unit *unit, bool good, struct lever_output *output)
{
    static const enum lever_word to_wrong[] = {
        [UNIT_SOUND] = LEVER_REFUSED,
        [UNIT_TAKES_ALL] = LEVER_DONE,
        [UNIT_IGNORES] = LEVER_DONE,
        [UNIT_INSTALLS_LATE] = LEVER_DONE,
        [UNIT_LIES] = LEVER_REFUSED,
        [UNIT_DIES] = LEVER_DONE,
        [UNIT_LIES_LATE] = LEVER_REFUSED,
        [UNIT_LIES_SLOWLY] = LEVER_REFUSED,
        [UNIT_ONCE] = LEVER_REFUSED,
        [UNIT_HANGS_UP] = LEVER_CUT,
        [UNIT_DOES_NOTHING] = LEVER_DONE,
        [UNIT_LOSES] = LEVER_REFUSED,
        [UNIT_BRICKS] = LEVER_REFUSED,
        [UNIT_HALF] = LEVER_REFUSED,
        [UNIT_STAYS_ON] = LEVER_REFUSED,
        [UNIT_REFUSES_GOOD] = LEVER_REFUSED,
        [UNIT_CANNOT_BE_RESTORED] = LEVER_DONE,
        [UNIT_BENCH_FAILS] = LEVER_CUT,
    };
    bool installs = good ? unit->mode != UNIT_DOES_NOTHING && unit->mode != UNIT_REFUSES_GOOD
                         : unit->mode == UNIT_TAKES_ALL || unit->mode == UNIT_LIES ||
                               unit->mode == UNIT_CANNOT_BE_RESTORED;

    if (unit->cut_meanwhile && unit->mode != UNIT_STAYS_ON) {
        output->word = LEVER_CUT;
        unit->dead = unit->mode == UNIT_BRICKS;
        if (unit->mode == UNIT_HALF) {
            (void) snprintf(unit->version, sizeof unit->version, "0.0.0");
        }
        return;
    }
    output->word = good && unit->mode != UNIT_BENCH_FAILS && unit->mode != UNIT_REFUSES_GOOD
                       ? LEVER_DONE
                       : to_wrong[unit->mode];
    if (output->word != LEVER_DONE) {
        (void) snprintf(output->detail, sizeof output->detail, "signature");
    }
    if (installs && unit->mode != UNIT_BENCH_FAILS) {
        (void) snprintf(unit->version, sizeof unit->version, UNIT_NEW);
    } else if (!good && (unit->mode == UNIT_INSTALLS_LATE || unit->mode == UNIT_LIES_LATE)) {
        (void) snprintf(unit->next, sizeof unit->next, UNIT_NEW);
    }
    unit->looks_left = !good && unit->mode == UNIT_LIES_SLOWLY ? 3 : 0;
    unit->dead = !good && unit->mode == UNIT_DIES;
}

static enum status unit_hook(struct fake_levers *fake, enum lever lever,
                             const struct lever_input *input, struct lever_output *output,
                             struct error *reterr)
{
    struct fake_unit *unit = (struct fake_unit *) fake;
    bool good;

    switch (lever) {
    case LEVER_POWER_OFF:
    case LEVER_POWER_ON:
        unit_power(unit, lever == LEVER_POWER_ON);
        break;
    case LEVER_POWER_CYCLE:
        unit_power(unit, true);
        break;
    case LEVER_READ_VERSION:
        if (unit->looks_left > 0 && --unit->looks_left == 0) {
            (void) snprintf(unit->version, sizeof unit->version, UNIT_NEW);
        }
        TRY(bytes_append_text(&output->text, unit->version, reterr));
        break;
    case LEVER_SAVE_STATE:
        unit->kept = true;
        break;
    case LEVER_RESTORE_STATE:
        if (!unit->kept || unit->mode == UNIT_CANNOT_BE_RESTORED) {
            output->word = LEVER_REFUSED;
            break;
        }
        (void) snprintf(unit->version, sizeof unit->version, UNIT_OLD);
        unit->next[0] = '\0';
        unit->powered = true;
        unit->dead = false;
        break;
    case LEVER_INSTALL_IMAGE:
        good = input->image->length == UNIT_LENGTH &&
               memcmp(input->image->data, unit->good, UNIT_LENGTH) == 0 &&
               (unit->mode != UNIT_ONCE || unit->offers == 0);
        unit->offers++;
        unit_take(unit, good, output);
        break;
    default:
        break;
    }
    unit_settle(unit);
    return STATUS_OK;
}

/* What the next upload begins with. */
static enum status unit_begin(struct levers *levers, struct probe_call *call,
                              const struct lever_way *way, const struct lever_input *input,
                              void **ret_task, struct error *reterr)
{
    struct fake_unit *unit = (struct fake_unit *) levers;

    if (way->lever == LEVER_INSTALL_IMAGE) {
        unit->cut_meanwhile = false;
    } else if (way->lever == LEVER_POWER_CYCLE) {
        unit_power(unit, false);
        unit_settle(unit);
    }
    return fake_begin(levers, call, way, input, ret_task, reterr);
}

/* The caller keeps it where it is, and ends with unit_done. */
__attribute__((unused)) static void unit_new(struct fake_unit *unit, enum unit_mode mode)
{
    static const enum lever levers[] = {
        LEVER_POWER_OFF,     LEVER_POWER_ON,   LEVER_READ_VERSION,
        LEVER_INSTALL_IMAGE, LEVER_SAVE_STATE, LEVER_RESTORE_STATE
    };
    int fd;

    *unit = (struct fake_unit){ .bench = fake_levers_new(),
                                .mode = mode,
                                .version = UNIT_OLD,
                                .powered = true,
                                .path = "/tmp/fake-unit-XXXXXX",
                                .firmware = { .name = "main", .version = UNIT_OLD } };
    unit->bench.hook = unit_hook;
    unit->bench.levers.begin = unit_begin;
    for (size_t i = 0; i < sizeof levers / sizeof levers[0]; i++) {
        unit->ways[i] = (struct lever_way){ .lever = levers[i], .by = LEVER_BY_COMMAND };
    }
    for (size_t i = 0; i < UNIT_LENGTH; i++) {
        unit->good[i] = (uint8_t) (i * 13 + i / 7);
    }
    fd = mkstemp(unit->path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, unit->good, UNIT_LENGTH), UNIT_LENGTH);
    cr_assert_eq(close(fd), 0);
    unit->update = (struct update){ .network = true,
                                    .component = "main",
                                    .current_version = UNIT_OLD,
                                    .image = unit->path,
                                    .image_version = UNIT_NEW,
                                    .signing = { .declared = true,
                                                 .scheme = UPDATE_ED25519,
                                                 .at_end = true,
                                                 .signature = { 64, 64 },
                                                 .covers = { .before_end = 64 } } };
    unit->profile = (struct profile){ .levers = unit->ways,
                                      .lever_count = sizeof levers / sizeof levers[0],
                                      .settle_s = 1,
                                      .firmware = &unit->firmware,
                                      .firmware_count = 1,
                                      .update = &unit->update };
    unit->subject = (struct subject){ .profile = &unit->profile,
                                      .address = "127.0.0.1",
                                      .update = &unit->update };
}

/* Its bench takes the power away and gives it back in one go. */
__attribute__((unused)) static void unit_cycles(struct fake_unit *unit)
{
    unit->ways[0].lever = LEVER_POWER_CYCLE;
    unit->ways[1].lever = LEVER_POWER_CYCLE;
}

__attribute__((unused)) static void unit_done(struct fake_unit *unit)
{
    cr_expect_eq(unlink(unit->path), 0);
}

__attribute__((unused)) static struct probe_run
unit_run(struct fake_unit *unit, const struct probe *probe, const char *params)
{
    probe_run_levers = &unit->bench.levers;
    return probe_run(probe, &unit->subject, "127.0.0.1", 0, params, 60000);
}

__attribute__((unused)) static bool unit_is_as_before(const struct fake_unit *unit)
{
    return unit->bench.alive && strcmp(unit->version, UNIT_OLD) == 0;
}
