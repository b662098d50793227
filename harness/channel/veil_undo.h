/* veil_undo.h - takes back the escapes that one text may have on its way into another; for veil.c
 * only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Undoes %70 (RFC 3986), \u0070 \x70 \/ \" \\ (JSON, JavaScript) and &#112; &#x70; &amp; &lt; &gt;
 * &quot; &apos; (HTML) wherever they stand.  room takes length bytes; may be data itself.  False
 * when there was nothing to undo; *ret_length is how many bytes are in room. */
bool veil_undo(const char *data, size_t length, char *room, size_t *ret_length);
