#include "tls/gateway.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXTENSION_HEARTBEAT = 15,
    EXTENSION_TICKET = 35,
    EXTENSION_RENEGOTIATION = 0xff01,
    SUITE = 0x002f,
    SUITE_RENEGOTIATION = 0x00ff,
    SESSION_ID = 32
};

/* What is taken note of; the spans lie in the message. */
struct asked {
    const unsigned char *session_id;
    size_t session_id_length;
    const unsigned char *ticket;
    size_t ticket_length;
    bool has_ticket;
    bool suite;
    bool renegotiation;
    bool heartbeat;
};

struct walk {
    const unsigned char *at;
    size_t left;
    bool wrong;
};

static const unsigned char *walk_take(struct walk *walk, size_t length)
{
    const unsigned char *at = walk->at;

    if (walk->wrong || length > walk->left) {
        walk->wrong = true;
        return NULL;
    }
    walk->at += length;
    walk->left -= length;
    return at;
}

static size_t walk_number(struct walk *walk, size_t width)
{
    const unsigned char *at = walk_take(walk, width);
    size_t number = 0;

    for (size_t i = 0; at != NULL && i < width; i++) {
        number = number << 8 | at[i];
    }
    return number;
}

static void suites_read(struct walk *walk, struct asked *asked)
{
    size_t length = walk_number(walk, 2);
    struct walk list = { .at = walk_take(walk, length), .left = length, .wrong = walk->wrong };

    while (!list.wrong && list.left >= 2) {
        size_t suite = walk_number(&list, 2);

        asked->suite = asked->suite || suite == SUITE;
        asked->renegotiation = asked->renegotiation || suite == SUITE_RENEGOTIATION;
    }
}

static void extensions_read(struct walk *walk, struct asked *asked)
{
    size_t length = walk->left > 0 ? walk_number(walk, 2) : 0;
    struct walk list = { .at = walk_take(walk, length), .left = length, .wrong = walk->wrong };

    while (!list.wrong && list.left > 0) {
        size_t type = walk_number(&list, 2);
        size_t size = walk_number(&list, 2);
        const unsigned char *data = walk_take(&list, size);

        asked->renegotiation = asked->renegotiation || type == EXTENSION_RENEGOTIATION;
        asked->heartbeat = asked->heartbeat || type == EXTENSION_HEARTBEAT;
        if (type == EXTENSION_TICKET && data != NULL) {
            asked->has_ticket = true;
            asked->ticket = data;
            asked->ticket_length = size;
        }
    }
    walk->wrong = walk->wrong || list.wrong;
}

/* 0, or the alert that ends it. */
static enum alert hello_read(struct tls_side *side, const unsigned char *body, size_t length,
                             struct asked *asked)
{
    struct walk walk = { .at = body, .left = length };
    size_t version = walk_number(&walk, 2);
    const unsigned char *random = walk_take(&walk, 32);

    asked->session_id_length = walk_number(&walk, 1);
    asked->session_id = walk_take(&walk, asked->session_id_length);
    suites_read(&walk, asked);
    (void) walk_take(&walk, walk_number(&walk, 1));
    extensions_read(&walk, asked);
    if (walk.wrong || random == NULL || asked->session_id_length > SESSION_ID) {
        return ALERT_DECODE;
    }
    if (version < 0x0303) {
        return ALERT_VERSION;
    }
    memcpy(side->client_random, random, 32);
    return asked->suite ? 0 : ALERT_HANDSHAKE;
}

static bool ticket_known(const struct gateway *gateway, struct tls_side *side,
                         const struct asked *asked)
{
    for (size_t i = 0; asked->ticket_length == TICKET_LENGTH && i < TICKETS; i++) {
        if (memcmp(gateway->tickets[i].name, asked->ticket, TICKET_LENGTH) == 0) {
            memcpy(side->master, gateway->tickets[i].master, MASTER_LENGTH);
            return true;
        }
    }
    return false;
}

/* RFC 5077 section 3.4: the client's own session id comes back when its ticket is taken.  Defect
 * ticketbleed: always 32 bytes of it, the rest of which is whatever lies there. */
