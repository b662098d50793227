#include "evidence/evaluate.h"

#include "base/text.h"
#include "evidence/container_write.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_MAX = 99, NAME_ROOM = 96 };

/* What a new statement can mend; with anything else wrong there is nothing to evaluate. */
static bool is_mendable(const char *code)
{
    static const char *const codes[] = { "policy.evaluator",     "policy.examined",
                                         "policy.conformant",    "evaluation.fit",
                                         "policy.organisations", "evaluation.current" };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (text_equal(code, codes[i])) {
            return true;
        }
    }
    return false;
}

static enum status refuse_report(const json_t *report, struct error *reterr)
{
    const json_t *checks = json_object_get(report, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *code = json_string_value(json_object_get(check, "code"));
        const char *outcome = json_string_value(json_object_get(check, "outcome"));
        const char *detail = json_string_value(json_object_get(check, "detail"));

        if (!text_equal(outcome, "ok") && !text_equal(outcome, "skipped") && !is_mendable(code)) {
            return fail(reterr, STATUS_BAD_INPUT, "evaluate.bundle: %s: %s: %.300s", code, outcome,
                        detail == NULL ? "" : detail);
        }
    }
    return STATUS_OK;
}

enum status evaluate_open(const char *path, const struct verify_options *options,
                          struct arena *arena, struct verified_bundle **ret_bundle,
                          struct error *reterr)
{
    DEFER(json_strict_done) json_t *report = NULL;

    if (bundle_verify(path, options, arena, ret_bundle, &report, reterr) == VERIFY_IO) {
        return reterr == NULL ? STATUS_IO : reterr->status;
    }
    TRY(refuse_report(report, reterr));
    return *ret_bundle != NULL
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "evaluate.bundle: it does not verify for you");
}

const struct trust_key *evaluate_member(const struct verified_bundle *bundle, const char *keyid)
{
    const struct trust *trust = bundle->verification->trust;

    return trust == NULL ? NULL : trust_find(trust, keyid);
}

enum status evaluate_may_say(const struct trust_key *member, enum statement_kind kind,
                             struct error *reterr)
{
    return member == NULL || policy_may_say(kind, member->role)
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "evaluate.role: the trust store lists this key as a%s %s's, whose statement "
                      "of that kind counts nowhere",
                      member->role == TRUST_VENDOR ? "" : "n", trust_role_word(member->role));
}

struct statement_about evaluate_about(const struct verified_bundle *bundle)
{
    return (struct statement_about){ bundle->manifest, &bundle->verification->manifest_sha };
}

bool evaluate_is_archived(const struct verified_bundle *bundle)
{
    const struct container_reader *reader = bundle->verification->reader;

    for (size_t i = 0; i < container_read_count(reader); i++) {
        if (text_starts_with(container_read_at(reader, i)->name, "META-INF/arc/")) {
            return true;
        }
    }
    return false;
}

static json_t *digest_json(const struct digest *digest)
{
    return json_made(json_pack("{s:o}", "sha256", json_digest(digest)));
}

json_t *evaluate_bundle_name(const struct verified_bundle *bundle)
{
    return json_made(json_pack("{s:s, s:o}", "bundleId", bundle->manifest->bundle_id, "manifest",
                               digest_json(&bundle->verification->manifest_sha)));
}

static bool is_withheld(const struct verified_bundle *bundle, const char *path)
{
    for (size_t i = 0; i < bundle->withheld_count; i++) {
        if (text_equal(bundle->withheld[i], path)) {
            return true;
        }
    }
    return false;
}

static void drop(void *value)
{
    json_decref(value);
}

/* The arena takes the reference over. */
static json_t *kept(struct arena *arena, json_t *value)
{
    arena_defer(arena, drop, json_made(value));
    return value;
}

static json_t *list_in(struct arena *arena)
{
    return kept(arena, json_array());
}

enum status evaluate_entries(const struct verified_bundle *bundle, const char *const *paths,
                             size_t count, struct arena *arena, const json_t **ret_ids,
                             struct error *reterr)
{
    json_t *ids = list_in(arena);

    for (size_t i = 0; i < count; i++) {
        const struct manifest_entry *entry = manifest_find_path(bundle->manifest, paths[i]);

        entry = entry == NULL ? manifest_find_id(bundle->manifest, paths[i]) : entry;
        if (entry == NULL || is_withheld(bundle, entry->path)) {
            return fail(reterr, STATUS_BAD_INPUT, "evaluate.entry: %.150s is %s", paths[i],
                        entry == NULL ? "not in the bundle" : "withheld: you cannot have seen it");
        }
        json_append(ids, json_string(entry->id));
    }
    *ret_ids = ids;
    return STATUS_OK;
}

