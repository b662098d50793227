/* sha256.h - SHA-256 (FIPS 180-4) of something a device sent. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum { SHA256_TEXT_SIZE = 2 * 32 + 1 };

/* Lower-case hex. */
enum status sha256_text(const void *data, size_t length, char room[SHA256_TEXT_SIZE],
                        struct error *reterr) MUST_CHECK;
