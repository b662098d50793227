/* Waivers, operators' attestations, an authority's registrations and judgements under other rules:
 * whether they hold, and the one thing that a waiver can do.  It changes no verdict and not the
 * overall word; it only answers a reader who asks for conformance and has said whose waivers to
 * accept. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

/* What a clause or a check, whichever is named, ended in. */
static bool verdict_about(const struct verification *verification,
                          const struct statement_remark *remark, enum verdict *ret_verdict)
{
    const struct rollup *rollup = &verification->rollup;

    if (remark->check != NULL) {
        const struct rollup_check *check = rollup_find(rollup, remark->check);

        *ret_verdict = check == NULL ? VERDICT_ERROR : check->verdict;
        return check != NULL;
    }
    for (size_t i = 0; i < rollup->clause_count; i++) {
        if (text_equal(rollup->clauses[i].id, remark->clause)) {
            *ret_verdict = rollup->clauses[i].verdict;
            return true;
        }
    }
    return false;
}

/* The party that it names is the one whose key signed it. */
static bool is_signers(const struct verification *verification,
                       const struct attestation *attestation, const char *name, const char *number)
{
    const struct trust_key *member = attestation->member;

    if (member == NULL) { /* one key was named, in the role of the vendor */
        return text_equal(name, verification->manifest->dut.vendor_name);
    }
    return text_equal(name, member->organisation) &&
           (number == NULL || member->corporate_number == NULL ||
            text_equal(number, member->corporate_number));
}

static const char *unfit_remark(const struct verification *verification,
                                const struct attestation *attestation)
{
    const struct statement_remark *remark = &attestation->statement.remark;
    const bool waiver = attestation->statement.kind == STATEMENT_WAIVER;
    const enum trust_role role =
        attestation->member == NULL ? TRUST_VENDOR : attestation->member->role;
    const char *period =
        policy_period(verification, remark->issued_at, remark->not_before, remark->not_after);
    enum verdict verdict = VERDICT_ERROR;

    if (!is_signers(verification, attestation, remark->by, remark->corporate_number)) {
        return "remark.by: not the organisation that the key belongs to";
    }
    if (!text_equal(remark->role, trust_role_word(role))) {
        return "remark.role: not the role that the key has";
    }
    if (waiver && policy_is_vendors(verification, attestation->member)) {
        return "remark.independence: the vendor waives for itself";
    }
    if (period != NULL) {
        return arena_format(verification->arena, "remark.%s", period);
    }
    if (!verdict_about(verification, remark, &verdict)) {
        return "remark.matter: a clause or check that the bundle does not have";
    }
    if (waiver && verdict != remark->verdict) {
        return "remark.verdict: what it waives is not what was found";
    }
    if (!policy_entries_known(verification, remark->entries)) {
        return "remark.evidence: a file that the bundle does not have";
    }
    return NULL;
}

static const char *unfit_registration(const struct verification *verification,
                                      const struct attestation *attestation)
{
    const struct statement_registration *said = &attestation->statement.registration;
    const char *period =
        policy_period(verification, said->issued_at, said->not_before, said->not_after);

    if (!is_signers(verification, attestation, said->authority, said->corporate_number)) {
        return "registration.authority: not the organisation that the key belongs to";
    }
    if (verification->rolled_up &&
        !text_equal(said->scheme,
                    json_string_value(json_object_get(verification->result, "scheme")))) {
        return "registration.scheme: it speaks of another scheme";
    }
    return period == NULL ? NULL : arena_format(verification->arena, "registration.%s", period);
}

static const char *unfit_judgement(const struct verification *verification,
                                   const struct attestation *attestation)
{
    const struct statement_judgement *judgement = &attestation->statement.judgement;
    const enum trust_role role =
        attestation->member == NULL ? TRUST_VENDOR : attestation->member->role;
    int64_t when = 0;

    if (!text_equal(judgement->role, trust_role_word(role))) {
        return "judgement.role: not the role that the key has";
    }
    if (!json_strict_time(judgement->judged_at, &when) || when > verification->options->at_ms) {
        return "judgement.time: issued after the time asked about";
    }
    return NULL;
}

