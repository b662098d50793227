/* Ticketbleed (CVE-2016-9244): a session id of one byte, sent with a ticket, comes back longer. */
#include "weaknesses.h"

#include <string.h>

enum { TRIES = 2 };

static enum status ticket_get(struct weaknesses *all, struct talk *talk, bool *ret_there,
                              struct error *reterr)
{
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_ALL, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    char text[TALK_TEXT_SIZE];
    bool done = false;

    hello.ticket = true;
    TRY(talk_complete(talk, &all->bench, &hello, &done, reterr));
    *ret_there = done && talk->ticket_length > 0;
    talk_text(talk, text);
    if (!done) {
        weakness_unknown(all, WEAKNESS_TICKETBLEED, "no handshake was completed: %s", text);
    } else if (!*ret_there) {
        weakness_does_not_apply(all, WEAKNESS_TICKETBLEED, "the server gives no session ticket");
    }
    return STATUS_OK;
}

/* Sets *ret_length to that of the session id in the answer, which begins with ours if *ret_ours. */
static enum status ticket_show(struct weaknesses *all, const struct talk *given, bool *ret_answered,
                               size_t *ret_length, bool *ret_ours, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_ALL, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    uint8_t id[1] = { (uint8_t) tls_keys_number(&all->bench.seed) };
    bool open = false;

    hello.ticket = true;
    hello.ticket_data = given->ticket;
    hello.ticket_length = given->ticket_length;
    hello.session_id = id;
    hello.session_id_length = sizeof id;
    *ret_answered = false;
    TRY(talk_open(&talk, &all->bench, &open, reterr));
    if (!open) {
        return STATUS_OK;
    }
    talk.withhold = "the answer to a session ticket";
    TRY(talk_hello(&talk, &hello, reterr));
    TRY(talk_greeting(&talk, ret_answered, reterr));
    *ret_length = talk.hello.session_id_length;
    *ret_ours = *ret_length > 0 && talk.session_id[0] == id[0];
    return STATUS_OK;
}

enum status ticketbleed_try(struct weaknesses *all, struct error *reterr)
{
    DEFER(talk_done) struct talk given = TALK_CLOSED;
    bool there = false;
    unsigned longer = 0;

    TRY(ticket_get(all, &given, &there, reterr));
    if (!there) {
        return STATUS_OK;
    }
    tcp_done(&given.tcp); /* some serve one connection at a time */
    /* A new session id may begin with our byte by chance: hence twice. */
    for (int i = 0; i < TRIES; i++) {
        bool answered = false;
        size_t length = 0;
        bool ours = false;

        TRY(ticket_show(all, &given, &answered, &length, &ours, reterr));
        if (!answered) {
            weakness_unknown(all, WEAKNESS_TICKETBLEED,
                             "a ticket with a short session id was "
                             "not answered by a hello");
            return STATUS_OK;
        }
        if (length == 1 && ours) {
            break;
        }
        if (length == 0 || !ours) {
            /* A new session: the ticket was not taken, and nothing was echoed. */
            weakness_does_not_apply(all, WEAKNESS_TICKETBLEED,
                                    "the server does not take the ticket that it gave");
            return STATUS_OK;
        }
        longer++;
    }
    weakness_seen(all, WEAKNESS_TICKETBLEED, longer == TRIES);
    return STATUS_OK;
}
