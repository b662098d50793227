/* verify_private.h - what the verify*.c and policy*.c files share and nobody else uses. */
#pragma once

#include "evidence/evlog.h"
#include "evidence/rollup.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"
#include "evidence/tst.h"
#include "evidence/verify.h"

/* Of one bundle: all statements' files together, what the statements take in memory
 * (json_strict.h), and all that lies under META-INF/val. */
enum {
    VERIFY_STATEMENTS_SIZE = 16 << 20,
    VERIFY_STATEMENTS_WEIGHT = 24 << 20,
    VERIFY_MATERIAL_SIZE = 8 << 20
};
enum { VERIFY_STATEMENTS_MAX = 64, VERIFY_MATERIAL_MAX = 64, VERIFY_RENEWALS_MAX = 64 };

/* Whose key a statement names. */
enum signer_standing {
    SIGNER_NOBODY, /* not a key the reader knows */
    SIGNER_KNOWN,
};

/* Ordered by worth. */
enum cosignature_state {
    COSIGNATURE_NONE,
    COSIGNATURE_STRANGER,  /* by a key that the reader does not know */
    COSIGNATURE_REFUSED,   /* bad, or of another organisation or time */
    COSIGNATURE_UNCHECKED, /* this system has no ML-DSA-65 */
    COSIGNATURE_GOOD
};

struct attestation {
    const char *file;
    struct digest sha256;         /* of the file */
    struct digest payload_sha256; /* of what is signed */
    struct sigstore envelope;
    struct statement statement;
    bool readable;
    const struct trust_key *member; /* NULL unless a trust store names the key */
    enum signer_standing standing;
    bool counted;       /* signature good, signer in role and in time; and what it says counts */
    bool vouched;       /* was counted before what it says was weighed */
    const char *reason; /* why a vouched one does not count; NULL when it does */
    enum cosignature_state cosigned;
    bool stamped;    /* bears a good timestamp of its own */
    bool timed;      /* so, or covered by a good renewal */
    int64_t time_ms; /* it existed by then; only if timed */
};

/* A file with an ML-DSA-65 signature over the payload of the statement that it stands beside.  It
 * is no statement: it counts for nothing by itself. */
struct cosignature {
    const char *file;
    struct digest sha256; /* of the file */
    struct sigstore envelope;
    bool readable;
    const struct attestation *beside; /* NULL when none has the name and the payload */
    const struct trust_key *member;   /* NULL unless a trust store names the key */
    enum cosignature_state state;
};

/* A good renewal: all that it covers existed by its time. */
struct renewal {
    int64_t time_ms;
    json_t *files; /* path: digest, of the statements; owned */
};

/* What lies under META-INF/val. */
struct material {
    struct tst_blob certificates[VERIFY_MATERIAL_MAX];
    size_t certificate_count;
    struct tst_blob lists[VERIFY_MATERIAL_MAX];
    size_t list_count;
    size_t size;
};

struct verification {
    const struct verify_options *options;
    struct arena *arena;
    struct verify_report report;
    struct container_reader *reader;
    const struct manifest *manifest;
    struct digest manifest_sha;
    const struct trust *trust;
    json_t *result;
    struct rollup rollup;
    bool rolled_up;
    struct attestation *attestations;
    size_t attestation_count;
    size_t attestation_weight;
    struct cosignature *cosignatures;
    size_t cosignature_count;
    const char **withheld;
    size_t withheld_count;
    struct material material;
    struct renewal renewals[VERIFY_RENEWALS_MAX]; /* the newest first */
    size_t renewal_count;
    json_t *opening;    /* data of the log's first event, if it is "run-opened"; owned */
    struct error fault; /* the first of the harness's own; ends the verification with VERIFY_IO */
};

/* Records what status says of a check (OK included).  False when nothing more can be asked of it;
 * a fault of ours is kept in verification->fault. */
bool verify_record(struct verification *verification, enum verify_check check, enum status status,
                   const struct error *error);

/* An entry's bytes as the manifest promises them. */
enum status verify_entry_bytes(const struct container_reader *reader,
                               const struct manifest *manifest, const char *path, struct bytes *out,
                               struct error *reterr) MUST_CHECK;

/* run/plan.json and run/result.json, the sums, and the log with its verdict events. */
void verify_result(struct verification *verification);

