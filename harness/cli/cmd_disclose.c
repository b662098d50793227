/* disclose - shows withheld entries to somebody who holds the redacted bundle. */
#include "cli/bundle_call.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "evidence/disclose.h"

#include <stdio.h>

static enum status disclose(const struct arguments *arguments, const struct bundle_call *call,
                            struct error *reterr)
{
    const char *out = argument_text(arguments, "out");
    struct selection selection = { 0 };

    TRY(bundle_call_select(arguments, "entry", call, &selection, reterr));
    TRY(disclosure_write(call->bundle, &selection, out, reterr));
    (void) fprintf(stderr,
                   argument_language(arguments) == LANGUAGE_JA
                       ? "%s: %zu件。受け取る人だけに渡してください\n"
                       : "%s: shows %zu; hand it only to those who are to see them\n",
                   out, selection.count);
    return STATUS_OK;
}

static int disclose_main(const struct arguments *arguments)
{
    DEFER(bundle_call_done) struct bundle_call call = { 0 };
    struct error error = { 0 };

    if (argument_text(arguments, "out") == NULL) {
        return exit_saying(STATUS_USAGE, "--out FILE is missing");
    }
    if (bundle_call_open(arguments, &call, &error) != STATUS_OK ||
        disclose(arguments, &call, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    { "entry",
      "WHAT",
      { .en = "an entry's id, class:NAME or path:GLOB",
        .ja = "項目のID、class:名前、path:パターン" },
      true },
    { "out",
      "FILE.disclosure",
      { .en = "the package; must not exist", .ja = "開示パッケージ(新規)" },
      false },
    VERIFY_OPTIONS,
    OPTION_END,
};

const struct command command_disclose = {
    .name = "disclose",
    .summary = { .en = "a package that shows withheld entries to one reader",
                 .ja = "非開示の項目を特定の相手に示すパッケージを作る" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "Made from the full bundle: content, salts and the digest of the manifest that\n"
                   "committed to them. Whoever holds the redacted bundle sees with\n"
                   "check-disclosure that it is just what was withheld. Mode 0600.",
               .ja =
                   "完全な証跡から、内容とソルト、それらを確約した目録のハッシュ値を取り出します。"
                   "\n"
                   "非開示版を持つ人は check-disclosure で、除かれた内容そのものと確認できます。\n"
                   "ファイルのモードは 0600 です。" },
    .example = "  hoshitori disclose hc100.hoshi --entry path:wire/tls-* --out lab.disclosure",
    .exits = "  0 written  64 usage  65 does not verify  70 our own fault",
    .main = disclose_main,
};
