/* tls_exchange.h - one ClientHello and what came back for it.  Pure: the bytes are moved
 * by a dialer (tls_dial.h), so that recorded and invented servers can answer too. */
#pragma once

#include "channel/tcp.h"
#include "wire/tls_answer.h"
#include "wire/tls_hello.h"

enum exchange_end {
    END_SILENT,        /* connected, and no usable answer until the deadline */
    END_ANSWERED,      /* a ServerHello */
    END_ALERT,         /* a TLS alert instead */
    END_CLOSED,        /* closed in good order without an answer */
    END_RESET,         /* torn down without an answer */
    END_GARBLED,       /* an answer that is not (well-formed) TLS */
    END_NOT_CONNECTED, /* no TCP connection */
    END_COUNT
};

const char *tls_server_end_word(enum exchange_end end);

enum { EXCHANGE_CHAIN_MAX = 10 };

struct span {
    const uint8_t *data;
    size_t length;
};

struct exchange {
    /* What to do. */
    struct tls_hello hello;
    bool ssl2;         /* the SSL 2.0 hello instead */
    bool whole_flight; /* read on to ServerHelloDone, to TLS 1.2 */

    /* What came; spans lie in stream and room. */
    struct bytes stream;
    struct bytes room;
    struct tls_flight flight;
    enum exchange_end end;
    bool spoke_tls; /* at least one well-formed TLS record */
    bool hello_read;
    bool done_read;
    bool malformed;
    struct tls_server_hello answer;
    struct tls_ssl2_hello answer_ssl2;
    const struct tls_suite *suite; /* of the answer; NULL: not in the table */
    bool key_exchange_read;
    struct tls_key_exchange key_exchange;
    struct span chain[EXCHANGE_CHAIN_MAX];
    size_t chain_length;
    char detail[64]; /* why not answered: "alert handshake_failure", "reset" ... */
};

struct exchange tls_server_exchange(const struct tls_hello *hello);
void tls_server_exchange_done(struct exchange *exchange);

/* Makes the exchange ready to be dialed again. */
enum status tls_server_exchange_restart(struct exchange *exchange, struct error *reterr) MUST_CHECK;

/* Takes note of what stream holds by now; true when nothing more is wanted. */
bool tls_server_exchange_absorb(struct exchange *exchange);

/* Sets end and detail; event: how the connection ended, TCP_OK if it is still open. */
void tls_server_exchange_finish(struct exchange *exchange, bool connected, enum tcp_event event);
