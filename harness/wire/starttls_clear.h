/* starttls_clear.h - whether a server lets its users log in before TLS has begun, asked without
 * anybody's password: a made-up name in FTP (RFC 4217), POP3 (RFC 1939, RFC 2449) and LDAP (RFC
 * 4513), what is offered in IMAP (RFC 9051 section 6.2.3), SMTP (RFC 4954, RFC 3207 section 4) and
 * XMPP (RFC 6120 section 5.3.1).
 *
 * Pure, and driven as starttls.h says: the whole stream each time more has come. */
#pragma once

#include "wire/starttls.h"

enum starttls_clear_step {
    CLEAR_WAIT,     /* for more of the stream */
    CLEAR_SEND,     /* `talk.message`, then step again */
    CLEAR_ENFORCED, /* no log-in before TLS */
    CLEAR_OPEN,     /* a log-in in clear is offered or begun */
    CLEAR_UNKNOWN   /* the answers say neither */
};

enum { STARTTLS_CLEAR_USER_MAX = 17, STARTTLS_CLEAR_CONTEXT_MAX = 64 };

struct starttls_clear {
    struct starttls talk;
    /* Private. */
    char user[STARTTLS_CLEAR_USER_MAX];
    char context[STARTTLS_CLEAR_CONTEXT_MAX]; /* LDAP: below which the made-up name is put */
    size_t begun;                             /* where the reply under way begins */
    bool listing;                             /* POP3: in the answer to CAPA */
    bool listed;                              /* what the server can do was told */
    bool tls;                                 /* and TLS is among it */
    bool mechanism;                           /* and a way to log in */
    bool password;                            /* and LOGIN or USER */
    bool digest;                              /* POP3: the greeting allows APOP */
};

/* user: a made-up name, letters and digits; server_name: as in wire_starttls_start. */
struct starttls_clear wire_starttls_clear_start(enum starttls_protocol protocol,
                                                const char *server_name, const char *user);

/* CLEAR_UNKNOWN at once for STARTTLS_NONE. */
enum starttls_clear_step wire_starttls_clear_step(struct starttls_clear *clear, const void *stream,
                                                  size_t length);
