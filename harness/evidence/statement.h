/* statement.h - what a signer says about a bundle: in-toto Statement v1
 * (github.com/in-toto/attestation, spec/v1) with one of the predicates below.
 *
 * subject[0] is META-INF/manifest.json, subject[1..] the firmware images as "firmware:<name>".
 * A digest set holds sha256 and nothing else: a digest that nobody compares is a trap.
 *
 * Codes "statement.*"; UNSUPPORTED for a predicate type or role that this build does not know. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "evidence/digest.h"
#include "evidence/manifest.h"
#include "evidence/rollup.h"
#include "model/verdict.h"

#include <jansson.h>
#include <stdbool.h>

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define STATEMENT_MANIFEST "META-INF/manifest.json"
#define STATEMENT_FIRMWARE_PREFIX "firmware:"

enum {
    STATEMENT_SUBJECTS_MAX = 65,
    STATEMENT_INPUTS_MAX = 64,
    STATEMENT_FINDINGS_MAX = 2000,
    STATEMENT_TEXT_MAX = 4096, /* bytes of a remark or justification */
    STATEMENT_FILE_MAX = 4 << 20
};

/* kind, predicate type */
#define STATEMENT_KINDS(X)                                                                         \
    X(RUN, "urn:hoshitori:predicate:run:v1")                                                       \
    X(TEST_RESULT, "https://in-toto.io/attestation/test-result/v0.1")                              \
    X(EVALUATION, "urn:hoshitori:predicate:evaluation:v1")                                         \
    X(SVR, "https://in-toto.io/attestation/svr/v0.2")                                              \
    X(WAIVER, "urn:hoshitori:predicate:waiver:v1")                                                 \
    X(ATTESTATION, "urn:hoshitori:predicate:attestation:v1")                                       \
    X(REGISTRATION, "urn:hoshitori:predicate:registration:v1")                                     \
    X(JUDGEMENT, "urn:hoshitori:predicate:judgement:v1")

enum statement_kind {
#define X(name, type) STATEMENT_##name,
    STATEMENT_KINDS(X)
#undef X
        STATEMENT_KIND_COUNT
};

struct statement_digest {
    const char *name;
    struct digest sha256;
};

struct statement_run {
    const char *run_id;
    const char *bundle_id;
    enum overall overall;
    const json_t *counts;
    const char *suite_sha256;
    const char *started_at;
    const char *finished_at;

    /* What the operator's machine claims; each NULL where it does not. */
    const json_t *previous_count;
    const json_t *previous_unsealed;
    const json_t *interruptions;
};

struct statement_test_result {
    const char *result;
    const struct statement_digest *configuration;
    size_t configuration_count;
    const json_t *passed;
    const json_t *warned;
    const json_t *failed;
};

/* JSON members are of the form that docs/evidence-format.md gives, or NULL when not given. */
struct statement_evaluation {
    const char *evaluator;
    const char *corporate_number; /* NULL when not given */
    const json_t *accreditation;
    const char *method;   /* "reviewed", "witnessed" or "re-run" */
    const json_t *re_run; /* exactly with the method "re-run" */
    enum overall re_run_overall;
    const struct statement_digest *inputs;
    size_t input_count;
    bool examined_all;
    const json_t *examined; /* entry ids, exactly when not all */
    bool withheld_seen;     /* nothing was withheld from the evaluator */
    const json_t *policy;
    enum overall overall;
    const json_t *findings;
    const char *issued_at;
    const char *not_before; /* NULL when it begins when issued */
    const char *not_after;
    const json_t *supersedes;
    const json_t *label;
    bool claims_label; /* says more of the label than that it quotes it */
};

struct statement_svr {
    const char *verifier; /* a URI */
    const char *time_created;
    const json_t *properties; /* texts */
    const json_t *policies;
};

/* A waiver, or what an operator attests: one person's word about one clause or one check.  It
 * never changes a verdict. */
struct statement_remark {
    const char *by;
    const char *corporate_number; /* NULL when not given */
    const char *person;           /* NULL when not given */
    const char *role;             /* a word of trust.h that the kind allows */
    const char *clause;           /* this or check, the other is NULL */
    const char *check;
    enum verdict verdict; /* waivers: the one that is waived */
    const char *justification;
    const json_t *entries;   /* ids */
    const json_t *documents; /* [{"name","digest"}...] */
    const char *issued_at;
    const char *not_before; /* NULL when it begins when issued */
    const char *not_after;
};

