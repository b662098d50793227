#include "evidence/verify.h"

#include "evidence/sigstore.h"
#include "evidence/statement.h"

#include "sample.h"

struct scene {
    struct sample sample;
    struct key key;
    struct key other;
    const char *bundle;
    struct verify_options options;
};

static void scene_made(struct scene *scene, const char *first, bool no_firmware)
{
    json_t *result = sample_result(first);
    struct sample_seal how = { .result = result, .no_firmware = no_firmware };

    *scene = (struct scene){ .sample = sample_open() };
    MUST(key_new(&scene->key, &error));
    MUST(key_new(&scene->other, &error));
    how.log = sample_path(&scene->sample, "log");
    how.out = scene->bundle = sample_path(&scene->sample, "b.hoshi");
    how.key = &scene->key;
    sample_log(how.log, first);
    MUST(sample_seal(&how, &error));
    scene->options =
        (struct verify_options){ .signer = &scene->key.public_half, .at_ms = SAMPLE_AT };
    json_decref(result);
}

static void scene_open(struct scene *scene, const char *first)
{
    scene_made(scene, first, false);
}

static void scene_done(struct scene *scene)
{
    key_done(&scene->key);
    key_done(&scene->other);
    sample_done(&scene->sample);
}

Test(verify, newcomer_with_the_vendors_key)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    DEFER(bytes_done) struct bytes entry = bytes_bounded(4096);
    struct scene scene;
    json_t *report = NULL;

    scene_open(&scene, "fail");
    /* A nonconformant device is no fault of the bundle. */
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, &bundle, &report, NULL),
                 VERIFY_OK);
    cr_assert(bundle != NULL && bundle->authentic && bundle->exit == VERIFY_OK);
    cr_assert_eq(bundle->overall, OVERALL_NONCONFORMANT);
    cr_assert_eq(bundle->signer_count, 2);
    cr_assert_str_eq(bundle->signers[0].keyid, scene.key.public_half.keyid);
    MUST(verified_entry(bundle, BUNDLE_PLAN, &entry, &error));
    cr_assert_eq(entry.length, strlen(sample_plan));
    cr_assert_eq(verified_entry(bundle, "run/none.json", &entry, NULL), STATUS_BAD_INPUT);
    cr_assert_eq(json_array_size(json_object_get(report, "reproduced")), 0);
    json_decref(report);
    report = NULL;
    scene.options.expect_qr = verified_qr(bundle, arena);
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, NULL),
                 VERIFY_OK);
    json_decref(report);
    scene_done(&scene);
}

Test(verify, nothing_unvouched_is_handed_out)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    struct scene scene;
    json_t *report = NULL;

    scene_open(&scene, "pass");
    scene.options.signer = &scene.other.public_half;
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, &bundle, &report, NULL),
                 VERIFY_POLICY);
    cr_assert_null(bundle);
    cr_assert(json_is_false(json_object_get(report, "authentic")));
    json_decref(report);
    report = NULL;
    scene.options.signer = NULL;
    scene.options.unknown_signer_allowed = true;
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, &bundle, &report, NULL),
                 VERIFY_POLICY);
    cr_assert(bundle != NULL && !bundle->authentic && bundle->exit == VERIFY_POLICY);
    json_decref(report);
    scene_done(&scene);
}

Test(verify, questions_that_cannot_be_asked)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct scene scene;
    struct error why = { 0 };
    json_t *report = NULL;

    scene_open(&scene, "pass");
    cr_assert_eq(bundle_verify("/nonexistent/b.hoshi", &scene.options, arena, NULL, &report, &why),
                 VERIFY_IO);
    cr_assert_null(report);
    cr_assert_eq(why.status, STATUS_IO);
    scene.options.trust_path = "/nonexistent/trust.json";
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, &why),
                 VERIFY_IO);
    cr_assert_eq(why.status, STATUS_USAGE);
    scene.options.signer = NULL;
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, &why),
                 VERIFY_IO);
    cr_assert_null(report);
    scene_done(&scene);
}

