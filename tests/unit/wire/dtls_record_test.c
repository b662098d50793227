#include "wire/dtls_record.h"

#include "wire/tls_answer.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROOM = 4096, STORE = 8192 };

struct world {
    uint8_t room[ROOM];
    uint8_t store[STORE];
    struct tls_flight messages;
    struct dtls_flight flight;
};

static struct world *begin(struct world *world)
{
    world->messages = wire_tls_flight_start(world->room, sizeof world->room);
    world->flight = wire_dtls_flight_start(&world->messages, world->store, sizeof world->store);
    return world;
}

/* One datagram with one fragment; its bytes count up from `from`, plus `twist`. */
static bool give(struct world *world, uint8_t type, uint16_t sequence, uint32_t total,
                 uint32_t from, uint32_t length, uint8_t twist)
{
    uint8_t room[2048];
    struct builder builder = builder_over(room, sizeof room);

    builder_u8(&builder, 22);
    builder_u16(&builder, DTLS_VERSION_12);
    builder_u16(&builder, 0);
    builder_u16(&builder, 0);
    builder_u32(&builder, sequence);
    builder_u16(&builder, (uint16_t) (12 + length));
    builder_u8(&builder, type);
    builder_u24(&builder, total);
    builder_u16(&builder, sequence);
    builder_u24(&builder, from);
    builder_u24(&builder, length);
    for (uint32_t i = from; i < from + length; i++) {
        builder_u8(&builder, (uint8_t) (i + twist));
    }
    cr_assert_not(builder.overflow);
    return wire_dtls_flight_datagram(&world->flight, room, builder.length);
}

static void expect_message(struct world *world, uint8_t type, size_t length)
{
    struct tls_message message;

    cr_assert(wire_tls_flight_message(&world->messages, &message));
    cr_assert_eq(message.type, type);
    cr_assert_eq(message.length, length);
    for (size_t i = 0; i < length; i++) {
        cr_assert_eq(message.body[i], (uint8_t) i, "byte %zu", i);
    }
}

static void expect_none(struct world *world)
{
    struct tls_message message;

    cr_assert_not(wire_tls_flight_message(&world->messages, &message));
}

Test(dtls_record, fragments_come_in_any_order)
{
    struct world world;

    begin(&world);
    cr_assert(give(&world, 14, 3, 0, 0, 0, 0));
    cr_assert(give(&world, 11, 2, 100, 60, 40, 0));
    cr_assert(give(&world, 2, 1, 50, 30, 20, 0));
    expect_none(&world);
    cr_assert(give(&world, 2, 1, 50, 0, 30, 0));
    expect_message(&world, 2, 50);
    expect_none(&world);
    cr_assert(give(&world, 11, 2, 100, 0, 60, 0));
    expect_message(&world, 11, 100);
    expect_message(&world, 14, 0);
    expect_none(&world);
}

Test(dtls_record, overlaps_and_repeats_add_nothing)
{
    struct world world;

    begin(&world);
    cr_assert(give(&world, 2, 0, 90, 0, 40, 0));
    cr_assert_not(give(&world, 2, 0, 90, 0, 40, 0));
    cr_assert(give(&world, 2, 0, 90, 20, 40, 0));
    cr_assert(give(&world, 2, 0, 90, 50, 40, 0));
    expect_message(&world, 2, 90);
    cr_assert_not(give(&world, 2, 0, 90, 50, 40, 0));
    expect_none(&world);
}

Test(dtls_record, what_came_first_is_believed)
{
    struct world world;

    begin(&world);
    cr_assert(give(&world, 2, 0, 60, 0, 40, 0));
    (void) give(&world, 2, 0, 60, 0, 41, 9);
    (void) give(&world, 2, 0, 99, 0, 99, 9);
    (void) give(&world, 1, 0, 60, 40, 20, 9);
    cr_assert(give(&world, 2, 0, 60, 40, 20, 0));
    cr_assert(world.messages.messages.length >= 60);
    {
        struct tls_message message;

        cr_assert(wire_tls_flight_message(&world.messages, &message));
        cr_assert_eq(message.length, 60);
        cr_assert_eq(message.body[0], 0);
        cr_assert_eq(message.body[59], 59);
    }
}

Test(dtls_record, no_more_is_kept_than_there_is_room_for)
{
    struct world world;

    begin(&world);
    (void) give(&world, 2, 0, 10, 0, 10, 0);
    (void) give(&world, 11, 1, 0xffffff, 0, 100, 0);
    cr_assert_eq(world.messages.end, TLS_FLIGHT_TOO_LONG);

    begin(&world);
    for (uint16_t i = 0; i < 2000 && world.messages.end == TLS_FLIGHT_OPEN; i++) {
        (void) give(&world, 11, (uint16_t) (2 + i), 1000, 3, 1, 0);
    }
    cr_assert_eq(world.messages.end, TLS_FLIGHT_TOO_LONG);
    cr_assert_leq(world.flight.fragment_count, DTLS_FRAGMENTS_MAX);

    /* The same empty fragment for ever: nothing is kept at all. */
    begin(&world);
    for (int i = 0; i < 1000; i++) {
        cr_assert_not(give(&world, 11, 2, 1000, 3, 0, 0));
    }
    cr_assert_eq(world.flight.fragment_count, 0);
}

