/* text.h - small questions about text, and the encodings every layer needs. */
#pragma once

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Words for people, in both languages of the product; either may be NULL. */
struct words {
    const char *ja;
    const char *en;
};

enum language { LANGUAGE_EN, LANGUAGE_JA };

/* The wanted language, else the other one, else "". */
const char *words_in(const struct words *words, enum language language);

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* ASCII case only; for protocol tokens. */
bool text_equal_nocase(const char *a, const char *b);

/* Well-formed UTF-8 without overlong forms and surrogates (RFC 3629 section 4). */
bool text_is_utf8(const void *data, size_t length);

/* room must hold 2 * length + 1. Lower case. */
void text_hex(const void *data, size_t length, char *room);

/* Decimal digits only, no sign, no blanks, at most maximum. */
enum status text_to_unsigned(const char *text, unsigned long long maximum,
                             unsigned long long *ret_value) MUST_CHECK;

/* Device bytes made fit for a terminal and for JSON: anything but printable ASCII
 * becomes \xNN, cut at size - 1.  Always ends in NUL. */
void text_printable(const void *data, size_t length, char *room, size_t size);

/* How many bytes at the beginning of UTF-8 text form a character that could rewrite what a reader
 * sees, or that he cannot see: C0 and C1 controls, U+200B..200F, separators of lines, those that
 * turn the direction of writing (U+061C, U+202A..202E, U+2066..2069), U+FEFF; 0 for any other. */
size_t text_deceives(const char *text);

/* How many bytes at the beginning of UTF-8 text form a character that is nothing but space, or
 * nothing to be seen: ASCII blanks, NBSP, U+00AD, U+2000..200F, U+2028, U+2029, U+202F, U+205F,
 * U+2060, U+3000, U+FEFF; 0 for any other. */
size_t text_blank(const char *text);

/* Standard alphabet with padding (RFC 4648 section 4); room: 4 * ceil(length/3) + 1. */
void text_base64(const void *data, size_t length, char *room);

/* The value of a digit of base64, of either alphabet (RFC 4648 sections 4 and 5); -1: no digit. */
int text_base64_digit(uint8_t c);

/* Undoes base64 digit by digit, passing over what is none. Begins as { 0 }; true when an octet is
 * whole. What reads signed files is stricter: evidence/json_strict.h. */
struct text_base64_undo {
    uint32_t bits;
    unsigned held;
};
bool text_base64_take(struct text_base64_undo *undo, uint8_t c, uint8_t *ret_octet);
