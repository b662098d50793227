/* waive, attest - one party's word about one clause or check, signed, justified and with an end. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/remark_call.h"
#include "evidence/json_make.h"
#include "model/decode.h"

enum {
    PAYLOAD_MAX = 1 << 20,
    WAIVER_NUMBER = 30,
    ATTESTATION_NUMBER = 50,
    REGISTRATION_NUMBER = 70
};

static const char *const texts[] = { "clause", "check",  "reason",       "person", "evidence",
                                     "state",  "scheme", "registration", "url",    NULL };

static enum status read_remark(const struct remark_call *call, struct statement_remark *remark,
                               struct error *reterr)
{
    size_t count = 0;
    const char *const *evidence = remark_call_all(call, "evidence", &count);

    remark->by = call->by;
    remark->corporate_number = call->corporate_number;
    remark->person = argument_text(call->arguments, "person");
    remark->clause = argument_text(call->arguments, "clause");
    remark->check = argument_text(call->arguments, "check");
    remark->justification = argument_text(call->arguments, "reason");
    remark->issued_at = call->issued_at;
    remark->not_after = call->until;
    if ((remark->clause == NULL) == (remark->check == NULL)) {
        return fail(reterr, STATUS_USAGE, "--clause or --check, one of them");
    }
    if (remark->justification == NULL) {
        return fail(reterr, STATUS_USAGE, "--reason is needed");
    }
    TRY(evaluate_verdict(call->bundle, remark->clause, remark->check, &remark->verdict, reterr));
    return count == 0 ? STATUS_OK
                      : evaluate_entries(call->bundle, evidence, count, call->arena,
                                         &remark->entries, reterr);
}

static enum status write_remark(struct remark_call *call, enum statement_kind kind, unsigned number,
                                const char *word, const char *role, struct error *reterr)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(PAYLOAD_MAX);
    struct statement_remark remark = { .role = role };
    const struct statement_about about = evaluate_about(call->bundle);

    TRY(read_remark(call, &remark, reterr));
    if (kind == STATEMENT_WAIVER &&
        (remark.verdict == VERDICT_PASS || remark.verdict == VERDICT_NA ||
         remark.verdict == VERDICT_ERROR)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s ended in %s: there is nothing that can be waived",
                    remark.clause == NULL ? remark.check : remark.clause,
                    verdict_word(remark.verdict));
    }
    TRY(statement_remark_write(&about, kind, &remark, &payload, reterr));
    return remark_call_write(call, number, &word, &payload, 1, reterr);
}

/* The key's role, as far as a trust store says it. */
static const char *role_of(const struct remark_call *call, const char *otherwise)
{
    const char *given = argument_text(call->arguments, "role");

    if (given != NULL) {
        return given;
    }
    return call->member == NULL ? otherwise : trust_role_word(call->member->role);
}

static int waive_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(remark_call_done) struct remark_call call = { 0 };
    struct error error = { 0 };

    if (remark_call_open(arguments, texts, arena, &call, &error) != STATUS_OK ||
        write_remark(&call, STATEMENT_WAIVER, WAIVER_NUMBER, "waiver", role_of(&call, "evaluator"),
                     &error) != STATUS_OK) {
        return exit_with(&error);
    }
    return EXIT_OK;
}

static enum status write_registration(struct remark_call *call, struct error *reterr)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(PAYLOAD_MAX);
    const char *word = "registration";
    const struct statement_about about = evaluate_about(call->bundle);
    const struct statement_registration said = {
        .authority = call->by,
        .corporate_number = call->corporate_number,
        .scheme = json_string_value(json_object_get(call->bundle->result, "scheme")),
        .number = argument_text(call->arguments, "registration"),
        .url = argument_text(call->arguments, "url"),
        .state = argument_text(call->arguments, "state"),
        .issued_at = call->issued_at,
        .not_after = call->until,
    };

    if (said.url == NULL || said.state == NULL) {
        return fail(reterr, STATUS_USAGE, "--registration goes with --state and --url");
    }
    if (call->member != NULL && call->member->role != TRUST_AUTHORITY) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the trust store does not call the key's owner an authority");
    }
    TRY(statement_registration_write(&about, &said, &payload, reterr));
    return remark_call_write(call, REGISTRATION_NUMBER, &word, &payload, 1, reterr);
}

