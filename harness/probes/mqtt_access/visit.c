#include "visit.h"

#include "base/clock.h"
#include "topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOPICS_MAX = 256,
    MESSAGES_MAX = 20000,
    TOPIC_SHOWN = 256,
    ECHO_WAIT_MS = 1500,
    REFUSAL_SIZE = TOPIC_SHOWN + 80
};

struct visit visit_new(struct probe_call *call, json_t *topics, json_t *publish_topics)
{
    return (struct visit){
        .call = call,
        .topics = topics,
        .publish_topics = publish_topics,
        .complete = true,
        .not_tried = json_array(),
        .granted = json_array(),
        .received = json_array(),
        .not_public = json_array(),
        .publishable = json_array(),
        .refusals = json_array(),
        .echoed = json_array(),
    };
}

void visit_done(struct visit *visit)
{
    json_decref(visit->topics);
    json_decref(visit->publish_topics);
    json_decref(visit->not_tried);
    json_decref(visit->granted);
    json_decref(visit->received);
    json_decref(visit->not_public);
    json_decref(visit->refusals);
    json_decref(visit->publishable);
    json_decref(visit->echoed);
}

static bool list_has(const json_t *list, const char *text)
{
    size_t at;
    json_t *member;

    json_array_foreach((json_t *) (uintptr_t) list, at, member)
    {
        if (text_equal(json_string_value(member), text)) {
            return true;
        }
    }
    return false;
}

/* Adds what is not there yet, in order, so that one device gives the same list twice.  False
 * when there is no more room. */
static bool list_add(json_t *list, const void *data, size_t length)
{
    char text[TOPIC_SHOWN];
    size_t at = 0;

    text_printable(data, length, text, sizeof text);
    if (list_has(list, text)) {
        return true;
    }
    if (json_array_size(list) >= TOPICS_MAX) {
        return false;
    }
    while (at < json_array_size(list) &&
           strcmp(json_string_value(json_array_get(list, at)), text) < 0) {
        at++;
    }
    if (json_array_insert_new(list, at, json_string(text)) != 0) {
        abort();
    }
    return true;
}

static void word_merge(enum answer_word *word, const struct mqtt_answer *answer)
{
    if (answer->event != MQTT_ANSWERED) {
        return;
    }
    if (answer->code < MQTT_REFUSED_FROM) {
        *word = WORD_YES;
    } else if (*word == WORD_OPEN) {
        *word = WORD_NO;
    }
}

/* The code of a refusal is worth keeping: it says why. */
static void refusal_add(struct visit *visit, const char *packet, const char *topic,
                        const struct mqtt_answer *answer)
{
    char shown[TOPIC_SHOWN];
    char text[REFUSAL_SIZE];

    if (answer->event != MQTT_ANSWERED || answer->code < MQTT_REFUSED_FROM) {
        return;
    }
    text_printable(topic, strlen(topic), shown, sizeof shown);
    (void) snprintf(text, sizeof text, "%s %s: 0x%02x", packet, shown, (unsigned) answer->code);
    (void) list_add(visit->refusals, text, strlen(text));
}

/* Whether the profile declares a topic as open to everybody. */
static bool is_public(const struct visit *visit, const char *topic, size_t length)
{
    const struct subject *subject = visit->call->subject;

    for (size_t i = 0; subject->profile != NULL && i < subject->profile->access_count; i++) {
        const struct access *access = &subject->profile->accesses[i];

        if (access->auth == NULL && access->service == subject->service &&
            access->read.topic != NULL &&
            topic_matches(access->read.topic, strlen(access->read.topic), topic, length)) {
            return true;
        }
    }
    return false;
}

static bool matches_a_topic(const struct visit *visit, const char *topic, size_t length)
{
    size_t at;
    json_t *filter;

    json_array_foreach((json_t *) (uintptr_t) visit->topics, at, filter)
    {
        if (topic_matches(json_string_value(filter), json_string_length(filter), topic, length)) {
            return true;
        }
    }
    return false;
}

