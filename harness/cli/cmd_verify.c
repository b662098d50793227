/* verify - is the bundle authentic and complete, and is it acceptable to you? */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/journal_page.h"
#include "cli/verify_call.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_MAX = 1 << 20, SUPERSEDED_MAX = 16 };

static enum status print_report(const struct arguments *arguments, const json_t *report,
                                struct error *reterr)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(PAGE_MAX);

    if (argument_given(arguments, "json")) {
        TRY(json_strict_write(report, &out, reterr));
        TRY(bytes_append_text(&out, "\n", reterr));
    } else {
        TRY(verify_page(report, argument_language(arguments), &out, reterr));
    }
    if (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0) {
        return fail(reterr, STATUS_IO, "stdout cannot be written");
    }
    return STATUS_OK;
}

/* The verifier's exit codes are its own: 4 stands for usage and I/O. */
static int say(const struct error *error)
{
    (void) exit_with(error);
    return VERIFY_IO;
}

static enum status refuse_version(const char *firmware, struct error *reterr)
{
    return firmware == NULL || keyid_is_well_formed(firmware)
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE,
                      "--expect-firmware is a SHA-256 in 64 lower-case hex digits; for a version "
                      "there is --expect-firmware-version");
}

/* Each one that is left out might be the one that tells. */
static enum status take_newer(const struct arguments *arguments, const char *newer[SUPERSEDED_MAX],
                              struct verify_options *options, struct error *reterr)
{
    const char *path;

    for (size_t i = 0; (path = argument_nth(arguments, "superseded-by", i)) != NULL; i++) {
        if (i == SUPERSEDED_MAX) {
            return fail(reterr, STATUS_USAGE, "--superseded-by may be given %d times at most",
                        SUPERSEDED_MAX);
        }
        newer[i] = path;
        options->superseded_by_count = i + 1;
    }
    options->superseded_by = newer;
    return STATUS_OK;
}

static enum status refuse_without_store(const struct verify_options *options, struct error *reterr)
{
    return options->trust_path != NULL ||
                   (options->trust_state_path == NULL && options->trust_root == NULL)
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE, "--state and --trust-root go with --trust");
}

/* At best 2: nobody has signed it, and more is to come. */
static int verify_journal(const struct arguments *arguments, const char *folder)
{
    struct error error = { 0 };
    bool whole = false;

    if (journal_page(arguments, folder, &whole, &error) != STATUS_OK) {
        return say(&error);
    }
    return whole ? VERIFY_POLICY : VERIFY_FAIL;
}

static int verify_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    const char *newer[SUPERSEDED_MAX];
    struct verify_call call = { 0 };
    struct error error = { 0 };
    enum verify_exit answer;

    if (journal_page_fits(argument_positional(arguments, 0))) {
        return verify_journal(arguments, argument_positional(arguments, 0));
    }
    call.options.trust_state_path = argument_text(arguments, "state");
    call.options.trust_root = argument_text(arguments, "trust-root");
    call.options.expect_model = argument_text(arguments, "expect-model");
    call.options.expect_firmware = argument_text(arguments, "expect-firmware");
    call.options.expect_firmware_version = argument_text(arguments, "expect-firmware-version");
    call.options.expect_qr = argument_text(arguments, "expect-qr");
    call.options.require_conformant = argument_given(arguments, "require-conformant");
    if (refuse_version(call.options.expect_firmware, &error) != STATUS_OK ||
        take_newer(arguments, newer, &call.options, &error) != STATUS_OK ||
        verify_call_read(arguments, &call, &error) != STATUS_OK ||
        refuse_without_store(&call.options, &error) != STATUS_OK) {
        return say(&error);
    }
    answer = bundle_verify(argument_positional(arguments, 0), &call.options, arena, NULL, &report,
                           &error);
    if (answer == VERIFY_IO || print_report(arguments, report, &error) != STATUS_OK) {
        return say(&error);
    }
    return (int) answer;
}

static const struct option options[] = {
    VERIFY_OPTIONS,
    { "trust-root",
      "KEYID",
      { .en = "the trust store's root key, learnt on paper",
        .ja = "書面で確認した信頼リストの根の鍵ID" },
      false },
    { "state",
      "FILE",
      { .en = "remembers the newest trust store seen",
        .ja = "見たことのある最新の信頼リストを記憶" },
      false },
    { "expect-model",
      "MODEL",
      { .en = "the model you are about to buy", .ja = "調達する型番" },
      false },
    { "expect-firmware",
      "SHA256",
      { .en = "the firmware image you have", .ja = "手元のファームウェアのSHA-256" },
      false },
    { "expect-firmware-version",
      "V",
      { .en = "its version, as the vendor calls it", .ja = "ファームウェアの版(製造者の呼び名)" },
      false },
    { "expect-qr",
      "TEXT",
      { .en = "what the label's code says", .ja = "ラベルのコードの文字列" },
      false },
    { "require-conformant",
      NULL,
      { .en = "nothing but conformant, or waived as the trust store allows",
        .ja = "適合以外は不可(信頼リストが認める免除を除く)" },
      false },
    { "superseded-by",
      "FILE",
      { .en = "a newer evaluation that you hold", .ja = "手元にある、より新しい評価の声明" },
      true },
    { "json", NULL, { .en = "the report as JSON", .ja = "JSONで出力" }, false },
    OPTION_END,
};

const struct command command_verify = {
    .name = "verify",
    .summary = { .en = "is a bundle authentic and complete, and acceptable to you?",
                 .ja = "証跡が本物で完全か、受け入れてよいかを検証" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "Works offline. Without --trust or --signer the best answer is 2: the form is\n"
                   "authentic, but you have not said whom you believe.",
               .ja = "ネットワークは不要です。--trust も --signer もなければ、最良でも 2\n"
                     "(形式は正しいが、署名者を信じる根拠がない)です。" },
    .example = "  hoshitori verify hc100.hoshi --signer vendor.key.pub --expect-model HC-100",
    .exits = "  0 OK  1 FAIL (tampered or malformed)  2 POLICY (authentic, not acceptable)\n"
             "  3 UNSUPPORTED  4 usage or I/O",
    .main = verify_main,
};
