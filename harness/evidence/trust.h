/* trust.h - whose signatures count: the trust store, one signed file.
 *
 * {"payloadType","payload":<base64>,"signatures":[{"keyid","sig"}...]} (DSSE), signed by at least
 * `roots.threshold` of the root keys it names.  A store is versioned and expires.  A state file
 * remembers, for each store id, the highest version seen and its roots: an older version is a
 * rollback, and a newer one must also be signed by enough of the roots seen before.  Without a
 * state file there is no protection against rollback.  The first import is only as good as the
 * comparison of a root's keyid with one learnt on paper (`root_keyid`).
 *
 * Codes "trust.*". */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "evidence/digest.h"
#include "evidence/key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TRUST_FILE_MAX = 4 << 20,
    TRUST_KEYS_MAX = 4096,
    TRUST_ROOTS_MAX = 16,
    TRUST_DIGESTS_MAX = 4096,
    TRUST_SPKI_MAX = 2048,
    TRUST_TIMESTAMP_AUTHORITIES_MAX = 64,
    TRUST_CERTIFICATE_MAX = 16 * 1024
};

enum trust_role { TRUST_VENDOR, TRUST_EVALUATOR, TRUST_AUTHORITY };
enum { TRUST_ROLE_COUNT = 3 };

enum trust_key_kind {
    TRUST_KEY_P256,      /* ECDSA, RFC 5480 */
    TRUST_KEY_ML_DSA_65, /* RFC 9881; not every build can check with it */
    TRUST_KEY_OTHER      /* known by its keyid and no more */
};

/* Times in milliseconds since 1970. */
struct trust_key {
    struct public_key key; /* only keyid is set when not supported */
    bool supported;        /* an ECDSA P-256 key */
    enum trust_key_kind kind;
    const uint8_t *spki; /* SubjectPublicKeyInfo as listed, of every kind */
    size_t spki_length;
    enum trust_role role;
    const char *name;
    const char *organisation;
    const char *corporate_number; /* NULL when not given */
    int64_t not_before;
    int64_t not_after;
    bool revoked;
    bool compromised; /* revoked because others may have held it: no untimed signature counts */
    int64_t revoked_at;
};

/* A certificate is kept as it is listed: one DER SEQUENCE, looked at no further here. */
struct trust_timestamp_authority {
    const char *name;
    const char *organisation;     /* NULL when not given */
    const char *corporate_number; /* NULL when not given */
    const uint8_t *certificate;   /* of the authority, or of the CA that issues to it */
    size_t certificate_length;
    int64_t not_before; /* INT64_MIN when not given */
    int64_t not_after;  /* INT64_MAX when not given */
    bool revoked;
    bool compromised;
    int64_t revoked_at;
};

struct trust_policy {
    bool require_evaluator;
    bool require_timestamp;
    bool require_all_examined; /* an evaluation that saw less than all does not count */
    bool require_conformant;   /* or each clause that is not, waived by a role accepted below */
    bool pq_required;          /* a post-quantum signature too, on what is signed from then on */
    int64_t pq_required_from;  /* 0 unless pq_required */
    bool accept_waivers_of[TRUST_ROLE_COUNT]; /* none listed: nobody's */
    uint32_t organisations; /* how many distinct ones must have signed; at least 1 */
};

struct trust {
    const char *id;
    uint64_t version;
    const char *expires;
    bool stale;           /* expired at the given time */
    bool rollback;        /* an earlier version than one seen before */
    bool stranger;        /* the state file knows other stores only; not remembered */
    bool pinned;          /* a root's keyid was compared, now or when the state file saw it */
    uint32_t twins;       /* keys listed more than once; each counts once */
    const char *alike[2]; /* the first two organisations with look-alike names; NULL: none */
    const char *unknown;  /* the first member that this program does not know; NULL: none */
    uint32_t unknown_count;
    struct public_key roots[TRUST_ROOTS_MAX];
    size_t root_count;
    uint32_t root_threshold;
    struct trust_policy policy;
    const struct trust_key *keys;
    size_t key_count;
    const struct digest *suites; /* trusted digests; NULL: any */
    size_t suite_count;
    const struct digest *harnesses;
    size_t harness_count;
    const struct trust_timestamp_authority *timestamp_authorities;
    size_t timestamp_authority_count;
};

struct trust_options {
    const char *state_path; /* NULL: none; created when missing */
    const char *root_keyid; /* NULL: not compared */
    int64_t at_ms;
};

/* BAD_INPUT: malformed, forged, or too few of the roots' signatures.  A stale store and a rollback
 * are loaded, and say so; a rollback leaves the state file as it is. */
enum status trust_load(const char *path, const struct trust_options *options, struct arena *arena,
                       const struct trust **ret_trust, struct error *reterr) MUST_CHECK;

/* The same over bytes, without a state file. */
enum status trust_read(const void *data, size_t length, const struct trust_options *options,
                       struct arena *arena, struct trust *ret_trust,
                       struct error *reterr) MUST_CHECK;

/* The form alone, whoever has signed or not: for a draft that waits for its signatures. */
enum status trust_read_draft(const void *data, size_t length, int64_t at_ms, struct arena *arena,
                             struct trust *ret_trust, struct error *reterr) MUST_CHECK;

