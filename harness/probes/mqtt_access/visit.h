/* visit.h - what one person finds at a broker: a connection in each version of the protocol,
 * and on each that is accepted the same questions.
 *
 * Found in one version is found; refused is only what was refused in all of them. */
#pragma once

#include "channel/mqtt.h"
#include "probe/probe.h"

#include <jansson.h>
#include <stdbool.h>

enum { VISIT_MARKER_SIZE = 32, VISIT_VERSIONS = 2 };

/* Found, refused, or neither. */
enum answer_word { WORD_OPEN, WORD_NO, WORD_YES };

struct greeting {
    enum mqtt_version version;
    struct mqtt_answer answer;
};

struct visit {
    struct probe_call *call; /* borrowed */
    struct mqtt_ask ask;     /* who asks; version and deadline are filled in for each connection */
    const json_t *topics;
    const json_t *publish_topics; /* empty: to a topic made of the marker */
    bool publishes;
    char marker[VISIT_MARKER_SIZE]; /* payload, and name of the topic that nothing listens to */
    struct greeting greetings[VISIT_VERSIONS];
    size_t greeting_count;
    enum answer_word subscribe_all;
    enum answer_word subscribe_sys;
    enum answer_word publish;
    bool heard;        /* a wait for messages came to its end, or brought some */
    bool complete;     /* every question was answered, and nothing was cut */
    bool received_sys; /* something came below $SYS/ */
    unsigned messages; /* in this connection */
    json_t *granted;   /* names of facts: owned lists of texts */
    json_t *received;
    json_t *publishable;
    json_t *echoed; /* in this connection: topics that our own message came back on */
};

void visit_done(struct visit *visit);

/* One connection, and what it lets be done. */
enum status visit_version(struct visit *visit, enum mqtt_version version,
                          struct error *reterr) MUST_CHECK;

void visit_facts(struct visit *visit);
