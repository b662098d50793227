#include "base/columns.h"

#include <string.h>

struct range {
    uint32_t first;
    uint32_t last;
};

static const struct range wide[] = {
    { 0x1100, 0x115f },   { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
    { 0x4e00, 0x9fff },   { 0xa000, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
    { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff },
    { 0x20000, 0x3fffd },
};

static const struct range combining[] = {
    { 0x0300, 0x036f },
    { 0x200b, 0x200f },
    { 0x3099, 0x309a },
    { 0xfe00, 0xfe0f },
};

static bool within(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* The code point at `at` and how many octets it takes; a stray octet stands for itself. */
static uint32_t point_at(const char *at, size_t *ret_octets)
{
    const uint8_t *octets = (const uint8_t *) at;
    size_t length = octets[0] < 0xc0 ? 1 : octets[0] < 0xe0 ? 2 : octets[0] < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? octets[0] : octets[0] & (0x7fu >> length);

    for (size_t i = 1; i < length; i++) {
        if ((octets[i] & 0xc0) != 0x80) {
            *ret_octets = 1;
            return octets[0];
        }
        point = point << 6 | (octets[i] & 0x3fu);
    }
    *ret_octets = length;
    return point;
}

static size_t point_columns(uint32_t point)
{
    if (within(combining, sizeof combining / sizeof combining[0], point)) {
        return 0;
    }
    return within(wide, sizeof wide / sizeof wide[0], point) ? 2 : 1;
}

size_t columns_of(const char *text)
{
    size_t columns = 0;
    size_t octets = 0;

    for (; *text != '\0'; text += octets) {
        columns += point_columns(point_at(text, &octets));
    }
    return columns;
}

static enum status put_blanks(struct bytes *out, size_t count, struct error *reterr)
{
    while (count-- > 0) {
        TRY(bytes_append(out, " ", 1, reterr));
    }
    return STATUS_OK;
}

enum status columns_put(struct bytes *out, const char *text, size_t width, bool pad,
                        struct error *reterr)
{
    static const char ellipsis[] = "…";
    bool cut = columns_of(text) > width;
    size_t room = cut && width > 0 ? width - 1 : width;
    size_t used = 0;
    size_t octets = 0;

    for (; *text != '\0'; text += octets) {
        size_t step = point_columns(point_at(text, &octets));

        if (used + step > room) {
            break;
        }
        TRY(bytes_append(out, text, octets, reterr));
        used += step;
    }
    if (cut && width > 0) {
        TRY(bytes_append_text(out, ellipsis, reterr));
        used++;
    }
    return pad && used < width ? put_blanks(out, width - used, reterr) : STATUS_OK;
}

/* Closing marks that no Japanese line begins with (JIS X 4051). */
static bool begins_no_line(const char *at)
{
    static const char *const marks[] = { "。", "、", "」", "）", "ー" };

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strncmp(at, marks[i], strlen(marks[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* How much of text fits on one line of `width` columns, in octets. */
static size_t line_length(const char *text, size_t width)
{
    size_t used = 0;
    size_t octets = 0;
    size_t at = 0;
    size_t breakable = 0;

    while (text[at] != '\0' && text[at] != '\n') {
        size_t step = point_columns(point_at(text + at, &octets));

        if (used + step > width) {
            return breakable > 0 ? breakable : at > 0 ? at : octets;
        }
        if (text[at] == ' ') {
            breakable = at;
        }
        used += step;
        at += octets;
        if (step == 2 && !begins_no_line(text + at)) {
            breakable = at;
        }
    }
    return at;
}

enum status columns_wrap(struct bytes *out, const char *text, size_t indent, size_t width,
                         struct error *reterr)
{
    for (;;) {
        size_t length = line_length(text, width);

        TRY(bytes_append(out, text, length, reterr));
        text += length;
        while (*text == ' ' || *text == '\n') {
            text++;
        }
        TRY(bytes_append(out, "\n", 1, reterr));
        if (*text == '\0') {
            return STATUS_OK;
        }
        TRY(put_blanks(out, indent, reterr));
    }
}
