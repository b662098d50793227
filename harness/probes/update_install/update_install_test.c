#include "support/fake_unit.h"
#include "support/fixture.h"

#include <criterion/criterion.h>

extern const struct probe probe_update_install;

static struct probe_run install(struct fake_unit *unit, enum unit_mode mode)
{
    unit_new(unit, mode);
    return unit_run(unit, &probe_update_install, "{\"settle_ms\": 300}");
}

static const char *text(const struct probe_run *run, const char *name)
{
    return json_string_value(json_object_get(run->facts, name));
}

static bool holds(const struct probe_run *run, const char *name)
{
    return json_is_true(json_object_get(run->facts, name));
}

Test(update_install, a_sound_device_runs_the_newer_version_and_keeps_it)
{
    struct fake_unit unit;
    struct probe_run run = install(&unit, UNIT_SOUND);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(text(&run, "version_before"), UNIT_OLD);
    cr_expect_str_eq(text(&run, "answer"), "done");
    cr_expect_str_eq(text(&run, "way_back"), "state");
    cr_expect(holds(&run, "as_declared") && holds(&run, "installed") && holds(&run, "alive"));
    cr_expect(holds(&run, "power_cut") && holds(&run, "kept") && holds(&run, "returned"));
    cr_expect(unit_is_as_before(&unit));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, thanks_for_an_image_are_no_update)
{
    struct fake_unit unit;
    struct probe_run run = install(&unit, UNIT_DOES_NOTHING);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(text(&run, "answer"), "done");
    cr_expect(json_is_false(json_object_get(run.facts, "installed")));
    cr_expect_str_eq(text(&run, "version_after"), UNIT_OLD);
    cr_expect_null(json_object_get(run.facts, "kept"), "nothing was there to be kept");
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, a_refusal_of_the_good_image_is_told_as_one)
{
    struct fake_unit unit;
    struct probe_run run = install(&unit, UNIT_REFUSES_GOOD);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_str_eq(text(&run, "answer"), "refused");
    cr_expect_str_eq(text(&run, "answer_words"), "signature");
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, a_version_that_goes_with_the_power_is_seen)
{
    struct fake_unit unit;
    struct probe_run run = install(&unit, UNIT_LOSES);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(holds(&run, "installed"));
    cr_expect(json_is_false(json_object_get(run.facts, "kept")));
    cr_expect_str_eq(text(&run, "version_after_power"), UNIT_OLD);
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, a_power_lever_that_does_nothing_cuts_nothing)
{
    struct fake_unit unit;
    struct probe_run run = { .status = STATUS_OK };

    unit_new(&unit, UNIT_STAYS_ON);
    run = unit_run(&unit, &probe_update_install, "{\"settle_ms\": 300}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(json_is_false(json_object_get(run.facts, "power_cut")));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, a_cycle_is_believed_as_little)
{
    static const enum unit_mode modes[] = { UNIT_SOUND, UNIT_STAYS_ON };

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct fake_unit unit;
        struct probe_run run = { .status = STATUS_OK };

        unit_new(&unit, modes[i]);
        unit_cycles(&unit);
        run = unit_run(&unit, &probe_update_install, "{\"settle_ms\": 300}");
        cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
        cr_expect_eq(holds(&run, "power_cut"), modes[i] == UNIT_SOUND, "%zu", i);
        probe_run_done(&run);
        unit_done(&unit);
    }
}

Test(update_install, a_lever_that_fails_is_our_fault)
{
    struct fake_unit unit;
    struct probe_run run = install(&unit, UNIT_BENCH_FAILS);

    cr_expect_eq(run.status, STATUS_IO);
    cr_expect_not_null(strstr(run.error.message, "the lever install_image failed"));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, without_a_way_back_nothing_begins)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_SOUND);
    unit.profile.lever_count = 4; /* without save_state and restore_state */
    run = unit_run(&unit, &probe_update_install, "{}");
    cr_assert_eq(run.status, STATUS_OK);
    cr_expect_not_null(strstr(text(&run, "hindrance"), "no way back"));
    cr_expect_null(json_object_get(run.facts, "installed"));
    cr_expect_not(fake_levers_pulled(&unit.bench, LEVER_INSTALL_IMAGE));
    probe_run_done(&run);
    unit.update.stays = true;
    run = unit_run(&unit, &probe_update_install, "{\"settle_ms\": 300}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(holds(&run, "kept"));
    cr_expect_str_eq(unit.version, UNIT_NEW, "it may stay");
    cr_expect_null(json_object_get(run.facts, "returned"));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, somebody_else_brings_the_device_back)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_SOUND);
    probe_run_levers = &unit.bench.levers;
    run = probe_run_restore(&probe_update_install, &unit.subject, 0, 10000);
    cr_expect_eq(run.status, STATUS_OK, "nothing was begun: %s", run.error.message);
    probe_run_done(&run);
    unit.kept = true;
    unit.powered = false;
    (void) snprintf(unit.version, sizeof unit.version, UNIT_NEW);
    run = probe_run_restore(&probe_update_install, &unit.subject, 0, 10000);
    cr_expect_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(unit_is_as_before(&unit));
    probe_run_done(&run);
    unit.mode = UNIT_CANNOT_BE_RESTORED;
    (void) snprintf(unit.version, sizeof unit.version, UNIT_NEW);
    run = probe_run_restore(&probe_update_install, &unit.subject, 0, 10000);
    cr_expect_neq(run.status, STATUS_OK);
    cr_expect_not_null(strstr(run.error.message, "runs version " UNIT_NEW));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_install, what_was_recorded_of_the_camera_is_what_the_table_says)
{
    char text[16384];
    size_t length = fixture("camera.json", text, sizeof text);
    json_t *facts = json_loadb(text, length, 0, NULL);
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(facts);
    cr_expect_eq(facts_check(probe_update_install.decl.facts, facts, &error), STATUS_OK, "%s",
                 error.message);
    json_decref(facts);
}
