/* update.h - what a vendor declares about the update of his product: a good image, how it is
 * signed, and what the device asks of his update server.
 *
 * With a description of the signature the harness makes wrong images of the good one
 * (probe/firmware.h); without it, or where only the vendor's key can sign, he has to give them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct client;

enum update_scheme {
    UPDATE_ECDSA_P256_SHA256,
    UPDATE_ECDSA_P384_SHA384,
    UPDATE_RSA_PKCS1_SHA256,
    UPDATE_RSA_PSS_SHA256,
    UPDATE_ED25519,
    UPDATE_OTHER,
    UPDATE_UNSIGNED
};

/* Octets `from` up to `to`, or up to `before_end` octets from the end where `to` is 0. */
struct update_reach {
    unsigned from;
    unsigned to;
    unsigned before_end;
};

/* Of the image's file; length 0: not declared. */
struct update_span {
    unsigned at;
    unsigned length;
};

struct update_signing {
    bool declared;
    enum update_scheme scheme;
    bool at_end;                  /* the signature's place is counted from the end */
    struct update_span signature; /* length 0: where it stands is not declared */
    bool der;                     /* ECDSA: a DER structure, padded with zeros; else r and s */
    struct update_reach covers;   /* what is signed */
    const char *digest_algorithm; /* "sha256", "sha384", "sha512"; NULL: no digest of its own */
    unsigned digest_at;
    struct update_reach digest_covers;
    struct update_span version; /* text, padded with NUL */
    struct update_span product;
};

struct update_server {
    const struct client *client; /* NULL: not declared */
    const char *manifest_path;
    json_t *manifest_json;     /* templates with ${version} ${url} ${path} ${size} ${sha256}; */
    const char *manifest_text; /* one of the two, or neither where there is no manifest */
    const char *image_path;
};

struct update {
    bool network;                /* updates come over a network */
    bool stays;                  /* the newer version may stay on the device */
    const char *component;       /* of product.firmware, whose version the image replaces */
    const char *current_version; /* of that component; NULL: not declared */
    const char *current_image;   /* resolved path, as the ones below; or NULL */
    const char *image;
    const char *image_version;
    const char *older_image;
    const char *older_version;
    const char *other_product_image;
    const char *other_key_image; /* the good image signed by another key */
    struct update_signing signing;
    struct update_server server;
};

size_t update_digest_length(const char *algorithm);

/* Whether the harness can sign as this scheme wants it, with a key of its own. */
bool update_can_sign(const struct update *update);

/* Whether the vendor says that a signature stands in the image, and where. */
bool update_has_signature(const struct update *update);
