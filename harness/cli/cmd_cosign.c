/* cosign - adds ML-DSA-65 signatures beside those that one key has made in a finished bundle. */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/run_inputs.h"
#include "evidence/cosign.h"
#include "evidence/json_strict.h"
#include "evidence/verify.h"

#include <stdio.h>

/* Nothing is signed in a file that is not sound.  Whether anybody believes the signers is not
 * asked: POLICY will do. */
static enum status check_sound(const char *path, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    const struct verify_options options = { .at_ms = clock_wall_ms() };

    switch (bundle_verify(path, &options, arena, NULL, &report, reterr)) {
    case VERIFY_OK:
    case VERIFY_POLICY:
        return STATUS_OK;
    case VERIFY_IO:
        return reterr->status;
    default:
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: does not verify; nothing was signed (see hoshitori verify)", path);
    }
}

static enum status cosign(const struct arguments *arguments, size_t *ret_count,
                          struct error *reterr)
{
    DEFER(mldsa_key_done) struct mldsa_key key = { 0 };
    const char *bundle = argument_positional(arguments, 0);
    const char *key_path = argument_text(arguments, "key");
    const char *beside_path = argument_text(arguments, "beside");
    const char *out = argument_text(arguments, "out");
    struct public_key beside = { 0 };

    if (key_path == NULL || beside_path == NULL || out == NULL) {
        return fail(reterr, STATUS_USAGE,
                    "--key FILE, --beside FILE.pub and --out FILE are needed (see hoshitori cosign "
                    "--help)");
    }
    TRY(public_key_load(beside_path, &beside, reterr));
    TRY(check_sound(bundle, reterr));
    TRY(run_pq_key_load(key_path, &key, reterr));
    return cosign_bundle(bundle, &key, &beside, out, ret_count, reterr);
}

static int cosign_main(const struct arguments *arguments)
{
    struct error error = { 0 };
    size_t count = 0;

    if (cosign(arguments, &count, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    (void) fprintf(stderr,
                   argument_language(arguments) == LANGUAGE_JA
                       ? "%s: 声明%zu件に署名を追加\n"
                       : "%s: %zu statements signed again\n",
                   argument_text(arguments, "out"), count);
    return EXIT_OK;
}

static const struct option options[] = {
    { "key", "FILE", { .en = "the ML-DSA-65 key", .ja = "ML-DSA-65 鍵" }, false },
    { "beside",
      "FILE.pub",
      { .en = "whose statements are signed again: the ECDSA key, public half",
        .ja = "どの鍵の声明に署名を追加するか(ECDSA 公開鍵)" },
      false },
    { "out", "FILE.hoshi", { .en = "the bundle to write", .ja = "出力する証跡ファイル" }, false },
    OPTION_END,
};

const struct command command_cosign = {
    .name = "cosign",
    .summary = { .en = "adds post-quantum signatures beside your own in a finished bundle",
                 .ja = "完成した証跡の自分の署名に、耐量子署名を追加する" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "For vendors and laboratories alike. The statements stay as they are, byte for\n"
                   "byte, and so does BUNDLE; statements of other signers are left alone. Needs\n"
                   "OpenSSL 3.5 or later (Debian 13).",
               .ja = "製造者も評価機関も使えます。声明も元のファイルも一切変わらず、他の署名者の声"
                     "明\n"
                     "には触れません。OpenSSL 3.5 以降 (Debian 13) が必要です。" },
    .example = "  hoshitori key new --algorithm ml-dsa-65 vendor-pq.key\n"
               "  hoshitori cosign hc100.hoshi --key vendor-pq.key --beside vendor.key.pub \\\n"
               "      --out hc100-pq.hoshi",
    .exits = "  0 done  64 usage  65 bad input, or ML-DSA-65 is not available here\n"
             "  70 our own fault",
    .main = cosign_main,
};
