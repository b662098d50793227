/* talk.h - one connection: identifications, KEXINITs, and one question of a key exchange. */
#pragma once

#include "dial.h"

#include "wire/ssh_keys.h"

enum talk_end {
    TALK_OPEN,
    TALK_NOT_CONNECTED,
    TALK_SILENT,
    TALK_CLOSED,       /* closed or reset */
    TALK_DISCONNECTED, /* by a DISCONNECT message */
    TALK_MALFORMED     /* not SSH, or too much of it */
};

enum {
    TALK_HEARD_MAX = 2 * SSH_PACKET_MAX, /* in one connection */
    TALK_ASIDES_MAX = 16,                /* IGNORE and DEBUG messages */
    TALK_WHY_SIZE = 192,
    TALK_SHY_MS = 1500 /* for a server that lets the client speak first */
};

struct talk {
    const struct dialer *dialer;
    uint64_t *seed;
    struct bytes heard;
    size_t used; /* of heard */
    enum talk_end end;
    char why[TALK_WHY_SIZE]; /* printable; of an end */
    unsigned asides;

    bool has_ident;
    struct ssh_ident ident; /* spans into ident_bytes */
    uint8_t ident_bytes[SSH_IDENT_MAX];
    bool has_kexinit;
    struct ssh_kexinit kexinit; /* spans into kexinit_bytes */
    struct bytes kexinit_bytes;
};

struct talk ssh_server_talk(const struct dialer *dialer, uint64_t *seed);
void ssh_server_talk_done(struct talk *talk);

/* As far as the server's KEXINIT; when *talk is not TALK_OPEN afterwards, it ended before. */
enum status ssh_server_talk_begin(struct talk *talk, struct error *reterr) MUST_CHECK;

/* Each needs a talk that has begun, and is the last thing asked of it. */

/* The key that the server answers with; *ret_reply points into the talk.  TALK_OPEN: it came. */
enum status ssh_server_talk_host_key(struct talk *talk, struct ssh_span host_key,
                                     struct ssh_kex_reply *ret_reply,
                                     struct error *reterr) MUST_CHECK;

/* RFC 4419: a prime of how many bits the server answers with.  TALK_OPEN: it came. */
enum status ssh_server_talk_group(struct talk *talk, struct ssh_span method,
                                  const unsigned sizes[3], unsigned *ret_bits,
                                  struct error *reterr) MUST_CHECK;
