#include "cli/bundle_call.h"

#include "cli/exits.h"
#include "evidence/json_strict.h"

#include <stdio.h>

enum status bundle_call_open(const struct arguments *arguments, struct bundle_call *call,
                             struct error *reterr)
{
    const char *path = argument_positional(arguments, 0);

    call->arena = arena_new();
    call->answer = VERIFY_IO;
    call->verify.options.unknown_signer_allowed = true;
    TRY(verify_call_read(arguments, &call->verify, reterr));
    call->answer = bundle_verify(path, &call->verify.options, call->arena, &call->bundle,
                                 &call->report, reterr);
    if (call->answer == VERIFY_IO) {
        return reterr->status;
    }
    return call->bundle != NULL
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "%s: does not verify, so nothing is made of it; see hoshitori verify", path);
}

void bundle_call_done(struct bundle_call *call)
{
    verified_done(&call->bundle);
    json_strict_done(&call->report);
    arena_done(&call->arena);
}

enum status bundle_call_select(const struct arguments *arguments, const char *option,
                               const struct bundle_call *call, struct selection *ret_selection,
                               struct error *reterr)
{
    size_t count = 0;
    const char **words;

    while (argument_nth(arguments, option, count) != NULL) {
        count++;
    }
    words = arena_array(call->arena, count + 1, sizeof *words);
    for (size_t i = 0; i < count; i++) {
        words[i] = argument_nth(arguments, option, i);
    }
    if (count == 0) {
        return fail(reterr, STATUS_USAGE, "name what is meant with --%s (see redact --list)",
                    option);
    }
    return select_words(call->bundle, words, count, call->arena, ret_selection, reterr);
}

enum status bundle_call_outbox(const struct arguments *arguments, const struct bundle_call *call,
                               struct outbox **ret_outbox, struct error *reterr)
{
    const char *out = argument_text(arguments, "out");

    if (out == NULL) {
        return STATUS_OK;
    }
    if (call->answer != VERIFY_OK && !argument_given(arguments, "unknown-signer")) {
        return fail(
            reterr, STATUS_BAD_INPUT,
            "whole, but not acceptable to you, so nothing is written: name whom you believe "
            "with --trust or --signer (hoshitori verify says what is missing), or say "
            "--unknown-signer");
    }
    if (call->answer != VERIFY_OK) {
        (void) fprintf(stderr, "hoshitori: nobody you believe vouches for what is written\n");
    }
    return outbox_open(out, ret_outbox, reterr);
}

int bundle_call_exit(const struct bundle_call *call, const struct error *error)
{
    (void) exit_with(error);
    if (error->status != STATUS_BAD_INPUT && error->status != STATUS_LIMIT) {
        return VERIFY_IO;
    }
    return call->answer == VERIFY_OK ? VERIFY_FAIL : (int) call->answer;
}
