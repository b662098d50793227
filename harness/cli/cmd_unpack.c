/* unpack - the files of a bundle, written only when it has been verified. */
#include "cli/bundle_call.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "evidence/redact.h"

#include <stdio.h>

static enum status unpack(const struct arguments *arguments, const struct bundle_call *call,
                          struct error *reterr)
{
    DEFER(outbox_done) struct outbox *outbox = NULL;

    TRY(bundle_call_outbox(arguments, call, &outbox, reterr));
    TRY(bundle_unpack(call->bundle, outbox, reterr));
    return outbox_commit(outbox, reterr);
}

static int unpack_main(const struct arguments *arguments)
{
    DEFER(bundle_call_done) struct bundle_call call = { 0 };
    struct error error = { 0 };

    if (argument_text(arguments, "out") == NULL) {
        (void) exit_saying(STATUS_USAGE, "--out DIR is missing");
        return VERIFY_IO;
    }
    if (bundle_call_open(arguments, &call, &error) != STATUS_OK ||
        unpack(arguments, &call, &error) != STATUS_OK) {
        return bundle_call_exit(&call, &error);
    }
    return EXIT_OK;
}

static const struct option options[] = {
    { "out",
      "DIR",
      { .en = "the folder to make; must not exist", .ja = "作成するフォルダ(新規)" },
      false },
    UNKNOWN_SIGNER_OPTION,
    VERIFY_OPTIONS,
    OPTION_END,
};

const struct command command_unpack = {
    .name = "unpack",
    .summary = { .en = "the files of a bundle, once it is verified",
                 .ja = "検証した証跡をファイルに展開する" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en = "All or nothing: the folder appears when every file has been written and\n"
                     "compared with the manifest. No link is followed and nothing outside the\n"
                     "folder is touched. Folders have mode 0700, files 0600.",
               .ja = "全ファイルを書き出して目録と照合できた場合だけフォルダが現れます。リンクはた"
                     "どらず、\n"
                     "フォルダの外には書きません。モードはフォルダ 0700、ファイル 0600 です。" },
    .example = "  hoshitori unpack hc100.hoshi --out hc100 --signer vendor.key.pub",
    .exits =
        "  0 written  1 FAIL (tampered or malformed)  2 POLICY (not acceptable; nothing written)\n"
        "  3 UNSUPPORTED  4 usage or I/O",
    .main = unpack_main,
};
