/* hash.h - the digests that firmware makes passwords from, as text. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_KIND_COUNT };

enum { HASH_BYTES_MAX = 32 };

const char *hash_word(enum hash_kind kind);

/* *ret_length: how many bytes the kind has. */
enum status hash_of(enum hash_kind kind, const void *data, size_t length,
                    unsigned char room[HASH_BYTES_MAX], size_t *ret_length,
                    struct error *reterr) MUST_CHECK;
