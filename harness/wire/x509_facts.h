/* x509_facts.h - what an X.509 certificate says (RFC 5280), without judging it.
 *
 * Reads the few fields that a report needs from untrusted DER.  Nothing is verified.
 * Texts are cut, never overrun; spans point into the input. */
#pragma once

#include "base/bytes.h"

enum x509_key_kind {
    X509_KEY_OTHER,
    X509_KEY_RSA,
    X509_KEY_EC,
    X509_KEY_DSA,
    X509_KEY_ED25519,
    X509_KEY_ED448
};

enum { X509_NAMES_MAX = 64, X509_NAME_TEXT = 512 };

struct x509_alternative {
    enum { X509_ALTERNATIVE_DNS, X509_ALTERNATIVE_ADDRESS, X509_ALTERNATIVE_OTHER } kind;
    const uint8_t *data; /* a name, or 4 or 16 bytes of address */
    size_t length;
};

struct x509_facts {
    char subject[X509_NAME_TEXT]; /* RFC 4514, printable ASCII only, most specific first */
    char issuer[X509_NAME_TEXT];
    char serial[2 * 32 + 1]; /* hex */
    bool self_issued;        /* subject and issuer are the same bytes (RFC 5280 section 6.1) */
    enum x509_key_kind key_kind;
    unsigned key_bits;  /* 0: unknown */
    const uint8_t *key; /* the whole subjectPublicKeyInfo */
    size_t key_length;
    char curve[64];               /* its name, else its OID; "" unless EC */
    char signature_algorithm[64]; /* "sha256WithRSAEncryption" ..., else the OID */
    char not_before[24];          /* "2026-01-31T00:00:00Z" */
    char not_after[24];
    bool is_ca; /* basicConstraints */
    bool has_alternatives;
    bool more_alternatives; /* than X509_NAMES_MAX */
    struct x509_alternative alternatives[X509_NAMES_MAX];
    size_t alternative_count;
};

/* false: no certificate can be made out. */
bool wire_x509_facts_read(const void *der, size_t length, struct x509_facts *ret_facts);

/* "RSA", "EC", "DSA", "Ed25519", "Ed448", "other"; static. */
const char *wire_x509_key_word(enum x509_key_kind kind);

/* Security strength in bits by NIST SP 800-57 part 1 rev. 5 table 2 (Ed448: SP 800-186
 * table 1); 0: below the table, or unknown. */
unsigned wire_x509_strength_bits(enum x509_key_kind kind, unsigned key_bits);

/* Does the certificate stand for this DNS name or numeric address?  By subjectAltName
 * alone, with one wildcard as the whole left-most label (RFC 9525 section 6.3). */
bool wire_x509_names_host(const struct x509_facts *facts, const char *host);

/* Joined by ", ": "DNS:a.example, IP:192.0.2.1"; other kinds appear as "other". */
void wire_x509_alternatives_text(const struct x509_facts *facts, char *room, size_t size);
