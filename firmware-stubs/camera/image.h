/* image.h - a firmware image of HC-100 and its sisters.
 *
 * Header of 96 octets: "HCUI", 1 (u32be), product[16] and version[16] filled up with NUL, length of
 * the payload (u32be), 20 zero octets, SHA-256 of the payload.  Then the payload, a gzip'd ustar
 * archive of the root file system.  Then 64 octets r||s: ECDSA P-256 with SHA-256 by the vendor's
 * key over header and payload.
 *
 * Total: any octets are read, nothing outside them is. */
#pragma once

#include "support/buffer.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IMAGE_HEADER = 96,
    IMAGE_DIGEST_AT = 64,
    IMAGE_TRAILER = 64,
    IMAGE_NAME = 16,
    IMAGE_MAX = 4 * 1024 * 1024,
};

struct image {
    char product[IMAGE_NAME + 1];
    char version[IMAGE_NAME + 1];
    const uint8_t *data;
    size_t length;         /* of what is there */
    size_t payload_length; /* as the header says; at most IMAGE_MAX */
};

/* What of the image is signed. */
enum image_signed { IMAGE_SIGNED_WHOLE, IMAGE_SIGNED_HEADER };

/* The header alone; false when it is none.  The rest may be shorter or longer than it says. */
bool image_read(const uint8_t *data, size_t length, struct image *ret_image);

/* Header, payload and trailer are there, and nothing else. */
bool image_whole(const struct image *image);

/* Of the octets between header and trailer; false where the payload is not there. */
bool image_digest_right(const struct image *image);
bool image_signature_right(const struct image *image, EVP_PKEY *key, enum image_signed what);

/* r and s are numbers of the group, whoever made them. */
bool image_signature_formed(const struct image *image);

struct image_order {
    const char *product;
    const char *version;
    const struct buffer *payload;
    EVP_PKEY *key;
    enum image_signed what;
};

bool image_make(const struct image_order *order, struct buffer *image);

/* Below, at or above 0 as with strcmp: numbers between points. */
int version_compare(const char *left, const char *right);
