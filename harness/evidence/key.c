#include "evidence/key.h"

#include "base/bytes.h"
#include "evidence/key_file.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <stdio.h>
#include <string.h>

enum {
    SCALAR_SIZE = 32,
    PKCS8_SIZE = 138,
    PKCS8_SCALAR_AT = 36,
    PKCS8_POINT_AT = PKCS8_SIZE - KEY_POINT_SIZE,
    PATH_ROOM = 4096
};

/* PrivateKeyInfo { 0, { id-ecPublicKey, secp256r1 }, ECPrivateKey { 1, scalar, [1] point } }:
 * RFC 5958 section 2, RFC 5915 section 3.  The gaps are the scalar and the point. */
static const uint8_t pkcs8_head[PKCS8_SCALAR_AT] = {
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
};
static const uint8_t pkcs8_middle[] = { 0xa1, 0x44, 0x03, 0x42, 0x00 };

void key_done(struct key *key)
{
    secret_done(&key->scalar);
    *key = (struct key){ 0 };
}

/* The public half always follows from the scalar; a file's own copy of it is not believed. */
static enum status key_from_scalar(const uint8_t *scalar, struct key *ret_key, struct error *reterr)
{
    uint8_t point[KEY_POINT_SIZE];
    mbedtls_ecp_group group;
    mbedtls_ecp_point q;
    mbedtls_mpi d;
    size_t length = 0;
    int got;

    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&q);
    mbedtls_mpi_init(&d);
    got = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    got = got != 0 ? got : mbedtls_mpi_read_binary(&d, scalar, SCALAR_SIZE);
    got = got != 0 ? got : mbedtls_ecp_check_privkey(&group, &d);
    got = got != 0 ? got : mbedtls_ecp_mul(&group, &q, &d, &group.G, key_random, NULL);
    got = got != 0 ? got
                   : mbedtls_ecp_point_write_binary(&group, &q, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                                    &length, point, sizeof point);
    mbedtls_mpi_free(&d);
    mbedtls_ecp_point_free(&q);
    mbedtls_ecp_group_free(&group);
    if (got != 0 || length != sizeof point) {
        return fail(reterr, STATUS_BAD_INPUT, "not a private key of P-256");
    }
    TRY(public_key_from_point(point, &ret_key->public_half, reterr));
    return secret_set(&ret_key->scalar, scalar, SCALAR_SIZE, SECRET_PARENT_ONLY, reterr);
}

/* The scalar of a parsed pair, in room. */
static enum status scalar_of(const mbedtls_ecp_keypair *pair, uint8_t room[SCALAR_SIZE],
                             struct error *reterr)
{
    size_t length = 0;

    if (mbedtls_ecp_keypair_get_group_id(pair) != MBEDTLS_ECP_DP_SECP256R1 ||
        mbedtls_ecp_write_key_ext(pair, &length, room, SCALAR_SIZE) != 0 || length != SCALAR_SIZE) {
        return fail(reterr, STATUS_BAD_INPUT, "not a private key of P-256");
    }
    return STATUS_OK;
}

enum status key_new(struct key *ret_key, struct error *reterr)
{
    uint8_t scalar[SCALAR_SIZE] = { 0 };
    mbedtls_ecp_keypair pair;
    enum status status;

    mbedtls_ecp_keypair_init(&pair);
    if (mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &pair, key_random, NULL) != 0) {
        status = fail(reterr, STATUS_CRYPTO, "a key could not be generated");
    } else {
        status = scalar_of(&pair, scalar, reterr);
    }
    mbedtls_ecp_keypair_free(&pair);
    if (status == STATUS_OK) {
        status = key_from_scalar(scalar, ret_key, reterr);
    }
    secret_wipe(scalar, sizeof scalar);
    return status;
}

static void pkcs8_write(const struct key *key, uint8_t room[PKCS8_SIZE])
{
    struct builder builder = builder_over(room, PKCS8_SIZE);

    builder_put(&builder, pkcs8_head, sizeof pkcs8_head);
    builder_put(&builder, secret_reveal(&key->scalar), SCALAR_SIZE);
    builder_put(&builder, pkcs8_middle, sizeof pkcs8_middle);
    builder_put(&builder, key->public_half.spki + KEY_SPKI_SIZE - KEY_POINT_SIZE, KEY_POINT_SIZE);
}

enum status key_save(const struct key *key, const char *path, const struct secret *passphrase,
                     struct error *reterr)
{
    uint8_t plain[PKCS8_SIZE];
    char public_path[PATH_ROOM];
    int named = snprintf(public_path, sizeof public_path, "%s.pub", path);
    enum status status;

