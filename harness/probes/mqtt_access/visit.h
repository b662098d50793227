/* visit.h - what one person finds at a broker: a connection in each version of the protocol,
 * and on each that is accepted the same questions.
 *
 * Found in one version is found; refused is only what was refused in all of them. */
#pragma once

#include "channel/mqtt.h"
#include "probe/probe.h"

#include <jansson.h>
#include <stdbool.h>

enum { VISIT_MARKER_SIZE = 32, VISIT_PERSONS = 4, VISIT_GREETINGS = 2 * VISIT_PERSONS };

/* Neither, refused, or found: the greater one decides. */
enum answer_word { WORD_OPEN, WORD_NO, WORD_YES };

struct greeting {
    enum mqtt_version version;
    struct mqtt_answer answer;
};

struct visit {
    struct probe_call *call; /* borrowed */
    struct mqtt_ask ask;     /* who asks; version and deadline are filled in for each connection */
    json_t *topics;          /* filters, owned */
    json_t *publish_topics;  /* owned */
    json_t *not_tried;       /* what was left out, and why: owned */
    bool publishes;          /* to the publish topics ... */
    bool uses_marker;        /* ... or, when there are none, to a topic made of the marker */
    char marker[VISIT_MARKER_SIZE]; /* payload, and name of the topic that nothing listens to */
    struct greeting greetings[VISIT_GREETINGS];
    size_t greeting_count;
    enum answer_word subscribe_all;
    enum answer_word subscribe_sys;
    enum answer_word publish;
    bool publish_open; /* somebody's publication was neither seen to arrive nor refused */
    bool heard;        /* a wait for messages came to its end, or brought some */
    bool complete;     /* every question was answered, and nothing was cut */
    bool received_sys; /* something came below $SYS/ */
    unsigned messages; /* in this connection */
    long long received_bytes;
    json_t *granted; /* names of facts: owned lists of texts */
    json_t *received;
    json_t *not_public;
    json_t *publishable;
    json_t *refusals;
    json_t *echoed; /* in this connection: topics that our own message came back on */
};

/* Nothing is asked or found yet; topics and publish_topics are taken over. */
struct visit visit_new(struct probe_call *call, json_t *topics, json_t *publish_topics);
void visit_done(struct visit *visit);

/* One connection in each version of version_param ("3.1.1", "5", "both"), by the person in
 * visit->ask, and what each lets be done.  A person who is not let in at all is left to the
 * greetings, unless others are asked for as well: then the answer is not complete. */
enum status visit_person(struct visit *visit, const char *version_param,
                         struct error *reterr) MUST_CHECK;

void visit_facts(struct visit *visit);
