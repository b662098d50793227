/* Basic and Digest over RTSP (RFC 2326 section 16, RFC 7617, RFC 7616): a log-in is a DESCRIBE of
 * a stream that is refused to strangers. */
#include "base/text.h"
#include "probe/mechanism.h"
#include "probe/stream.h"

#include <stdio.h>
#include <string.h>

struct gate {
    struct mechanism_setting setting;
    const char *scheme; /* "basic" or "digest" */
    struct rtsp_client client;
    char url[RTSP_URL_SIZE];
    bool stranger_known;
    bool stranger_described; /* to anybody: then a password says nothing */
    struct stream_challenge challenge;
    unsigned nonce_used;
};

static void gate_close(void *state)
{
    struct gate *gate = state;

    rtsp_client_done(&gate->client);
    stream_challenge_done(&gate->challenge);
}

static const char *path_find(const struct mechanism_setting *setting)
{
    const struct profile *profile = setting->call->subject->profile;
    const struct auth *auth = setting->auth;

    if (setting->path != NULL || auth == NULL || auth->path != NULL) {
        return setting->path != NULL || auth == NULL ? setting->path : auth->path;
    }
    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth == auth && access->service == auth->service && access->read.path != NULL) {
            return access->read.path;
        }
    }
    return NULL;
}

static enum status gate_open(const struct mechanism_setting *setting, struct arena *arena,
                             void **ret_state, struct error *reterr)
{
    struct gate *gate = arena_alloc(arena, sizeof *gate);
    const struct probe_call *call = setting->call;
    const char *path = path_find(setting);

    gate->setting = *setting;
    gate->scheme = text_ends_with(setting->scheme, "basic") ? "basic" : "digest";
    gate->client = rtsp_client_start(call->host, call->port, call->seed, call->transcript);
    *ret_state = gate;
    if (path == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "no stream behind the mechanism is declared; by hand, give path=/...");
    }
    return rtsp_url(&gate->client, path, gate->url, reterr);
}

static void challenge_take(struct gate *gate, const struct rtsp_answer *answer)
{
    struct stream_challenge fresh;

    stream_challenge_read(answer, &fresh);
    if (!text_equal(fresh.parameters.nonce, gate->challenge.parameters.nonce)) {
        gate->nonce_used = 0;
    }
    stream_challenge_done(&gate->challenge);
    gate->challenge = fresh;
}

static void attempt_says(struct attempt *attempt, enum attempt_word word, const char *proof)
{
    attempt->word = word;
    attempt->proof = proof;
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", proof);
}

/* What is no plain yes or no. */
static void answer_explain(const struct rtsp_answer *answer, struct attempt *attempt)
{
    attempt->proof = "none";
    if (answer->event == RTSP_NO_CONNECTION) {
        attempt_says(attempt, ATTEMPT_CLOSED, "the device takes no connection");
    } else if (answer->event != RTSP_ANSWERED) {
        (void) snprintf(attempt->detail, sizeof attempt->detail, "no answer: %s",
                        rtsp_event_word(answer->event));
    } else if (stream_says_locked(answer, &attempt->retry_after_s)) {
        attempt_says(attempt, ATTEMPT_LOCKED, "the device says that it is locked");
    } else {
        (void) snprintf(attempt->detail, sizeof attempt->detail,
                        "status %u says neither that the log-in was right nor that it was wrong",
                        answer->status);
    }
}

