#include "evidence/withhold.h"

#include "base/secret.h"
#include "base/text.h"
#include "evidence/json_strict.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* The NUL at its end is part of the label. */
static const char domain[] = "hoshi/entry/1";

enum { SALT_BASE64_SIZE = (WITHHOLD_SALT_SIZE + 2) / 3 * 4 + 1, SALT_FILE_MAX = 4096 };

enum status withhold_salt_new(struct withhold_salt *ret_salt, struct error *reterr)
{
    ssize_t got;

    do {
        got = getrandom(ret_salt->octets, WITHHOLD_SALT_SIZE, 0);
    } while (got < 0 && errno == EINTR);
    if (got != WITHHOLD_SALT_SIZE) {
        return fail(reterr, STATUS_IO, "the operating system gave no random bytes");
    }
    return STATUS_OK;
}

void withhold_salt_wipe(struct withhold_salt *salt)
{
    secret_wipe(salt->octets, WITHHOLD_SALT_SIZE);
}

void withhold_open(struct digest_stream *stream, const struct withhold_salt *salt, const char *id)
{
    digest_open_hmac(stream, salt->octets, WITHHOLD_SALT_SIZE);
    digest_update(stream, domain, sizeof domain);
    digest_update(stream, id, strlen(id) + 1);
}

enum status withhold_commit(const struct withhold_salt *salt, const char *id, const void *content,
                            size_t length, struct digest *ret_commit, struct error *reterr)
{
    struct digest_stream stream;

    withhold_open(&stream, salt, id);
    digest_update(&stream, content, length);
    return digest_close(&stream, ret_commit, reterr);
}

void withhold_salt_name(const char *id, char room[WITHHOLD_NAME_SIZE])
{
    assert(strlen(id) <= WITHHOLD_ID_MAX);
    (void) snprintf(room, WITHHOLD_NAME_SIZE, "META-INF/disc/%.*s.json", WITHHOLD_ID_MAX, id);
}

enum status withhold_salt_write(const struct withhold_salt *salt, const char *id, struct bytes *out,
                                struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    char encoded[SALT_BASE64_SIZE];

    text_base64(salt->octets, WITHHOLD_SALT_SIZE, encoded);
    root = json_pack("{s:i,s:s,s:s}", "hoshi", 1, "id", id, "salt", encoded);
    secret_wipe(encoded, sizeof encoded);
    if (root == NULL) {
        return fail(reterr, STATUS_INTERNAL, "withhold.id: the entry id is not UTF-8");
    }
    return json_strict_write(root, out, reterr);
}

static void wiped_bytes_done(struct bytes *bytes)
{
    if (bytes->data != NULL) {
        secret_wipe(bytes->data, bytes->capacity);
    }
    bytes_done(bytes);
}

static enum status salt_decode(const json_t *text, struct withhold_salt *ret_salt,
                               struct error *reterr)
{
    DEFER(wiped_bytes_done) struct bytes octets = bytes_bounded(SALT_FILE_MAX);

    TRY(json_strict_base64(json_string_value(text), json_string_length(text), &octets, reterr));
    if (octets.length != WITHHOLD_SALT_SIZE) {
        return fail(reterr, STATUS_BAD_INPUT, "withhold.salt_length: a salt of %zu bytes, not %d",
                    octets.length, WITHHOLD_SALT_SIZE);
    }
    memcpy(ret_salt->octets, octets.data, WITHHOLD_SALT_SIZE);
    return STATUS_OK;
}

enum status withhold_salt_read(const void *data, size_t length, const char *id,
                               struct withhold_salt *ret_salt, struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    const json_t *version;
    const json_t *named;
    const json_t *salt;

    if (length > SALT_FILE_MAX) {
        return fail(reterr, STATUS_LIMIT, "withhold.size: the salt file of %s is too large", id);
    }
    TRY(json_strict_parse(data, length, &root, reterr));
    version = json_object_get(root, "hoshi");
    named = json_object_get(root, "id");
    salt = json_object_get(root, "salt");
    if (!json_is_integer(version) || json_integer_value(version) != 1) {
        return fail(reterr, STATUS_BAD_INPUT, "withhold.version: the salt file of %s is not v1",
                    id);
    }
    if (!json_is_string(named) || !text_equal(json_string_value(named), id)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "withhold.id: the salt file of %s speaks of another entry", id);
    }
    if (!json_is_string(salt)) {
        return fail(reterr, STATUS_BAD_INPUT, "withhold.salt: the salt file of %s has no salt", id);
    }
    return salt_decode(salt, ret_salt, reterr);
}
