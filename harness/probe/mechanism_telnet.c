#include "base/clock.h"
#include "channel/tcp.h"
#include "probe/mechanism.h"
#include "probe/web.h"
#include "wire/login_prompt.h"
#include "wire/telnet.h"

#include <stdio.h>
#include <string.h>

enum {
    HEARD_MAX = 64 * 1024,
    ANSWERS_MAX = 4 * 1024,
    LINE_MAX_LENGTH = 512,
    QUIET_MS = 300,    /* silence after which a command prompt is one */
    WAKE_MS = 2000,    /* silence after which a console may want a key pressed */
    REFUSED_MS = 2500, /* silence after "incorrect" that ends the waiting */
    MARKER_RANDOM = 8
};

/* One connection, kept while the device goes on asking. */
struct talk {
    struct mechanism_setting setting;
    struct tcp tcp;
    struct wire_telnet telnet;
    struct bytes heard; /* text since we last sent a line */
    const char *wanted; /* no more is waited for once it came; NULL: nothing special */
    bool open;
    bool asks_user; /* the device waits for a user's name */
    bool withheld;  /* nothing of this connection goes to the transcript */
    uint64_t random;
};

/* What the device did since the last line. */
struct reply {
    enum tcp_event event; /* TCP_OK: something is being asked; else how it ended */
    struct wire_dialogue dialogue;
};

static void hang_up(struct talk *talk)
{
    if (talk->open) {
        tcp_done(&talk->tcp);
    }
    talk->open = false;
    talk->asks_user = false;
}

static void telnet_close(void *state)
{
    struct talk *talk = state;

    hang_up(talk);
    bytes_done(&talk->heard);
}

static enum status telnet_open(const struct mechanism_setting *setting, struct arena *arena,
                               void **ret_state, struct error *reterr)
{
    struct talk *talk = arena_alloc(arena, sizeof *talk);

    (void) reterr;
    talk->setting = *setting;
    talk->heard = bytes_bounded(HEARD_MAX);
    talk->random = setting->call->seed;
    *ret_state = talk;
    return STATUS_OK;
}

static enum status line_send(struct talk *talk, const char *line, const char *secret_word,
                             enum tcp_event *ret_event, struct error *reterr)
{
    uint8_t room[2 * LINE_MAX_LENGTH + 2];
    int64_t deadline = mechanism_deadline(&talk->setting);
    size_t length = strlen(line);
    enum status status;

    if (length > LINE_MAX_LENGTH) {
        return fail(reterr, STATUS_LIMIT, "a user's name or password is too long for a console");
    }
    bytes_clear(&talk->heard);
    talk->asks_user = false;
    length = wire_telnet_escape(line, length, room);
    room[length++] = '\r'; /* RFC 854: the end of a line is CR LF */
    room[length++] = '\n';
    if (secret_word != NULL) {
        status =
            tcp_send_secret(&talk->tcp, room, length, secret_word, deadline, ret_event, reterr);
    } else {
        status = tcp_send(&talk->tcp, room, length, deadline, ret_event, reterr);
    }
    secret_wipe(room, sizeof room);
    return status;
}

/* Takes what has come: options are answered, text is kept. */
static enum status take(struct talk *talk, struct bytes *raw, enum tcp_event *ret_event,
                        struct error *reterr)
{
    uint8_t owed[ANSWERS_MAX];
    struct builder answers = builder_over(owed, sizeof owed);
    uint8_t *at = NULL;
    size_t text_length = 0;

    if (bytes_reserve(&talk->heard, raw->length, &at, NULL) != STATUS_OK) {
        bytes_clear(&talk->heard); /* only the end of a long story matters */
        TRY(bytes_reserve(&talk->heard, raw->length, &at, reterr));
    }
    wire_telnet_feed(&talk->telnet, raw->data, raw->length, at, &text_length, &answers);
    bytes_commit(&talk->heard, text_length);
    if (answers.length > 0) {
        return tcp_send(&talk->tcp, owed, answers.length, mechanism_deadline(&talk->setting),
                        ret_event, reterr);
    }
    return STATUS_OK;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool has_come(const struct talk *talk)
{
    return talk->wanted != NULL && talk->heard.length > 0 &&
           memmem(talk->heard.data, talk->heard.length, talk->wanted, strlen(talk->wanted)) != NULL;
}

/* Waits until something is asked, the connection ends, or time is up. */
static enum status listen_for(struct talk *talk, bool may_wake, struct reply *reply,
                              struct error *reterr)
{
    int64_t deadline = mechanism_deadline(&talk->setting);
    int64_t wake = clock_monotonic_ms() + WAKE_MS;
    DEFER(bytes_done) struct bytes raw = bytes_bounded(HEARD_MAX / 2);

