#include "cli/authority.h"

#include "channel/tsa.h"
#include "evidence/opening.h"
#include "evidence/tst_request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum status ask(const char *url, const struct digest *imprint, uint8_t nonce[TST_NONCE_SIZE],
                       struct bytes *answer, struct error *reterr)
{
    uint8_t request[TST_REQUEST_SIZE];

    TRY(tst_nonce(nonce, reterr));
    tst_request(imprint, nonce, request);
    return tsa_ask(url, request, sizeof request, TSA_DEADLINE_MS, answer, reterr);
}

static enum status stamp_piece(const char *url, struct stamp *stamp, size_t index,
                               struct error *reterr)
{
    DEFER(bytes_done) struct bytes answer = bytes_bounded(TSA_ANSWER_MAX);
    uint8_t nonce[TST_NONCE_SIZE];
    size_t found = 0;

    TRY(ask(url, &stamp_at(stamp, index)->imprint, nonce, &answer, reterr));
    TRY(stamp_take(stamp, answer.data, answer.length, nonce, &found, reterr));
    return found == index ? STATUS_OK
                          : fail(reterr, STATUS_BAD_INPUT,
                                 "timestamp.imprint: the answer is to another question");
}

enum status authority_stamp(const char *url, struct stamp *stamp, struct error *reterr)
{
    for (size_t i = 0; i < stamp_count(stamp); i++) {
        TRY(stamp_piece(url, stamp, i, reterr));
    }
    return STATUS_OK;
}

/* An answer that holds a sound token over data; whose it is stays open. */
static enum status ask_about(const char *url, const void *data, size_t length, struct bytes *answer,
                             int64_t *ret_time_ms, struct error *reterr)
{
    const struct tst_context context = { 0 };
    struct tst_verdict verdict = { 0 };
    uint8_t nonce[TST_NONCE_SIZE];
    struct digest imprint;
    struct tst tst;

    TRY(digest_of(data, length, &imprint, reterr));
    TRY(ask(url, &imprint, nonce, answer, reterr));
    TRY(tst_read(answer->data, answer->length, &tst, reterr));
    if (!der_equals(&tst.nonce, nonce, TST_NONCE_SIZE)) {
        return fail(reterr, STATUS_BAD_INPUT, "timestamp.nonce: the answer is to another question");
    }
    TRY(tst_examine(&tst, data, length, &context, &verdict, reterr));
    *ret_time_ms = tst.time_ms;
    return verdict.outcome == TST_GOOD ? STATUS_OK
                                       : fail(reterr, STATUS_BAD_INPUT, "%s", verdict.detail);
}

enum status authority_try(const char *url, int64_t *ret_time_ms, struct error *reterr)
{
    DEFER(bytes_done) struct bytes answer = bytes_bounded(TSA_ANSWER_MAX);
    uint8_t something[TST_NONCE_SIZE];

    TRY(tst_nonce(something, reterr));
    return ask_about(url, something, sizeof something, &answer, ret_time_ms, reterr);
}

/* ---- for a run ---- */

static enum status anchor(const char *url, json_t *opening, struct error *reterr)
{
    DEFER(bytes_done) struct bytes stamped = bytes_bounded(OPENING_MAX);
    DEFER(bytes_done) struct bytes answer = bytes_bounded(TSA_ANSWER_MAX);
    int64_t time_ms;

    TRY(opening_stamped(opening, &stamped, reterr));
    TRY(ask_about(url, stamped.data, stamped.length, &answer, &time_ms, reterr));
    opening_anchor(opening, answer.data, answer.length);
    return STATUS_OK;
}

static void say_without(enum language language, const struct error *error)
{
    (void) fprintf(stderr,
                   language == LANGUAGE_JA ? "時刻証明なしで続けます: %s\n"
                                           : "going on without a timestamp: %s\n",
                   error->message);
}

void authority_anchor(const char *url, json_t *opening, enum language language)
{
    struct error error = { 0 };

    if (anchor(url, opening, &error) != STATUS_OK) {
        say_without(language, &error);
    }
}

static enum status stamp_in_place(const char *url, const char *path, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(stamp_done) struct stamp *stamp = NULL;
    const char *fresh = arena_format(arena, "%s.stamped", path);

    TRY(stamp_open(path, arena, &stamp, reterr));
    TRY(stamp_plan(stamp, false, reterr));
    TRY(authority_stamp(url, stamp, reterr));
    TRY(stamp_write(stamp, fresh, reterr));
    if (rename(fresh, path) != 0) {
        const int reason = errno;

        (void) unlink(fresh);
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(reason));
    }
    return STATUS_OK;
}

void authority_stamp_bundle(const char *url, const char *path, enum language language)
{
    struct error error = { 0 };

    if (stamp_in_place(url, path, &error) != STATUS_OK) {
        say_without(language, &error);
    }
}
