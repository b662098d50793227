#include "channel/mqtt.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/tcp.h"

#include <MQTTClient.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_ALIVE_S = 30,
    GOODBYE_MS = 200,
    CONNECT_MAX_S = 60,
    URI_SIZE = 80,
    SLACK_MS = 150, /* Paho looks at its clock now and then */
    TOPIC_SHOWN = 160,
    LISTEN_STEP_MS = 250
};

struct mqtt {
    MQTTClient client;
    enum mqtt_version version;
    struct transcript *transcript;
    unsigned connection;
    int acknowledged; /* reason code of the last PUBACK, -1: none seen (version 5 only) */
};

/* What Paho says while it opens a connection. */
struct opening {
    struct transcript *transcript;
    unsigned connection;
    bool tls_complained;
};

const char *mqtt_event_word(enum mqtt_event event)
{
    static const char *const words[] = { "answered", "no_connection", "tls_failed", "timeout",
                                         "closed" };

    return words[event];
}

const char *mqtt_version_word(enum mqtt_version version)
{
    return version == MQTT_VERSION_5 ? "5" : "3.1.1";
}

/* 3.1.1: table 3.1; 5: table 3-1. */
enum mqtt_refusal mqtt_refusal(enum mqtt_version version, int code)
{
    if (code == 0) {
        return MQTT_REFUSAL_NONE;
    }
    if (version == MQTT_VERSION_311) {
        return code == 4 || code == 5 ? MQTT_REFUSAL_IDENTITY
               : code == 1            ? MQTT_REFUSAL_VERSION
                                      : MQTT_REFUSAL_OTHER;
    }
    switch (code) {
    case MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD:
    case MQTTREASONCODE_NOT_AUTHORIZED:
    case MQTTREASONCODE_BAD_AUTHENTICATION_METHOD:
        return MQTT_REFUSAL_IDENTITY;
    case 1: /* a server of 3.1.1 says it in its own way */
    case MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION:
        return MQTT_REFUSAL_VERSION;
    default:
        return MQTT_REFUSAL_OTHER;
    }
}

static const char *code_find(enum mqtt_version version, int code)
{
    static const char *const plain[] = {
        "accepted",           "unacceptable protocol version", "identifier rejected",
        "server unavailable", "bad user name or password",     "not authorized"
    };

    if (code == 0 || (version == MQTT_VERSION_311 && code > 0 && code <= 5)) {
        return plain[code];
    }
    return version == MQTT_VERSION_5 && code >= 0 && code <= UINT8_MAX
               ? MQTTReasonCode_toString((enum MQTTReasonCodes) code)
               : NULL;
}

bool mqtt_code_is_known(enum mqtt_version version, int code)
{
    return code_find(version, code) != NULL;
}

const char *mqtt_code_text(enum mqtt_version version, int code)
{
    const char *text = code_find(version, code);

    return text != NULL ? text : "a code that the standard does not name";
}

/* A proxy of ours, or a trace to a file, is nothing that a test of the device should have. */
static void library_prepare(void)
{
    static const char *const unwanted[] = { "http_proxy", "https_proxy", "MQTT_C_CLIENT_TRACE",
                                            "MQTT_C_CLIENT_TRACE_LEVEL",
                                            "MQTT_C_CLIENT_TRACE_MAX_LINES" };
    static bool done;
    MQTTClient_init_options options = MQTTClient_init_options_initializer;

    if (done) {
        return;
    }
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) {
        (void) unsetenv(unwanted[i]);
    }
    options.do_openssl_init = 1;
    MQTTClient_global_init(&options);
    done = true;
}

static int tls_complains(const char *text, size_t length, void *context)
{
    struct opening *opening = context;
    char printable[TOPIC_SHOWN];

    text_printable(text, length, printable, sizeof printable);
    transcript_note(opening->transcript, opening->connection, "TLS: %s", printable);
    opening->tls_complained = true;
    return 1;
}

static int whole_seconds(int64_t deadline_ms)
{
    int seconds = clock_left_ms(deadline_ms) / 1000;

    return seconds < 1 ? 1 : seconds > CONNECT_MAX_S ? CONNECT_MAX_S : seconds;
}

