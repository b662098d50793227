/* What the statements say, and of what: cases 68 to 84, 94. */
#include "attack.h"

#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/statement.h"

static const char run_file[] = BUNDLE_ATT_RUN;

/* The vendor signs a run statement that it has edited. */
static void resign_run(struct attempt *attempt, world_edit edit)
{
    world_edit_statement(&attempt->zip, run_file, attempt_key(attempt, WORLD_VENDOR), edit, NULL);
}

static json_t *digest_of_subject(json_t *json, size_t index)
{
    return json_object_get(json_array_get(json_object_get(json, "subject"), index), "digest");
}

static void wrong_type(json_t *json, void *context)
{
    (void) context;
    json_put(json, "_type", json_string("https://in-toto.io/Statement/v0.1"));
}

void attack_068_wrong_type(struct attempt *attempt)
{
    resign_run(attempt, wrong_type);
}

static void no_subject(json_t *json, void *context)
{
    (void) context;
    (void) json_object_del(json, "subject");
}

void attack_068_no_subject(struct attempt *attempt)
{
    resign_run(attempt, no_subject);
}

void attack_069_other_bundle(struct attempt *attempt)
{
    const struct world_bundle how = { .bundle_id = "019d4b3e-0000-7000-8000-000000000002" };
    struct raw_zip other = { 0 };
    char path[WORLD_PATH];
    struct error error = { 0 };

    world_bundle(attempt->world, &how, "other.hoshi");
    world_path(attempt->world, "other.hoshi", path);
    must(raw_zip_load(&other, path, &error), &error);
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? run_file : BUNDLE_ATT_RESULT;
        const struct raw_entry *foreign = raw_zip_find(&other, name);

        raw_entry_set(raw_zip_find(&attempt->zip, name), foreign->data, foreign->length);
    }
    raw_zip_done(&other);
}

static void zero_manifest(json_t *json, void *context)
{
    (void) context;
    json_put(digest_of_subject(json, 0), "sha256",
             json_string("0000000000000000000000000000000000000000000000000000000000000000"));
}

void attack_070_only_firmware(struct attempt *attempt)
{
    resign_run(attempt, zero_manifest);
}

static void only_md5(json_t *json, void *context)
{
    json_t *digest = digest_of_subject(json, 0);

    (void) context;
    (void) json_object_clear(digest);
    json_put(digest, "md5", json_string("d41d8cd98f00b204e9800998ecf8427e"));
}

void attack_071_weak_digest(struct attempt *attempt)
{
    resign_run(attempt, only_md5);
}

static void add_sha512(json_t *json, void *context)
{
    (void) context;
    json_put(digest_of_subject(json, 0), "sha512", json_string("00"));
}

void attack_072_second_digest(struct attempt *attempt)
{
    resign_run(attempt, add_sha512);
}

static void many_subjects(json_t *json, void *context)
{
    json_t *subjects = json_object_get(json, "subject");

    (void) context;
    for (size_t i = 0; i < 3000; i++) {
        (void) json_array_append_new(subjects, json_deep_copy(json_array_get(subjects, 0)));
    }
}

void attack_073_many_subjects(struct attempt *attempt)
{
    resign_run(attempt, many_subjects);
}

static void other_predicate(json_t *json, void *context)
{
    (void) context;
    json_put(json, "predicateType", json_string("https://in-toto.io/attestation/test-result/v0.1"));
}

void attack_074_predicate_mismatch(struct attempt *attempt)
{
    resign_run(attempt, other_predicate);
}

void attack_075_other_model(struct attempt *attempt)
{
    attempt->model = "HC-200";
}

void attack_076_other_firmware(struct attempt *attempt)
{
    attempt->firmware = "0000000000000000000000000000000000000000000000000000000000000000";
}

/* printf firmware | sha256sum */
void attack_076_same_firmware(struct attempt *attempt)
{
    attempt->firmware = "c3bf47ea1f4a4a605470313cacb3a44f4a461f68c6faeab07e737610cb5ac835";
    attempt->model = WORLD_MODEL;
}

void attack_076_other_version(struct attempt *attempt)
{
    attempt->firmware_version = "1.4";
}

void attack_076_same_version(struct attempt *attempt)
{
    attempt->firmware_version = "1.4.2";
}

void attack_076_other_qr(struct attempt *attempt)
{
    attempt->qr = "hoshitori:1:019d4b3e-0000-7000-8000-000000000001:00";
}

static void other_run(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "runId", json_string("run-2"));
}

