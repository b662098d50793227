/* What a verification has to say, as data. */
#include "base/clock.h"
#include "base/text.h"
#include "evidence/json_make.h"
#include "evidence/verify_advice.h"
#include "evidence/verify_private.h"

/* What no signature over a test can prove. */
static const struct words not_proven[] = {
    { .ja = "試験した機器が実在したこと。", .en = "That the tested device physically existed." },
    { .ja = "試験者が誠実だったこと。試験者は別の機器や仕組んだ機器をつなぐことができた。",
      .en =
          "That the operator was honest: another or a prepared device could have been connected." },
    { .ja = "同じ型番の他の個体が同じように動くこと。",
      .en = "That other units of the model behave alike." },
    { .ja = "制度のラベルが交付されたこと。交付の有無は IPA の公開情報で確かめること。",
      .en = "That the scheme's label was granted: check what IPA publishes." },
};

static const char *const statement_words[STATEMENT_KIND_COUNT] = {
    [STATEMENT_RUN] = "run",
    [STATEMENT_TEST_RESULT] = "test-result",
    [STATEMENT_EVALUATION] = "evaluation",
    [STATEMENT_SVR] = "svr",
    [STATEMENT_WAIVER] = "waiver",
    [STATEMENT_ATTESTATION] = "attestation",
    [STATEMENT_REGISTRATION] = "registration",
    [STATEMENT_JUDGEMENT] = "judgement",
};

bool verify_is_authentic(const struct verification *verification)
{
    bool found[STATEMENT_KIND_COUNT] = { false };

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted) {
            found[one->statement.kind] = true;
        }
    }
    return found[STATEMENT_RUN] && found[STATEMENT_TEST_RESULT] &&
           verification->report.findings[VERIFY_CHECK_SIGNATURE].finding == FINDING_OK;
}

static const char *time_text(struct arena *arena, int64_t wall_ms)
{
    char *text = arena_alloc(arena, CLOCK_TEXT_SIZE);

    clock_text(wall_ms, text);
    return text;
}

const struct verified_signer *verify_signers(struct verification *verification, size_t *ret_count)
{
    struct verified_signer *signers =
        arena_array(verification->arena, verification->attestation_count + 1, sizeof *signers);
    size_t count = 0;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        const struct trust_key *member = one->member;

        if (!one->counted) {
            continue;
        }
        signers[count++] = (struct verified_signer){
            .file = one->file,
            .statement = statement_words[one->statement.kind],
            .keyid = one->envelope.keyid,
            .role = trust_role_word(member == NULL ? TRUST_VENDOR : member->role),
            .name = member == NULL ? "" : member->name,
            .organisation = member == NULL ? "" : member->organisation,
            .method =
                one->statement.kind == STATEMENT_EVALUATION ? one->statement.evaluation.method : "",
            .time = one->timed ? time_text(verification->arena, one->time_ms) : "",
        };
    }
    *ret_count = count;
    return signers;
}

static json_t *signers_json(struct verification *verification)
{
    json_t *list = json_array();
    size_t count = 0;
    const struct verified_signer *signers = verify_signers(verification, &count);

    for (size_t i = 0; i < count; i++) {
        json_append(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "file",
                                    signers[i].file, "statement", signers[i].statement, "keyid",
                                    signers[i].keyid, "role", signers[i].role, "name",
                                    signers[i].name, "organisation", signers[i].organisation,
                                    "method", signers[i].method, "time", signers[i].time));
    }
    return list;
}

/* Keyids that statements name and nobody vouches for: what to ask the sender about. */
static json_t *unknown_json(const struct verification *verification)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->readable && one->standing == SIGNER_NOBODY) {
            json_append(list, json_pack("{s:s, s:s, s:s}", "file", one->file, "keyid",
                                        one->envelope.keyid, "statement",
                                        statement_words[one->statement.kind]));
        }
    }
    return list;
}

/* Told by the clauses' ids as well: a flag could be left out by whoever seals. */
static bool is_provisional(const json_t *result)
{
    const json_t *clause;
    size_t i;

    json_array_foreach(json_object_get(result, "clauses"), i, clause)
    {
        const char *id = json_string_value(json_object_get(clause, "id"));
        bool own = id != NULL && id[0] == 'P' && id[1] >= '2' && id[1] <= '4' && id[2] == '-';

        if (own || json_is_true(json_object_get(clause, "provisional"))) {
            return true;
        }
    }
    return json_is_true(json_object_get(result, "provisional"));
}

static json_t *verdict_json(const struct verification *verification)
{
    const struct verify_finding *findings = verification->report.findings;
    bool recomputes = verification->rolled_up;
    json_t *verdict = json_object();

    recomputes = recomputes && findings[VERIFY_CHECK_ROLLUP].finding == FINDING_OK &&
                 findings[VERIFY_CHECK_PLAN].finding == FINDING_OK &&
                 findings[VERIFY_CHECK_EVENTS].finding == FINDING_OK &&
                 findings[VERIFY_CHECK_ATTESTED].finding == FINDING_OK;
    json_put(verdict, "recomputes", json_boolean(recomputes));
    if (verification->rolled_up) {
        json_put(verdict, "overall", json_string(overall_word(verification->rollup.overall)));
        json_put(verdict, "counts", rollup_counts(&verification->rollup));
        json_put(verdict, "scheme", json_incref(json_object_get(verification->result, "scheme")));
        json_put(verdict, "level", json_incref(json_object_get(verification->result, "level")));
        if (is_provisional(verification->result)) {
            json_put(verdict, "provisional", json_true());
        }
    }
    return verdict;
}

