/* tst.h - a trusted time: reads and judges an RFC 3161 TimeStampResp or TimeStampToken.
 *
 * tst_read looks at bytes alone and lends out parts of them.  tst_judge asks whose token it is:
 * every certificate is judged at the time that the token states, never at today's.  No clock, no
 * network, no file and no folder of default authorities is consulted.
 *
 * Codes "timestamp.*". */
#pragma once

#include "base/status.h"
#include "evidence/trust.h"
#include "evidence/tst_der.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TST_SIZE_MAX = 64 * 1024,
    TST_BAG_MAX = 32,
    TST_HASH_MAX = 64,
    TST_SLACK_MS = 5 * 60 * 1000, /* so far may two honest clocks be apart */
    TST_DETAIL_SIZE = 256
};

/* SHA-1 is read so that it can be refused by name. */
enum tst_hash { TST_SHA1, TST_SHA256, TST_SHA384, TST_SHA512 };

/* Parts of the bytes given to tst_read, which must stay. */
struct tst {
    enum tst_hash imprint_hash;
    struct der_item imprint;
    struct der_item serial;
    struct der_item nonce;            /* tag 0 when there is none */
    int64_t time_ms;                  /* genTime, milliseconds since 1970 */
    int64_t accuracy_ms;              /* 0 when not stated */
    struct der_item content;          /* the encoded TSTInfo */
    struct der_item bag[TST_BAG_MAX]; /* certificates, as found; anybody can add one */
    size_t bag_count;
    struct der_item issuer;        /* of the signer's certificate, as the token names it */
    struct der_item issuer_serial; /* INTEGER, or tag 0 when named by key identifier */
    struct der_item key_identifier;
    enum tst_hash hash;                  /* of the signature */
    struct der_item signature_algorithm; /* OID */
    struct der_item signed_attributes;   /* [0] */
    struct der_item message_digest;
    enum tst_hash signer_hash;     /* of what follows */
    struct der_item signer_digest; /* ESSCertID(v2): the hash of the signer's certificate */
    struct der_item signature;
};

/* BAD_INPUT: not granted, or malformed. */
enum status tst_read(const void *data, size_t length, struct tst *ret_tst,
                     struct error *reterr) MUST_CHECK;

/* Certificates and revocation lists that somebody put beside the token: never trusted by
 * themselves. */
struct tst_blob {
    const uint8_t *data;
    size_t length;
};

struct tst_context {
    /* Who may say what time it is: a root, an intermediate, or a time-stamping certificate. */
    const struct trust_timestamp_authority *authorities;
    size_t authority_count;
    const struct tst_blob *certificates;
    size_t certificate_count;
    const struct tst_blob *lists; /* CRLs */
    size_t list_count;
    int64_t at_ms;    /* what the reader calls now */
    int64_t as_of_ms; /* the token is known to have existed at this time (a renewal); else at_ms */
};

enum tst_outcome {
    TST_GOOD,
    TST_POLICY, /* sound, but not to be believed */
    TST_WRONG   /* forged, or about something else */
};

struct tst_verdict {
    enum tst_outcome outcome;
    char detail[TST_DETAIL_SIZE]; /* "" when good; opens with a code of fault.h */
    size_t authority;             /* index, when good */
};

/* Does the token speak of these bytes, and did the one it names sign it?  Asks for no trust: the
 * certificate may come from the bag.  A status is a fault of ours. */
enum status tst_examine(const struct tst *tst, const void *stamped, size_t length,
                        const struct tst_context *context, struct tst_verdict *ret_verdict,
                        struct error *reterr) MUST_CHECK;

/* The same, and is it an authority's? */
enum status tst_judge(const struct tst *tst, const void *stamped, size_t length,
                      const struct tst_context *context, struct tst_verdict *ret_verdict,
                      struct error *reterr) MUST_CHECK;
