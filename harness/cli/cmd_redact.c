/* redact - a copy of a bundle without what need not be shown. */
#include "cli/bundle_call.h"
#include "cli/commands.h"
#include "cli/exits.h"
#include "evidence/redact.h"

#include <stdio.h>

static void list_line(const struct verified_bundle *bundle, const struct manifest_entry *entry,
                      bool ja)
{
    const bool shown = select_state(bundle, entry) == SELECTABLE;

    printf("%-6s %-10s %10llu  %-9s %s\n", entry->id, entry->class,
           (unsigned long long) entry->size,
           shown ? (ja ? "開示" : "shown") : (ja ? "非開示" : "withheld"), entry->path);
}

static void list(const struct verified_bundle *bundle, bool ja)
{
    size_t count = 0;

    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        const struct manifest_entry *entry = &bundle->manifest->entries[i];

        if (select_state(bundle, entry) != SELECTABLE_REQUIRED) {
            list_line(bundle, entry, ja);
            count++;
        }
    }
    if (select_has_unit(bundle)) {
        printf("%-6s %-10s %10s  %-9s META-INF/disc/unit.json\n", "unit", "salt", "-",
               ja ? "開示" : "shown");
        count++;
    }
    if (count == 0) {
        (void) fprintf(stderr, ja ? "非開示にできるものはありません\n"
                                  : "nothing of this bundle can be withheld\n");
    }
}

static enum status redact(const struct arguments *arguments, const struct bundle_call *call,
                          struct error *reterr)
{
    const char *out = argument_text(arguments, "out");
    struct selection selection = { 0 };
    enum verify_exit answer = VERIFY_IO;
    bool ja = argument_language(arguments) == LANGUAGE_JA;

    if (argument_given(arguments, "all-withholdable")) {
        select_all(call->bundle, call->arena, &selection);
    } else {
        TRY(bundle_call_select(arguments, "hide", call, &selection, reterr));
        select_secrets(call->bundle, &selection);
    }
    if (selection.count == 0 && !selection.unit) {
        return fail(reterr, STATUS_USAGE,
                    "nothing to withhold: name it with --hide (see --list), or --all-withholdable");
    }
    TRY(bundle_redact(call->bundle, &selection, &call->verify.options, out, &answer, reterr));
    (void) fprintf(stderr,
                   ja ? "%s: %zu件を非開示にしました。署名はすべて有効なままです\n"
                      : "%s: withholds %zu more; every signature is still good\n",
                   out, selection.count + (selection.unit ? 1 : 0));
    if (answer != call->bundle->exit) {
        (void) fprintf(stderr, ja ? "注意: この写しは指定された方針を満たしません\n"
                                  : "note: the copy no longer meets the policy you named; see "
                                    "hoshitori verify\n");
    }
    return STATUS_OK;
}

static int redact_main(const struct arguments *arguments)
{
    DEFER(bundle_call_done) struct bundle_call call = { 0 };
    struct error error = { 0 };
    bool lists = argument_given(arguments, "list");

    if (lists == (argument_text(arguments, "out") != NULL)) {
        return exit_saying(STATUS_USAGE, "either --list, or --out FILE with what to hide");
    }
    if (argument_given(arguments, "all-withholdable") && argument_given(arguments, "hide")) {
        return exit_saying(STATUS_USAGE, "--all-withholdable and --hide exclude each other");
    }
    if (bundle_call_open(arguments, &call, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (lists) {
        list(call.bundle, argument_language(arguments) == LANGUAGE_JA);
        return EXIT_OK;
    }
    return redact(arguments, &call, &error) == STATUS_OK ? EXIT_OK : exit_with(&error);
}

static const struct option options[] = {
    { "hide",
      "WHAT",
      { .en = "an entry's id, class:NAME, path:GLOB, or unit (the serial number's salt)",
        .ja = "項目のID、class:名前、path:パターン、unit(製造番号のソルト)" },
      true },
    { "all-withholdable",
      NULL,
      { .en = "instead of --hide: all that may be withheld", .ja = "非開示にできるものすべて" },
      false },
    { "list",
      NULL,
      { .en = "only print what may be withheld", .ja = "非開示にできるものを表示するだけ" },
      false },
    { "out", "FILE", { .en = "the new bundle; must not exist", .ja = "新しい証跡(新規)" }, false },
    VERIFY_OPTIONS,
    OPTION_END,
};

const struct command command_redact = {
    .name = "redact",
    .summary = { .en = "a copy of a bundle without what need not be shown",
                 .ja = "見せる必要のない内容を除いた証跡の写しを作る" },
    .positionals = "BUNDLE",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en =
                   "Deletes content and salt of withholdable entries; nothing that is signed\n"
                   "changes, and the verifier lists what is missing. The copy is verified before\n"
                   "it gets its name. What was withheld can be shown later: see disclose.",
               .ja =
                   "非開示にできる項目の内容とソルトを削除します。署名対象は変わらず、検証時には\n"
                   "欠けている項目が一覧になります。写しは検証してから保存します。除いた内容は\n"
                   "後から disclose で示せます。" },
    .example = "  hoshitori redact hc100.hoshi --list\n"
               "  hoshitori redact hc100.hoshi --hide class:wire --out hc100-public.hoshi",
    .exits = "  0 written  64 usage, or asked to withhold what must stay  65 does not verify\n"
             "  70 our own fault",
    .main = redact_main,
};
