/* invented.h - servers made up for the tests: small machines that see our hello and give
 * back bytes.  For *_test.c only. */
#pragma once

#include "network.h"
#include "probe/tls_picker.h"

#include <jansson.h>

struct server {
    uint16_t versions[6];
    size_t version_count;
    uint16_t suites[64]; /* in its order */
    size_t suite_count;
    bool follows_client;
    enum exchange_end refuses_by; /* instead of an alert */
    size_t suites_max;            /* of a hello that it can bear; 0: any */
    size_t length_max;            /* the same of a hello's body in bytes */
    bool fails_on_grease;
    enum exchange_end at_many; /* what it does then */
    uint16_t silent_version;   /* met with silence; 0: none */
    unsigned dies_after;       /* answers so many exchanges; 0: lives */
    enum exchange_end dies_by;
    bool no_retry;     /* refuses an empty key_share */
    unsigned away_for; /* is back after so many more; 0: never */
    unsigned down_of;  /* behind one port, in turn, of so many servers the last is down; 0: none */
    bool busy_alert;   /* what is away says close_notify */
    bool silent_to_ssl2;
    bool negotiates_down; /* answers a newer hello with its best older version */
    unsigned answered;
};

/* Replays one recorded answer to every hello. */
struct replay {
    uint8_t bytes[8192];
    size_t length;
    enum tcp_event then;
};

/* Dialers (struct dialer); context is a struct server or a struct replay. */
enum status invented_serve(void *context, struct exchange *const exchanges[], size_t count,
                           struct error *reterr);
enum status invented_replay(void *context, struct exchange *const exchanges[], size_t count,
                            struct error *reterr);

/* Appends to what the exchange received. */
void invented_put(struct exchange *exchange, const void *data, size_t length);

/* The file of the fixtures as a server; length_max: cut there. */
struct replay invented_recorded(const char *name, size_t length_max, enum tcp_event then);

/* New reference: what the survey reports about a server. */
json_t *invented_facts(enum status (*dial)(void *, struct exchange *const[], size_t,
                                           struct error *),
                       void *context);
