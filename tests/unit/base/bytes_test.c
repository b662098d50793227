#include "base/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

Test(bytes, grows_up_to_its_ceiling_and_not_past_it)
{
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(10);
    struct error error = { 0 };

    cr_assert_eq(bytes_append(&bytes, "12345678", 8, &error), STATUS_OK);
    cr_assert_eq(bytes_append(&bytes, "abc", 3, &error), STATUS_LIMIT);
    cr_assert_str_eq(error.message, "more than 10 bytes");
    cr_assert_eq(bytes.length, 8);
    cr_assert_eq(bytes_append(&bytes, "ab", 2, &error), STATUS_OK);
    cr_assert_eq(memcmp(bytes.data, "12345678ab", 10), 0);
}

Test(bytes, clear_keeps_the_memory)
{
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(64);

    cr_assert_eq(bytes_append_text(&bytes, "hello", NULL), STATUS_OK);
    bytes_clear(&bytes);
    cr_assert_eq(bytes.length, 0);
    cr_assert_geq(bytes.capacity, 5);
}

Test(reader, reads_big_endian_numbers)
{
    struct reader reader = reader_over("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10);

    cr_assert_eq(reader_u8(&reader), 0x01);
    cr_assert_eq(reader_u16(&reader), 0x0203);
    cr_assert_eq(reader_u24(&reader), 0x040506);
    cr_assert_eq(reader_u32(&reader), 0x0708090a);
    cr_assert(reader_ok(&reader));
    cr_assert_eq(reader_left(&reader), 0);
}

Test(reader, first_short_read_sticks)
{
    struct reader reader = reader_over("\x01", 1);

    cr_assert_eq(reader_u16(&reader), 0);
    cr_assert_not(reader_ok(&reader));
    cr_assert_eq(reader_u8(&reader), 0, "after a short read nothing is read any more");
    cr_assert_eq(reader_left(&reader), 0);
    cr_assert_null(reader_take(&reader, 1));
}

Test(reader, sub_reader_cannot_leave_its_part)
{
    struct reader reader = reader_over("\x01\x02\x03", 3);
    struct reader part = reader_sub(&reader, 2);
    struct reader none = reader_sub(&reader, 2);

    cr_assert_eq(reader_u24(&part), 0);
    cr_assert_not(reader_ok(&part));
    cr_assert_not(reader_ok(&none));
    cr_assert_not(reader_ok(&reader));
}

Test(builder, writes_length_prefixed_vectors)
{
    uint8_t room[16];
    struct builder builder = builder_over(room, sizeof room);
    size_t outer = builder_open(&builder, 3);
    size_t inner = builder_open(&builder, 1);

    builder_u16(&builder, 0xabcd);
    builder_close(&builder, inner, 1);
    builder_u8(&builder, 0x7f);
    builder_close(&builder, outer, 3);
    cr_assert_not(builder.overflow);
    cr_assert_eq(builder.length, 7);
    cr_assert_eq(memcmp(room, "\x00\x00\x04\x02\xab\xcd\x7f", 7), 0);
}

Test(builder, overflow_sticks_and_writes_nothing_past_the_end)
{
    uint8_t room[4] = { 0, 0, 0, 0x55 };
    struct builder builder = builder_over(room, 3);

    builder_u32(&builder, 0xffffffff);
    cr_assert(builder.overflow);
    builder_u8(&builder, 1);
    cr_assert_eq(room[3], 0x55);
}

Test(builder, a_vector_too_long_for_its_prefix_is_an_overflow)
{
    static uint8_t room[400];
    static const uint8_t filler[300];
    struct builder builder = builder_over(room, sizeof room);
    size_t place = builder_open(&builder, 1);

    builder_put(&builder, filler, sizeof filler);
    builder_close(&builder, place, 1);
    cr_assert(builder.overflow);
}
