#include "reading/reading.h"

#include "base/text.h"
#include "reading/builder.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- blocks ---- */

static bool is_wide(gunichar c)
{
    return (c >= 0x3000 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xff00 && c <= 0xff60) || (c >= 0x20000 && c <= 0x3ffff);
}

static const struct {
    gunichar from;
    gunichar to;
    char as;
} alike[] = { { 0x2010, 0x2015, '-' },
              { 0x2212, 0x2212, '-' },
              { 0x2018, 0x2019, '\'' },
              { 0x201c, 0x201d, '"' },
              { 0x301c, 0x301c, '~' } };

static gunichar plain(gunichar c)
{
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        if (c >= alike[i].from && c <= alike[i].to) {
            return (gunichar) alike[i].as;
        }
    }
    return c;
}

/* One blank for any run of them, none between wide characters, nothing that deceives. */
static char *folded(const char *text, size_t length)
{
    char *composed = g_utf8_normalize(text, (gssize) length, G_NORMALIZE_ALL_COMPOSE);
    GString *out = g_string_sized_new(length);
    gunichar last = 0;
    bool blank = false;
    bool broken_line = false;

    for (const char *at = composed == NULL ? "" : composed; *at != '\0';) {
        size_t blanks = text_blank(at);
        size_t deceives = text_deceives(at);

        if (blanks > 0 || deceives > 0 || (unsigned char) *at <= ' ') {
            broken_line = broken_line || *at == '\n';
            blank = true;
            at += blanks > 0 ? blanks : deceives > 0 ? deceives : 1;
            continue;
        }
        gunichar c = plain(g_utf8_get_char(at));

        if (blank && last != 0 && !(broken_line && is_wide(last) && is_wide(c))) {
            g_string_append_c(out, ' ');
        }
        blank = false;
        broken_line = false;
        g_string_append_unichar(out, c);
        last = c;
        at = g_utf8_next_char(at);
    }
    g_free(composed);
    return g_string_free(out, FALSE);
}

static struct block *block_new(struct reading_builder *builder)
{
    struct reading *reading = builder->reading;

    if (reading->count == READING_BLOCKS_MAX || builder->total >= READING_TEXT_MAX) {
        reading->cut = true;
        return NULL;
    }
    if (reading->count == builder->room) {
        size_t room = builder->room == 0 ? 64 : builder->room * 2;
        struct block *blocks = arena_array(builder->arena, room, sizeof *blocks);

        if (reading->count > 0) {
            memcpy(blocks, reading->blocks, reading->count * sizeof *blocks);
        }
        reading->blocks = blocks;
        builder->room = room;
    }
    return &reading->blocks[reading->count++];
}

static void block_add(struct reading_builder *builder, const char *text, size_t length)
{
    struct block *block = block_new(builder);
    char *lower;

    if (block == NULL) {
        return;
    }
    lower = g_ascii_strdown(text, (gssize) length);
    *block = (struct block){ .text = arena_text_n(builder->arena, text, length),
                             .lower = arena_text_n(builder->arena, lower, length),
                             .length = length,
                             .page = builder->page,
                             .line = builder->line,
                             .heading = builder->heading,
                             .menu = builder->menus > 0 };
    g_free(lower);
    builder->total += length;
}

void reading_break(struct reading_builder *builder)
{
    char *text;
    const char *at;
    size_t left;

    if (builder->raw.length == 0) {
        return;
    }
    text = folded((const char *) builder->raw.data, builder->raw.length);
    at = text;
    left = strlen(text);
    while (left > 0) {
        size_t length = left;

        if (length > READING_BLOCK_MAX) {
            length = READING_BLOCK_MAX;
            while (length > 0 && ((unsigned char) at[length] & 0xc0) == 0x80) {
                length--;
            }
        }
        block_add(builder, at, length);
        at += length;
        left -= length;
    }
    g_free(text);
    bytes_clear(&builder->raw);
}