static int attest_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(remark_call_done) struct remark_call call = { 0 };
    struct error error = { 0 };
    enum status status = remark_call_open(arguments, texts, arena, &call, &error);

    if (status == STATUS_OK) {
        status = argument_given(arguments, "registration")
                     ? write_registration(&call, &error)
                     : write_remark(&call, STATEMENT_ATTESTATION, ATTESTATION_NUMBER, "attestation",
                                    role_of(&call, "vendor"), &error);
    }
    return status == STATUS_OK ? EXIT_OK : exit_with(&error);
}

#define MATTER_OPTIONS                                                                             \
    { "clause", "ID", { .en = "the clause it is about", .ja = "対象の項目" }, false },             \
        { "check", "ID", { .en = "instead: one check", .ja = "項目の代わりに検査1つ" }, false },   \
        { "reason", "TEXT", { .en = "why, in words (needed)", .ja = "理由(必須)" }, false },       \
        { "evidence",                                                                              \
          "PATH",                                                                                  \
          { .en = "a file of the bundle that it rests on", .ja = "根拠とする証跡内のファイル" },   \
          true },                                                                                  \
        { "person", "NAME", { .en = "who decided or did it", .ja = "担当者" }, false },            \
    {                                                                                              \
        "role", "ROLE", { .en = "without a trust store: the key's role", .ja = "鍵の役割" }, false \
    }

static const struct option waive_options[] = {
    VERIFY_OPTIONS,
    REMARK_OPTIONS,
    MATTER_OPTIONS,
    OPTION_END,
};

static const struct option attest_options[] = {
    VERIFY_OPTIONS,
    REMARK_OPTIONS,
    MATTER_OPTIONS,
    { "registration",
      "NUMBER",
      { .en = "instead, for an authority: a number of its register",
        .ja = "制度の運営者の場合: 登録番号" },
      false },
    { "state",
      "STATE",
      { .en = "granted, grace, expired, withdrawn or revoked",
        .ja = "granted, grace, expired, withdrawn, revoked のどれか" },
      false },
    { "url", "URL", { .en = "where it is published", .ja = "公開されている場所" }, false },
    OPTION_END,
};

const struct command command_waive = {
    .name = "waive",
    .summary = { .en = "adds a signed, justified waiver with an end",
                 .ja = "理由と期限のある免除の声明を追加" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = waive_options,
    .about = { .en = "For evaluators and authorities. A waiver changes no verdict: it is listed, "
                     "and\n"
                     "counts only for readers whose trust store accepts waivers of that role.",
               .ja = "評価者と制度の運営者のためのものです。判定は変わりません。その役割の免除を\n"
                     "認める信頼リストの読み手にだけ意味を持ちます。" },
    .example =
        "  hoshitori waive hc100.hoshi --trust store.json --key lab.key --clause S1.1-09 \\\n"
        "    --reason 'policy is due with the next edition' --until 2027-03-31T00:00:00Z \\\n"
        "    --out hc100-waived.hoshi",
    .exits = "  0 done  64 usage  65 the bundle does not verify, or nothing to waive\n"
             "  70 our own fault",
    .main = waive_main,
};

const struct command command_attest = {
    .name = "attest",
    .summary = { .en = "adds what a person attests, or an authority's registration",
                 .ja = "人が確かめた手順、または登録の声明を追加" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = attest_options,
    .about = { .en = "For steps that no machine sees: a vendor's or evaluator's own word about a "
                     "clause\n"
                     "or check. It changes no verdict. With --registration, an authority states "
                     "what\n"
                     "its register holds.",
               .ja = "機械では見えない手順について、製造者か評価者が自分の言葉で述べます。判定は\n"
                     "変わりません。--registration では制度の運営者が登録の状態を述べます。" },
    .example =
        "  hoshitori attest hc100.hoshi --signer vendor.key.pub --key vendor.key --by ACME \\\n"
        "    --clause S1.1-14 --reason 'power cut by hand three times, 2026-04-01' \\\n"
        "    --until 2028-03-31T00:00:00Z --out hc100-attested.hoshi",
    .exits = "  0 done  64 usage  65 the bundle does not verify  70 our own fault",
    .main = attest_main,
};