/* What a stranger gets, and the challenge.  *ret_go_on: a log-in can be shown now. */
static enum status stranger_ask(struct gate *gate, struct attempt *attempt, bool *ret_go_on,
                                struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    struct wire_sdp sdp;

    *ret_go_on = false;
    TRY(stream_describe(&gate->client, gate->url, NULL, mechanism_deadline(&gate->setting), &answer,
                        reterr));
    if (answer.event != RTSP_ANSWERED || (answer.status != 401 && answer.status != 200)) {
        answer_explain(&answer, attempt);
        return STATUS_OK;
    }
    gate->stranger_known = true;
    gate->stranger_described = rtsp_describes(&answer, &sdp);
    if (answer.status == 200) {
        if (gate->stranger_described) {
            attempt_says(attempt, ATTEMPT_ACCEPTED, "the stream was described without any log-in");
            attempt->unasked = true;
        } else {
            answer_explain(&answer, attempt);
        }
        return STATUS_OK;
    }
    challenge_take(gate, &answer);
    *ret_go_on = text_equal(gate->scheme, "basic") ? gate->challenge.basic : gate->challenge.usable;
    if (!*ret_go_on) {
        (void) snprintf(attempt->detail, sizeof attempt->detail,
                        gate->challenge.digest && text_equal(gate->scheme, "digest")
                            ? "the device offers %s in a form that is not built in"
                            : "the device does not offer %s",
                        gate->scheme);
    }
    return STATUS_OK;
}

static enum status candidate_ask(struct gate *gate, const struct candidate *candidate,
                                 struct rtsp_answer *answer, struct error *reterr)
{
    const struct rtsp_credential credential = {
        .scheme = gate->scheme,
        .user = candidate->user,
        .password = candidate->password,
        .challenge = &gate->challenge.parameters,
        .count = ++gate->nonce_used,
        .is_secret = candidate->is_secret,
    };

    return stream_describe(&gate->client, gate->url, &credential,
                           mechanism_deadline(&gate->setting), answer, reterr);
}

/* *ret_again: the log-in was not looked at, because the connection or the nonce had grown old. */
static enum status candidate_try(struct gate *gate, const struct candidate *candidate,
                                 struct attempt *attempt, bool *ret_again, struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    struct wire_sdp sdp;
    bool go_on = true;

    *ret_again = false;
    /* A nonce may be good on its own connection only. */
    if (!gate->stranger_known || gate->stranger_described || !gate->client.open) {
        TRY(stranger_ask(gate, attempt, &go_on, reterr));
    }
    if (!go_on) {
        return STATUS_OK;
    }
    TRY(candidate_ask(gate, candidate, &answer, reterr));
    if (rtsp_describes(&answer, &sdp)) {
        attempt_says(attempt, ATTEMPT_ACCEPTED,
                     "the stream was described, and had been refused to a stranger");
    } else if (answer.event == RTSP_ANSWERED && answer.status == 401) {
        challenge_take(gate, &answer);
        *ret_again = gate->challenge.parameters.stale;
        attempt_says(attempt, ATTEMPT_REJECTED, "the stream stayed closed");
    } else {
        *ret_again = answer.event == RTSP_CLOSED;
        answer_explain(&answer, attempt);
    }
    return STATUS_OK;
}

static enum status gate_attempt(void *state, const struct candidate *candidate,
                                struct attempt *attempt, struct error *reterr)
{
    struct gate *gate = state;
    const struct attempt blank = *attempt;
    bool kept = gate->client.open;
    bool again = false;

    TRY(candidate_try(gate, candidate, attempt, &again, reterr));
    if (again && (kept || attempt->word == ATTEMPT_REJECTED)) {
        *attempt = blank;
        TRY(candidate_try(gate, candidate, attempt, &again, reterr));
        if (again && attempt->word == ATTEMPT_REJECTED) {
            *attempt = blank;
            (void) snprintf(attempt->detail, sizeof attempt->detail,
                            "the device calls every nonce of its own stale");
        }
    }
    return STATUS_OK;
}

static enum status gate_reconnect(void *state, struct error *reterr)
{
    struct gate *gate = state;

    (void) reterr;
    rtsp_client_done(&gate->client);
    return STATUS_OK;
}

const struct mechanism mechanism_rtsp = {
    .name = "rtsp",
    .open = gate_open,
    .attempt = gate_attempt,
    .reconnect = gate_reconnect,
    .close = gate_close,
};
