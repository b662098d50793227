/* mark.h - a place in a text file, for messages of the form file:line:column. */
#pragma once

#include <stddef.h>

/* Both from 1; columns count characters, not bytes. */
struct source_mark {
    size_t line;
    size_t column;
};
