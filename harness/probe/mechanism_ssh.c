#include "base/text.h"
#include "channel/ssh.h"
#include "probe/mechanism.h"

#include <stdio.h>
#include <string.h>

/* dropbear hangs up at the tenth (MAX_AUTH_TRIES), without a word; OpenSSH says so at its sixth. */
enum { TRIES_AT_FIRST = 9 };

/* A connection is kept while its user stays the same and the device bears another try. */
struct ssh_state {
    struct mechanism_setting setting;
    struct arena *arena;
    struct ssh_link *link;
    char *user;          /* of the link */
    unsigned tries;      /* on the link, "none" not counted */
    unsigned tries_most; /* that a connection bears */
    bool interactive;    /* plain passwords are offered, but do not work for the right one */
};

static void hang_up(struct ssh_state *state)
{
    ssh_link_close(state->link);
    state->link = NULL;
    state->tries = 0;
}

static void mechanism_ssh_close(void *state)
{
    hang_up(state);
}

static enum status mechanism_ssh_open(const struct mechanism_setting *setting, struct arena *arena,
                                      void **ret_state, struct error *reterr)
{
    struct ssh_state *state = arena_alloc(arena, sizeof *state);

    (void) reterr;
    *state =
        (struct ssh_state){ .setting = *setting, .arena = arena, .tries_most = TRIES_AT_FIRST };
    *ret_state = state;
    return STATUS_OK;
}

static void attempt_is(struct attempt *attempt, enum attempt_word word, const char *proof,
                       const char *words)
{
    attempt->word = word;
    attempt->proof = proof;
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s%s%.128s", proof,
                    words[0] != '\0' ? ": " : "", words);
}

/* No link: what the attempt at one says. OpenSSH turns connections away in words
 * ("Exceeded MaxStartups", "Not allowed at this time"), others without. */
static void no_link(struct attempt *attempt, enum ssh_link_event event, const char *words)
{
    switch (event) {
    case SSH_LINK_REFUSED:
        attempt_is(attempt, ATTEMPT_CLOSED, "the device takes no connection", words);
        return;
    case SSH_LINK_TURNED_AWAY:
        attempt_is(attempt, ATTEMPT_LOCKED, "the device turns connections away", words);
        return;
    case SSH_LINK_UNLIKE:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no SSH connection came about", words);
        return;
    default:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no log-in could be tried", words);
        return;
    }
}

/* The server's word for a log-in is its own; a session channel is what only a log-in gets.
 * A refused channel was still answered by the service behind the log-in. */
static void prove(struct ssh_state *state, struct attempt *attempt, bool by_nothing)
{
    enum ssh_link_answer answer =
        ssh_link_session(state->link, mechanism_deadline(&state->setting));

    attempt->unasked = by_nothing;
    if (answer == SSH_LINK_GRANTED) {
        attempt_is(attempt, ATTEMPT_ACCEPTED,
                   by_nothing ? "a session was opened, and no password was asked for"
                              : "a session was opened",
                   "");
    } else if (answer == SSH_LINK_DENIED) {
        attempt_is(attempt, ATTEMPT_ACCEPTED,
                   "the log-in succeeded; a session was refused after it", "");
    } else {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "a log-in was announced, and nothing came after it",
                   ssh_link_last_words(state->link));
    }
    hang_up(state);
}

/* A candidate without a password is the "none" method as well: OpenSSH grants that to
 * accounts whose password is empty. */
static enum status link_begin(struct ssh_state *state, const struct candidate *candidate,
                              struct attempt *attempt, struct error *reterr)
{
    const struct probe_call *call = state->setting.call;
    char words[SSH_LINK_WORDS_MAX];
    enum ssh_link_event event = SSH_LINK_OK;
    enum ssh_link_answer answer;
    const struct ssh_link_target target = {
        .host = call->host,
        .port = call->port,
        .user = candidate->user,
        .transcript = call->transcript,
    };

    hang_up(state);
    TRY(ssh_link_open(&target, mechanism_deadline(&state->setting), &state->link, &event, words,
                      reterr));
    if (state->link == NULL) {
        no_link(attempt, event, words);
        return STATUS_OK;
    }
    state->user = arena_text(state->arena, candidate->user);
    answer = ssh_link_try_none(state->link, mechanism_deadline(&state->setting));
    if (answer == SSH_LINK_GRANTED) {
        prove(state, attempt, true);
    } else if (answer != SSH_LINK_DENIED) {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "the device does not say how to log in",
                   ssh_link_last_words(state->link));
        hang_up(state);
    }
    return STATUS_OK;
}

