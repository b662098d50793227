#include "base/clock.h"
#include "base/columns.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(text, utf8_takes_only_well_formed_sequences)
{
    static const char *const good[] = { "", "abc", "星取表", "\xf0\x9f\x98\x80", "\xef\xbf\xbf" };
    static const char *const bad[] = { "\x80",         "\xc0\xaf",         "\xc1\xbf",
                                       "\xe0\x80\x80", "\xed\xa0\x80",     "\xf0\x80\x80\x80",
                                       "\xe6\x98",     "\xf4\x90\x80\x80", "\xff" };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert(text_is_utf8(good[i], strlen(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(text_is_utf8(bad[i], strlen(bad[i])), "case %zu", i);
    }
}

Test(text, unsigned_numbers_are_digits_within_bounds)
{
    static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x10", "65536", "99999999999" };
    unsigned long long value = 0;

    cr_assert_eq(text_to_unsigned("65535", 65535, &value), STATUS_OK);
    cr_assert_eq(value, 65535);
    cr_assert_eq(text_to_unsigned("0", 65535, &value), STATUS_OK);
    cr_assert_eq(value, 0);
    cr_assert_eq(text_to_unsigned("7", 4, &value), STATUS_BAD_INPUT);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(text_to_unsigned(bad[i], 65535, &value), STATUS_BAD_INPUT, "'%s'", bad[i]);
    }
}

Test(text, device_bytes_become_printable_and_never_overrun)
{
    char room[12];

    text_printable("a\x1b[1m\\", 6, room, sizeof room);
    cr_assert_str_eq(room, "a\\x1b[1m");
    text_printable("\x01\x02\x03", 3, room, sizeof room);
    cr_assert_str_eq(room, "\\x01\\x02");
}

Test(text, base64_of_the_rfc_4648_vectors)
{
    static const char *const vectors[][2] = { { "", "" },
                                              { "f", "Zg==" },
                                              { "fo", "Zm8=" },
                                              { "foo", "Zm9v" },
                                              { "foob", "Zm9vYg==" },
                                              { "fooba", "Zm9vYmE=" },
                                              { "foobar", "Zm9vYmFy" } };
    char room[16];

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        text_base64(vectors[i][0], strlen(vectors[i][0]), room);
        cr_assert_str_eq(room, vectors[i][1]);
    }
}

Test(text, base64_is_undone_past_what_is_none)
{
    static const char *const vectors[][2] = { { "", "" },
                                              { "Zg==", "f" },
                                              { "Zm9v\r\nYmFy", "foobar" },
                                              { "+/+/", "\xfb\xff\xbf" },
                                              { "-_-_", "\xfb\xff\xbf" },
                                              { "Z", "" } };

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct text_base64_undo undo = { 0 };
        uint8_t room[16] = { 0 };
        size_t length = 0;

        for (const char *at = vectors[i][0]; *at != '\0'; at++) {
            length += text_base64_take(&undo, (uint8_t) *at, room + length);
        }
        cr_assert_eq(length, strlen(vectors[i][1]), "%zu", i);
        cr_assert_arr_eq(room, vectors[i][1], length, "%zu", i);
    }
}

Test(text, hex_is_lower_case)
{
    char room[9];

    text_hex("\xde\xad\xbe\xef", 4, room);
    cr_assert_str_eq(room, "deadbeef");
}

Test(text, words_fall_back_to_the_other_language)
{
    struct words both = { .ja = "日", .en = "en" };
    struct words one = { .en = "en" };
    struct words none = { 0 };

    cr_assert_str_eq(words_in(&both, LANGUAGE_JA), "日");
    cr_assert_str_eq(words_in(&one, LANGUAGE_JA), "en");
    cr_assert_str_eq(words_in(&none, LANGUAGE_JA), "");
}

