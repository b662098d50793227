/* dossier.h - everything a finished run knows, put together and sealed into one bundle. */
#pragma once

#include "engine/history.h"
#include "engine/run.h"
#include "evidence/key.h"
#include "evidence/key_mldsa.h"

struct dossier {
    const char *run_id; /* UUIDs */
    const char *bundle_id;
    const struct source_file *params;  /* the --params file, or NULL */
    const struct source_file *answers; /* the --answers file, or NULL */
    const char *operator_name;         /* who ran it, or NULL */
    const struct mldsa_key *pq_key;    /* signs as well, or NULL */
    const char *harness_version;
    const char *harness_libraries; /* "libyaml 0.2.5, ..." as built against */
    json_t *host;                  /* host_json */
    int64_t started_wall_ms;
    int64_t finished_wall_ms;
    struct history_claim previous; /* as it was at the opening */
    bool anchored;                 /* the log begins with a timestamp */
    struct digest anchor;          /* of its token */
    bool packets;                  /* were to be kept */
    bool replace;                  /* what is there at out_path */
};

/* Seals run + plan to out_path, which must not exist unless replace is set.  *ret_result (new
 * reference) is what was judged, as in the bundle. */
enum status dossier_seal(const struct dossier *dossier, struct run *run, const struct plan *plan,
                         const struct key *key, const char *out_path, json_t **ret_result,
                         struct error *reterr) MUST_CHECK;

/* SHA-256 over suite.yaml followed by clauses.yaml and the policy files in the suite's order: what
 * they say together is "the suite". */
enum status dossier_suite_digest(const struct suite *suite, struct digest *ret_digest,
                                 struct error *reterr) MUST_CHECK;

/* What a resumed run must have in common with the one it continues: digests of suite,
 * profile, parameters, plan and program; new reference. */
enum status dossier_identity(const struct plan *plan, const struct source_file *params,
                             const struct source_file *answers, json_t **ret_identity,
                             struct error *reterr) MUST_CHECK;

enum { UUID_SIZE = 37 };

/* UUID version 7 (RFC 9562 section 5.7). */
enum status uuid_new(int64_t wall_ms, char room[UUID_SIZE], struct error *reterr) MUST_CHECK;
