/* firmware.h - wrong firmware images made of a good one, by what the vendor says of its signature.
 *
 * Each is wrong in one way.  Nothing here talks or reads files; the good image is never changed. */
#pragma once

#include "base/bytes.h"
#include "model/update.h"

enum firmware_kind {
    FIRMWARE_GOOD,
    FIRMWARE_HEADER_FLIPPED,    /* one bit near the beginning */
    FIRMWARE_MIDDLE_FLIPPED,    /* one bit of the content */
    FIRMWARE_SIGNATURE_FLIPPED, /* one bit of the signature */
    FIRMWARE_CUT_SHORT,         /* the second half is missing */
    FIRMWARE_LONGER,            /* one octet follows the end */
    FIRMWARE_SIGNATURE_ZEROED,  /* its octets are zero */
    FIRMWARE_SIGNATURE_CUT,     /* its octets are not there */
    FIRMWARE_OTHER_KEY,         /* the good content, signed by a fresh key */
    FIRMWARE_ALTERED,           /* content changed, digest right, the signature as it was */
    FIRMWARE_ALTERED_OTHER_KEY, /* content changed, digest right, signed by a fresh key */
    FIRMWARE_VERSION_RAISED,    /* by hand, digest right, the signature as it was */
    FIRMWARE_PRODUCT_RENAMED,   /* the same with the product's name */
    FIRMWARE_OLDER,             /* genuine, given by the vendor */
    FIRMWARE_OTHER_PRODUCT,     /* the same */
    FIRMWARE_EMPTY,             /* no octet at all */
    FIRMWARE_HUGE,              /* the first half, then zeros */
    FIRMWARE_KIND_COUNT
};

extern const char *const firmware_kind_words[]; /* by kind, then NULL */

/* What is wrong with it, in English words for transcripts. */
const char *firmware_kind_help(enum firmware_kind kind);

enum firmware_source {
    FIRMWARE_MADE,      /* from the good image */
    FIRMWARE_GIVEN,     /* a file of the vendor's: *ret_path */
    FIRMWARE_IMPOSSIBLE /* the profile does not say enough: *ret_why */
};

enum firmware_source firmware_source(const struct update *update, enum firmware_kind kind,
                                     const char **ret_path, const char **ret_why);

/* Signs data with a key that nobody trusts, as the scheme wants it; appends the signature. */
struct firmware_signer {
    enum status (*sign)(void *context, const struct update_signing *signing, const void *data,
                        size_t length, struct bytes *ret_signature, struct error *reterr);
    void *context;
};

/* By a key made for this one signature (channel/image_key.h). */
extern const struct firmware_signer firmware_fresh_key;

/* Appends to image, which is bounded by the caller, what `kind` makes of good.  BAD_INPUT: the
 * good image does not have what the profile says; LIMIT: it does not fit. */
enum status firmware_make(const struct update *update, enum firmware_kind kind,
                          const struct bytes *good, size_t huge_length,
                          const struct firmware_signer *signer, struct bytes *image,
                          struct error *reterr) MUST_CHECK;

enum { FIRMWARE_FILE_MAX = 1 << 28 };

/* The whole of a regular file of at most image->limit octets; BAD_INPUT names the path. */
enum status firmware_read(const char *path, struct bytes *image, struct error *reterr) MUST_CHECK;

/* Whether the text, NUL-padded, stands where the profile says that the version does; true where
 * the profile does not say where. */
bool firmware_names_version(const struct update *update, const struct bytes *image,
                            const char *version);
