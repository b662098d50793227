#include "channel/ftp.h"
#include "probe/mechanism.h"

#include <stdio.h>
#include <string.h>

/* One control connection, kept while the device goes on answering. */
struct ftp_state {
    struct mechanism_setting setting;
    struct ftp_link link;
    bool open;
    bool withheld;       /* the link has no transcript */
    bool stranger_known; /* what PWD says to nobody was asked for */
    bool stranger_may;
};

static void hang_up(struct ftp_state *state)
{
    if (state->open) {
        ftp_done(&state->link);
    }
    state->open = false;
}

static void mechanism_ftp_close(void *state)
{
    hang_up(state);
}

static enum status mechanism_ftp_open(const struct mechanism_setting *setting, struct arena *arena,
                                      void **ret_state, struct error *reterr)
{
    struct ftp_state *state = arena_alloc(arena, sizeof *state);

    (void) reterr;
    *state = (struct ftp_state){ .setting = *setting };
    *ret_state = state;
    return STATUS_OK;
}

static void attempt_is(struct attempt *attempt, enum attempt_word word, const char *proof,
                       const struct ftp_reply *reply)
{
    attempt->word = word;
    attempt->proof = proof;
    if (reply->event != TCP_OK) {
        (void) snprintf(attempt->detail, sizeof attempt->detail, "%s: %s", proof,
                        tcp_event_word(reply->event));
    } else {
        (void) snprintf(attempt->detail, sizeof attempt->detail, "%s: %u %.128s", proof,
                        reply->code, reply->words);
    }
}

static enum status say(struct ftp_state *state, const char *verb, const char *argument,
                       const char *secret_word, struct ftp_reply *reply, struct error *reterr)
{
    return ftp_ask(&state->link, verb, argument, secret_word, mechanism_deadline(&state->setting),
                   reply, reterr);
}

/* No link, or a greeting that is none: what the attempt at one says. */
static void no_link(struct attempt *attempt, const struct ftp_reply *reply)
{
    if (reply->event == TCP_REFUSED || reply->event == TCP_NO_ROUTE) {
        attempt_is(attempt, ATTEMPT_CLOSED, "the device takes no connection", reply);
    } else if (reply->event == TCP_CLOSED || reply->event == TCP_RESET ||
               (reply->event == TCP_OK && reply->code / 100 == 4)) {
        attempt_is(attempt, ATTEMPT_LOCKED, "the device turns connections away", reply);
    } else {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no greeting came", reply);
    }
}

/* PWD proves a log-in only where it is refused to a stranger. */
static enum status stranger_ask(struct ftp_state *state, struct ftp_reply *reply,
                                struct error *reterr)
{
    TRY(say(state, "PWD", NULL, NULL, reply, reterr));
    if (reply->event != TCP_OK) {
        hang_up(state);
    } else {
        state->stranger_known = true;
        state->stranger_may = reply->code == 257;
    }
    return STATUS_OK;
}

static enum status call_up(struct ftp_state *state, bool withheld, struct attempt *attempt,
                           struct error *reterr)
{
    const struct probe_call *call = state->setting.call;
    struct ftp_reply reply;

    hang_up(state);
    if (withheld) {
        transcript_note(call->transcript, 0,
                        "a log-in with declared credentials; its dialogue is withheld");
    }
    state->open = true;
    state->withheld = withheld;
    TRY(ftp_open(&state->link, call->host, call->port, mechanism_deadline(&state->setting),
                 call->transcript, &reply, reterr));
    if (withheld) {
        TRY(transcript_hush(call->transcript, state->link.tcp.connection, reterr));
    }
    if (reply.event != TCP_OK || reply.code != 220) {
        no_link(attempt, &reply);
        hang_up(state);
        return STATUS_OK;
    }
    if (!state->stranger_known) {
        TRY(stranger_ask(state, &reply, reterr));
        if (!state->open) {
            attempt_is(attempt, ATTEMPT_UNCLEAR, "no log-in could be tried", &reply);
        }
    }
    return STATUS_OK;
}