static void session_id_put(const struct connection *connection, struct buffer *hello,
                           const struct asked *asked)
{
    unsigned char beside[SESSION_ID]; /* not what really lies there: that could be a key of ours */
    const struct gateway *gateway = connection->device;
    const struct tls_side *side = connection->state;
    size_t length = side->resumes ? asked->session_id_length : 0;
    bool bleeds = length > 0 && stub_has(gateway->stub, DEFECT_TICKETBLEED);
    unsigned char told = bleeds ? SESSION_ID : (unsigned char) length;

    if (RAND_bytes(beside, sizeof beside) != 1) {
        abort();
    }
    buffer_append(hello, &told, 1);
    buffer_append(hello, asked->session_id, length);
    buffer_append(hello, beside, told - length);
}

static void extensions_put(const struct connection *connection, struct buffer *hello,
                           const struct asked *asked)
{
    static const unsigned char renegotiation[] = { 0xff, 0x01, 0, 1, 0 };
    static const unsigned char ticket[] = { 0, EXTENSION_TICKET, 0, 0 };
    static const unsigned char heartbeat[] = { 0, EXTENSION_HEARTBEAT, 0, 1, 1 };
    const struct gateway *gateway = connection->device;
    const struct tls_side *side = connection->state;
    bool tells = asked->renegotiation && !stub_has(gateway->stub, DEFECT_LEGACY_RENEGOTIATION);
    unsigned char lengths[2] = { 0 };

    lengths[1] = (unsigned char) ((tells ? sizeof renegotiation : 0) +
                                  (side->wants_ticket ? sizeof ticket : 0) +
                                  (asked->heartbeat ? sizeof heartbeat : 0));
    if (lengths[1] == 0) {
        return;
    }
    buffer_append(hello, lengths, sizeof lengths);
    buffer_append(hello, renegotiation, tells ? sizeof renegotiation : 0);
    buffer_append(hello, ticket, side->wants_ticket ? sizeof ticket : 0);
    buffer_append(hello, heartbeat, asked->heartbeat ? sizeof heartbeat : 0);
}

static void server_hello_put(struct connection *connection, const struct asked *asked)
{
    static const unsigned char version[] = { 3, 3 };
    static const unsigned char chosen[] = { 0, SUITE, 0 };
    struct tls_side *side = connection->state;
    struct buffer hello = buffer_bounded(256);

    if (RAND_bytes(side->server_random, 32) != 1) {
        abort();
    }
    buffer_append(&hello, version, sizeof version);
    buffer_append(&hello, side->server_random, 32);
    session_id_put(connection, &hello, asked);
    buffer_append(&hello, chosen, sizeof chosen);
    extensions_put(connection, &hello, asked);
    message_put(connection, 2, hello.data, hello.length);
    buffer_done(&hello);
}

static void certificate_put(struct connection *connection)
{
    const struct gateway *gateway = connection->device;
    size_t length = gateway->certificate_length;
    unsigned char body[6 + CERTIFICATE_MAX] = {
        0, (unsigned char) ((length + 3) >> 8), (unsigned char) (length + 3),
        0, (unsigned char) (length >> 8),       (unsigned char) length
    };

    memcpy(body + 6, gateway->certificate, length);
    message_put(connection, 11, body, 6 + length);
}

bool hello_take(struct connection *connection, const unsigned char *body, size_t length)
{
    const struct gateway *gateway = connection->device;
    struct tls_side *side = connection->state;
    struct asked asked = { 0 };
    enum alert alert = hello_read(side, body, length, &asked);

    if (alert != 0) {
        alert_put(connection, true, alert);
        return false;
    }
    side->heartbeats = asked.heartbeat;
    side->wants_ticket = asked.has_ticket && asked.ticket_length == 0;
    side->resumes = ticket_known(gateway, side, &asked);
    server_hello_put(connection, &asked);
    if (side->resumes) {
        keys_make(side, MASTER_LENGTH);
        finished_put(connection);
        side->phase = WANT_CHANGE;
        return true;
    }
    certificate_put(connection);
    message_put(connection, 14, NULL, 0);
    side->phase = WANT_KEY;
    return true;
}