/* Paho answers "failed" to everything that is not a CONNACK: the rest is told apart here. */
static enum mqtt_event failure_event(const struct opening *opening, int64_t begun_ms, int seconds)
{
    if (opening->tls_complained) {
        return MQTT_TLS_FAILED;
    }
    return clock_monotonic_ms() - begun_ms >= seconds * 1000 - SLACK_MS ? MQTT_TIMEOUT
                                                                        : MQTT_CLOSED;
}

/* The return or reason code, or a negative number of Paho's. */
static int connect_call(struct mqtt *mqtt, MQTTClient_connectOptions *options)
{
    MQTTResponse response;
    int code;

    if (mqtt->version == MQTT_VERSION_311) {
        return MQTTClient_connect(mqtt->client, options);
    }
    response = MQTTClient_connect5(mqtt->client, options, NULL, NULL);
    code = (int) response.reasonCode;
    MQTTResponse_free(response);
    return code;
}

/* It stands in CONNECT as it is (MQTT 3.1.1 section 3.1.3.5). */
static void password_look(struct mqtt *mqtt, const char *password)
{
    if (password != NULL) {
        transcript_look(mqtt->transcript, mqtt->connection, password, strlen(password));
    }
}

static void connect_ask(struct mqtt *mqtt, const struct mqtt_ask *ask, struct mqtt_answer *answer)
{
    MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions options5 = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions *options = ask->version == MQTT_VERSION_5 ? &options5 : &plain;
    MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
    struct opening opening = { .transcript = mqtt->transcript, .connection = mqtt->connection };
    int64_t begun_ms = clock_monotonic_ms();
    int code;

    options->MQTTVersion = (int) ask->version;
    options->keepAliveInterval = KEEP_ALIVE_S;
    options->connectTimeout = whole_seconds(ask->deadline_ms);
    options->username = ask->user;
    if (ask->user != NULL && ask->password != NULL) {
        options->binarypwd.data = secret_reveal(ask->password);
        options->binarypwd.len = (int) ask->password->length;
        password_look(mqtt, secret_reveal(ask->password));
    } else if (ask->user != NULL) {
        options->password = ask->password_text;
        password_look(mqtt, ask->password_text);
    }
    if (ask->tls) {
        ssl.enableServerCertAuth = 0;
        ssl.verify = 0;
        ssl.disableDefaultTrustStore = 1;
        ssl.enabledCipherSuites = "ALL:@SECLEVEL=0"; /* old devices are looked behind as well */
        ssl.ssl_error_cb = tls_complains;
        ssl.ssl_error_context = &opening;
        options->ssl = &ssl;
    }
    code = connect_call(mqtt, options);
    *answer = (struct mqtt_answer){ .event = MQTT_ANSWERED, .code = code };
    if (code < 0) {
        *answer = (struct mqtt_answer){ .event = failure_event(&opening, begun_ms,
                                                               options->connectTimeout) };
    }
}

/* Whether anybody is there at all, which Paho does not say. */
static enum status reach(const struct mqtt_ask *ask, struct transcript *transcript, bool *ret_there,
                         struct error *reterr)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event = TCP_TIMEOUT;

    TRY(tcp_open(&tcp, ask->host, ask->port, ask->deadline_ms, transcript, &event, reterr));
    *ret_there = event == TCP_OK;
    return STATUS_OK;
}

static void acknowledged(void *context, int token, int packet_type, MQTTProperties *properties,
                         enum MQTTReasonCodes code)
{
    struct mqtt *mqtt = context;

    (void) token;
    (void) packet_type;
    (void) properties;
    mqtt->acknowledged = (int) code;
}

static enum status client_new(const struct mqtt_ask *ask, struct transcript *transcript,
                              struct mqtt **ret_mqtt, struct error *reterr)
{
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    struct mqtt *mqtt = calloc(1, sizeof *mqtt);
    char uri[URI_SIZE];
    int result;