    if (named < 0 || (size_t) named >= sizeof public_path) {
        return fail(reterr, STATUS_LIMIT, "the path is too long");
    }
    pkcs8_write(key, plain);
    status = key_file_private_write(path, plain, sizeof plain, passphrase, reterr);
    secret_wipe(plain, sizeof plain);
    TRY(status);
    return public_key_save(&key->public_half, public_path, reterr);
}

static enum status refuse_key_file(const char *path, int why, struct error *reterr)
{
    switch (why) {
    case MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
        return fail(reterr, STATUS_BAD_INPUT, "%s: the key is encrypted; its passphrase is needed",
                    path);
    case MBEDTLS_ERR_PK_PASSWORD_MISMATCH:
        return fail(reterr, STATUS_BAD_INPUT, "%s: the passphrase does not open this key", path);
    default:
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a PKCS#8 private key in PEM", path);
    }
}

enum status key_load(const char *path, const struct secret *passphrase, struct key *ret_key,
                     struct error *reterr)
{
    DEFER(secret_done) struct secret text = { 0 };
    uint8_t scalar[SCALAR_SIZE] = { 0 };
    size_t pass_length = passphrase == NULL ? 0 : passphrase->length;
    mbedtls_pk_context pk;
    enum status status;
    int got;

    TRY(secret_from_file(&text, path, false, SECRET_PARENT_ONLY, reterr));
    mbedtls_pk_init(&pk);
    got = mbedtls_pk_parse_key(&pk, (const unsigned char *) secret_reveal(&text), text.length + 1,
                               pass_length == 0 ? NULL
                                                : (const unsigned char *) secret_reveal(passphrase),
                               pass_length, key_random, NULL);
    if (got != 0) {
        status = refuse_key_file(path, got, reterr);
    } else if (mbedtls_pk_get_type(&pk) != MBEDTLS_PK_ECKEY) {
        status = fail(reterr, STATUS_BAD_INPUT, "%s: not a private key of P-256", path);
    } else {
        status = scalar_of(mbedtls_pk_ec(pk), scalar, reterr);
    }
    mbedtls_pk_free(&pk);
    if (status == STATUS_OK) {
        status = key_from_scalar(scalar, ret_key, reterr);
    }
    secret_wipe(scalar, sizeof scalar);
    return status;
}

/* Ecdsa-Sig-Value of RFC 3279 section 2.2.3: two positive INTEGERs. */
static void signature_put(struct builder *builder, const uint8_t value[SCALAR_SIZE])
{
    size_t skip = 0;
    bool pad;

    while (skip < SCALAR_SIZE - 1 && value[skip] == 0) {
        skip++;
    }
    pad = (value[skip] & 0x80) != 0;
    builder_u8(builder, 0x02);
    builder_u8(builder, (uint8_t) (SCALAR_SIZE - skip + (pad ? 1 : 0)));
    if (pad) {
        builder_u8(builder, 0);
    }
    builder_put(builder, value + skip, SCALAR_SIZE - skip);
}

enum status key_sign(const struct key *key, const uint8_t hash[KEY_HASH_SIZE],
                     uint8_t room[KEY_SIGNATURE_MAX], size_t *ret_length, struct error *reterr)
{
    struct builder builder = builder_over(room, KEY_SIGNATURE_MAX);
    uint8_t scalars[2][SCALAR_SIZE] = { { 0 } };
    const unsigned char *scalar = (const unsigned char *) secret_reveal(&key->scalar);
    mbedtls_ecp_group group;
    mbedtls_mpi d;
    mbedtls_mpi r;
    mbedtls_mpi s;
    size_t sequence;
    int got;

    if (key->scalar.length != SCALAR_SIZE) {
        return fail(reterr, STATUS_INTERNAL, "no key to sign with");
    }
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    got = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    got = got != 0 ? got : mbedtls_mpi_read_binary(&d, scalar, SCALAR_SIZE);
    got = got != 0 ? got
                   : mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, hash, KEY_HASH_SIZE,
                                                MBEDTLS_MD_SHA256, key_random, NULL);
    got = got != 0 ? got : mbedtls_mpi_write_binary(&r, scalars[0], SCALAR_SIZE);
    got = got != 0 ? got : mbedtls_mpi_write_binary(&s, scalars[1], SCALAR_SIZE);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&d);
    mbedtls_ecp_group_free(&group);
    if (got != 0) {
        return fail(reterr, STATUS_CRYPTO, "signing failed");
    }
    builder_u8(&builder, 0x30);
    sequence = builder_open(&builder, 1);
    signature_put(&builder, scalars[0]);
    signature_put(&builder, scalars[1]);
    builder_close(&builder, sequence, 1);
    *ret_length = builder.length;
    return STATUS_OK;
}
