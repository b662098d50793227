/* invented.h - DTLS servers made up for the tests: they see our datagrams and give some back.  For
 * *_test.c only. */
#pragma once

#include "network.h"
#include "probe/tls_picker.h"

enum invented_cookie {
    COOKIE_NONE,
    COOKIE_ASKED,
    COOKIE_UNVERIFIED, /* asked for, and any is believed */
    COOKIE_ENDLESS     /* another one each time */
};

struct server {
    uint16_t versions[3]; /* as TLS_VERSION_* */
    size_t version_count;
    uint16_t suites[8]; /* in its order */
    size_t suite_count;
    enum invented_cookie cookie;
    bool refuses_silently;
    unsigned dies_after; /* answers so many hellos; 0: lives */
    size_t fragment;     /* bytes of a message in one datagram; 0: all */
    bool backwards;      /* the last datagram first */
    size_t overlap;      /* bytes that are sent again with the next fragment */
    size_t padding;      /* bytes of its certificate */
    const char *hint;    /* of pre-shared keys */
    bool connection_id;
    unsigned hellos; /* seen */
};

/* A dialer (struct dialer); context is a struct server. */
enum status invented_serve(void *context, struct exchange *const exchanges[], size_t count,
                           struct error *reterr);
