/* seal.h - makes the one file: manifest, the vendor's two statements, container.
 *
 * Writes run/result.json itself, canonically, as entry e0001; entries[i] gets the id that
 * bundle_entry_id(i) gives, so that the result can name its evidence before sealing.  Refuses what
 * the verifier would: sums that do not follow from the checks, a plan the result does not cover,
 * a broken log.  With the same inputs, salts included, the bytes are the same. */
#pragma once

#include "evidence/key.h"
#include "evidence/key_mldsa.h"
#include "evidence/manifest.h"
#include "evidence/withhold.h"

#include <jansson.h>

#define BUNDLE_RESULT "run/result.json"
#define BUNDLE_PLAN "run/plan.json"
#define BUNDLE_LOG "log/events.jsonl"
#define BUNDLE_POLICY_FOLDER "run/policy/"
#define BUNDLE_ATT_RUN "META-INF/att/01-vendor-run.sigstore.json"
#define BUNDLE_ATT_RESULT "META-INF/att/02-vendor-result.sigstore.json"
#define BUNDLE_ATT_EVALUATION "META-INF/att/10-lab-evaluation.sigstore.json"

/* What ends the name of a statement's file, and of the ML-DSA-65 signature beside it. */
#define BUNDLE_ATT_SUFFIX ".sigstore.json"
#define BUNDLE_ATT_PQ_SUFFIX "-mldsa65.sigstore.json"

/* BUNDLE_JSON_MAX: bytes of result and plan, which are read as a whole. */
enum { BUNDLE_ENTRY_ID_SIZE = 8, BUNDLE_JSON_MAX = 32 << 20 };

struct bundle_entry {
    const char *path;  /* inside the bundle */
    const char *class; /* "log", "wire", "view", "document", "secret" ... */
    enum manifest_disclosure disclosure;
    const void *data; /* or, when NULL, `file` is read */
    size_t length;
    const char *file;
    const struct withhold_salt *salt; /* withholdable: NULL takes a random one */
};

/* Everything is borrowed.  entries must include BUNDLE_PLAN and BUNDLE_LOG, both required. */
struct bundle_inputs {
    const char *bundle_id; /* UUID, lower case */
    const char *created;
    struct manifest_run run;
    struct manifest_dut dut;
    const struct bundle_entry *entries;
    size_t entry_count;
    const json_t *result;         /* sums filled in (rollup_fill) */
    const char *criteria_edition; /* NULL when unknown */
    const char *started_at;
    const char *finished_at;
    const json_t *environment; /* object or NULL */
    uint64_t previous_runs;
    uint64_t previous_unsealed;         /* of those, how many have no bundle */
    const struct digest *previous_head; /* NULL when none */
    uint64_t interruptions;             /* of the run, each followed by a resumption */
    bool replace;                       /* an existing file at out_path may be replaced */
    const struct mldsa_key *pq_key;     /* NULL, or signs the same statements beside `key` */
};

void bundle_entry_id(size_t index, char room[BUNDLE_ENTRY_ID_SIZE]);

/* BAD_INPUT: the inputs contradict each other.  Nothing is left at out_path after a failure. */
enum status bundle_seal(const struct bundle_inputs *inputs, const struct key *key,
                        const char *out_path, struct error *reterr) MUST_CHECK;

/* Copies a bundle with one more file under META-INF/att: a laboratory's statement. */
enum status bundle_attach(const char *path, const char *name, const void *data, size_t length,
                          const char *out_path, struct error *reterr) MUST_CHECK;
