/* hoshitori-verify - judges a bundle and nothing else: no network, no device, no key. */
#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/verify.h"
#include "verify/confine.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

enum { OUTPUT_MAX = 64 << 20, SUPERSEDED_MAX = 16 };

struct request {
    struct verify_options options;
    struct public_key signer;
    const char *signer_path;
    const char *bundle;
    const char *superseded_by[SUPERSEDED_MAX];
    bool json;
    bool help;
    enum language language;
};

#define SYNOPSIS                                                                                   \
    "hoshitori-verify BUNDLE [--signer KEY.pub | --trust FILE [--state FILE] [--trust-root "       \
    "KEYID]]\n"                                                                                    \
    "                 [--at TIME] [--expect-model M] [--expect-firmware SHA256]\n"                 \
    "                 [--expect-firmware-version V] [--expect-qr TEXT]\n"                          \
    "                 [--require-conformant] [--superseded-by FILE]... [--json] [--lang "          \
    "ja|en]\n\n"

#define EXAMPLE "hoshitori-verify demo.hoshi --signer vendor.key.pub --expect-model HC-100\n"

static const struct words usage = {
    .en = SYNOPSIS
    "  --signer KEY.pub        believe this one public key, in the role of the vendor\n"
    "  --trust FILE            believe the keys of this trust store\n"
    "  --state FILE            remember the store's version here and refuse an older one\n"
    "  --trust-root KEYID      the store's root key as you learnt it on paper\n"
    "  --at TIME               judge at this time, such as 2026-04-01T00:00:00Z (default: now)\n"
    "  --require-conformant    accept nothing but conformant, or waived as the store allows\n"
    "  --superseded-by FILE    a newer evaluation that you hold; may be given again\n"
    "  --json                  the report as one JSON object\n"
    "\n"
    "Exit: 0 OK, 1 FAIL (tampered with or malformed), 2 POLICY (not acceptable to you),\n"
    "      3 UNSUPPORTED, 4 usage or I/O.\n"
    "\n"
    "Example: " EXAMPLE,
    .ja = SYNOPSIS
    "  --signer KEY.pub        この公開鍵一つを、メーカーの鍵として信じる\n"
    "  --trust FILE            この信頼リストにある鍵を信じる\n"
    "  --state FILE            リストの版をここに記録し、古い版を拒む\n"
    "  --trust-root KEYID      紙などで知ったリストのルート鍵ID\n"
    "  --at TIME               この時刻で判定 (例 2026-04-01T00:00:00Z、既定は今)\n"
    "  --require-conformant    適合か、リストが認める免除だけを受け入れる\n"
    "  --superseded-by FILE    手元にある新しい評価 (複数可)\n"
    "  --json                  結果をJSONで\n"
    "\n"
    "終了コード: 0 OK、1 FAIL (改ざんか形式の誤り)、2 POLICY (受け入れる条件を満たさない)、\n"
    "      3 UNSUPPORTED、4 使い方か入出力の誤り\n"
    "\n"
    "例: " EXAMPLE,
};

enum option_code {
    OPTION_SIGNER = 256,
    OPTION_TRUST,
    OPTION_STATE,
    OPTION_ROOT,
    OPTION_AT,
    OPTION_MODEL,
    OPTION_FIRMWARE,
    OPTION_FIRMWARE_VERSION,
    OPTION_QR,
    OPTION_CONFORMANT,
    OPTION_SUPERSEDED,
    OPTION_JSON,
    OPTION_LANGUAGE,
    OPTION_HELP
};

static const struct option long_options[] = {
    { "signer", required_argument, NULL, OPTION_SIGNER },
    { "trust", required_argument, NULL, OPTION_TRUST },
    { "state", required_argument, NULL, OPTION_STATE },
    { "trust-root", required_argument, NULL, OPTION_ROOT },
    { "at", required_argument, NULL, OPTION_AT },
    { "expect-model", required_argument, NULL, OPTION_MODEL },
    { "expect-firmware", required_argument, NULL, OPTION_FIRMWARE },
    { "expect-firmware-version", required_argument, NULL, OPTION_FIRMWARE_VERSION },
    { "expect-qr", required_argument, NULL, OPTION_QR },
    { "require-conformant", no_argument, NULL, OPTION_CONFORMANT },
    { "superseded-by", required_argument, NULL, OPTION_SUPERSEDED },
    { "json", no_argument, NULL, OPTION_JSON },
    { "lang", required_argument, NULL, OPTION_LANGUAGE },
    { "help", no_argument, NULL, OPTION_HELP },
    { NULL, 0, NULL, 0 },
};

