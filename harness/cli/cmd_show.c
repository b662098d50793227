/* show - the chart of a bundle, from what the verifier found authentic. */
#include "cli/chart_view.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/journal_page.h"
#include "cli/verify_call.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>

static enum status print_json(const json_t *result, struct error *reterr)
{
    char *text = json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS);
    int printed = text == NULL ? -1 : printf("%s\n", text);

    free(text);
    return printed < 0 ? fail(reterr, STATUS_IO, "stdout cannot be written") : STATUS_OK;
}

static void say_standing(const struct verified_bundle *bundle)
{
    if (!bundle->authentic) {
        (void) fprintf(stderr, "hoshitori: whole and well-formed, but nobody you named has signed "
                               "it (see --signer, --trust)\n");
    } else if (bundle->exit != VERIFY_OK) {
        (void) fprintf(stderr, "hoshitori: authentic, but not acceptable to you as it stands; "
                               "hoshitori verify says why\n");
    }
}

/* What is there is shown either way; 2 says that it is no bundle yet. */
static int show_journal(const struct arguments *arguments, const char *folder)
{
    struct error error = { 0 };
    bool whole = false;

    if (journal_page(arguments, folder, &whole, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    return whole ? EXIT_NEITHER : EXIT_BAD_INPUT;
}

static int show_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    const char *path = argument_positional(arguments, 0);
    struct verify_call call = { 0 };
    struct error error = { 0 };
    enum status status;
    enum verify_exit answer;

    if (journal_page_fits(path)) {
        return show_journal(arguments, path);
    }
    call.options.unknown_signer_allowed = true;
    if (verify_call_read(arguments, &call, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    answer = bundle_verify(path, &call.options, arena, &bundle, &report, &error);
    if (answer == VERIFY_IO) {
        return exit_with(&error);
    }
    if (bundle == NULL) {
        return exit_saying(STATUS_BAD_INPUT,
                           "%s: does not verify, so nothing of it is shown; see hoshitori verify",
                           path);
    }
    say_standing(bundle);
    status = argument_given(arguments, "json")
                 ? print_json(bundle->result, &error)
                 : chart_print(bundle->result, argument_language(arguments),
                               argument_given(arguments, "details"), &error);
    return status == STATUS_OK ? EXIT_OK : exit_with(&error);
}

static const struct option options[] = {
    VERIFY_OPTIONS,
    { "details",
      NULL,
      { .en = "every check with reason and remedy", .ja = "検査ごとの理由と対策を表示" },
      false },
    { "json",
      NULL,
      { .en = "run/result.json as verified", .ja = "検証済みの run/result.json" },
      false },
    OPTION_END,
};

const struct command command_show = {
    .name = "show",
    .summary = { .en = "the chart of a bundle, always from a verified one",
                 .ja = "検証した証跡の星取表を表示" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en = "A bundle that does not verify shows nothing. A bundle whose signer you have\n"
                     "not named is shown with a remark. Of OUT.partial, the folder of a run that "
                     "did\n"
                     "not end, it shows how far the log goes and whether it is unbroken.",
               .ja = "検証できない証跡は表示しません。署名者が不明な場合は注記付きで表示します。\n"
                     "途中で止まった試験のフォルダ OUT.partial は、記録がどこまで続いているかを\n"
                     "表示します。" },
    .example = "  hoshitori show hc100.hoshi --signer vendor.key.pub --details",
    .exits = "  0 shown  2 shown, but a run that did not end  64 usage  65 does not verify\n"
             "  70 our own fault",
    .main = show_main,
};
