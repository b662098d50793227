#include "evidence/select.h"

#include "base/text.h"
#include "evidence/withhold.h"

#include <fnmatch.h>
#include <string.h>

#define CLASS_WORD "class:"
#define PATH_WORD "path:"

enum selectable select_state(const struct verified_bundle *bundle,
                             const struct manifest_entry *entry)
{
    if (entry->disclosure == MANIFEST_REQUIRED) {
        return SELECTABLE_REQUIRED;
    }
    return container_read_find(verified_reader(bundle), entry->path) == NULL ? SELECTABLE_ABSENT
                                                                             : SELECTABLE;
}

bool select_has_unit(const struct verified_bundle *bundle)
{
    char name[WITHHOLD_NAME_SIZE];

    withhold_salt_name(WITHHOLD_UNIT_ID, name);
    return container_read_find(verified_reader(bundle), name) != NULL;
}

static bool means(const char *word, const struct manifest_entry *entry)
{
    if (text_starts_with(word, CLASS_WORD)) {
        return text_equal(word + strlen(CLASS_WORD), entry->class);
    }
    if (text_starts_with(word, PATH_WORD)) {
        return fnmatch(word + strlen(PATH_WORD), entry->path, FNM_PATHNAME | FNM_NOESCAPE) == 0;
    }
    return text_equal(word, entry->id);
}

static enum status choose(const struct verified_bundle *bundle, const char *word, size_t index,
                          struct selection *selection, struct error *reterr)
{
    const struct manifest_entry *entry = &bundle->manifest->entries[index];

    switch (select_state(bundle, entry)) {
    case SELECTABLE_REQUIRED:
        return fail(reterr, STATUS_USAGE,
                    "select.required: '%s' means %s (%s), which belongs to every copy: without it "
                    "nobody could follow the verdict",
                    word, entry->id, entry->path);
    case SELECTABLE_ABSENT:
        return text_equal(word, entry->id)
                   ? fail(reterr, STATUS_USAGE, "select.absent: %s (%s) is not in this copy",
                          entry->id, entry->path)
                   : STATUS_OK;
    case SELECTABLE:
        break;
    }
    selection->count += selection->chosen[index] ? 0 : 1;
    selection->chosen[index] = true;
    return STATUS_OK;
}

static enum status choose_all_of(const struct verified_bundle *bundle, const char *word,
                                 struct selection *selection, struct error *reterr)
{
    bool met = false;

    if (text_equal(word, WITHHOLD_UNIT_ID)) {
        selection->unit = select_has_unit(bundle);
        return selection->unit ? STATUS_OK
                               : fail(reterr, STATUS_USAGE,
                                      "select.absent: no salt of a serial number is in this copy");
    }
    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        if (means(word, &bundle->manifest->entries[i])) {
            met = true;
            TRY(choose(bundle, word, i, selection, reterr));
        }
    }
    return met ? STATUS_OK
               : fail(
                     reterr, STATUS_USAGE,
                     "select.nothing: '%s' means no entry of this bundle; an entry is named by its "
                     "id, class:NAME or path:GLOB",
                     word);
}

static void select_none(const struct verified_bundle *bundle, struct arena *arena,
                        struct selection *ret_selection)
{
    *ret_selection = (struct selection){
        .chosen = arena_array(arena, bundle->manifest->entry_count + 1, sizeof(bool)),
    };
}

enum status select_words(const struct verified_bundle *bundle, const char *const *words,
                         size_t word_count, struct arena *arena, struct selection *ret_selection,
                         struct error *reterr)
{
    select_none(bundle, arena, ret_selection);
    for (size_t i = 0; i < word_count; i++) {
        TRY(choose_all_of(bundle, words[i], ret_selection, reterr));
    }
    if (ret_selection->count == 0 && !ret_selection->unit) {
        return fail(reterr, STATUS_USAGE, "select.nothing: nothing of that is in this copy");
    }
    return STATUS_OK;
}

static void choose_shown(const struct verified_bundle *bundle, size_t index,
                         struct selection *selection)
{
    if (!selection->chosen[index] &&
        select_state(bundle, &bundle->manifest->entries[index]) == SELECTABLE) {
        selection->chosen[index] = true;
        selection->count++;
    }
}

void select_secrets(const struct verified_bundle *bundle, struct selection *selection)
{
    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        if (text_equal(bundle->manifest->entries[i].class, MANIFEST_CLASS_SECRET)) {
            choose_shown(bundle, i, selection);
        }
    }
}

void select_all(const struct verified_bundle *bundle, struct arena *arena,
                struct selection *ret_selection)
{
    select_none(bundle, arena, ret_selection);
    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        choose_shown(bundle, i, ret_selection);
    }
    ret_selection->unit = select_has_unit(bundle);
}
