/* attest - a person's word about a step that no machine sees, or an authority's about its register.
 */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/remark_call.h"

enum { PAYLOAD_MAX = 1 << 20, ATTESTATION_NUMBER = 50, REGISTRATION_NUMBER = 70 };

static const char *const texts[] = { "clause", "check", "reason",       "person", "evidence",
                                     "role",   "state", "registration", "url",    NULL };

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
    const enum statement_kind kind =
        argument_given(arguments, "registration") ? STATEMENT_REGISTRATION : STATEMENT_ATTESTATION;
    enum status status = remark_call_open(arguments, texts, kind, arena, &call, &error);

    if (status == STATUS_OK) {
        status = kind == STATEMENT_REGISTRATION
                     ? write_registration(&call, &error)
                     : remark_call_remark(&call, STATEMENT_ATTESTATION, ATTESTATION_NUMBER,
                                          "attestation", "vendor", &error);
    }
    return status == STATUS_OK ? EXIT_OK : exit_with(&error);
}

static const struct option options[] = {
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

const struct command command_attest = {
    .name = "attest",
    .summary = { .en = "adds what a person attests, or an authority's registration",
                 .ja = "人が確かめた手順、または登録の声明を追加" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
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
