/* variants.h - other ways to write the path of a protected thing, which a server may take for
 * the same thing after its access control did not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { VARIANT_PATH_SIZE = 1024 };

enum variant {
    VARIANT_DOUBLE_SLASH,    /* //a/b */
    VARIANT_INNER_SLASH,     /* /a//b */
    VARIANT_DOT,             /* /./a/b */
    VARIANT_ENCODED_DOT,     /* /%2e/a/b */
    VARIANT_UP,              /* /x/../a/b */
    VARIANT_ENCODED_UP,      /* /x/..%2fa/b */
    VARIANT_TRAILING_SLASH,  /* /a/b/ */
    VARIANT_PARAMETER,       /* /a/b;x */
    VARIANT_INNER_PARAMETER, /* /a;x/b */
    VARIANT_CASE,            /* /a/B: the last segment */
    VARIANT_ENCODED_LETTER,  /* /a/%62 */
    VARIANT_TWICE_ENCODED,   /* /a/%2562 */
    VARIANT_SUFFIX,          /* /a/b.json */
    VARIANT_NUL,             /* /a/b%00.js */
    VARIANT_QUERY,           /* /a/b?x=.css */
    VARIANT_COUNT
};

const char *variant_word(enum variant variant);

/* The path written that way; the query stays behind it.  False: this path has no such
 * variant, or it does not fit. */
bool variant_write(enum variant variant, const char *path, char room[VARIANT_PATH_SIZE]);
