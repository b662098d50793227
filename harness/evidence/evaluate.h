/* evaluate.h - what others than the vendor add to a bundle: a laboratory's evaluation, waivers,
 * attestations, an authority's registration.  Files are added; nothing that is there changes.
 *
 * Codes "evaluate.*"; STATUS_BAD_INPUT when the bundle or the statement may not be so. */
#pragma once

#include "evidence/key.h"
#include "evidence/statement.h"
#include "evidence/verify.h"

enum { EVALUATE_FILES_MAX = 2 };

/* A bundle that verifies: OK, or POLICY only for what an evaluation can mend (none required is
 * there, or the one that is there no longer holds).  *ret_bundle as bundle_verify hands it out. */
enum status evaluate_open(const char *path, const struct verify_options *options,
                          struct arena *arena, struct verified_bundle **ret_bundle,
                          struct error *reterr) MUST_CHECK;

/* The trust store's entry for a key, or NULL. */
const struct trust_key *evaluate_member(const struct verified_bundle *bundle, const char *keyid);

/* BAD_INPUT: the trust store gives that key a role in which such a statement counts nowhere. */
enum status evaluate_may_say(const struct trust_key *member, enum statement_kind kind,
                             struct error *reterr) MUST_CHECK;

/* Fills in what follows from the bundle: the vendor's statements by digest, what was examined
 * (`examined`: paths; none: everything that lies open) and whether anything was withheld, and the
 * earlier evaluations of the same key, which the new one supersedes.  Arrays and JSON live in the
 * arena.  The JSON member `supersedes` may hold other items already. */
enum status evaluate_fill(const struct verified_bundle *bundle, const char *keyid,
                          const char *const *examined, size_t examined_count, struct arena *arena,
                          struct statement_evaluation *evaluation, struct error *reterr) MUST_CHECK;

/* A run of the evaluator's own: refused unless it verifies under signer's key and speaks of the
 * same vendor, model, firmware and suite. */
enum status evaluate_re_run(const struct verified_bundle *bundle, const char *path,
                            const struct public_key *signer, int64_t at_ms, struct arena *arena,
                            struct statement_evaluation *evaluation,
                            struct error *reterr) MUST_CHECK;

/* An item for `supersedes` that names another bundle. */
json_t *evaluate_bundle_name(const struct verified_bundle *bundle);

/* Ids of entries by their paths; refused unless each is there. */
enum status evaluate_entries(const struct verified_bundle *bundle, const char *const *paths,
                             size_t count, struct arena *arena, const json_t **ret_ids,
                             struct error *reterr) MUST_CHECK;

/* The best that may be said: what checks, findings and re-run add up to, a finding only ever making
 * a clause worse.  A finding about another clause is BAD_INPUT. */
enum status evaluate_overall(const struct verified_bundle *bundle,
                             const struct statement_evaluation *evaluation,
                             enum overall *ret_overall, struct error *reterr) MUST_CHECK;

/* What a clause or check, whichever is not NULL, ended in; BAD_INPUT when there is none. */
enum status evaluate_verdict(const struct verified_bundle *bundle, const char *clause,
                             const char *check, enum verdict *ret_verdict,
                             struct error *reterr) MUST_CHECK;

/* Has renewed timestamps, which cover what is there and nothing added later. */
bool evaluate_is_archived(const struct verified_bundle *bundle);

struct statement_about evaluate_about(const struct verified_bundle *bundle);

/* Signs each payload and writes the bundle with the files added: META-INF/att/NN-<words[i]>, NN
 * the first free numbers from `number` on. */
enum status evaluate_attach(const struct verified_bundle *bundle, unsigned number,
                            const char *const *words, const struct bytes *payloads, size_t count,
                            const struct key *key, const char *out_path, bool replace,
                            struct error *reterr) MUST_CHECK;
