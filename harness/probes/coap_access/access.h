/* access.h - what the questions of coap_access share: whom to be, where to ask, and what an answer
 * means for somebody who asks for a protected thing. */
#pragma once

#include "channel/coap.h"
#include "probe/probe.h"

#include <stdbool.h>

/* One run, from the parameters to the facts. */
struct coap_visit {
    struct probe_call *call;
    const struct auth *auth; /* NULL: public, nobody asks, or by hand */
    const struct credential *credential;
    struct coap_client_target target;
    struct coap_client *client;
    uint8_t key[COAP_CLIENT_KEY_MAX]; /* wiped by coap_visit_done */
};

/* Chooses the target of somebody without credentials (as_role false) or of the declared role, and
 * makes the client.  BAD_INPUT when the profile gives the role nothing to show. */
enum status coap_visit_open(struct coap_visit *visit, struct probe_call *call, bool as_role,
                            struct error *reterr) MUST_CHECK;
void coap_visit_done(struct coap_visit *visit);

/* A key as it is written: text, or "hex:" and hexadecimal digits.  False: too long, or no such
 * digits. */
bool coap_key_read(const char *text, uint8_t room[COAP_CLIENT_KEY_MAX], size_t *ret_length);

/* One GET, or the beginning of an observation (RFC 7641). */
enum status coap_visit_get(struct coap_visit *visit, const char *path, bool observe,
                           bool answer_is_secret, struct coap_client_answer *answer,
                           struct error *reterr) MUST_CHECK;

enum coap_word {
    COAP_VIEW_GRANTED,
    COAP_VIEW_REFUSED,
    COAP_VIEW_OPEN /* the answer does not settle the question */
};

struct coap_view {
    enum coap_word word;
    char reason[200];
};

/* `writes`: the request was to change something. */
struct coap_view coap_view(const struct coap_client_answer *answer, bool writes);

/* "2.05" for an answer, else how the request ended: "refused", "timeout", ... */
const char *coap_outcome_text(const struct coap_client_answer *answer, char room[32]);

/* The questions. */
enum status coap_resource_run(struct probe_call *call, struct error *reterr) MUST_CHECK;
enum status coap_plain_run(struct probe_call *call, struct error *reterr) MUST_CHECK;
enum status coap_resources_run(struct probe_call *call, struct error *reterr) MUST_CHECK;
enum status coap_keys_run(struct probe_call *call, struct error *reterr) MUST_CHECK;
