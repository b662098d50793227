/* evaluate - a laboratory's statement about a vendor's bundle. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/findings.h"
#include "cli/remark_call.h"
#include "evidence/json_make.h"
#include "model/decode.h"

#include <stdio.h>
#include <string.h>

enum { PAYLOAD_MAX = 1 << 20, EVALUATION_NUMBER = 10 };

static const char *const texts[] = { "method",     "accreditation",   "examined",
                                     "policy",     "finding",         "result",
                                     "not-before", "supersedes",      "label-number",
                                     "label-url",  "label-authority", NULL };

/* CLAUSE=VERDICT or CLAUSE=VERDICT:REMARK */
static enum status add_finding(const struct remark_call *call, json_t *findings, const char *text,
                               struct error *reterr)
{
    const char *equals = strchr(text, '=');
    const char *colon = equals == NULL ? NULL : strchr(equals, ':');
    const char *word = equals == NULL ? "" : equals + 1;
    enum verdict verdict;

    word = colon == NULL ? word : arena_format(call->arena, "%.*s", (int) (colon - word), word);
    if (equals == NULL || !verdict_from_word(word, &verdict)) {
        return fail(reterr, STATUS_USAGE, "--finding is CLAUSE=VERDICT[:REMARK], not '%.100s'",
                    text);
    }
    json_append(findings, json_pack("{s:s, s:s, s:s*}", "clause",
                                    arena_format(call->arena, "%.*s", (int) (equals - text), text),
                                    "verdict", word, "remark", colon == NULL ? NULL : colon + 1));
    return STATUS_OK;
}

static enum status read_findings(const struct remark_call *call,
                                 struct statement_evaluation *evaluation, struct error *reterr)
{
    const char *path = argument_text(call->arguments, "findings");
    json_t *findings = NULL;
    const char *text;

    if (path != NULL) {
        TRY(findings_load(path, call->arena, &findings, reterr));
    } else {
        findings = json_kept(call->arena, json_array());
    }
    for (size_t i = 0; (text = argument_nth(call->arguments, "finding", i)) != NULL; i++) {
        TRY(add_finding(call, findings, text, reterr));
    }
    evaluation->findings = json_array_size(findings) == 0 ? NULL : findings;
    return STATUS_OK;
}

/* The SHA-256 of an earlier statement's payload, or an earlier bundle, which must verify too. */
static enum status read_supersedes(const struct remark_call *call,
                                   struct statement_evaluation *evaluation, struct error *reterr)
{
    json_t *list = json_kept(call->arena, json_array());
    const char *text;

    for (size_t i = 0; (text = argument_nth(call->arguments, "supersedes", i)) != NULL; i++) {
        DEFER(verified_done) struct verified_bundle *earlier = NULL;

        if (keyid_is_well_formed(text)) { /* 64 hexadecimal digits as well */
            json_append(list, json_pack("{s:{s:s}}", "statement", "sha256", text));
            continue;
        }
        TRY(evaluate_open(text, &call->verify.options, call->arena, &earlier, reterr));
        json_append(list, evaluate_bundle_name(earlier));
    }
    evaluation->supersedes = list;
    return STATUS_OK;
}

static enum status read_accreditation(const struct remark_call *call,
                                      struct statement_evaluation *evaluation, struct error *reterr)
{
    const char *text = argument_text(call->arguments, "accreditation");
    const char *colon = text == NULL ? NULL : strchr(text, ':');

    if (text == NULL) {
        return STATUS_OK;
    }
    if (colon == NULL) {
        return fail(reterr, STATUS_USAGE, "--accreditation is BODY:NUMBER");
    }
    evaluation->accreditation = json_kept(
        call->arena, json_pack("{s:s, s:s}", "body",
                               arena_format(call->arena, "%.*s", (int) (colon - text), text),
                               "number", colon + 1));
    return STATUS_OK;
}

static enum status read_label(const struct remark_call *call,
                              struct statement_evaluation *evaluation, struct error *reterr)
{
    const char *number = argument_text(call->arguments, "label-number");
    const char *url = argument_text(call->arguments, "label-url");
    const char *authority = argument_text(call->arguments, "label-authority");

    if (number == NULL && url == NULL && authority == NULL) {
        return STATUS_OK;
    }
    if (number == NULL || url == NULL || authority == NULL) {
        return fail(reterr, STATUS_USAGE,
                    "--label-number, --label-url and --label-authority go together");
    }
    evaluation->label = json_kept(call->arena, json_pack("{s:s, s:s, s:s, s:s}", "authority",
                                                         authority, "registrationNumber", number,
                                                         "url", url, "state", "quoted"));
    return STATUS_OK;
}

