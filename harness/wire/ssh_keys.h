/* ssh_keys.h - host keys, and what a server answers in a key exchange: RFC 4253 sections 6.6
 * and 8, RFC 4419, 5656, 8332, 8709; OpenSSH PROTOCOL.certkeys.  Nothing is verified: no
 * shared secret is known to verify with. */
#pragma once

#include "wire/ssh_names.h"
#include "wire/x509_facts.h"

enum { SSH_TYPE_SIZE = 64 };

struct ssh_key {
    char type[SSH_TYPE_SIZE]; /* as the blob says, "ssh-rsa"; printable */
    enum x509_key_kind kind;
    unsigned bits;         /* of RSA's n, DSA's p, the curve's field; 0: unknown */
    unsigned subgroup;     /* bits of DSA's q, else 0 */
    bool is_certificate;   /* of OpenSSH; the key is the certified one */
    unsigned strength;     /* bits by NIST SP 800-57; 0: below its table, or unknown */
    bool is_contradictory; /* lengths that the type does not have */
};

/* False: the blob ends too soon, or more follows than its type has. */
bool wire_ssh_key_read(struct ssh_span blob, struct ssh_key *ret_key);

struct ssh_kex_reply {
    struct ssh_span host_key;             /* the blob that a fingerprint is made of */
    char signature_format[SSH_TYPE_SIZE]; /* "rsa-sha2-256" */
};

/* KEXDH_REPLY, KEX_ECDH_REPLY or KEX_DH_GEX_REPLY; body: after the message's number. */
bool wire_ssh_kex_reply_read(struct ssh_span body, struct ssh_kex_reply *ret_reply);

/* KEX_DH_GEX_REQUEST; the length of the payload. */
size_t wire_ssh_group_request(unsigned minimum, unsigned preferred, unsigned maximum, void *room,
                              size_t size);
/* KEX_DH_GEX_GROUP: the prime. */
bool wire_ssh_group_read(struct ssh_span body, struct ssh_span *ret_prime);

/* DISCONNECT: its description (RFC 4253 section 11.1), made printable. */
void wire_ssh_disconnect_text(struct ssh_span body, char *room, size_t size);
