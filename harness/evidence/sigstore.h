/* sigstore.h - one signed payload in one file: the Sigstore bundle v0.3 in JSON
 * (github.com/sigstore/protobuf-specs, sigstore_bundle.proto) with a DSSE envelope.
 *
 * The format carries exactly one signature, and of the signer's key only its name: the
 * public-key hint, which here is the keyid of key_public.h.  Which key that is, and whose,
 * the reader must know from elsewhere.
 *
 * Codes "sigstore.*"; BAD_INPUT, LIMIT, or UNSUPPORTED for another media type. */
#pragma once

#include "base/bytes.h"
#include "evidence/dsse.h"

#include <stdbool.h>

#define SIGSTORE_MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"

enum {
    SIGSTORE_PAYLOAD_MAX = 768 * 1024,
    SIGSTORE_TIMESTAMPS_MAX = 16,
    SIGSTORE_TOKENS_MAX = 512 * 1024 /* all of one file together */
};

struct sigstore {
    struct bytes payload; /* released by sigstore_done */
    struct dsse_signature signature;
    struct bytes pq_signature; /* ML-DSA-65, told by its length; then `signature` is empty */
    char keyid[KEYID_SIZE];    /* "" when a certificate stands in the key's place */
    bool carries_certificate;  /* it proves nothing here: identity comes from the trust store */
    size_t timestamps;         /* RFC 3161 tokens carried; not examined here */
    struct bytes tokens;       /* one after the other; released by sigstore_done */
    size_t token_at[SIGSTORE_TIMESTAMPS_MAX + 1]; /* token i ends where i + 1 begins */
};

/* For DEFER(sigstore_done) struct sigstore envelope = sigstore_empty(); */
struct sigstore sigstore_empty(void);
void sigstore_done(struct sigstore *envelope);

enum status sigstore_read(const void *data, size_t length, struct sigstore *ret_envelope,
                          struct error *reterr) MUST_CHECK;

/* Appends the file's bytes: payload signed by key as an in-toto statement. */
enum status sigstore_write(const struct key *key, const void *payload, size_t length,
                           struct bytes *out, struct error *reterr) MUST_CHECK;

/* The same around a signature made elsewhere. */
enum status sigstore_write_signed(const char *keyid, const void *signature, size_t signature_length,
                                  const void *payload, size_t length, struct bytes *out,
                                  struct error *reterr) MUST_CHECK;

/* Appends the bytes of `data` with one more token (a TimeStampResp over the signature).  The texts
 * of payload and signature stay as they are. */
enum status sigstore_stamp(const void *data, size_t length, const void *token, size_t token_length,
                           struct bytes *out, struct error *reterr) MUST_CHECK;
