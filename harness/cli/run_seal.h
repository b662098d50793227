/* run_seal.h - how a bundle gets its name: made and examined inside the journal's folder, then
 * renamed, so that no kill leaves half of one, nor one that its readers would refuse. */
#pragma once

#include "engine/dossier.h"
#include "evidence/key.h"

/* Seals; the bundle is at `out` afterwards, or nothing is. */
enum status run_seal(struct dossier *dossier, struct run *run, const struct plan *plan,
                     const struct key *key, const char *out, json_t **ret_result,
                     struct error *reterr) MUST_CHECK;

/* Was the run of this folder sealed before it was killed?  Then *ret_result (a new reference) is
 * the bundle's result, `history` says so and the folder is removed, unless the device is still to
 * be brought back: *ret_owes.  `out` and `run_id` are those of the log's opening. */
enum status run_sealed_before(const char *folder, const char *out, const char *run_id,
                              const char *history, json_t **ret_result, bool *ret_owes,
                              struct error *reterr) MUST_CHECK;

/* The same for a folder whose log is gone already: *ret_out (in room of size) is the bundle. */
enum status run_sealed_without_log(const char *folder, char *room, size_t size, json_t **ret_result,
                                   struct error *reterr) MUST_CHECK;
