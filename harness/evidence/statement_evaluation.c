/* Reading what a laboratory says: evaluation/v1 and the summary svr/v0.2. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/manifest_rules.h"
#include "evidence/statement_private.h"

#include <string.h>

enum { CORPORATE_NUMBER_DIGITS = 13, SVR_PROPERTIES_MAX = 1000 };

static const char *const label_states[] = { "quoted",  "granted",   "grace",
                                            "expired", "withdrawn", "revoked" };

bool statement_is_label_state(const char *word)
{
    for (size_t i = 0; i < sizeof label_states / sizeof label_states[0]; i++) {
        if (text_equal(word, label_states[i])) {
            return true;
        }
    }
    return false;
}

enum status statement_party(const json_t *party, const char **ret_name, const char **ret_number,
                            struct error *reterr)
{
    TRY(statement_words(party, "name", ret_name, reterr));
    TRY(statement_optional(party, "corporateNumber", ret_number, reterr));
    if (*ret_number != NULL && (strlen(*ret_number) != CORPORATE_NUMBER_DIGITS ||
                                strspn(*ret_number, "0123456789") != CORPORATE_NUMBER_DIGITS)) {
        return statement_malformed(reterr, "corporateNumber");
    }
    return STATUS_OK;
}

enum status statement_entry_ids(const json_t *list, struct error *reterr)
{
    DEFER(json_strict_done) json_t *seen = json_made(json_object());
    const size_t count = json_array_size(list);

    if (count == 0 || count > MANIFEST_ENTRIES_MAX) {
        return statement_malformed(reterr, "entries");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const char *id = json_string_value(item);

        if (id == NULL || !manifest_is_entry_id(id, json_string_length(item)) ||
            json_object_get(seen, id) != NULL) {
            return statement_malformed(reterr, "entries");
        }
        json_put(seen, id, json_true());
    }
    return STATUS_OK;
}

enum status statement_validity(const json_t *validity, const char *issued_at,
                               const char **ret_not_before, const char **ret_not_after,
                               struct error *reterr)
{
    int64_t issued = 0;
    int64_t begins = 0;
    int64_t ends = 0;

    *ret_not_before = NULL;
    TRY(statement_time(validity, "notAfter", ret_not_after, reterr));
    if (json_object_get(validity, "notBefore") != NULL) {
        TRY(statement_time(validity, "notBefore", ret_not_before, reterr));
    }
    if (!json_strict_time(issued_at, &issued) || !json_strict_time(*ret_not_after, &ends) ||
        !json_strict_time(*ret_not_before == NULL ? issued_at : *ret_not_before, &begins) ||
        ends <= issued || ends <= begins) {
        return statement_malformed(reterr, "validity");
    }
    return STATUS_OK;
}

/* Either everything, or the entries by their ids. */
static enum status read_examined(const json_t *predicate, struct statement_evaluation *evaluation,
                                 struct error *reterr)
{
    const json_t *examined = json_object_get(predicate, "examined");
    const json_t *all = json_object_get(examined, "all");
    const json_t *seen = json_object_get(examined, "withheldSeen");

    evaluation->examined = json_object_get(examined, "entries");
    if ((all != NULL && !json_is_true(all)) || (all == NULL) == (evaluation->examined == NULL) ||
        !json_is_boolean(seen)) {
        return statement_malformed(reterr, "examined");
    }
    evaluation->examined_all = all != NULL;
    evaluation->withheld_seen = json_is_true(seen);
    return all != NULL ? STATUS_OK : statement_entry_ids(evaluation->examined, reterr);
}

static enum status read_finding(const json_t *finding, json_t *seen, struct error *reterr)
{
    const char *clause;
    const char *word;
    const char *remark;
    enum verdict verdict;

    TRY(statement_words(finding, "clause", &clause, reterr));
    TRY(statement_text(finding, "verdict", &word, reterr));
    TRY(statement_optional(finding, "remark", &remark, reterr));
    if (!verdict_from_word(word, &verdict) || json_object_get(seen, clause) != NULL) {
        return statement_malformed(reterr, "findings");
    }
    json_put(seen, clause, json_true());
    return json_object_get(finding, "entries") == NULL
               ? STATUS_OK
               : statement_entry_ids(json_object_get(finding, "entries"), reterr);
}

static enum status read_findings(const json_t *list, struct error *reterr)
{
    DEFER(json_strict_done) json_t *seen = json_made(json_object());

    if (list == NULL) {
        return STATUS_OK;
    }
    if (!json_is_array(list) || json_array_size(list) > STATEMENT_FINDINGS_MAX) {
        return statement_malformed(reterr, "findings");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        TRY(read_finding(json_array_get(list, i), seen, reterr));
    }
    return STATUS_OK;
}

static enum status read_bundle_name(const json_t *object, struct error *reterr)
{
    struct digest digest;
    const char *id;

    TRY(statement_text(object, "bundleId", &id, reterr));
    return manifest_is_uuid7(id)
               ? statement_digest_read(json_object_get(object, "manifest"), &digest, reterr)
               : statement_malformed(reterr, "bundleId");
}

