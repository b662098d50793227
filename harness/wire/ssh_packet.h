/* ssh_packet.h - how an SSH connection begins, and its packets before encryption (RFC 4253).
 *
 * The caller keeps the stream and gives what is left of it each time more has come.  Every
 * length is bounded before it is believed.  Spans point into the caller's bytes. */
#pragma once

#include "base/bytes.h"

enum ssh_parse {
    SSH_PARSE_OK,
    SSH_PARSE_MORE, /* well-formed so far */
    SSH_PARSE_BAD   /* no more bytes will mend it; *ret_why says what is wrong */
};

enum {
    SSH_IDENT_MAX = 255,  /* with its line end (RFC 4253 section 4.2) */
    SSH_BEFORE_MAX = 8192 /* of lines before the identification; the RFC sets no limit */
};

struct ssh_span {
    const uint8_t *data;
    size_t length;
};

struct ssh_ident {
    struct ssh_span line;     /* without its line end */
    struct ssh_span protocol; /* "2.0", "1.99" (section 5.1) */
    struct ssh_span software;
    struct ssh_span comments; /* empty when there are none */
    unsigned lines_before;
    size_t used; /* bytes of the stream, line ends included */
};

/* RFC 4253 section 4.2; a line may end in LF alone, as some servers' do. */
enum ssh_parse wire_ssh_ident_read(const void *data, size_t length, struct ssh_ident *ret_ident,
                                   const char **ret_why);

/* RFC 4250 section 4.1, RFC 4419 section 5, RFC 5656 section 7. */
enum {
    SSH_MSG_DISCONNECT = 1,
    SSH_MSG_IGNORE = 2,
    SSH_MSG_UNIMPLEMENTED = 3,
    SSH_MSG_DEBUG = 4,
    SSH_MSG_KEXINIT = 20,
    SSH_MSG_KEX_INIT = 30,  /* KEXDH_INIT and KEX_ECDH_INIT */
    SSH_MSG_KEX_REPLY = 31, /* and KEX_DH_GEX_GROUP */
    SSH_MSG_GEX_INIT = 32,
    SSH_MSG_GEX_REPLY = 33,
    SSH_MSG_GEX_REQUEST = 34
};

enum {
    SSH_PACKET_MAX = 64 * 1024, /* section 6.1 has everybody bear 35000 */
    SSH_PADDING_LEAST = 4,
    SSH_BLOCK = 8
};

struct ssh_packet {
    uint8_t message;
    struct ssh_span body; /* what follows the message's number */
    size_t used;
};

/* RFC 4253 section 6, without cipher and MAC. */
enum ssh_parse wire_ssh_packet_read(const void *data, size_t length, struct ssh_packet *ret_packet,
                                    const char **ret_why);

/* Puts the payload, which begins with its message number, into a packet in room; 0 when it
 * does not fit.  The padding is zeros: nothing here is secret. */
size_t wire_ssh_packet_build(const void *payload, size_t length, void *room, size_t size);

/* RFC 4251 section 5: a "string", as a span. */
struct ssh_span wire_ssh_string(struct reader *reader);
/* A positive "mpint", without leading zeros. */
struct ssh_span wire_ssh_mpint(struct reader *reader);
void wire_ssh_put_string(struct builder *builder, const void *data, size_t length);
/* An unsigned number, big endian, as an "mpint". */
void wire_ssh_put_mpint(struct builder *builder, const uint8_t *data, size_t length);

/* How many bits a number without leading zeros has. */
unsigned wire_ssh_bits(struct ssh_span number);

bool wire_ssh_span_is(struct ssh_span span, const char *text);
