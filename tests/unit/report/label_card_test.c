#include "report/label_card.h"

#include <criterion/criterion.h>
#include <string.h>

#define TREE SOURCE_ROOT "/"

static const struct manifest_firmware image = { .name = "main", .version = "1.4.2" };

struct scene {
    struct arena *arena;
    struct label *label;
    struct manifest manifest;
    struct verified_bundle bundle;
    struct verified_signer signer;
    json_t *result;
    json_t *report;
    struct error error;
};

static void scene_done(struct scene *scene)
{
    json_decref(scene->result);
    json_decref(scene->report);
    arena_free(scene->arena);
}

/* A run that asked for `asked`, one clause a level from 1 on, each with the verdict that its digit
 * of `verdicts` names: p, f, n(a), i. */
static void scene_set(struct scene *scene, unsigned level, unsigned asked, const char *verdicts)
{
    json_t *clauses = json_array();

    *scene = (struct scene){ .arena = arena_new(), .report = json_object() };
    cr_assert_eq(
        label_load(arena_format(scene->arena, TREE "labels/jc-star/star%u/label.yaml", level),
                   scene->arena, &scene->label, &scene->error),
        STATUS_OK, "%s", scene->error.message);
    for (size_t i = 0; verdicts[i] != '\0'; i++) {
        const char *word = verdicts[i] == 'p'   ? "pass"
                           : verdicts[i] == 'f' ? "fail"
                           : verdicts[i] == 'n' ? "na"
                                                : "inconc";

        json_array_append_new(clauses,
                              json_pack("{s:s, s:i, s:b, s:s}", "id",
                                        arena_format(scene->arena, "C-%zu", i + 1), "level",
                                        (int) i + 1, "mandatory", 1, "verdict", word));
    }
    scene->result = json_pack("{s:s, s:i, s:o, s:[]}", "scheme", "jc-star", "level", (int) asked,
                              "clauses", clauses, "parameters");
    scene->manifest = (struct manifest){
        .bundle_id = "01a20094-63cb-75bf-8789-83f54fc214db",
        .created = "2026-11-22T00:07:34.603Z",
        .run = { .suite = { .id = "s", .version = "1" } },
        .dut = { .vendor_name = "Example <b>&\"'\xe2\x80\xae",
                 .model = "HC-100",
                 .firmware = &image,
                 .firmware_count = 1 },
    };
    scene->signer = (struct verified_signer){ .role = "vendor", .organisation = "Example" };
    scene->bundle = (struct verified_bundle){
        .manifest = &scene->manifest,
        .manifest_sha256 = "344be7d36e4bbaa5e78a6b79769670a16f74b2473231e52b0859e0e2ad3e8735",
        .result = scene->result,
        .signers = &scene->signer,
        .signer_count = 1,
    };
}

static const int64_t at_2026_12_01 = 1796083200000;

static enum status card_of(struct scene *scene, int64_t at_ms, struct label_card *card)
{
    return label_card_of(scene->label, &scene->bundle, scene->report, at_ms, scene->arena, card,
                         &scene->error);
}

static void evaluated(struct scene *scene, const char *overall, bool counts, const char *until)
{
    json_object_set_new(scene->report, "evaluations",
                        json_pack("[{s:s, s:s, s:s, s:b, s:s, s:s}]", "role", "evaluator", "by",
                                  "Lab", "overall", overall, "counts", (int) counts, "method",
                                  "re-run", "not_after", until));
}

Test(label_card, the_words_follow_from_the_clauses_up_to_the_level)
{
    static const struct {
        const char *verdicts;
        enum overall one;
        enum overall two;
    } cases[] = {
        { "pp", OVERALL_CONFORMANT, OVERALL_CONFORMANT },
        { "pf", OVERALL_CONFORMANT, OVERALL_NONCONFORMANT },
        { "fp", OVERALL_NONCONFORMANT, OVERALL_NONCONFORMANT },
        { "ip", OVERALL_INCONCLUSIVE, OVERALL_INCONCLUSIVE },
        { "nn", OVERALL_INCONCLUSIVE, OVERALL_INCONCLUSIVE },
        { "np", OVERALL_INCONCLUSIVE, OVERALL_CONFORMANT },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(scene_done) struct scene scene;
        struct label_card card = { 0 };

        scene_set(&scene, 2, 2, cases[i].verdicts);
        cr_assert_eq(card_of(&scene, at_2026_12_01, &card), STATUS_OK, "%s", scene.error.message);
        cr_expect_eq(card.of_level[1], cases[i].one, "%s", cases[i].verdicts);
        cr_expect_eq(card.overall, cases[i].two, "%s", cases[i].verdicts);
        cr_expect_eq(card.summary->earned_by, cases[i].two);
        cr_expect_eq(card.of_level[3], OVERALL_INCONCLUSIVE);
    }
}

