/* damage.h - seeded damage to a well-formed message.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A small generator (splitmix64): not for secrets. */
struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *dice);
/* 0 to below; below must not be 0. */
size_t dice_below(struct dice *dice, size_t below);

/* A message in a room that may be larger than it. */
struct damaged {
    uint8_t *room;
    size_t length;
    size_t capacity;
};

/* Damages the message once, in one of the usual ways: bits, bytes, numbers at their
 * limits, pieces left out, repeated, swapped or filled in, an end that comes too early. */
void damage(struct dice *dice, struct damaged *message);
