/* run_inputs.h - everything a run starts from, read and checked before the device hears
 * anything. */
#pragma once

#include "base/arena.h"
#include "evidence/key.h"
#include "evidence/key_mldsa.h"
#include "model/answers.h"
#include "model/plan.h"

/* Texts live in the arena; only[] is NULL-ended, or NULL. */
struct run_options {
    const char *profile;
    const char *scheme;
    unsigned level;
    const char *product_type; /* or NULL: the profile's */
    const char *params;       /* or NULL */
    const char *answers;      /* or NULL */
    const char *out;
    const char *key;
    const char *pq_key;        /* or NULL */
    const char *operator_name; /* or NULL */
    const char *history;       /* where runs are recorded, if said; or NULL */
    const char *tsa;           /* a time-stamping authority's URL, or NULL */
    const char *const *only;
    bool capture;  /* packets are to be kept */
    unsigned jobs; /* 0: the profile's limit */
};

struct run_inputs {
    struct profile *profile;
    struct suite *suite;
    struct plan *plan;
    struct source_file params; /* data NULL without --params */
    struct answers *answers;   /* NULL without --answers */
};

void run_inputs_done(struct run_inputs *inputs);

enum status run_inputs_load(const struct run_options *options, struct arena *arena,
                            struct run_inputs *inputs, struct error *reterr) MUST_CHECK;

/* Opens the key, asking for its passphrase only if it has one. */
enum status run_key_load(const char *path, struct key *key, struct error *reterr) MUST_CHECK;
enum status run_pq_key_load(const char *path, struct mldsa_key *key,
                            struct error *reterr) MUST_CHECK;

/* For the log's opening, and back when a run is resumed. */
json_t *run_options_to_json(const struct run_options *options);
enum status run_options_from_json(const json_t *json, struct arena *arena,
                                  struct run_options *ret_options, struct error *reterr) MUST_CHECK;
