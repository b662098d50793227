#include "evidence/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pem.h>
#include <mbedtls/pkcs5.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    SALT_SIZE = 16,
    PBKDF2_ROUNDS = 600000,
    SEALED_MAX = KEY_FILE_PKCS8_MAX + SALT_SIZE,
    WRAPPED_MAX = 512,
    PEM_MAX = 1024
};

static const char plain_begin[] = "-----BEGIN PRIVATE KEY-----\n";
static const char plain_end[] = "-----END PRIVATE KEY-----\n";
static const char sealed_begin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
static const char sealed_end[] = "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char public_begin[] = "-----BEGIN PUBLIC KEY-----\n";
static const char public_end[] = "-----END PUBLIC KEY-----\n";

static const uint8_t oid_pbes2[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                     0xf7, 0x0d, 0x01, 0x05, 0x0d };
static const uint8_t oid_pbkdf2[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                      0xf7, 0x0d, 0x01, 0x05, 0x0c };
static const uint8_t prf_hmac_sha256[] = { 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                           0x86, 0xf7, 0x0d, 0x02, 0x09, 0x05, 0x00 };
static const uint8_t oid_aes_256_cbc[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                           0x65, 0x03, 0x04, 0x01, 0x2a };

int key_random(void *unused, unsigned char *room, size_t length)
{
    (void) unused;
    while (length > 0) {
        ssize_t got = getrandom(room, length, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return MBEDTLS_ERR_ECP_RANDOM_FAILED;
        }
        room += got;
        length -= (size_t) got;
    }
    return 0;
}

static size_t der_open(struct builder *builder, uint8_t tag)
{
    builder_u8(builder, tag);
    return builder_open(builder, 1);
}

/* PBES2-params of RFC 8018 appendix A.4; every length is below 128. */
static void pbes2_params_write(struct builder *builder, const uint8_t *salt, const uint8_t *iv)
{
    size_t params = der_open(builder, 0x30);
    size_t kdf = der_open(builder, 0x30);
    size_t inner;

    builder_put(builder, oid_pbkdf2, sizeof oid_pbkdf2);
    inner = der_open(builder, 0x30);
    builder_u8(builder, 0x04);
    builder_u8(builder, SALT_SIZE);
    builder_put(builder, salt, SALT_SIZE);
    builder_u8(builder, 0x02);
    builder_u8(builder, 3);
    builder_u24(builder, PBKDF2_ROUNDS);
    builder_put(builder, prf_hmac_sha256, sizeof prf_hmac_sha256);
    builder_close(builder, inner, 1);
    builder_close(builder, kdf, 1);
    inner = der_open(builder, 0x30);
    builder_put(builder, oid_aes_256_cbc, sizeof oid_aes_256_cbc);
    builder_u8(builder, 0x04);
    builder_u8(builder, SALT_SIZE);
    builder_put(builder, iv, SALT_SIZE);
    builder_close(builder, inner, 1);
    builder_close(builder, params, 1);
}

static void der_length(struct builder *builder, size_t length)
{
    if (length >= 0x80) {
        builder_u8(builder, 0x81);
    }
    builder_u8(builder, (uint8_t) length);
}