static enum status read_method(struct remark_call *call, struct statement_evaluation *evaluation,
                               struct error *reterr)
{
    const char *re_run = argument_text(call->arguments, "re-run");
    const char *signer = argument_text(call->arguments, "re-run-signer");
    struct public_key key = call->key.public_half;

    evaluation->method = argument_text(call->arguments, "method");
    if ((re_run == NULL && !text_equal(evaluation->method, "reviewed") &&
         !text_equal(evaluation->method, "witnessed")) ||
        (re_run != NULL && !text_equal(evaluation->method, "re-run"))) {
        return fail(reterr, STATUS_USAGE,
                    "--method is reviewed, witnessed or re-run; re-run needs --re-run BUNDLE");
    }
    if (re_run == NULL) {
        return STATUS_OK;
    }
    if (signer != NULL) {
        TRY(public_key_load(signer, &key, reterr));
    }
    return evaluate_re_run(call->bundle, re_run, &key, call->verify.options.at_ms, call->arena,
                           evaluation, reterr);
}

/* What the laboratory says, or what all that is known adds up to; never better than that. */
static enum status read_result(const struct remark_call *call,
                               struct statement_evaluation *evaluation, struct error *reterr)
{
    const char *word = argument_text(call->arguments, "result");
    enum overall best;

    TRY(evaluate_overall(call->bundle, evaluation, &best, reterr));
    evaluation->overall = best;
    if (word != NULL && !overall_from_word(word, &evaluation->overall)) {
        return fail(reterr, STATUS_USAGE,
                    "--result is conformant, nonconformant or inconclusive, not '%.40s'", word);
    }
    if (evaluation->overall == OVERALL_CONFORMANT && best != OVERALL_CONFORMANT) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "--result: the checks, your findings and your run add up to %s",
                    overall_word(best));
    }
    return STATUS_OK;
}

static enum status read_evaluation(struct remark_call *call,
                                   struct statement_evaluation *evaluation, struct error *reterr)
{
    const char *policy = argument_text(call->arguments, "policy");
    const char *not_before = argument_text(call->arguments, "not-before");
    size_t count = 0;
    const char *const *examined = remark_call_all(call, "examined", &count);

    evaluation->evaluator = call->by;
    evaluation->corporate_number = call->corporate_number;
    evaluation->issued_at = call->issued_at;
    evaluation->not_before = not_before;
    evaluation->not_after = call->until;
    if (policy != NULL) {
        evaluation->policy = json_kept(call->arena, json_pack("{s:s}", "name", policy));
    }
    TRY(read_method(call, evaluation, reterr));
    TRY(read_accreditation(call, evaluation, reterr));
    TRY(read_label(call, evaluation, reterr));
    TRY(read_findings(call, evaluation, reterr));
    TRY(read_supersedes(call, evaluation, reterr));
    TRY(evaluate_fill(call->bundle, call->key.public_half.keyid, examined, count, call->arena,
                      evaluation, reterr));
    return read_result(call, evaluation, reterr);
}

static enum status write_summary(const struct remark_call *call,
                                 const struct statement_about *about,
                                 const struct statement_evaluation *evaluation, struct bytes *out,
                                 struct error *reterr)
{
    const char *method = text_equal(evaluation->method, "re-run")      ? "RE_RUN"
                         : text_equal(evaluation->method, "witnessed") ? "WITNESSED"
                                                                       : "REVIEWED";
    json_t *properties = json_kept(
        call->arena, json_pack("[s, s]", "HOSHITORI_SUITE_RESULT_CONFORMANT",
                               arena_format(call->arena, "HOSHITORI_EVALUATION_%s", method)));
    const struct statement_svr svr = {
        .verifier = arena_format(call->arena, "urn:hoshitori:key:%s", call->key.public_half.keyid),
        .time_created = call->issued_at,
        .properties = properties,
    };

    return statement_svr_write(about, &svr, out, reterr);
}

