/* derive.h - does a password follow from what can be read on the outside of a unit, and do two
 * passwords of a product line follow from each other?
 *
 * The rules are this project's own: the usual spellings of identifiers, pieces of them, and
 * plain digests.  What a secret key or a slow function makes of an identifier is not found. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { DERIVE_RULE_SIZE = 96 };

/* What is printed on the unit or sent by it; members may be NULL. */
struct identity {
    const char *mac;
    const char *serial;
    const char *ssid;
    const char *model;
    const char *vendor;
};

/* Writes the first rule that fits, such as "part of the MAC address", else "". */
enum status derive_rule(const struct identity *identity, const char *password,
                        char rule[DERIVE_RULE_SIZE], struct error *reterr) MUST_CHECK;

enum relation {
    RELATION_NONE,
    RELATION_SAME,       /* letters compared without their case */
    RELATION_SEQUENTIAL, /* one number in them differs by little */
    RELATION_ALIKE       /* half of each or more is the same, at the same ends */
};

enum relation derive_relation(const char *first, const char *second);

/* Kinds of characters: lower, upper, digit, other; from 0 to 4. */
unsigned derive_classes(const char *password);
