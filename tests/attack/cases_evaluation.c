/* What a laboratory says: cases 77 to 93. */
#include "attack.h"

#include "evidence/json_make.h"
#include "evidence/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATT_SECOND "META-INF/att/12-lab-evaluation.sigstore.json"
#define ATT_SUMMARY "META-INF/att/13-lab-svr.sigstore.json"

static json_t *predicate_of(json_t *statement)
{
    return json_object_get(statement, "predicate");
}

static void require_evaluator(struct attempt *attempt)
{
    const struct world_store store = { .require_evaluator = true };

    attempt_trust(attempt, &store);
}

static void add_evaluation(struct attempt *attempt, const struct world_evaluation *how)
{
    world_evaluate(attempt->world, &attempt->zip, how);
}

static void evaluate(struct attempt *attempt, const struct world_evaluation *how)
{
    require_evaluator(attempt);
    add_evaluation(attempt, how);
}

static void edit_evaluation(struct attempt *attempt, world_edit edit)
{
    world_edit_statement(&attempt->zip, BUNDLE_ATT_EVALUATION, attempt_key(attempt, WORLD_LAB),
                         edit, NULL);
}

/* Moves a statement out of the bundle into a file that the reader holds. */
static void take_out(struct attempt *attempt, const char *name)
{
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, name);
    char path[WORLD_PATH];
    FILE *file;

    world_path(attempt->world, "newer.json", path);
    file = fopen(path, "wbe");
    if (file == NULL || fwrite(entry->data, 1, entry->length, file) != entry->length ||
        fclose(file) != 0) {
        abort();
    }
    raw_zip_remove(&attempt->zip, name);
    attempt->newer = "newer.json";
}

/* ---- 77, 78, 81: superseded, in time, by a trusted harness ---- */

/* Says of the bundle that it is about: this, and not that other one, is what holds now. */
static void name_bundle(json_t *json, void *context)
{
    json_t *subject = json_array_get(json_object_get(json, "subject"), 0);
    const char *sha256 =
        json_string_value(json_object_get(json_object_get(subject, "digest"), "sha256"));
    const bool other = context != NULL;

    (void) json_object_set_new(predicate_of(json), "supersedes",
                               json_pack("[{s:s, s:{s:s}}]", "bundleId",
                                         "019d4b3e-0000-7000-8000-000000000001", "manifest",
                                         "sha256", other ? (const char *) context : sha256));
    (void) json_object_set_new(
        json_object_get(subject, "digest"), "sha256",
        json_string("00000000000000000000000000000000000000000000000000000000000000aa"));
}

static void hold_newer(struct attempt *attempt, enum world_who signer, const char *issued_at,
                       const char *other)
{
    const struct world_evaluation newer = { .file = ATT_SECOND, .issued_at = issued_at };
    char *context = other == NULL ? NULL : strdup(other);

    add_evaluation(attempt, &newer);
    world_edit_statement(&attempt->zip, ATT_SECOND, attempt_key(attempt, signer), name_bundle,
                         context);
    free(context);
    take_out(attempt, ATT_SECOND);
}

void attack_077_superseded(struct attempt *attempt)
{
    const struct world_evaluation older = { 0 };

    evaluate(attempt, &older);
    hold_newer(attempt, WORLD_LAB, "2026-05-10T00:00:00Z", NULL);
}

static void of_other_bundle(json_t *json, void *context)
{
    json_t *subject = json_array_get(json_object_get(json, "subject"), 0);

    (void) context;
    (void) json_object_set_new(
        json_object_get(subject, "digest"), "sha256",
        json_string("00000000000000000000000000000000000000000000000000000000000000aa"));
}

void attack_077_replaced_evaluation(struct attempt *attempt)
{
    const struct world_evaluation older = { 0 };
    struct world_evaluation newer = { .file = ATT_SECOND, .issued_at = "2026-05-10T00:00:00Z" };
    char payload[DIGEST_HEX_SIZE];

    evaluate(attempt, &older);
    world_payload(&attempt->zip, BUNDLE_ATT_EVALUATION, payload);
    newer.supersedes = payload;
    add_evaluation(attempt, &newer);
    world_edit_statement(&attempt->zip, ATT_SECOND, attempt_key(attempt, WORLD_LAB),
                         of_other_bundle, NULL);
    take_out(attempt, ATT_SECOND);
}

void attack_077_not_about_it(struct attempt *attempt)
{
    const struct world_evaluation older = { 0 };

    evaluate(attempt, &older);
    hold_newer(attempt, WORLD_LAB, "2026-05-10T00:00:00Z",
               "00000000000000000000000000000000000000000000000000000000000000bb");
}