/* Anyone can add a file; that neither spoils the bundle nor counts. */
Test(verify, strangers_evaluation_is_not_counted)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    DEFER(bytes_done) struct bytes payload = bytes_bounded(65536);
    DEFER(bytes_done) struct bytes file = bytes_bounded(65536);
    struct statement_digest input = { .name = BUNDLE_ATT_RUN };
    const struct statement_evaluation evaluation = { .evaluator = "L",
                                                     .method = "reviewed",
                                                     .inputs = &input,
                                                     .input_count = 1,
                                                     .examined_all = true,
                                                     .overall = OVERALL_CONFORMANT,
                                                     .issued_at = "2026-05-01T00:00:00Z",
                                                     .not_after = "2028-05-01T00:00:00Z" };
    struct statement_about about = { .manifest_sha = NULL };
    struct digest manifest_sha;
    struct scene scene;
    const char *attached;
    json_t *report = NULL;

    scene_open(&scene, "pass");
    attached = sample_path(&scene.sample, "attached.hoshi");
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, &bundle, &report, NULL),
                 VERIFY_OK);
    json_decref(report);
    report = NULL;
    cr_assert(digest_from_hex(bundle->manifest_sha256, &manifest_sha));
    about = (struct statement_about){ bundle->manifest, &manifest_sha };
    MUST(statement_evaluation_write(&about, &evaluation, &payload, &error));
    MUST(sigstore_write(&scene.other, payload.data, payload.length, &file, &error));
    cr_assert_eq(
        bundle_attach(scene.bundle, "META-INF/extra", file.data, file.length, attached, NULL),
        STATUS_BAD_INPUT);
    MUST(bundle_attach(scene.bundle, BUNDLE_ATT_EVALUATION, file.data, file.length, attached,
                       &error));
    cr_assert_eq(bundle_verify(attached, &scene.options, arena, NULL, &report, NULL), VERIFY_OK);
    cr_assert_eq(json_array_size(json_object_get(report, "reproduced")), 0);
    cr_assert_eq(json_array_size(json_object_get(report, "unknown_signers")), 1);
    /* Beside the stranger, that the copy is whole. */
    cr_assert_eq(json_array_size(json_object_get(report, "notes")), 2);
    json_decref(report);
    scene_done(&scene);
}

Test(verify, page_gives_the_answers_in_both_languages)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes en = bytes_bounded(65536);
    DEFER(bytes_done) struct bytes ja = bytes_bounded(65536);
    static const char *const wanted[] = { "Outcome: OK",
                                          "1. What is proven",
                                          "What the checks add up to: conformant",
                                          "What is independently reproduced\n      Nothing",
                                          "2. What is not, and can never be, proven",
                                          "3. What was withheld",
                                          "4. Validity",
                                          "5. How to check a label with IPA" };
    struct scene scene;
    json_t *report = NULL;

    scene_open(&scene, "pass");
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, NULL),
                 VERIFY_OK);
    MUST(verify_page(report, LANGUAGE_EN, &en, &error));
    MUST(verify_page(report, LANGUAGE_JA, &ja, &error));
    MUST(bytes_append(&en, "", 1, &error));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        cr_assert_not_null(strstr((const char *) en.data, wanted[i]), "%s", wanted[i]);
    }
    cr_assert(text_is_utf8(ja.data, ja.length));
    MUST(bytes_append(&ja, "", 1, &error));
    cr_assert_not_null(strstr((const char *) ja.data, "2. 証明されないこと"));
    json_decref(report);
    scene_done(&scene);
}

Test(verify, page_shows_no_control_characters)
{
    static const char override[] = { (char) 0xe2, (char) 0x80, (char) 0xae, '\0' }; /* U+202E */
    DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
    char model[16];
    json_t *report;

    (void) snprintf(model, sizeof model, "B%s\xc2\x9bX", override);
    report = json_pack("{s:s, s:{s:s, s:s}}", "outcome", "ok", "bundle", "vendor", "A\x1b[2J",
                       "model", model);

    MUST(verify_page(report, LANGUAGE_EN, &out, &error));
    cr_assert_null(memchr(out.data, 0x1b, out.length));
    cr_assert_null(memmem(out.data, out.length, override, 3));
    cr_assert_null(memmem(out.data, out.length, "\xc2\x9b", 2));
    json_decref(report);
}

