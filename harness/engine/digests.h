/* digests.h - SHA-256 of what a run rests on, as lower-case hex. */
#pragma once

#include "evidence/digest.h"
#include "model/plan.h"

enum status digests_of_json(const json_t *value, char room[DIGEST_HEX_SIZE],
                            struct error *reterr) MUST_CHECK;

/* Of everything that probes can be asked and can observe, as canonical JSON. */
enum status digests_of_catalogue(const struct catalogue *catalogue, char room[DIGEST_HEX_SIZE],
                                 struct error *reterr) MUST_CHECK;