    if (mqtt == NULL) {
        abort();
    }
    mqtt->version = ask->version;
    mqtt->transcript = transcript;
    options.MQTTVersion = (int) ask->version;
    (void) snprintf(uri, sizeof uri, strchr(ask->host, ':') != NULL ? "%s://[%s]:%u" : "%s://%s:%u",
                    ask->tls ? "ssl" : "tcp", ask->host, ask->port);
    result = MQTTClient_createWithOptions(&mqtt->client, uri, ask->client_id,
                                          MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    if (result == MQTTCLIENT_SUCCESS && ask->version == MQTT_VERSION_5) {
        result = MQTTClient_setPublished(mqtt->client, mqtt, acknowledged);
    }
    if (result != MQTTCLIENT_SUCCESS ||
        MQTTClient_setCommandTimeout(mqtt->client, MQTT_COMMAND_LEAST_MS) != MQTTCLIENT_SUCCESS) {
        mqtt_free(mqtt);
        return fail(reterr, STATUS_INTERNAL, "Paho makes no MQTT client (%d)", result);
    }
    mqtt->connection = transcript_open(transcript, uri);
    if (ask->tls) {
        transcript_protected(transcript, mqtt->connection);
    }
    *ret_mqtt = mqtt;
    return STATUS_OK;
}

enum status mqtt_open(const struct mqtt_ask *ask, struct transcript *transcript,
                      struct mqtt **ret_mqtt, struct mqtt_answer *ret_answer, struct error *reterr)
{
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    bool there = false;

    *ret_mqtt = NULL;
    *ret_answer = (struct mqtt_answer){ .event = MQTT_NO_CONNECTION };
    if (strchr(ask->host, '%') != NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "MQTT to an address with a zone: %s", ask->host);
    }
    TRY(reach(ask, transcript, &there, reterr));
    if (!there) {
        return STATUS_OK;
    }
    library_prepare();
    TRY(client_new(ask, transcript, &mqtt, reterr));
    transcript_note(
        transcript, mqtt->connection, "sent CONNECT %s %s", mqtt_version_word(ask->version),
        ask->user == NULL ? "without credentials" : "with a user name and a password (withheld)");
    connect_ask(mqtt, ask, ret_answer);
    if (ret_answer->event == MQTT_ANSWERED) {
        transcript_note(transcript, mqtt->connection, "received CONNACK 0x%02x: %s",
                        (unsigned) ret_answer->code,
                        mqtt_code_text(ask->version, ret_answer->code));
    } else {
        transcript_note(transcript, mqtt->connection, "no CONNACK: %s",
                        mqtt_event_word(ret_answer->event));
    }
    if (ret_answer->event == MQTT_ANSWERED && ret_answer->code == 0) {
        *ret_mqtt = mqtt;
        mqtt = NULL;
    }
    return STATUS_OK;
}

void mqtt_free(struct mqtt *mqtt)
{
    if (mqtt == NULL) {
        return;
    }
    if (mqtt->client != NULL) {
        if (MQTTClient_isConnected(mqtt->client)) {
            (void) MQTTClient_disconnect(mqtt->client, GOODBYE_MS);
        }
        MQTTClient_destroy(&mqtt->client);
    }
    free(mqtt);
}

void mqtt_freep(struct mqtt **mqtt)
{
    mqtt_free(*mqtt);
}

/* What a negative result after the connection means. */
static enum mqtt_event lost_event(const struct mqtt *mqtt)
{
    return MQTTClient_isConnected(mqtt->client) ? MQTT_TIMEOUT : MQTT_CLOSED;
}

static void answer_note(const struct mqtt *mqtt, const char *what, const char *topic,
                        const struct mqtt_answer *answer)
{
    char printable[TOPIC_SHOWN];

    text_printable(topic, strlen(topic), printable, sizeof printable);
    if (answer->event == MQTT_ANSWERED) {
        transcript_note(mqtt->transcript, mqtt->connection, "sent %s %s: answered 0x%02x", what,
                        printable, (unsigned) answer->code);
    } else {
        transcript_note(mqtt->transcript, mqtt->connection, "sent %s %s: %s", what, printable,
                        mqtt_event_word(answer->event));
    }
}

enum status mqtt_subscribe(struct mqtt *mqtt, const char *filter, struct mqtt_answer *ret_answer,
                           struct error *reterr)
{
    int code;

