/* Renegotiation that the client begins: with renegotiation_info, and as before RFC 5746 (CVE-2009-
 * 3555). */
#include "base/clock.h"
#include "weaknesses.h"

#include <string.h>

enum { ANSWERS_MAX = 8 };

/* A second hello over the first handshake's protection, then a request: a server that ignores the
 * hello answers the request. */
static enum status again_send(struct weaknesses *all, struct talk *talk, struct tls_hello hello,
                              struct error *reterr)
{
    tls_keys_numbers(&all->bench.seed, hello.random, sizeof hello.random);
    if (!hello.without_renegotiation) {
        hello.verify_data = talk->client_verify;
        hello.verify_data_length = sizeof talk->client_verify;
    }
    talk_hold(talk);
    TRY(talk_hello(talk, &hello, reterr));
    TRY(talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_APPLICATION_DATA, all->request,
                    strlen(all->request), reterr));
    return talk_release(talk, reterr);
}

static enum status answer_judge(struct weaknesses *all, struct talk *talk, enum weakness weakness,
                                struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + bench_quiet_ms(&all->bench);
    char text[TALK_TEXT_SIZE];

    for (int i = 0; i < ANSWERS_MAX; i++) {
        TRY(talk_hear(talk, until_ms, reterr));
        if (talk->heard == HEARD_MESSAGE && talk->message.type == TLS_HANDSHAKE_SERVER_HELLO) {
            weakness_seen(all, weakness, true);
            return STATUS_OK;
        }
        if (talk->heard == HEARD_MESSAGE) {
            continue; /* a late HelloRequest or NewSessionTicket */
        }
        if (talk->heard == HEARD_ALERT || talk->heard == HEARD_DATA || talk_ended(talk)) {
            weakness_seen(all, weakness, false);
            return STATUS_OK;
        }
        break;
    }
    talk_text(talk, text);
    weakness_unknown(all, weakness, "a second hello in the connection: %s", text);
    return STATUS_OK;
}

static enum status renegotiate(struct weaknesses *all, bool legacy, enum weakness weakness,
                               struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_ALL, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    char text[TALK_TEXT_SIZE];
    bool refused = false;
    bool done = false;

    hello.without_renegotiation = legacy;
    TRY(talk_complete(&talk, &all->bench, &hello, &done, reterr));
    if (done && !legacy && !talk.hello.renegotiation_info) {
        weakness_does_not_apply(all, weakness, "the server does not know renegotiation_info");
        return STATUS_OK;
    }
    if (done) {
        bool passed = false;

        TRY(greeting_pass(all, &talk, &passed, reterr));
        if (!passed) {
            weakness_unknown(all, weakness, "the server did not wait for a second hello");
            return STATUS_OK;
        }
        TRY(again_send(all, &talk, hello, reterr));
        return answer_judge(all, &talk, weakness, reterr);
    }
    talk_text(&talk, text);
    TRY(refusal_settle(all, &talk, &hello, &refused, reterr));
    if (legacy && refused && all->found[WEAKNESS_RENEGOTIATION_CLIENT].sight != SIGHT_UNKNOWN) {
        weakness_seen(all, weakness, false); /* it does not even begin with such clients */
    } else {
        weakness_unknown(all, weakness, "no handshake was completed: %s", text);
    }
    return STATUS_OK;
}

enum status renegotiation_try(struct weaknesses *all, struct error *reterr)
{
    TRY(renegotiate(all, false, WEAKNESS_RENEGOTIATION_CLIENT, reterr));
    return renegotiate(all, true, WEAKNESS_RENEGOTIATION_LEGACY, reterr);
}
