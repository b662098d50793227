/* withhold.h - commitments to content that may be shown later, or never.
 *
 * commit = HMAC-SHA-256(salt, "hoshi/entry/1" NUL id NUL content), the salt being
 * exactly 32 random bytes.  Deleting content and salt leaves a commitment that says
 * nothing about the content and still fixes it.  The salt of a shown entry lies in
 * META-INF/disc/<id>.json as {"hoshi":1,"id":"e0207","salt":"<base64>"}. */
#pragma once

#include "base/bytes.h"
#include "evidence/digest.h"

enum {
    WITHHOLD_SALT_SIZE = 32,
    WITHHOLD_ID_MAX = 64,
    WITHHOLD_NAME_SIZE = sizeof "META-INF/disc/" + WITHHOLD_ID_MAX + sizeof ".json",
};

/* The id under which the device's serial number is committed (dut.unit.commit). */
#define WITHHOLD_UNIT_ID "unit"

/* Secret while its entry is withheld; wipe with withhold_salt_wipe. */
struct withhold_salt {
    uint8_t octets[WITHHOLD_SALT_SIZE];
};

/* From the operating system's generator. */
enum status withhold_salt_new(struct withhold_salt *ret_salt, struct error *reterr) MUST_CHECK;
void withhold_salt_wipe(struct withhold_salt *salt); /* also for DEFER */

/* Piece by piece: open, digest_update with the content, digest_close. */
void withhold_open(struct digest_stream *stream, const struct withhold_salt *salt, const char *id);

enum status withhold_commit(const struct withhold_salt *salt, const char *id, const void *content,
                            size_t length, struct digest *ret_commit,
                            struct error *reterr) MUST_CHECK;

/* "META-INF/disc/<id>.json" */
void withhold_salt_name(const char *id, char room[WITHHOLD_NAME_SIZE]);

/* Appends the salt file's bytes. */
enum status withhold_salt_write(const struct withhold_salt *salt, const char *id, struct bytes *out,
                                struct error *reterr) MUST_CHECK;

/* Codes "withhold.*": a salt of any other length, a file that speaks of another id. */
enum status withhold_salt_read(const void *data, size_t length, const char *id,
                               struct withhold_salt *ret_salt, struct error *reterr) MUST_CHECK;
