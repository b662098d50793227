#include "support/fake_unit.h"
#include "support/fixture.h"

#include <criterion/criterion.h>

extern const struct probe probe_update_power_cut;

static long long number(const struct probe_run *run, const char *name)
{
    const json_t *value = json_object_get(run->facts, name);

    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static struct probe_run cut(struct fake_unit *unit, enum unit_mode mode)
{
    unit_new(unit, mode);
    return unit_run(unit, &probe_update_power_cut, "{\"moments\": 3, \"settle_ms\": 200}");
}

Test(update_power_cut, each_device_is_told_from_the_others)
{
    static const struct {
        enum unit_mode mode;
        const char *count; /* which counts all cuts */
        long long cuts;
    } all[] = {
        { UNIT_SOUND, "old", 3 },
        { UNIT_BRICKS, "silent", 2 },
        { UNIT_HALF, "other", 3 },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct fake_unit unit;
        struct probe_run run = cut(&unit, all[i].mode);

        cr_assert_eq(run.status, STATUS_OK, "case %zu: %s", i, run.error.message);
        cr_expect(json_is_true(json_object_get(run.facts, "good_installed")));
        cr_expect_eq(number(&run, "cuts"), all[i].cuts, "case %zu", i);
        cr_expect_eq(number(&run, all[i].count), all[i].cuts, "case %zu", i);
        cr_expect_eq(number(&run, "not_gone"), 0, "case %zu", i);
        cr_expect_eq(unit.bench.given_up, (size_t) all[i].cuts,
                     "case %zu: an upload to a device that is gone is not waited for", i);
        cr_expect(unit_is_as_before(&unit), "case %zu", i);
        probe_run_done(&run);
        unit_done(&unit);
    }
}

Test(update_power_cut, power_that_stays_on_was_not_cut)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_STAYS_ON);
    run = unit_run(&unit, &probe_update_power_cut, "{\"moments\": 1, \"settle_ms\": 200}");
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(number(&run, "cuts"), 0);
    cr_expect_eq(number(&run, "not_gone"), 1);
    cr_expect_eq(unit.bench.given_up, 0);
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_power_cut, an_update_that_never_works_is_not_cut)
{
    struct fake_unit unit;
    struct probe_run run = cut(&unit, UNIT_DOES_NOTHING);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(json_is_false(json_object_get(run.facts, "good_installed")));
    cr_expect_eq(number(&run, "cuts"), -1);
    cr_expect_not(fake_levers_pulled(&unit.bench, LEVER_POWER_OFF));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_power_cut, without_power_or_a_bench_nothing_begins)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_SOUND);
    unit.ways[0].lever = LEVER_NETWORK_DOWN;
    run = unit_run(&unit, &probe_update_power_cut, "{}");
    cr_assert_eq(run.status, STATUS_OK);
    cr_expect_not_null(
        strstr(json_string_value(json_object_get(run.facts, "hindrance")), "no lever for power"));
    cr_expect_not(fake_levers_pulled(&unit.bench, LEVER_INSTALL_IMAGE));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_power_cut, what_was_recorded_of_the_camera_is_what_the_table_says)
{
    char text[16384];
    size_t length = fixture("camera.json", text, sizeof text);
    json_t *facts = json_loadb(text, length, 0, NULL);
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(facts);
    cr_expect_eq(facts_check(probe_update_power_cut.decl.facts, facts, &error), STATUS_OK, "%s",
                 error.message);
    json_decref(facts);
}
