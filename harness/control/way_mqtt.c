/* A lever by an MQTT message: a smart plug (Tasmota, Shelly, zigbee2mqtt and the like). */
#include "control/way.h"

#include "base/clock.h"
#include "channel/mqtt.h"

#include <stdio.h>
#include <string.h>

enum { RETAINED_MS = 300 };

struct hearing {
    const char *state; /* NULL: any message will do */
    bool heard;
};

static bool hear_nothing(void *context, const char *topic, size_t topic_length, const void *payload,
                         size_t payload_length)
{
    (void) context;
    (void) topic;
    (void) topic_length;
    (void) payload;
    (void) payload_length;
    return true;
}

static bool hear_state(void *context, const char *topic, size_t topic_length, const void *payload,
                       size_t payload_length)
{
    struct hearing *hearing = context;

    (void) topic;
    (void) topic_length;
    hearing->heard =
        hearing->state == NULL || (strlen(hearing->state) == payload_length &&
                                   memcmp(hearing->state, payload, payload_length) == 0);
    return !hearing->heard;
}

static enum status cut(struct lever_output *output, const char *what, const char *why)
{
    output->word = LEVER_CUT;
    (void) snprintf(output->detail, sizeof output->detail, "%s: %s", what, why);
    return STATUS_OK;
}

static const char *objection(const struct mqtt_answer *answer)
{
    if (answer->event != MQTT_ANSWERED) {
        return mqtt_event_word(answer->event);
    }
    return mqtt_code_text(MQTT_VERSION_311, answer->code);
}

/* What the broker had kept from before says nothing about what the plug does now. */
static enum status state_subscribe(struct mqtt *mqtt, const struct lever_way *way,
                                   struct mqtt_answer *answer, struct error *reterr)
{
    enum mqtt_event event = MQTT_ANSWERED;

    TRY(mqtt_subscribe(mqtt, way->mqtt.state_topic, answer, reterr));
    if (answer->event == MQTT_ANSWERED && answer->code < MQTT_REFUSED_FROM) {
        TRY(mqtt_listen(mqtt, clock_monotonic_ms() + RETAINED_MS, hear_nothing, NULL, &event,
                        reterr));
        answer->event = event;
    }
    return STATUS_OK;
}

enum status way_mqtt(struct probe_call *call, const struct lever_way *way,
                     struct lever_output *output, struct error *reterr)
{
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    struct hearing hearing = { .state = way->mqtt.state };
    struct mqtt_answer answer = { .event = MQTT_TIMEOUT };
    enum mqtt_event event = MQTT_ANSWERED;
    char client[32];
    const struct mqtt_ask ask = { .host = way->at.address,
                                  .port = way->at.port,
                                  .tls = way->at.tls,
                                  .version = MQTT_VERSION_311,
                                  .client_id = client,
                                  .user = way->at.user,
                                  .password = way->at.user != NULL ? &way->at.secret : NULL,
                                  .deadline_ms = call->deadline_ms };

    (void) snprintf(client, sizeof client, "hoshitori%08x%04x", (unsigned) call->seed,
                    (unsigned) (clock_monotonic_ms() & 0xffff));
    TRY(mqtt_open(&ask, call->transcript, &mqtt, &answer, reterr));
    if (mqtt == NULL) {
        return cut(output, "connecting to the broker of the plug", objection(&answer));
    }
    if (way->mqtt.state_topic != NULL) {
        TRY(state_subscribe(mqtt, way, &answer, reterr));
        if (answer.event != MQTT_ANSWERED || answer.code >= MQTT_REFUSED_FROM) {
            return cut(output, "subscribing to the state", objection(&answer));
        }
    }
    TRY(mqtt_publish(mqtt, way->mqtt.topic, way->mqtt.message, &answer, reterr));
    if (answer.event != MQTT_ANSWERED || answer.code >= MQTT_REFUSED_FROM) {
        return cut(output, "publishing", objection(&answer));
    }
    output->word = LEVER_DONE;
    if (way->mqtt.state_topic == NULL) {
        return STATUS_OK;
    }
    TRY(mqtt_listen(mqtt, call->deadline_ms, hear_state, &hearing, &event, reterr));
    return hearing.heard ? STATUS_OK
                         : cut(output, "waiting for the plug's state",
                               event == MQTT_ANSWERED ? "it did not come" : mqtt_event_word(event));
}
