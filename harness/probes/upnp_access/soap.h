/* soap.h - the body that asks for an action (UPnP Device Architecture 1.1 section 3.2.1). */
#pragma once

#include "base/bytes.h"

#include <jansson.h>

/* arguments: an object of texts and whole numbers, in the order in which they are sent, or NULL.
 * Appends the body and a NUL.  BAD_INPUT for a value of another kind. */
enum status soap_ask_write(const char *type, const char *action, const json_t *arguments,
                           struct bytes *out, struct error *reterr) MUST_CHECK;
