#include "channel/tls_keys.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t secret[] = { 0x9b, 0xbe, 0x43, 0x6b, 0xa9, 0x40, 0xf0, 0x17, 0xb1,
                                  0x76, 0x52, 0x84, 0x9a, 0x71, 0xdb, 0x35, 0x77 };
static const uint8_t seed[] = { 0xa0, 0xba, 0x9f, 0x93, 0x6c, 0xda, 0x31, 0x18,
                                0x27, 0xa6, 0xf7, 0x96, 0xff, 0xd5, 0x19, 0x8c };

/* The beginnings of what `openssl kdf ... TLS1-PRF` of OpenSSL 3.0 makes of the same. */
static const struct {
    uint16_t version;
    bool hash_384;
    size_t secret_length;
    uint8_t expected[8];
} derived[] = {
    { TLS_VERSION_10, false, 16, { 0x66, 0x17, 0x40, 0xe6, 0xf9, 0x8b, 0xc9, 0x01 } },
    { TLS_VERSION_11, false, 17, { 0xcb, 0x7f, 0x75, 0xc0, 0x39, 0xab, 0x63, 0x8d } },
    { TLS_VERSION_12, false, 16, { 0xe3, 0xf2, 0x29, 0xba, 0x72, 0x7b, 0xe1, 0x7b } },
    { TLS_VERSION_12, true, 16, { 0xdd, 0x88, 0x77, 0x5c, 0xd8, 0x27, 0x18, 0x7b } },
};

Test(tls_keys, derives_as_another_library_does)
{
    uint8_t out[48];

    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
        cr_assert_eq(tls_keys_derive(derived[i].version, derived[i].hash_384, secret,
                                     derived[i].secret_length, "test label", seed, sizeof seed, out,
                                     sizeof out, NULL),
                     STATUS_OK);
        cr_assert_arr_eq(out, derived[i].expected, 8, "%zu", i);
    }
    /* The end of a longer one, which only comes out right when the steps are chained. */
    cr_assert_eq(tls_keys_derive(TLS_VERSION_12, false, secret, 16, "test label", seed, sizeof seed,
                                 out, sizeof out, NULL),
                 STATUS_OK);
    cr_assert_arr_eq(out + 44, ((const uint8_t[]){ 0x14, 0xba, 0xf9, 0xaf }), 4);
}

static void directions(const struct tls_cipher *cipher, uint16_t version,
                       struct tls_direction *client, struct tls_direction *server)
{
    static const uint8_t random[32] = { 7 };

    cr_assert_eq(
        tls_keys_expand(version, cipher, "secret", 6, random, random, client, server, NULL),
        STATUS_OK);
}

static size_t sealed(struct tls_direction *direction, enum tls_record_flaw flaw, uint8_t *room,
                     size_t size)
{
    uint64_t number = 5;
    struct builder builder = builder_over(room, size);

    cr_assert_eq(tls_direction_seal(direction, flaw, TLS_CONTENT_APPLICATION_DATA, "hello", 5,
                                    &number, &builder, NULL),
                 STATUS_OK);
    cr_assert_not(builder.overflow);
    return builder.length;
}

static bool opens(struct tls_direction *direction, uint8_t *record, size_t length)
{
    const uint8_t *plain = NULL;
    size_t plain_length = 0;

    return tls_direction_open(direction, TLS_CONTENT_APPLICATION_DATA, record + 5, length - 5,
                              &plain, &plain_length) &&
           plain_length == 5 && memcmp(plain, "hello", 5) == 0;
}

