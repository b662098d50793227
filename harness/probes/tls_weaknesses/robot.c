/* ROBOT: does the server tell right RSA key exchanges from wrong ones (Bleichenbacher 1998; Boeck,
 * Somorovsky and Young 2018; RFC 5246 section 7.4.7.1)?
 *
 * Each of five blocks is sent twice over: with a ChangeCipherSpec and a Finished after it, and
 * without.  A difference only counts when two more rounds show the very same reactions. */
#include "base/clock.h"
#include "weaknesses.h"

#include <stdio.h>
#include <string.h>

enum { JUNK_FINISHED = 64 };

/* A record that no key made: what follows a right key exchange is as wrong as what follows others,
 * so that a sound server sees no difference either. */
static enum status finished_send(struct weaknesses *all, struct talk *talk, struct error *reterr)
{
    static const uint8_t change[] = { 1 };
    uint8_t junk[JUNK_FINISHED];

    tls_keys_numbers(&all->bench.seed, junk, sizeof junk);
    TRY(talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_CHANGE_CIPHER_SPEC, change, sizeof change,
                    reterr));
    return talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_HANDSHAKE, junk, sizeof junk, reterr);
}

static enum status reaction_hear(struct weaknesses *all, struct talk *talk,
                                 char reaction[REACTION_SIZE], struct error *reterr)
{
    int64_t quiet_ms = bench_quiet_ms(&all->bench);
    char text[TALK_TEXT_SIZE];

    TRY(talk_hear(talk, clock_monotonic_ms() + quiet_ms, reterr));
    talk_text(talk, text);
    (void) snprintf(reaction, REACTION_SIZE, "%s", text);
    if (talk->heard == HEARD_ALERT) {
        /* Most close at once, so that waiting costs nothing. */
        TRY(talk_hear(talk, clock_monotonic_ms() + 4 * quiet_ms, reterr));
        /* Whether a close is a FIN or a reset depends on what lay unread. */
        (void) snprintf(reaction, REACTION_SIZE, "%s, %s", text,
                        talk_ended(talk) ? "ended" : "left open");
    }
    return STATUS_OK;
}

/* reaction stays "" when the block could not be sent. */
static enum status block_try(struct weaknesses *all, unsigned flow, enum tls_block kind,
                             char reaction[REACTION_SIZE], struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_RSA, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    bool step = false;

    reaction[0] = '\0';
    TRY(talk_start(&talk, &all->bench, &hello, &step, reterr));
    if (!step) {
        return STATUS_OK;
    }
    talk_hold(&talk);
    TRY(talk_key_exchange_rsa(&talk, kind, &step, reterr));
    if (!step) {
        return STATUS_OK;
    }
    if (flow == ROBOT_FULL) {
        TRY(finished_send(all, &talk, reterr));
    }
    TRY(talk_release(&talk, reterr));
    return reaction_hear(all, &talk, reaction, reterr);
}

static enum status flow_try(struct weaknesses *all, unsigned flow,
                            char reactions[TLS_BLOCK_COUNT][REACTION_SIZE], bool *ret_all,
                            struct error *reterr)
{
    *ret_all = true;
    for (unsigned kind = 0; kind < TLS_BLOCK_COUNT && *ret_all; kind++) {
        TRY(block_try(all, flow, kind, reactions[kind], reterr));
        *ret_all = reactions[kind][0] != '\0';
    }
    return STATUS_OK;
}

static bool all_alike(char reactions[TLS_BLOCK_COUNT][REACTION_SIZE], unsigned from, unsigned to)
{
    for (unsigned kind = from + 1; kind <= to; kind++) {
        if (strcmp(reactions[from], reactions[kind]) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_reactions(char one[TLS_BLOCK_COUNT][REACTION_SIZE],
                           char other[TLS_BLOCK_COUNT][REACTION_SIZE])
{
    for (unsigned kind = 0; kind < TLS_BLOCK_COUNT; kind++) {
        if (strcmp(one[kind], other[kind]) != 0) {
            return false;
        }
    }
    return true;
}

/* Sets *ret_settled when the reactions of a flow are all alike, or different in each round alike.
 * Where only the first round showed a difference, it was an accident. */
static enum status flow_settle(struct weaknesses *all, unsigned flow, bool *ret_settled,
                               struct error *reterr)
{
    char second[TLS_BLOCK_COUNT][REACTION_SIZE];
    char third[TLS_BLOCK_COUNT][REACTION_SIZE];
    bool there = false;

    *ret_settled = false;
    TRY(flow_try(all, flow, all->robot[flow], &there, reterr));
    if (!there || all_alike(all->robot[flow], 0, TLS_BLOCK_COUNT - 1)) {
        *ret_settled = there;
        return STATUS_OK;
    }
    TRY(flow_try(all, flow, second, &there, reterr));
    if (there) {
        TRY(flow_try(all, flow, third, &there, reterr));
    }
    if (!there || !same_reactions(second, third)) {
        return STATUS_OK;
    }
    *ret_settled =
        same_reactions(all->robot[flow], second) || all_alike(second, 0, TLS_BLOCK_COUNT - 1);
    memcpy(all->robot[flow], second, sizeof second);
    return STATUS_OK;
}

/* A whole handshake of this kind shows that the server takes right key exchanges. */
static enum status control_try(struct weaknesses *all, bool *ret_done, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_RSA, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    char text[TALK_TEXT_SIZE];
    bool refused = false;

    TRY(talk_complete(&talk, &all->bench, &hello, ret_done, reterr));
    if (*ret_done) {
        return STATUS_OK;
    }
    talk_text(&talk, text);
    TRY(refusal_settle(all, &talk, &hello, &refused, reterr));
    if (refused) {
        weakness_does_not_apply(all, WEAKNESS_ROBOT, "no AES suite with static RSA: %s", text);
    } else {
        weakness_unknown(all, WEAKNESS_ROBOT, "no handshake with static RSA was completed: %s",
                         text);
    }
    return STATUS_OK;
}

enum status robot_try(struct weaknesses *all, struct error *reterr)
{
    bool settled[ROBOT_FLOWS] = { false };
    bool done = false;
    bool told = false;

    TRY(control_try(all, &done, reterr));
    if (!done) {
        return STATUS_OK;
    }
    for (unsigned flow = 0; flow < ROBOT_FLOWS; flow++) {
        TRY(flow_settle(all, flow, &settled[flow], reterr));
        if (settled[flow] && !all_alike(all->robot[flow], 0, TLS_BLOCK_COUNT - 1)) {
            told = true;
            /* An oracle that only knows whole right secrets is met too rarely to be used. */
            all->robot_strong =
                all->robot_strong ||
                !all_alike(all->robot[flow], TLS_BLOCK_WRONG_START, TLS_BLOCK_WITHOUT_ZERO);
        }
    }
    if (told) {
        weakness_seen(all, WEAKNESS_ROBOT, true);
    } else if (!settled[ROBOT_SHORT] || !settled[ROBOT_FULL]) {
        weakness_unknown(all, WEAKNESS_ROBOT,
                         "the reactions differ each time, or could not be seen");
    } else if (strcmp(all->robot[ROBOT_FULL][0], "no answer") == 0) {
        weakness_unknown(all, WEAKNESS_ROBOT, "the server reacts to none of the key exchanges");
    } else {
        weakness_seen(all, WEAKNESS_ROBOT, false);
    }
    return STATUS_OK;
}