/* Everything, when everything lies open; else what does, one by one. */
static void examine_open(const struct verified_bundle *bundle, struct arena *arena,
                         struct statement_evaluation *evaluation)
{
    json_t *ids;

    evaluation->examined_all = bundle->withheld_count == 0;
    if (evaluation->examined_all) {
        return;
    }
    ids = list_in(arena);
    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        if (!is_withheld(bundle, bundle->manifest->entries[i].path)) {
            json_append(ids, json_string(bundle->manifest->entries[i].id));
        }
    }
    evaluation->examined = ids;
}

enum status evaluate_fill(const struct verified_bundle *bundle, const char *keyid,
                          const char *const *examined, size_t examined_count, struct arena *arena,
                          struct statement_evaluation *evaluation, struct error *reterr)
{
    const struct verification *verification = bundle->verification;
    struct statement_digest *inputs =
        arena_array(arena, verification->attestation_count + 1, sizeof *inputs);
    json_t *supersedes = list_in(arena);

    (void) json_array_extend(supersedes, (json_t *) evaluation->supersedes);
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (attestation_is_vendors(one)) {
            inputs[evaluation->input_count++] = (struct statement_digest){ one->file, one->sha256 };
        } else if (one->vouched && one->statement.kind == STATEMENT_EVALUATION &&
                   text_equal(one->envelope.keyid, keyid)) {
            json_append(supersedes,
                        json_pack("{s:o}", "statement", digest_json(&one->payload_sha256)));
        }
    }
    evaluation->inputs = inputs;
    evaluation->supersedes = json_array_size(supersedes) == 0 ? NULL : supersedes;
    evaluation->withheld_seen = bundle->withheld_count == 0;
    if (examined_count == 0) {
        examine_open(bundle, arena, evaluation);
        return STATUS_OK;
    }
    return evaluate_entries(bundle, examined, examined_count, arena, &evaluation->examined, reterr);
}

/* NULL when both speak of the same product and criteria. */
static const char *difference(const struct manifest *a, const struct manifest *b)
{
    if (!text_equal(a->dut.vendor_name, b->dut.vendor_name) ||
        !text_equal(a->dut.model, b->dut.model)) {
        return "model";
    }
    if (!digest_equal(&a->run.suite.sha256, &b->run.suite.sha256)) {
        return "suite";
    }
    if (a->dut.firmware_count != b->dut.firmware_count) {
        return "firmware";
    }
    for (size_t i = 0; i < a->dut.firmware_count; i++) {
        if (!text_equal(a->dut.firmware[i].name, b->dut.firmware[i].name) ||
            !digest_equal(&a->dut.firmware[i].sha256, &b->dut.firmware[i].sha256)) {
            return "firmware";
        }
    }
    return text_equal(a->bundle_id, b->bundle_id) ? "run, for it is the bundle itself" : NULL;
}

enum status evaluate_re_run(const struct verified_bundle *bundle, const char *path,
                            const struct public_key *signer, int64_t at_ms, struct arena *arena,
                            struct statement_evaluation *evaluation, struct error *reterr)
{
    DEFER(verified_done) struct verified_bundle *own = NULL;
    const struct verify_options options = { .signer = signer, .at_ms = at_ms };
    const char *other;
    json_t *name;

    TRY(evaluate_open(path, &options, arena, &own, reterr));
    other = difference(bundle->manifest, own->manifest);
    if (other != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "evaluate.re_run: %.200s is about another %s", path,
                    other);
    }
    evaluation->re_run_overall = own->overall;
    name = kept(arena, evaluate_bundle_name(own));
    json_put(name, "overall", json_string(overall_word(own->overall)));
    evaluation->re_run = name;
    return STATUS_OK;
}

static void take_finding(const json_t *findings, const char *clause, enum verdict *verdict)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        enum verdict found = VERDICT_ERROR;

        if (text_equal(json_string_value(json_object_get(finding, "clause")), clause) &&
            verdict_from_word(json_string_value(json_object_get(finding, "verdict")), &found)) {
            *verdict = verdict_worse(*verdict, found);
        }
    }
}