void attack_077_later(struct attempt *attempt)
{
    const struct world_evaluation older = { 0 };

    evaluate(attempt, &older);
    hold_newer(attempt, WORLD_LAB, "2026-07-10T00:00:00Z", NULL);
}

void attack_077_forged(struct attempt *attempt)
{
    const struct world_evaluation older = { 0 };

    evaluate(attempt, &older);
    hold_newer(attempt, WORLD_STRANGER, "2026-05-10T00:00:00Z", NULL);
}

void attack_078_evaluation_over(struct attempt *attempt)
{
    const struct world_evaluation how = { .not_after = "2026-05-01T00:00:00Z" };

    evaluate(attempt, &how);
}

static void begin_later(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(predicate_of(json), "validity"), "notBefore",
             json_string("2026-07-01T00:00:00Z"));
}

void attack_078_not_begun(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    evaluate(attempt, &how);
    edit_evaluation(attempt, begin_later);
}

void attack_078_issued_later(struct attempt *attempt)
{
    const struct world_evaluation how = { .issued_at = "2026-07-01T00:00:00Z" };

    evaluate(attempt, &how);
}

void attack_081_other_harness(struct attempt *attempt)
{
    const struct world_store store = {
        .harness = "0000000000000000000000000000000000000000000000000000000000000000"
    };

    attempt_trust(attempt, &store);
}

void attack_081_same_harness(struct attempt *attempt)
{
    struct digest digest;
    struct error error = { 0 };
    char hex[DIGEST_HEX_SIZE];
    const struct world_store store = { .harness = hex };

    must(digest_of("harness", strlen("harness"), &digest, &error), &error);
    digest_to_hex(&digest, hex);
    attempt_trust(attempt, &store);
}

/* ---- 85 to 88: stripped, replaced, about other files, withheld ---- */

void attack_085_no_evaluation(struct attempt *attempt)
{
    require_evaluator(attempt);
}

void attack_085_evaluated(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    evaluate(attempt, &how);
}

static void add_both(struct attempt *attempt, const char *older, const char *newer)
{
    const struct world_evaluation first = { .overall = older };
    const struct world_evaluation second = { .overall = newer,
                                             .file = ATT_SECOND,
                                             .issued_at = "2026-05-10T00:00:00Z" };

    evaluate(attempt, &first);
    add_evaluation(attempt, &second);
}

void attack_086_older_positive(struct attempt *attempt)
{
    add_both(attempt, "conformant", "nonconformant");
}

void attack_086_negative_named(struct attempt *attempt)
{
    const struct world_evaluation first = { 0 };
    struct world_evaluation second = { .overall = "nonconformant", .file = ATT_SECOND };
    char payload[DIGEST_HEX_SIZE];

    evaluate(attempt, &first);
    world_payload(&attempt->zip, BUNDLE_ATT_EVALUATION, payload);
    second.supersedes = payload;
    add_evaluation(attempt, &second);
}

void attack_086_negative_stripped(struct attempt *attempt)
{
    add_both(attempt, "conformant", "nonconformant");
    take_out(attempt, ATT_SECOND);
}

void attack_086_stripped_unseen(struct attempt *attempt)
{
    attack_086_negative_stripped(attempt);
    attempt->newer = NULL;
}

void attack_086_newer_positive(struct attempt *attempt)
{
    add_both(attempt, "nonconformant", "conformant");
}

/* The partner's key is an evaluator's of a laboratory of the same name. */
static void open_laboratory(json_t *payload, void *context)
{
    json_t *key = json_array_get(json_object_get(payload, "keys"), 2);
    json_t *organisation = json_object_get(key, "organisation");

    json_put(key, "role", json_string("evaluator"));
    json_put(organisation, "name", json_string("Lab KK"));
    if (context == NULL) {
        (void) json_object_del(organisation, "corporateNumber");
    }
}

static void add_by_second_key(struct attempt *attempt, bool namesake)
{
    const struct world_store store = { .require_evaluator = !namesake,
                                       .edit = open_laboratory,
                                       .context = namesake ? attempt : NULL };
    const struct world_evaluation first = { .overall = "nonconformant" };
    const struct world_evaluation second = { .signer = WORLD_PARTNER,
                                             .file = ATT_SECOND,
                                             .issued_at = "2026-05-10T00:00:00Z" };

    evaluate(attempt, &first);
    add_evaluation(attempt, &second);
    attempt_trust(attempt, &store);
}

void attack_086_second_key(struct attempt *attempt)
{
    add_by_second_key(attempt, false);
}

void attack_086_namesake(struct attempt *attempt)
{
    add_by_second_key(attempt, true);
}

void attack_087_other_input(struct attempt *attempt)
{
    const struct world_evaluation how = { .wrong_input = true };

    evaluate(attempt, &how);
}