/* NULL when the store does not name it. */
const struct trust_key *trust_find(const struct trust *trust, const char *keyid);

const char *trust_key_kind_word(enum trust_key_kind kind); /* "p-256", "ml-dsa-65", "other" */

const char *trust_role_word(enum trust_role role); /* static */
bool trust_role_from_word(const char *word, enum trust_role *ret_role);

/* Letter case, full width, blanks and ASCII punctuation do not tell names apart. */
bool trust_same_name(const char *a, const char *b);

/* One organisation under one corporate number, or under one name: a key listed without the number
 * must not make it two. */
bool trust_same_organisation(const struct trust_key *a, const struct trust_key *b);

/* What tells organisations apart: the corporate number, else the name. */
const char *trust_organisation_of(const struct trust_key *key);

/* ---- writing: a payload is edited as JSON and then signed ---- */

struct trust_draft {
    const char *id;
    const char *created;
    const char *expires;
    const struct public_key *root;
    struct trust_policy policy;
};

struct trust_member {
    const struct public_key *key; /* NULL: spki says */
    enum trust_role role;
    const char *name;
    const char *organisation;
    const char *corporate_number; /* NULL allowed */
    const char *not_before;
    const char *not_after;
    const struct bytes *spki; /* of a key of any kind, when key is NULL */
};

struct trust_authority_member {
    const char *name;
    const char *organisation;     /* NULL allowed, as are the three below */
    const char *corporate_number; /* only with an organisation */
    const char *not_before;
    const char *not_after;
    const struct bytes *certificate; /* DER */
};

/* Appends the DER of a file's only PEM block (RFC 7468): "PUBLIC KEY" or "CERTIFICATE". */
enum status trust_pem_load(const char *path, const char *label, struct bytes *der,
                           struct error *reterr) MUST_CHECK;

/* Version 1 with one root and no keys; the caller's to release. */
enum status trust_draft_new(const struct trust_draft *draft, json_t **ret_payload,
                            struct error *reterr) MUST_CHECK;

/* The payload of a store whose own signatures hold, to be edited; trust_draft_next before signing.
 */
enum status trust_draft_of(const char *path, json_t **ret_payload, struct error *reterr) MUST_CHECK;
/* The payload of a store or draft, whoever has signed it. */
enum status trust_payload(const void *data, size_t length, json_t **ret_payload,
                          struct error *reterr) MUST_CHECK;
enum status trust_draft_next(json_t *payload, const char *created, const char *expires,
                             struct error *reterr) MUST_CHECK;
enum status trust_draft_add(json_t *payload, const struct trust_member *member,
                            struct error *reterr) MUST_CHECK;
enum status trust_draft_add_authority(json_t *payload, const struct trust_authority_member *member,
                                      struct error *reterr) MUST_CHECK;
/* `list` is "suites" or "harnesses"; a digest that is there already stays there once. */
enum status trust_draft_trust_digest(json_t *payload, const char *list, const struct digest *digest,
                                     struct error *reterr) MUST_CHECK;

/* Rewrites the members this program knows; others stay. */
enum status trust_draft_policy(json_t *payload, const struct trust_policy *policy,
                               struct error *reterr) MUST_CHECK;
/* For a timestamp authority, keyid is the SHA-256 of its certificate. */
enum status trust_draft_revoke(json_t *payload, const char *keyid, const char *at,
                               const char *reason, struct error *reterr) MUST_CHECK;

/* A root more, or one less: the keyid.  A threshold that the roots cannot meet is refused when the
 * draft is read. */
enum status trust_draft_add_root(json_t *payload, const struct public_key *root,
                                 struct error *reterr) MUST_CHECK;
enum status trust_draft_remove_root(json_t *payload, const char *keyid,
                                    struct error *reterr) MUST_CHECK;
enum status trust_draft_threshold(json_t *payload, uint32_t threshold,
                                  struct error *reterr) MUST_CHECK;

/* Appends the draft or store `data` with one signature more over the same payload bytes.
 * BAD_INPUT: that key has signed already. */
enum status trust_countersign(const void *data, size_t length, const struct key *key,
                              struct bytes *out, struct error *reterr) MUST_CHECK;

/* How many of these roots have signed.  BAD_INPUT: a signature in the name of one is wrong. */
enum status trust_signed_by(const void *data, size_t length, const struct public_key *roots,
                            size_t count, size_t *ret_signers, struct error *reterr) MUST_CHECK;

/* Appends the file's bytes; with no keys, a draft.  To change roots, sign with enough of the old
 * and of the new. */
enum status trust_sign(const json_t *payload, const struct key *const *keys, size_t count,
                       struct bytes *out, struct error *reterr) MUST_CHECK;

/* Appends the bytes of a file. */
enum status trust_file_read(const char *path, struct bytes *out, struct error *reterr) MUST_CHECK;

/* Writes beside path and renames; `replace` allows an existing file to be replaced. */
enum status trust_save(const char *path, const struct bytes *content, bool replace,
                       struct error *reterr) MUST_CHECK;