/* What a scheme's authority says of its own register. */
struct statement_registration {
    const char *authority;
    const char *corporate_number; /* NULL when not given */
    const char *scheme;
    const char *number;
    const char *url;
    const char *state; /* a word other than "quoted" */
    const char *issued_at;
    const char *not_before; /* NULL when it begins when issued */
    const char *not_after;
};

/* What follows from the stored observations under other rules.  It never changes the run's
 * verdict. */
struct statement_judgement {
    const char *role; /* "vendor" or "evaluator" */
    const char *run_id;
    const char *bundle_id;
    const char *suite;
    const char *version;
    const char *suite_sha256;
    const char *params_sha256; /* of a file of replaced parameters; NULL without one */
    const char *harness_version;
    const char *judged_at;
    struct rollup rollup; /* its sums follow from its checks */
};

/* Texts are borrowed from root; release with statement_done. */
struct statement {
    json_t *root;
    enum statement_kind kind;
    const struct statement_digest *subjects;
    size_t subject_count;
    union {
        struct statement_run run;
        struct statement_test_result test_result;
        struct statement_evaluation evaluation;
        struct statement_svr svr;
        struct statement_remark remark; /* of a waiver or an attestation */
        struct statement_registration registration;
        struct statement_judgement judgement;
    };
};

/* How a label can stand: "quoted", which is all that an evaluator may say, and what an authority
 * may: "granted", "grace", "expired", "withdrawn", "revoked". */
bool statement_is_label_state(const char *word);

const char *statement_predicate_type(enum statement_kind kind); /* static */

enum status statement_read(const void *data, size_t length, struct arena *arena,
                           struct statement *ret_statement, struct error *reterr) MUST_CHECK;
void statement_done(struct statement *statement); /* for DEFER */

/* subject[0] is exactly this manifest, and every other subject is one of its firmware images
 * with the digest the manifest gives; code "statement.subject". */
enum status statement_is_about(const struct statement *statement, const struct digest *manifest_sha,
                               const struct manifest *manifest, struct error *reterr) MUST_CHECK;

/* Does a vendor's statement say what the checks add up to?  Code "statement.result". */
enum status statement_agrees(const struct statement *statement, const struct rollup *rollup,
                             struct error *reterr) MUST_CHECK;

/* ---- writing; all append canonical bytes to out ---- */

struct statement_run_inputs {
    const struct manifest *manifest;
    const struct digest *manifest_sha;
    const struct rollup *rollup;
    const json_t *result;         /* scheme and level are taken from it */
    const char *criteria_edition; /* NULL when unknown */
    const char *started_at;
    const char *finished_at;
    const json_t *environment;          /* object; may be NULL */
    uint64_t previous_runs;             /* of this device model by this user, as far as known */
    uint64_t previous_unsealed;         /* of those, how many have no bundle */
    const struct digest *previous_head; /* NULL when none */
    uint64_t interruptions;             /* of this run, each followed by a resumption */
};

enum status statement_run_write(const struct statement_run_inputs *inputs, struct bytes *out,
                                struct error *reterr) MUST_CHECK;
enum status statement_test_result_write(const struct statement_run_inputs *inputs,
                                        struct bytes *out, struct error *reterr) MUST_CHECK;

/* What a party other than the vendor says about a bundle. */
struct statement_about {
    const struct manifest *manifest;
    const struct digest *manifest_sha;
};

/* What the reader would refuse is refused here. */
enum status statement_evaluation_write(const struct statement_about *about,
                                       const struct statement_evaluation *evaluation,
                                       struct bytes *out, struct error *reterr) MUST_CHECK;
enum status statement_svr_write(const struct statement_about *about,
                                const struct statement_svr *svr, struct bytes *out,
                                struct error *reterr) MUST_CHECK;

/* kind is STATEMENT_WAIVER or STATEMENT_ATTESTATION. */
enum status statement_remark_write(const struct statement_about *about, enum statement_kind kind,
                                   const struct statement_remark *remark, struct bytes *out,
                                   struct error *reterr) MUST_CHECK;
enum status statement_registration_write(const struct statement_about *about,
                                         const struct statement_registration *registration,
                                         struct bytes *out, struct error *reterr) MUST_CHECK;

/* role, suite, version, digests, harness_version and judged_at are taken from judgement, the sums
 * from result: a result as run/result.json has it, whose checks may say "from" which stored check
 * their observation is. */
enum status statement_judgement_write(const struct statement_about *about,
                                      const struct statement_judgement *judgement,
                                      const json_t *result, struct bytes *out,
                                      struct error *reterr) MUST_CHECK;
