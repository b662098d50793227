/* login_page.h - what a web page says about logging in: is it a log-in form, does it
 * say that the account is locked, does it say in words that access was refused?
 *
 * Recognition by wording is a help for reading answers whose status says nothing; the
 * lists are this project's own.  Accepts any bytes; no I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* An HTML form control of type "password" (HTML Living Standard section 4.10.5.1.6). */
bool wire_page_asks_password(const void *body, size_t length);

/* "Too many attempts", "account is locked", in English or Japanese. */
bool wire_page_says_locked(const void *body, size_t length);

/* "Unauthorized", "please log in", "invalid session" ...: only worth asking of short,
 * machine-readable answers. */
bool wire_page_says_refused(const void *body, size_t length);