enum status evaluate_overall(const struct verified_bundle *bundle,
                             const struct statement_evaluation *evaluation,
                             enum overall *ret_overall, struct error *reterr)
{
    const struct verification *verification = bundle->verification;
    const struct rollup *rollup = &verification->rollup;
    struct clause_outcome *clauses =
        arena_array(verification->arena, rollup->clause_count + 1, sizeof *clauses);
    enum verdict ignored;

    for (size_t i = 0; i < json_array_size(evaluation->findings); i++) {
        TRY(evaluate_verdict(
            bundle,
            json_string_value(json_object_get(json_array_get(evaluation->findings, i), "clause")),
            NULL, &ignored, reterr));
    }
    for (size_t i = 0; i < rollup->clause_count; i++) {
        clauses[i] =
            (struct clause_outcome){ rollup->clauses[i].verdict, rollup->clauses[i].mandatory };
        take_finding(evaluation->findings, rollup->clauses[i].id, &clauses[i].verdict);
    }
    *ret_overall = overall_of_level(clauses, rollup->clause_count);
    if (evaluation->re_run != NULL && *ret_overall == OVERALL_CONFORMANT) {
        *ret_overall = evaluation->re_run_overall;
    }
    if (evaluation->re_run != NULL && evaluation->re_run_overall == OVERALL_NONCONFORMANT) {
        *ret_overall = OVERALL_NONCONFORMANT;
    }
    return STATUS_OK;
}

enum status evaluate_verdict(const struct verified_bundle *bundle, const char *clause,
                             const char *check, enum verdict *ret_verdict, struct error *reterr)
{
    const struct rollup *rollup = &bundle->verification->rollup;
    const struct rollup_check *found = check == NULL ? NULL : rollup_find(rollup, check);

    if (found != NULL) {
        *ret_verdict = found->verdict;
        return STATUS_OK;
    }
    for (size_t i = 0; clause != NULL && i < rollup->clause_count; i++) {
        if (text_equal(rollup->clauses[i].id, clause)) {
            *ret_verdict = rollup->clauses[i].verdict;
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "evaluate.clause: the bundle has no %s '%.150s'",
                clause == NULL ? "check" : "clause", clause == NULL ? check : clause);
}

/* ---- adding files ---- */

static bool is_taken(const struct container_reader *reader, unsigned number)
{
    char prefix[NAME_ROOM];

    (void) snprintf(prefix, sizeof prefix, "META-INF/att/%02u-", number);
    for (size_t i = 0; i < container_read_count(reader); i++) {
        if (text_starts_with(container_read_at(reader, i)->name, prefix)) {
            return true;
        }
    }
    return false;
}

static enum status free_numbers(const struct container_reader *reader, unsigned number,
                                size_t count, unsigned *ret_number, struct error *reterr)
{
    for (; number + count - 1 <= NUMBER_MAX; number++) {
        size_t taken = 0;

        for (size_t i = 0; i < count; i++) {
            taken += is_taken(reader, number + (unsigned) i);
        }
        if (taken == 0) {
            *ret_number = number;
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_LIMIT, "evaluate.full: no number for another statement is left");
}

static enum status add_statement(struct container_writer *writer, const struct key *key,
                                 unsigned number, const char *word, const struct bytes *payload,
                                 struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(STATEMENT_FILE_MAX);
    char name[NAME_ROOM];

    (void) snprintf(name, sizeof name, "META-INF/att/%02u-%s.sigstore.json", number, word);
    TRY(sigstore_write(key, payload->data, payload->length, &file, reterr));
    return container_write_bytes(writer, name, file.data, file.length, reterr);
}

enum status evaluate_attach(const struct verified_bundle *bundle, unsigned number,
                            const char *const *words, const struct bytes *payloads, size_t count,
                            const struct key *key, const char *out_path, bool replace,
                            struct error *reterr)
{
    const struct container_reader *reader = bundle->verification->reader;
    DEFER(container_write_done) struct container_writer *writer = NULL;

    TRY(free_numbers(reader, number, count, &number, reterr));
    TRY(container_write_open(out_path, replace, &writer, reterr));
    TRY(container_write_all(writer, reader, reterr));
    for (size_t i = 0; i < count; i++) {
        TRY(add_statement(writer, key, number + (unsigned) i, words[i], &payloads[i], reterr));
    }
    return container_write_commit(writer, reterr);
}
