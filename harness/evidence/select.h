/* select.h - which entries of a bundle somebody means.
 *
 * Words are an entry's id ("e0012"), "class:NAME", "path:GLOB" (as fnmatch(3) has it, where '*'
 * does not match '/') or "unit", the salt of the serial number's commitment. */
#pragma once

#include "evidence/verify.h"

enum selectable {
    SELECTABLE,
    SELECTABLE_REQUIRED, /* must be in every copy */
    SELECTABLE_ABSENT,   /* is withheld in this one */
};

struct selection {
    bool *chosen; /* as many as the manifest has entries; in the arena */
    size_t count; /* of the chosen */
    bool unit;
};

enum selectable select_state(const struct verified_bundle *bundle,
                             const struct manifest_entry *entry);

/* May the salt of the serial number be taken out? */
bool select_has_unit(const struct verified_bundle *bundle);

/* USAGE: a word that means nothing, or a required entry; what is withheld already is passed over
 * unless its id was given.  Words that leave nothing chosen are refused too. */
enum status select_words(const struct verified_bundle *bundle, const char *const *words,
                         size_t word_count, struct arena *arena, struct selection *ret_selection,
                         struct error *reterr) MUST_CHECK;

/* What is of class "secret" and still there as well. */
void select_secrets(const struct verified_bundle *bundle, struct selection *selection);

/* All that can be withheld and is still there; possibly nothing. */
void select_all(const struct verified_bundle *bundle, struct arena *arena,
                struct selection *ret_selection);
