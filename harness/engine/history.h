/* history.h - which runs this user has opened, so that one thrown away still counts.
 *
 * A chained log (evidence/evlog.h), one line when a run is opened and one when it is sealed,
 * interrupted or gone on with.  It says of the device: vendor, model, hardware, names and versions
 * of its firmware, and an HMAC of its serial number under a key that the file itself begins with;
 * no address, no secret.  It is its owner's word: whoever deletes the file starts anew. */
#pragma once

#include "evidence/digest.h"
#include "model/plan.h"

#include <jansson.h>
#include <stdint.h>

/* What a run may say of those before it on a device of the same vendor and model. */
struct history_claim {
    uint64_t count;     /* opened */
    uint64_t unsealed;  /* of those, without a bundle so far */
    bool has_head;      /* false: the file began with this run */
    struct digest head; /* of the last line before this run's */
};

/* Counts, then writes that run_id is opened.  The file and its folder are made; any number of
 * programs may do this at once.  BAD_INPUT: the file's chain is broken. */
enum status history_open_run(const char *path, const char *run_id, const struct plan *plan,
                             const char *suite_sha256, struct history_claim *ret_claim,
                             struct error *reterr) MUST_CHECK;

/* word: "sealed", "interrupted" or "resumed".  What is sealed stays so and is said once; bundle
 * (may be NULL) is the file that came of it. */
enum status history_say(const char *path, const char *run_id, const char *word, const char *overall,
                        const char *bundle, struct error *reterr) MUST_CHECK;

/* For the log's opening, and back: {"count","unsealed","head"?}. */
json_t *history_claim_json(const struct history_claim *claim);
void history_claim_read(const json_t *json, struct history_claim *ret_claim);