    for (;;) {
        bool command;
        int64_t until = deadline;

        reply->dialogue = wire_login_read(talk->heard.data, talk->heard.length);
        command = reply->dialogue.prompt == WIRE_PROMPT_COMMAND;
        reply->event = TCP_OK;
        if ((reply->dialogue.prompt != WIRE_PROMPT_NONE && !command) || has_come(talk)) {
            return STATUS_OK;
        }
        if (command) {
            until = earlier(deadline, clock_monotonic_ms() + QUIET_MS);
        } else if (reply->dialogue.refused) {
            until = earlier(deadline, clock_monotonic_ms() + REFUSED_MS);
        } else if (may_wake) {
            until = earlier(deadline, wake);
        }
        bytes_clear(&raw);
        TRY(tcp_receive(&talk->tcp, &raw, until, &reply->event, reterr));
        if (reply->event == TCP_TIMEOUT && command) {
            reply->event = TCP_OK;
            return STATUS_OK;
        }
        if (reply->event == TCP_TIMEOUT && may_wake && until < deadline) {
            may_wake = false;
            TRY(line_send(talk, "", NULL, &reply->event, reterr));
            continue;
        }
        if (reply->event == TCP_OK) {
            TRY(take(talk, &raw, &reply->event, reterr));
        }
        if (reply->event != TCP_OK) {
            return STATUS_OK;
        }
    }
}

static enum status call_up(struct talk *talk, bool withheld, struct reply *reply,
                           struct error *reterr)
{
    const struct probe_call *call = talk->setting.call;

    hang_up(talk);
    talk->telnet = (struct wire_telnet){ 0 };
    talk->withheld = withheld;
    bytes_clear(&talk->heard);
    if (withheld) {
        transcript_note(call->transcript, 0,
                        "a log-in with declared credentials; its dialogue is withheld");
    }
    TRY(tcp_open(&talk->tcp, call->host, call->port, mechanism_deadline(&talk->setting),
                 call->transcript, &reply->event, reterr));
    if (reply->event != TCP_OK) {
        return STATUS_OK;
    }
    talk->open = true;
    if (withheld) {
        TRY(transcript_hush(call->transcript, talk->tcp.connection, reterr));
    }
    return listen_for(talk, true, reply, reterr);
}

static void attempt_is(struct attempt *attempt, enum attempt_word word, const char *proof)
{
    attempt->word = word;
    attempt->proof = proof;
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", proof);
}

/* A command prompt may be a picture of one: a harmless command must be carried out.  The
 * text asked for differs from the command, which the console echoes. */
static enum status prove(struct talk *talk, const char *proof_alone, struct attempt *attempt,
                         struct error *reterr)
{
    char marker[MARKER_RANDOM + 1];
    char wanted[sizeof "hoshitori-" + MARKER_RANDOM];
    char command[sizeof "echo hoshi\"\"tori-" + MARKER_RANDOM];
    enum tcp_event event = TCP_OK;
    struct reply reply = { .event = TCP_OK };
    enum status status = STATUS_OK;
    bool came;

    web_random_text(&talk->random, marker, MARKER_RANDOM);
    (void) snprintf(wanted, sizeof wanted, "hoshitori-%s", marker);
    (void) snprintf(command, sizeof command, "echo hoshi\"\"tori-%s", marker);
    TRY(line_send(talk, command, NULL, &event, reterr));
    talk->wanted = wanted;
    if (event == TCP_OK) {
        status = listen_for(talk, false, &reply, reterr);
        event = reply.event;
    }
    came = has_come(talk);
    talk->wanted = NULL;
    TRY(status);
    if (came) {
        attempt_is(attempt, ATTEMPT_ACCEPTED, "a command was carried out");
    } else if (event != TCP_OK) {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "a prompt came, and nothing after it");
    } else if (reply.dialogue.prompt == WIRE_PROMPT_COMMAND) {
        attempt_is(attempt, ATTEMPT_ACCEPTED, proof_alone);
    } else {
        attempt_is(attempt, ATTEMPT_REJECTED, "the device asks for a log-in again");
    }
    if (attempt->word == ATTEMPT_ACCEPTED) {
        TRY(line_send(talk, "exit", NULL, &event, reterr));
    }
    hang_up(talk);
    return STATUS_OK;
}

