/* POODLE over TLS (CVE-2014-8730) and its relatives: is the padding of CBC records looked at, is
 * the MAC, and can wrong ones be told apart (RFC 5246 section 6.2.3.2)?
 *
 * The first wrong record is the client's Finished: whoever answers it by a Finished took it, in any
 * application protocol.  Then records of application data, after a handshake in good order. */
#include "base/clock.h"
#include "weaknesses.h"

#include <stdio.h>
#include <string.h>

/* A handshake with a CBC suite; talk is left where it stands. */
static enum status cbc_start(struct weaknesses *all, struct talk *talk, enum tls_record_flaw flaw,
                             bool *ret_done, struct error *reterr)
{
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_CBC, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    bool step = false;

    *ret_done = false;
    TRY(talk_start(talk, &all->bench, &hello, &step, reterr));
    if (!step) {
        return STATUS_OK;
    }
    talk_hold(talk);
    TRY(talk_key_exchange(talk, &step, reterr));
    return step ? talk_finish(talk, flaw, ret_done, reterr) : STATUS_OK;
}

static enum status request_try(struct weaknesses *all, enum tls_record_flaw flaw,
                               char reaction[REACTION_SIZE], struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    bool done = false;

    reaction[0] = '\0';
    TRY(cbc_start(all, &talk, TLS_RECORD_RIGHT, &done, reterr));
    if (done) {
        TRY(greeting_pass(all, &talk, &done, reterr));
    }
    if (!done) {
        return STATUS_OK;
    }
    TRY(talk_record(&talk, flaw, TLS_CONTENT_APPLICATION_DATA, all->request, strlen(all->request),
                    reterr));
    TRY(talk_hear(&talk, clock_monotonic_ms() + bench_quiet_ms(&all->bench), reterr));
    talk_text(&talk, reaction);
    return STATUS_OK;
}

/* The control, and whether there is anything to try. */
static enum status control_try(struct weaknesses *all, bool *ret_done, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    static const enum weakness hangs_on_it[] = { WEAKNESS_POODLE, WEAKNESS_MAC,
                                                 WEAKNESS_CBC_ORACLE };
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_CBC, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    char text[TALK_TEXT_SIZE];
    bool refused = false;

    TRY(cbc_start(all, &talk, TLS_RECORD_RIGHT, ret_done, reterr));
    if (*ret_done) {
        bool passed = false;

        TRY(greeting_pass(all, &talk, &passed, reterr));
        TRY(talk_record(&talk, TLS_RECORD_RIGHT, TLS_CONTENT_APPLICATION_DATA, all->request,
                        strlen(all->request), reterr));
        TRY(talk_hear(&talk, clock_monotonic_ms() + bench_quiet_ms(&all->bench), reterr));
        talk_text(&talk, all->records[TLS_RECORD_RIGHT]);
        return STATUS_OK;
    }
    talk_text(&talk, text);
    TRY(refusal_settle(all, &talk, &hello, &refused, reterr));
    for (size_t i = 0; i < sizeof hangs_on_it / sizeof *hangs_on_it; i++) {
        if (refused) {
            weakness_does_not_apply(all, hangs_on_it[i], "no AES suite with CBC: %s", text);
        } else {
            weakness_unknown(all, hangs_on_it[i], "no handshake with CBC was completed: %s", text);
        }
    }
    return STATUS_OK;
}

/* Is a Finished in such a record taken?  Unknown when the server neither takes nor ends it. */
static enum status finished_try(struct weaknesses *all, enum tls_record_flaw flaw,
                                enum weakness weakness, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    char text[TALK_TEXT_SIZE];
    bool done = false;

    TRY(cbc_start(all, &talk, flaw, &done, reterr));
    /* An end before the Finished says nothing about it. */
    if (done || (talk.out_protected && talk_ended(&talk))) {
        weakness_seen(all, weakness, done);
        return STATUS_OK;
    }
    talk_text(&talk, text);
    weakness_unknown(all, weakness, "a Finished with %s: %s", tls_record_flaw_word(flaw), text);
    return STATUS_OK;
}

