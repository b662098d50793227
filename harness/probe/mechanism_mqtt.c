#include "channel/mqtt.h"
#include "probe/mechanism.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

enum { RANDOM_LENGTH = 10, NAME_SIZE = 24, TOPICS_MAX = 4 };

static const char marker[] = "hoshitori-";

/* One log-in is one connection; none is kept. */
struct talk {
    struct mechanism_setting setting;
    uint64_t random;
    enum mqtt_version version; /* the one that the broker speaks */
    bool stranger_known;
    bool stranger_refused; /* a connection without credentials was refused for who asks */
};

static void talk_close(void *state)
{
    (void) state;
}

static enum status talk_open(const struct mechanism_setting *setting, struct arena *arena,
                             void **ret_state, struct error *reterr)
{
    struct talk *talk = arena_alloc(arena, sizeof *talk);

    (void) reterr;
    talk->setting = *setting;
    talk->random = setting->call->seed;
    talk->version = MQTT_VERSION_311;
    *ret_state = talk;
    return STATUS_OK;
}

static void random_name(struct talk *talk, char room[NAME_SIZE])
{
    memcpy(room, marker, sizeof marker);
    web_random_text(&talk->random, room + sizeof marker - 1, RANDOM_LENGTH);
}

static bool is_over_tls(const struct mechanism_setting *setting)
{
    const struct service *service = setting->call->subject->service;

    return setting->tls || (service != NULL && text_equal_nocase(service->protocol, "mqtts"));
}

/* A broker of version 5 alone says so, and is asked again. */
static enum status call_up(struct talk *talk, const struct candidate *candidate,
                           struct mqtt **ret_mqtt, struct mqtt_answer *answer, struct error *reterr)
{
    bool nobody =
        candidate == NULL || (candidate->user[0] == '\0' && candidate->password[0] == '\0');
    char client_id[NAME_SIZE];
    struct mqtt_ask ask = {
        .host = talk->setting.call->host,
        .port = talk->setting.call->port,
        .tls = is_over_tls(&talk->setting),
        .client_id = client_id,
        .user = nobody ? NULL : candidate->user,
        .password_text = nobody ? NULL : candidate->password,
    };

    for (;;) {
        ask.version = talk->version;
        ask.deadline_ms = mechanism_deadline(&talk->setting);
        random_name(talk, client_id);
        TRY(mqtt_open(&ask, talk->setting.call->transcript, ret_mqtt, answer, reterr));
        if (talk->version == MQTT_VERSION_5 || answer->event != MQTT_ANSWERED ||
            mqtt_refusal(talk->version, answer->code) != MQTT_REFUSAL_VERSION) {
            return STATUS_OK;
        }
        talk->version = MQTT_VERSION_5;
    }
}

/* What strangers get: without it, an accepted connection says nothing about a password. */
static enum status stranger_ask(struct talk *talk, struct error *reterr)
{
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    struct mqtt_answer answer;

    if (talk->stranger_known) {
        return STATUS_OK;
    }
    TRY(call_up(talk, NULL, &mqtt, &answer, reterr));
    talk->stranger_known = answer.event == MQTT_ANSWERED;
    talk->stranger_refused = answer.event == MQTT_ANSWERED &&
                             mqtt_refusal(talk->version, answer.code) == MQTT_REFUSAL_IDENTITY;
    return STATUS_OK;
}

static void attempt_is(struct attempt *attempt, enum attempt_word word, const char *proof)
{
    attempt->word = word;
    attempt->proof = proof;
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", proof);
}

/* Busy, unavailable, banned, too many connections (3.1.1 table 3.1, 5.0 table 3-1): nobody's
 * credentials are looked at for now. */
static bool says_locked(enum mqtt_version version, int code)
{
    return version == MQTT_VERSION_311
               ? code == 3
               : code == 0x88 || code == 0x89 || code == 0x8a || code == 0x9f;
}

