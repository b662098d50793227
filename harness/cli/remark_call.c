#include "cli/remark_call.h"

#include "base/clock.h"
#include "cli/run_inputs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAYLOAD_MAX = 1 << 20 };

void remark_call_done(struct remark_call *call)
{
    verified_done(&call->bundle);
    key_done(&call->key);
}

static enum status check_text(const struct arguments *arguments, const char *name,
                              struct error *reterr)
{
    const char *text;

    for (size_t i = 0; (text = argument_nth(arguments, name, i)) != NULL; i++) {
        if (!text_is_utf8(text, strlen(text))) {
            return fail(reterr, STATUS_USAGE, "--%s is not UTF-8", name);
        }
    }
    return STATUS_OK;
}

static enum status check_texts(const struct arguments *arguments, const char *const *texts,
                               struct error *reterr)
{
    static const char *const common[] = { "by", "corporate-number", "until" };

    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        TRY(check_text(arguments, common[i], reterr));
    }
    for (size_t i = 0; texts[i] != NULL; i++) {
        TRY(check_text(arguments, texts[i], reterr));
    }
    return STATUS_OK;
}

static enum status need(const struct arguments *arguments, const char *name, const char **ret_text,
                        struct error *reterr)
{
    *ret_text = argument_text(arguments, name);
    return *ret_text != NULL ? STATUS_OK : fail(reterr, STATUS_USAGE, "--%s is needed", name);
}

/* A statement that names another organisation than its key's counts nowhere. */
static enum status name_speaker(struct remark_call *call, struct error *reterr)
{
    call->member = evaluate_member(call->bundle, call->key.public_half.keyid);
    call->by = argument_text(call->arguments, "by");
    call->corporate_number = argument_text(call->arguments, "corporate-number");
    if (call->member != NULL && call->by != NULL &&
        !text_equal(call->by, call->member->organisation)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "--by: the trust store calls the key's owner '%.100s'",
                    call->member->organisation);
    }
    if (call->member != NULL) {
        call->by = call->member->organisation;
        call->corporate_number = call->corporate_number == NULL ? call->member->corporate_number
                                                                : call->corporate_number;
    }
    return call->by != NULL
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE, "--by is needed: no trust store names the key's owner");
}

enum status remark_call_open(const struct arguments *arguments, const char *const *texts,
                             enum statement_kind kind, struct arena *arena,
                             struct remark_call *call, struct error *reterr)
{
    const char *key;
    const char *out;

    call->arguments = arguments;
    call->arena = arena;
    TRY(check_texts(arguments, texts, reterr));
    TRY(need(arguments, "key", &key, reterr));
    TRY(need(arguments, "until", &call->until, reterr));
    TRY(need(arguments, "out", &out, reterr));
    if (access(out, F_OK) == 0 && !argument_given(arguments, "force")) {
        return fail(reterr, STATUS_USAGE, "%s is there already (--force replaces it)", out);
    }
    if (!json_strict_is_time(call->until)) {
        return fail(reterr, STATUS_USAGE, "--until is a time like 2028-03-31T00:00:00Z");
    }
    TRY(verify_call_read(arguments, &call->verify, reterr));
    TRY(run_key_load(key, &call->key, reterr));
    clock_text(call->verify.options.at_ms, call->issued_at);
    TRY(evaluate_open(argument_positional(arguments, 0), &call->verify.options, arena,
                      &call->bundle, reterr));
    TRY(name_speaker(call, reterr));
    return evaluate_may_say(call->member, kind, reterr);
}

const char *const *remark_call_all(const struct remark_call *call, const char *name,
                                   size_t *ret_count)
{
    const char **all;
    size_t count = 0;

    while (argument_nth(call->arguments, name, count) != NULL) {
        count++;
    }
    all = arena_array(call->arena, count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        all[i] = argument_nth(call->arguments, name, i);
    }
    *ret_count = count;
    return all;
}

enum status remark_call_write(struct remark_call *call, unsigned number, const char *const *words,
                              const struct bytes *payloads, size_t count, struct error *reterr)
{
    const char *out = argument_text(call->arguments, "out");

    TRY(evaluate_attach(call->bundle, number, words, payloads, count, &call->key, out,
                        argument_given(call->arguments, "force"), reterr));
    for (size_t i = 0; i < count; i++) {
        (void) fprintf(stderr, "%s: %s by %s, keyid %s\n", out, words[i], call->by,
                       call->key.public_half.keyid);
    }
    if (evaluate_is_archived(call->bundle)) {
        (void) fprintf(stderr,
                       "%s: its renewed timestamps do not cover what was added; it does not "
                       "verify until you renew them\n",
                       out);
    }
    return STATUS_OK;
}

static enum status read_remark(const struct remark_call *call, struct statement_remark *remark,
                               struct error *reterr)
{
    size_t count = 0;
    const char *const *evidence = remark_call_all(call, "evidence", &count);

    remark->by = call->by;
    remark->corporate_number = call->corporate_number;
    remark->person = argument_text(call->arguments, "person");
    remark->clause = argument_text(call->arguments, "clause");
    remark->check = argument_text(call->arguments, "check");
    remark->justification = argument_text(call->arguments, "reason");
    remark->issued_at = call->issued_at;
    remark->not_after = call->until;
    if ((remark->clause == NULL) == (remark->check == NULL)) {
        return fail(reterr, STATUS_USAGE, "--clause or --check, one of them");
    }
    if (remark->justification == NULL) {
        return fail(reterr, STATUS_USAGE, "--reason is needed");
    }
    TRY(evaluate_verdict(call->bundle, remark->clause, remark->check, &remark->verdict, reterr));
    return count == 0 ? STATUS_OK
                      : evaluate_entries(call->bundle, evidence, count, call->arena,
                                         &remark->entries, reterr);
}

/* The key's role, as far as a trust store says it. */
static const char *role_of(const struct remark_call *call, const char *otherwise)
{
    const char *given = argument_text(call->arguments, "role");

    if (given != NULL) {
        return given;
    }
    return call->member == NULL ? otherwise : trust_role_word(call->member->role);
}

enum status remark_call_remark(struct remark_call *call, enum statement_kind kind, unsigned number,
                               const char *word, const char *otherwise, struct error *reterr)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(PAYLOAD_MAX);
    struct statement_remark remark = { .role = role_of(call, otherwise) };
    const struct statement_about about = evaluate_about(call->bundle);

    TRY(read_remark(call, &remark, reterr));
    if (kind == STATEMENT_WAIVER &&
        (remark.verdict == VERDICT_PASS || remark.verdict == VERDICT_NA ||
         remark.verdict == VERDICT_ERROR)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s ended in %s: there is nothing that can be waived",
                    remark.clause == NULL ? remark.check : remark.clause,
                    verdict_word(remark.verdict));
    }
    TRY(statement_remark_write(&about, kind, &remark, &payload, reterr));
    return remark_call_write(call, number, &word, &payload, 1, reterr);
}
