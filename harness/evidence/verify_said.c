/* What others than the vendor said about a bundle, as data: whether it counts, and if not, why. */
#include "evidence/json_make.h"
#include "evidence/verify_private.h"

static void put_text(json_t *object, const char *name, const char *text)
{
    json_put(object, name, text == NULL ? json_null() : json_string(text));
}

/* Who said it, by the trust store and not by its own words. */
static json_t *opened(const struct attestation *one, const char *issued_at, const char *not_before,
                      const char *not_after)
{
    json_t *said = json_made(json_object());

    put_text(said, "file", one->file);
    put_text(said, "by", one->member == NULL ? "" : one->member->organisation);
    put_text(said, "role", trust_role_word(one->member == NULL ? TRUST_VENDOR : one->member->role));
    put_text(said, "issued_at", issued_at);
    put_text(said, "not_before", not_before);
    put_text(said, "not_after", not_after);
    json_put(said, "counts", json_boolean(one->counted));
    put_text(said, "reason", one->reason == NULL ? "" : one->reason);
    return said;
}

static json_t *evaluation_json(const struct attestation *one)
{
    const struct statement_evaluation *evaluation = &one->statement.evaluation;
    json_t *said =
        opened(one, evaluation->issued_at, evaluation->not_before, evaluation->not_after);
    json_t *examined = json_made(json_object());

    json_put(examined, "all", json_boolean(evaluation->examined_all));
    json_put(examined, "entries", json_integer((json_int_t) json_array_size(evaluation->examined)));
    json_put(examined, "withheld_seen", json_boolean(evaluation->withheld_seen));
    json_put(said, "payload_sha256", json_digest(&one->payload_sha256));
    put_text(said, "method", evaluation->method);
    put_text(said, "overall", overall_word(evaluation->overall));
    json_put(said, "examined", examined);
    json_put(said, "findings",
             evaluation->findings == NULL ? json_array() : json_deep_copy(evaluation->findings));
    json_put_copy(said, "accreditation", evaluation->accreditation);
    json_put_copy(said, "policy", evaluation->policy);
    json_put_copy(said, "re_run", evaluation->re_run);
    json_put_copy(said, "supersedes", evaluation->supersedes);
    json_put_copy(said, "label_quoted", evaluation->label);
    return said;
}

static json_t *remark_json(const struct verification *verification, const struct attestation *one)
{
    const struct statement_remark *remark = &one->statement.remark;
    json_t *said = opened(one, remark->issued_at, remark->not_before, remark->not_after);

    put_text(said, remark->clause == NULL ? "check" : "clause",
             remark->clause == NULL ? remark->check : remark->clause);
    put_text(said, "justification", remark->justification);
    json_put_copy(said, "entries", remark->entries);
    json_put_copy(said, "documents", remark->documents);
    if (remark->person != NULL) {
        put_text(said, "person", remark->person);
    }
    if (one->statement.kind == STATEMENT_WAIVER) {
        put_text(said, "verdict", verdict_word(remark->verdict));
        json_put(said, "accepted", json_boolean(policy_waiver_accepted(verification, one)));
    }
    return said;
}

static json_t *registration_json(const struct attestation *one)
{
    const struct statement_registration *registration = &one->statement.registration;
    json_t *said =
        opened(one, registration->issued_at, registration->not_before, registration->not_after);

    put_text(said, "scheme", registration->scheme);
    put_text(said, "registration_number", registration->number);
    put_text(said, "url", registration->url);
    put_text(said, "state", registration->state);
    return said;
}

static json_t *judgement_json(const struct attestation *one)
{
    const struct statement_judgement *judgement = &one->statement.judgement;
    json_t *said = opened(one, judgement->judged_at, NULL, NULL);

    put_text(said, "suite", judgement->suite);
    put_text(said, "version", judgement->version);
    put_text(said, "suite_sha256", judgement->suite_sha256);
    put_text(said, "params_sha256", judgement->params_sha256);
    put_text(said, "overall", overall_word(judgement->rollup.overall));
    return said;
}

static json_t *said_json(const struct verification *verification, const struct attestation *one)
{
    switch (one->statement.kind) {
    case STATEMENT_EVALUATION:
        return evaluation_json(one);
    case STATEMENT_REGISTRATION:
        return registration_json(one);
    case STATEMENT_JUDGEMENT:
        return judgement_json(one);
    default:
        return remark_json(verification, one);
    }
}

void verify_said(const struct verification *verification, json_t *report)
{
    json_t *lists[STATEMENT_KIND_COUNT] = {
        [STATEMENT_EVALUATION] = json_made(json_array()),
        [STATEMENT_WAIVER] = json_made(json_array()),
        [STATEMENT_ATTESTATION] = json_made(json_array()),
        [STATEMENT_REGISTRATION] = json_made(json_array()),
        [STATEMENT_JUDGEMENT] = json_made(json_array()),
    };

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (!one->vouched || lists[one->statement.kind] == NULL) {
            continue;
        }
        json_append(lists[one->statement.kind], said_json(verification, one));
    }
    json_put(report, "evaluations", lists[STATEMENT_EVALUATION]);
    json_put(report, "waivers", lists[STATEMENT_WAIVER]);
    json_put(report, "attestations", lists[STATEMENT_ATTESTATION]);
    json_put(report, "registrations", lists[STATEMENT_REGISTRATION]);
    json_put(report, "judgements", lists[STATEMENT_JUDGEMENT]);
}
