/* coap.h - a well-behaved CoAP client (RFC 7252, RFC 7641, RFC 7959) over UDP and DTLS: one device
 * port, one security, one request at a time.  Blocking, and never beyond the deadline that it is
 * given.
 *
 * Certificates of the device are not judged here.  The transcript holds remarks about messages, and
 * the payload of what is no secret; identities, keys and secret payloads never enter it.  Only one
 * client may be alive in a process: the library's log knows no client. */
#pragma once

#include "base/bytes.h"
#include "channel/transcript.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COAP_CLIENT_BODY_MAX = 1 << 16, COAP_CLIENT_KEY_MAX = 256 };

enum coap_client_security {
    COAP_CLIENT_PLAIN,
    COAP_CLIENT_PSK,        /* DTLS, identity and key (RFC 4279) */
    COAP_CLIENT_CERTIFICATE /* DTLS, the device shows a certificate; we show one if we have it */
};

struct coap_client_target {
    const char *host; /* numeric */
    uint16_t port;
    enum coap_client_security security;
    const char *server_name; /* SNI; NULL: none */
    const char *identity;    /* PSK */
    const void *key;         /* PSK, borrowed until the client is freed */
    size_t key_length;
    const char *pem; /* certificate and private key, borrowed; NULL: none is shown */
};

enum coap_client_event {
    COAP_CLIENT_ANSWERED,
    COAP_CLIENT_RESET,   /* the message was rejected (RFC 7252 section 4.2) */
    COAP_CLIENT_CLOSED,  /* the device says by ICMP that nobody listens there */
    COAP_CLIENT_REFUSED, /* the device ended the DTLS handshake, or never finished it although it
                            had begun it: what a wrong key looks like over datagrams */
    COAP_CLIENT_TIMEOUT, /* nothing came that answers */
    COAP_CLIENT_BROKEN   /* DTLS ended after it had been set up */
};

enum coap_client_method {
    COAP_CLIENT_GET = 1,
    COAP_CLIENT_POST = 2,
    COAP_CLIENT_PUT = 3,
    COAP_CLIENT_DELETE = 4
};

struct coap_client_ask {
    enum coap_client_method method;
    const char *path; /* "/a/b?c=d", percent-encoded (RFC 7252 section 6.4) */
    bool observe;     /* registers with a GET; deregisters before it returns */
    const void *body; /* NULL: none */
    size_t body_length;
    int content_format;  /* of the body; -1: not said */
    bool body_is_secret; /* of the request */
    bool answer_is_secret;
    int64_t deadline_ms;
};

/* Owned by the caller; coap_client_answer_done. */
struct coap_client_answer {
    enum coap_client_event event;
    unsigned code;      /* 205 for 2.05; 0 unless ANSWERED */
    bool observed;      /* the answer took the registration (RFC 7641 section 3.1) */
    bool deregistered;  /* and the device answered when it was taken back */
    int content_format; /* -1: not said */
    struct bytes body;  /* at most COAP_CLIENT_BODY_MAX, put together from its blocks */
    bool body_cut;      /* the rest was not asked for, or did not come in time */
    bool secured;       /* the DTLS handshake was completed */
    char detail[160];
};

struct coap_client;

/* Sends nothing yet.  Free with coap_client_free. */
enum status coap_client_new(const struct coap_client_target *target, struct transcript *transcript,
                            struct coap_client **ret_client, struct error *reterr) MUST_CHECK;
void coap_client_free(struct coap_client *client); /* NULL allowed */

/* One request; connects first where need be.  What the device does is in *answer. */
enum status coap_client_ask(struct coap_client *client, const struct coap_client_ask *ask,
                            struct coap_client_answer *answer, struct error *reterr) MUST_CHECK;
void coap_client_answer_done(struct coap_client_answer *answer);

const char *coap_client_event_word(enum coap_client_event event);