/* EncryptedPrivateKeyInfo of RFC 5958 section 3. */
static enum status pkcs8_wrap(const uint8_t *plain, size_t length, const struct secret *passphrase,
                              uint8_t room[WRAPPED_MAX], size_t *ret_length, struct error *reterr)
{
    uint8_t random[2 * SALT_SIZE];
    uint8_t sealed[SEALED_MAX];
    uint8_t inside[WRAPPED_MAX];
    struct builder inner = builder_over(inside, sizeof inside);
    struct builder outer = builder_over(room, WRAPPED_MAX);
    mbedtls_asn1_buf params = { .tag = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE };
    size_t sealed_length = 0;
    size_t algorithm;

    if (length > KEY_FILE_PKCS8_MAX || key_random(NULL, random, sizeof random) != 0) {
        return fail(reterr, STATUS_CRYPTO, "the key could not be encrypted");
    }
    algorithm = der_open(&inner, 0x30);
    builder_put(&inner, oid_pbes2, sizeof oid_pbes2);
    params.p = inside + inner.length + 2; /* past its own tag and length */
    pbes2_params_write(&inner, random, random + SALT_SIZE);
    builder_close(&inner, algorithm, 1);
    params.len = (size_t) (inside + inner.length - params.p);
    if (mbedtls_pkcs5_pbes2_ext(
            &params, MBEDTLS_PKCS5_ENCRYPT, (const unsigned char *) secret_reveal(passphrase),
            passphrase->length, plain, length, sealed, sizeof sealed, &sealed_length) != 0) {
        return fail(reterr, STATUS_CRYPTO, "the key could not be encrypted");
    }
    builder_u8(&inner, 0x04);
    der_length(&inner, sealed_length);
    builder_put(&inner, sealed, sealed_length);
    builder_u8(&outer, 0x30);
    der_length(&outer, inner.length);
    builder_put(&outer, inside, inner.length);
    if (inner.overflow || outer.overflow || inner.length > UINT8_MAX) {
        return fail(reterr, STATUS_INTERNAL, "the encrypted key is longer than its room");
    }
    *ret_length = outer.length;
    return STATUS_OK;
}

static enum status file_create(const char *path, const void *data, size_t length, mode_t mode,
                               struct error *reterr)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool written;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    written = write(fd, data, length) == (ssize_t) length && fsync(fd) == 0;
    if (close(fd) != 0 || !written) {
        (void) unlink(path);
        return fail(reterr, STATUS_IO, "%s: cannot be written", path);
    }
    return STATUS_OK;
}

enum status key_file_private_write(const char *path, const uint8_t *pkcs8, size_t length,
                                   const struct secret *passphrase, struct error *reterr)
{
    bool wrap = passphrase != NULL && passphrase->length > 0;
    uint8_t wrapped[WRAPPED_MAX];
    unsigned char pem[PEM_MAX];
    size_t used = 0;
    enum status status;

    if (wrap) {
        TRY(pkcs8_wrap(pkcs8, length, passphrase, wrapped, &length, reterr));
    }
    if (mbedtls_pem_write_buffer(wrap ? sealed_begin : plain_begin, wrap ? sealed_end : plain_end,
                                 wrap ? wrapped : pkcs8, length, pem, sizeof pem, &used) != 0) {
        status = fail(reterr, STATUS_CRYPTO, "the key could not be written as PEM");
    } else {
        status = file_create(path, pem, used - 1, 0600, reterr);
    }
    secret_wipe(pem, sizeof pem);
    return status;
}

/* The one block of that kind; mbedtls_pem_free the result. */
static bool pem_open(const char *text, const char *begin, const char *end,
                     mbedtls_pem_context *ret_block, size_t *ret_used)
{
    char header[64];
    char footer[64];

    mbedtls_pem_init(ret_block);
    (void) snprintf(header, sizeof header, "%.*s", (int) strcspn(begin, "\n"), begin);
    (void) snprintf(footer, sizeof footer, "%.*s", (int) strcspn(end, "\n"), end);
    return mbedtls_pem_read_buffer(ret_block, header, footer, (const unsigned char *) text, NULL, 0,
                                   ret_used) == 0;
}

static enum status pkcs8_unwrap(const char *path, const unsigned char *der, size_t length,
                                const struct secret *passphrase, struct secret *ret_pkcs8,
                                struct error *reterr)
{
    unsigned char *at = (unsigned char *) (uintptr_t) der;
    const unsigned char *end = der + length;
    mbedtls_asn1_buf oid = { 0 };
    mbedtls_asn1_buf params = { 0 };
    uint8_t plain[KEY_FILE_MAX];
    size_t room = 0;
    size_t used = 0;
    enum status status;
    int got;

