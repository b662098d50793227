#include "cli/verify_call.h"

#include "base/clock.h"
#include "evidence/json_strict.h"

enum status verify_call_read(const struct arguments *arguments, struct verify_call *call,
                             struct error *reterr)
{
    const char *at = argument_text(arguments, "at");
    const char *signer = argument_text(arguments, "signer");

    call->options.trust_path = argument_text(arguments, "trust");
    call->options.at_ms = clock_wall_ms();
    if (at != NULL && !json_strict_time(at, &call->options.at_ms)) {
        return fail(reterr, STATUS_USAGE, "--at is a time like 2026-11-21T09:00:00Z, not '%s'", at);
    }
    if (call->options.trust_path != NULL && signer != NULL) {
        return fail(reterr, STATUS_USAGE, "--trust and --signer exclude each other");
    }
    if (signer != NULL) {
        TRY(public_key_load(signer, &call->signer, reterr));
        call->options.signer = &call->signer;
    }
    return STATUS_OK;
}
