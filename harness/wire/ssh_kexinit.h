/* ssh_kexinit.h - what a side of an SSH connection is ready to use (RFC 4253 section 7.1). */
#pragma once

#include "wire/ssh_packet.h"

/* In the order of the message. */
enum ssh_list {
    SSH_LIST_KEX,
    SSH_LIST_HOST_KEY,
    SSH_LIST_CIPHER_TO_SERVER,
    SSH_LIST_CIPHER_TO_CLIENT,
    SSH_LIST_MAC_TO_SERVER,
    SSH_LIST_MAC_TO_CLIENT,
    SSH_LIST_COMPRESSION_TO_SERVER,
    SSH_LIST_COMPRESSION_TO_CLIENT,
    SSH_LIST_LANGUAGE_TO_SERVER,
    SSH_LIST_LANGUAGE_TO_CLIENT,
    SSH_LISTS
};

enum { SSH_NAMES_MAX = 256, SSH_COOKIE_LENGTH = 16 };

struct ssh_kexinit {
    struct ssh_span lists[SSH_LISTS]; /* "name-list"s as they came */
    bool first_kex_packet_follows;
};

/* body: after the message's number.  False, with *ret_why: not exactly a KEXINIT, a list of
 * more than SSH_NAMES_MAX names, or one with other bytes than printable ASCII (RFC 4251
 * section 6). */
bool wire_ssh_kexinit_read(struct ssh_span body, struct ssh_kexinit *ret_kexinit,
                           const char **ret_why);

/* The next name of a list; false at its end.  Empty names are passed over. */
bool wire_ssh_name_next(struct ssh_span *list, struct ssh_span *ret_name);
bool wire_ssh_list_has(struct ssh_span list, const char *name);

/* Agrees with the server's lists: this key exchange, this kind of host key, and of all else
 * what the server names first.  cookie: SSH_COOKIE_LENGTH bytes.  0 when room is too small,
 * else the length of the payload. */
size_t wire_ssh_kexinit_build(const struct ssh_kexinit *server, struct ssh_span kex,
                              struct ssh_span host_key, const uint8_t *cookie, void *room,
                              size_t size);
