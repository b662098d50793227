/* mqtt.h - one MQTT connection to the device as a well-behaved client (Paho), 3.1.1 or 5,
 * plain or over TLS.
 *
 * What the device does is an mqtt_event and a code of its own; a status speaks of us.
 * Certificates are taken as they come, and TLS however weak: others grade it.  The transcript
 * holds remarks: which packet, which topic, which answer; never a password or a payload.
 * No thread is started.
 *
 * Sources: MQTT 3.1.1 (OASIS, 2014), MQTT 5.0 (OASIS, 2019). */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "channel/transcript.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mqtt_version { MQTT_VERSION_311 = 4, MQTT_VERSION_5 = 5 };

enum mqtt_event {
    MQTT_ANSWERED,      /* the packet that belongs to the question came */
    MQTT_NO_CONNECTION, /* no TCP connection */
    MQTT_TLS_FAILED,    /* no TLS session */
    MQTT_TIMEOUT,       /* no answer in time */
    MQTT_CLOSED         /* the device ended the connection instead of answering */
};

const char *mqtt_event_word(enum mqtt_event event);       /* "answered", "no_connection", ... */
const char *mqtt_version_word(enum mqtt_version version); /* "3.1.1", "5" */

enum {
    MQTT_COMMAND_LEAST_MS = 5000, /* what one command after the connection may take */
    MQTT_TOPIC_MAX = 65535,
    MQTT_REFUSED_FROM = 0x80 /* reason codes of SUBACK and PUBACK */
};

struct mqtt_ask {
    const char *host; /* numeric, without a zone */
    uint16_t port;
    bool tls;
    enum mqtt_version version;
    const char *client_id;
    const char *user;              /* NULL: neither name nor password is sent */
    const struct secret *password; /* or NULL */
    const char *password_text;     /* in its place, for a made-up one; both NULL: no password */
    int64_t deadline_ms;           /* for the connection; rounded down to a second, at least one */
};

struct mqtt_answer {
    enum mqtt_event event;
    int code; /* ANSWERED: the return or reason code, 0 where there is nothing to object */
};

/* What a code in a CONNACK says about the question who asks. */
enum mqtt_refusal {
    MQTT_REFUSAL_NONE,     /* accepted */
    MQTT_REFUSAL_IDENTITY, /* not with these credentials */
    MQTT_REFUSAL_VERSION,  /* not in this version of the protocol */
    MQTT_REFUSAL_OTHER     /* busy, moved, malformed: says nothing about who asks */
};

enum mqtt_refusal mqtt_refusal(enum mqtt_version version, int code);
bool mqtt_code_is_known(enum mqtt_version version, int code);    /* the standard's table has it */
const char *mqtt_code_text(enum mqtt_version version, int code); /* static; never NULL */

struct mqtt; /* a connection that was accepted */

/* *ret_mqtt is NULL unless the answer is ANSWERED with code 0.  UNSUPPORTED: an address with
 * a zone. */
enum status mqtt_open(const struct mqtt_ask *ask, struct transcript *transcript,
                      struct mqtt **ret_mqtt, struct mqtt_answer *ret_answer,
                      struct error *reterr) MUST_CHECK;
void mqtt_free(struct mqtt *mqtt); /* says goodbye; NULL allowed */
void mqtt_freep(struct mqtt **mqtt);

/* A code of 0x80 and above is a refusal, a lower one the granted quality of service. */
enum status mqtt_subscribe(struct mqtt *mqtt, const char *filter, struct mqtt_answer *ret_answer,
                           struct error *reterr) MUST_CHECK;

/* With quality of service 1, not retained.  Version 3.1.1 has no way to refuse but to close:
 * there, an answer proves nothing. */
enum status mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload,
                         struct mqtt_answer *ret_answer, struct error *reterr) MUST_CHECK;

/* Is called for each message; false ends the listening. */
typedef bool mqtt_hear(void *context, const char *topic, size_t topic_length, const void *payload,
                       size_t payload_length);

/* ANSWERED when the time has passed or hear had enough; CLOSED when the connection ended. */
enum status mqtt_listen(struct mqtt *mqtt, int64_t deadline_ms, mqtt_hear *hear, void *context,
                        enum mqtt_event *ret_event, struct error *reterr) MUST_CHECK;
