/* check-disclosure - is what somebody shows just what the bundle withholds? */
#include "cli/bundle_call.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "evidence/disclose.h"

#include <stdio.h>

static enum status check(const struct arguments *arguments, const struct bundle_call *call,
                         struct outbox *outbox, const struct disclosure **ret_shown,
                         struct error *reterr)
{
    TRY(disclosure_check(call->bundle, argument_positional(arguments, 1), outbox, call->arena,
                         ret_shown, reterr));
    return outbox == NULL ? STATUS_OK : outbox_commit(outbox, reterr);
}

static void say_shown(const struct disclosure *shown, bool ja)
{
    for (size_t i = 0; i < shown->count; i++) {
        printf("%-6s %10llu  %s\n", shown->entries[i].id,
               (unsigned long long) shown->entries[i].size, shown->entries[i].path);
    }
    (void) fprintf(stderr,
                   ja ? "%zu件: 証跡が確約した内容そのものです\n"
                      : "%zu shown: just what the bundle committed to\n",
                   shown->count);
}

static int check_disclosure_main(const struct arguments *arguments)
{
    DEFER(bundle_call_done) struct bundle_call call = { 0 };
    DEFER(outbox_done) struct outbox *outbox = NULL;
    const struct disclosure *shown = NULL;
    struct error error = { 0 };
    bool ja = argument_language(arguments) == LANGUAGE_JA;

    if (bundle_call_open(arguments, &call, &error) != STATUS_OK ||
        bundle_call_outbox(arguments, &call, &outbox, &error) != STATUS_OK) {
        return bundle_call_exit(&call, &error);
    }
    if (check(arguments, &call, outbox, &shown, &error) != STATUS_OK) {
        call.answer = VERIFY_FAIL; /* the package, not the bundle */
        return bundle_call_exit(&call, &error);
    }
    say_shown(shown, ja);
    if (call.answer != VERIFY_OK) {
        (void) fprintf(stderr, ja ? "ただし証跡の署名者または方針が確認できません (verify を参照)\n"
                                  : "but the bundle itself is not acceptable to you; see hoshitori "
                                    "verify\n");
    }
    return (int) call.answer;
}

static const struct option options[] = {
    { "out",
      "DIR",
      { .en = "also write the contents into this new folder",
        .ja = "内容を新しいフォルダに書き出す" },
      false },
    UNKNOWN_SIGNER_OPTION,
    VERIFY_OPTIONS,
    OPTION_END,
};

const struct command command_check_disclosure = {
    .name = "check-disclosure",
    .summary = { .en = "is what somebody shows just what a bundle withholds?",
                 .ja = "示された内容が、証跡で非開示の項目そのものか確認" },
    .positionals = "BUNDLE FILE.disclosure",
    .positional_least = 2,
    .positional_most = 2,
    .options = options,
    .about = { .en = "Verifies the bundle, then compares each content of the package with the\n"
                     "commitment that the same, signed manifest holds. With --out, contents are\n"
                     "written only when all of them are right.",
               .ja =
                   "証跡を検証し、パッケージの各内容を、署名された同じ目録の確約値と照合します。\n"
                   "--out を付けると、すべて正しい場合に限り内容を書き出します。" },
    .example =
        "  hoshitori check-disclosure hc100-public.hoshi lab.disclosure --signer vendor.key.pub",
    .exits = "  0 it is, in a bundle that is OK  1 it is not, or the bundle is FAIL\n"
             "  2 it is, in a bundle that is POLICY; with --out: nothing written for that reason\n"
             "  3 UNSUPPORTED  4 usage or I/O",
    .main = check_disclosure_main,
};
