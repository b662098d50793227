#include "image/walk.h"

#include <math.h>
#include <string.h>

enum {
    NOISE_WINDOW = 4096,
    NOISE_LEAST = 1024, /* octets that say anything of their distribution */
    EXT_MAGIC_AT = 1080,
    TAR_MAGIC_AT = 257,
    ISO_MAGIC_AT = 32769,
    LZMA_HEAD = 13
};

static const double noise_bits = 7.5; /* of 8; program code stays below 7 */

struct magic {
    const char *name;
    enum image_kind kind;
    size_t before; /* octets of the container that come before the mark */
    size_t length;
    const char *mark;
    bool sure;
    bool (*fits)(const uint8_t *at, size_t length); /* at: the mark; or NULL */
};

static uint32_t little32(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 |
           (uint32_t) at[3] << 24;
}

static bool squashfs4(const uint8_t *at, size_t length)
{
    return length >= 96 && at[28] == 4 && at[29] == 0;
}

static bool squashfs_older(const uint8_t *at, size_t length)
{
    return length >= 96 && !squashfs4(at, length) && at[28] < 4;
}

/* RFC 1952: no reserved flag. */
static bool gzip(const uint8_t *at, size_t length)
{
    return length >= 18 && (at[3] & 0xe0) == 0;
}

static bool bzip2(const uint8_t *at, size_t length)
{
    return length >= 14 && at[3] >= '1' && at[3] <= '9' && memcmp(at + 4, "1AY&SY", 6) == 0;
}

/* Properties lc=3 lp=0 pb=2, a dictionary of a round size, and a length that can be. */
static bool lzma(const uint8_t *at, size_t length)
{
    uint32_t dictionary;

    if (length < LZMA_HEAD + 5 || at[LZMA_HEAD] != 0) {
        return false;
    }
    dictionary = little32(at + 1);
    return dictionary >= 1u << 12 && (dictionary & (dictionary - 1)) == 0 &&
           (memcmp(at + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0 ||
            (little32(at + 9) == 0 && little32(at + 5) < 1u << 30));
}

/* struct ext2_super_block: a block size that can be, and a revision that is known. */
static bool ext(const uint8_t *at, size_t length)
{
    return length >= 1024 - 56 && little32(at - 56 + 24) <= 6 && little32(at - 56 + 76) <= 1 &&
           little32(at - 56) > 0 && little32(at - 56 + 4) > 0;
}

/* A node of a type that there is, whole within the file (jffs2_unknown_node). */
static bool jffs2(const uint8_t *at, size_t length)
{
    return length >= 12 && little32(at + 4) >= 12 && little32(at + 4) <= length &&
           ((at[2] >= 0x03 && at[2] <= 0x06 && at[3] == 0x20) ||
            ((at[2] == 0x01 || at[2] == 0x02) && at[3] == 0xe0));
}

/* struct ubi_ec_hdr: padding of zeros behind the version. */
static bool ubi(const uint8_t *at, size_t length)
{
    return length >= 64 && at[5] == 0 && at[6] == 0 && at[7] == 0;
}

/* struct ubifs_ch: a length that can be, and a type that there is. */
static bool ubifs(const uint8_t *at, size_t length)
{
    return length >= 24 && little32(at + 16) >= 24 && little32(at + 16) <= 1u << 22 &&
           at[20] <= 11 && at[22] == 0 && at[23] == 0;
}

static bool cramfs(const uint8_t *at, size_t length)
{
    return length >= 76 && memcmp(at + 16, "Compressed ROMFS", 16) == 0;
}

/* Its full size, big endian, is within the file. */
static bool romfs(const uint8_t *at, size_t length)
{
    uint32_t size = length < 16 ? 0
                                : (uint32_t) at[8] << 24 | (uint32_t) at[9] << 16 |
                                      (uint32_t) at[10] << 8 | at[11];

    return size >= 32 && size <= length;
}

#define MARK(text) .mark = (text), .length = sizeof(text) - 1

static const struct magic magics[] = {
    { .name = "squashfs", .kind = IMAGE_SQUASHFS, MARK("hsqs"), .sure = true, .fits = squashfs4 },
    { .name = "squashfs of an old version",
      .kind = IMAGE_CLOSED,
      MARK("hsqs"),
      .sure = true,
      .fits = squashfs_older },
    { .name = "squashfs, big endian",
      .kind = IMAGE_CLOSED,
      MARK("sqsh"),
      .sure = true,
      .fits = squashfs_older },
    { .name = "gzip", .kind = IMAGE_ARCHIVE, MARK("\x1f\x8b\x08"), .fits = gzip },
    { .name = "xz",
      .kind = IMAGE_ARCHIVE,
      MARK("\xfd"
           "7zXZ\0"),
      .sure = true },
    { .name = "bzip2", .kind = IMAGE_ARCHIVE, MARK("BZh"), .sure = true, .fits = bzip2 },
    { .name = "zstd", .kind = IMAGE_ARCHIVE, MARK("\x28\xb5\x2f\xfd") },
    { .name = "lz4", .kind = IMAGE_ARCHIVE, MARK("\x04\x22\x4d\x18") },
    { .name = "lzma", .kind = IMAGE_ARCHIVE, MARK("\x5d\0\0"), .fits = lzma },
    { .name = "zip", .kind = IMAGE_ARCHIVE, MARK("PK\x03\x04"), .sure = true },
    { .name = "7z", .kind = IMAGE_ARCHIVE, MARK("7z\xbc\xaf\x27\x1c"), .sure = true },
    { .name = "cpio", .kind = IMAGE_ARCHIVE, MARK("070701") },
    { .name = "cpio", .kind = IMAGE_ARCHIVE, MARK("070702") },
    { .name = "cpio", .kind = IMAGE_ARCHIVE, MARK("070707") },
    { .name = "tar", .kind = IMAGE_ARCHIVE, .before = TAR_MAGIC_AT, MARK("ustar") },
    { .name = "ar", .kind = IMAGE_ARCHIVE, MARK("!<arch>\n"), .sure = true },
    { .name = "iso9660", .kind = IMAGE_ARCHIVE, .before = ISO_MAGIC_AT, MARK("CD001") },
    { .name = "ext", .kind = IMAGE_EXT, .before = EXT_MAGIC_AT, MARK("\x53\xef"), .fits = ext },
    { .name = "UBI", .kind = IMAGE_CLOSED, MARK("UBI#\x01"), .sure = true, .fits = ubi },
    { .name = "UBIFS",
      .kind = IMAGE_CLOSED,
      MARK("\x31\x18\x10\x06"),
      .sure = true,
      .fits = ubifs },
    { .name = "cramfs",
      .kind = IMAGE_CLOSED,
      MARK("\x45\x3d\xcd\x28"),
      .sure = true,
      .fits = cramfs },
    { .name = "JFFS2", .kind = IMAGE_CLOSED, MARK("\x85\x19"), .sure = true, .fits = jffs2 },
    { .name = "romfs", .kind = IMAGE_CLOSED, MARK("-rom1fs-"), .sure = true, .fits = romfs },
};

static bool magic_fits(const struct magic *magic, const uint8_t *data, size_t length, size_t at,
                       size_t from)
{
    return length - at >= magic->length && at >= magic->before && at - magic->before >= from &&
           memcmp(data + at, magic->mark, magic->length) == 0 &&
           (magic->fits == NULL || magic->fits(data + at, length - at));
}

/* Some marks come late in their container, so the earliest beginning is not that of the earliest
 * mark: what is found first is kept, and what may begin before it is looked for a little longer. */
bool image_carve(const uint8_t *data, size_t length, size_t from, bool skip_closed,
                 struct carved *ret_found)
{
    static bool begins[256];
    static bool begins_known;
    bool found = false;
    size_t end = length;

    for (size_t i = 0; !begins_known && i < sizeof magics / sizeof magics[0]; i++) {
        begins[(uint8_t) magics[i].mark[0]] = true;
    }
    begins_known = true;
    for (size_t at = from; at < end; at++) {
        if (!begins[data[at]]) {
            continue;
        }
        for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
            const struct magic *magic = &magics[i];

            if (!magic_fits(magic, data, length, at, from) ||
                (skip_closed && magic->kind == IMAGE_CLOSED) ||
                (found && at - magic->before >= ret_found->offset)) {
                continue;
            }
            if (!found) {
                end = length - at > ISO_MAGIC_AT ? at + ISO_MAGIC_AT : length;
            }
            found = true;
            *ret_found = (struct carved){ .kind = magic->kind,
                                          .name = magic->name,
                                          .offset = at - magic->before,
                                          .sure = magic->sure };
        }
    }
    return found;
}