static bool take_option(struct request *request, int code, const char *value)
{
    struct verify_options *options = &request->options;

    switch (code) {
    case OPTION_SIGNER:
        request->signer_path = value;
        return true;
    case OPTION_TRUST:
        options->trust_path = value;
        return true;
    case OPTION_STATE:
        options->trust_state_path = value;
        return true;
    case OPTION_ROOT:
        options->trust_root = value;
        return keyid_is_well_formed(value);
    case OPTION_AT:
        return json_strict_time(value, &options->at_ms);
    case OPTION_MODEL:
        options->expect_model = value;
        return true;
    case OPTION_FIRMWARE:
        options->expect_firmware = value;
        return keyid_is_well_formed(value);
    case OPTION_FIRMWARE_VERSION:
        options->expect_firmware_version = value;
        return true;
    case OPTION_QR:
        options->expect_qr = value;
        return true;
    case OPTION_CONFORMANT:
        options->require_conformant = true;
        return true;
    case OPTION_SUPERSEDED:
        if (options->superseded_by_count == SUPERSEDED_MAX) {
            return false;
        }
        request->superseded_by[options->superseded_by_count++] = value;
        options->superseded_by = request->superseded_by;
        return true;
    case OPTION_JSON:
        request->json = true;
        return true;
    case OPTION_LANGUAGE:
        request->language = text_equal(value, "ja") ? LANGUAGE_JA : LANGUAGE_EN;
        return text_equal(value, "ja") || text_equal(value, "en");
    case OPTION_HELP:
        request->help = true;
        return true;
    default:
        return false;
    }
}

static bool read_arguments(int argc, char **argv, struct request *request)
{
    const char *locale = getenv("LC_ALL");
    int code;

    locale = locale != NULL && *locale != '\0' ? locale : getenv("LANG");
    request->language =
        locale != NULL && text_starts_with(locale, "ja") ? LANGUAGE_JA : LANGUAGE_EN;
    request->options.at_ms = clock_wall_ms();
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (!take_option(request, code, optarg)) {
            return false;
        }
    }
    if (request->help) {
        return true;
    }
    if (optind != argc - 1 ||
        (request->options.trust_path == NULL &&
         (request->options.trust_state_path != NULL || request->options.trust_root != NULL))) {
        return false;
    }
    request->bundle = argv[optind];
    return true;
}

static enum status print_report(const struct request *request, const json_t *report,
                                struct error *reterr)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(OUTPUT_MAX);

    if (request->json) {
        TRY(json_strict_write(report, &text, reterr));
        TRY(bytes_append_text(&text, "\n", reterr));
    } else {
        TRY(verify_page(report, request->language, &text, reterr));
    }
    if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0) {
        return fail(reterr, STATUS_IO, "the report cannot be written");
    }
    return STATUS_OK;
}

static int complain(const struct error *error)
{
    (void) fprintf(stderr, "hoshitori-verify: %s\n", error->message);
    return VERIFY_IO;
}

int main(int argc, char **argv)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    struct request request = { 0 };
    struct error error = { 0 };
    enum verify_exit exit;

    verify_confine();
    /* The machine's openssl.cnf may switch algorithms on and off: no part of the answer. */
    (void) OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (!read_arguments(argc, argv, &request)) {
        (void) fputs(words_in(&usage, request.language), stderr);
        return VERIFY_IO;
    }
    if (request.help) {
        (void) fputs(words_in(&usage, request.language), stdout);
        return VERIFY_OK;
    }
    if (request.signer_path != NULL) {
        if (public_key_load(request.signer_path, &request.signer, &error) != STATUS_OK) {
            return complain(&error);
        }
        request.options.signer = &request.signer;
    }
    exit = bundle_verify(request.bundle, &request.options, arena, NULL, &report, &error);
    if (exit == VERIFY_IO || print_report(&request, report, &error) != STATUS_OK) {
        return complain(&error);
    }
    return (int) exit;
}