void attack_079_other_run(struct attempt *attempt)
{
    resign_run(attempt, other_run);
}

static void trust_no_suite(json_t *payload, void *context)
{
    (void) context;
    (void) json_object_set_new(payload, "suites", json_array());
}

void attack_080_no_suite(struct attempt *attempt)
{
    const struct world_store store = { .edit = trust_no_suite };

    attempt_trust(attempt, &store);
}

void attack_080_other_suite(struct attempt *attempt)
{
    const struct world_store store = {
        .suite = "0000000000000000000000000000000000000000000000000000000000000000"
    };

    attempt_trust(attempt, &store);
}

/* ---- the result ---- */

/* The vendor lies in the result and signs everything anew. */
static void lie_in_result(struct attempt *attempt, world_edit edit)
{
    attempt_edit(attempt, BUNDLE_RESULT, edit, NULL);
    attempt_reseal(attempt);
}

static json_t *clause_of(json_t *result, size_t index)
{
    return json_array_get(json_object_get(result, "clauses"), index);
}

static void drop_check(json_t *json, void *context)
{
    (void) context;
    (void) json_array_remove(json_object_get(clause_of(json, 0), "checks"), 1);
}

void attack_082_check_missing(struct attempt *attempt)
{
    lie_in_result(attempt, drop_check);
}

static void add_check(json_t *json, void *context)
{
    (void) context;
    (void) json_array_append_new(json_object_get(clause_of(json, 0), "checks"),
                                 json_pack("{s:s, s:s}", "id", "S1.1-01/z", "verdict", "pass"));
}

void attack_083_check_extra(struct attempt *attempt)
{
    lie_in_result(attempt, add_check);
}

static void repeat_check(json_t *json, void *context)
{
    (void) context;
    (void) json_array_append_new(json_object_get(clause_of(json, 0), "checks"),
                                 json_deep_copy(result_check(json, 0, 0)));
}

void attack_083_check_repeated(struct attempt *attempt)
{
    lie_in_result(attempt, repeat_check);
}

void attack_084_event_differs(struct attempt *attempt)
{
    const struct world_bundle how = { .event_of_first = "fail" };

    attempt_bundle(attempt, &how);
}

void attack_084_event_of_nothing(struct attempt *attempt)
{
    const struct world_bundle how = { .strange_verdict = true };

    attempt_bundle(attempt, &how);
}

static void better_clause(json_t *json, void *context)
{
    (void) context;
    json_put(clause_of(json, 2), "verdict", json_string("pass"));
}

void attack_084_clause_lies(struct attempt *attempt)
{
    lie_in_result(attempt, better_clause);
}

static void better_overall(json_t *json, void *context)
{
    (void) context;
    json_put(json, "overall", json_string("conformant"));
}

void attack_084_overall_lies(struct attempt *attempt)
{
    const struct world_bundle how = { .event_of_first = "fail", .verdict_of_first = "fail" };

    attempt_bundle(attempt, &how);
    lie_in_result(attempt, better_overall);
}

static void better_statement(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json_object_get(json, "predicate"), "result"), "overall",
             json_string("conformant"));
}

void attack_084_statement_lies(struct attempt *attempt)
{
    const struct world_bundle how = { .event_of_first = "fail", .verdict_of_first = "fail" };

    attempt_bundle(attempt, &how);
    resign_run(attempt, better_statement);
}

static void say_passed(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "result", json_string("PASSED"));
}

void attack_084_passed_lies(struct attempt *attempt)
{
    const struct world_bundle how = { .event_of_first = "fail", .verdict_of_first = "fail" };

    attempt_bundle(attempt, &how);
    world_edit_statement(&attempt->zip, BUNDLE_ATT_RESULT, attempt_key(attempt, WORLD_VENDOR),
                         say_passed, NULL);
}

void attack_084_last_attempt(struct attempt *attempt)
{
    const struct world_bundle how = { .second_attempt = true };

    attempt_bundle(attempt, &how);
}

static void make_optional(json_t *json, void *context)
{
    (void) context;
    (void) json_object_set_new(clause_of(json, 1), "mandatory", json_false());
}

void attack_084_clause_dropped(struct attempt *attempt)
{
    lie_in_result(attempt, make_optional);
}

static void other_role(json_t *json, void *context)
{
    (void) context;
    json_put(json_object_get(json, "predicate"), "role", json_string("importer"));
}

void attack_094_unknown_role(struct attempt *attempt)
{
    resign_run(attempt, other_role);
}