static bool hear(void *context, const char *topic, size_t topic_length, const void *payload,
                 size_t payload_length)
{
    struct visit *visit = context;

    if (payload_length == strlen(visit->marker) &&
        memcmp(payload, visit->marker, payload_length) == 0) {
        return list_add(visit->echoed, topic, topic_length);
    }
    if (topic_matches("$SYS/#", strlen("$SYS/#"), topic, topic_length)) {
        visit->received_sys = true;
    }
    if (!matches_a_topic(visit, topic, topic_length)) {
        return true;
    }
    visit->received_bytes += (long long) payload_length;
    if (++visit->messages > MESSAGES_MAX || !list_add(visit->received, topic, topic_length) ||
        (!is_public(visit, topic, topic_length) &&
         !list_add(visit->not_public, topic, topic_length))) {
        visit->complete = false;
        return false;
    }
    return true;
}

static bool time_is_left(struct visit *visit)
{
    bool left = clock_left_ms(visit->call->deadline_ms) > MQTT_COMMAND_LEAST_MS;

    visit->complete = visit->complete && left;
    return left;
}

/* *ret_on: the connection is still of use. */
static enum status subscribe(struct visit *visit, struct mqtt *mqtt, const char *filter,
                             enum answer_word *word, bool *ret_on, struct error *reterr)
{
    struct mqtt_answer answer;

    if (!*ret_on || !time_is_left(visit)) {
        *ret_on = false;
        return STATUS_OK;
    }
    TRY(mqtt_subscribe(mqtt, filter, &answer, reterr));
    if (word != NULL) {
        word_merge(word, &answer);
    }
    refusal_add(visit, "SUBSCRIBE", filter, &answer);
    if (answer.event == MQTT_ANSWERED && answer.code < MQTT_REFUSED_FROM &&
        list_has(visit->topics, filter)) {
        visit->complete = list_add(visit->granted, filter, strlen(filter)) && visit->complete;
    }
    *ret_on = answer.event == MQTT_ANSWERED;
    visit->complete = visit->complete && *ret_on;
    return STATUS_OK;
}

static enum status listen(struct visit *visit, struct mqtt *mqtt, bool *ret_on,
                          struct error *reterr)
{
    int64_t deadline_ms =
        probe_deadline_within(visit->call, probe_param_int(visit->call, "wait_ms"));
    enum mqtt_event event = MQTT_CLOSED;

    TRY(mqtt_listen(mqtt, deadline_ms, hear, visit, &event, reterr));
    *ret_on = event == MQTT_ANSWERED;
    visit->complete = visit->complete && *ret_on;
    visit->heard = visit->heard || *ret_on;
    return STATUS_OK;
}

/* Version 5 says whether it took a message; in 3.1.1 only its coming back shows it, since a
 * server that drops it acknowledges it all the same (3.1.1 section 3.3.5). */
static enum status publish(struct visit *visit, struct mqtt *mqtt, const char *topic, bool *ret_on,
                           struct error *reterr)
{
    int64_t deadline_ms = clock_monotonic_ms() + ECHO_WAIT_MS;
    enum mqtt_event event = MQTT_ANSWERED;
    struct mqtt_answer answer;
    char shown[TOPIC_SHOWN];

