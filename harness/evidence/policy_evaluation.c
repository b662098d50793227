/* What a laboratory says of a bundle, and whether it counts. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

/* ---- who is who ---- */

/* To replace what another has said it takes the same one: two may bear one name, each under a
 * number of its own. */
bool policy_same_organisation(const struct trust_key *a, const struct trust_key *b)
{
    return a->corporate_number != NULL && b->corporate_number != NULL
               ? text_equal(a->corporate_number, b->corporate_number)
               : trust_same_name(a->organisation, b->organisation);
}

bool policy_is_vendors(const struct verification *verification, const struct trust_key *member)
{
    const struct manifest_dut *dut = &verification->manifest->dut;

    if (trust_same_name(dut->vendor_name, member->organisation) ||
        (dut->vendor_number != NULL && text_equal(dut->vendor_number, member->corporate_number))) {
        return true;
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (attestation_is_vendors(other) && other->member != NULL &&
            trust_same_organisation(other->member, member)) {
            return true;
        }
    }
    return false;
}

/* ---- when ---- */

const char *policy_period(const struct verification *verification, const char *issued_at,
                          const char *not_before, const char *not_after)
{
    const int64_t at = verification->options->at_ms;
    int64_t when = 0;

    if (!json_strict_time(issued_at, &when) || when > at) {
        return "time: issued after the time asked about";
    }
    if (not_before != NULL && (!json_strict_time(not_before, &when) || at < when)) {
        return "validity: it has not begun";
    }
    if (!json_strict_time(not_after, &when) || at >= when) {
        return "validity: it is over";
    }
    return NULL;
}

/* ---- what it is about ---- */

/* Does the laboratory's statement name this bundle's own statements, as they are? */
static enum status check_inputs(const struct verification *verification,
                                const struct statement_evaluation *evaluation, struct error *reterr)
{
    bool names_run = false;

    for (size_t i = 0; i < evaluation->input_count; i++) {
        const struct attestation *found = NULL;

        for (size_t j = 0; j < verification->attestation_count && found == NULL; j++) {
            const struct attestation *candidate = &verification->attestations[j];

            if (text_equal(candidate->file, evaluation->inputs[i].name) &&
                digest_equal(&candidate->sha256, &evaluation->inputs[i].sha256)) {
                found = candidate;
            }
        }
        if (found == NULL) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "evaluation.input: '%.100s' is not a statement of this bundle",
                        evaluation->inputs[i].name);
        }
        names_run = names_run || (found->readable && found->statement.kind == STATEMENT_RUN);
    }
    return names_run ? STATUS_OK
                     : fail(reterr, STATUS_BAD_INPUT,
                            "evaluation.input: it does not name the vendor's run");
}

bool policy_entries_known(const struct verification *verification, const json_t *ids)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (manifest_find_id(verification->manifest, json_string_value(json_array_get(ids, i))) ==
            NULL) {
            return false;
        }
    }
    return true;
}

static const struct rollup_clause *clause_named(const struct rollup *rollup, const char *id)
{
    for (size_t i = 0; i < rollup->clause_count; i++) {
        if (text_equal(rollup->clauses[i].id, id)) {
            return &rollup->clauses[i];
        }
    }
    return NULL;
}

static const char *unfit_findings(const struct verification *verification,
                                  const struct statement_evaluation *evaluation)
{
    for (size_t i = 0; i < json_array_size(evaluation->findings); i++) {
        const json_t *finding = json_array_get(evaluation->findings, i);
        const struct rollup_clause *clause = clause_named(
            &verification->rollup, json_string_value(json_object_get(finding, "clause")));
        enum verdict verdict = VERDICT_ERROR;

        if (clause == NULL ||
            !policy_entries_known(verification, json_object_get(finding, "entries"))) {
            return "evaluation.findings: a clause or file that the bundle does not have";
        }
        if (evaluation->overall == OVERALL_CONFORMANT && clause->mandatory &&
            (!verdict_from_word(json_string_value(json_object_get(finding, "verdict")), &verdict) ||
             (verdict != VERDICT_PASS && verdict != VERDICT_NA))) {
            return "evaluation.findings: called conformant, with a finding that is not";
        }
    }
    return NULL;
}

/* The result that it comes to, against the one that the checks add up to. */
static const char *unfit_result(const struct verification *verification,
                                const struct statement_evaluation *evaluation)
{
    if (evaluation->re_run != NULL && evaluation->overall == OVERALL_CONFORMANT &&
        evaluation->re_run_overall != OVERALL_CONFORMANT) {
        return "evaluation.re_run: called conformant, though its own run is not";
    }
    if (!verification->rolled_up) {
        return NULL;
    }
    if (evaluation->overall != verification->rollup.overall) {
        return "evaluation.result: the laboratory comes to another result";
    }
    return unfit_findings(verification, evaluation);
}

/* NULL when the evaluation is one that counts; else the reason. */
static const char *unfit(const struct verification *verification,
                         const struct attestation *attestation)
{
    const struct statement_evaluation *evaluation = &attestation->statement.evaluation;
    const struct trust_key *member = attestation->member;
    const char *period = policy_period(verification, evaluation->issued_at, evaluation->not_before,
                                       evaluation->not_after);

    if (member == NULL || policy_is_vendors(verification, member)) {
        return "evaluation.independence: the vendor evaluates itself";
    }
    if (!text_equal(evaluation->evaluator, member->organisation) ||
        (member->corporate_number != NULL && evaluation->corporate_number != NULL &&
         !text_equal(evaluation->corporate_number, member->corporate_number))) {
        return "evaluation.evaluator: not the organisation that the key belongs to";
    }
    if (evaluation->claims_label) {
        return "evaluation.label: an evaluator cannot grant the label; only IPA can";
    }
    if (period != NULL) {
        return arena_format(verification->arena, "evaluation.%s", period);
    }
    if (!policy_entries_known(verification, evaluation->examined)) {
        return "evaluation.examined: a file that the bundle does not have";
    }
    return unfit_result(verification, evaluation);
}

