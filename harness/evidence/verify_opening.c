/* The run lies between the token that its log begins with and the tokens over its signatures. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/opening.h"
#include "evidence/verify_private.h"

static enum status read_opening(const struct verification *verification, struct bytes *token,
                                struct bytes *stamped, struct error *reterr)
{
    const char *run = json_string_value(json_object_get(verification->opening, "run"));
    struct digest digest;

    TRY(opening_token(verification->opening, token, reterr));
    TRY(digest_of(token->data, token->length, &digest, reterr));
    if (!digest_equal(&digest, &verification->manifest->run.opened.sha256)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "opening.digest: not the token that the manifest names");
    }
    /* Else any run could begin with the token of an earlier one. */
    if (!text_equal(run, verification->manifest->run.id)) {
        return fail(reterr, STATUS_BAD_INPUT, "opening.run: the log begins as another run's");
    }
    return opening_stamped(verification->opening, stamped, reterr);
}

/* Each renewal covers the manifest, and so the log. */
static int64_t known_by(const struct verification *verification)
{
    int64_t known_ms = verification->options->at_ms;

    for (size_t i = 0; i < verification->renewal_count; i++) {
        const int64_t renewed_ms = verification->renewals[i].time_ms;

        known_ms = renewed_ms < known_ms ? renewed_ms : known_ms;
    }
    return known_ms;
}

static enum status check_order(const struct verification *verification, const struct tst *tst,
                               struct error *reterr)
{
    const int64_t opened_ms = tst->time_ms - TST_SLACK_MS;
    int64_t created_ms = INT64_MAX;

    (void) json_strict_time(verification->manifest->created, &created_ms);
    if (opened_ms > created_ms) {
        return fail(reterr, STATUS_BAD_INPUT, "opening.order: the bundle is older than its run");
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->timed && opened_ms > one->time_ms) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "opening.order: %s was stamped before the run began", one->file);
        }
    }
    return STATUS_OK;
}

void verify_opening(struct verification *verification)
{
    DEFER(bytes_done) struct bytes token = bytes_bounded(TST_SIZE_MAX);
    DEFER(bytes_done) struct bytes stamped = bytes_bounded(OPENING_MAX);
    struct error error = { 0 };
    struct tst tst;
    enum status status;

    if (verification->manifest->run.opened.anchor != MANIFEST_ANCHOR_TSA) {
        return;
    }
    status = read_opening(verification, &token, &stamped, &error);
    if (status == STATUS_OK) {
        const struct tst_blob answer = { token.data, token.length };
        const struct tst_blob over = { stamped.data, stamped.length };

        if (!verify_token(verification, VERIFY_CHECK_OPENING, &answer, &over,
                          known_by(verification), &tst)) {
            return;
        }
        status = check_order(verification, &tst, &error);
    }
    if (status != STATUS_OK) {
        (void) verify_record(verification, VERIFY_CHECK_OPENING, status, &error);
    }
}
