/* ssh_names.h - what the names in a KEXINIT stand for. */
#pragma once

#include "wire/ssh_kexinit.h"

/* How a client begins a key exchange. */
enum ssh_kex_way {
    SSH_KEX_POINT,  /* a public value that is the same for everybody */
    SSH_KEX_RANDOM, /* any string of so many bytes is one */
    SSH_KEX_NUMBER, /* a number below a prime of so many bytes (RFC 4253, 8268) */
    SSH_KEX_HYBRID, /* a key of a post-quantum method, then an X25519 key */
    SSH_KEX_GROUP   /* the server chooses the prime (RFC 4419) */
};

struct ssh_kex_method {
    const char *name;
    enum ssh_kex_way way;
    size_t length;
};

/* NULL: not known here.  Of those that a list names, best is the one that costs the server
 * least. */
const struct ssh_kex_method *wire_ssh_kex_find(struct ssh_span name);
const struct ssh_kex_method *wire_ssh_kex_best(struct ssh_span list);

enum { SSH_KEX_ROOM = 4096 };

/* The payload that begins a key exchange.  Nobody knows a private key to what is sent, and
 * nobody needs one: the answer that is asked for comes before any key is used.  noise: at
 * least SSH_KEX_ROOM random bytes.  prime: of SSH_KEX_GROUP, else empty.  0: does not fit. */
size_t wire_ssh_kex_begin(const struct ssh_kex_method *method, struct ssh_span prime,
                          const uint8_t *noise, void *room, size_t size);

/* A member of the list of key exchanges that is none: ext-info-s (RFC 8308), strict key
 * exchange (OpenSSH PROTOCOL section 1.9), kexguess2. */
bool wire_ssh_is_marker(struct ssh_span name);

/* A hybrid with a post-quantum method. */
bool wire_ssh_is_post_quantum(struct ssh_span name);

/* What CVE-2023-48795 needs of a cipher, or of a cipher and a MAC together. */
bool wire_ssh_is_chacha(struct ssh_span cipher);
bool wire_ssh_is_cbc(struct ssh_span cipher);
bool wire_ssh_is_etm(struct ssh_span mac);
