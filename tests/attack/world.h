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
    bool lab_is_vendor;  /* the laboratory's key belongs to ACME */
    const char *suite;   /* the only trusted suite digest */
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
    const char *overall;   /* NULL: conformant */
    const char *not_after;
    const char *evaluator; /* NULL: the laboratory's name */
    bool wrong_input;
    bool claims_label;
};

void world_evaluate(const struct world *world, struct raw_zip *zip,
                    const struct world_evaluation *how);
