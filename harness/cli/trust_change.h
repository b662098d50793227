/* trust_change.h - one change of a trust store: taken up, made, signed, written. */
#pragma once

#include "base/arena.h"
#include "cli/command.h"
#include "evidence/trust.h"

enum { TRUST_SIGNERS_MAX = TRUST_ROOTS_MAX };

/* Borrows the arena; release with trust_change_done. */
struct trust_change {
    const struct arguments *arguments;
    struct arena *arena;
    const char *path;
    int64_t now_ms;
    const char *now;
    const struct trust *old; /* NULL for a new store */
    json_t *payload;
    struct key keys[TRUST_SIGNERS_MAX];
    size_t key_count;
};

void trust_change_done(struct trust_change *change); /* for DEFER */

/* "2027-03-31" or a full time; absent: days from now.  The text is the arena's. */
enum status trust_change_time(const struct trust_change *change, const char *option,
                              unsigned days_from_now, const char **ret_time,
                              struct error *reterr) MUST_CHECK;

/* Loads the root keys named by --key, asking for their passphrases. */
enum status trust_change_keys(struct trust_change *change, struct error *reterr) MUST_CHECK;

/* Reads the store, whose own signatures must hold, and makes it the next version. */
enum status trust_change_open(struct trust_change *change, struct error *reterr) MUST_CHECK;

/* Signs and writes: over the old file, to --out, or, with signatures still missing, to --draft.
 * Says on stderr what was written. */
enum status trust_change_save(struct trust_change *change, struct error *reterr) MUST_CHECK;

/* One signature more on a draft, in its place. */
enum status trust_change_countersign(struct trust_change *change, struct error *reterr) MUST_CHECK;
