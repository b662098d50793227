/* Does the verdict follow?  From the checks to the clauses, and back to the event log. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/seal.h"
#include "evidence/verify_private.h"

#include <stdlib.h>
#include <string.h>

/* The last verdict that the log holds for each check of the result: id to {"verdict","attempt"}.
 * Of other checks only that there are some, for a log may name as many as it likes. */
struct heard {
    struct evlog_verifier *verifier;
    const struct rollup *rollup;
    json_t *verdicts;
    json_t *opening; /* a new reference, or NULL */
    bool strange;
};

static enum status read_json(struct verification *verification, const char *path, json_t **ret_json,
                             struct error *reterr)
{
    const struct manifest_entry *listed = manifest_find_path(verification->manifest, path);
    DEFER(bytes_done) struct bytes content = bytes_bounded(BUNDLE_JSON_MAX);

    if (listed == NULL || listed->disclosure != MANIFEST_REQUIRED) {
        return fail(reterr, STATUS_BAD_INPUT, "entry.required: %s must be there and disclosed",
                    path);
    }
    TRY(verify_entry_bytes(verification->reader, verification->manifest, path, &content, reterr));
    return json_strict_parse(content.data, content.length, ret_json, reterr);
}

static enum status hear_verdict(void *context, const struct evlog_event *event,
                                struct error *reterr)
{
    struct heard *heard = context;
    const char *check = json_string_value(json_object_get(event->data, "check"));
    const char *word = json_string_value(json_object_get(event->data, "verdict"));
    const json_t *attempt = json_object_get(event->data, "attempt");
    const json_t *before;
    enum verdict verdict;
    json_t *kept;

    if (event->seq == 1 && text_equal(event->kind, "run-opened")) {
        heard->opening = json_deep_copy(event->data);
    }
    if (!text_equal(event->kind, "verdict")) {
        return STATUS_OK;
    }
    if (check == NULL || word == NULL || !verdict_from_word(word, &verdict) ||
        !json_is_integer(attempt) || json_integer_value(attempt) < 1 ||
        !text_equal(event->check, check)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "log.verdict: event %llu is not a check, a verdict and an attempt",
                    (unsigned long long) event->seq);
    }
    if (rollup_find(heard->rollup, check) == NULL) {
        heard->strange = true;
        return STATUS_OK;
    }
    before = json_object_get(json_object_get(heard->verdicts, check), "attempt");
    if (before != NULL && json_integer_value(before) >= json_integer_value(attempt)) {
        return fail(reterr, STATUS_BAD_INPUT, "log.verdict: event %llu repeats an attempt of %s",
                    (unsigned long long) event->seq, check);
    }
    kept = json_pack("{s:s, s:I}", "verdict", word, "attempt", json_integer_value(attempt));
    if (kept == NULL || json_object_set_new(heard->verdicts, check, kept) != 0) {
        abort();
    }
    return STATUS_OK;
}

static enum status feed_log(void *context, const void *data, size_t length, struct error *reterr)
{
    struct heard *heard = context;

    return evlog_verify_feed(heard->verifier, data, length, reterr);
}

static enum status read_log(struct verification *verification, struct heard *heard,
                            struct error *reterr)
{
    const struct manifest_log *log = &verification->manifest->log;
    const struct manifest_entry *listed = manifest_find_path(verification->manifest, log->path);
    const struct container_entry *entry = container_read_find(verification->reader, log->path);
    struct evlog_summary summary = { 0 };
    DEFER(evlog_verify_done)
    struct evlog_verifier *verifier = evlog_verify_new(hear_verdict, heard);

    if (listed == NULL || entry == NULL || listed->disclosure != MANIFEST_REQUIRED) {
        return fail(reterr, STATUS_BAD_INPUT, "log.missing: the event log must be there");
    }
    heard->verifier = verifier;
    TRY(container_read_stream(verification->reader, entry, feed_log, heard, reterr));
    TRY(evlog_verify_close(verifier, &summary, reterr));
    if (summary.count != log->count || !digest_equal(&summary.head, &log->head)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "log.end: %llu events, but the manifest names %llu or another last one",
                    (unsigned long long) summary.count, (unsigned long long) log->count);
    }
    if (!digest_equal(&summary.root, &log->root)) {
        return fail(reterr, STATUS_BAD_INPUT, "log.root: not the Merkle root of the manifest");
    }
    if (summary.backwards > 0) {
        verify_note(&verification->report, "log.clock",
                    "the clock of the test machine went back during the run");
    }
    return STATUS_OK;
}

/* A check that was run leaves its verdict in the log; one that was not run cannot be a result. */
static enum status compare_events(const struct rollup *rollup, const struct heard *heard,
                                  struct error *reterr)
{
    for (size_t i = 0; i < rollup->check_count; i++) {
        const struct rollup_check *check = &rollup->checks[i];
        const json_t *event = json_object_get(heard->verdicts, check->id);
        const char *word = json_string_value(json_object_get(event, "verdict"));

        if (event == NULL &&
            (check->verdict == VERDICT_NA || check->verdict == VERDICT_NOT_TESTED)) {
            continue;
        }
        if (!text_equal(word, verdict_word(check->verdict))) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "result.event: %s is %s in the result and %s in the log", check->id,
                        verdict_word(check->verdict), word == NULL ? "absent" : word);
        }
    }
    if (heard->strange) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "result.event: the log judges a check that the result leaves out");
    }
    return STATUS_OK;
}

static void check_plan(struct verification *verification)
{
    DEFER(json_strict_done) json_t *plan = NULL;
    struct error error = { 0 };
    enum status status = read_json(verification, BUNDLE_PLAN, &plan, &error);

    if (status == STATUS_OK && !verification->rolled_up) {
        return;
    }
    if (status == STATUS_OK) {
        status = rollup_covers(&verification->rollup, plan, &error);
    }
    (void) verify_record(verification, VERIFY_CHECK_PLAN, status, &error);
}

static void check_sums(struct verification *verification)
{
    struct error error = { 0 };
    enum status status = read_json(verification, BUNDLE_RESULT, &verification->result, &error);

    if (status == STATUS_OK) {
        status =
            rollup_of(verification->result, verification->arena, &verification->rollup, &error);
        verification->rolled_up = status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = rollup_matches(&verification->rollup, verification->result, &error);
    }
    (void) verify_record(verification, VERIFY_CHECK_ROLLUP, status, &error);
}

void verify_result(struct verification *verification)
{
    DEFER(json_strict_done) json_t *verdicts = json_object();
    struct heard heard = { .rollup = &verification->rollup, .verdicts = verdicts };
    struct error error = { 0 };
    enum status status;
    bool logged;

    check_sums(verification);
    check_plan(verification);
    status = read_log(verification, &heard, &error);
    verification->opening = heard.opening;
    logged = verify_record(verification, VERIFY_CHECK_LOG, status, &error);
    if (logged && verification->rolled_up) {
        status = compare_events(&verification->rollup, &heard, &error);
        (void) verify_record(verification, VERIFY_CHECK_EVENTS, status, &error);
    }
}
