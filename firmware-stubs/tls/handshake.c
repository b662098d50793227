#include "tls/gateway.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_HELLO = 1, MESSAGE_TICKET = 4, MESSAGE_KEY = 16, MESSAGE_FINISHED = 20, HEADER = 4 };

static void said_add(struct tls_side *side, const void *data, size_t length)
{
    if (length <= SAID_MAX - side->said_length) {
        memcpy(side->said + side->said_length, data, length);
        side->said_length += length;
    }
}

void message_put(struct connection *connection, unsigned char type, const void *body, size_t length)
{
    unsigned char message[HEADER + CERTIFICATE_MAX + 64] = { type, 0, (unsigned char) (length >> 8),
                                                             (unsigned char) length };

    if (length > 0) {
        memcpy(message + HEADER, body, length);
    }
    said_add(connection->state, message, HEADER + length);
    record_put(connection, CONTENT_HANDSHAKE, message, HEADER + length);
}

void finished_put(struct connection *connection)
{
    static const unsigned char change[] = { 1 };
    struct tls_side *side = connection->state;
    unsigned char verify[VERIFY_LENGTH];

    record_put(connection, CONTENT_CHANGE, change, sizeof change);
    side->out = side->next_out;
    verify_make(side, false, verify);
    message_put(connection, MESSAGE_FINISHED, verify, sizeof verify);
}

static void ticket_put(struct connection *connection)
{
    struct gateway *gateway = connection->device;
    struct tls_side *side = connection->state;
    struct ticket *ticket = &gateway->tickets[gateway->ticket_next++ % TICKETS];
    unsigned char body[6 + TICKET_LENGTH] = { 0, 0, 14, 16, 0, TICKET_LENGTH }; /* an hour */

    if (RAND_bytes(ticket->name, TICKET_LENGTH) != 1) {
        abort();
    }
    memcpy(ticket->master, side->master, MASTER_LENGTH);
    memcpy(body + 6, ticket->name, TICKET_LENGTH);
    message_put(connection, MESSAGE_TICKET, body, sizeof body);
}

static bool key_take(struct connection *connection, const unsigned char *body, size_t length)
{
    struct tls_side *side = connection->state;
    unsigned char premaster[MASTER_LENGTH];
    unsigned char seed[64];

    if (length < 2 || (size_t) (body[0] << 8 | body[1]) != length - 2) {
        alert_put(connection, true, ALERT_DECODE);
        return false;
    }
    if (!premaster_open(connection->device, body + 2, length - 2, premaster)) {
        alert_put(connection, true, ALERT_ILLEGAL);
        return false;
    }
    memcpy(seed, side->client_random, 32);
    memcpy(seed + 32, side->server_random, 32);
    tls_prf(premaster, sizeof premaster, "master secret", seed, sizeof seed, side->master,
            MASTER_LENGTH);
    keys_make(side, MASTER_LENGTH);
    side->phase = WANT_CHANGE;
    return true;
}

static bool finished_take(struct connection *connection, const unsigned char *body, size_t length,
                          const unsigned char expected[VERIFY_LENGTH])
{
    struct tls_side *side = connection->state;

    if (length != VERIFY_LENGTH || CRYPTO_memcmp(body, expected, VERIFY_LENGTH) != 0) {
        alert_put(connection, true, ALERT_DECRYPT);
        return false;
    }
    if (!side->resumes) {
        if (side->wants_ticket) {
            ticket_put(connection);
        }
        finished_put(connection);
    }
    side->phase = STANDS;
    return true;
}

/* RFC 5746 section 4.4: no renegotiation here; defect legacy-renegotiation knows nothing of that
 * and begins anew. */
static bool again_take(struct connection *connection, const unsigned char *message, size_t length)
{
    const struct gateway *gateway = connection->device;
    struct tls_side *side = connection->state;

    if (!stub_has(gateway->stub, DEFECT_LEGACY_RENEGOTIATION)) {
        alert_put(connection, false, ALERT_NO_RENEGOTIATION);
        return true;
    }
    side->said_length = 0;
    said_add(side, message, length);
    return hello_take(connection, message + HEADER, length - HEADER);
}

static bool message_take(struct connection *connection, const unsigned char *message, size_t length)
{
    struct tls_side *side = connection->state;
    unsigned char expected[VERIFY_LENGTH];
    const unsigned char *body = message + HEADER;
    size_t body_length = length - HEADER;

    if (side->phase == STANDS && message[0] == MESSAGE_HELLO) {
        return again_take(connection, message, length);
    }
    verify_make(side, true, expected);
    said_add(side, message, length);
    if (side->phase == WANT_HELLO && message[0] == MESSAGE_HELLO) {
        return hello_take(connection, body, body_length);
    }
    if (side->phase == WANT_KEY && message[0] == MESSAGE_KEY) {
        return key_take(connection, body, body_length);
    }
    if (side->phase == WANT_FINISHED && message[0] == MESSAGE_FINISHED) {
        return finished_take(connection, body, body_length, expected);
    }
    alert_put(connection, true, ALERT_UNEXPECTED);
    return false;
}

/* The messages of a record; none of ours spans two. */
bool handshake_take(struct connection *connection, size_t length)
{
    struct tls_side *side = connection->state;
    unsigned char record[sizeof side->plain];
    size_t at = 0;

    memcpy(record, side->plain, length);
    while (at < length) {
        size_t size = length - at < HEADER
                          ? 0
                          : HEADER + ((size_t) record[at + 1] << 16 | (size_t) record[at + 2] << 8 |
                                      record[at + 3]);

        if (size == 0 || size > length - at) {
            alert_put(connection, true, ALERT_DECODE);
            return false;
        }
        if (!message_take(connection, record + at, size)) {
            return false;
        }
        at += size;
    }
    return true;
}

bool change_take(struct connection *connection)
{
    const struct gateway *gateway = connection->device;
    struct tls_side *side = connection->state;

    if (side->phase == WANT_KEY && stub_has(gateway->stub, DEFECT_EARLY_CCS)) {
        keys_make(side, 0);
        side->in = side->next_in;
        return true;
    }
    if (side->phase != WANT_CHANGE) {
        alert_put(connection, true, ALERT_UNEXPECTED);
        return false;
    }
    side->in = side->next_in;
    side->phase = WANT_FINISHED;
    return true;
}