void reading_add(struct reading_builder *builder, const char *text, size_t length, unsigned line)
{
    if (builder->raw.length == 0) {
        while (length > 0 && (unsigned char) *text <= ' ') {
            line += *text == '\n' ? 1 : 0;
            text++;
            length--;
        }
        if (length == 0) {
            return;
        }
        builder->line = line;
    }
    if (builder->reading->cut || bytes_append(&builder->raw, text, length, NULL) != STATUS_OK) {
        builder->reading->cut = true;
    }
}

void reading_builder_done(struct reading_builder *builder)
{
    bytes_done(&builder->raw);
}

/* ---- text ---- */

static bool is_heading(const char *line)
{
    return line[0] == '#';
}

/* A list item, a heading, or a row of a table. */
static bool begins_block(const char *line, size_t length)
{
    size_t digits = 0;

    while (digits < length && line[digits] >= '0' && line[digits] <= '9') {
        digits++; /* not strspn: no NUL ends the text */
    }
    return is_heading(line) ||
           (length > 1 && strchr("-*+|>", line[0]) != NULL && line[0] != '\0') ||
           (digits > 0 && digits < 4 && digits < length &&
            (line[digits] == '.' || line[digits] == ')')) ||
           (length > 3 && (memcmp(line, "\xe3\x83\xbb", 3) == 0 || /* katakana middle dot */
                           memcmp(line, "\xe2\x97\x8f", 3) == 0 || /* black circle */
                           memcmp(line, "\xe2\x96\xa0", 3) == 0 || /* black square */
                           memcmp(line, "\xe2\x80\xa2", 3) == 0)); /* bullet */
}

void reading_text(struct reading_builder *builder, const char *text, size_t length)
{
    const char *end = text + length;
    unsigned line = 1;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t) (end - text));
        const char *start = text;

        stop = stop == NULL ? end : stop;
        while (start < stop && (unsigned char) *start <= ' ') {
            start++;
        }
        if (start == stop || begins_block(start, (size_t) (stop - start))) {
            reading_break(builder);
            builder->heading = false;
        }
        if (start < stop) {
            builder->heading = builder->raw.length == 0 && is_heading(start);
            reading_add(builder, start, (size_t) (stop - start), line);
            reading_add(builder, "\n", 1, line);
            if (builder->heading) {
                reading_break(builder);
                builder->heading = false;
            }
        }
        line++;
        text = stop + 1;
    }
    reading_break(builder);
}

/* ---- the whole ---- */

static const char *charset_after(const char *text, size_t length, char room[40])
{
    static const char word[] = "charset=";

    for (size_t i = 0; i + sizeof word <= length; i++) {
        if (strncasecmp(text + i, word, sizeof word - 1) == 0) {
            size_t at = i + sizeof word - 1;
            size_t used = 0;

            at += at < length && (text[at] == '"' || text[at] == '\'') ? 1 : 0;
            while (at < length && used < 39 &&
                   (g_ascii_isalnum(text[at]) || text[at] == '-' || text[at] == '_')) {
                room[used++] = text[at++];
            }
            room[used] = '\0';
            return used > 0 ? room : NULL;
        }
    }
    return NULL;
}

static bool begins_with(const unsigned char *data, size_t length, const char *mark, size_t size)
{
    return length >= size && memcmp(data, mark, size) == 0;
}

static bool is_picture(const unsigned char *data, size_t length)
{
    return begins_with(data, length, "\x89PNG", 4) ||
           begins_with(data, length, "\xff\xd8\xff", 3) || begins_with(data, length, "GIF8", 4) ||
           begins_with(data, length, "PK\x03\x04", 4) ||
           begins_with(data, length, "\xd0\xcf\x11\xe0", 4);
}