Test(text, comparisons_take_null_for_what_it_is)
{
    cr_assert(text_equal(NULL, NULL));
    cr_assert_not(text_equal("a", NULL));
    cr_assert(text_equal_nocase("Basic", "bASIC"));
    cr_assert_not(text_equal_nocase(NULL, "x"));
    cr_assert(text_starts_with("prefix", "pre"));
    cr_assert(text_ends_with("profile.yaml", ".yaml"));
    cr_assert_not(text_ends_with("l", ".yaml"));
}

Test(clock, text_is_rfc_3339_in_utc)
{
    char room[CLOCK_TEXT_SIZE];

    clock_text(0, room);
    cr_assert_str_eq(room, "1970-01-01T00:00:00.000Z");
    clock_text(1767225599999, room);
    cr_assert_str_eq(room, "2025-12-31T23:59:59.999Z");
}

Test(clock, nothing_is_left_after_the_deadline)
{
    int64_t now = clock_monotonic_ms();

    cr_assert_eq(clock_left_ms(now - 1), 0);
    cr_assert_gt(clock_left_ms(now + 60000), 50000);
    cr_assert_eq(clock_left_ms(INT64_MAX), 2147483647);
}

static void expect_put(const char *text, size_t width, bool pad, const char *want)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(256);

    cr_assert_eq(columns_put(&out, text, width, pad, NULL), STATUS_OK);
    cr_assert_eq(bytes_append(&out, "", 1, NULL), STATUS_OK);
    cr_assert_str_eq((char *) out.data, want);
}

Test(text, blanks_are_known_in_any_width)
{
    cr_expect_eq(text_blank(" a"), 1);
    cr_expect_eq(text_blank("\xe3\x80\x80"), 3);
    cr_expect_eq(text_blank("\xc2\xa0"), 2);
    cr_expect_eq(text_blank("\xe2\x80\x8b"), 3);
    cr_expect_eq(text_blank("a "), 0);
    cr_expect_eq(text_blank(""), 0);
    cr_expect_eq(text_blank("\xe3\x80\x81"), 0); /* an ideographic comma */
}

Test(text, deceivers_are_known_by_their_length)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        { "", 0 },
        { "a", 0 },
        { "\x1b[2J", 1 },
        { "\x7f", 1 },
        { "\xc2\x9b", 2 },
        { "\xc2\xa0", 0 },
        { "\xd8\x9c", 2 },
        { "\xe2\x80\x8b", 3 },
        /* Closed again, so that the sources deceive nobody either. */
        { "\xe2\x80\xae\xe2\x80\xac", 3 },
        { "\xe2\x81\xa6\xe2\x81\xa9", 3 },
        { "\xef\xbb\xbf", 3 },
        { "\xe2\x80\xa6", 0 },
        { "星", 0 },
        { "\xe2", 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(text_deceives(cases[i].text), cases[i].length, "%zu", i);
    }
}

Test(columns, a_japanese_character_takes_two)
{
    cr_assert_eq(columns_of("abc"), 3);
    cr_assert_eq(columns_of("星取表"), 6);
    cr_assert_eq(columns_of("○"), 1);
    cr_assert_eq(columns_of("－"), 2);
    expect_put("星取表", 8, true, "星取表  ");
    expect_put("星取表", 5, true, "星取…");
    expect_put("星取表", 4, true, "星… ");
    expect_put("abc", 2, false, "a…");
}

Test(columns, wraps_at_blanks_and_between_wide_characters)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(256);

    cr_assert_eq(columns_wrap(&out, "one two three", 2, 8, NULL), STATUS_OK);
    cr_assert_eq(columns_wrap(&out, "星取表です", 0, 4, NULL), STATUS_OK);
    cr_assert_eq(bytes_append(&out, "", 1, NULL), STATUS_OK);
    cr_assert_str_eq((char *) out.data, "one two\n  three\n星取\n表で\nす\n");
}

Test(columns, no_line_begins_with_a_closing_mark)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(256);

    cr_assert_eq(columns_wrap(&out, "星取表。だ", 0, 6, NULL), STATUS_OK);
    cr_assert_eq(bytes_append(&out, "", 1, NULL), STATUS_OK);
    cr_assert_str_eq((char *) out.data, "星取\n表。だ\n");
}