/* Every file under META-INF/att: read, bound to the bundle, compared with the sums. */
void verify_attestations(struct verification *verification);

/* policy.c: whether what was said suffices for the reader. */
void policy_trust(struct verification *verification);
void policy_signers(struct verification *verification);
void policy_expectations(struct verification *verification);

/* policy_signer.c: whose signature a readable statement bears; sets member, standing, counted. */
void policy_signer(struct verification *verification, struct attestation *attestation);

/* Who may make a statement of that kind. */
bool policy_may_say(enum statement_kind kind, enum trust_role role);

/* policy_evaluation.c: which laboratories' statements count; the others lose `counted`. */
void policy_evaluations(struct verification *verification);
bool policy_has_evaluation(const struct verification *verification);
bool policy_all_is_examined(const struct verification *verification);

/* Whether a party is, or looks like, the vendor of the bundle. */
bool policy_is_vendors(const struct verification *verification, const struct trust_key *member);
bool policy_same_organisation(const struct trust_key *a, const struct trust_key *b);

/* Does an evaluation say that it supersedes that statement? */
bool policy_names_statement(const struct statement_evaluation *evaluation,
                            const struct attestation *earlier);

/* Why a period does not hold at the time asked about; NULL when it does. */
const char *policy_period(const struct verification *verification, const char *issued_at,
                          const char *not_before, const char *not_after);

/* False when the list names an entry that the manifest does not have.  NULL: nothing named. */
bool policy_entries_known(const struct verification *verification, const json_t *ids);

/* policy_superseded.c: newer statements that the reader holds beside the bundle. */
void policy_superseded(struct verification *verification);

/* policy_remark.c: waivers, attestations and registrations, and a required conformance. */
void policy_remarks(struct verification *verification);
void policy_conformant(struct verification *verification);

/* A waiver in force by a role whose waivers the reader accepts. */
bool policy_waiver_accepted(const struct verification *verification, const struct attestation *one);

/* Why a key must not sign at that time, in one word; NULL when it may.  With a trusted time the
 * signature is no younger than that; without one it may be as young as the reader's own time, and
 * somebody who held a compromised key may have made it. */
const char *policy_out_of_time(const struct trust_key *member, int64_t at_ms, bool trusted);

/* verify_pq.c: the files beside the statements; and, once it is known which statements count,
 * what they are worth and whether those that are required are there. */
bool verify_pq_is_name(const char *name);
void verify_pq_read(struct verification *verification, const struct container_entry *entry);
void policy_pq(struct verification *verification);
json_t *verify_pq_json(const struct verification *verification);

bool attestation_is_vendors(const struct attestation *attestation);

/* verify_said.c: what others than the vendor said, for the report. */
void verify_said(const struct verification *verification, json_t *report);

/* verify_attestation.c: reads a statement's file; readable unless the status says why not. */
enum status verify_attestation_read(const void *data, size_t length, struct arena *arena,
                                    struct attestation *attestation,
                                    struct error *reterr) MUST_CHECK;
void verify_attestation_done(struct attestation *attestation);

/* verify_answer.c */
json_t *verify_report_json(struct verification *verification, enum finding settled);
const struct verified_signer *verify_signers(struct verification *verification, size_t *ret_count);
bool verify_is_authentic(const struct verification *verification);

/* verify_time.c: times that somebody else vouches for.  The material first, then the archive, then
 * each statement whose signature is good. */
void verify_material(struct verification *verification);
void verify_time(struct verification *verification, struct attestation *attestation);

/* A token over these bytes, good under the reader's trust store; records what is wrong under
 * `check`.  False unless good; then *ret_latest_ms is the time by which they existed. */
bool verify_token(struct verification *verification, enum verify_check check,
                  const struct tst_blob *token, const struct tst_blob *stamped, int64_t as_of_ms,
                  struct tst *ret_tst);
int64_t verify_token_latest(const struct tst *tst);

/* verify_opening.c: the token that the log begins with; after the signers' times are known. */
void verify_opening(struct verification *verification);

/* archive_verify.c: META-INF/arc */
void verify_archive(struct verification *verification);
bool renewal_covers(const struct renewal *renewal, const char *path);

/* Appends a file's bytes. */
enum status verify_file(const struct verification *verification, const char *path,
                        struct bytes *out, struct error *reterr) MUST_CHECK;
