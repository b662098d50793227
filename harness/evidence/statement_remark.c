/* Reading one person's word about one clause or check, and an authority's about its register. */
#include "base/text.h"
#include "evidence/statement_private.h"

static bool is_among(const char *word, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (text_equal(word, words[i])) {
            return true;
        }
    }
    return false;
}

static enum status read_role(const json_t *predicate, const char *const *allowed,
                             const char **ret_role, struct error *reterr)
{
    TRY(statement_text(predicate, "role", ret_role, reterr));
    return is_among(*ret_role, allowed)
               ? STATUS_OK
               : fail(reterr, STATUS_UNSUPPORTED, "statement.role: not the word of a '%.40s'",
                      *ret_role);
}

/* What it speaks of: a clause or a check, not both. */
static enum status read_matter(const json_t *predicate, struct statement_remark *remark,
                               struct error *reterr)
{
    TRY(statement_optional(predicate, "clause", &remark->clause, reterr));
    TRY(statement_optional(predicate, "check", &remark->check, reterr));
    return (remark->clause == NULL) == (remark->check == NULL)
               ? statement_malformed(reterr, "clause or check")
               : STATUS_OK;
}

static enum status read_evidence(const json_t *predicate, struct arena *arena,
                                 struct statement_remark *remark, struct error *reterr)
{
    const json_t *evidence = json_object_get(predicate, "evidence");
    const struct statement_digest *named = NULL;
    size_t count = 0;

    if (evidence == NULL) {
        return STATUS_OK;
    }
    remark->entries = json_object_get(evidence, "entries");
    remark->documents = json_object_get(evidence, "documents");
    if (remark->entries == NULL && remark->documents == NULL) {
        return statement_malformed(reterr, "evidence");
    }
    if (remark->entries != NULL) {
        TRY(statement_entry_ids(remark->entries, reterr));
    }
    return remark->documents == NULL ? STATUS_OK
                                     : statement_named(remark->documents, STATEMENT_INPUTS_MAX,
                                                       arena, &named, &count, reterr);
}

static enum status read_remark(const json_t *predicate, const char *const *roles,
                               struct arena *arena, struct statement_remark *remark,
                               struct error *reterr)
{
    const json_t *by = json_object_get(predicate, "by");

    TRY(read_role(predicate, roles, &remark->role, reterr));
    TRY(statement_party(by, &remark->by, &remark->corporate_number, reterr));
    TRY(statement_optional(by, "person", &remark->person, reterr));
    TRY(read_matter(predicate, remark, reterr));
    TRY(statement_words(predicate, "justification", &remark->justification, reterr));
    TRY(read_evidence(predicate, arena, remark, reterr));
    TRY(statement_time(predicate, "issuedAt", &remark->issued_at, reterr));
    return statement_validity(predicate, remark->issued_at, &remark->not_before, &remark->not_after,
                              reterr);
}

enum status statement_waiver_read(const json_t *predicate, struct arena *arena,
                                  struct statement *statement, struct error *reterr)
{
    static const char *const roles[] = { "evaluator", "authority", NULL };
    struct statement_remark *remark = &statement->remark;
    const char *word;

    TRY(read_remark(predicate, roles, arena, remark, reterr));
    TRY(statement_text(predicate, "verdict", &word, reterr));
    /* What holds needs no waiver, and a check that broke down says nothing to waive. */
    return verdict_from_word(word, &remark->verdict) && remark->verdict != VERDICT_PASS &&
                   remark->verdict != VERDICT_NA && remark->verdict != VERDICT_ERROR
               ? STATUS_OK
               : statement_malformed(reterr, "verdict");
}

enum status statement_attestation_read(const json_t *predicate, struct arena *arena,
                                       struct statement *statement, struct error *reterr)
{
    static const char *const roles[] = { "vendor", "evaluator", NULL };

    return read_remark(predicate, roles, arena, &statement->remark, reterr);
}

enum status statement_registration_read(const json_t *predicate, struct arena *arena,
                                        struct statement *statement, struct error *reterr)
{
    struct statement_registration *said = &statement->registration;
    const json_t *label = json_object_get(predicate, "label");

    (void) arena;
    TRY(statement_party(json_object_get(predicate, "authority"), &said->authority,
                        &said->corporate_number, reterr));
    TRY(statement_words(predicate, "scheme", &said->scheme, reterr));
    TRY(statement_words(label, "registrationNumber", &said->number, reterr));
    TRY(statement_words(label, "url", &said->url, reterr));
    TRY(statement_text(label, "state", &said->state, reterr));
    if (!statement_is_label_state(said->state) || text_equal(said->state, "quoted") ||
        !text_starts_with(said->url, "https://")) {
        return statement_malformed(reterr, "label");
    }
    TRY(statement_time(predicate, "issuedAt", &said->issued_at, reterr));
    return statement_validity(json_object_get(predicate, "validity"), said->issued_at,
                              &said->not_before, &said->not_after, reterr);
}
