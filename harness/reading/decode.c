/* From the encodings of Japanese pages to UTF-8. */
#include "reading/builder.h"

#include "base/text.h"

#include <iconv.h>
#include <string.h>

static void iconv_done(const iconv_t *handle)
{
    if (*handle != (iconv_t) -1) { // NOLINT(performance-no-int-to-ptr)
        (void) iconv_close(*handle);
    }
}

/* How many octets did not fit; SIZE_MAX: the encoding is not known here. */
static size_t convert(const void *data, size_t length, const char *encoding, struct bytes *out)
{
    DEFER(iconv_done) iconv_t handle = iconv_open("UTF-8", encoding);
    char *from = (char *) data; /* iconv does not write there */
    size_t left = length;
    size_t wrong = 0;

    bytes_clear(out);
    if (handle == (iconv_t) -1) { // NOLINT(performance-no-int-to-ptr)
        return SIZE_MAX;
    }
    while (left > 0) {
        char room[4096];
        char *to = room;
        size_t free_left = sizeof room;
        size_t before = left;
        size_t result = iconv(handle, &from, &left, &to, &free_left);

        if (bytes_append(out, room, sizeof room - free_left, NULL) != STATUS_OK) {
            break;
        }
        if (result == (size_t) -1 && (left == before || free_left > 8)) {
            wrong++;
            from += left > 0 ? 1 : 0;
            left -= left > 0 ? 1 : 0;
            if (bytes_append_text(out, "\xef\xbf\xbd", NULL) != STATUS_OK) {
                break;
            }
        }
    }
    return wrong;
}

static bool has_escape(const char *data, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++) {
        if (data[i] == 0x1b && data[i + 1] == '$' && (data[i + 2] == 'B' || data[i + 2] == '@')) {
            return true;
        }
    }
    return false;
}

/* Kana are frequent in any Japanese text, and rare in one that was taken for another encoding. */
static size_t kana_count(const struct bytes *text)
{
    size_t count = 0;

    for (size_t i = 0; i + 2 < text->length; i++) {
        count += text->data[i] == 0xe3 && (text->data[i + 1] == 0x81 || text->data[i + 1] == 0x82 ||
                                           text->data[i + 1] == 0x83);
    }
    return count;
}

static const char *guess(const void *data, size_t length, struct bytes *out)
{
    static const char *const encodings[] = { "EUC-JP", "CP932" };
    const char *best = NULL;
    size_t most = 0;

    if (has_escape(data, length)) {
        return "ISO-2022-JP";
    }
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        size_t wrong = convert(data, length, encodings[i], out);
        size_t kana = kana_count(out);

        /* A damaged place or two is no reason to read nothing. */
        if (wrong <= length / 200 && kana + 1 > most) {
            most = kana + 1;
            best = encodings[i];
        }
    }
    return best;
}

static const char *by_mark(const unsigned char *data, size_t length)
{
    if (length >= 2 && data[0] == 0xff && data[1] == 0xfe) {
        return "UTF-16";
    }
    if (length >= 2 && data[0] == 0xfe && data[1] == 0xff) {
        return "UTF-16";
    }
    return NULL;
}

/* Pages say one and mean its superset, as browsers take it (Encoding Standard). */
static const char *meant(const char *declared)
{
    static const char *const shifts[] = { "shift_jis",   "shift-jis", "sjis", "x-sjis",
                                          "windows-31j", "ms_kanji",  NULL };

    for (size_t i = 0; declared != NULL && shifts[i] != NULL; i++) {
        if (text_equal_nocase(declared, shifts[i])) {
            return "CP932";
        }
    }
    return declared;
}

enum status reading_decode(const void *data, size_t length, const char *declared, struct bytes *out,
                           const char **ret_encoding, struct error *reterr)
{
    const char *encoding = by_mark(data, length);

    declared = meant(declared);
    if (encoding == NULL && !has_escape(data, length) && text_is_utf8(data, length)) {
        *ret_encoding = "UTF-8"; /* nothing else is by chance, whatever is declared */
        return bytes_append(out, data, length, reterr);
    }
    if (encoding == NULL && declared != NULL &&
        convert(data, length, declared, out) <= length / 200) {
        *ret_encoding = text_equal(declared, "CP932") ? "SHIFT_JIS" : "as declared";
        return STATUS_OK;
    }
    if (encoding == NULL) {
        encoding = guess(data, length, out);
    }
    if (encoding == NULL || convert(data, length, encoding, out) > length / 200) {
        return fail(reterr, STATUS_BAD_INPUT, "no text in an encoding that is known here");
    }
    *ret_encoding = text_equal(encoding, "CP932") ? "SHIFT_JIS" : encoding;
    return STATUS_OK;
}
