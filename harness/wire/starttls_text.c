#include "wire/starttls_text.h"

#include <string.h>

enum { LINE_MAX_LENGTH = 4096 };

static void keep_answer(struct starttls *talk, struct starttls_text text)
{
    size_t length = text.length < sizeof talk->answer - 1 ? text.length : sizeof talk->answer - 1;

    for (size_t i = 0; i < length; i++) {
        talk->answer[i] = text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?';
    }
    talk->answer[length] = '\0';
}

bool wire_starttls_begins(struct starttls_text text, const char *prefix)
{
    return text.length >= strlen(prefix) && memcmp(text.at, prefix, strlen(prefix)) == 0;
}

/* The next whole line without its end; false: not there yet, or *ret_step says that it never
 * will be. */
bool wire_starttls_line(struct starttls *talk, struct starttls_text stream,
                        struct starttls_text *ret_line, enum starttls_step *ret_step)
{
    const char *at = stream.at + talk->used;
    size_t left = stream.length - talk->used;
    const char *end = left > 0 ? memchr(at, '\n', left) : NULL;

    *ret_step = end == NULL && left > LINE_MAX_LENGTH ? STARTTLS_GARBLED : STARTTLS_WAIT;
    if (end == NULL) {
        return false;
    }
    *ret_line = (struct starttls_text){ .at = at, .length = (size_t) (end - at) };
    talk->used += ret_line->length + 1;
    if (ret_line->length > 0 && end[-1] == '\r') {
        ret_line->length--;
    }
    keep_answer(talk, *ret_line);
    return true;
}

/* Three digits, then a space, a hyphen or nothing; 0 otherwise. */
static unsigned line_code(struct starttls_text line)
{
    unsigned code = 0;

    if (line.length < 3 || (line.length > 3 && line.at[3] != ' ' && line.at[3] != '-')) {
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') {
            return 0;
        }
        code = 10 * code + (unsigned) (line.at[i] - '0');
    }
    return code;
}

/* SMTP and FTP: a reply may have several lines, of which only the last has no hyphen after its
 * code (RFC 5321 section 4.2.1); in FTP those between may be any text (RFC 959 section 4.2). */
unsigned wire_starttls_reply(struct starttls *talk, struct starttls_text stream,
                             enum starttls_step *ret_step)
{
    struct starttls_text line;

    while (wire_starttls_line(talk, stream, &line, ret_step)) {
        unsigned code = line_code(line);

        if (talk->code == 0 && code == 0) {
            *ret_step = STARTTLS_GARBLED;
            return 0;
        }
        if (talk->code != 0 && code != talk->code) {
            continue;
        }
        talk->code = line.length > 3 && line.at[3] == '-' ? code : 0;
        /* 1yz: the true reply comes later (RFC 959 section 4.2.1). */
        if (talk->code == 0 && code >= 200) {
            return code;
        }
    }
    return 0;
}

/* BER in definite form, as RFC 4511 section 5.1 demands; *ret_possible: false for anything else. */
uint32_t wire_starttls_ber_length(struct reader *reader, bool *ret_possible)
{
    uint32_t length = reader_u8(reader);
    unsigned octets = length & 0x7f;

    *ret_possible = length != 0x80 && (length < 0x80 || octets <= 4);
    if (length < 0x80 || !*ret_possible) {
        return length;
    }
    for (length = 0; octets > 0; octets--) {
        length = length << 8 | reader_u8(reader);
    }
    *ret_possible = length <= STARTTLS_STREAM_MAX;
    return length;
}

/* Where the needle, looked for from `from` on, ends; 0: it is not there. */
size_t wire_starttls_after(struct starttls_text stream, size_t from, const char *needle)
{
    const char *at = memmem(stream.at + from, stream.length - from, needle, strlen(needle));

    return at == NULL ? 0 : (size_t) (at - stream.at) + strlen(needle);
}

/* The end of the element that this start tag begins, itself included; 0: not whole yet. */
size_t wire_starttls_after_element(struct starttls_text stream, size_t from, const char *start,
                                   const char *end)
{
    size_t begun = wire_starttls_after(stream, from, start);
    const char *close = begun == 0 ? NULL : memchr(stream.at + begun, '>', stream.length - begun);

    if (close == NULL) {
        return 0;
    }
    begun = (size_t) (close - stream.at) + 1;
    return close[-1] == '/' ? begun : wire_starttls_after(stream, begun, end);
}
