#include "wire/tls_hello.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint16_t suites[] = { 0x1301, 0xc02f };
static const uint16_t groups[] = { 0x001d, 0x0017 };
static const uint16_t schemes[] = { 0x0403 };
static const char *const alpn[] = { "h2", "mqtt" };

static struct tls_hello everything(uint16_t version)
{
    return (struct tls_hello){ .version = version,
                               .suites = suites,
                               .suite_count = 2,
                               .groups = groups,
                               .group_count = 2,
                               .schemes = schemes,
                               .scheme_count = 1,
                               .alpn = alpn,
                               .alpn_count = 2,
                               .server_name = "cam.example",
                               .compression = true,
                               .ticket = true,
                               .key_shares = true };
}

/* A ClientHello taken apart again, by RFC 8446 section 4.1.2 and not by our builder. */
struct taken {
    uint16_t record_version;
    uint16_t version;
    struct reader session_id;
    struct reader suites;
    struct reader compression;
    struct reader extensions;
};

static struct taken take(const struct builder *builder)
{
    struct reader reader = reader_over(builder->start, builder->length);
    struct taken taken = { 0 };

    cr_assert_eq(reader_u8(&reader), 22);
    taken.record_version = reader_u16(&reader);
    cr_assert_eq(reader_u16(&reader), builder->length - 5);
    cr_assert_eq(reader_u8(&reader), 1);
    cr_assert_eq(reader_u24(&reader), builder->length - 9);
    taken.version = reader_u16(&reader);
    (void) reader_take(&reader, 32);
    taken.session_id = reader_sub(&reader, reader_u8(&reader));
    taken.suites = reader_sub(&reader, reader_u16(&reader));
    taken.compression = reader_sub(&reader, reader_u8(&reader));
    if (reader_left(&reader) > 0) {
        taken.extensions = reader_sub(&reader, reader_u16(&reader));
    }
    cr_assert(reader_ok(&reader));
    cr_assert_eq(reader_left(&reader), 0);
    return taken;
}

/* The body of an extension; length 0 and at NULL when it is not there. */
static struct reader extension(struct taken taken, uint16_t wanted, bool *ret_there)
{
    *ret_there = false;
    while (reader_left(&taken.extensions) > 0) {
        uint16_t type = reader_u16(&taken.extensions);
        struct reader body = reader_sub(&taken.extensions, reader_u16(&taken.extensions));

        cr_assert(reader_ok(&taken.extensions));
        if (type == wanted) {
            *ret_there = true;
            return body;
        }
    }
    return (struct reader){ 0 };
}

Test(tls_hello, tls12_offers_what_it_is_told)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_12);
    struct taken taken;
    struct reader body;
    bool there;

    hello.fallback = true;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    cr_assert_eq(taken.record_version, TLS_VERSION_10);
    cr_assert_eq(taken.version, TLS_VERSION_12);
    cr_assert_eq(reader_left(&taken.suites), 6);
    cr_assert_eq(reader_u16(&taken.suites), 0x1301);
    cr_assert_eq(reader_u16(&taken.suites), 0xc02f);
    cr_assert_eq(reader_u16(&taken.suites), TLS_SCSV_FALLBACK);
    cr_assert_eq(reader_left(&taken.compression), 3);
    body = extension(taken, 0, &there);
    cr_assert_eq(reader_u16(&body), 14);
    cr_assert_eq(reader_u8(&body), 0);
    cr_assert_eq(reader_u16(&body), 11);
    cr_assert_eq(memcmp(reader_take(&body, 11), "cam.example", 11), 0);
    body = extension(taken, 16, &there);
    cr_assert_eq(reader_left(&body), 2 + 3 + 5);
    body = extension(taken, 10, &there);
    cr_assert_eq(reader_left(&body), 6);
    (void) extension(taken, 13, &there);
    cr_assert(there);
    (void) extension(taken, 23, &there);
    cr_assert(there);
    (void) extension(taken, 35, &there);
    cr_assert(there);
    body = extension(taken, 0xff01, &there);
    cr_assert(there && reader_left(&body) == 1);
    (void) extension(taken, 43, &there);
    cr_assert_not(there);
}

