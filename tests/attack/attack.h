/* attack.h - one attack: an honest bundle, what is done to it, and how it must be judged.
 *
 * cases.def names every attack with the exit code and the check that must say so; the recipes are
 * functions attack_<name> in cases_*.c.  A recipe changes `zip`, or fills `raw` with the file's
 * bytes, and may change the arguments. */
#pragma once

#include "world.h"

struct attempt {
    struct world *world;
    struct raw_zip zip;
    struct bytes raw; /* when not empty, the file; else zip is written */

    /* Arguments; paths are names in the world's folder. */
    const char *trust; /* NULL: no trust store */
    const char *state;
    const char *root;
    const char *signer;
    const char *at;
    const char *model;
    const char *firmware;
    const char *firmware_version;
    const char *qr;
    const char *newer; /* a newer evaluation that the reader holds */
    bool conformant;   /* nothing else will do */
};

#define ATTACK(name, expected, check, what) void attack_##name(struct attempt *attempt);
#include "cases.def"
#undef ATTACK

const struct key *attempt_key(const struct attempt *attempt, enum world_who who);
void attempt_trust(struct attempt *attempt, const struct world_store *how);
void attempt_bundle(struct attempt *attempt, const struct world_bundle *how);
void attempt_edit(struct attempt *attempt, const char *name, world_edit edit, void *context);
void attempt_reseal(struct attempt *attempt);

/* Writes zip into raw, for changes to the bytes themselves. */
void attempt_render(struct attempt *attempt);

/* An entry's text with the first `from` replaced by `to`; ends the program when absent. */
void attempt_replace(struct attempt *attempt, const char *name, const char *from, const char *to);

/* The first entry of clause 0's checks, and so on, inside run/result.json. */
json_t *result_check(json_t *result, size_t clause, size_t check);

/* ---- files ---- */

void attempt_write_file(const char *path, const struct bytes *bytes);

/* Appends; false when it cannot be read. */
bool attempt_read_file(const char *path, struct bytes *out);

/* names: a bundle, an entry, the file to put there, the copy to write.  The exit code. */
int attempt_put(char *const *names);