Test(verify, page_says_no_more_than_is_so)
{
    static const struct {
        const char *report;
        const char *said;
        const char *unsaid;
    } pages[] = {
        { "{'outcome':'ok','withheld':['wire/a'],'checks':[{'code':'entries','outcome':'ok'}]}",
          "nothing missing but what was withheld", "complete" },
        { "{'outcome':'fail','checks':[{'code':'trust','outcome':'fail'}]}",
          "FAIL. The trust store is tampered with", "Believe nothing in it" },
        { "{'outcome':'fail','checks':[{'code':'trust','outcome':'fail'},"
          "{'code':'log','outcome':'fail'}]}",
          "Believe nothing in it", "The trust store is" },
        { "{'outcome':'fail','checks':[{'code':'container','outcome':'fail'}]}",
          "3. What was withheld, and who saw it\n   It could not be examined", "JC-STAR" },
        { "{'outcome':'policy','evaluations':[{'by':'Lab KK','reason':'evaluation.result: x'}]}",
          "What signers you know state\n      evaluation: Lab KK; does not count", "you trust" },
        { "{'outcome':'ok','judgements':[{'by':'ACME','suite':'s','overall':'conformant'}]}",
          "judged again by other rules (changes no verdict): ACME", "you trust" },
    };

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
        char text[512];
        json_t *report;

        (void) snprintf(text, sizeof text, "%s", pages[i].report);
        for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
            *at = '"';
        }
        report = json_loads(text, 0, NULL);
        cr_assert_not_null(report, "%s", text);
        MUST(verify_page(report, LANGUAGE_EN, &out, &error));
        MUST(bytes_append(&out, "", 1, &error));
        cr_expect_not_null(strstr((const char *) out.data, pages[i].said), "%s", out.data);
        cr_expect_null(strstr((const char *) out.data, pages[i].unsaid), "%s", out.data);
        json_decref(report);
    }
}

/* The sentence of that code, or NULL. */
static const char *advice_of(const json_t *report, const char *code)
{
    const json_t *list = json_object_get(report, "advice");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (strcmp(json_string_value(json_object_get(item, "code")), code) == 0) {
            return json_string_value(json_object_get(item, "en"));
        }
    }
    return NULL;
}

Test(verify, says_what_to_do_next)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct scene scene;
    json_t *report = NULL;
    const char *words;

    scene_open(&scene, "pass");
    scene.options.expect_model = "another {model} \xff";
    scene.options.expect_firmware_version = "9.9";
    cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, NULL),
                 VERIFY_POLICY);
    cr_assert_eq(json_array_size(json_object_get(report, "advice")), 2);
    words = advice_of(report, "expect.firmware_version");
    cr_assert_not_null(words);
    cr_assert_not_null(strstr(words, "it is not evidence for version 9.9"), "%s", words);
    cr_assert_not_null(advice_of(report, "expect.model")); /* the name was not UTF-8 */
    json_decref(report);
    scene_done(&scene);
}

Test(verify, firmware_that_nobody_named_is_asked_for)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    static const char wanted[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct scene scene;

    scene_made(&scene, "pass", true);
    for (int which = 0; which < 2; which++) {
        json_t *report = NULL;

        scene.options.expect_firmware_version = which == 0 ? "1" : NULL;
        scene.options.expect_firmware = which == 0 ? NULL : wanted;
        cr_assert_eq(bundle_verify(scene.bundle, &scene.options, arena, NULL, &report, NULL),
                     VERIFY_POLICY);
        cr_assert_eq(json_array_size(json_object_get(report, "advice")), 1);
        cr_assert_not_null(advice_of(report, "expect.no_firmware"));
        json_decref(report);
    }
    scene_done(&scene);
}