Test(tls_hello, tls13_speaks_only_of_13)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_13);
    struct taken taken;
    struct reader body;
    bool there;

    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    cr_assert_eq(taken.version, TLS_VERSION_12); /* RFC 8446 section 4.1.2 */
    cr_assert_eq(reader_left(&taken.compression), 1);
    body = extension(taken, 43, &there);
    cr_assert_eq(reader_u8(&body), 2);
    cr_assert_eq(reader_u16(&body), TLS_VERSION_13);
    body = extension(taken, 51, &there);
    cr_assert_eq(reader_u16(&body), 4 + 32 + 4 + 65);
    (void) extension(taken, 0xff01, &there);
    cr_assert_not(there);

    builder = builder_over(room, sizeof room);
    hello.key_shares = false;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    body = extension(take(&builder), 51, &there);
    cr_assert(there && reader_left(&body) == 2);
}

Test(tls_hello, ssl3_has_no_extensions)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_SSL3);
    struct taken taken;

    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    cr_assert_eq(taken.record_version, TLS_VERSION_SSL3);
    cr_assert_eq(taken.version, TLS_VERSION_SSL3);
    cr_assert_null(taken.extensions.at);
    cr_assert_eq(reader_left(&taken.suites), 6);
}

Test(tls_hello, too_little_room_is_noticed)
{
    struct tls_hello hello = everything(TLS_VERSION_12);
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder whole = builder_over(room, sizeof room);

    cr_assert(wire_tls_hello_build(&hello, &whole));
    for (size_t size = 0; size < whole.length; size++) {
        struct builder builder = builder_over(room, size);

        cr_assert_not(wire_tls_hello_build(&hello, &builder));
    }
}

Test(tls_hello, ssl2_is_as_long_as_it_says)
{
    static const uint8_t challenge[16] = { 7 };
    uint8_t room[64];
    struct builder builder = builder_over(room, sizeof room);
    struct reader reader;

    cr_assert(wire_tls_hello_build_ssl2(challenge, &builder));
    reader = reader_over(room, builder.length);
    cr_assert_eq(reader_u16(&reader), 0x8000 | (builder.length - 2));
    cr_assert_eq(reader_u8(&reader), 1);
    cr_assert_eq(reader_u16(&reader), TLS_VERSION_SSL2);
    cr_assert_eq(reader_u16(&reader), 21);
}

Test(tls_hello, a_client_that_misbehaves_offers_what_others_do_not)
{
    static const uint8_t verify[12] = { 7 };
    static const uint8_t ticket[] = { 1, 2, 3 };
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_12);
    struct taken taken;
    struct reader body;
    bool there;

    hello.bare = true;
    hello.heartbeat = true;
    hello.verify_data = verify;
    hello.verify_data_length = sizeof verify;
    hello.session_id = ticket;
    hello.session_id_length = 1;
    hello.ticket_data = ticket;
    hello.ticket_length = sizeof ticket;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    cr_assert_eq(reader_left(&taken.session_id), 1);
    body = extension(taken, 15, &there);
    cr_assert(there && reader_u8(&body) == 1);
    body = extension(taken, 35, &there);
    cr_assert(there && reader_left(&body) == sizeof ticket);
    body = extension(taken, 0xff01, &there);
    cr_assert_eq(reader_u8(&body), sizeof verify);
    cr_assert_eq(reader_left(&body), sizeof verify);
    (void) extension(taken, 22, &there);
    cr_assert_not(there);
    (void) extension(taken, 23, &there);
    cr_assert_not(there);
}

Test(tls_hello, a_client_before_rfc_5746_does_not_know_it)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_12);
    struct taken taken;
    bool there;

    hello.without_renegotiation = true;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    (void) extension(taken, 0xff01, &there);
    cr_assert_not(there);
    cr_assert_eq(reader_left(&taken.session_id), 0);
}

