#include "evidence/manifest_rules.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const anchor_words[] = { [MANIFEST_ANCHOR_NONE] = "none",
                                            [MANIFEST_ANCHOR_TSA] = "tsa",
                                            [MANIFEST_ANCHOR_NONCE] = "nonce" };
static const char *const disclosure_words[] = {
    [MANIFEST_REQUIRED] = "required", [MANIFEST_WITHHOLDABLE] = "withholdable"
};

static bool word_find(const char *const words[], size_t count, const char *word, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

const char *manifest_anchor_word(enum manifest_anchor anchor)
{
    return anchor_words[anchor];
}

bool manifest_anchor_from_word(const char *word, enum manifest_anchor *ret_anchor)
{
    size_t index = 0;
    bool found =
        word_find(anchor_words, sizeof anchor_words / sizeof anchor_words[0], word, &index);

    *ret_anchor = (enum manifest_anchor) index;
    return found;
}

const char *manifest_disclosure_word(enum manifest_disclosure disclosure)
{
    return disclosure_words[disclosure];
}

bool manifest_disclosure_from_word(const char *word, enum manifest_disclosure *ret_disclosure)
{
    size_t index = 0;
    bool found = word_find(disclosure_words, sizeof disclosure_words / sizeof disclosure_words[0],
                           word, &index);

    *ret_disclosure = (enum manifest_disclosure) index;
    return found;
}

static bool all_in(const char *text, size_t length, const char *set)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' || strchr(set, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool manifest_is_uuid7(const char *text)
{
    static const char pattern[] = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";

    if (strlen(text) != sizeof pattern - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        const char *set = pattern[i] == 'x'   ? "0123456789abcdef"
                          : pattern[i] == 'v' ? "89ab"
                          : pattern[i] == '7' ? "7"
                                              : "-";

        if (strchr(set, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool manifest_is_entry_id(const char *text, size_t length)
{
    return (length == 5 || length == 6) && text[0] == 'e' &&
           all_in(text + 1, length - 1, "0123456789");
}

static bool is_class(const char *text)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= 32 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* What a bundle says at all must stay in sight. Who held the screwdriver need not. */
static bool is_never_withheld(const struct manifest_entry *entry)
{
    return strcmp(entry->class, MANIFEST_CLASS_RESULT) == 0 ||
           text_starts_with(entry->path, "log/") ||
           (text_starts_with(entry->path, "run/") && strcmp(entry->path, "run/operator.json") != 0);
}

static enum status path_check(const struct manifest_entry *entry, struct error *reterr)
{
    struct error inner = { .message = "" };

    if (strcmp(entry->path, CONTAINER_MANIFEST) == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.self: %s lists the manifest itself",
                    entry->id);
    }
    if (strcmp(entry->path, CONTAINER_MIMETYPE) == 0 ||
        text_starts_with(entry->path, "META-INF/")) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.path: %s lists a file of the container",
                    entry->id);
    }
    if (container_name_check(entry->path, strlen(entry->path), &inner) != STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.path: %s: %s", entry->id, inner.message);
    }
    return STATUS_OK;
}

enum status manifest_entry_check(const struct manifest_entry *entry, struct error *reterr)
{
    bool withholdable = entry->disclosure == MANIFEST_WITHHOLDABLE;
    bool secret = strcmp(entry->class, MANIFEST_CLASS_SECRET) == 0;

    if (!manifest_is_entry_id(entry->id, strlen(entry->id))) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.id: an id that is not e0000 to e99999");
    }
    TRY(path_check(entry, reterr));
    if (!is_class(entry->class)) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.class: the class of %s is no word",
                    entry->id);
    }
    if (withholdable && is_never_withheld(entry)) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.disclosure: %s is never withholdable",
                    entry->path);
    }
    if (secret && (!withholdable || entry->has_sha256)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "manifest.secret: %s is secret and must carry a commitment only", entry->id);
    }
    if (withholdable ? !entry->has_commit : entry->has_commit || !entry->has_sha256) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.disclosure: %s must carry %s", entry->id,
                    withholdable ? "a commitment" : "its sha256 and no commitment");
    }
    return STATUS_OK;
}

static int order_path(const void *a, const void *b)
{
    return strcmp((*(const struct manifest_entry *const *) a)->path,
                  (*(const struct manifest_entry *const *) b)->path);
}

static int order_id(const void *a, const void *b)
{
    return strcmp((*(const struct manifest_entry *const *) a)->id,
                  (*(const struct manifest_entry *const *) b)->id);
}

static const struct manifest_entry **sorted(const struct manifest *manifest,
                                            int (*order)(const void *, const void *))
{
    const struct manifest_entry **list = calloc(manifest->entry_count + 1, sizeof(void *));

    if (list == NULL) {
        abort();
    }
    for (size_t i = 0; i < manifest->entry_count; i++) {
        list[i] = &manifest->entries[i];
    }
    qsort(list, manifest->entry_count, sizeof(void *), order);
    return list;
}

/* The second of two equal neighbours, or NULL. */
static const struct manifest_entry *repeated(const struct manifest *manifest,
                                             int (*order)(const void *, const void *))
{
    const struct manifest_entry **list = sorted(manifest, order);
    const struct manifest_entry *found = NULL;

    for (size_t i = 1; i < manifest->entry_count && found == NULL; i++) {
        found = order(&list[i - 1], &list[i]) == 0 ? list[i] : NULL;
    }
    free(list);
    return found;
}

const struct manifest_entry **manifest_by_path(const struct manifest *manifest)
{
    return sorted(manifest, order_path);
}

static int order_search(const void *path, const void *entry)
{
    return strcmp(path, (*(const struct manifest_entry *const *) entry)->path);
}

const struct manifest_entry *manifest_search(const struct manifest_entry *const *by_path,
                                             size_t count, const char *path)
{
    const struct manifest_entry *const *found =
        bsearch(path, by_path, count, sizeof(void *), order_search);

    return found == NULL ? NULL : *found;
}

enum status manifest_entries_check(const struct manifest *manifest, struct error *reterr)
{
    const struct manifest_entry *twice = repeated(manifest, order_id);
    const struct manifest_entry *log;

    if (twice != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.duplicate: id %s is there twice",
                    twice->id);
    }
    twice = repeated(manifest, order_path);
    if (twice != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.duplicate: path %s is there twice",
                    twice->path);
    }
    log = manifest_find_path(manifest, manifest->log.path);
    if (log == NULL || log->disclosure != MANIFEST_REQUIRED) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.log: the log is not a required entry");
    }
    return STATUS_OK;
}
