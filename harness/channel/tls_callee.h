/* tls_callee.h - a well-behaved TLS 1.2 and 1.3, or DTLS 1.2, server (Mbed TLS) that takes one
 * call, shows a chain, listens for what the client has to say and hangs up.  It resumes no session,
 * so that each client has to look at the chain.
 *
 * What the client says is counted and named (wire/client_talk.h), never kept. */
#pragma once

#include "channel/door.h"
#include "channel/tls_forge.h"
#include "wire/client_talk.h"

enum { TLS_CALLEE_DATA_MAX = 1 << 18, TLS_CALLEE_REPLY_MAX = (1 << 28) + (1 << 12) };

struct tls_callee_ask {
    struct door *door; /* which answers for names meanwhile */
    const struct forged *chain;
    bool datagrams;       /* DTLS 1.2, with a request for a cookie */
    const uint8_t *begun; /* what the client has sent already */
    size_t begun_length;
    const void *reply; /* to what it says, once; may be NULL */
    size_t reply_length;
    /* In place of reply: told of what the client says; once *reply is not empty it is sent, and
     * the call ends.  NULL: nobody is. */
    enum status (*serve)(void *context, const void *data, size_t length, struct bytes *reply,
                         struct error *reterr);
    void *serve_context;
    int64_t handshake_until_ms;
    int64_t talk_ms; /* how long it may take to say something */
};

enum tls_callee_end {
    TLS_CALLEE_LEFT,    /* the client closed, in good order or not */
    TLS_CALLEE_RESET,   /* the same, torn down */
    TLS_CALLEE_ALERT,   /* a fatal alert of the client's */
    TLS_CALLEE_SILENT,  /* nothing more came in time */
    TLS_CALLEE_ENOUGH,  /* it said something, and we hung up */
    TLS_CALLEE_NONSENSE /* its messages were not acceptable, or there is no common ground */
};

const char *tls_callee_end_word(enum tls_callee_end end);

struct tls_callee_answer {
    bool cookie;    /* DTLS: the client answered the request for one */
    bool completed; /* the client's Finished was verified */
    uint16_t version;
    uint16_t suite;
    enum tls_callee_end end;
    int alert;          /* -1: none */
    size_t data_length; /* bytes of application data, counted up to TLS_CALLEE_DATA_MAX */
    char data[CLIENT_TALK_SIZE];
};

/* What the client does is in *ret_answer; CRYPTO and the like are our own faults. */
enum status tls_callee_take(struct tcp *tcp, const struct tls_callee_ask *ask,
                            struct tls_callee_answer *ret_answer, struct error *reterr) MUST_CHECK;
