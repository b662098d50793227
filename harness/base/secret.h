/* secret.h - a value that must never be printed.
 *
 * A struct secret has no text that a formatter would take; reading it is one
 * visible call.  Its pages are wiped in forked children unless shared on purpose,
 * left out of core dumps, and zeroed before they are given back. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct secret {
    void *page; /* private; NULL when empty */
    size_t length;
    size_t mapped;
};

enum secret_sharing {
    SECRET_PARENT_ONLY, /* a forked child reads zeros (signing keys) */
    SECRET_FOR_CHILDREN /* probes need it (the device's own passwords) */
};

/* Of a password, token or key that a profile names: what is longer is refused, for nobody would
 * look for it in what the device says (channel/veil.h). */
enum { SECRET_TEXT_MAX = 4095 };

/* Copies length bytes; the caller wipes its own copy. */
enum status secret_set(struct secret *secret, const void *data, size_t length,
                       enum secret_sharing sharing, struct error *reterr) MUST_CHECK;

/* Reads a whole file of at most 64 KiB; one trailing line end is dropped when
 * `as_line`.  The file must not be readable by group or others. */
enum status secret_from_file(struct secret *secret, const char *path, bool as_line,
                             enum secret_sharing sharing, struct error *reterr) MUST_CHECK;

/* The bytes, followed by a NUL; valid until secret_done.  "" when empty. */
const char *secret_reveal(const struct secret *secret);
void secret_done(struct secret *secret);

/* Overwrites memory in a way that the compiler keeps. */
void secret_wipe(void *data, size_t length);
