/* offers.h - the passwords that a device must refuse as the first one, and one that it should
 * take.  All of them can be told from their labels, so that a unit that took one can be opened. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { OFFERS_MAX = 40, OFFER_LABEL_SIZE = 48, OFFER_PASSWORD_SIZE = 128, OFFER_SHORTEST_MAX = 64 };

struct offer {
    char label[OFFER_LABEL_SIZE];
    char password[OFFER_PASSWORD_SIZE];
};

struct offers {
    struct offer list[OFFERS_MAX];
    size_t count;
};

/* The beginning of this text is the short password. */
extern const char offer_short_source[];

/* Blank; one character less than `shortest`; those of `common` that are long enough, "common #N"
 * by their place in it; the user's name, where it is long enough. */
struct offers offers_weak(unsigned shortest, const json_t *common, const char *user);

/* A password of at least `shortest` characters of all kinds that is on no list. */
struct offer offer_strong(unsigned shortest);