    if (mqtt->version == MQTT_VERSION_5) {
        MQTTResponse response = MQTTClient_subscribe5(mqtt->client, filter, 1, NULL, NULL);

        code = (int) response.reasonCode;
        MQTTResponse_free(response);
    } else {
        code = MQTTClient_subscribe(mqtt->client, filter, 1);
    }
    if (code == MQTTCLIENT_BAD_UTF8_STRING || code == MQTTCLIENT_BAD_QOS) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' is no topic filter", filter);
    }
    *ret_answer = (struct mqtt_answer){ .event = MQTT_ANSWERED, .code = code };
    if (code < 0) {
        *ret_answer = (struct mqtt_answer){ .event = lost_event(mqtt) };
    }
    answer_note(mqtt, "SUBSCRIBE", filter, ret_answer);
    return STATUS_OK;
}

enum status mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload,
                         struct mqtt_answer *ret_answer, struct error *reterr)
{
    MQTTClient_deliveryToken token = 0;
    int code;

    mqtt->acknowledged = -1;
    if (mqtt->version == MQTT_VERSION_5) {
        MQTTResponse response = MQTTClient_publish5(mqtt->client, topic, (int) strlen(payload),
                                                    payload, 1, 0, NULL, &token);

        code = (int) response.reasonCode;
        MQTTResponse_free(response);
    } else {
        code =
            MQTTClient_publish(mqtt->client, topic, (int) strlen(payload), payload, 1, 0, &token);
    }
    if (code == MQTTCLIENT_BAD_UTF8_STRING) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' is no topic", topic);
    }
    if (code == MQTTCLIENT_SUCCESS) {
        code = MQTTClient_waitForCompletion(mqtt->client, token, MQTT_COMMAND_LEAST_MS);
    }
    *ret_answer = (struct mqtt_answer){ .event = MQTT_ANSWERED };
    if (code != MQTTCLIENT_SUCCESS) {
        ret_answer->event = lost_event(mqtt);
    } else if (mqtt->acknowledged >= 0) {
        ret_answer->code = mqtt->acknowledged;
    }
    answer_note(mqtt, "PUBLISH", topic, ret_answer);
    return STATUS_OK;
}

static bool message_hear(const struct mqtt *mqtt, const char *topic, int said_length,
                         const MQTTClient_message *message, mqtt_hear *hear, void *context)
{
    size_t length = said_length > 0 ? (size_t) said_length : strlen(topic);
    size_t payload_length = message->payloadlen > 0 ? (size_t) message->payloadlen : 0;
    char printable[TOPIC_SHOWN];

    text_printable(topic, length, printable, sizeof printable);
    transcript_note(mqtt->transcript, mqtt->connection, "received PUBLISH %s%s", printable,
                    message->retained ? " (retained)" : "");
    transcript_look(mqtt->transcript, mqtt->connection, message->payload, payload_length);
    transcript_withheld(mqtt->transcript, mqtt->connection, "payload", payload_length);
    return hear(context, topic, length, message->payload, payload_length);
}

enum status mqtt_listen(struct mqtt *mqtt, int64_t deadline_ms, mqtt_hear *hear, void *context,
                        enum mqtt_event *ret_event, struct error *reterr)
{
    bool on = true;

    (void) reterr;
    *ret_event = MQTT_ANSWERED;
    while (on && clock_left_ms(deadline_ms) > 0) {
        int left_ms = clock_left_ms(deadline_ms);
        char *topic = NULL;
        int length = 0;
        MQTTClient_message *message = NULL;
        int code =
            MQTTClient_receive(mqtt->client, &topic, &length, &message,
                               left_ms < LISTEN_STEP_MS ? (unsigned long) left_ms : LISTEN_STEP_MS);

        if (message != NULL) {
            on = message_hear(mqtt, topic, length, message, hear, context);
            MQTTClient_freeMessage(&message);
            MQTTClient_free(topic);
        } else if (code != MQTTCLIENT_SUCCESS && !MQTTClient_isConnected(mqtt->client)) {
            transcript_note(mqtt->transcript, mqtt->connection, "the connection ended");
            *ret_event = MQTT_CLOSED;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}
