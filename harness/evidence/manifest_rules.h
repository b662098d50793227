/* manifest_rules.h - the rules of a manifest that are not about JSON; for manifest*.c
 * only. */
#pragma once

#include "evidence/manifest.h"

const char *manifest_anchor_word(enum manifest_anchor anchor);
bool manifest_anchor_from_word(const char *word, enum manifest_anchor *ret_anchor);
const char *manifest_disclosure_word(enum manifest_disclosure disclosure);
bool manifest_disclosure_from_word(const char *word, enum manifest_disclosure *ret_disclosure);

/* RFC 9562 section 5.7, lower case. */
bool manifest_is_uuid7(const char *text);

/* One entry by itself. */
enum status manifest_entry_check(const struct manifest_entry *entry,
                                 struct error *reterr) MUST_CHECK;

/* All of them together: no id and no path twice, the log is among them. */
enum status manifest_entries_check(const struct manifest *manifest,
                                   struct error *reterr) MUST_CHECK;

/* The entries sorted by path; owned by the caller, free(). */
const struct manifest_entry **manifest_by_path(const struct manifest *manifest);
const struct manifest_entry *manifest_search(const struct manifest_entry *const *by_path,
                                             size_t count, const char *path);

/* 'e' and four or five digits. */
bool manifest_is_entry_id(const char *text, size_t length);
