/* leaks.h - what should not lie about in an image or an export: private keys, password hashes,
 * accounts without a password, shells without a log-in, and what looks like a fixed password.
 *
 * Pure, and of any bytes.  Keys are told by their structure, hashes by the length of their parts;
 * a fixed password is a guess from the name of a setting. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum leak_kind {
    LEAK_KEY,         /* a private key as it is */
    LEAK_KEY_LOCKED,  /* a private key behind a passphrase */
    LEAK_HASH,        /* of a password */
    LEAK_NO_PASSWORD, /* an account that may log in without one */
    LEAK_SHELL,       /* a service that hands out a shell to whoever connects */
    LEAK_TOKEN,       /* shaped like an access token of a known service */
    LEAK_LOGIN        /* a setting that is called password, and has a value */
};

enum { LEAK_USER_SIZE = 33, LEAK_QUOTE_SIZE = 160, LEAK_HASH_MAX = 160 };

struct leak {
    enum leak_kind kind;
    const char *what; /* "RSA private key (PKCS#1, PEM)", "$6$", ...; static */
    size_t offset;    /* of the first octet that belongs to it */
    size_t length;
    size_t secret; /* offset of what a quote must not show */
    size_t secret_length;
    char user[LEAK_USER_SIZE]; /* whose; "": not said */
};

/* false ends the search. */
typedef bool leak_seen(void *context, const struct leak *leak);

void wire_leaks_each(const void *data, size_t length, leak_seen *seen, void *context);

/* Printable ASCII: what stands before it in its line, and *** for the secret; a key's is empty. */
void wire_leak_quote(const void *data, size_t length, const struct leak *leak,
                     char room[LEAK_QUOTE_SIZE]);
