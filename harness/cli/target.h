/* target.h - "HOST[:PORT][/udp]" as typed by hand, and whether it may be tested. */
#pragma once

#include "base/status.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct target {
    char host[64]; /* numeric */
    uint16_t port; /* 0 when none was given */
    bool udp;
};

/* "192.0.2.1", "192.0.2.1:443", "[::1]:443", "camera.local:443",
 * "192.0.2.1:5683/udp"; names are resolved. */
enum status target_parse(const char *text, struct target *ret_target,
                         struct error *reterr) MUST_CHECK;

/* BAD_INPUT unless the address is private or the profile (may be NULL) carries an
 * authorisation. */
enum status target_authorized(const char *address, const struct profile *profile,
                              struct error *reterr) MUST_CHECK;
