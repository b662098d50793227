/* Writing what others than the vendor say. */
#include "evidence/json_strict.h"
#include "evidence/statement_private.h"

static void put_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL) {
        json_put(object, name, json_string(text));
    }
}

static json_t *party_json(const char *name, const char *number)
{
    json_t *party = json_made(json_object());

    put_text(party, "name", name);
    put_text(party, "corporateNumber", number);
    return party;
}

static json_t *validity_json(const char *not_before, const char *not_after)
{
    json_t *validity = json_made(json_object());

    put_text(validity, "notBefore", not_before);
    put_text(validity, "notAfter", not_after);
    return validity;
}

enum status statement_put_checked(const struct statement_about *about, enum statement_kind kind,
                                  json_t *predicate, struct bytes *out, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(statement_done) struct statement statement = { 0 };
    const size_t before = out->length;

    TRY(statement_put(kind, statement_subjects_json(about->manifest, about->manifest_sha),
                      predicate, out, reterr));
    return statement_read(out->data + before, out->length - before, arena, &statement, reterr);
}

enum status statement_evaluation_write(const struct statement_about *about,
                                       const struct statement_evaluation *evaluation,
                                       struct bytes *out, struct error *reterr)
{
    json_t *predicate = json_made(json_object());
    json_t *evaluator = party_json(evaluation->evaluator, evaluation->corporate_number);
    json_t *inputs = json_made(json_array());
    json_t *examined = json_made(json_object());

    json_put_copy(evaluator, "accreditation", evaluation->accreditation);
    for (size_t i = 0; i < evaluation->input_count; i++) {
        json_append(inputs, statement_named_json(evaluation->inputs[i].name,
                                                 &evaluation->inputs[i].sha256));
    }
    if (evaluation->examined_all) {
        json_put(examined, "all", json_true());
    }
    json_put_copy(examined, "entries", evaluation->examined);
    json_put(examined, "withheldSeen", json_boolean(evaluation->withheld_seen));
    json_put(predicate, "evaluator", evaluator);
    put_text(predicate, "method", evaluation->method);
    json_put_copy(predicate, "reRun", evaluation->re_run);
    json_put(predicate, "inputAttestations", inputs);
    json_put(predicate, "examined", examined);
    json_put_copy(predicate, "policy", evaluation->policy);
    json_put(predicate, "result", json_pack("{s:s}", "overall", overall_word(evaluation->overall)));
    json_put_copy(predicate, "findings", evaluation->findings);
    put_text(predicate, "issuedAt", evaluation->issued_at);
    json_put(predicate, "validity", validity_json(evaluation->not_before, evaluation->not_after));
    json_put_copy(predicate, "supersedes", evaluation->supersedes);
    json_put_copy(predicate, "label", evaluation->label);
    return statement_put_checked(about, STATEMENT_EVALUATION, predicate, out, reterr);
}

enum status statement_svr_write(const struct statement_about *about,
                                const struct statement_svr *svr, struct bytes *out,
                                struct error *reterr)
{
    json_t *predicate = json_made(json_object());
    json_t *verifier = json_made(json_object());

    put_text(verifier, "id", svr->verifier);
    json_put(verifier, "policies",
             svr->policies == NULL ? json_array() : json_deep_copy(svr->policies));
    json_put(predicate, "verifier", verifier);
    put_text(predicate, "timeCreated", svr->time_created);
    json_put_copy(predicate, "properties", svr->properties);
    return statement_put_checked(about, STATEMENT_SVR, predicate, out, reterr);
}

enum status statement_remark_write(const struct statement_about *about, enum statement_kind kind,
                                   const struct statement_remark *remark, struct bytes *out,
                                   struct error *reterr)
{
    json_t *predicate = json_made(json_object());
    json_t *by = party_json(remark->by, remark->corporate_number);

    put_text(by, "person", remark->person);
    json_put(predicate, "by", by);
    put_text(predicate, "role", remark->role);
    put_text(predicate, "clause", remark->clause);
    put_text(predicate, "check", remark->check);
    if (kind == STATEMENT_WAIVER) {
        put_text(predicate, "verdict", verdict_word(remark->verdict));
    }
    put_text(predicate, "justification", remark->justification);
    if (remark->entries != NULL || remark->documents != NULL) {
        json_t *evidence = json_made(json_object());

        json_put_copy(evidence, "entries", remark->entries);
        json_put_copy(evidence, "documents", remark->documents);
        json_put(predicate, "evidence", evidence);
    }
    put_text(predicate, "issuedAt", remark->issued_at);
    put_text(predicate, "notBefore", remark->not_before);
    put_text(predicate, "notAfter", remark->not_after);
    return statement_put_checked(about, kind, predicate, out, reterr);
}

enum status statement_registration_write(const struct statement_about *about,
                                         const struct statement_registration *registration,
                                         struct bytes *out, struct error *reterr)
{
    json_t *predicate = json_made(json_object());
    json_t *label = json_made(json_object());

    put_text(label, "registrationNumber", registration->number);
    put_text(label, "url", registration->url);
    put_text(label, "state", registration->state);
    json_put(predicate, "authority",
             party_json(registration->authority, registration->corporate_number));
    put_text(predicate, "scheme", registration->scheme);
    json_put(predicate, "label", label);
    put_text(predicate, "issuedAt", registration->issued_at);
    json_put(predicate, "validity",
             validity_json(registration->not_before, registration->not_after));
    return statement_put_checked(about, STATEMENT_REGISTRATION, predicate, out, reterr);
}