/* The message, whatever records it came in; its records' versions are checked. */
static size_t join(uint8_t *room, const struct builder *builder, unsigned *ret_records)
{
    struct reader reader = reader_over(builder->start, builder->length);
    size_t length = 0;

    *ret_records = 0;
    while (reader_left(&reader) > 0) {
        const uint8_t *content;
        size_t size;

        cr_assert_eq(reader_u8(&reader), 22);
        cr_assert_eq(reader_u16(&reader), 0x0301);
        size = reader_u16(&reader);
        cr_assert(size > 0 && size <= 1 << 14);
        content = reader_take(&reader, size);
        cr_assert_not_null(content);
        memcpy(room + length, content, size);
        length += size;
        *ret_records += 1;
    }
    return length;
}

Test(tls_hello, padding_reaches_the_length_that_is_asked_for)
{
    static const uint16_t lengths[] = { 400, 1000, 5000, 16380, 16381, 17000 };
    static const unsigned records[] = { 1, 1, 1, 1, 2, 2 };

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t room[TLS_HELLO_LONGEST];
        uint8_t message[TLS_HELLO_LONGEST] = { 0 };
        struct builder builder = builder_over(room, sizeof room);
        struct tls_hello hello = everything(TLS_VERSION_12);
        unsigned count;
        size_t length;

        hello.length_least = lengths[i];
        cr_assert(wire_tls_hello_build(&hello, &builder));
        length = join(message, &builder, &count);
        cr_expect_eq(count, records[i], "%u: %u", lengths[i], count);
        cr_expect_eq(length, lengths[i] + 4u);
        cr_expect_eq((size_t) (message[1] << 16 | message[2] << 8 | message[3]), lengths[i]);
    }
}

Test(tls_hello, a_room_without_place_for_the_second_record)
{
    uint8_t room[17000 + 4 + 5];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_12);

    hello.length_least = 17000;
    cr_expect_not(wire_tls_hello_build(&hello, &builder));
}

Test(tls_hello, grease_in_every_list)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_13);
    struct taken taken;
    struct reader body;
    bool there;

    hello.grease = true;
    hello.unknown_extension = true;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    taken = take(&builder);
    cr_expect_eq(reader_u16(&taken.suites), 0x0a0a);
    cr_expect_eq(reader_u16(&taken.suites), 0x1301);
    body = extension(taken, 10, &there);
    (void) reader_u16(&body);
    cr_expect_eq(reader_u16(&body), 0x3a3a);
    body = extension(taken, 43, &there);
    cr_expect_eq(reader_u8(&body), 4);
    cr_expect_eq(reader_u16(&body), 0x4a4a);
    cr_expect_eq(reader_u16(&body), TLS_VERSION_13);
    (void) extension(taken, 0x1a1a, &there);
    cr_expect(there);
    (void) extension(taken, 0x2a2a, &there);
    cr_expect(there);
    (void) extension(taken, 0xfe5a, &there);
    cr_expect(there);
}

Test(tls_hello, one_share_of_the_group_that_is_asked_for)
{
    static const uint16_t shared[] = { 0x001d, 0x0017, 0x0104 };
    static const size_t lengths[] = { 32, 65, 1024 };

    for (size_t i = 0; i < 3; i++) {
        uint8_t room[TLS_HELLO_LENGTH_MAX];
        struct builder builder = builder_over(room, sizeof room);
        struct tls_hello hello = everything(TLS_VERSION_13);
        struct reader body;
        bool there;

        hello.share_group = shared[i];
        hello.status_request = true;
        cr_assert(wire_tls_hello_build(&hello, &builder));
        body = extension(take(&builder), 51, &there);
        cr_assert(there);
        (void) reader_u16(&body);
        cr_expect_eq(reader_u16(&body), shared[i]);
        cr_expect_eq(reader_u16(&body), lengths[i]);
        cr_expect_eq(reader_left(&body), lengths[i]);
        body = extension(take(&builder), 5, &there);
        cr_expect_eq(reader_left(&body), 5);
    }
}

Test(tls_hello, an_odd_legacy_version_and_a_session_id)
{
    static const uint8_t session_id[32] = { 9 };
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct tls_hello hello = everything(TLS_VERSION_12);

    hello.legacy_version = TLS_VERSION_13;
    hello.session_id = session_id;
    hello.session_id_length = sizeof session_id;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    cr_expect_eq(room[9] << 8 | room[10], TLS_VERSION_13);
    cr_expect_eq(room[9 + 34], 32);
}
