#include "evidence/key_public.h"

#include "base/bytes.h"
#include "base/text.h"
#include "evidence/key_file.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <string.h>

enum { SPKI_PREFIX_SIZE = KEY_SPKI_SIZE - KEY_POINT_SIZE, SCALAR_SIZE = 32 };

/* SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING of 65 bytes }: RFC 5480 section 2.
 */
static const uint8_t spki_prefix[SPKI_PREFIX_SIZE] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

static bool point_is_on_curve(const uint8_t *point)
{
    mbedtls_ecp_group group;
    mbedtls_ecp_point read;
    bool good;

    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&read);
    good = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
           mbedtls_ecp_point_read_binary(&group, &read, point, KEY_POINT_SIZE) == 0 &&
           mbedtls_ecp_check_pubkey(&group, &read) == 0;
    mbedtls_ecp_point_free(&read);
    mbedtls_ecp_group_free(&group);
    return good;
}

enum status public_key_from_point(const uint8_t *point, struct public_key *ret_key,
                                  struct error *reterr)
{
    struct public_key key = { 0 };
    uint8_t digest[KEY_HASH_SIZE];

    if (point[0] != 0x04 || !point_is_on_curve(point)) {
        return fail(reterr, STATUS_BAD_INPUT, "the public key is not a point of P-256");
    }
    memcpy(key.spki, spki_prefix, SPKI_PREFIX_SIZE);
    memcpy(key.spki + SPKI_PREFIX_SIZE, point, KEY_POINT_SIZE);
    if (mbedtls_sha256(key.spki, sizeof key.spki, digest, 0) != 0) {
        return fail(reterr, STATUS_CRYPTO, "SHA-256 failed");
    }
    text_hex(digest, sizeof digest, key.keyid);
    *ret_key = key;
    return STATUS_OK;
}

/* A key that is not in our one form: of another kind, or merely wrong? */
static enum status refuse_other_key(const void *der, size_t length, struct error *reterr)
{
    mbedtls_pk_context pk;
    bool is_p256 = false;
    int got;

    mbedtls_pk_init(&pk);
    got = mbedtls_pk_parse_public_key(&pk, der, length);
    if (got == 0 && mbedtls_pk_get_type(&pk) == MBEDTLS_PK_ECKEY) {
        is_p256 = mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(pk)) == MBEDTLS_ECP_DP_SECP256R1;
    }
    mbedtls_pk_free(&pk);
    if (got == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG || got == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE ||
        (got == 0 && !is_p256)) {
        return fail(reterr, STATUS_UNSUPPORTED, "not an ECDSA P-256 public key");
    }
    return fail(reterr, STATUS_BAD_INPUT, "not a well-formed ECDSA P-256 public key");
}

enum status public_key_from_spki(const void *der, size_t length, struct public_key *ret_key,
                                 struct error *reterr)
{
    const uint8_t *octets = der;

    if (length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "an empty public key");
    }
    if (length != KEY_SPKI_SIZE || memcmp(octets, spki_prefix, SPKI_PREFIX_SIZE) != 0) {
        return refuse_other_key(der, length, reterr);
    }
    return public_key_from_point(octets + SPKI_PREFIX_SIZE, ret_key, reterr);
}

enum status public_key_from_pem(const char *pem, size_t length, struct public_key *ret_key,
                                struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(KEY_FILE_MAX);

    TRY(key_file_public_parse(pem, length, &der, reterr));
    return public_key_from_spki(der.data, der.length, ret_key, reterr);
}

enum status public_key_load(const char *path, struct public_key *ret_key, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(KEY_FILE_MAX);
    struct error inner = { 0 };
    enum status status;

    TRY(key_file_public_read(path, &der, reterr));
    status = public_key_from_spki(der.data, der.length, ret_key, &inner);
    return status == STATUS_OK ? status : fail(reterr, status, "%s: %s", path, inner.message);
}

enum status public_key_to_pem(const struct public_key *key, char room[KEY_PEM_SIZE],
                              struct error *reterr)
{
    return key_file_public_pem(key->spki, sizeof key->spki, room, KEY_PEM_SIZE, reterr);
}

enum status public_key_save(const struct public_key *key, const char *path, struct error *reterr)
{
    char pem[KEY_PEM_SIZE];

    TRY(public_key_to_pem(key, pem, reterr));
    return key_file_public_write(path, pem, reterr);
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    return memcmp(a->spki, b->spki, sizeof a->spki) == 0;
}

bool keyid_is_well_formed(const char *keyid)
{
    return strlen(keyid) == KEYID_SIZE - 1 && strspn(keyid, "0123456789abcdef") == KEYID_SIZE - 1;
}

/* One positive INTEGER of at most 32 bytes, minimally encoded (X.690 section 8.3.2). */
static bool read_scalar(struct reader *reader, mbedtls_mpi *value)
{
    uint8_t tag = reader_u8(reader);
    uint8_t length = reader_u8(reader);
    const uint8_t *octets = reader_take(reader, length);

    if (!reader_ok(reader) || tag != 0x02 || length == 0 || length > SCALAR_SIZE + 1 ||
        (octets[0] & 0x80) != 0) {
        return false;
    }
    if (octets[0] == 0 && (length == 1 || (octets[1] & 0x80) == 0)) {
        return false;
    }
    return mbedtls_mpi_read_binary(value, octets, length) == 0;
}

static bool signature_read(const void *signature, size_t length, mbedtls_mpi *r, mbedtls_mpi *s)
{
    struct reader reader = reader_over(signature, length);
    uint8_t tag = reader_u8(&reader);
    uint8_t inner = reader_u8(&reader);

    return reader_ok(&reader) && tag == 0x30 && inner == reader_left(&reader) &&
           length <= KEY_SIGNATURE_MAX && read_scalar(&reader, r) && read_scalar(&reader, s) &&
           reader_left(&reader) == 0;
}

static bool scalar_in_range(const mbedtls_mpi *value, const mbedtls_ecp_group *group)
{
    return mbedtls_mpi_cmp_int(value, 1) >= 0 && mbedtls_mpi_cmp_mpi(value, &group->N) < 0;
}

enum signature_outcome public_key_verify(const struct public_key *key,
                                         const uint8_t hash[KEY_HASH_SIZE], const void *signature,
                                         size_t length)
{
    enum signature_outcome outcome = SIGNATURE_MALFORMED;
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_mpi r;
    mbedtls_mpi s;

    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    if (mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) != 0 ||
        mbedtls_ecp_point_read_binary(&group, &point, key->spki + SPKI_PREFIX_SIZE,
                                      KEY_POINT_SIZE) != 0) {
        outcome = SIGNATURE_BAD;
    } else if (signature_read(signature, length, &r, &s) && scalar_in_range(&r, &group) &&
               scalar_in_range(&s, &group)) {
        outcome = mbedtls_ecdsa_verify(&group, hash, KEY_HASH_SIZE, &point, &r, &s) == 0
                      ? SIGNATURE_GOOD
                      : SIGNATURE_BAD;
    }
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&point);
    mbedtls_ecp_group_free(&group);
    return outcome;
}
