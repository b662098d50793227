/* starttls.h - what is said in clear before TLS begins inside another protocol: SMTP (RFC 3207),
 * IMAP (RFC 9051 section 6.2.1), POP3 (RFC 2595 section 4), FTP (RFC 4217 section 4), LDAP (RFC
 * 4511 section 4.14) and XMPP (RFC 6120 section 5).
 *
 * Pure: the caller moves the bytes.  It gives the whole stream each time more has come and does
 * what the step says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum starttls_protocol {
    STARTTLS_NONE, /* TLS from the first byte */
    STARTTLS_SMTP,
    STARTTLS_IMAP,
    STARTTLS_POP3,
    STARTTLS_FTP,
    STARTTLS_LDAP,
    STARTTLS_XMPP,
    STARTTLS_COUNT
};

/* "none", "smtp" ...; static. */
const char *wire_starttls_word(enum starttls_protocol protocol);

/* By that word; STARTTLS_NONE for any other, NULL included. */
enum starttls_protocol wire_starttls_find(const char *word);

enum starttls_step {
    STARTTLS_WAIT,    /* for more of the stream */
    STARTTLS_SEND,    /* `message`, then step again */
    STARTTLS_GO,      /* TLS begins; what the stream holds after `used` came too early */
    STARTTLS_REFUSED, /* the server said no, see `answer` */
    STARTTLS_GARBLED  /* this is not the protocol */
};

enum { STARTTLS_MESSAGE_MAX = 512, STARTTLS_STREAM_MAX = 1 << 15, STARTTLS_ANSWER_MAX = 96 };

struct starttls {
    enum starttls_protocol protocol;
    char message[STARTTLS_MESSAGE_MAX];
    size_t message_length;
    size_t used;                      /* bytes of the stream that were understood */
    char answer[STARTTLS_ANSWER_MAX]; /* the server's last line, cut; printable ASCII */
    /* Private. */
    char name[256]; /* of the server, where the protocol asks for it */
    unsigned sent;
    unsigned code; /* of a reply of several lines; 0: outside of one */
};

/* server_name: for XMPP; NULL or a text that is not a plain host name: "localhost". */
struct starttls wire_starttls_start(enum starttls_protocol protocol, const char *server_name);

enum starttls_step wire_starttls_step(struct starttls *talk, const void *stream, size_t length);
