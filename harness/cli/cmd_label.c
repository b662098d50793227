/* label - draws the self-test summary of a bundle that verifies. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/paths.h"
#include "cli/verify_call.h"
#include "engine/dossier.h"
#include "evidence/disk.h"
#include "evidence/json_strict.h"
#include "probe/registry.h"
#include "report/label_card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWING_MAX = 1 << 20 };

/* Is it a suite that came with this program, or one that the reader's trust store names?  Another
 * one may ask anything under a known name. */
static enum status suite_is_known(const struct verified_bundle *bundle, const json_t *report,
                                  unsigned level, struct arena *arena, struct error *reterr)
{
    const json_t *checks = json_object_get(report, "checks");
    char path[PATH_SIZE];
    struct suite *suite = NULL;
    struct digest digest;
    const json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        if (text_equal(json_string_value(json_object_get(check, "code")), "policy.suite") &&
            text_equal(json_string_value(json_object_get(check, "outcome")), "ok")) {
            return STATUS_OK;
        }
    }
    TRY(paths_data(path, reterr, "testsuites/jc-star/star%u/suite.yaml", level));
    TRY(suite_load(path, probe_catalogue(), arena, &suite, reterr));
    TRY(dossier_suite_digest(suite, &digest, reterr));
    if (!digest_equal(&digest, &bundle->manifest->run.suite.sha256)) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "its suite %s %s is neither the one of this program nor one that your trust "
                    "store names: what it asked is not known here",
                    bundle->manifest->run.suite.id, bundle->manifest->run.suite.version);
    }
    return STATUS_OK;
}

static unsigned asked_level(const struct verified_bundle *bundle)
{
    return (unsigned) json_integer_value(json_object_get(bundle->result, "level"));
}

static enum status read_options(const struct arguments *arguments, struct verify_call *call,
                                unsigned *ret_level, struct error *reterr)
{
    const char *out = argument_text(arguments, "out");
    const char *level = argument_text(arguments, "level");
    unsigned long long number = 0;

    if (out == NULL || !(text_ends_with(out, ".svg") || text_ends_with(out, ".json"))) {
        return fail(reterr, STATUS_USAGE, "label needs --out FILE.svg or --out FILE.json");
    }
    if (level != NULL &&
        (text_to_unsigned(level, LABEL_LEVELS, &number) != STATUS_OK || number == 0)) {
        return fail(reterr, STATUS_USAGE, "--level is 1, 2, 3 or 4, not '%s'", level);
    }
    *ret_level = (unsigned) number;
    return verify_call_read(arguments, call, reterr);
}

/* Whole or not at all, and never over what is there. */
static enum status write_new(const char *path, const struct bytes *content, struct error *reterr)
{
    DEFER(disk_draft_done) struct disk_draft draft = { .folder = "" };
    FILE *file;
    bool written;

    TRY(disk_draft_open(path, &draft, reterr));
    file = fopen(draft.path, "wbe");
    if (file == NULL) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    written = fwrite(content->data, 1, content->length, file) == content->length;
    if (fclose(file) != 0 || !written) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    return disk_rename(draft.path, path, false, reterr);
}

static enum status draw(const struct label_card *card, const char *out, enum language language,
                        struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(DRAWING_MAX);

    if (text_ends_with(out, ".svg")) {
        TRY(label_card_svg(card, language, &content, reterr));
    } else {
        json_t *data = label_card_json(card);
        char *text = json_dumps(data, JSON_INDENT(2) | JSON_SORT_KEYS);
        enum status status = text == NULL ? fail(reterr, STATUS_INTERNAL, "out of memory")
                                          : bytes_append_text(&content, text, reterr);

        free(text);
        json_decref(data);
        TRY(status);
        TRY(bytes_append_text(&content, "\n", reterr));
    }
    return write_new(out, &content, reterr);
}

static int label_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    const char *path = argument_positional(arguments, 0);
    const char *out = argument_text(arguments, "out");
    struct verify_call call = { 0 };
    struct label_card card = { 0 };
    struct label *label = NULL;
    struct error error = { 0 };
    char file[PATH_SIZE];
    unsigned level = 0;

    if (read_options(arguments, &call, &level, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    switch (bundle_verify(path, &call.options, arena, &bundle, &report, &error)) {
    case VERIFY_OK:
        break;
    case VERIFY_IO:
        return exit_with(&error);
    case VERIFY_POLICY:
        (void) fprintf(stderr,
                       "hoshitori: %s: not acceptable to you as it stands, so nothing is "
                       "drawn; hoshitori verify says why\n",
                       path);
        return EXIT_NEITHER;
    default:
        return exit_saying(STATUS_BAD_INPUT,
                           "%s: does not verify, so nothing is drawn; see "
                           "hoshitori verify",
                           path);
    }
    level = level == 0 ? asked_level(bundle) : level;
    if (paths_data(file, &error, "labels/jc-star/star%u/label.yaml", level) != STATUS_OK ||
        label_load(file, arena, &label, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (suite_is_known(bundle, report, asked_level(bundle), arena, &error) != STATUS_OK ||
        label_card_of(label, bundle, report, call.options.at_ms, arena, &card, &error) !=
            STATUS_OK ||
        draw(&card, out, argument_language(arguments), &error) != STATUS_OK) {
        if (error.status != STATUS_UNSUPPORTED) {
            return exit_with(&error);
        }
        (void) fprintf(stderr, "hoshitori: %s: no summary is drawn: %s\n", path, error.message);
        return EXIT_NEITHER;
    }
    (void) fprintf(stderr, "%s: %s\n", out,
                   words_in(&card.summary->title, argument_language(arguments)));
    return EXIT_OK;
}

static const struct option options[] = {
    { "out",
      "FILE",
      { .en = "a new file: .svg is drawn, .json is data",
        .ja = "新しいファイル（.svg は図、.json はデータ）" },
      false },
    { "level",
      "1..4",
      { .en = "of this level; that of the run unless given", .ja = "段階（省略時は試験の段階）" },
      false },
    VERIFY_OPTIONS,
    OPTION_END,
};

const struct command command_label = {
    .name = "label",
    .summary = { .en = "draws the self-test summary of a bundle that verifies",
                 .ja = "検証した証跡から自己検査の要約を描く" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "A card with model, firmware, dates, a circle for each item and a QR code that\n"
                   "names the bundle (hoshitori verify --expect-qr). It is this project's own\n"
                   "artwork, never the scheme's label, and says so. Nothing is drawn of a bundle\n"
                   "that verify does not call OK, of a suite that is not known here, after its\n"
                   "time, or, for levels 3 and 4, without an evaluator's statement.",
               .ja = "型番、ファームウェア、日付、項目ごとの丸、証跡を示すQRコード\n"
                     "（hoshitori verify --expect-qr "
                     "で照合）を載せた図です。本プロジェクト独自の図で\n"
                     "あり、制度のラベルではないことを図に明記します。verify "
                     "がOKとしない証跡、知らない\n"
                     "スイート、期限切れ、評価機関の声明のない段階3と4については描きません。" },
    .example = "  hoshitori label hc100.hoshi --signer vendor.key.pub --out hc100.svg --lang ja",
    .exits = "  0 drawn  2 not drawn: policy, suite, time or declaration  64 usage\n"
             "  65 does not verify  70 our own fault",
    .main = label_main,
};
