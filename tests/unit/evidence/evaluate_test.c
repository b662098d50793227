#include "evidence/evaluate.h"

#include "sample.h"

/* A vendor's bundle, and a laboratory's own run that differs as `own` says. */
struct scene {
    struct sample sample;
    struct key vendor;
    struct key lab;
    const char *bundle;
    const char *run;
    struct verify_options options;
};

static void seal(struct scene *scene, const char *verdict, struct sample_seal how,
                 const struct key *key, const char *log, const char *out)
{
    json_t *result = sample_result(verdict);

    how.result = result;
    how.log = sample_path(&scene->sample, log);
    how.out = out;
    how.key = key;
    sample_log(how.log, verdict);
    MUST(sample_seal(&how, &error));
    json_decref(result);
}

static void scene_open(struct scene *scene, const char *verdict, struct sample_seal own)
{
    const struct sample_seal usual = { 0 };

    *scene = (struct scene){ .sample = sample_open() };
    MUST(key_new(&scene->vendor, &error));
    MUST(key_new(&scene->lab, &error));
    scene->bundle = sample_path(&scene->sample, "b.hoshi");
    scene->run = sample_path(&scene->sample, "own.hoshi");
    seal(scene, "pass", usual, &scene->vendor, "log", scene->bundle);
    seal(scene, verdict, own, &scene->lab, "own-log", scene->run);
    scene->options =
        (struct verify_options){ .signer = &scene->vendor.public_half, .at_ms = SAMPLE_AT };
}

static void scene_done(struct scene *scene)
{
    key_done(&scene->vendor);
    key_done(&scene->lab);
    sample_done(&scene->sample);
}

#define OTHER_ID "019d4b3e-0000-7000-8000-000000000002"

static enum status re_run(const char *verdict, struct sample_seal own, enum overall *ret_overall)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    struct statement_evaluation evaluation = { 0 };
    struct scene scene;
    enum status status;

    scene_open(&scene, verdict, own);
    MUST(evaluate_open(scene.bundle, &scene.options, arena, &bundle, &error));
    status = evaluate_re_run(bundle, scene.run, &scene.lab.public_half, SAMPLE_AT, arena,
                             &evaluation, NULL);
    if (status == STATUS_OK) {
        cr_assert_str_eq(json_string_value(json_object_get(evaluation.re_run, "bundleId")),
                         OTHER_ID);
        MUST(evaluate_overall(bundle, &evaluation, ret_overall, &error));
    }
    scene_done(&scene);
    return status;
}

Test(evaluate, a_run_of_its_own_counts_only_for_the_same_thing)
{
    enum overall overall = OVERALL_INCONCLUSIVE;

    cr_assert_eq(re_run("pass", (struct sample_seal){ .bundle_id = OTHER_ID }, &overall),
                 STATUS_OK);
    cr_assert_eq(overall, OVERALL_CONFORMANT);
    cr_assert_eq(re_run("fail", (struct sample_seal){ .bundle_id = OTHER_ID }, &overall),
                 STATUS_OK);
    cr_assert_eq(overall, OVERALL_NONCONFORMANT);
    cr_assert_eq(re_run("inconc", (struct sample_seal){ .bundle_id = OTHER_ID }, &overall),
                 STATUS_OK);
    cr_assert_eq(overall, OVERALL_INCONCLUSIVE);
    cr_assert_eq(re_run("pass", (struct sample_seal){ .bundle_id = OTHER_ID, .model = "M2" }, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(re_run("pass", (struct sample_seal){ .bundle_id = OTHER_ID, .firmware = 1 }, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(re_run("pass", (struct sample_seal){ .bundle_id = OTHER_ID, .suite = 1 }, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(re_run("pass", (struct sample_seal){ 0 }, NULL), STATUS_BAD_INPUT);
}

Test(evaluate, what_does_not_verify_is_refused)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    struct scene scene;

    scene_open(&scene, "pass", (struct sample_seal){ .bundle_id = OTHER_ID });
    cr_assert_eq(evaluate_open(scene.run, &scene.options, arena, &bundle, NULL), STATUS_BAD_INPUT);
    scene_done(&scene);
}

Test(evaluate, numbers_go_on_and_nothing_else_changes)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes payload = bytes_bounded(65536);
    const char *const word = "waiver";
    struct scene scene;
    const char *from;

    scene_open(&scene, "pass", (struct sample_seal){ .bundle_id = OTHER_ID });
    from = scene.bundle;
    for (int i = 0; i < 2; i++) {
        DEFER(verified_done) struct verified_bundle *bundle = NULL;
        const char *out = sample_path(&scene.sample, i == 0 ? "1.hoshi" : "2.hoshi");
        const struct statement_remark remark = { .by = "ACME",
                                                 .role = "vendor",
                                                 .clause = "C1",
                                                 .justification = "seen",
                                                 .issued_at = "2026-05-01T00:00:00Z",
                                                 .not_after = "2027-05-01T00:00:00Z" };
        struct statement_about about;

        MUST(evaluate_open(from, &scene.options, arena, &bundle, &error));
        about = evaluate_about(bundle);
        bytes_clear(&payload);
        MUST(statement_remark_write(&about, STATEMENT_ATTESTATION, &remark, &payload, &error));
        MUST(evaluate_attach(bundle, 50, &word, &payload, 1, &scene.vendor, out, false, &error));
        from = out;
    }
    {
        DEFER(container_read_done) struct container_reader *reader = NULL;

        MUST(container_read_open(from, NULL, &reader, &error));
        cr_assert_not_null(container_read_find(reader, "META-INF/att/50-waiver.sigstore.json"));
        cr_assert_not_null(container_read_find(reader, "META-INF/att/51-waiver.sigstore.json"));
    }
    scene_done(&scene);
}

/* What a reader would refuse is never signed. */
Test(evaluate, unjustified_or_endless_words_are_not_written)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(65536);
    static const struct digest sha;
    static const struct manifest manifest;
    const struct statement_about about = { &manifest, &sha };
    const struct statement_remark good = { .by = "L",
                                           .role = "evaluator",
                                           .check = "C1/a",
                                           .verdict = VERDICT_FAIL,
                                           .justification = "why",
                                           .issued_at = "2026-05-01T00:00:00Z",
                                           .not_after = "2027-05-01T00:00:00Z" };
    struct statement_remark bad[6];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bad[i] = good;
    }
    bad[0].justification = " \t\n";
    bad[1].not_after = NULL;
    bad[2].not_after = good.issued_at;
    bad[3].verdict = VERDICT_PASS;
    bad[4].clause = "C1";
    bad[5].check = NULL;
    MUST(statement_remark_write(&about, STATEMENT_WAIVER, &good, &payload, &error));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(statement_remark_write(&about, STATEMENT_WAIVER, &bad[i], &payload, NULL),
                     STATUS_BAD_INPUT, "%zu", i);
    }
    bad[0] = good;
    bad[0].role = "vendor";
    cr_assert_eq(statement_remark_write(&about, STATEMENT_WAIVER, &bad[0], &payload, NULL),
                 STATUS_UNSUPPORTED);
}
