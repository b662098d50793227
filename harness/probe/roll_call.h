/* roll_call.h - which declared services answer in their protocol, and with whose key: to be
 * compared with the same after a loss of power, of the network, or of everything. */
#pragma once

#include "channel/sha256.h"
#include "probe/probe.h"

enum { ROLL_CALL_MAX = 32 };

struct roll_entry {
    const struct service *service;
    bool known;   /* we can ask a service of its protocol */
    bool answers; /* it did */
    char detail[96];
    char key[SHA256_TEXT_SIZE]; /* of the public key of TLS or SSH; "": none was shown */
};

struct roll {
    struct roll_entry entries[ROLL_CALL_MAX];
    size_t count;
    bool cut; /* there are more */
};

/* Asks each declared service once; what is not answered by the deadline (0: as of any exchange)
 * is not there. */
enum status roll_call(const struct probe_call *call, int64_t deadline_ms, struct roll *ret_roll,
                      struct error *reterr) MUST_CHECK;

/* Does every service that we can ask answer? */
bool roll_is_full(const struct roll *roll);

/* Of those that answered before: do all answer now?  *ret_missing (16 bytes or more): the first
 * that does not. */
bool roll_is_back(const struct roll *before, const struct roll *now, char *ret_missing,
                  size_t size);

enum roll_keys { ROLL_KEYS_SAME, ROLL_KEYS_CHANGED, ROLL_KEYS_UNKNOWN };

/* Of the keys that were shown before; UNKNOWN: none, or one of them is not shown now. */
enum roll_keys roll_keys_compare(const struct roll *before, const struct roll *now);

/* Rows {service, before, after, key_before, key_after}, the keys cut to 16 digits. */
json_t *roll_rows(const struct roll *before, const struct roll *now);
