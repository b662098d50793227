/* regions.h - where the parts of a bundle's file begin: each local header, each content, each
 * central header, the end record.  Damage that is to reach everything is aimed with it. */
#pragma once

#include "base/bytes.h"

enum { REGIONS_MAX = 256 };

/* Region i is [at[i], at[i + 1]). */
struct regions {
    size_t at[REGIONS_MAX + 1];
    size_t count;
};

/* Of a bundle whose structure is sound; ends the program otherwise. */
struct regions regions_of(const struct bytes *bundle);

/* A byte's place for the turn: each region in its turn at every second one, any byte of the file
 * in between. */
size_t regions_aim(const struct regions *regions, size_t turn, uint64_t random);
