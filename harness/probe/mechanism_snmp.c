/* Communities (v1, v2c) and users of the user-based security model (v3).  What is accepted has read
 * an object.  What is not is met with silence (RFC 3584 section 5.2.1), so silence is a refusal
 * only where the declared credential is known, which the caller tries before and after. */
#include "base/text.h"
#include "channel/snmp.h"
#include "probe/mechanism.h"
#include "probe/snmp_who.h"
#include "probe/web.h"

#include <stdio.h>

enum { TIMEOUT_MS = 700, RETRIES = 1, AUTHORIZATION_ERROR = 16 };

struct speaker {
    struct mechanism_setting setting;
    struct snmp_agent *agent;
    bool has_declared;
};

static void snmp_state_close(void *state)
{
    struct speaker *speaker = state;

    snmp_close(&speaker->agent);
}

static enum status connect_agent(struct speaker *speaker, struct error *reterr)
{
    const struct probe_call *call = speaker->setting.call;
    unsigned own = speaker->setting.timeout_ms;

    return snmp_open(
        &(struct snmp_setting){
            .host = call->host,
            .port = call->port,
            .timeout_ms = own < TIMEOUT_MS ? own : TIMEOUT_MS,
            .retries = RETRIES,
            .seed = call->seed,
            .deadline_ms = call->deadline_ms,
            .transcript = call->transcript,
        },
        &speaker->agent, reterr);
}

static enum status snmp_state_open(const struct mechanism_setting *setting, struct arena *arena,
                                   void **ret_state, struct error *reterr)
{
    struct speaker *speaker = arena_alloc(arena, sizeof *speaker);

    speaker->setting = *setting;
    speaker->has_declared =
        web_credential(setting->call->subject->profile, setting->auth, NULL) != NULL;
    *ret_state = speaker;
    return connect_agent(speaker, reterr);
}

static enum status snmp_state_reconnect(void *state, struct error *reterr)
{
    struct speaker *speaker = state;

    snmp_close(&speaker->agent);
    return connect_agent(speaker, reterr);
}

static void word_set(struct attempt *attempt, enum attempt_word word, const char *proof)
{
    attempt->word = word;
    attempt->proof = proof;
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", proof);
}

static void report_read(const struct snmp_answer *answer, struct attempt *attempt)
{
    switch (answer->report) {
    case SNMP_REPORT_USER:
        word_set(attempt, ATTEMPT_REJECTED, "the agent reports an unknown user");
        break;
    case SNMP_REPORT_DIGEST:
        word_set(attempt, ATTEMPT_REJECTED, "the agent reports a wrong authentication code");
        break;
    case SNMP_REPORT_LEVEL:
        word_set(attempt, ATTEMPT_REJECTED, "the agent reports that the user must authenticate");
        break;
    case SNMP_REPORT_CIPHER:
        word_set(attempt, ATTEMPT_UNCLEAR, "the agent could not decipher: another cipher?");
        break;
    case SNMP_REPORT_TIME:
    case SNMP_REPORT_ENGINE:
    case SNMP_REPORT_OTHER:
    default:
        word_set(attempt, ATTEMPT_UNCLEAR, "a report that says nothing about the log-in");
        break;
    }
}

static void answer_read(const struct speaker *speaker, const struct snmp_answer *answer,
                        struct attempt *attempt)
{
    if (snmp_has_value(answer)) {
        word_set(attempt, ATTEMPT_ACCEPTED, "an object was read");
    } else if (answer->event == SNMP_REPORTED) {
        report_read(answer, attempt);
    } else if (answer->event == SNMP_ANSWERED && answer->error == AUTHORIZATION_ERROR) {
        word_set(attempt, ATTEMPT_REJECTED, "authorizationError (RFC 3416)");
    } else if (answer->event == SNMP_ANSWERED) {
        word_set(attempt, ATTEMPT_UNCLEAR, "it answers, and hands nothing out");
    } else if (answer->event == SNMP_CLOSED || answer->event == SNMP_UNREACHABLE) {
        word_set(attempt, ATTEMPT_CLOSED, "nobody listens on the port");
    } else if (speaker->has_declared) {
        word_set(attempt, ATTEMPT_REJECTED, "no answer, which is how SNMP refuses");
    } else {
        word_set(attempt, ATTEMPT_UNCLEAR, "no answer: refused, or nobody is there");
    }
}

static enum status snmp_attempt(void *state, const struct candidate *candidate,
                                struct attempt *attempt, struct error *reterr)
{
    struct speaker *speaker = state;
    const struct snmp_wish wish = snmp_first_object();
    struct snmp_who whos[2];
    struct snmp_answer answers[2];

    whos[0] = snmp_who_of(speaker->setting.auth, speaker->setting.scheme, candidate->user,
                          candidate->password, candidate->is_secret);
    if (whos[0].version == WIRE_SNMP_V3) {
        TRY(snmp_ask(speaker->agent, &whos[0], &wish, &answers[0], reterr));
        answer_read(speaker, &answers[0], attempt);
        return STATUS_OK;
    }
    whos[1] = whos[0];
    whos[1].version = WIRE_SNMP_V1; /* some agents hear nothing else */
    TRY(snmp_ask_all(speaker->agent, whos, 2, &wish, 0, answers, reterr));
    answer_read(speaker, answers[0].event == SNMP_ANSWERED ? &answers[0] : &answers[1], attempt);
    if (attempt->word != ATTEMPT_ACCEPTED && snmp_has_value(&answers[1])) {
        answer_read(speaker, &answers[1], attempt);
    }
    return STATUS_OK;
}

const struct mechanism mechanism_snmp = {
    .name = "snmp",
    .open = snmp_state_open,
    .attempt = snmp_attempt,
    .reconnect = snmp_state_reconnect,
    .close = snmp_state_close,
};