    TRY(subscribe(visit, mqtt, topic, NULL, ret_on, reterr));
    if (!*ret_on || !time_is_left(visit)) {
        return STATUS_OK;
    }
    (void) json_array_clear(visit->echoed);
    text_printable(topic, strlen(topic), shown, sizeof shown);
    TRY(mqtt_publish(mqtt, topic, visit->marker, &answer, reterr));
    refusal_add(visit, "PUBLISH", topic, &answer);
    /* 3.1.1 has no other way to refuse (section 3.3.5); 5 has, so there it may be a crash. */
    if ((answer.event == MQTT_CLOSED && visit->ask.version == MQTT_VERSION_311) ||
        (answer.event == MQTT_ANSWERED && answer.code >= MQTT_REFUSED_FROM)) {
        visit->publish = visit->publish == WORD_OPEN ? WORD_NO : visit->publish;
        *ret_on = answer.event == MQTT_ANSWERED;
        return STATUS_OK;
    }
    while (*ret_on && !list_has(visit->echoed, shown) && clock_left_ms(deadline_ms) > 0) {
        int64_t step_ms = clock_monotonic_ms() + ECHO_WAIT_MS / 10;

        TRY(mqtt_listen(mqtt, step_ms, hear, visit, &event, reterr));
        *ret_on = event == MQTT_ANSWERED;
    }
    *ret_on = *ret_on && answer.event != MQTT_CLOSED;
    if (list_has(visit->echoed, shown) ||
        (answer.event == MQTT_ANSWERED && visit->ask.version == MQTT_VERSION_5)) {
        visit->publish = WORD_YES;
        visit->complete = (text_equal(topic, visit->marker) ||
                           list_add(visit->publishable, topic, strlen(topic))) &&
                          visit->complete;
    } else if (answer.event != MQTT_ANSWERED || !*ret_on) {
        visit->complete = false;
    }
    return STATUS_OK;
}

static enum status publish_all(struct visit *visit, struct mqtt *mqtt, bool on,
                               struct error *reterr)
{
    size_t count = json_array_size(visit->publish_topics);

    if (count == 0 && visit->uses_marker) {
        return publish(visit, mqtt, visit->marker, &on, reterr);
    }
    for (size_t i = 0; on && i < count; i++) {
        const char *topic = json_string_value(json_array_get(visit->publish_topics, i));

        TRY(publish(visit, mqtt, topic, &on, reterr));
    }
    return STATUS_OK;
}

static enum status visit_version(struct visit *visit, enum mqtt_version version, bool *ret_in,
                                 struct error *reterr)
{
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    struct greeting *greeting = &visit->greetings[visit->greeting_count++];
    bool on = true;

    visit->ask.version = version;
    visit->ask.deadline_ms = clock_monotonic_ms() + probe_param_int(visit->call, "timeout_ms");
    greeting->version = version;
    TRY(mqtt_open(&visit->ask, visit->call->transcript, &mqtt, &greeting->answer, reterr));
    if (mqtt == NULL) {
        return STATUS_OK;
    }
    *ret_in = true;
    visit->messages = 0;
    TRY(subscribe(visit, mqtt, "#", &visit->subscribe_all, &on, reterr));
    TRY(subscribe(visit, mqtt, "$SYS/#", &visit->subscribe_sys, &on, reterr));
    for (size_t i = 0; i < json_array_size(visit->topics); i++) {
        const char *filter = json_string_value(json_array_get(visit->topics, i));

        if (!text_equal(filter, "#") && !text_equal(filter, "$SYS/#")) {
            TRY(subscribe(visit, mqtt, filter, NULL, &on, reterr));
        }
    }
    TRY(listen(visit, mqtt, &on, reterr));
    if (on && visit->publishes) {
        TRY(publish_all(visit, mqtt, on, reterr));
    }
    return STATUS_OK;
}

enum status visit_person(struct visit *visit, const char *version_param, struct error *reterr)
{
    enum answer_word others = visit->publish;
    bool in = false;

    visit->publish = WORD_OPEN;
    if (!text_equal(version_param, "5")) {
        TRY(visit_version(visit, MQTT_VERSION_311, &in, reterr));
    }
    if (!text_equal(version_param, "3.1.1")) {
        TRY(visit_version(visit, MQTT_VERSION_5, &in, reterr));
    }
    visit->complete = visit->complete && in;
    visit->publish_open |= visit->publish == WORD_OPEN;
    visit->publish = others > visit->publish ? others : visit->publish;
    return STATUS_OK;
}

static enum mqtt_refusal greeting_refusal(const struct greeting *greeting)
{
    return mqtt_refusal(greeting->version, greeting->answer.code);
}

/* The greeting that says the most, for the facts that can name only one: accepted, refused for
 * who asks, refused for something else, refused for the version, no answer. */