static void examine(struct attempt *attempt, const struct world_evaluation *how)
{
    const struct world_store store = { .require_all_examined = true };

    attempt_trust(attempt, &store);
    if (how != NULL) {
        add_evaluation(attempt, how);
    }
}

void attack_088_withheld_unseen(struct attempt *attempt)
{
    const struct world_evaluation how = { .withheld_unseen = true };

    attack_127_withheld(attempt);
    examine(attempt, &how);
}

void attack_088_all_seen(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    attack_127_withheld(attempt);
    examine(attempt, &how);
}

void attack_088_no_evaluation(struct attempt *attempt)
{
    examine(attempt, NULL);
}

/* ---- 89 to 94: who may say what ---- */

void attack_089_vendor_evaluates(struct attempt *attempt)
{
    const struct world_evaluation how = { .signer = WORLD_VENDOR_SECOND };

    evaluate(attempt, &how);
}

void attack_089_lab_runs(struct attempt *attempt)
{
    world_edit_statement(&attempt->zip, BUNDLE_ATT_RUN, attempt_key(attempt, WORLD_LAB), NULL,
                         NULL);
}

static void evaluate_label(struct attempt *attempt, const char *state)
{
    const struct world_evaluation how = { .label_state = state };

    evaluate(attempt, &how);
}

void attack_090_label_claimed(struct attempt *attempt)
{
    evaluate_label(attempt, "granted");
}

void attack_090_label_expired_claimed(struct attempt *attempt)
{
    evaluate_label(attempt, "expired");
}

void attack_090_label_quoted(struct attempt *attempt)
{
    evaluate_label(attempt, "quoted");
}

static void unknown_state(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(predicate_of(json), "label"), "state", json_string("imminent"));
}

void attack_090_label_state_unknown(struct attempt *attempt)
{
    evaluate_label(attempt, "quoted");
    edit_evaluation(attempt, unknown_state);
}

void attack_091_other_evaluator(struct attempt *attempt)
{
    const struct world_evaluation how = { .evaluator = "Other Lab KK" };

    evaluate(attempt, &how);
}

static void evaluate_itself(struct attempt *attempt, const char *name)
{
    const struct world_evaluation how = { .evaluator = name };
    const struct world_store store = { .require_evaluator = true, .lab_is = name };

    evaluate(attempt, &how);
    attempt_trust(attempt, &store);
}

void attack_091_self_evaluation(struct attempt *attempt)
{
    evaluate_itself(attempt, "ACME");
}

void attack_091_look_alike(struct attempt *attempt)
{
    evaluate_itself(attempt, "A.c.m.e ");
}

void attack_091_full_width(struct attempt *attempt)
{
    evaluate_itself(
        attempt,
        "\xef\xbc\xa1\xef\xbc\xa3\xef\xbc\xad\xef\xbc\xa5\xe3\x80\x80"); /* ＡＣＭＥ and U+3000 */
}

static void make_summary(json_t *json, void *context)
{
    (void) context;
    json_put(json, "predicateType", json_string("https://in-toto.io/attestation/svr/v0.2"));
    (void) json_object_set_new(json, "predicate",
                               json_pack("{s:{s:s, s:[]}, s:s, s:[]}", "verifier", "id",
                                         "https://lab.invalid/", "policies", "timeCreated",
                                         "2026-04-10T00:00:00Z", "properties"));
}

void attack_092_summary_alone(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    evaluate(attempt, &how);
    edit_evaluation(attempt, make_summary);
}

static void add_summary(struct attempt *attempt)
{
    const struct world_evaluation how = { .file = ATT_SUMMARY };

    add_evaluation(attempt, &how);
    world_edit_statement(&attempt->zip, ATT_SUMMARY, attempt_key(attempt, WORLD_LAB), make_summary,
                         NULL);
}

void attack_092_summary_of_older(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    evaluate(attempt, &how);
    add_summary(attempt);
}

void attack_093_negative(struct attempt *attempt)
{
    const struct world_evaluation how = { .overall = "nonconformant" };

    evaluate(attempt, &how);
}

void attack_093_negative_with_summary(struct attempt *attempt)
{
    attack_093_negative(attempt);
    add_summary(attempt);
}

void attack_093_finding_contradicts(struct attempt *attempt)
{
    const struct world_evaluation how = { .finding = "fail" };

    evaluate(attempt, &how);
}

void attack_093_re_run_contradicts(struct attempt *attempt)
{
    const struct world_evaluation how = { .re_run = "inconclusive" };

    evaluate(attempt, &how);
}

void attack_093_re_run(struct attempt *attempt)
{
    const struct world_evaluation how = { .re_run = "conformant", .finding = "pass" };

    evaluate(attempt, &how);
}
