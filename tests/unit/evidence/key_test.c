#include "evidence/key.h"

#include "sample.h"

#include <mbedtls/sha256.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* RFC 6979 appendix A.2.5: the private scalar, and the signature over "sample". */
static const uint8_t rfc6979_scalar[] = { 0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16,
                                          0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
                                          0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12,
                                          0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21 };
static const char rfc6979_r[] = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
static const char rfc6979_s[] = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "we");

    cr_assert_not_null(file);
    (void) fputs(text, file);
    (void) fclose(file);
    cr_assert(chmod(path, mode) == 0);
}

static void hash_of(const char *text, uint8_t hash[KEY_HASH_SIZE])
{
    cr_assert(mbedtls_sha256((const unsigned char *) text, strlen(text), hash, 0) == 0);
}

/* PKCS#8 in PEM around a scalar, without the public half. */
static void write_scalar(const char *path, const uint8_t scalar[KEY_HASH_SIZE])
{
    static const uint8_t head[] = { 0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07,
                                    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
                                    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
                                    0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20 };
    uint8_t der[sizeof head + KEY_HASH_SIZE];
    char base64[128];
    char pem[256];

    memcpy(der, head, sizeof head);
    memcpy(der + sizeof head, scalar, KEY_HASH_SIZE);
    text_base64(der, sizeof der, base64);
    (void) snprintf(pem, sizeof pem,
                    "-----BEGIN PRIVATE KEY-----\n%.64s\n%s\n-----END PRIVATE KEY-----\n", base64,
                    base64 + 64);
    write_text(path, pem, 0600);
}

Test(key, signs_as_rfc_6979_says)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "rfc6979.key");
    struct key key = { 0 };
    uint8_t hash[KEY_HASH_SIZE];
    uint8_t signature[KEY_SIGNATURE_MAX];
    size_t length = 0;
    char hex[2 * KEY_SIGNATURE_MAX + 1];

    write_scalar(path, rfc6979_scalar);
    MUST(key_load(path, NULL, &key, &error));
    hash_of("sample", hash);
    MUST(key_sign(&key, hash, signature, &length, &error));
    cr_assert_eq(length, KEY_SIGNATURE_MAX);
    text_hex(signature + 5, 32, hex);
    cr_assert_str_eq(hex, rfc6979_r);
    text_hex(signature + 40, 32, hex);
    cr_assert_str_eq(hex, rfc6979_s);
    cr_assert_eq(public_key_verify(&key.public_half, hash, signature, length), SIGNATURE_GOOD);
    hash[0] ^= 1;
    cr_assert_eq(public_key_verify(&key.public_half, hash, signature, length), SIGNATURE_BAD);
    key_done(&key);
    sample_done(&sample);
}

Test(key, is_saved_and_loaded_again)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "k.key");
    struct key key = { 0 };
    struct key again = { 0 };
    struct public_key public_half;
    struct stat facts;
    char public_path[160];

    MUST(key_new(&key, &error));
    MUST(key_save(&key, path, NULL, &error));
    cr_assert(stat(path, &facts) == 0 && (facts.st_mode & 07777) == 0600);
    MUST(key_load(path, NULL, &again, &error));
    cr_assert(public_key_equal(&key.public_half, &again.public_half));
    (void) snprintf(public_path, sizeof public_path, "%s.pub", path);
    MUST(public_key_load(public_path, &public_half, &error));
    cr_assert_str_eq(public_half.keyid, key.public_half.keyid);
    cr_assert_eq(key_save(&key, path, NULL, NULL), STATUS_IO, "an existing key was overwritten");
    key_done(&key);
    key_done(&again);
    sample_done(&sample);
}

