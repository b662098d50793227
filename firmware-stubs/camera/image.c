#include "camera/image.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { PRODUCT_AT = 8, VERSION_AT = 24, LENGTH_AT = 40, ZEROS_AT = 44, HALF = IMAGE_TRAILER / 2 };

static const uint8_t MAGIC[] = { 'H', 'C', 'U', 'I', 0, 0, 0, 1 };

static void signature_done(ECDSA_SIG **signature)
{
    ECDSA_SIG_free(*signature);
}

static void context_done(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

/* Printable, at least one octet, and NUL from there to the end of its field. */
static bool name_read(const uint8_t *field, char ret_name[IMAGE_NAME + 1])
{
    size_t length = 0;

    while (length < IMAGE_NAME && field[length] > ' ' && field[length] < 0x7f) {
        length++;
    }
    for (size_t i = length; i < IMAGE_NAME; i++) {
        if (field[i] != 0) {
            return false;
        }
    }
    memcpy(ret_name, field, length);
    ret_name[length] = '\0';
    return length > 0;
}

bool image_read(const uint8_t *data, size_t length, struct image *ret_image)
{
    static const uint8_t zeros[IMAGE_DIGEST_AT - ZEROS_AT] = { 0 };
    struct image *image = ret_image;

    *image = (struct image){ .data = data, .length = length };
    if (length < IMAGE_HEADER || memcmp(data, MAGIC, sizeof MAGIC) != 0 ||
        memcmp(data + ZEROS_AT, zeros, sizeof zeros) != 0) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        image->payload_length = image->payload_length << 8 | data[LENGTH_AT + i];
    }
    return image->payload_length <= IMAGE_MAX && name_read(data + PRODUCT_AT, image->product) &&
           name_read(data + VERSION_AT, image->version) &&
           image->version[strspn(image->version, "0123456789.")] == '\0';
}

bool image_whole(const struct image *image)
{
    return image->length == IMAGE_HEADER + image->payload_length + IMAGE_TRAILER;
}

bool image_digest_right(const struct image *image)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];

    if (image->length < IMAGE_HEADER + image->payload_length) {
        return false;
    }
    SHA256(image->data + IMAGE_HEADER, image->payload_length, digest);
    return memcmp(digest, image->data + IMAGE_DIGEST_AT, sizeof digest) == 0;
}

/* r and s as the DER structure that OpenSSL takes; its length, 0 when there is no trailer. */
static int signature_der(const struct image *image, unsigned char **ret_der)
{
    DEFER(signature_done) ECDSA_SIG *signature = ECDSA_SIG_new();
    const uint8_t *trailer = image->data + image->length - IMAGE_TRAILER;

    if (image->length < IMAGE_HEADER + IMAGE_TRAILER || signature == NULL ||
        ECDSA_SIG_set0(signature, BN_bin2bn(trailer, HALF, NULL),
                       BN_bin2bn(trailer + HALF, HALF, NULL)) != 1) {
        return 0;
    }
    int length = i2d_ECDSA_SIG(signature, ret_der);
    return length < 0 ? 0 : length;
}

bool image_signature_right(const struct image *image, EVP_PKEY *key, enum image_signed what)
{
    DEFER(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    int der_length = signature_der(image, &der);
    size_t covered = what == IMAGE_SIGNED_HEADER ? IMAGE_HEADER : image->length - IMAGE_TRAILER;

    bool right = der_length > 0 && context != NULL &&
                 EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                 EVP_DigestVerify(context, der, (size_t) der_length, image->data, covered) == 1;
    OPENSSL_free(der);
    return right;
}

bool image_signature_formed(const struct image *image)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    const uint8_t *trailer = image->data + image->length - IMAGE_TRAILER;
    bool formed = group != NULL && image->length >= IMAGE_HEADER + IMAGE_TRAILER;

    for (size_t i = 0; formed && i < 2; i++) {
        BIGNUM *number = BN_bin2bn(trailer + i * HALF, HALF, NULL);
        formed =
            number != NULL && !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
        BN_free(number);
    }
    EC_GROUP_free(group);
    return formed;
}

static bool trailer_append(const struct image_order *order, struct buffer *image)
{
    DEFER(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    DEFER(signature_done) ECDSA_SIG *signature = NULL;
    unsigned char der[128];
    const unsigned char *at = der;
    uint8_t trailer[IMAGE_TRAILER];
    size_t der_length = sizeof der;
    size_t covered = order->what == IMAGE_SIGNED_HEADER ? IMAGE_HEADER : image->length;

    if (context == NULL || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, order->key) != 1 ||
        EVP_DigestSign(context, der, &der_length, (const unsigned char *) image->data, covered) !=
            1) {
        return false;
    }
    signature = d2i_ECDSA_SIG(NULL, &at, (long) der_length);
    if (signature == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(signature), trailer, HALF) != HALF ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), trailer + HALF, HALF) != HALF) {
        return false;
    }
    buffer_append(image, trailer, sizeof trailer);
    return !image->overflowed;
}

bool image_make(const struct image_order *order, struct buffer *image)
{
    uint8_t header[IMAGE_HEADER] = { 0 };
    size_t length = order->payload->length;

    memcpy(header, MAGIC, sizeof MAGIC);
    memcpy(header + PRODUCT_AT, order->product, strnlen(order->product, IMAGE_NAME));
    memcpy(header + VERSION_AT, order->version, strnlen(order->version, IMAGE_NAME));
    for (size_t i = 0; i < 4; i++) {
        header[LENGTH_AT + i] = (uint8_t) (length >> (24 - 8 * i));
    }
    SHA256((const unsigned char *) order->payload->data, length, header + IMAGE_DIGEST_AT);
    buffer_append(image, header, sizeof header);
    buffer_append(image, order->payload->data, length);
    return trailer_append(order, image);
}

int version_compare(const char *left, const char *right)
{
    while (*left != '\0' || *right != '\0') {
        char *after_left = NULL;
        char *after_right = NULL;
        unsigned long a = strtoul(left, &after_left, 10);
        unsigned long b = strtoul(right, &after_right, 10);
        if (a != b) {
            return a < b ? -1 : 1;
        }
        left = *after_left == '\0' ? after_left : after_left + 1;
        right = *after_right == '\0' ? after_right : after_right + 1;
    }
    return 0;
}
