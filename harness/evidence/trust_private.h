/* trust_private.h - what the trust*.c files share and nobody else uses. */
#pragma once

#include "base/bytes.h"
#include "evidence/trust.h"

/* The envelope opened and the payload's form read, no signature looked at. */
struct trust_envelope {
    struct bytes payload;
    json_t *signatures; /* inside root */
    json_t *root;
};

enum status trust_file_read(const char *path, struct bytes *out, struct error *reterr) MUST_CHECK;

enum status trust_envelope_read(const void *data, size_t length,
                                struct trust_envelope *ret_envelope,
                                struct error *reterr) MUST_CHECK;
void trust_envelope_done(struct trust_envelope *envelope); /* for DEFER */

/* How many distinct roots have a good signature in the envelope.  A bad signature in the name of
 * one of them is BAD_INPUT. */
enum status trust_envelope_signers(const struct trust_envelope *envelope,
                                   const struct public_key *roots, size_t count,
                                   size_t *ret_signers, struct error *reterr) MUST_CHECK;

/* Compares with the state file and brings it up to date. */
enum status trust_state_check(const char *path, const struct trust_envelope *envelope,
                              struct trust *trust, struct error *reterr) MUST_CHECK;

/* {"spki":"<base64>"} of one of our keys, or a list of them. */
enum status trust_spki_read(const json_t *holder, struct public_key *ret_key,
                            struct error *reterr) MUST_CHECK;
json_t *trust_spki_text(const struct public_key *key);
