/* reading.h - a document as text with positions: HTML (libxml2), PDF (poppler) and plain text or
 * Markdown, in UTF-8, UTF-16, Shift_JIS, EUC-JP or ISO-2022-JP.
 *
 * The text is folded by NFKC (UAX #15), so that full-width digits, half-width kana and the
 * radicals that stand for characters in some PDFs are found as what they read as; runs of blanks
 * are one, and characters that deceive a reader are gone.  Accepts any bytes; what it makes of
 * them is bounded.  Everything lives in the arena. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    READING_BLOCK_MAX = 1200, /* bytes of one block */
    READING_BLOCKS_MAX = 100000,
    READING_TEXT_MAX = 8 << 20,
    READING_PAGES_MAX = 3000
};

/* A paragraph, heading, list item or table row, or a part of a long one. */
struct block {
    const char *text;  /* folded UTF-8 */
    const char *lower; /* the same with ASCII letters in lower case: offset by offset alike */
    size_t length;
    unsigned page; /* from 1; 0: the format has no pages */
    unsigned line; /* in the page, or in the file, from 1 */
    bool heading;
    bool menu; /* of links that lead through a site: shown, and no statement */
};

struct reading {
    const char *format;   /* "html", "pdf", "text" */
    const char *encoding; /* "UTF-8", "SHIFT_JIS", ...; "" for PDF */
    const char *language; /* "ja", "en", or "" */
    unsigned pages;       /* 0: the format has none */
    bool cut;             /* there was more than the bounds allow */
    struct block *blocks;
    size_t count;
};

/* content_type as a server gave it; NULL or "": none.  BAD_INPUT, with a reason for people, when
 * it is no text that we can read (a picture, a PDF with a password). */
enum status reading_of(const void *data, size_t length, const char *content_type,
                       struct arena *arena, struct reading **ret_reading,
                       struct error *reterr) MUST_CHECK;
