/* findings.h - what a search of an image or an export has found: rows for facts, each thing once,
 * however often and wherever it stands. */
#pragma once

#include "channel/veil.h"
#include "guess.h"
#include "image/image.h"

#include <jansson.h>

enum { FINDINGS_MAX = 64, FINDINGS_KNOWN = 1024 };

struct findings {
    const struct veil *veil; /* of the declared secrets */
    const char *contains;    /* what must be found; NULL: nothing is declared */
    struct guesser *guesser;
    json_t *secrets;
    json_t *keys;
    json_t *keys_locked;
    json_t *keys_in_programs; /* or in documentation */
    json_t *hashes;
    json_t *weak_hashes;
    json_t *open_doors;
    json_t *fixed;
    bool cut; /* there were more */
    bool control_inside;
    bool control_outside; /* in the image itself, not in what came out of it */
    uint64_t known[FINDINGS_KNOWN];
    size_t known_count;
};

void findings_start(struct findings *findings);
void findings_done(struct findings *findings);

/* For image_walk; context: struct findings. */
enum status findings_search(void *context, const struct image_blob *blob, struct error *reterr);
