/* tls_exchange.h - one ClientHello and what came back for it.  Pure: the bytes are moved
 * by a dialer (tls_dial.h), so that recorded and invented servers can answer too. */
#pragma once

#include "channel/tcp.h"
#include "channel/tls13_open.h"
#include "wire/dtls_record.h"
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
    END_NOT_UPGRADED,  /* STARTTLS came to nothing, so that no hello was sent */
    END_COUNT
};

const char *tls_server_end_word(enum exchange_end end);

enum {
    EXCHANGE_CHAIN_MAX = 10,
    DTLS_COOKIES_MAX = 3,    /* a server may change its secret once in a while */
    DTLS_DATAGRAMS_MAX = 256 /* of one exchange */
};

struct span {
    const uint8_t *data;
    size_t length;
};

/* DTLS: hellos go out until one with a cookie that the server believes is answered. */
struct dtls_talk {
    struct dtls_flight flight;
    uint8_t cookie[DTLS_COOKIE_MAX]; /* to be shown in the next hello */
    size_t cookie_length;
    unsigned cookies;   /* how often the server asked for another one */
    unsigned hellos;    /* sent, repeats not counted */
    unsigned records;   /* sent */
    unsigned datagrams; /* received */
    bool hello_due;     /* a hello that was not sent yet */
    /* Bytes of datagrams, without repeats, as long as no cookie was asked for. */
    size_t asked;
    size_t answered;
};

/* TLS 1.3: what is encrypted behind the ServerHello, as far as it was opened. */
struct opening {
    bool begun;  /* the key is known */
    bool failed; /* it cannot be known, or a record was not authentic */
    struct tls13_key key;
    uint64_t records;
    size_t stream_used;
};

struct exchange {
    /* What to do. */
    struct tls_hello hello;
    bool ssl2;          /* the SSL 2.0 hello instead */
    bool whole_flight;  /* read on to ServerHelloDone; in TLS 1.3, if hello.share_group is set, to
                           Finished */
    bool forged_cookie; /* DTLS: begin with a cookie that the server never gave */

    /* What came; spans lie in stream and room. */
    struct bytes stream;
    struct bytes room;
    struct tls_flight flight;
    struct dtls_talk talk;
    struct opening opening;
    enum exchange_end end;
    bool spoke_tls; /* at least one well-formed TLS record */
    bool hello_read;
    bool done_read;
    bool malformed;
    bool cut; /* closed half-way through its flight, without a word */
    struct tls_server_hello answer;
    struct tls_ssl2_hello answer_ssl2;
    const struct tls_suite *suite; /* of the answer; NULL: not in the table */
    bool key_exchange_read;
    struct tls_key_exchange key_exchange;
    struct span chain[EXCHANGE_CHAIN_MAX];
    size_t chain_length;
    struct span staple; /* the OCSP response that came; NULL: none */
    char detail[64];    /* why not answered: "alert handshake_failure", "reset" ... */
};

struct exchange tls_server_exchange(const struct tls_hello *hello);
void tls_server_exchange_done(struct exchange *exchange);

/* Makes the exchange ready to be dialed again. */
enum status tls_server_exchange_restart(struct exchange *exchange, struct error *reterr) MUST_CHECK;

/* Takes note of what stream holds by now; true when nothing more is wanted. */
bool tls_server_exchange_absorb(struct exchange *exchange);

/* Sets end and detail; event: how the connection ended, TCP_OK if it is still open. */
void tls_server_exchange_finish(struct exchange *exchange, bool connected, enum tcp_event event);

/* The same where the server did not let TLS begin; why: a few words. */
void tls_server_exchange_not_upgraded(struct exchange *exchange, const char *why);

/* DTLS (dtls_exchange.c).  The next hello as a datagram: the same again unless talk.hello_due. */
enum status dtls_server_exchange_hello(struct exchange *exchange, struct builder *builder,
                                       struct error *reterr) MUST_CHECK;

/* Takes note of one datagram of the server; true when nothing more is wanted. */
bool dtls_server_exchange_take(struct exchange *exchange, const void *datagram, size_t length);

/* A request for a cookie, as a whole message. */
void dtls_server_exchange_cookie(struct exchange *exchange, const struct tls_message *message);

/* Did it ask for a cookie before it answered? */
bool dtls_server_exchange_cookie_asked(const struct exchange *exchange);

/* tls_opening.c: does this exchange want to see behind the ServerHello, and has it not yet? */
bool tls_server_exchange_opens(const struct exchange *exchange);

/* Opens the records that stream holds by now and hands their messages to flight. */
void tls_server_exchange_open(struct exchange *exchange);

/* tls_exchange.c: reads the messages that flight holds by now; true when nothing more is wanted. */
bool tls_server_exchange_read(struct exchange *exchange);