static bool is_answered(const char *reaction)
{
    return strcmp(reaction, "application data") == 0;
}

/* Three kinds of wrong records; *ret_there: each met a server that had completed the handshake. */
static enum status round_try(struct weaknesses *all,
                             char reactions[TLS_RECORD_FLAW_COUNT][REACTION_SIZE], bool *ret_there,
                             struct error *reterr)
{
    *ret_there = true;
    for (unsigned flaw = TLS_RECORD_PADDING; flaw < TLS_RECORD_FLAW_COUNT && *ret_there; flaw++) {
        TRY(request_try(all, flaw, reactions[flaw], reterr));
        *ret_there = reactions[flaw][0] != '\0';
    }
    return STATUS_OK;
}

static bool same_reactions(char one[TLS_RECORD_FLAW_COUNT][REACTION_SIZE],
                           char other[TLS_RECORD_FLAW_COUNT][REACTION_SIZE])
{
    for (unsigned flaw = TLS_RECORD_PADDING; flaw < TLS_RECORD_FLAW_COUNT; flaw++) {
        if (strcmp(one[flaw], other[flaw]) != 0) {
            return false;
        }
    }
    return true;
}

static bool all_alike(char reactions[TLS_RECORD_FLAW_COUNT][REACTION_SIZE])
{
    return strcmp(reactions[TLS_RECORD_PADDING], reactions[TLS_RECORD_MAC]) == 0 &&
           strcmp(reactions[TLS_RECORD_PADDING], reactions[TLS_RECORD_PADDING_LONG]) == 0;
}

/* Alike; or different in three rounds alike.  A difference of the first round alone is an
 * accident. */
static enum status oracle_try(struct weaknesses *all, struct error *reterr)
{
    char second[TLS_RECORD_FLAW_COUNT][REACTION_SIZE];
    char third[TLS_RECORD_FLAW_COUNT][REACTION_SIZE];
    bool there = false;
    bool settled = true;

    TRY(round_try(all, all->records, &there, reterr));
    if (there && !all_alike(all->records)) {
        TRY(round_try(all, second, &there, reterr));
        if (there) {
            TRY(round_try(all, third, &there, reterr));
        }
        settled = there && same_reactions(second, third) &&
                  (same_reactions(all->records, second) || all_alike(second));
        if (settled) {
            memcpy(all->records[TLS_RECORD_PADDING], second[TLS_RECORD_PADDING],
                   sizeof second - sizeof second[0]);
        }
    }
    if (!there) {
        weakness_unknown(all, WEAKNESS_CBC_ORACLE, "a handshake with CBC was not completed again");
    } else if (!settled) {
        weakness_unknown(all, WEAKNESS_CBC_ORACLE,
                         "wrong records are answered differently each time");
    } else if (strcmp(all->records[TLS_RECORD_PADDING], "no answer") == 0) {
        weakness_unknown(all, WEAKNESS_CBC_ORACLE, "wrong records are not answered");
    } else {
        weakness_seen(all, WEAKNESS_CBC_ORACLE, !all_alike(all->records));
    }
    return STATUS_OK;
}

enum status padding_try(struct weaknesses *all, struct error *reterr)
{
    bool done = false;

    TRY(control_try(all, &done, reterr));
    if (!done) {
        return STATUS_OK;
    }
    TRY(finished_try(all, TLS_RECORD_PADDING, WEAKNESS_POODLE, reterr));
    TRY(finished_try(all, TLS_RECORD_MAC, WEAKNESS_MAC, reterr));
    TRY(oracle_try(all, reterr));
    if (is_answered(all->records[TLS_RECORD_PADDING])) {
        weakness_seen(all, WEAKNESS_POODLE, true);
    }
    if (is_answered(all->records[TLS_RECORD_MAC])) {
        weakness_seen(all, WEAKNESS_MAC, true);
    }
    return STATUS_OK;
}