    if (mbedtls_asn1_get_tag(&at, end, &room, 0x30) != 0 || at + room != end ||
        mbedtls_asn1_get_alg(&at, end, &oid, &params) != 0 ||
        mbedtls_asn1_get_tag(&at, end, &room, 0x04) != 0 || at + room != end ||
        oid.len != sizeof oid_pbes2 - 2 || memcmp(oid.p, oid_pbes2 + 2, oid.len) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a key encrypted by PBES2", path);
    }
    if (passphrase == NULL || passphrase->length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: the key is encrypted; its passphrase is needed",
                    path);
    }
    got = mbedtls_pkcs5_pbes2_ext(&params, MBEDTLS_PKCS5_DECRYPT,
                                  (const unsigned char *) secret_reveal(passphrase),
                                  passphrase->length, at, room, plain, sizeof plain, &used);
    status = got != 0
                 ? fail(reterr, STATUS_BAD_INPUT, "%s: the passphrase does not open this key", path)
                 : secret_set(ret_pkcs8, plain, used, SECRET_PARENT_ONLY, reterr);
    secret_wipe(plain, sizeof plain);
    return status;
}

enum status key_file_private_read(const char *path, const struct secret *passphrase,
                                  struct secret *ret_pkcs8, struct error *reterr)
{
    DEFER(secret_done) struct secret text = { 0 };
    mbedtls_pem_context block;
    const unsigned char *der;
    size_t length = 0;
    enum status status;

    TRY(secret_from_file(&text, path, false, SECRET_PARENT_ONLY, reterr));
    if (text.length > KEY_FILE_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a PKCS#8 private key in PEM", path);
    }
    if (pem_open(secret_reveal(&text), plain_begin, plain_end, &block, &length)) {
        der = mbedtls_pem_get_buffer(&block, &length);
        status = secret_set(ret_pkcs8, der, length, SECRET_PARENT_ONLY, reterr);
    } else {
        mbedtls_pem_free(&block);
        if (pem_open(secret_reveal(&text), sealed_begin, sealed_end, &block, &length)) {
            der = mbedtls_pem_get_buffer(&block, &length);
            status = pkcs8_unwrap(path, der, length, passphrase, ret_pkcs8, reterr);
        } else {
            status = fail(reterr, STATUS_BAD_INPUT, "%s: not a PKCS#8 private key in PEM", path);
        }
    }
    mbedtls_pem_free(&block);
    return status;
}

enum status key_file_public_parse(const char *pem, size_t length, struct bytes *out,
                                  struct error *reterr)
{
    char text[KEY_FILE_MAX + 1];
    mbedtls_pem_context block;
    size_t used = 0;
    enum status status;

    if (length > KEY_FILE_MAX || memchr(pem, '\0', length) != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "not a PEM public key");
    }
    memcpy(text, pem, length);
    text[length] = '\0';
    if (strncmp(text, public_begin, sizeof public_begin - 1) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "not a PEM public key");
    }
    if (!pem_open(text, public_begin, public_end, &block, &used) ||
        strspn(text + used, "\r\n") != length - used) {
        status = fail(reterr, STATUS_BAD_INPUT, "not one PEM public key");
    } else {
        const unsigned char *der = mbedtls_pem_get_buffer(&block, &used);

        status = bytes_append(out, der, used, reterr);
    }
    mbedtls_pem_free(&block);
    return status;
}

enum status key_file_public_read(const char *path, struct bytes *out, struct error *reterr)
{
    char text[KEY_FILE_MAX + 1];
    struct error inner = { 0 };
    FILE *file = fopen(path, "rbe");
    enum status status;
    size_t length;
    bool broken;

    if (file == NULL) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    length = fread(text, 1, sizeof text, file);
    broken = ferror(file) != 0;
    (void) fclose(file);
    if (broken) {
        return fail(reterr, STATUS_IO, "%s: cannot be read", path);
    }
    status = key_file_public_parse(text, length, out, &inner);
    return status == STATUS_OK ? status : fail(reterr, status, "%s: %s", path, inner.message);
}

enum status key_file_public_pem(const uint8_t *der, size_t length, char *room, size_t size,
                                struct error *reterr)
{
    size_t used = 0;

    if (mbedtls_pem_write_buffer(public_begin, public_end, der, length, (unsigned char *) room,
                                 size, &used) != 0) {
        return fail(reterr, STATUS_CRYPTO, "cannot write a PEM public key");
    }
    return STATUS_OK;
}

enum status key_file_public_write(const char *path, const char *pem, struct error *reterr)
{
    return file_create(path, pem, strlen(pem), 0644, reterr);
}