/* Why what was said does not hold; NULL when it does, and for what is not judged here. */
static const char *unfit(const struct verification *verification, const struct attestation *one)
{
    switch (one->statement.kind) {
    case STATEMENT_WAIVER:
    case STATEMENT_ATTESTATION:
        return unfit_remark(verification, one);
    case STATEMENT_REGISTRATION:
        return unfit_registration(verification, one);
    case STATEMENT_JUDGEMENT:
        return unfit_judgement(verification, one);
    default:
        return one->reason;
    }
}

void policy_remarks(struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted) {
            one->reason = unfit(verification, one);
            one->counted = one->reason == NULL;
        }
    }
}

/* ---- a required conformance ---- */

bool policy_waiver_accepted(const struct verification *verification, const struct attestation *one)
{
    return one->counted && one->statement.kind == STATEMENT_WAIVER && one->member != NULL &&
           verification->trust != NULL &&
           verification->trust->policy.accept_waivers_of[one->member->role];
}

static bool is_waived(const struct verification *verification, const char *clause,
                      const char *check)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        const struct statement_remark *remark = &one->statement.remark;

        if (policy_waiver_accepted(verification, one) &&
            (check == NULL ? text_equal(remark->clause, clause)
                           : text_equal(remark->check, check))) {
            return true;
        }
    }
    return false;
}

static bool settles(enum verdict verdict)
{
    return verdict == VERDICT_PASS || verdict == VERDICT_NA;
}

/* The clause as a whole, or each of its checks that keeps it from holding. */
static bool clause_is_waived(const struct verification *verification,
                             const struct rollup_clause *clause)
{
    const struct rollup *rollup = &verification->rollup;
    bool any = false;

    if (is_waived(verification, clause->id, NULL)) {
        return true;
    }
    for (size_t i = 0; i < rollup->check_count; i++) {
        const struct rollup_check *check = &rollup->checks[i];

        if (text_equal(check->clause, clause->id) && !settles(check->verdict)) {
            if (!is_waived(verification, NULL, check->id)) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

void policy_conformant(struct verification *verification)
{
    const struct trust *trust = verification->trust;
    const struct rollup *rollup = &verification->rollup;
    struct verify_report *report = &verification->report;
    bool any_pass = false;

    if (!verification->options->require_conformant &&
        (trust == NULL || !trust->policy.require_conformant)) {
        return;
    }
    if (!verification->rolled_up) {
        verify_say(report, VERIFY_CHECK_CONFORMANT, FINDING_POLICY,
                   "policy.conformant: no verdict could be computed");
        return;
    }
    for (size_t i = 0; i < rollup->clause_count; i++) {
        const struct rollup_clause *clause = &rollup->clauses[i];

        any_pass = any_pass || (clause->mandatory && clause->verdict == VERDICT_PASS);
        if (!clause->mandatory || settles(clause->verdict)) {
            continue;
        }
        if (!clause_is_waived(verification, clause)) {
            verify_say(report, VERIFY_CHECK_CONFORMANT, FINDING_POLICY,
                       "policy.conformant: %s; clause %.100s ended in %s and is not waived by "
                       "anyone whose waivers you accept",
                       overall_word(rollup->overall), clause->id, verdict_word(clause->verdict));
            return;
        }
        verify_note(report, "policy.waived",
                    arena_format(verification->arena, "%s clause %s (%s) was accepted as waived",
                                 "on your terms,", clause->id, verdict_word(clause->verdict)));
    }
    verify_say(report, VERIFY_CHECK_CONFORMANT, any_pass ? FINDING_OK : FINDING_POLICY, "%s",
               any_pass ? "" : "policy.conformant: no mandatory clause passes");
}
