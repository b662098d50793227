#include "support/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static const char HEXADECIMAL[] = "0123456789abcdef";

static void hexadecimal(const uint8_t *bytes, size_t length, char *ret_text)
{
    for (size_t i = 0; i < length; i++) {
        ret_text[2 * i] = HEXADECIMAL[bytes[i] >> 4];
        ret_text[2 * i + 1] = HEXADECIMAL[bytes[i] & 15];
    }
    ret_text[2 * length] = '\0';
}

static void random_bytes(uint8_t *ret_bytes, size_t length)
{
    if (RAND_bytes(ret_bytes, (int) length) != 1) {
        abort();
    }
}

struct seed seed_random(void)
{
    struct seed seed;

    random_bytes(seed.bytes, sizeof seed.bytes);
    return seed;
}

struct seed seed_of_number(uint64_t number)
{
    struct seed seed = { { 0 } };

    for (size_t i = 0; i < 8; i++) {
        seed.bytes[i] = (uint8_t) (number >> (8 * i));
    }
    return seed;
}

static void digest(const EVP_MD *kind, const void *data, size_t length, uint8_t *ret_bytes)
{
    if (EVP_Digest(data, length, ret_bytes, NULL, kind, NULL) != 1) {
        abort();
    }
}

void seed_derive(const struct seed *seed, const char *purpose, uint8_t *ret_bytes, size_t length)
{
    uint8_t message[SEED_LENGTH + 64 + 1] = { 0 };
    uint8_t block[32];
    size_t purpose_length = strlen(purpose);

    if (purpose_length > 64) {
        abort();
    }
    memcpy(message, seed->bytes, SEED_LENGTH);
    memcpy(message + SEED_LENGTH, purpose, purpose_length);
    for (size_t done = 0; done < length; done += sizeof block) {
        digest(EVP_sha256(), message, sizeof message, block);
        size_t take = length - done < sizeof block ? length - done : sizeof block;
        memcpy(ret_bytes + done, block, take);
        message[sizeof message - 1]++;
    }
}

void seed_password(const struct seed *seed, const char *purpose, char *ret_text, size_t length)
{
    static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
    enum { LETTERS = sizeof alphabet - 1, FAIR = 256 - 256 % LETTERS };
    uint8_t bytes[128];
    size_t written = 0;

    seed_derive(seed, purpose, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes && written < length; i++) {
        /* Bytes past the last whole alphabet would make its first letters likelier. */
        if (bytes[i] < FAIR) {
            ret_text[written++] = alphabet[bytes[i] % LETTERS];
        }
    }
    if (written < length) {
        abort();
    }
    ret_text[written] = '\0';
}

void token_random(char ret_text[TOKEN_TEXT])
{
    uint8_t bytes[16];

    random_bytes(bytes, sizeof bytes);
    hexadecimal(bytes, sizeof bytes, ret_text);
}

bool token_equal(const char *left, const char *right)
{
    return CRYPTO_memcmp(left, right, TOKEN_TEXT - 1) == 0;
}

void md5_joined(char ret_text[MD5_TEXT], const char *const *parts, size_t count)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t bytes[16];
    bool right = context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1;

    for (size_t i = 0; right && i < count; i++) {
        right = (i == 0 || EVP_DigestUpdate(context, ":", 1) == 1) &&
                EVP_DigestUpdate(context, parts[i], strlen(parts[i])) == 1;
    }
    if (!right || EVP_DigestFinal_ex(context, bytes, NULL) != 1) {
        abort();
    }
    EVP_MD_CTX_free(context);
    hexadecimal(bytes, sizeof bytes, ret_text);
}

void sha256_text(const void *data, size_t length, char ret_text[SHA256_TEXT])
{
    uint8_t bytes[32];

    digest(EVP_sha256(), data, length, bytes);
    hexadecimal(bytes, sizeof bytes, ret_text);
}

bool text_equal_secretly(const char *left, const char *right, size_t size)
{
    uint8_t digests[2][32];

    digest(EVP_sha256(), left, strnlen(left, size), digests[0]);
    digest(EVP_sha256(), right, strnlen(right, size), digests[1]);
    return CRYPTO_memcmp(digests[0], digests[1], sizeof digests[0]) == 0;
}

bool base64_decode(const char *text, char *ret_text, size_t size)
{
    size_t length = strlen(text);
    size_t padding = 0;

    if (length == 0 || length % 4 != 0 || length / 4 * 3 >= size) {
        return false;
    }
    while (padding < 2 && text[length - 1 - padding] == '=') {
        padding++;
    }
    int decoded =
        EVP_DecodeBlock((unsigned char *) ret_text, (const unsigned char *) text, (int) length);
    if (decoded < (int) padding) {
        return false;
    }
    ret_text[(size_t) decoded - padding] = '\0';
    return memchr(ret_text, '\0', (size_t) decoded - padding) == NULL;
}
