/* cosign.h - the second signature, by ML-DSA-65, over what an ECDSA key has signed already.
 *
 * It lies in a file of its own beside the statement's: 01-vendor-run-mldsa65.sigstore.json beside
 * 01-vendor-run.sigstore.json, with the same payload byte for byte.  UNSUPPORTED where ML-DSA-65 is
 * not here. */
#pragma once

#include "evidence/container_read.h"
#include "evidence/key_mldsa.h"

/* "NN-word.sigstore.json" to "NN-word-mldsa65.sigstore.json". */
enum status cosign_name(const char *name, char room[CONTAINER_NAME_MAX + 1],
                        struct error *reterr) MUST_CHECK;

/* Appends the file's bytes. */
enum status cosign_payload(const struct mldsa_key *key, const struct bytes *payload,
                           struct bytes *out, struct error *reterr) MUST_CHECK;

/* Copies the bundle with a second signature beside every statement of `beside` that has none;
 * *ret_count says how many.  Statements of other signers are left alone.  BAD_INPUT: a signature of
 * `beside` that is not good, or nothing to add. */
enum status cosign_bundle(const char *path, const struct mldsa_key *key,
                          const struct public_key *beside, const char *out_path, size_t *ret_count,
                          struct error *reterr) MUST_CHECK;
