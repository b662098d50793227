#include "wire/tls_misuse.h"

#include "support/fixture.h"

#include <criterion/criterion.h>
#include <string.h>

Test(tls_misuse, takes_a_stream_apart_record_by_record)
{
    uint8_t stream[8192];
    size_t length = fixture("openssl_10_rsa.bin", stream, sizeof stream);
    struct reader reader = reader_over(stream, length);
    struct tls_piece piece;
    size_t sum = 0;

    while (wire_tls_piece_next(&reader, &piece) == TLS_PIECE_WHOLE) {
        cr_assert_eq(piece.type, TLS_CONTENT_HANDSHAKE);
        cr_assert_eq(piece.version, TLS_VERSION_10);
        sum += 5 + piece.length;
    }
    cr_assert_eq(sum, length);
}

Test(tls_misuse, a_record_that_is_cut_short_is_left_where_it_is)
{
    static const uint8_t stream[] = { 21, 3, 3, 0, 2, 2, 40 };
    struct tls_piece piece;

    for (size_t length = 0; length < sizeof stream; length++) {
        struct reader reader = reader_over(stream, length);

        cr_assert_eq(wire_tls_piece_next(&reader, &piece), TLS_PIECE_SHORT);
        cr_assert_eq(reader_left(&reader), length);
    }
}

Test(tls_misuse, other_protocols_are_no_records)
{
    static const uint8_t http[] = "HTTP/1.0 400";
    static const uint8_t version[] = { 22, 9, 9, 0, 1, 0 };
    static const uint8_t large[] = { 22, 3, 3, 0xff, 0xff, 0 };
    struct reader readers[] = { reader_over(http, sizeof http),
                                reader_over(version, sizeof version),
                                reader_over(large, sizeof large) };
    struct tls_piece piece;

    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(wire_tls_piece_next(&readers[i], &piece), TLS_PIECE_NOT_TLS);
    }
}

Test(tls_misuse, a_heartbeat_claims_what_it_does_not_carry)
{
    static const uint8_t expected[] = { 24, 3, 3, 0, 3, 1, 0, 64 };
    uint8_t room[16];
    struct builder builder = builder_over(room, sizeof room);
    const uint8_t request[] = { 1, 0, 0 };
    const uint8_t response[] = { 2, 0, 0 };

    wire_tls_heartbeat_put(&builder, TLS_VERSION_12, 64);
    cr_assert_eq(builder.length, sizeof expected);
    cr_assert_arr_eq(room, expected, sizeof expected);
    cr_assert(wire_tls_heartbeat_answers(&(struct tls_piece){ 24, 0x0303, response, 3 }));
    cr_assert_not(wire_tls_heartbeat_answers(&(struct tls_piece){ 24, 0x0303, request, 3 }));
    cr_assert_not(wire_tls_heartbeat_answers(&(struct tls_piece){ 21, 0x0303, response, 2 }));
}

/* Where the zero stands that ends the padding, as RFC 8017 section 7.2.2 looks for it. */
static size_t zero_at(const uint8_t *block, size_t length)
{
    const uint8_t *zero = memchr(block + 2, 0, length - 2);

    return zero == NULL ? 0 : (size_t) (zero - block);
}

Test(tls_misuse, five_blocks_are_right_and_wrong_as_they_say)
{
    enum { LENGTH = 256, ZERO = LENGTH - TLS_PREMASTER_LENGTH - 1 };
    uint8_t random[LENGTH] = { 0 }; /* no randomness either may make padding end early */
    uint8_t block[LENGTH];
    uint8_t premaster[TLS_PREMASTER_LENGTH];

    for (unsigned kind = 0; kind < TLS_BLOCK_COUNT; kind++) {
        bool starts;

        wire_tls_block_fill(kind, TLS_VERSION_12, random, block, LENGTH, premaster);
        starts = block[0] == 0 && block[1] == 2;
        cr_assert_eq(starts, kind != TLS_BLOCK_WRONG_START);
        cr_assert(premaster[0] == 3 && premaster[1] == 3);
        cr_assert_not_null(wire_tls_block_word(kind));
        switch (kind) {
        case TLS_BLOCK_WRONG_ZERO:
            cr_assert_eq(zero_at(block, LENGTH), LENGTH - 2);
            break;
        case TLS_BLOCK_WITHOUT_ZERO:
            cr_assert_eq(zero_at(block, LENGTH), 0);
            break;
        default:
            cr_assert_eq(zero_at(block, LENGTH), ZERO);
            cr_assert_eq(block[ZERO + 1], kind == TLS_BLOCK_WRONG_VERSION ? 2 : 3);
        }
        if (kind == TLS_BLOCK_RIGHT) {
            cr_assert_arr_eq(block + ZERO + 1, premaster, sizeof premaster);
        }
    }
}

Test(tls_misuse, reads_the_rsa_key_of_a_certificate)
{
    uint8_t der[4096];
    size_t length = fixture("x509_rsa.der", der, sizeof der);
    struct tls_rsa_key key;

    cr_assert(wire_tls_rsa_key_read(der, length, &key));
    cr_assert(key.modulus_length == 256 || key.modulus_length == 384);
    cr_assert_eq(key.exponent_length, 3);
    cr_assert_eq(key.exponent[0], 1);
    for (size_t cut = 0; cut + 300 < length; cut++) {
        cr_assert_not(wire_tls_rsa_key_read(der, cut, &key));
    }
    length = fixture("x509_ec.der", der, sizeof der);
    cr_assert_not(wire_tls_rsa_key_read(der, length, &key));
}
