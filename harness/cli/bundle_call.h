/* bundle_call.h - a bundle that verifies, and the entries of it that were named: what redact,
 * disclose, check-disclosure and unpack begin with. */
#pragma once

#include "cli/verify_call.h"
#include "evidence/outbox.h"
#include "evidence/select.h"

struct bundle_call {
    struct verify_call verify;
    struct arena *arena;
    struct verified_bundle *bundle;
    json_t *report;
    enum verify_exit answer; /* VERIFY_IO unless the bundle was judged */
};

#define UNKNOWN_SIGNER_OPTION                                                                      \
    {                                                                                              \
        "unknown-signer", NULL,                                                                    \
            { .en = "write although your policy is not met or the signer is not known to you",     \
              .ja = "署名者が不明、または方針を満たさなくても書き出す" },                          \
            false                                                                                  \
    }

/* Opens the first positional; a signer that nobody vouched for is enough.  BAD_INPUT: it does not
 * verify, call->answer says how. */
enum status bundle_call_open(const struct arguments *arguments, struct bundle_call *call,
                             struct error *reterr) MUST_CHECK;
void bundle_call_done(struct bundle_call *call); /* for DEFER */

/* What the repeated option names. */
enum status bundle_call_select(const struct arguments *arguments, const char *option,
                               const struct bundle_call *call, struct selection *ret_selection,
                               struct error *reterr) MUST_CHECK;

/* The new folder of --out, or NULL without that option.  BAD_INPUT: the verifier did not say OK,
 * and --unknown-signer was not given. */
enum status bundle_call_outbox(const struct arguments *arguments, const struct bundle_call *call,
                               struct outbox **ret_outbox, struct error *reterr) MUST_CHECK;

/* Says error on stderr and gives a code of the verifier's: 4 for usage and I/O. */
int bundle_call_exit(const struct bundle_call *call, const struct error *error);