static double entropy(const uint8_t *data, size_t length)
{
    unsigned counts[256] = { 0 };
    double bits = 0;

    for (size_t i = 0; i < length; i++) {
        counts[data[i]]++;
    }
    for (size_t i = 0; i < 256; i++) {
        double share = (double) counts[i] / (double) length;

        bits -= counts[i] == 0 ? 0 : share * log2(share);
    }
    return bits;
}

size_t image_noise(const uint8_t *data, size_t length)
{
    size_t noise = 0;

    for (size_t at = 0; length - at >= NOISE_LEAST;) {
        size_t size = length - at < NOISE_WINDOW ? length - at : NOISE_WINDOW;

        noise += entropy(data + at, size) >= noise_bits ? size : 0;
        at += size;
    }
    return noise;
}

bool image_is_media(const uint8_t *data, size_t length)
{
    static const struct {
        size_t at;
        size_t length;
        const char *mark;
    } kinds[] = { { 0, 3, "\xff\xd8\xff" }, { 0, 4, "\x89PNG" },  { 0, 4, "GIF8" },
                  { 8, 4, "WEBP" },         { 4, 4, "ftyp" },     { 0, 4, "OggS" },
                  { 0, 3, "ID3" },          { 0, 2, "\xff\xfb" }, { 0, 4, "wOFF" },
                  { 0, 4, "wOF2" },         { 0, 4, "%PDF" },     { 0, 4, "\x1a\x45\xdf\xa3" } };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (length >= kinds[i].at + kinds[i].length &&
            memcmp(data + kinds[i].at, kinds[i].mark, kinds[i].length) == 0) {
            return true;
        }
    }
    return false;
}