Test(key, is_wrapped_by_a_passphrase)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "k.key");
    struct secret right = { 0 };
    struct secret wrong = { 0 };
    struct key key = { 0 };
    struct key again = { 0 };
    struct error why = { 0 };

    cr_assert(secret_set(&right, "correct horse", 13, SECRET_PARENT_ONLY, NULL) == STATUS_OK);
    cr_assert(secret_set(&wrong, "battery", 7, SECRET_PARENT_ONLY, NULL) == STATUS_OK);
    MUST(key_new(&key, &error));
    MUST(key_save(&key, path, &right, &error));
    MUST(key_load(path, &right, &again, &error));
    cr_assert(public_key_equal(&key.public_half, &again.public_half));
    key_done(&again);
    cr_assert_eq(key_load(path, &wrong, &again, &why), STATUS_BAD_INPUT);
    cr_assert_null(strstr(why.message, "battery"));
    cr_assert_eq(key_load(path, NULL, &again, &why), STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(why.message, "passphrase"));
    secret_done(&right);
    secret_done(&wrong);
    key_done(&key);
    sample_done(&sample);
}

Test(key, open_to_others_is_refused)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "k.key");
    struct key key = { 0 };

    MUST(key_new(&key, &error));
    MUST(key_save(&key, path, NULL, &error));
    key_done(&key);
    cr_assert(chmod(path, 0640) == 0);
    cr_assert_eq(key_load(path, NULL, &key, NULL), STATUS_BAD_INPUT);
    sample_done(&sample);
}

Test(key, that_is_no_scalar_of_the_curve_is_refused)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "k.key");
    static const uint8_t zero[KEY_HASH_SIZE];
    struct key key = { 0 };

    write_scalar(path, zero);
    cr_assert_eq(key_load(path, NULL, &key, NULL), STATUS_BAD_INPUT);
    write_text(path, "not a key\n", 0600);
    cr_assert_eq(key_load(path, NULL, &key, NULL), STATUS_BAD_INPUT);
    sample_done(&sample);
}

Test(key, is_gone_in_a_child)
{
    struct key key = { 0 };
    uint8_t hash[KEY_HASH_SIZE] = { 1 };
    uint8_t signature[KEY_SIGNATURE_MAX];
    size_t length = 0;
    int state = 0;
    pid_t child;

    MUST(key_new(&key, &error));
    child = fork();
    if (child == 0) {
        _exit(key_sign(&key, hash, signature, &length, NULL) == STATUS_CRYPTO ? 0 : 1);
    }
    cr_assert(child > 0 && waitpid(child, &state, 0) == child);
    cr_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0, "a child could sign");
    key_done(&key);
}

Test(key_public, has_one_form)
{
    struct key key = { 0 };
    struct public_key again;
    uint8_t spki[KEY_SPKI_SIZE];
    char pem[KEY_PEM_SIZE];
    char twice[2 * KEY_PEM_SIZE];

    MUST(key_new(&key, &error));
    MUST(public_key_to_pem(&key.public_half, pem, &error));
    MUST(public_key_from_pem(pem, strlen(pem), &again, &error));
    (void) snprintf(twice, sizeof twice, "%s%s", pem, pem);
    cr_assert_eq(public_key_from_pem(twice, strlen(twice), &again, NULL), STATUS_BAD_INPUT);
    memcpy(spki, key.public_half.spki, sizeof spki);
    spki[KEY_SPKI_SIZE - 1] ^= 1; /* off the curve */
    cr_assert_eq(public_key_from_spki(spki, sizeof spki, &again, NULL), STATUS_BAD_INPUT);
    cr_assert_eq(public_key_from_spki(key.public_half.spki, KEY_SPKI_SIZE - 1, &again, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(public_key_from_spki(spki, 0, &again, NULL), STATUS_BAD_INPUT);
    key_done(&key);
}

Test(key_public, of_another_kind_is_told_apart)
{
    static const char ed25519[] = "-----BEGIN PUBLIC KEY-----\n"
                                  "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                                  "-----END PUBLIC KEY-----\n";
    struct public_key key;

    cr_assert_eq(public_key_from_pem(ed25519, strlen(ed25519), &key, NULL), STATUS_UNSUPPORTED);
}