/* The device has said 230; a command that it refuses to strangers must work. */
static enum status prove(struct ftp_state *state, struct attempt *attempt, struct error *reterr)
{
    struct ftp_reply reply;
    struct ftp_reply farewell;

    TRY(say(state, "PWD", NULL, NULL, &reply, reterr));
    if (reply.event != TCP_OK) {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "a log-in was announced, and nothing came after it",
                   &reply);
    } else if (reply.code == 530) {
        attempt_is(attempt, ATTEMPT_REJECTED, "a log-in was announced, and commands stay refused",
                   &reply);
    } else if (reply.code == 257 && !state->stranger_may) {
        attempt_is(attempt, ATTEMPT_ACCEPTED, "a command was carried out", &reply);
    } else {
        attempt_is(attempt, ATTEMPT_ACCEPTED, "the device says that the log-in succeeded", &reply);
    }
    if (reply.event == TCP_OK) {
        TRY(say(state, "QUIT", NULL, NULL, &farewell, reterr));
    }
    hang_up(state);
    return STATUS_OK;
}

/* 501 and 503 answer names and passwords that the device cannot take, such as empty ones. */
static bool is_refusal(unsigned code)
{
    return code == 530 || code == 430 || code == 501 || code == 503;
}

/* The answer to the last thing that a candidate has to give. */
static enum status settle(struct ftp_state *state, const struct ftp_reply *reply, bool kept,
                          struct attempt *attempt, struct error *reterr)
{
    if (reply->event != TCP_OK) {
        bool ended = reply->event == TCP_CLOSED || reply->event == TCP_RESET;
        enum attempt_word word = kept && ended ? ATTEMPT_AGAIN
                                 : ended       ? ATTEMPT_REJECTED
                                               : ATTEMPT_UNCLEAR;

        attempt_is(attempt, word, ended ? "the device hung up" : "no answer came", reply);
    } else if (reply->code == 230 || reply->code == 202) {
        return prove(state, attempt, reterr);
    } else if (is_refusal(reply->code)) {
        attempt_is(attempt, ATTEMPT_REJECTED, "the device says that the log-in failed", reply);
        return STATUS_OK;
    } else if (reply->code == 421) {
        attempt_is(attempt, kept ? ATTEMPT_AGAIN : ATTEMPT_LOCKED,
                   "the device ends its service for now", reply);
    } else {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "neither accepted nor refused", reply);
    }
    hang_up(state);
    return STATUS_OK;
}

static enum status mechanism_ftp_attempt(void *opaque, const struct candidate *candidate,
                                         struct attempt *attempt, struct error *reterr)
{
    struct ftp_state *state = opaque;
    bool kept = state->open && !state->withheld && !candidate->is_secret;
    struct ftp_reply reply = { .event = TCP_OK };

    if (kept) {
        TRY(say(state, "USER", candidate->user, NULL, &reply, reterr));
        /* Nothing of the password was said: a new connection is no second try. */
        kept = reply.event == TCP_OK && reply.code != 421;
    }
    if (!kept) {
        TRY(call_up(state, candidate->is_secret, attempt, reterr));
        if (!state->open) {
            return STATUS_OK;
        }
        TRY(say(state, "USER", candidate->user, NULL, &reply, reterr));
    }
    attempt->unasked = reply.event == TCP_OK && reply.code != 331;
    if (!attempt->unasked && reply.event == TCP_OK) {
        TRY(say(state, "PASS", candidate->password, "password", &reply, reterr));
    }
    return settle(state, &reply, kept, attempt, reterr);
}

static enum status mechanism_ftp_reconnect(void *state, struct error *reterr)
{
    (void) reterr;
    hang_up(state);
    return STATUS_OK;
}

const struct mechanism mechanism_ftp = {
    .name = "ftp",
    .side_by_side = true,
    .open = mechanism_ftp_open,
    .attempt = mechanism_ftp_attempt,
    .reconnect = mechanism_ftp_reconnect,
    .close = mechanism_ftp_close,
};
