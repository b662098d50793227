/* credential_list.h - a published list of common credentials, as a tab-separated file.
 *
 * One pair a line: id, user, password, weight, source.  '#' begins a comment line.  In user and
 * password a lone "\e" is the empty text; "\\" is a backslash and "\t" a tab.  Pairs are
 * in the order in which they are worth trying. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

enum { CREDENTIAL_LIST_MAX = 4096, CREDENTIAL_TEXT_MAX = 128 };

struct credential_pair {
    unsigned id; /* from 1, unique; how records name the pair */
    const char *user;
    const char *password;
    unsigned weight; /* as in the source */
};

struct credential_list {
    struct credential_pair *pairs;
    size_t count;
};

/* BAD_INPUT with "name:line: ..." for anything that is not exactly that form, a pair
 * or an id given twice included. */
enum status credential_list_parse(const char *name, const void *data, size_t length,
                                  struct arena *arena, struct credential_list *ret_list,
                                  struct error *reterr) MUST_CHECK;

/* At most 256 KiB. */
enum status credential_list_load(const char *path, struct arena *arena,
                                 struct credential_list *ret_list, struct error *reterr) MUST_CHECK;
