/* The functions that work on a context by value: declared deprecated since OpenSSL 3.0, whose other
 * interface costs a heap object and a look-up for each of a log's lines. */
#define OPENSSL_API_COMPAT 10100

#include "evidence/digest.h"

#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c }; /* RFC 2104 section 2 */

void digest_open(struct digest_stream *stream)
{
    stream->keyed = false;
    stream->failed = SHA256_Init(&stream->sha) != 1;
}

void digest_open_hmac(struct digest_stream *stream, const void *key, size_t length)
{
    uint8_t block[SHA256_CBLOCK] = { 0 };

    digest_open(stream);
    stream->keyed = true;
    if (length > sizeof block) {
        stream->failed = stream->failed || SHA256_Update(&stream->sha, key, length) != 1 ||
                         SHA256_Final(block, &stream->sha) != 1 || SHA256_Init(&stream->sha) != 1;
    } else if (length > 0) {
        memcpy(block, key, length);
    }
    for (size_t i = 0; i < sizeof block; i++) {
        stream->outer[i] = block[i] ^ OUTER_PAD;
        block[i] ^= INNER_PAD;
    }
    digest_update(stream, block, sizeof block);
    secret_wipe(block, sizeof block);
}

void digest_update(struct digest_stream *stream, const void *data, size_t length)
{
    if (!stream->failed && length > 0) {
        stream->failed = SHA256_Update(&stream->sha, data, length) != 1;
    }
}

enum status digest_close(struct digest_stream *stream, struct digest *ret_digest,
                         struct error *reterr)
{
    struct digest digest;
    bool failed = stream->failed || SHA256_Final(digest.octets, &stream->sha) != 1;

    if (!failed && stream->keyed) {
        failed = SHA256_Init(&stream->sha) != 1 ||
                 SHA256_Update(&stream->sha, stream->outer, sizeof stream->outer) != 1 ||
                 SHA256_Update(&stream->sha, digest.octets, DIGEST_SIZE) != 1 ||
                 SHA256_Final(digest.octets, &stream->sha) != 1;
    }
    digest_abandon(stream);
    if (failed) {
        return fail(reterr, STATUS_CRYPTO, "digest.failed: SHA-256 could not be computed");
    }
    *ret_digest = digest;
    return STATUS_OK;
}

void digest_abandon(struct digest_stream *stream)
{
    if (stream->keyed) {
        secret_wipe(stream, sizeof *stream);
    }
    stream->keyed = false;
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
    uint8_t room[64 * 1024];
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