Test(dtls_record, what_is_no_record_is_counted_and_dropped)
{
    static const char *const said[] = { "", "HTTP/1.1 400 Bad Request\r\n", "\x16\x03\x01",
                                        "\x16\xfe\xfd\0\0\0\0\0\0\0\0\xff\xff" };
    static const size_t lengths[] = { 0, 26, 3, 13 };
    struct world world;

    begin(&world);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_not(wire_dtls_flight_datagram(&world.flight, said[i], lengths[i]));
        cr_assert_eq(world.flight.garbled, i + 1);
    }
    /* A fragment beyond its message. */
    cr_assert_not(give(&world, 2, 0, 10, 5, 6, 0));
    cr_assert_eq(world.flight.records, 0);
    cr_assert_eq(world.messages.end, TLS_FLIGHT_OPEN);
    cr_assert(give(&world, 2, 0, 10, 0, 10, 0));
    expect_message(&world, 2, 10);
}

Test(dtls_record, protected_records_end_the_flight_after_a_hello_only)
{
    static const uint8_t unified[] = { 0x2e, 0, 1, 0, 5, 1, 2, 3, 4, 5 };
    static const uint8_t epoch_1[] = { 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9 };
    struct world world;

    begin(&world);
    cr_assert_not(wire_dtls_flight_datagram(&world.flight, unified, sizeof unified));
    cr_assert_not(wire_dtls_flight_datagram(&world.flight, epoch_1, sizeof epoch_1));
    cr_assert_eq(world.messages.end, TLS_FLIGHT_OPEN);
    (void) give(&world, 2, 0, 10, 0, 10, 0);
    (void) wire_dtls_flight_datagram(&world.flight, unified, sizeof unified);
    cr_assert_eq(world.messages.end, TLS_FLIGHT_ENCRYPTED);
}

Test(dtls_record, after_another_hello_a_new_flight_begins)
{
    struct world world;

    begin(&world);
    (void) give(&world, 3, 0, 20, 0, 20, 0);
    expect_message(&world, 3, 20);
    wire_dtls_flight_again(&world.flight);
    /* The server that kept nothing counts as its client does, or from 0. */
    (void) give(&world, 2, 1, 30, 0, 30, 0);
    expect_message(&world, 2, 30);
}

Test(dtls_record, an_alert)
{
    static const uint8_t alert[] = { 21, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 70 };
    struct world world;

    begin(&world);
    cr_assert(wire_dtls_flight_datagram(&world.flight, alert, sizeof alert));
    cr_assert_eq(world.messages.end, TLS_FLIGHT_ALERT);
    cr_assert_eq(world.messages.alert, TLS_ALERT_PROTOCOL_VERSION);
}

Test(dtls_record, a_hello_as_a_server_would_read_it)
{
    static const uint16_t suites[] = { 0xc0a8 };
    static const uint8_t cookie[] = { 1, 2, 3 };
    const struct tls_hello hello = { .version = TLS_VERSION_11,
                                     .suites = suites,
                                     .suite_count = 1,
                                     .datagram = true,
                                     .cookie = cookie,
                                     .cookie_length = sizeof cookie };
    uint8_t room[256];
    struct builder builder = builder_over(room, sizeof room);
    struct reader reader;
    struct reader body;

    cr_assert(wire_dtls_hello_build(&hello, 1, 5, &builder));
    reader = reader_over(room, builder.length);
    cr_assert_eq(reader_u8(&reader), 22);
    cr_assert_eq(reader_u16(&reader), DTLS_VERSION_10);
    cr_assert_eq(reader_u16(&reader), 0);
    cr_assert_eq(reader_u16(&reader), 0);
    cr_assert_eq(reader_u32(&reader), 5);
    body = reader_sub(&reader, reader_u16(&reader));
    cr_assert_eq(reader_left(&reader), 0);
    cr_assert_eq(reader_u8(&body), 1);
    cr_assert_eq(reader_u24(&body), builder.length - 25);
    cr_assert_eq(reader_u16(&body), 1);
    cr_assert_eq(reader_u24(&body), 0);
    cr_assert_eq(reader_u24(&body), builder.length - 25);
    cr_assert_eq(reader_u16(&body), DTLS_VERSION_10);
    (void) reader_take(&body, 32);
    cr_assert_eq(reader_u8(&body), 0);
    cr_assert_eq(reader_u8(&body), 3);
    cr_assert_eq(memcmp(reader_take(&body, 3), cookie, 3), 0);
    cr_assert_eq(reader_u16(&body), 2);
    cr_assert_eq(reader_u16(&body), 0xc0a8);
    cr_assert(reader_ok(&body));
}

Test(dtls_record, requests_for_a_cookie)
{
    static const uint8_t body[] = { 0xfe, 0xff, 2, 7, 8 };
    static const uint8_t none[] = { 0xfe, 0xff, 0 };
    struct tls_message message = { .type = 3, .body = body, .length = sizeof body };
    const uint8_t *cookie;
    size_t length;

    cr_assert(wire_dtls_cookie_read(&message, &cookie, &length));
    cr_assert_eq(length, 2);
    cr_assert_eq(cookie[1], 8);
    message.length--;
    cr_assert_not(wire_dtls_cookie_read(&message, &cookie, &length));
    message = (struct tls_message){ .type = 3, .body = none, .length = sizeof none };
    cr_assert_not(wire_dtls_cookie_read(&message, &cookie, &length));
}