static enum ssh_link_answer ask(struct ssh_state *state, const struct candidate *candidate)
{
    int64_t deadline_ms = mechanism_deadline(&state->setting);
    unsigned methods = ssh_link_methods(state->link);
    enum ssh_link_answer answer = SSH_LINK_NOT_OFFERED;
    bool both = methods == (SSH_LINK_PASSWORD | SSH_LINK_INTERACTIVE);

    state->tries++;
    if ((methods & SSH_LINK_PASSWORD) != 0 && !(both && state->interactive)) {
        answer = ssh_link_try_password(state->link, candidate->password, deadline_ms);
        /* Only the right password tells whether the method that is offered works. */
        if (answer == SSH_LINK_DENIED && both && candidate->is_secret) {
            state->tries++;
            answer = ssh_link_try_interactive(state->link, candidate->password, deadline_ms);
            state->interactive = answer == SSH_LINK_GRANTED;
        }
    } else if ((methods & SSH_LINK_INTERACTIVE) != 0) {
        answer = ssh_link_try_interactive(state->link, candidate->password, deadline_ms);
    }
    return answer;
}

static void settle(struct ssh_state *state, enum ssh_link_answer answer, struct attempt *attempt)
{
    const char *words = ssh_link_last_words(state->link);

    switch (answer) {
    case SSH_LINK_GRANTED:
        prove(state, attempt, false);
        return;
    case SSH_LINK_NEW_PASSWORD:
        attempt_is(attempt, ATTEMPT_ACCEPTED, "the device asked for a new password", "");
        break;
    case SSH_LINK_DENIED:
        attempt_is(attempt, ATTEMPT_REJECTED, "the device says that the log-in failed", "");
        return;
    case SSH_LINK_PARTIAL:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "right, and something else is asked for as well", "");
        break;
    case SSH_LINK_ASKS_MORE:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "more than a password is asked for", "");
        break;
    case SSH_LINK_NOT_OFFERED:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "the device offers no log-in by password", "");
        break;
    case SSH_LINK_CUT_OFF:
        attempt_is(attempt, ATTEMPT_REJECTED, "the device hung up", words);
        break;
    default:
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no answer came", "");
        break;
    }
    hang_up(state);
}

/* OpenSSH looks at the password, then says that there were too many.  Others just hang
 * up, and may not have looked: then a connection bears one try less. */
static bool was_looked_at(struct ssh_state *state, enum ssh_link_answer answer, bool fresh)
{
    if (answer != SSH_LINK_CUT_OFF || fresh ||
        strstr(ssh_link_last_words(state->link), "oo many authentication failures") != NULL) {
        return true;
    }
    state->tries_most = state->tries > 1 ? state->tries - 1 : 1;
    return false;
}

static enum status mechanism_ssh_attempt(void *opaque, const struct candidate *candidate,
                                         struct attempt *attempt, struct error *reterr)
{
    struct ssh_state *state = opaque;
    bool full = state->tries >= state->tries_most;
    bool fresh = state->link == NULL || full || !text_equal(state->user, candidate->user);
    enum ssh_link_answer answer;

    if (fresh) {
        TRY(link_begin(state, candidate, attempt, reterr));
        if (state->link == NULL) {
            return STATUS_OK;
        }
    }
    answer = ask(state, candidate);
    if (was_looked_at(state, answer, fresh)) {
        settle(state, answer, attempt);
    } else {
        attempt_is(attempt, ATTEMPT_AGAIN, "the device hung up after several log-ins", "");
        hang_up(state);
    }
    return STATUS_OK;
}

static enum status mechanism_ssh_reconnect(void *state, struct error *reterr)
{
    (void) reterr;
    hang_up(state);
    return STATUS_OK;
}

const struct mechanism mechanism_ssh = {
    .name = "ssh",
    .side_by_side = true,
    .open = mechanism_ssh_open,
    .attempt = mechanism_ssh_attempt,
    .reconnect = mechanism_ssh_reconnect,
    .close = mechanism_ssh_close,
};
