/* fetch.h - a published page, got as a reader of it would get it (libcurl; RFC 9110).
 *
 * One GET without a name, a cookie or a proxy; http and https only; a server's certificate is
 * checked by the system's authorities, or by one that is given; at most FETCH_REDIRECTS_MAX
 * redirects.  A page of a public address that sends us to a private one is not followed there: it
 * would be somebody else's word that makes us ask a machine of the laboratory. */
#pragma once

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FETCH_REDIRECTS_MAX = 5, FETCH_URL_MAX = 2048 };

enum fetch_event {
    FETCH_ANSWERED,
    FETCH_NO_NAME,       /* the name of the host is not known here */
    FETCH_NO_CONNECTION, /* nobody took the connection */
    FETCH_TLS_FAILED,    /* no TLS, or a certificate that does not fit */
    FETCH_TIMEOUT,
    FETCH_TOO_LARGE,
    FETCH_LED_ASTRAY, /* redirected too often, to another scheme, or to a private address */
    FETCH_BROKEN      /* what came is no HTTP, or stopped in the middle */
};

/* "answered", "no-name", ... */
const char *fetch_event_word(enum fetch_event event);

struct fetch_ask {
    const char *url;
    const char *trust; /* path of a PEM file; NULL: the system's */
    size_t size_max;   /* bytes of the body */
    int64_t deadline_ms;
};

/* fetch_answer_done. */
struct fetch_answer {
    enum fetch_event event;
    int status;                    /* of the last answer; 0 unless answered */
    unsigned redirects;            /* that were followed */
    bool https;                    /* the last address is https, its certificate fits */
    char final_url[FETCH_URL_MAX]; /* printable; without what follows '#' */
    char content_type[128];        /* printable; "": none was given */
    struct bytes body;             /* of the last answer, only when answered */
    char detail[200];              /* in words, unless answered */
};

/* Whether a numeric address may be a machine of the laboratory: what is private, this host, shared
 * (RFC 6598), a group, or one of these inside an IPv6 address.  True for what is no address. */
bool fetch_is_inside(const char *host);

/* A server that does not answer is an event, never a status. */
enum status fetch(const struct fetch_ask *ask, struct fetch_answer *answer,
                  struct error *reterr) MUST_CHECK;
void fetch_answer_done(struct fetch_answer *answer);
