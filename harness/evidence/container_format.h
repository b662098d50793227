/* container_format.h - the records of a ZIP file (APPNOTE.TXT 6.3 section 4.3) as this
 * house's profile fixes them; for the container's reader and writer only. */
#pragma once

#include <stdint.h>

enum {
    ZIP_LOCAL_SIZE = 30,   /* section 4.3.7, without the name */
    ZIP_CENTRAL_SIZE = 46, /* section 4.3.12, without the name */
    ZIP_END_SIZE = 22,     /* section 4.3.16 */
    ZIP64_LOCATOR_SIZE = 20,
    ZIP_LOCAL_SIGNATURE = 0x04034b50,
    ZIP_CENTRAL_SIGNATURE = 0x02014b50,
    ZIP_END_SIGNATURE = 0x06054b50,
    ZIP64_LOCATOR_SIGNATURE = 0x07064b50,
    ZIP_VERSION = 20,
    ZIP_STORED = 0,
    ZIP_DEFLATED = 8,
    ZIP_DATE = 0x0021, /* 1980-01-01 */
};

/* "Version needed" to "extra field length" stand in both headers, byte for byte alike. */
enum { ZIP_SHARED_SIZE = 26, ZIP_LOCAL_SHARED = 4, ZIP_CENTRAL_SHARED = 6 };

/* All-ones stands for a ZIP64 value elsewhere. */
static const uint32_t zip_size_max = 0xfffffffeu;
static const uint16_t zip_count_max = 0xfffeu;

static inline uint16_t zip_u16(const uint8_t *at)
{
    return (uint16_t) (at[0] | at[1] << 8);
}

static inline uint32_t zip_u32(const uint8_t *at)
{
    return (uint32_t) zip_u16(at) | (uint32_t) zip_u16(at + 2) << 16;
}

static inline void zip_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t) value;
    at[1] = (uint8_t) (value >> 8);
}

static inline void zip_put_u32(uint8_t *at, uint32_t value)
{
    zip_put_u16(at, (uint16_t) value);
    zip_put_u16(at + 2, (uint16_t) (value >> 16));
}
