/* What follows from a run's observations under other rules: reading and writing it. */
#include "base/text.h"
#include "evidence/statement_private.h"

#include <string.h>

/* {"scheme","level","edition"?,"suite","version","sha256","params"?} */
static enum status read_rules(const json_t *criteria, struct statement_judgement *judgement,
                              struct error *reterr)
{
    const char *params;
    struct digest digest;

    TRY(statement_text(criteria, "suite", &judgement->suite, reterr));
    TRY(statement_text(criteria, "version", &judgement->version, reterr));
    TRY(statement_text(criteria, "sha256", &judgement->suite_sha256, reterr));
    TRY(statement_optional(criteria, "params", &params, reterr));
    judgement->params_sha256 = params;
    return digest_from_hex(judgement->suite_sha256, &digest) &&
                   (params == NULL || digest_from_hex(params, &digest))
               ? STATUS_OK
               : statement_malformed(reterr, "criteria");
}

/* The stated sums must follow from the stated checks. */
static enum status read_sums(const json_t *result, struct arena *arena,
                             struct statement_judgement *judgement, struct error *reterr)
{
    if (!json_is_object(result)) {
        return statement_malformed(reterr, "result");
    }
    TRY(rollup_of(result, arena, &judgement->rollup, reterr));
    return rollup_matches(&judgement->rollup, result, reterr);
}

enum status statement_judgement_read(const json_t *predicate, struct arena *arena,
                                     struct statement *statement, struct error *reterr)
{
    struct statement_judgement *judgement = &statement->judgement;
    const json_t *criteria = json_object_get(predicate, "criteria");
    const json_t *harness = json_object_get(predicate, "harness");
    const char *text;

    TRY(statement_text(predicate, "role", &judgement->role, reterr));
    if (!text_equal(judgement->role, "vendor") && !text_equal(judgement->role, "evaluator")) {
        return fail(reterr, STATUS_UNSUPPORTED, "statement.role: a judgement by a '%.40s'",
                    judgement->role);
    }
    TRY(statement_text(predicate, "runId", &judgement->run_id, reterr));
    TRY(statement_text(predicate, "bundleId", &judgement->bundle_id, reterr));
    TRY(read_rules(criteria, judgement, reterr));
    TRY(statement_text(harness, "name", &text, reterr));
    TRY(statement_text(harness, "version", &judgement->harness_version, reterr));
    TRY(statement_time(predicate, "judgedAt", &judgement->judged_at, reterr));
    return read_sums(json_object_get(predicate, "result"), arena, judgement, reterr);
}

/* ---- writing ---- */

static json_t *text_or_abort(const char *text)
{
    return json_made(json_string(text));
}

static json_t *check_json(const json_t *check)
{
    const json_t *source = json_object_get(check, "from");
    json_t *json = json_made(json_object());

    json_put(json, "id", json_incref(json_object_get(check, "id")));
    json_put(json, "verdict", json_incref(json_object_get(check, "verdict")));
    if (source != NULL) {
        json_put(json, "from", json_deep_copy(source));
    }
    return json;
}

static json_t *clause_json(const json_t *clause)
{
    const json_t *checks = json_object_get(clause, "checks");
    json_t *json = json_made(json_object());
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_append(list, check_json(json_array_get(checks, i)));
    }
    json_put(json, "id", json_incref(json_object_get(clause, "id")));
    json_put(json, "mandatory", json_incref(json_object_get(clause, "mandatory")));
    json_put(json, "verdict", json_incref(json_object_get(clause, "verdict")));
    json_put(json, "checks", list);
    return json;
}

/* What of a result decides: ids, verdicts and sums. */
static json_t *decided_json(const json_t *result)
{
    static const char *const kept[] = { "scheme", "level", "overall", "counts" };
    const json_t *clauses = json_object_get(result, "clauses");
    json_t *json = json_made(json_object());
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        json_put(json, kept[i], json_incref(json_object_get(result, kept[i])));
    }
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        json_append(list, clause_json(json_array_get(clauses, i)));
    }
    json_put(json, "clauses", list);
    return json;
}

static json_t *criteria_json(const struct statement_judgement *judgement)
{
    json_t *criteria = json_made(json_pack("{s:s, s:s, s:s}", "suite", judgement->suite, "version",
                                           judgement->version, "sha256", judgement->suite_sha256));

    if (judgement->params_sha256 != NULL) {
        json_put(criteria, "params", text_or_abort(judgement->params_sha256));
    }
    return criteria;
}

enum status statement_judgement_write(const struct statement_about *about,
                                      const struct statement_judgement *judgement,
                                      const json_t *result, struct bytes *out, struct error *reterr)
{
    json_t *predicate = json_made(json_object());

    json_put(predicate, "role", text_or_abort(judgement->role));
    json_put(predicate, "runId", text_or_abort(about->manifest->run.id));
    json_put(predicate, "bundleId", text_or_abort(about->manifest->bundle_id));
    json_put(predicate, "criteria", criteria_json(judgement));
    json_put(predicate, "harness",
             json_pack("{s:s, s:s}", "name", "hoshitori", "version", judgement->harness_version));
    json_put(predicate, "judgedAt", text_or_abort(judgement->judged_at));
    json_put(predicate, "result", decided_json(result));
    return statement_put_checked(about, STATEMENT_JUDGEMENT, predicate, out, reterr);
}
