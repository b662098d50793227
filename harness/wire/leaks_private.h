/* leaks_private.h - the parts of leaks.h; for wire/ only. */
#pragma once

#include "wire/leaks.h"

struct leaks {
    const uint8_t *data;
    size_t length;
    leak_seen *seen;
    void *context;
    bool ended;
};

void leaks_say(struct leaks *leaks, const struct leak *leak);

/* Private keys in PEM, PuTTY's format, DER, OpenSSH's and Dropbear's. */
void leaks_of_keys(struct leaks *leaks);

/* One line of text, without its end. */
void leaks_of_line(struct leaks *leaks, size_t from, size_t to);

/* Hashes as crypt(5) has them, anywhere. */
void leaks_of_hashes(struct leaks *leaks);