static const struct greeting *greeting_choose(const struct visit *visit)
{
    static const int ranks[] = { 4, 3, 1, 2 }; /* by enum mqtt_refusal */
    const struct greeting *best = &visit->greetings[0];
    int best_rank = -1;

    for (size_t i = 0; i < visit->greeting_count; i++) {
        const struct greeting *greeting = &visit->greetings[i];
        int rank = greeting->answer.event == MQTT_ANSWERED ? ranks[greeting_refusal(greeting)] : 0;

        if (rank > best_rank) {
            best = greeting;
            best_rank = rank;
        }
    }
    return best;
}

/* Refused: by somebody who read the credentials, in every version that the device speaks. */
static enum answer_word connected_word(const struct visit *visit)
{
    bool denied = false;
    bool open = false;

    for (size_t i = 0; i < visit->greeting_count; i++) {
        const struct greeting *greeting = &visit->greetings[i];
        enum mqtt_refusal refusal = greeting_refusal(greeting);

        if (greeting->answer.event == MQTT_ANSWERED && refusal == MQTT_REFUSAL_NONE) {
            return WORD_YES;
        }
        if (greeting->answer.event == MQTT_ANSWERED) {
            denied = denied || refusal == MQTT_REFUSAL_IDENTITY;
            open = open || refusal == MQTT_REFUSAL_OTHER;
        } else {
            open = open || greeting->answer.event != MQTT_CLOSED;
        }
    }
    return denied && !open ? WORD_NO : WORD_OPEN;
}

static void word_fact(struct probe_call *call, const char *name, enum answer_word word)
{
    if (word != WORD_OPEN) {
        probe_fact_bool(call, name, word == WORD_YES);
    }
}

static void greeting_facts(struct visit *visit)
{
    json_t *versions = json_array();
    json_t *spoken = json_array();

    for (size_t i = 0; i < visit->greeting_count; i++) {
        const struct greeting *greeting = &visit->greetings[i];
        const char *word = mqtt_version_word(greeting->version);

        if (greeting->answer.event == MQTT_ANSWERED) {
            if (greeting->answer.code == 0) {
                (void) list_add(versions, word, strlen(word));
            }
            if (greeting_refusal(greeting) != MQTT_REFUSAL_VERSION) {
                (void) list_add(spoken, word, strlen(word));
            }
        }
    }
    probe_fact_json(visit->call, "versions", versions);
    probe_fact_json(visit->call, "versions_spoken", spoken);
}

void visit_facts(struct visit *visit)
{
    struct probe_call *call = visit->call;
    const struct greeting *greeting = greeting_choose(visit);
    enum answer_word connected = connected_word(visit);

    probe_fact_text(call, "event", mqtt_event_word(greeting->answer.event));
    word_fact(call, "connected", connected);
    if (greeting->answer.event == MQTT_ANSWERED) {
        probe_fact_int(call, "return_code", greeting->answer.code);
        probe_fact_text(call, "reason", mqtt_code_text(greeting->version, greeting->answer.code));
    }
    greeting_facts(visit);
    probe_fact_json(call, "not_tried", json_incref(visit->not_tried));
    if (connected != WORD_YES) {
        return;
    }
    probe_fact_bool(call, "complete", visit->complete);
    word_fact(call, "can_subscribe_all", visit->subscribe_all);
    word_fact(call, "can_subscribe_sys", visit->subscribe_sys);
    word_fact(call, "can_publish",
              visit->publish == WORD_NO && visit->publish_open ? WORD_OPEN : visit->publish);
    probe_fact_json(call, "granted_topics", json_incref(visit->granted));
    probe_fact_json(call, "refusals", json_incref(visit->refusals));
    if (json_array_size(visit->publish_topics) > 0 && visit->publishes) {
        probe_fact_json(call, "publishable", json_incref(visit->publishable));
    }
    if (visit->heard || json_array_size(visit->received) > 0) {
        probe_fact_json(call, "received_topics", json_incref(visit->received));
        probe_fact_json(call, "received_not_public", json_incref(visit->not_public));
        probe_fact_int(call, "received_bytes", visit->received_bytes);
        probe_fact_bool(call, "received_sys", visit->received_sys);
    }
}