static void refusal_read(const struct talk *talk, const struct mqtt_answer *answer,
                         struct attempt *attempt)
{
    if (answer->event == MQTT_NO_CONNECTION) {
        attempt_is(attempt, ATTEMPT_CLOSED, "the device takes no connection");
    } else if (answer->event != MQTT_ANSWERED) {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "no CONNACK came");
        (void) snprintf(attempt->detail, sizeof attempt->detail, "no CONNACK came: %s",
                        mqtt_event_word(answer->event));
    } else if (mqtt_refusal(talk->version, answer->code) == MQTT_REFUSAL_IDENTITY) {
        attempt_is(attempt, ATTEMPT_REJECTED, "the broker refused the credentials");
    } else {
        attempt_is(attempt,
                   says_locked(talk->version, answer->code) ? ATTEMPT_LOCKED : ATTEMPT_UNCLEAR,
                   "the broker refused, but not for the credentials");
        (void) snprintf(attempt->detail, sizeof attempt->detail, "CONNACK 0x%02x: %s",
                        (unsigned) answer->code, mqtt_code_text(talk->version, answer->code));
    }
}

/* What may be subscribed to after this log-in: what is declared, and a topic that exists only
 * for this. */
static size_t topics_find(struct talk *talk, char own[NAME_SIZE], const char *topics[TOPICS_MAX])
{
    const struct auth *auth = talk->setting.auth;
    const struct profile *profile = talk->setting.call->subject->profile;
    size_t count = 0;

    for (size_t i = 0; auth != NULL && profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth == auth && access->read.topic != NULL && count + 1 < TOPICS_MAX) {
            topics[count++] = access->read.topic;
        }
    }
    random_name(talk, own);
    topics[count++] = own;
    return count;
}

/* A broker may take every connection and let only some of them do anything. */
static enum status prove(struct talk *talk, struct mqtt *mqtt, struct attempt *attempt,
                         struct error *reterr)
{
    const char *topics[TOPICS_MAX];
    char own[NAME_SIZE];
    size_t count = topics_find(talk, own, topics);
    struct mqtt_answer answer = { .event = MQTT_CLOSED };

    for (size_t i = 0; i < count; i++) {
        TRY(mqtt_subscribe(mqtt, topics[i], &answer, reterr));
        if (answer.event != MQTT_ANSWERED) {
            attempt_is(attempt, ATTEMPT_UNCLEAR, "accepted, but a subscription got no answer");
            return STATUS_OK;
        }
        if (answer.code < MQTT_REFUSED_FROM) {
            attempt_is(attempt, ATTEMPT_ACCEPTED,
                       talk->stranger_refused
                           ? "a subscription was granted; strangers are refused"
                           : "a subscription was granted, but strangers may be let in too");
            return STATUS_OK;
        }
    }
    if (talk->stranger_refused) {
        attempt_is(attempt, ATTEMPT_ACCEPTED,
                   "the connection was let in, and strangers are refused");
    } else {
        attempt_is(attempt, ATTEMPT_UNCLEAR, "accepted, but every subscription was refused");
    }
    return STATUS_OK;
}

static enum status talk_attempt(void *state, const struct candidate *candidate,
                                struct attempt *attempt, struct error *reterr)
{
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    struct talk *talk = state;
    struct mqtt_answer answer;

    TRY(stranger_ask(talk, reterr));
    TRY(call_up(talk, candidate, &mqtt, &answer, reterr));
    if (mqtt == NULL) {
        refusal_read(talk, &answer, attempt);
        return STATUS_OK;
    }
    return prove(talk, mqtt, attempt, reterr);
}

static enum status talk_reconnect(void *state, struct error *reterr)
{
    (void) state;
    (void) reterr;
    return STATUS_OK;
}

const struct mechanism mechanism_mqtt = {
    .name = "mqtt",
    .open = talk_open,
    .attempt = talk_attempt,
    .reconnect = talk_reconnect,
    .close = talk_close,
};
