#include "cli/explain_turns.h"

#include "base/arena.h"
#include "cli/paths.h"
#include "model/source.h"

#include <stdio.h>
#include <string.h>

/* What the reference devices can do wrong on purpose; a table of theirs, no code. */
static const struct {
    const char *name;
    const char *product;
    const char *clause;
    const char *says;
} defects[] = {
#define DEFECT(identifier, name, product, clause, says) { name, product, clause, says },
#include "cli/reference_defects.def"
#undef DEFECT
};

static void put(const char *product, const char *how, const char *says)
{
    printf("  hoshitori-stub %s %s\n      %s\n", product, how, says);
}

static const char *says_of(const char *name)
{
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
        if (strcmp(defects[i].name, name) == 0) {
            return defects[i].says;
        }
    }
    return "";
}

/* testsuites/jc-star/turns.tsv: clause, check, how, defect. */
static void put_turns(const char *clause, enum language language)
{
    static const struct words without = { "文書の宣言がない", "no document is declared for it" };
    static const struct words refused = { "人が「いいえ」と答える", "a person answers no" };
    static const struct words beside = { "試験が機器の横に置くもの",
                                         "what a test puts beside the device" };
    DEFER(arena_done) struct arena *arena = arena_new();
    struct source_file file = { 0 };
    char path[PATH_SIZE];
    char *rest;
    char *row;

    if (paths_data(path, NULL, "testsuites/jc-star/turns.tsv") != STATUS_OK ||
        source_file_read(path, arena, &file, NULL) != STATUS_OK) {
        return;
    }
    rest = arena_text_n(arena, file.data, file.length);
    while ((row = strsep(&rest, "\n")) != NULL) {
        const char *id = strsep(&row, "\t");
        const char *check = row == NULL ? NULL : strsep(&row, "\t");
        const char *how = row == NULL ? NULL : strsep(&row, "\t");

        if (how != NULL && row != NULL && strcmp(id, clause) == 0) {
            if (strcmp(how, "defect") == 0) {
                put("camera", arena_format(arena, "--defect %s", row), says_of(row));
            } else if (strcmp(how, "beside") == 0) {
                printf("  %s: %s: %s\n", check, words_in(&beside, language), row);
            } else {
                printf("  %s: %s\n", check,
                       words_in(strcmp(how, "refused") == 0 ? &refused : &without, language));
            }
        }
    }
}

void explain_turns(const char *clause, enum language language)
{
    printf(language == LANGUAGE_JA
               ? "\nこの項目の判定を変えることが確かめられているもの(参照機器の欠陥など):\n"
               : "\nWhat is known to turn it, such as defects of the reference devices:\n");
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
        if (strcmp(defects[i].clause, clause) == 0) {
            DEFER(arena_done) struct arena *arena = arena_new();

            put(defects[i].product, arena_format(arena, "--defect %s", defects[i].name),
                defects[i].says);
        }
    }
    put_turns(clause, language);
}
