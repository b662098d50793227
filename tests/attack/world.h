/* world.h - the honest world that each attack starts from: keys, trust stores, and one good bundle,
 * made afresh in a folder of its own.  Everything but the salts is the same each time. */
#pragma once

#include "evidence/key.h"
#include "evidence/manifest.h"
#include "evidence/seal.h"
#include "evidence/trust.h"
#include "raw_zip.h"

#include <jansson.h>

#define WORLD_AT "2026-06-01T00:00:00Z"
#define WORLD_MODEL "HC-100"

/* The keyid of the P-384 key that world_store.other_kind puts in. */
#define WORLD_P384 "0e0f86997991eab4f588d4dfa9cba762c573d799759b55feee67893da0d41a5b"

enum { WORLD_AUTHORITIES_MAX = 2, WORLD_PATH = 256 };

enum world_who {
    WORLD_ROOT,
    WORLD_ROOT_NEXT,
    WORLD_VENDOR,        /* of ACME */
    WORLD_VENDOR_SECOND, /* of ACME as well */
    WORLD_PARTNER,       /* a vendor's key of another organisation */
    WORLD_LAB,           /* evaluator */
    WORLD_STRANGER,      /* in no trust store */
    WORLD_EXPIRED,       /* a vendor's key, its window over */
    WORLD_REVOKED,       /* a vendor's key, revoked on 2026-05-01 */
    WORLD_COMPROMISED,   /* a vendor's key, stolen, found out on 2027-01-01 */
    WORLD_AUTHORITY,     /* of the scheme */
    WORLD_WHO_COUNT
};

struct world {
    char folder[WORLD_PATH];
    struct key keys[WORLD_WHO_COUNT];
};

/* Ends the program on any failure: a world that cannot be made tests nothing. */
void must(enum status status, const struct error *error);

void world_open(struct world *world);
void world_done(struct world *world); /* removes the folder */

void world_path(const struct world *world, const char *name, char room[WORLD_PATH]);

/* Changes JSON in place. */
typedef void (*world_edit)(json_t *json, void *context);

/* How a bundle or store differs from the ordinary one; all zero for none. */
struct world_bundle {
    enum world_who signer; /* WORLD_ROOT means WORLD_VENDOR */
    const char *bundle_id;
    const char *event_of_first;   /* the verdict that the log holds for the first check */
    const char *verdict_of_first; /* and the result */
    bool second_attempt;          /* the log holds an earlier, failed attempt as well */
    bool clock_backwards;
    const json_t *opening;           /* data of the log's first event, with a token; NULL: none */
    bool strange_verdict;            /* the log judges a check that is not in the result */
    size_t events;                   /* so many more in the log, of no consequence */
    const struct bundle_entry *more; /* files beside the ordinary ones */
    size_t more_count;
};

void world_bundle(const struct world *world, const struct world_bundle *how, const char *name);

struct world_store {
    json_int_t version; /* 0 means 3 */
    const char *expires;
    bool require_evaluator;
    bool require_timestamp;
    uint32_t organisations;
    bool twin;           /* the vendor's key listed twice */
    bool two_roles;      /* and the second time as an evaluator */
    bool other_kind;     /* the vendor's key is replaced by one on P-384 */
    bool off_curve;      /* the vendor's key is no point of the curve */
    const char *lab_is;  /* the laboratory's key belongs to that organisation, without a number */
    const char *suite;   /* the only trusted suite digest */
    const char *harness; /* the only trusted harness digest */
    bool require_all_examined;
    bool require_conformant;
    bool accept_waivers; /* of evaluators */
    enum world_who root; /* who is named as root; WORLD_ROOT by default */
    enum world_who signers[2];
    size_t signer_count; /* 0: the root alone */
    world_edit edit;     /* last of all, before signing; NULL: none */
    void *context;
    const struct bytes *authorities[WORLD_AUTHORITIES_MAX]; /* time stamps: certificates, or NULL */
    const char *authority_compromised; /* since when the first one is; NULL: it is not */
};

void world_store(const struct world *world, const struct world_store *how, const char *name);

/* Parses an entry, edits it and puts it back; nothing is signed again. */
void world_edit_entry(struct raw_zip *zip, const char *name, world_edit edit, void *context);

/* The signed payload of a statement, edited (edit may be NULL) and signed by key. */
void world_edit_statement(struct raw_zip *zip, const char *name, const struct key *key,
                          world_edit edit, void *context);

/* Brings the manifest's sizes and digests up to date, applies edit to it (may be NULL), and has
 * key sign the same statements over the new manifest: a vendor who lies under its own name. */
void world_reseal(struct raw_zip *zip, const struct key *key, world_edit edit, void *context);

/* Adds a statement by the laboratory. */
struct world_evaluation {
    enum world_who signer; /* WORLD_ROOT means WORLD_LAB */
    const char *file;      /* NULL: BUNDLE_ATT_EVALUATION */
    const char *overall;   /* NULL: conformant */
    const char *issued_at; /* NULL: 2026-04-10 */
    const char *not_after; /* NULL: 2028-04-10 */
    const char *evaluator; /* NULL: the laboratory's name */
    const char *re_run;    /* the overall word of a run of its own; NULL: reviewed only */
    bool wrong_input;
    const char *label_state; /* NULL: no label */
    bool withheld_unseen;
    const char *finding;    /* the verdict of a finding about the first clause; NULL: none */
    const char *supersedes; /* payload of an earlier statement, as hex; NULL: none */
};

void world_evaluate(const struct world *world, struct raw_zip *zip,
                    const struct world_evaluation *how);

/* Adds a waiver or an operator's attestation about the first clause. */
struct world_remark {
    enum world_who signer; /* WORLD_ROOT means WORLD_LAB */
    bool attestation;
    const char *by;     /* NULL: the laboratory's name */
    const char *role;   /* NULL: evaluator */
    const char *clause; /* NULL: S1.1-01, unless check is given */
    const char *check;
    const char *verdict;   /* NULL: fail */
    const char *not_after; /* NULL: 2027-04-10 */
};

void world_remark(const struct world *world, struct raw_zip *zip, const struct world_remark *how);

/* Adds an authority's word about its register. */
void world_register(const struct world *world, struct raw_zip *zip, enum world_who signer,
                    const char *authority);

/* Adds a judgement of two checks under other rules: one passes, one fails. */
#define WORLD_ATT_JUDGEMENT "META-INF/att/40-judgement.sigstore.json"
void world_judge(const struct world *world, struct raw_zip *zip, enum world_who signer,
                 const char *role, const char *judged_at);

/* SHA-256 of the payload that a statement's file signs. */
void world_payload(struct raw_zip *zip, const char *file, char room[DIGEST_HEX_SIZE]);
