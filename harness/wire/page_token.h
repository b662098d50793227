/* page_token.h - the token of a form against forged requests, out of the page that holds it:
 * an <input> or <meta> element of that name, or a JSON member.
 *
 * Accepts any bytes; no I/O.  Character references ("&#43;") are not decoded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Into room as a C string; false when there is none of that name, when it is empty or longer
 * than the room, or holds anything but visible ASCII. */
bool wire_page_token(const void *body, size_t length, const char *name, char *room, size_t size);
