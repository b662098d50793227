#include "refusal.h"
#include "support/fake_unit.h"
#include "support/fixture.h"

#include <criterion/criterion.h>

extern const struct probe probe_update_refusal;

#define OFFER                                                                                      \
    "\"offer\": [\"middle_flipped\", \"signature_cut\", \"empty\", \"older\", \"other_key\"]"
#define QUICK "{" OFFER ", \"settle_ms\": 200, \"wait_ms\": 100, \"watch_ms\": 0}"

static size_t count(const struct probe_run *run, const char *list)
{
    return json_array_size(json_object_get(run->facts, list));
}

Test(update_refusal, an_answer_and_a_version_mean_something_together)
{
    static const struct {
        enum lever_word word;
        bool known;
        bool changed;
        enum outcome outcome;
    } all[] = {
        { LEVER_REFUSED, true, false, OUTCOME_REFUSED },
        { LEVER_DONE, true, false, OUTCOME_IGNORED },
        { LEVER_CUT, true, false, OUTCOME_BROKEN_OFF },
        { LEVER_REFUSED, true, true, OUTCOME_INSTALLED },
        { LEVER_DONE, true, true, OUTCOME_INSTALLED },
        { LEVER_REFUSED, false, false, OUTCOME_SILENCED },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        cr_expect_eq(refusal_outcome(all[i].word, all[i].known, all[i].changed), all[i].outcome,
                     "case %zu", i);
    }
}

Test(update_refusal, each_device_is_told_from_the_others)
{
    static const struct {
        enum unit_mode mode;
        const char *list; /* in which all three wrong images that can be made are */
    } all[] = {
        { UNIT_SOUND, "refused" },           { UNIT_TAKES_ALL, "installed" },
        { UNIT_IGNORES, "ignored" },         { UNIT_LIES, "installed" },
        { UNIT_INSTALLS_LATE, "installed" }, { UNIT_DIES, "silenced" },
        { UNIT_HANGS_UP, "broken_off" },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct fake_unit unit;
        struct probe_run run;

        unit_new(&unit, all[i].mode);
        run = unit_run(&unit, &probe_update_refusal, QUICK);
        cr_assert_eq(run.status, STATUS_OK, "case %zu: %s", i, run.error.message);
        cr_expect(json_is_true(json_object_get(run.facts, "good_installed")), "case %zu", i);
        cr_expect_eq(count(&run, "offered"), 3, "case %zu", i);
        cr_expect_eq(count(&run, all[i].list), 3, "case %zu: %zu", i, count(&run, all[i].list));
        cr_expect_eq(count(&run, "left_out"), 2, "the vendor has to give them");
        cr_expect_eq(count(&run, "installed_later"), 0, "case %zu", i);
        cr_expect(json_is_true(json_object_get(run.facts, "good_at_end")), "case %zu", i);
        cr_expect(unit_is_as_before(&unit), "case %zu", i);
        probe_run_done(&run);
        unit_done(&unit);
    }
}

Test(update_refusal, a_refusal_in_words_alone_is_seen_later)
{
    static const enum unit_mode modes[] = { UNIT_LIES_LATE, UNIT_LIES_SLOWLY };

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct fake_unit unit;
        struct probe_run run;

        unit_new(&unit, modes[i]);
        run = unit_run(&unit, &probe_update_refusal,
                       "{\"offer\": [\"middle_flipped\"], \"settle_ms\": 200, \"watch_ms\": 0}");
        cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
        cr_expect_eq(count(&run, "refused"), 1, "case %zu", i);
        cr_expect_eq(count(&run, "installed_later"), 1, "case %zu", i);
        cr_expect(unit_is_as_before(&unit), "case %zu", i);
        probe_run_done(&run);
        unit_done(&unit);
    }
}

Test(update_refusal, every_refusal_is_followed_by_a_start)
{
    static const enum unit_mode modes[] = { UNIT_SOUND, UNIT_IGNORES, UNIT_STAYS_ON };

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct fake_unit unit;
        struct probe_run run;

        unit_new(&unit, modes[i]);
        run = unit_run(&unit, &probe_update_refusal, QUICK);
        cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
        cr_expect_eq(json_is_true(json_object_get(run.facts, "restarted")),
                     modes[i] != UNIT_STAYS_ON, "case %zu", i);
        probe_run_done(&run);
        unit_done(&unit);
    }
}