static json_t *reproduced_json(const struct verification *verification)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_EVALUATION) {
            const struct statement_evaluation *evaluation = &one->statement.evaluation;

            json_append(list, json_pack("{s:s, s:s, s:s, s:b, s:b, s:s*}", "by",
                                        evaluation->evaluator, "method", evaluation->method,
                                        "overall", overall_word(evaluation->overall),
                                        "examined_all", (int) evaluation->examined_all,
                                        "withheld_seen", (int) evaluation->withheld_seen,
                                        "valid_until", evaluation->not_after));
        }
    }
    return list;
}

static json_t *firmware_json(const struct manifest_dut *dut)
{
    json_t *list = json_array();
    char hex[DIGEST_HEX_SIZE];

    for (size_t i = 0; i < dut->firmware_count; i++) {
        digest_to_hex(&dut->firmware[i].sha256, hex);
        json_append(list, json_pack("{s:s, s:s, s:s}", "name", dut->firmware[i].name, "version",
                                    dut->firmware[i].version, "sha256", hex));
    }
    return list;
}

static json_t *bundle_json(const struct verification *verification)
{
    const struct manifest *manifest = verification->manifest;
    char hex[DIGEST_HEX_SIZE];
    json_t *bundle;

    if (manifest == NULL) {
        return json_null();
    }
    digest_to_hex(&verification->manifest_sha, hex);
    bundle = json_made(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", manifest->bundle_id,
                                 "manifest_sha256", hex, "created", manifest->created, "run",
                                 manifest->run.id, "vendor", manifest->dut.vendor_name, "model",
                                 manifest->dut.model, "firmware", firmware_json(&manifest->dut)));
    json_put(bundle, "suite",
             json_pack("{s:s, s:s}", "id", manifest->run.suite.id, "version",
                       manifest->run.suite.version));
    return bundle;
}

static json_t *withheld_json(const struct verification *verification)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verification->withheld_count; i++) {
        json_append(list, json_string(verification->withheld[i]));
    }
    return list;
}

static json_t *not_proven_json(void)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof not_proven / sizeof not_proven[0]; i++) {
        json_append(list, json_pack("{s:s, s:s}", "ja", not_proven[i].ja, "en", not_proven[i].en));
    }
    return list;
}

static json_t *trust_json(const struct verification *verification)
{
    const struct trust *trust = verification->trust;

    if (trust != NULL) {
        return json_pack("{s:s, s:s, s:I, s:s, s:b, s:b, s:b}", "by", "store", "id", trust->id,
                         "version", (json_int_t) trust->version, "expires", trust->expires,
                         "current", (int) !trust->stale, "rollback_protected",
                         (int) (verification->options->trust_state_path != NULL), "root_compared",
                         (int) trust->pinned);
    }
    if (verification->options->signer != NULL) {
        return json_pack("{s:s, s:s}", "by", "key", "keyid", verification->options->signer->keyid);
    }
    return json_pack("{s:s}", "by", "nobody");
}

/* What the vendor's machine says of the runs before this one, and of this one's interruptions. */
static json_t *runs_json(const struct verification *verification)
{
    json_t *runs = json_object();

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        const struct statement_run *run = &one->statement.run;

        if (!one->readable || one->statement.kind != STATEMENT_RUN) {
            continue;
        }
        if (run->previous_count != NULL) {
            json_put(runs, "previous", json_deep_copy(run->previous_count));
        }
        if (run->previous_unsealed != NULL) {
            json_put(runs, "previous_unsealed", json_deep_copy(run->previous_unsealed));
        }
        if (run->interruptions != NULL) {
            json_put(runs, "interruptions", json_deep_copy(run->interruptions));
        }
    }
    return runs;
}

json_t *verify_report_json(struct verification *verification, enum finding settled)
{
    static const int exits[] = { [FINDING_SKIPPED] = VERIFY_FAIL,
                                 [FINDING_OK] = VERIFY_OK,
                                 [FINDING_POLICY] = VERIFY_POLICY,
                                 [FINDING_UNSUPPORTED] = VERIFY_UNSUPPORTED,
                                 [FINDING_FAIL] = VERIFY_FAIL };
    json_t *report = json_object();
    char at[CLOCK_TEXT_SIZE];

    clock_text(verification->options->at_ms, at);
    json_put(report, "hoshiVerify", json_integer(1));
    json_put(report, "at", json_string(at));
    json_put(report, "outcome", json_string(verify_finding_word(settled)));
    json_put(report, "exit", json_integer(exits[settled]));
    json_put(report, "bundle", bundle_json(verification));
    json_put(report, "trust", trust_json(verification));
    json_put(report, "checks", verify_checks_json(&verification->report));
    json_put(report, "advice", verify_advice_json(verification));
    json_put(report, "authentic", json_boolean(verify_is_authentic(verification)));
    json_put(report, "signed_by", signers_json(verification));
    json_put(report, "unknown_signers", unknown_json(verification));
    json_put(report, "post_quantum", verify_pq_json(verification));
    json_put(report, "verdict", verdict_json(verification));
    json_put(report, "claimed_runs", runs_json(verification));
    json_put(report, "reproduced", reproduced_json(verification));
    verify_said(verification, report);
    json_put(report, "withheld", withheld_json(verification));
    json_put(report, "notes", json_incref(verification->report.notes));
    json_put(report, "not_proven", not_proven_json());
    return report;
}
