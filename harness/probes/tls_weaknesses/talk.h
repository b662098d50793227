/* talk.h - one connection of a TLS 1.0 to 1.2 client that may do wrong at any step.
 *
 * What the server does is in talk->heard; a status speaks of us.  Everything received is bounded,
 * and nothing of what the server sends is trusted. */
#pragma once

#include "channel/tcp.h"
#include "channel/tls_keys.h"
#include "probe/tls_dial.h"
#include "wire/tls_answer.h"

/* What all connections share. */
struct bench {
    const char *host; /* numeric */
    uint16_t port;
    const char *server_name; /* SNI; NULL: none */
    struct transcript *transcript;
    int64_t timeout_ms;  /* of one connection */
    int64_t quiet_ms;    /* how long silence is watched where a sound server may be silent */
    int64_t slowest_ms;  /* of the answers so far */
    int64_t deadline_ms; /* of all */
    struct pace pace;
    uint64_t seed;
    unsigned connections;
    uint16_t schemes[64]; /* what hellos offer */
    size_t scheme_count;
};

enum heard {
    HEARD_NOTHING,       /* until the deadline */
    HEARD_MESSAGE,       /* a handshake message */
    HEARD_ALERT,         /* see alert */
    HEARD_DATA,          /* application data */
    HEARD_HEARTBEAT,     /* see piece */
    HEARD_CIPHER_CHANGE, /* ChangeCipherSpec */
    HEARD_CLOSED,
    HEARD_RESET,
    HEARD_GARBLED, /* no TLS, or not what its keys would make */
    HEARD_NO_CONNECTION
};

enum { TALK_TICKET_MAX = 4096 };

struct talk {
    struct bench *bench;
    struct tcp tcp;
    int64_t deadline_ms;
    const char *withhold; /* what to call that which the transcript must not keep; NULL: keep */

    enum heard heard;
    uint8_t alert;
    struct tls_piece piece;
    struct tls_message message; /* lies in hands, until the next is heard */

    struct bytes stream; /* received; used: as far as it was read */
    size_t used;
    struct bytes hands; /* handshake bytes in clear; read up to hands_at */
    size_t hands_at;
    struct bytes held; /* to be sent at once */
    bool holds;
    struct bytes said; /* every handshake message of the handshake under way */

    uint16_t version;
    const struct tls_cipher *cipher; /* NULL: not one of ours */
    struct tls_server_hello hello;   /* its pointers are not kept */
    uint8_t session_id[32];
    uint8_t client_random[32];
    uint8_t server_random[32];
    struct bytes certificate;  /* the leaf */
    struct bytes key_exchange; /* the server's */
    bool certificate_requested;
    uint8_t master[TLS_MASTER_LENGTH];
    uint8_t client_verify[TLS_VERIFY_LENGTH];
    struct tls_direction out;
    struct tls_direction in;
    bool out_protected;
    bool in_protected;
    uint8_t ticket[TALK_TICKET_MAX];
    size_t ticket_length;
};

/* So that talk_done may always be called. */
#define TALK_CLOSED                                                                                \
    {                                                                                              \
        .tcp = {.fd = -1 }                                                                         \
    }

/* Without a connection: what stands in stream is all that ever comes. */
void talk_begin(struct talk *talk, struct bench *bench);

/* Connects; false with HEARD_NO_CONNECTION when it does not come about.  Always talk_done. */
enum status talk_open(struct talk *talk, struct bench *bench, bool *ret_open,
                      struct error *reterr) MUST_CHECK;
void talk_done(struct talk *talk);

/* The next thing that comes, until deadline_ms or that of the talk. */
enum status talk_hear(struct talk *talk, int64_t deadline_ms, struct error *reterr) MUST_CHECK;

/* "alert bad_record_mac", "closed" ...; for what was heard last. */
enum { TALK_TEXT_SIZE = 64 };
void talk_text(const struct talk *talk, char room[TALK_TEXT_SIZE]);

/* Is the connection over, or was its end announced by a fatal alert? */
bool talk_ended(const struct talk *talk);

/* How long to watch a server that may stay silent: longer with a slow one. */
int64_t bench_quiet_ms(const struct bench *bench);

/* Hears all that the server says by itself until it says nothing for so long; *ret_spoke: it sent
 * application data.  False when it ends the connection or goes on and on. */
enum status talk_hear_out(struct talk *talk, int64_t quiet_ms, bool *ret_spoke, bool *ret_quiet,
                          struct error *reterr) MUST_CHECK;

/* Bytes as they are. */
enum status talk_send(struct talk *talk, const void *data, size_t length,
                      struct error *reterr) MUST_CHECK;

/* Keeps what is sent from now on, and lets it go as one. */
void talk_hold(struct talk *talk);
enum status talk_release(struct talk *talk, struct error *reterr) MUST_CHECK;

/* One record, protected if the direction is. */
enum status talk_record(struct talk *talk, enum tls_record_flaw flaw, uint8_t type,
                        const void *plain, size_t length, struct error *reterr) MUST_CHECK;

/* handshake.c.  A hello as this probe makes them: suites as given, everything up to TLS 1.2. */
struct tls_hello talk_hello_of(struct bench *bench, const uint16_t *suites, size_t count);
enum status talk_hello(struct talk *talk, const struct tls_hello *hello,
                       struct error *reterr) MUST_CHECK;

/* Reads up to the ServerHello; false when something else comes. */
enum status talk_greeting(struct talk *talk, bool *ret_answered, struct error *reterr) MUST_CHECK;

/* Reads the server's messages up to ServerHelloDone; false when something else ends them. */
enum status talk_flight(struct talk *talk, bool *ret_whole, struct error *reterr) MUST_CHECK;

/* Connects, sends the hello and reads the flight. */
enum status talk_start(struct talk *talk, struct bench *bench, const struct tls_hello *hello,
                       bool *ret_whole, struct error *reterr) MUST_CHECK;

/* An empty Certificate where one was asked for, and ClientKeyExchange; false when the suite or the
 * server's parameters are not such that the handshake could be completed. */
enum status talk_key_exchange(struct talk *talk, bool *ret_possible,
                              struct error *reterr) MUST_CHECK;

/* The same for static RSA with a block of this kind. */
enum status talk_key_exchange_rsa(struct talk *talk, enum tls_block kind, bool *ret_possible,
                                  struct error *reterr) MUST_CHECK;

/* ChangeCipherSpec and Finished, wrong if told so; true when the server's Finished came too. */
enum status talk_finish(struct talk *talk, enum tls_record_flaw flaw, bool *ret_done,
                        struct error *reterr) MUST_CHECK;

/* A whole handshake. */
enum status talk_complete(struct talk *talk, struct bench *bench, const struct tls_hello *hello,
                          bool *ret_done, struct error *reterr) MUST_CHECK;

/* Suites that handshakes can be completed with. */
enum suites_wanted { SUITES_ALL, SUITES_CBC, SUITES_RSA };
enum { TALK_SUITES_MAX = 64 };
size_t talk_suites(enum suites_wanted wanted, uint16_t suites[TALK_SUITES_MAX]);
