/* key.h - the private half of a signer's key.  key.c is the only file that touches it.
 *
 * On disk: as in key_file.h, which other programs read too.
 * In memory: 32 bytes in a struct secret that a forked child reads as zeros.
 * Signatures are deterministic (RFC 6979): the same bytes give the same signature. */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "evidence/key_public.h"

struct key {
    struct secret scalar; /* key.c's alone */
    struct public_key public_half;
};

/* For DEFER(key_done) struct key key = { 0 }; */
void key_done(struct key *key);

/* A fresh key from the kernel's random numbers. */
enum status key_new(struct key *ret_key, struct error *reterr) MUST_CHECK;

/* Creates path (it must not exist) and path with ".pub" added.  passphrase may be NULL or
 * empty: then the file is not encrypted and its mode is all that guards it. */
enum status key_save(const struct key *key, const char *path, const struct secret *passphrase,
                     struct error *reterr) MUST_CHECK;

/* BAD_INPUT: readable by others, malformed, not P-256, passphrase missing or wrong. */
enum status key_load(const char *path, const struct secret *passphrase, struct key *ret_key,
                     struct error *reterr) MUST_CHECK;

/* Signs a SHA-256 digest; the signature is DER of at most KEY_SIGNATURE_MAX bytes. */
enum status key_sign(const struct key *key, const uint8_t hash[KEY_HASH_SIZE],
                     uint8_t room[KEY_SIGNATURE_MAX], size_t *ret_length,
                     struct error *reterr) MUST_CHECK;
