/* dsse.h - what a signature covers: the pre-authentication encoding of DSSE v1
 * (github.com/secure-systems-lab/dsse, protocol.md), and the base64 that envelopes allow.
 *
 * "DSSEv1" SP length(type) SP type SP length(body) SP body, lengths in decimal without
 * leading zeros: type and body cannot be confused with each other. */
#pragma once

#include "base/bytes.h"
#include "evidence/key.h"

#define DSSE_TYPE_STATEMENT "application/vnd.in-toto+json"
#define DSSE_TYPE_TRUST "application/vnd.hoshitori.trust+json"

struct dsse_signature {
    uint8_t der[KEY_SIGNATURE_MAX];
    size_t length;
};

/* Appends the encoding to out. */
enum status dsse_encode(const char *type, const void *body, size_t length, struct bytes *out,
                        struct error *reterr) MUST_CHECK;

enum status dsse_sign(const struct key *key, const char *type, const void *body, size_t length,
                      struct dsse_signature *ret_signature, struct error *reterr) MUST_CHECK;

/* A status here is a fault of ours; the answer is *ret_outcome. */
enum status dsse_verify(const struct public_key *key, const char *type, const void *body,
                        size_t length, const struct dsse_signature *signature,
                        enum signature_outcome *ret_outcome, struct error *reterr) MUST_CHECK;

/* Envelopes come from writers of both alphabets (RFC 4648 sections 4 and 5): either, never
 * mixed; the standard one padded, the URL-safe one padded or not; unused bits zero.  Appends. */
enum status dsse_base64(const char *text, size_t length, struct bytes *out,
                        struct error *reterr) MUST_CHECK;

/* The base64 of a DER signature.  What is longer than any, or empty, gives a length of 0, which
 * dsse_verify finds malformed: a wrong signature, not a wrong envelope. */
enum status dsse_signature_read(const char *text, size_t length,
                                struct dsse_signature *ret_signature,
                                struct error *reterr) MUST_CHECK;
