/* strangers.h - who is tried that should not be known to an agent, and how they are called in
 * records: by where they come from, never by a word derived from a serial number. */
#pragma once

#include "channel/snmp.h"
#include "model/profile.h"

struct stranger {
    struct snmp_who who;
    const char *label; /* "communities:#1 (v2c)" */
};

struct strangers {
    struct stranger *items; /* the first two: a community that nobody can have set, v2c and v1 */
    size_t count;
};

enum { STRANGERS_RANDOM = 2 };

/* The well-known communities, and those derived from model, vendor, hardware address and serial
 * number, each by v2c and by v1. */
enum status strangers_common(const struct profile *profile, uint64_t seed, struct arena *arena,
                             struct strangers *ret_strangers, struct error *reterr) MUST_CHECK;

/* Nobody: the empty community, and names of users without any authentication, the declared ones
 * of this service first. */
enum status strangers_nobody(const struct profile *profile, const struct service *service,
                             uint64_t seed, struct arena *arena, struct strangers *ret_strangers,
                             struct error *reterr) MUST_CHECK;
