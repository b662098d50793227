/* gateway.h - GW-20, a box with one page behind a TLS 1.2 server of its own making.
 *
 * No TLS library lets itself be as wrong as those were that made Heartbleed, ROBOT and the like
 * known. Here every flaw is a line of its own, on OpenSSL's primitives: one suite,
 * TLS_RSA_WITH_AES_128_CBC_SHA (RFC 5246), tickets (RFC 5077), heartbeats (RFC 6520). */
#pragma once

#include "stub.h"

#include <openssl/evp.h>

enum {
    MASTER_LENGTH = 48,
    KEY_LENGTH = 16,
    MAC_LENGTH = 20,
    VERIFY_LENGTH = 12,
    BLOCK_LENGTH = 16,
    PLAIN_MAX = 1 << 14,
    SAID_MAX = 8192,
    TICKET_LENGTH = 194, /* the one for which the hello of testssl.sh 3.0 adds up */
    TICKETS = 64,
    CERTIFICATE_MAX = 4096
};

enum content {
    CONTENT_CHANGE = 20,
    CONTENT_ALERT,
    CONTENT_HANDSHAKE,
    CONTENT_DATA,
    CONTENT_HEARTBEAT
};

enum alert {
    ALERT_CLOSE = 0,
    ALERT_UNEXPECTED = 10,
    ALERT_BAD_MAC = 20,
    ALERT_HANDSHAKE = 40,
    ALERT_ILLEGAL = 47,
    ALERT_DECODE = 50,
    ALERT_DECRYPT = 51,
    ALERT_VERSION = 70,
    ALERT_NO_RENEGOTIATION = 100
};

struct ticket {
    unsigned char name[TICKET_LENGTH];
    unsigned char master[MASTER_LENGTH];
};

struct gateway {
    struct stub *stub;
    EVP_PKEY *key;
    unsigned char certificate[CERTIFICATE_MAX]; /* DER */
    size_t certificate_length;
    struct ticket tickets[TICKETS]; /* the newest replaces the oldest */
    size_t ticket_next;
};

/* One direction; without keys records are in clear. */
struct protection {
    bool on;
    unsigned char mac_key[MAC_LENGTH];
    unsigned char key[KEY_LENGTH];
    unsigned long long sequence;
};

enum phase_of_tls { WANT_HELLO, WANT_KEY, WANT_CHANGE, WANT_FINISHED, STANDS };

struct tls_side {
    enum phase_of_tls phase;
    struct protection in, out;
    struct protection next_in, next_out; /* take their turn with ChangeCipherSpec */
    unsigned char client_random[32];
    unsigned char server_random[32];
    unsigned char master[MASTER_LENGTH];
    unsigned char said[SAID_MAX]; /* all handshake messages so far */
    size_t said_length;
    bool resumes;
    bool wants_ticket;
    bool heartbeats;
    bool closing;
    unsigned char plain[PLAIN_MAX + 512]; /* of the record at hand */
};

extern const struct product product_gateway;
extern const struct protocol gateway_tls;

/* record.c: the protection of records (RFC 5246 section 6.2.3.2). */
void record_put(struct connection *connection, enum content type, const void *data, size_t length);
void alert_put(struct connection *connection, bool fatal, enum alert alert);

/* In place, in side->plain; false after an alert: the MAC, or the padding where it is looked at,
 * is wrong. */
bool record_open(struct connection *connection, enum content type, size_t *length);

/* keys.c. */
void tls_prf(const unsigned char *secret, size_t secret_length, const char *label,
             const unsigned char *seed, size_t seed_length, unsigned char *out, size_t length);
void keys_make(struct tls_side *side, size_t master_length);
void verify_make(const struct tls_side *side, bool client, unsigned char verify[VERIFY_LENGTH]);

/* The premaster secret out of an encrypted block: random where the block is wrong (RFC 5246
 * section 7.4.7.1).  False only with a defect: it says that the block is wrong. */
bool premaster_open(const struct gateway *gateway, const unsigned char *block, size_t length,
                    unsigned char premaster[MASTER_LENGTH]);

/* hello.c: takes a ClientHello and answers it; false after an alert. */
bool hello_take(struct connection *connection, const unsigned char *body, size_t length);

/* handshake.c. */
bool handshake_take(struct connection *connection, size_t length);
void message_put(struct connection *connection, unsigned char type, const void *body,
                 size_t length);
bool change_take(struct connection *connection);
void finished_put(struct connection *connection);
