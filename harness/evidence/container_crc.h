/* container_crc.h - the CRC-32 of ZIP files (APPNOTE.TXT 6.3 section 4.4.7), as fast as the
 * processor allows: it runs over every byte beside SHA-256 and must not cost what that costs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* crc is 0 for the first piece, then what the piece before gave. */
uint32_t container_crc(uint32_t crc, const void *data, size_t length);