static enum status evaluate(const struct arguments *arguments, struct remark_call *call,
                            struct arena *arena, struct error *reterr)
{
    static const char *const words[] = { "lab-evaluation", "lab-svr" };
    DEFER(bytes_done) struct bytes said = bytes_bounded(PAYLOAD_MAX);
    DEFER(bytes_done) struct bytes summary = bytes_bounded(PAYLOAD_MAX);
    struct statement_evaluation evaluation = { 0 };
    struct statement_about about;
    size_t count;

    TRY(remark_call_open(arguments, texts, STATEMENT_EVALUATION, arena, call, reterr));
    TRY(read_evaluation(call, &evaluation, reterr));
    about = evaluate_about(call->bundle);
    TRY(statement_evaluation_write(&about, &evaluation, &said, reterr));
    count = evaluation.overall == OVERALL_CONFORMANT ? 2 : 1;
    if (count == 2) {
        TRY(write_summary(call, &about, &evaluation, &summary, reterr));
    }
    TRY(remark_call_write(call, EVALUATION_NUMBER, words, (struct bytes[]){ said, summary }, count,
                          reterr));
    (void) fprintf(stderr, "%s, %s until %s\n", evaluation.method, overall_word(evaluation.overall),
                   evaluation.not_after);
    return STATUS_OK;
}

static int evaluate_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(remark_call_done) struct remark_call call = { 0 };
    struct error error = { 0 };

    return evaluate(arguments, &call, arena, &error) == STATUS_OK ? EXIT_OK : exit_with(&error);
}

static const struct option options[] = {
    VERIFY_OPTIONS,
    REMARK_OPTIONS,
    { "method",
      "reviewed|witnessed|re-run",
      { .en = "read only, watched, or tested again", .ja = "書類審査、立会い、再試験のどれか" },
      false },
    { "re-run",
      "BUNDLE",
      { .en = "your own run of the same device and firmware",
        .ja = "同じ機器とファームウェアの自組織の証跡" },
      false },
    { "re-run-signer",
      "FILE.pub",
      { .en = "who signed it, if not --key", .ja = "その署名者(--key と違うとき)" },
      false },
    { "examined",
      "PATH",
      { .en = "a file that you examined (default: all that lie open)",
        .ja = "調べたファイル(省略時は開示されたものすべて)" },
      true },
    { "findings",
      "FILE",
      { .en = "findings by clause, YAML or JSON", .ja = "項目ごとの所見(YAMLかJSON)" },
      false },
    { "finding", "CLAUSE=VERDICT[:REMARK]", { .en = "one finding", .ja = "所見1つ" }, true },
    { "result",
      "WORD",
      { .en = "your result (default: what all adds up to; never better)",
        .ja = "結論(省略時は全体から計算。それより良くはできない)" },
      false },
    { "policy", "NAME", { .en = "the rules that you evaluated by", .ja = "評価の規程" }, false },
    { "accreditation",
      "BODY:NUMBER",
      { .en = "your accreditation", .ja = "認定機関と認定番号" },
      false },
    { "not-before", "TIME", { .en = "when it begins to hold", .ja = "有効期間の始まり" }, false },
    { "supersedes",
      "BUNDLE|SHA256",
      { .en = "what this replaces: a bundle, or a statement's payload digest",
        .ja = "置き換える証跡、または声明のダイジェスト" },
      true },
    { "label-number",
      "NUMBER",
      { .en = "quote a label's registration number", .ja = "引用するラベルの登録番号" },
      false },
    { "label-url", "URL", { .en = "where it is published", .ja = "公開されている場所" }, false },
    { "label-authority", "NAME", { .en = "by whom", .ja = "公開している組織" }, false },
    OPTION_END,
};

const struct command command_evaluate = {
    .name = "evaluate",
    .summary = { .en = "adds a laboratory's evaluation to a bundle that verifies",
                 .ja = "検証できた証跡に評価機関の声明を追加" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en = "The bundle is verified first; what does not verify is not evaluated. Files "
                     "are\n"
                     "added and none is changed. A summary (svr) is added only when conformant.",
               .ja = "先に証跡を検証し、検証できないものは評価しません。ファイルを足すだけで、\n"
                     "元のファイルは変えません。要約(svr)は適合のときだけ付けます。" },
    .example =
        "  hoshitori evaluate hc100.hoshi --trust store.json --key lab.key --method reviewed \\\n"
        "    --until 2028-03-31T00:00:00Z --findings findings.yaml --out hc100-lab.hoshi",
    .exits = "  0 done  64 usage  65 the bundle does not verify, or a contradiction\n"
             "  70 our own fault",
    .main = evaluate_main,
};
