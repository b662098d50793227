/* waive - one party accepts that a clause or check does not hold: justified and with an end. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/remark_call.h"

enum { WAIVER_NUMBER = 30 };

static const char *const texts[] = {
    "clause", "check", "reason", "person", "evidence", "role", NULL
};

static int waive_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(remark_call_done) struct remark_call call = { 0 };
    struct error error = { 0 };

    if (remark_call_open(arguments, texts, STATEMENT_WAIVER, arena, &call, &error) != STATUS_OK ||
        remark_call_remark(&call, STATEMENT_WAIVER, WAIVER_NUMBER, "waiver", "evaluator", &error) !=
            STATUS_OK) {
        return exit_with(&error);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    VERIFY_OPTIONS,
    REMARK_OPTIONS,
    MATTER_OPTIONS,
    OPTION_END,
};

const struct command command_waive = {
    .name = "waive",
    .summary = { .en = "adds a signed, justified waiver with an end",
                 .ja = "理由と期限のある免除の声明を追加" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
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
