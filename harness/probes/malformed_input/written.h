/* written.h - malformed messages written by hand, each wrong in one way.  Pure. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>

size_t written_count(const char *protocol);

/* Writes the number-th; its name, static.  number is below written_count. */
const char *written_make(const char *protocol, size_t number, struct builder *builder);
