/* archive_stamp.h - puts timestamps into a copy of a bundle: over the signatures of its statements
 * and those beside them, or, as a renewal, over a list of all that is in it.
 *
 * Payloads and signatures stay as they are.  A statement that an evaluation names by its digest is
 * left alone, for a token would change its file; so are all of a bundle that was renewed.
 *
 * Codes "stamp.*", "timestamp.*". */
#pragma once

#include "base/arena.h"
#include "evidence/digest.h"
#include "evidence/tst.h"

struct stamp;

/* One thing to be stamped. */
struct stamp_piece {
    const char *name;     /* the file that the token goes into */
    struct tst_blob over; /* what is stamped */
    struct digest imprint;
    struct tst_blob token; /* data is NULL until there is one */
};

/* Opens path, whose content must match its manifest. */
enum status stamp_open(const char *path, struct arena *arena, struct stamp **ret_stamp,
                       struct error *reterr) MUST_CHECK;
void stamp_done(struct stamp **stamp); /* for DEFER */

/* A certificate ("crt") or revocation list ("crl") for META-INF/val; before stamp_plan. */
enum status stamp_material(struct stamp *stamp, const char *kind, const void *data, size_t length,
                           struct error *reterr) MUST_CHECK;

/* Decides what is to be stamped: each statement that bears no token yet, or one renewal. */
enum status stamp_plan(struct stamp *stamp, bool renewal, struct error *reterr) MUST_CHECK;
size_t stamp_count(const struct stamp *stamp);
const struct stamp_piece *stamp_at(const struct stamp *stamp, size_t index);

/* Takes an answer for the piece that it is about.  nonce may be NULL: not compared.  BAD_INPUT: not
 * a token over any of them, forged, or without its signer's certificate. */
enum status stamp_take(struct stamp *stamp, const void *answer, size_t length, const uint8_t *nonce,
                       size_t *ret_index, struct error *reterr) MUST_CHECK;

/* A copy with the tokens that there are; out_path must not exist. */
enum status stamp_write(const struct stamp *stamp, const char *out_path,
                        struct error *reterr) MUST_CHECK;