Test(label_card, a_level_that_was_not_asked_for_has_no_summary)
{
    DEFER(scene_done) struct scene scene;
    struct label_card card = { 0 };

    scene_set(&scene, 2, 1, "p");
    cr_expect_eq(card_of(&scene, at_2026_12_01, &card), STATUS_UNSUPPORTED);
}

Test(label_card, it_ends_two_years_after_the_run)
{
    static const struct {
        const char *created;
        const char *until;
    } cases[] = {
        { "2026-11-22T00:07:34.603Z", "2028-11-21" }, { "2027-03-01T00:00:00.000Z", "2029-02-28" },
        { "2026-03-01T00:00:00.000Z", "2028-02-29" }, { "2028-02-29T00:00:00.000Z", "2030-02-28" },
        { "2027-01-01T00:00:00.000Z", "2028-12-31" },
    };
    static const int64_t last_moment = 1858463999000; /* 2028-11-21T23:59:59Z */

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(scene_done) struct scene scene;
        struct label_card card = { 0 };

        scene_set(&scene, 1, 1, "p");
        scene.manifest.created = cases[i].created;
        cr_assert_eq(card_of(&scene, at_2026_12_01, &card), STATUS_OK, "%s", scene.error.message);
        cr_expect_str_eq(card.valid_until, cases[i].until);
    }
    {
        DEFER(scene_done) struct scene scene;
        struct label_card card = { 0 };

        scene_set(&scene, 1, 1, "p");
        cr_expect_eq(card_of(&scene, last_moment, &card), STATUS_OK);
        cr_expect_eq(card_of(&scene, last_moment + 1000, &card), STATUS_UNSUPPORTED);
        cr_expect(strstr(scene.error.message, "2028-11-21") != NULL);
    }
}

Test(label_card, level_3_is_an_evaluators_to_declare)
{
    DEFER(scene_done) struct scene scene;
    struct label_card card = { 0 };

    scene_set(&scene, 3, 3, "ppp");
    cr_expect_eq(card_of(&scene, at_2026_12_01, &card), STATUS_UNSUPPORTED);
    evaluated(&scene, "conformant", false, "2027-06-30T00:00:00Z");
    cr_expect_eq(card_of(&scene, at_2026_12_01, &card), STATUS_UNSUPPORTED, "it does not count");
    evaluated(&scene, "nonconformant", true, "2027-06-30T00:00:00Z");
    cr_expect_eq(card_of(&scene, at_2026_12_01, &card), STATUS_UNSUPPORTED, "it says otherwise");
    evaluated(&scene, "conformant", true, "2027-06-30T00:00:00Z");
    cr_assert_eq(card_of(&scene, at_2026_12_01, &card), STATUS_OK, "%s", scene.error.message);
    cr_expect_str_eq(card.declared_by, "Lab");
    cr_expect_str_eq(card.valid_until, "2027-06-30", "it ends with the evaluation");
}

Test(label_card, nothing_that_a_vendor_wrote_gets_out_of_its_place)
{
    DEFER(scene_done) struct scene scene;
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 20);
    struct label_card card = { 0 };
    const char *svg;

    scene_set(&scene, 2, 2, "pf");
    cr_assert_eq(card_of(&scene, at_2026_12_01, &card), STATUS_OK);
    cr_assert_eq(label_card_svg(&card, LANGUAGE_EN, &out, &scene.error), STATUS_OK, "%s",
                 scene.error.message);
    cr_assert_eq(bytes_append(&out, "", 1, NULL), STATUS_OK);
    svg = (const char *) out.data;
    cr_expect(strstr(svg, "Example &lt;b&gt;&amp;&quot;&#39;\xef\xbf\xbd") != NULL, "%s", svg);
    cr_expect(strstr(svg, "not IPA's JC-STAR label") == NULL, "the apostrophe is escaped");
    cr_expect(strstr(svg, "is not IPA&#39;s JC-STAR label") != NULL, "%s", svg);
    cr_expect(strstr(svg, "Provisional, not IPA&#39;s criteria") != NULL, "%s", svg);
}

Test(label_card, the_data_say_the_same)
{
    DEFER(scene_done) struct scene scene;
    struct label_card card = { 0 };
    json_t *data;

    scene_set(&scene, 1, 2, "pf");
    cr_assert_eq(card_of(&scene, at_2026_12_01, &card), STATUS_OK);
    data = label_card_json(&card);
    cr_expect_str_eq(json_string_value(json_object_get(data, "overall")), "conformant");
    cr_expect_eq(json_array_size(json_object_get(data, "clauses")), 1);
    cr_expect(json_is_null(json_object_get(data, "provisional")));
    cr_expect_str_eq(json_string_value(json_object_get(data, "qr")),
                     "hoshitori:1:01a20094-63cb-75bf-8789-83f54fc214db:"
                     "344be7d36e4bbaa5e78a6b79769670a16f74b2473231e52b0859e0e2ad3e8735");
    json_decref(data);
}
