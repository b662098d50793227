/* promise.h - are these the bytes that a manifest's entry promises?
 *
 * Piece by piece: open, feed, close; the size, the digest where one is listed and, with a salt, the
 * commitment must be those listed.  Codes "<area>.size", ".digest", ".commit"; BAD_INPUT. */
#pragma once

#include "evidence/manifest.h"
#include "evidence/withhold.h"

#include <stdbool.h>

struct promise {
    const struct manifest_entry *entry;
    const char *area;
    struct digest_stream plain;
    struct digest_stream keyed;
    bool has_salt;
    uint64_t size;
};

/* area: of the codes, static.  salt: NULL when the commitment was compared before, or there is
 * none. */
void promise_open(struct promise *promise, const char *area, const struct manifest_entry *entry,
                  const struct withhold_salt *salt);
void promise_feed(struct promise *promise, const void *data, size_t length);
enum status promise_close(struct promise *promise, struct error *reterr) MUST_CHECK;

/* For DEFER; does nothing after promise_close. */
void promise_abandon(struct promise *promise);
