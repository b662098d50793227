/* ssh.h - a client's side of one SSH connection (RFC 4253, 4252, 4254, 4256), over libssh.
 *
 * Knows nobody's home: no configuration, no keys, no agent, no known hosts.  The host's
 * key is not verified, since the question is which log-ins are accepted, not whose they
 * are.  Old algorithms are offered after the new ones: old devices are devices too.
 *
 * What the device does is an event or an answer, never a status.  The transcript holds
 * the identification, the algorithms, the methods and the outcomes; no user and no
 * password. */
#pragma once

#include "channel/tcp.h"

#include <stdbool.h>
#include <stdint.h>

enum ssh_link_event {
    SSH_LINK_OK,
    SSH_LINK_REFUSED,     /* no TCP connection */
    SSH_LINK_TURNED_AWAY, /* accepted, then ended before any identification */
    SSH_LINK_UNLIKE,      /* what answers is not SSH, or shares no algorithm with us */
    SSH_LINK_SILENT,
    SSH_LINK_ENDED /* by the device, after its identification */
};

enum ssh_link_answer {
    SSH_LINK_GRANTED,
    SSH_LINK_DENIED,
    SSH_LINK_PARTIAL,      /* right as far as it goes; another method is asked for as well */
    SSH_LINK_NOT_OFFERED,  /* the device does not take this method */
    SSH_LINK_NEW_PASSWORD, /* the old one was right; a new one has to be set */
    SSH_LINK_ASKS_MORE,    /* the dialogue asks for more than a password */
    SSH_LINK_CUT_OFF,      /* the device ended the connection instead of an answer */
    SSH_LINK_NO_ANSWER
};

enum ssh_link_method { SSH_LINK_PASSWORD = 1, SSH_LINK_INTERACTIVE = 2 };

enum { SSH_LINK_WORDS_MAX = 192 };

struct ssh_link;

struct ssh_link_target {
    const char *host; /* numeric */
    uint16_t port;
    const char *user; /* RFC 4252 section 5 lets a server end a connection that changes it */
    struct transcript *transcript;
};

/* Connects and agrees on keys.  *ret_link is NULL unless OK. words (printable): what the
 * device said in place of its identification, or why it was left. */
enum status ssh_link_open(const struct ssh_link_target *target, int64_t deadline_ms,
                          struct ssh_link **ret_link, enum ssh_link_event *ret_event,
                          char words[SSH_LINK_WORDS_MAX], struct error *reterr) MUST_CHECK;
void ssh_link_close(struct ssh_link *link); /* NULL allowed */

enum { SSH_LINK_KEY_SIZE = 65 };
/* SHA-256 over the host's public key, in lower-case hex; "": none is known. */
void ssh_link_key(const struct ssh_link *link, char room[SSH_LINK_KEY_SIZE]);

/* The "none" method (RFC 4252 section 5.2), which also asks for the methods. */
enum ssh_link_answer ssh_link_try_none(struct ssh_link *link, int64_t deadline_ms);
/* Both of enum ssh_link_method as bits; 0 before the first answer. */
unsigned ssh_link_methods(const struct ssh_link *link);
/* The name of the method at this place among all that the device named with its last refusal,
 * "publickey" and others included; NULL past the last.  Static. */
const char *ssh_link_method_name(const struct ssh_link *link, size_t place);

enum { SSH_LINK_BANNER_MAX = 512 };
/* What is shown before a log-in (RFC 4252 section 5.4), printable and cut; "": nothing. */
void ssh_link_banner(const struct ssh_link *link, char room[SSH_LINK_BANNER_MAX]);

enum ssh_link_answer ssh_link_try_password(struct ssh_link *link, const char *password,
                                           int64_t deadline_ms);
/* Answers each question that is not echoed with the password (RFC 4256). */
enum ssh_link_answer ssh_link_try_interactive(struct ssh_link *link, const char *password,
                                              int64_t deadline_ms);

/* Asks for a session channel, which a server looks at only after a log-in (RFC 4254
 * section 5.1).  GRANTED, DENIED, CUT_OFF or NO_ANSWER. */
enum ssh_link_answer ssh_link_session(struct ssh_link *link, int64_t deadline_ms);

/* What the device said when it ended the connection; "" when nothing. */
const char *ssh_link_last_words(const struct ssh_link *link);
