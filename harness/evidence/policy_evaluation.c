/* What a laboratory says of a bundle, and whether it counts. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

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

static bool is_same_organisation(const struct verification *verification,
                                 const struct trust_key *evaluator)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (attestation_is_vendors(other) && other->member != NULL &&
            (text_equal(trust_organisation_of(other->member), trust_organisation_of(evaluator)) ||
             text_equal(other->member->organisation, evaluator->organisation))) {
            return true;
        }
    }
    return false;
}

/* NULL when the evaluation is one that counts; else the reason. */
static const char *unfit(const struct verification *verification,
                         const struct attestation *attestation)
{
    const struct statement_evaluation *evaluation = &attestation->statement.evaluation;
    const struct trust_key *member = attestation->member;
    const int64_t at = verification->options->at_ms;
    int64_t when = 0;

    if (member == NULL || is_same_organisation(verification, member)) {
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
    if (!json_strict_time(evaluation->issued_at, &when) || when > at) {
        return "evaluation.time: issued after the time asked about";
    }
    if (evaluation->not_after != NULL &&
        (!json_strict_time(evaluation->not_after, &when) || at >= when)) {
        return "evaluation.validity: it is over";
    }
    if (verification->rolled_up && evaluation->overall != verification->rollup.overall) {
        return "evaluation.result: the laboratory comes to another result";
    }
    return NULL;
}

static void judge_evaluation(struct verification *verification, struct attestation *attestation)
{
    struct error error = { 0 };
    enum status status = check_inputs(verification, &attestation->statement.evaluation, &error);
    const char *reason = unfit(verification, attestation);

    attestation->counted =
        verify_record(verification, VERIFY_CHECK_EVALUATION, status, &error) && reason == NULL;
    verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT,
               reason == NULL ? FINDING_OK : FINDING_POLICY, "%s", reason == NULL ? "" : reason);
}

/* An svr only repeats an evaluation that found conformance. */
static void judge_svr(struct verification *verification, struct attestation *attestation)
{
    const struct attestation *evaluation = NULL;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (other->readable && other->counted && other->statement.kind == STATEMENT_EVALUATION &&
            text_equal(other->envelope.keyid, attestation->envelope.keyid)) {
            evaluation = other;
        }
    }
    if (evaluation == NULL) {
        attestation->counted = false;
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT, FINDING_POLICY,
                   "evaluation.svr: a summary without its evaluation");
    } else if (evaluation->statement.evaluation.overall != OVERALL_CONFORMANT) {
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION, FINDING_FAIL,
                   "evaluation.svr: a summary of conformance over an evaluation that found none");
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

void policy_evaluations(struct verification *verification)
{
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