/* After the last thing that the candidate has to give. */
static enum status settle(struct talk *talk, const struct reply *reply, struct attempt *attempt,
                          struct error *reterr)
{
    if (reply->dialogue.prompt == WIRE_PROMPT_COMMAND) {
        return prove(talk, "a command prompt came twice", attempt, reterr);
    }
    if (reply->dialogue.prompt == WIRE_PROMPT_NEW_PASSWORD) {
        attempt_is(attempt, ATTEMPT_ACCEPTED, "the device asked for a new password");
        hang_up(talk);
    } else if (reply->dialogue.locked) {
        attempt_is(attempt, ATTEMPT_LOCKED, "the device says that it is locked");
        hang_up(talk);
    } else if (reply->dialogue.prompt == WIRE_PROMPT_USER) {
        attempt_is(attempt, ATTEMPT_REJECTED, "the device asks for a log-in again");
        talk->asks_user = true;
    } else if (reply->dialogue.refused || reply->dialogue.prompt == WIRE_PROMPT_PASSWORD) {
        attempt_is(attempt, ATTEMPT_REJECTED, "the device says that the log-in failed");
        hang_up(talk);
    } else if (reply->event == TCP_CLOSED) {
        attempt_is(attempt, ATTEMPT_REJECTED, "the device hung up");
        hang_up(talk);
    } else {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no prompt came");
        (void) snprintf(attempt->detail, sizeof attempt->detail, "no prompt came: %s",
                        tcp_event_word(reply->event));
        hang_up(talk);
    }
    return STATUS_OK;
}

static enum status line_ask(struct talk *talk, const char *line, const char *secret_word,
                            struct reply *reply, struct error *reterr)
{
    *reply = (struct reply){ .event = TCP_OK };
    TRY(line_send(talk, line, secret_word, &reply->event, reterr));
    if (reply->event == TCP_OK) {
        TRY(listen_for(talk, false, reply, reterr));
    }
    return STATUS_OK;
}

static enum status answer_prompts(struct talk *talk, const struct candidate *candidate,
                                  struct reply *reply, struct attempt *attempt,
                                  struct error *reterr)
{
    attempt->unasked = true;
    if (reply->dialogue.prompt == WIRE_PROMPT_COMMAND) {
        return prove(talk, "a command prompt came without any log-in", attempt, reterr);
    }
    if (reply->dialogue.prompt == WIRE_PROMPT_USER) {
        TRY(line_ask(talk, candidate->user, NULL, reply, reterr));
    }
    if (reply->event == TCP_OK && reply->dialogue.prompt == WIRE_PROMPT_PASSWORD) {
        attempt->unasked = false;
        TRY(line_ask(talk, candidate->password, "password", reply, reterr));
    }
    return settle(talk, reply, attempt, reterr);
}

static enum status telnet_attempt(void *state, const struct candidate *candidate,
                                  struct attempt *attempt, struct error *reterr)
{
    struct talk *talk = state;
    struct reply reply = { .event = TCP_OK, .dialogue = { .prompt = WIRE_PROMPT_USER } };
    bool kept = talk->open && talk->asks_user && !talk->withheld && !candidate->is_secret;

    if (kept) {
        TRY(answer_prompts(talk, candidate, &reply, attempt, reterr));
        /* A connection on which enough was tried hangs up without having looked. */
        if (attempt->word != ATTEMPT_UNCLEAR && reply.event == TCP_OK) {
            return STATUS_OK;
        }
        if (reply.dialogue.refused || attempt->word == ATTEMPT_LOCKED) {
            return STATUS_OK;
        }
        *attempt = (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1 };
    }
    TRY(call_up(talk, candidate->is_secret, &reply, reterr));
    if (reply.event == TCP_REFUSED || reply.event == TCP_NO_ROUTE) {
        attempt_is(attempt, ATTEMPT_CLOSED, "the device takes no connection");
        return STATUS_OK;
    }
    if (reply.event != TCP_OK) {
        bool locked = talk->heard.length > 0 && reply.dialogue.locked;

        attempt_is(attempt, locked ? ATTEMPT_LOCKED : ATTEMPT_UNCLEAR, "no log-in prompt came");
        hang_up(talk);
        return STATUS_OK;
    }
    return answer_prompts(talk, candidate, &reply, attempt, reterr);
}

static enum status telnet_reconnect(void *state, struct error *reterr)
{
    (void) reterr;
    hang_up(state);
    return STATUS_OK;
}

const struct mechanism mechanism_telnet = {
    .name = "telnet",
    .side_by_side = true,
    .open = telnet_open,
    .attempt = telnet_attempt,
    .reconnect = telnet_reconnect,
    .close = telnet_close,
};