/* ---- which of several ---- */

bool policy_names_statement(const struct statement_evaluation *evaluation,
                            const struct attestation *earlier)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(&earlier->payload_sha256, hex);
    for (size_t i = 0; i < json_array_size(evaluation->supersedes); i++) {
        const json_t *statement =
            json_object_get(json_array_get(evaluation->supersedes, i), "statement");

        if (text_equal(json_string_value(json_object_get(statement, "sha256")), hex)) {
            return true;
        }
    }
    return false;
}

static bool is_earlier(const struct attestation *a, const struct attestation *b)
{
    int64_t first = 0;
    int64_t second = 0;

    return json_strict_time(a->statement.evaluation.issued_at, &first) &&
           json_strict_time(b->statement.evaluation.issued_at, &second) && first < second;
}

/* Of one evaluator's evaluations the newest counts.  One that is not yet issued at the time asked
 * about replaces nothing. */
static bool is_replaced(const struct verification *verification, const struct attestation *one)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];
        int64_t issued = 0;

        if (other == one || !other->vouched || other->member == NULL || one->member == NULL ||
            other->statement.kind != STATEMENT_EVALUATION ||
            !policy_same_organisation(other->member, one->member)) {
            continue;
        }
        if (json_strict_time(other->statement.evaluation.issued_at, &issued) &&
            issued <= verification->options->at_ms &&
            (is_earlier(one, other) || (policy_names_statement(&other->statement.evaluation, one) &&
                                        !is_earlier(other, one)))) {
            return true;
        }
    }
    return false;
}

static void judge_evaluation(struct verification *verification, struct attestation *attestation)
{
    struct error error = { 0 };
    enum status status = check_inputs(verification, &attestation->statement.evaluation, &error);
    const char *reason = unfit(verification, attestation);

    if (!verify_record(verification, VERIFY_CHECK_EVALUATION, status, &error)) {
        attestation->counted = false;
        attestation->reason = "evaluation.input: it speaks of other statements";
        return;
    }
    if (is_replaced(verification, attestation)) {
        attestation->counted = false;
        attestation->reason = "evaluation.superseded: the same evaluator has issued a newer one";
        verify_note(&verification->report, "evaluation.superseded",
                    "an evaluation that the same evaluator replaced was not counted");
        return;
    }
    attestation->counted = reason == NULL;
    attestation->reason = reason;
    verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT,
               reason == NULL ? FINDING_OK : FINDING_POLICY, "%s", reason == NULL ? "" : reason);
}

/* The evaluation that an svr repeats: the newest by the same key that is no younger than it. */
static const struct attestation *evaluation_of(const struct verification *verification,
                                               const struct attestation *svr)
{
    const struct attestation *found = NULL;
    int64_t created = 0;
    int64_t issued = 0;

    if (!json_strict_time(svr->statement.svr.time_created, &created)) {
        return NULL;
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (other->vouched && other->statement.kind == STATEMENT_EVALUATION &&
            text_equal(other->envelope.keyid, svr->envelope.keyid) &&
            json_strict_time(other->statement.evaluation.issued_at, &issued) && issued <= created &&
            (found == NULL || is_earlier(found, other))) {
            found = other;
        }
    }
    return found;
}

/* An svr only repeats an evaluation that found conformance. */
static void judge_svr(struct verification *verification, struct attestation *attestation)
{
    const struct attestation *evaluation = evaluation_of(verification, attestation);

    if (evaluation == NULL) {
        attestation->counted = false;
        attestation->reason = "evaluation.svr: a summary without its evaluation";
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT, FINDING_POLICY, "%s",
                   attestation->reason);
        return;
    }
    if (evaluation->statement.evaluation.overall != OVERALL_CONFORMANT) {
        attestation->counted = false;
        attestation->reason =
            "evaluation.svr: a summary of conformance over an evaluation that found none";
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION, FINDING_FAIL, "%s",
                   attestation->reason);
        return;
    }
    attestation->counted = evaluation->counted;
    attestation->reason = evaluation->reason;
}

void policy_evaluations(struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        verification->attestations[i].vouched = verification->attestations[i].counted;
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_EVALUATION) {
            judge_evaluation(verification, one);
        }
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_SVR) {
            judge_svr(verification, one);
        }
    }
}

bool policy_has_evaluation(const struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_EVALUATION) {
            return true;
        }
    }
    return false;
}

/* "All" is all that lay open, so what was withheld counts only if nothing was. */
static bool has_examined(const struct statement_evaluation *evaluation,
                         const struct manifest_entry *entry)
{
    if (evaluation->examined_all) {
        return evaluation->withheld_seen || entry->disclosure == MANIFEST_REQUIRED;
    }
    for (size_t i = 0; i < json_array_size(evaluation->examined); i++) {
        if (text_equal(json_string_value(json_array_get(evaluation->examined, i)), entry->id)) {
            return true;
        }
    }
    return false;
}

bool policy_all_is_examined(const struct verification *verification)
{
    const struct manifest *manifest = verification->manifest;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        bool all = one->counted && one->statement.kind == STATEMENT_EVALUATION;

        for (size_t j = 0; j < manifest->entry_count && all; j++) {
            all = has_examined(&one->statement.evaluation, &manifest->entries[j]);
        }
        if (all) {
            return true;
        }
    }
    return false;
}
