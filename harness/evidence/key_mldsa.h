/* key_mldsa.h - the private half of an ML-DSA-65 key; key_mldsa.c is the only file that touches it.
 *
 * On disk: as in key_file.h; the PrivateKeyInfo holds the seed alone (RFC 9881 section 6, the form
 * it recommends).  Files that hold the expanded key as well are read, the seed taken from them and
 * the rest compared by OpenSSL; those without a seed are refused.  In memory: the seed, in a struct
 * secret that a forked child reads as zeros.
 * Signatures are of the deterministic variant (FIPS 204 section 3.4), as those of key.h are.
 *
 * UNSUPPORTED from all of them where ML-DSA-65 is not here. */
#pragma once

#include "base/secret.h"
#include "evidence/mldsa.h"

enum { MLDSA_SEED_SIZE = 32 };

struct mldsa_key {
    struct secret seed; /* key_mldsa.c's alone */
    struct mldsa_public public_half;
};

/* For DEFER(mldsa_key_done) struct mldsa_key key = { 0 }; */
void mldsa_key_done(struct mldsa_key *key);

/* A fresh key from the kernel's random numbers. */
enum status mldsa_key_new(struct mldsa_key *ret_key, struct error *reterr) MUST_CHECK;

/* ML-DSA.KeyGen_internal (FIPS 204 section 6.1) of a known seed: for tests and vectors. */
enum status mldsa_key_from_seed(const uint8_t seed[MLDSA_SEED_SIZE], struct mldsa_key *ret_key,
                                struct error *reterr) MUST_CHECK;

/* Creates path (it must not exist) and path with ".pub" added; passphrase as in key_save. */
enum status mldsa_key_save(const struct mldsa_key *key, const char *path,
                           const struct secret *passphrase, struct error *reterr) MUST_CHECK;

/* BAD_INPUT: readable by others, malformed, another kind of key, no seed, passphrase missing or
 * wrong. */
enum status mldsa_key_load(const char *path, const struct secret *passphrase,
                           struct mldsa_key *ret_key, struct error *reterr) MUST_CHECK;

/* The signature is checked before it is handed out: a fault while signing could betray the key. */
enum status mldsa_key_sign(const struct mldsa_key *key, const void *message, size_t length,
                           uint8_t room[MLDSA_SIGNATURE_SIZE], struct error *reterr) MUST_CHECK;