static enum status read_re_run(const json_t *predicate, struct statement_evaluation *evaluation,
                               struct error *reterr)
{
    evaluation->re_run = json_object_get(predicate, "reRun");
    if ((evaluation->re_run != NULL) != text_equal(evaluation->method, "re-run")) {
        return statement_malformed(reterr, "reRun");
    }
    if (evaluation->re_run == NULL) {
        return STATUS_OK;
    }
    TRY(read_bundle_name(evaluation->re_run, reterr));
    return statement_overall(evaluation->re_run, &evaluation->re_run_overall, reterr);
}

/* Each is an earlier statement, by the digest of its payload, or an earlier bundle. */
static enum status read_supersedes(const json_t *list, struct error *reterr)
{
    struct digest digest;

    if (list == NULL) {
        return STATUS_OK;
    }
    if (json_array_size(list) == 0 || json_array_size(list) > STATEMENT_INPUTS_MAX) {
        return statement_malformed(reterr, "supersedes");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const json_t *statement = json_object_get(item, "statement");

        if ((statement == NULL) == (json_object_get(item, "bundleId") == NULL)) {
            return statement_malformed(reterr, "supersedes");
        }
        TRY(statement == NULL ? read_bundle_name(item, reterr)
                              : statement_digest_read(statement, &digest, reterr));
    }
    return STATUS_OK;
}

static enum status read_label(const json_t *predicate, struct statement_evaluation *evaluation,
                              struct error *reterr)
{
    static const char *const members[] = { "authority", "registrationNumber", "url", "state" };
    const json_t *label = json_object_get(predicate, "label");
    const char *text = NULL;

    evaluation->label = label;
    if (label == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        TRY(statement_words(label, members[i], &text, reterr));
    }
    evaluation->claims_label = !text_equal(text, label_states[0]);
    return statement_is_label_state(text) ? STATUS_OK : statement_malformed(reterr, "label.state");
}

static enum status read_policy(const json_t *policy, struct error *reterr)
{
    struct digest digest;
    const char *name;

    if (policy == NULL) {
        return STATUS_OK;
    }
    TRY(statement_words(policy, "name", &name, reterr));
    return json_object_get(policy, "digest") == NULL
               ? STATUS_OK
               : statement_digest_read(json_object_get(policy, "digest"), &digest, reterr);
}

static enum status read_evaluator(const json_t *predicate, struct statement_evaluation *evaluation,
                                  struct error *reterr)
{
    const json_t *evaluator = json_object_get(predicate, "evaluator");
    const json_t *accreditation = json_object_get(evaluator, "accreditation");
    const char *text;

    TRY(statement_party(evaluator, &evaluation->evaluator, &evaluation->corporate_number, reterr));
    if (accreditation != NULL) {
        TRY(statement_words(accreditation, "body", &text, reterr));
        TRY(statement_words(accreditation, "number", &text, reterr));
    }
    evaluation->accreditation = accreditation;
    return STATUS_OK;
}

enum status statement_evaluation_read(const json_t *predicate, struct arena *arena,
                                      struct statement *statement, struct error *reterr)
{
    struct statement_evaluation *evaluation = &statement->evaluation;

    TRY(read_evaluator(predicate, evaluation, reterr));
    TRY(statement_text(predicate, "method", &evaluation->method, reterr));
    if (!text_equal(evaluation->method, "reviewed") &&
        !text_equal(evaluation->method, "witnessed") && !text_equal(evaluation->method, "re-run")) {
        return statement_malformed(reterr, "method");
    }
    TRY(read_re_run(predicate, evaluation, reterr));
    TRY(statement_named(json_object_get(predicate, "inputAttestations"), STATEMENT_INPUTS_MAX,
                        arena, &evaluation->inputs, &evaluation->input_count, reterr));
    TRY(read_examined(predicate, evaluation, reterr));
    evaluation->policy = json_object_get(predicate, "policy");
    TRY(read_policy(evaluation->policy, reterr));
    TRY(statement_overall(json_object_get(predicate, "result"), &evaluation->overall, reterr));
    evaluation->findings = json_object_get(predicate, "findings");
    TRY(read_findings(evaluation->findings, reterr));
    TRY(statement_time(predicate, "issuedAt", &evaluation->issued_at, reterr));
    TRY(statement_validity(json_object_get(predicate, "validity"), evaluation->issued_at,
                           &evaluation->not_before, &evaluation->not_after, reterr));
    evaluation->supersedes = json_object_get(predicate, "supersedes");
    TRY(read_supersedes(evaluation->supersedes, reterr));
    return read_label(predicate, evaluation, reterr);
}

enum status statement_svr_read(const json_t *predicate, struct arena *arena,
                               struct statement *statement, struct error *reterr)
{
    struct statement_svr *svr = &statement->svr;
    const json_t *verifier = json_object_get(predicate, "verifier");

    (void) arena;
    TRY(statement_words(verifier, "id", &svr->verifier, reterr));
    TRY(statement_time(predicate, "timeCreated", &svr->time_created, reterr));
    svr->properties = json_object_get(predicate, "properties");
    svr->policies = json_object_get(verifier, "policies");
    if (!json_is_array(svr->properties) || json_array_size(svr->properties) > SVR_PROPERTIES_MAX ||
        (svr->policies != NULL && !json_is_array(svr->policies))) {
        return statement_malformed(reterr, "properties or policies");
    }
    for (size_t i = 0; i < json_array_size(svr->properties); i++) {
        if (!json_is_string(json_array_get(svr->properties, i))) {
            return statement_malformed(reterr, "properties");
        }
    }
    return STATUS_OK;
}