Test(tls_keys, what_is_sealed_can_be_opened_in_every_suite_and_version)
{
    for (size_t i = 0; i < tls_ciphers_count; i++) {
        const struct tls_cipher *cipher = &tls_ciphers[i];
        uint16_t oldest = cipher->only_12 ? TLS_VERSION_12 : TLS_VERSION_10;

        for (unsigned v = oldest; v <= TLS_VERSION_12; v++) {
            uint16_t version = (uint16_t) v;
            struct tls_direction client;
            struct tls_direction server;
            struct tls_direction reader;
            uint8_t room[256];

            directions(cipher, version, &client, &server);
            reader = client;
            for (int record = 0; record < 3; record++) { /* the IV and the number go on */
                size_t length = sealed(&client, TLS_RECORD_RIGHT, room, sizeof room);

                cr_assert_eq((size_t) (room[3] << 8 | room[4]), length - 5);
                cr_assert(opens(&reader, room, length), "%04x %04x", cipher->suite, version);
                cr_assert_not(opens(&server, room, length));
            }
        }
    }
}

Test(tls_keys, a_changed_record_does_not_open)
{
    for (size_t i = 0; i < tls_ciphers_count; i++) {
        struct tls_direction client;
        struct tls_direction server;
        struct tls_direction reader;
        uint8_t room[256];
        size_t length;

        directions(&tls_ciphers[i], TLS_VERSION_12, &client, &server);
        reader = client;
        length = sealed(&client, TLS_RECORD_RIGHT, room, sizeof room);
        room[length - 1] ^= 1;
        cr_assert_not(opens(&reader, room, length));
        for (size_t cut = 0; cut < 32; cut++) {
            cr_assert_not(opens(&reader, room, 5 + cut));
        }
    }
}

Test(tls_keys, flaws_are_where_they_say)
{
    struct tls_direction client;
    struct tls_direction server;
    uint8_t room[256];

    for (unsigned flaw = 0; flaw < TLS_RECORD_FLAW_COUNT; flaw++) {
        struct tls_direction reader;
        size_t length;

        directions(tls_ciphers_find(0x002f), TLS_VERSION_12, &client, &server);
        reader = client;
        length = sealed(&client, flaw, room, sizeof room);
        /* We do not look at padding ourselves, but for its length. */
        cr_assert_eq(opens(&reader, room, length),
                     flaw == TLS_RECORD_RIGHT || flaw == TLS_RECORD_PADDING);
        /* Decrypted in place: IV, "hello", 20 bytes of MAC, 23 bytes of padding. */
        cr_assert_eq(length, 5 + 16 + 48);
        cr_assert_eq(room[length - 1], flaw == TLS_RECORD_PADDING_LONG ? 0xff : 22);
        cr_assert_eq(room[length - 2] == 22, flaw == TLS_RECORD_RIGHT || flaw == TLS_RECORD_MAC);
        cr_assert_not_null(tls_record_flaw_word(flaw));
    }
}

Test(tls_keys, ecdhe_is_refused_for_what_is_no_point)
{
    static const uint8_t no_point[] = { 3, 0, 0x17, 3, 4, 1, 2 };
    uint8_t point[TLS_POINT_MAX];
    uint8_t shared[TLS_SHARED_MAX];
    size_t point_length;
    size_t shared_length;
    uint64_t number = 1;

    cr_assert_not(tls_keys_agree(no_point, sizeof no_point, &number, point, &point_length, shared,
                                 &shared_length));
}

Test(tls_keys, rsa_is_refused_for_a_block_beyond_the_modulus)
{
    uint8_t modulus[64];
    uint8_t block[64] = { 2 };
    uint8_t out[64] = { 0 };
    static const uint8_t exponent[] = { 3 };
    struct tls_rsa_key key = { modulus, sizeof modulus, exponent, 1 };

    memset(modulus, 0xff, sizeof modulus);
    cr_assert(tls_keys_rsa(&key, block, out));
    memset(block, 0xff, sizeof block);
    cr_assert_not(tls_keys_rsa(&key, block, out));
    memset(block, 0, sizeof block);
    block[63] = 2;
    cr_assert(tls_keys_rsa(&key, block, out));
    cr_assert_eq(out[63], 8);
}