static bool looks_like_html(const char *text, size_t length)
{
    static const char *const tags[] = { "<!doctype html", "<html", "<head", "<body" };
    size_t span = length < 1024 ? length : 1024;

    for (size_t i = 0; i < span; i++) {
        for (size_t j = 0; text[i] == '<' && j < sizeof tags / sizeof tags[0]; j++) {
            size_t size = strlen(tags[j]);

            if (length - i >= size && strncasecmp(text + i, tags[j], size) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A comment in Markdown is not shown to who reads it as it is meant to be read. */
static void blank_comments(char *text, size_t length)
{
    static const char opening[] = "<!--";
    static const char closing[] = "-->";
    char *end = text + length;
    char *at = memmem(text, length, opening, sizeof opening - 1);

    while (at != NULL) {
        char *stop = memmem(at, (size_t) (end - at), closing, sizeof closing - 1);

        if (stop == NULL) {
            return;
        }
        for (stop += sizeof closing - 1; at < stop; at++) {
            *at = *at == '\n' ? '\n' : ' ';
        }
        at = memmem(at, (size_t) (end - at), opening, sizeof opening - 1);
    }
}

static enum status read_marked_text(struct reading_builder *builder, const void *data,
                                    size_t length, const char *content_type, struct error *reterr)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(4 * (size_t) READING_TEXT_MAX);
    bool typed_html = content_type != NULL && strncasecmp(content_type, "text/html", 9) == 0;
    bool shortened = false;
    char charset[40];
    const char *declared =
        content_type == NULL ? NULL : charset_after(content_type, strlen(content_type), charset);
    struct error why = { 0 };

    if (length > 2 * (size_t) READING_TEXT_MAX) {
        length = 2 * (size_t) READING_TEXT_MAX;
        shortened = true;
    }
    if (declared == NULL) {
        declared = charset_after(data, length < 2048 ? length : 2048, charset);
    }
    if (reading_decode(data, length, declared, &text, &builder->reading->encoding, &why) !=
        STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "%s", why.message);
    }
    for (size_t i = 0; i < text.length; i++) { /* no text has it */
        text.data[i] = text.data[i] == 0 ? ' ' : text.data[i];
    }
    if (typed_html || looks_like_html((const char *) text.data, text.length)) {
        builder->reading->format = "html";
        TRY(reading_html(builder, (const char *) text.data, text.length, reterr));
    } else {
        builder->reading->format = "text";
        blank_comments((char *) text.data, text.length);
        reading_text(builder, (const char *) text.data, text.length);
    }
    builder->reading->cut = builder->reading->cut || shortened;
    return STATUS_OK;
}

/* By kana and by common English words; a picture of both is "". */
static const char *language_of(const struct reading *reading)
{
    size_t kana = 0;
    size_t latin = 0;

    for (size_t i = 0; i < reading->count; i++) {
        const unsigned char *at = (const unsigned char *) reading->blocks[i].text;

        for (; *at != '\0'; at++) {
            kana += at[0] == 0xe3 && (at[1] == 0x81 || at[1] == 0x82 || at[1] == 0x83) ? 1 : 0;
            latin += (*at >= 'a' && *at <= 'z') ? 1 : 0;
        }
    }
    if (kana * 20 > latin && kana > 0) {
        return "ja";
    }
    return latin > 20 ? "en" : "";
}

enum status reading_of(const void *data, size_t length, const char *content_type,
                       struct arena *arena, struct reading **ret_reading, struct error *reterr)
{
    struct reading *reading = arena_array(arena, 1, sizeof *reading);
    DEFER(reading_builder_done)
    struct reading_builder builder = { .arena = arena,
                                       .reading = reading,
                                       .raw = bytes_bounded(READING_TEXT_MAX) };

    *reading = (struct reading){ .format = "text", .encoding = "" };
    if (length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "it is empty");
    }
    if (is_picture(data, length)) {
        return fail(reterr, STATUS_BAD_INPUT, "a picture or an office file, not text");
    }
    if (begins_with(data, length, "%PDF-", 5)) {
        reading->format = "pdf";
        TRY(reading_pdf(&builder, data, length, reterr));
    } else {
        TRY(read_marked_text(&builder, data, length, content_type, reterr));
    }
    reading->language = language_of(reading);
    *ret_reading = reading;
    return STATUS_OK;
}