Test(update_refusal, who_refuses_all_after_the_first_is_told)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_ONCE);
    run = unit_run(&unit, &probe_update_refusal, QUICK);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(json_is_true(json_object_get(run.facts, "good_installed")));
    cr_expect_eq(count(&run, "refused"), 3);
    cr_expect(json_is_false(json_object_get(run.facts, "good_at_end")));
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_refusal, nothing_is_offered_to_a_device_that_takes_no_image_at_all)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_DOES_NOTHING);
    run = unit_run(&unit, &probe_update_refusal, QUICK);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(json_is_false(json_object_get(run.facts, "good_installed")));
    cr_expect_null(json_object_get(run.facts, "refused"), "who refuses all refuses nothing");
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_refusal, where_the_newer_version_stays_it_comes_last)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_SOUND);
    unit.profile.lever_count = 4;
    unit.update.stays = true;
    run = unit_run(&unit, &probe_update_refusal, QUICK);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(count(&run, "refused"), 3);
    cr_expect(json_is_true(json_object_get(run.facts, "good_installed")));
    cr_expect_str_eq(unit.version, UNIT_NEW);
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_refusal, a_device_that_cannot_be_brought_back_is_an_error)
{
    struct fake_unit unit;
    struct probe_run run;

    unit_new(&unit, UNIT_CANNOT_BE_RESTORED);
    run = unit_run(&unit, &probe_update_refusal, QUICK);
    cr_expect_neq(run.status, STATUS_OK);
    cr_expect_not_null(strstr(run.error.message, "and not " UNIT_OLD), "%s", run.error.message);
    probe_run_done(&run);
    unit_done(&unit);
}

Test(update_refusal, what_was_recorded_of_the_camera_is_what_the_table_says)
{
    char text[16384];
    size_t length = fixture("camera.json", text, sizeof text);
    json_t *facts = json_loadb(text, length, 0, NULL);
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(facts);
    cr_expect_eq(facts_check(probe_update_refusal.decl.facts, facts, &error), STATUS_OK, "%s",
                 error.message);
    json_decref(facts);
}

/* As the reference camera's profile describes its images. */
Test(update_refusal, wrong_images_of_the_camera_are_wrong_in_their_way)
{
    static const struct update camera = {
        .signing = { .declared = true,
                     .scheme = UPDATE_ECDSA_P256_SHA256,
                     .at_end = true,
                     .signature = { 64, 64 },
                     .covers = { .before_end = 64 },
                     .digest_algorithm = "sha256",
                     .digest_at = 64,
                     .digest_covers = { .from = 96, .before_end = 64 },
                     .version = { 24, 16 },
                     .product = { 8, 16 } },
    };
    DEFER(bytes_done) struct bytes good = bytes_bounded(1 << 16);
    DEFER(bytes_done) struct bytes altered = bytes_bounded(1 << 16);
    DEFER(bytes_done) struct bytes foreign = bytes_bounded(1 << 16);
    size_t end;

    cr_assert_eq(firmware_read(FIXTURES "hc100-1.5.0.img", &good, NULL), STATUS_OK);
    cr_expect(firmware_names_version(&camera, &good, "1.5.0"));
    cr_assert_eq(
        firmware_make(&camera, FIRMWARE_ALTERED, &good, 0, &firmware_fresh_key, &altered, NULL),
        STATUS_OK);
    end = good.length - 64;
    cr_expect_eq(altered.length, good.length);
    cr_expect_eq(memcmp(altered.data, good.data, 64), 0);
    cr_expect_neq(memcmp(altered.data + 64, good.data + 64, 32), 0, "another digest");
    cr_expect_eq(memcmp(altered.data + end, good.data + end, 64), 0, "the same signature");
    cr_assert_eq(
        firmware_make(&camera, FIRMWARE_OTHER_KEY, &good, 0, &firmware_fresh_key, &foreign, NULL),
        STATUS_OK);
    cr_expect_eq(memcmp(foreign.data, good.data, end), 0, "genuine but for the signature");
    cr_expect_neq(memcmp(foreign.data + end, good.data + end, 64), 0);
}
