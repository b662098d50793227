/* digest.h - the answer to a Digest challenge (RFC 7616 section 3.4), with MD5 and SHA-256. */
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "wire/digest_challenge.h"

struct digest_claim {
    const struct wire_digest_challenge *challenge; /* usable */
    const char *user;
    const char *password;
    const char *method;
    const char *uri;
    const char *client_nonce; /* letters and digits */
    unsigned count;           /* how often this nonce was used, from 1 */
};

/* Appends "Digest username=..." without a line end.  BAD_INPUT for a user's name that cannot
 * stand in a header field; CRYPTO. */
enum status digest_answer(const struct digest_claim *claim, struct bytes *out,
                          struct error *reterr) MUST_CHECK;
