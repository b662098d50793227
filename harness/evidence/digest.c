#include "evidence/digest.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void stream_open(struct digest_stream *stream, bool keyed)
{
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);

    mbedtls_md_init(&stream->md);
    stream->keyed = keyed;
    stream->failed = sha256 == NULL || mbedtls_md_setup(&stream->md, sha256, keyed ? 1 : 0) != 0;
}

void digest_open(struct digest_stream *stream)
{
    stream_open(stream, false);
    stream->failed = stream->failed || mbedtls_md_starts(&stream->md) != 0;
}

void digest_open_hmac(struct digest_stream *stream, const void *key, size_t length)
{
    stream_open(stream, true);
    stream->failed = stream->failed || mbedtls_md_hmac_starts(&stream->md, key, length) != 0;
}

void digest_update(struct digest_stream *stream, const void *data, size_t length)
{
    int result;

    if (stream->failed || length == 0) {
        return;
    }
    if (stream->keyed) {
        result = mbedtls_md_hmac_update(&stream->md, data, length);
    } else {
        result = mbedtls_md_update(&stream->md, data, length);
    }
    stream->failed = result != 0;
}

enum status digest_close(struct digest_stream *stream, struct digest *ret_digest,
                         struct error *reterr)
{
    bool failed = stream->failed;

    if (!failed && stream->keyed) {
        failed = mbedtls_md_hmac_finish(&stream->md, ret_digest->octets) != 0;
    } else if (!failed) {
        failed = mbedtls_md_finish(&stream->md, ret_digest->octets) != 0;
    }
    digest_abandon(stream);
    if (failed) {
        return fail(reterr, STATUS_CRYPTO, "digest.failed: SHA-256 could not be computed");
    }
    return STATUS_OK;
}

void digest_abandon(struct digest_stream *stream)
{
    mbedtls_md_free(&stream->md);
    mbedtls_md_init(&stream->md);
    stream->failed = true;
}

enum status digest_of(const void *data, size_t length, struct digest *ret_digest,
                      struct error *reterr)
{
    struct digest_stream stream;

    digest_open(&stream);
    digest_update(&stream, data, length);
    return digest_close(&stream, ret_digest, reterr);
}

static enum status digest_of_fd(int fd, const char *path, struct digest *ret_digest,
                                uint64_t *ret_size, struct error *reterr)
{
    DEFER(digest_abandon) struct digest_stream stream;
    uint8_t room[16 * 1024];
    uint64_t size = 0;
    struct stat facts;

    digest_open(&stream);
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return fail(reterr, STATUS_BAD_INPUT, "digest.file: %s is not a regular file", path);
    }
    for (;;) {
        ssize_t got = read(fd, room, sizeof room);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        digest_update(&stream, room, (size_t) got);
        size += (uint64_t) got;
    }
    if (ret_size != NULL) {
        *ret_size = size;
    }
    return digest_close(&stream, ret_digest, reterr);
}

enum status digest_of_file(const char *path, struct digest *ret_digest, uint64_t *ret_size,
                           struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status status;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    status = digest_of_fd(fd, path, ret_digest, ret_size, reterr);
    (void) close(fd);
    return status;
}

void digest_to_hex(const struct digest *digest, char room[DIGEST_HEX_SIZE])
{
    text_hex(digest->octets, DIGEST_SIZE, room);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_from_hex(const char *text, struct digest *ret_digest)
{
    if (strnlen(text, DIGEST_HEX_SIZE) != DIGEST_HEX_SIZE - 1) {
        return false;
    }
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        ret_digest->octets[i] = (uint8_t) (high << 4 | low);
    }
    return true;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    uint8_t difference = 0;

    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        difference = (uint8_t) (difference | (a->octets[i] ^ b->octets[i]));
    }
    return difference == 0;
}

bool digest_is_zero(const struct digest *digest)
{
    static const struct digest zero;

    return digest_equal(digest, &zero);
}
