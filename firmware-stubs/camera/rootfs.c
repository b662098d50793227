#include "camera/rootfs.h"

#include "support/crypto.h"
#include "support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 512, ARCHIVE_MAX = 1024 * 1024, PROGRAM_LENGTH = 24 * 1024, GZIP_WINDOW = 15 + 16 };

/* POSIX.1-1988 ustar; all but the data is text in octal. */
struct header {
    char name[100];
    char mode[8];
    char owner[8];
    char group[8];
    char size[12];
    char time[12];
    char sum[8];
    char kind;
    char link[100];
    char magic[8];
    char owner_name[32];
    char group_name[32];
    char unused[183];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static void file_append(struct buffer *archive, const char *path, unsigned mode, const void *data,
                        size_t length)
{
    static const char zeros[BLOCK] = { 0 };
    struct header header = { .kind = '0' };
    unsigned sum = 0;

    snprintf(header.name, sizeof header.name, "%s", path);
    snprintf(header.mode, sizeof header.mode, "%07o", mode & 07777);
    snprintf(header.owner, sizeof header.owner, "%07o", 0U);
    snprintf(header.group, sizeof header.group, "%07o", 0U);
    snprintf(header.size, sizeof header.size, "%011zo", length);
    snprintf(header.time, sizeof header.time, "%011o", 0U);
    memcpy(header.magic,
           "ustar\0"
           "00",
           sizeof header.magic);
    memset(header.sum, ' ', sizeof header.sum);
    for (size_t i = 0; i < sizeof header; i++) {
        sum += ((const unsigned char *) &header)[i];
    }
    snprintf(header.sum, sizeof header.sum, "%06o", sum & 0777777);
    buffer_append(archive, &header, sizeof header);
    buffer_append(archive, data, length);
    buffer_append(archive, zeros, (BLOCK - length % BLOCK) % BLOCK);
}

static void text_append(struct buffer *archive, const struct rootfs_file *file, const char *version)
{
    static const char mark[] = "${version}";
    const char *found = strstr(file->text, mark);
    DEFER(buffer_done) struct buffer text = buffer_bounded(ARCHIVE_MAX);

    if (found == NULL) {
        buffer_text(&text, file->text);
    } else {
        buffer_append(&text, file->text, (size_t) (found - file->text));
        buffer_text(&text, version);
        buffer_text(&text, found + sizeof mark - 1);
    }
    file_append(archive, file->path, file->mode, text.data, text.length);
}

/* Stands for the camera's program: as long as one, different in each version, no text, and as far
 * from noise as machine code is. */
static void program_append(struct buffer *archive, const char *version)
{
    static const uint8_t elf[] = { 0x7f, 'E', 'L', 'F', 1, 1, 1, 0 };
    struct seed seed = { { 0 } };
    uint8_t *program = calloc(1, PROGRAM_LENGTH);

    if (program == NULL) {
        abort();
    }
    memcpy(seed.bytes, version, strnlen(version, SEED_LENGTH));
    seed_derive(&seed, "camerad", program, PROGRAM_LENGTH);
    for (size_t i = 0; i < PROGRAM_LENGTH; i++) {
        program[i] = (uint8_t) (0x80 | (program[i] & 0x3f));
    }
    memcpy(program, elf, sizeof elf);
    file_append(archive, "usr/sbin/camerad", 0755, program, PROGRAM_LENGTH);
    free(program);
}

static bool gzip(const struct buffer *plain, struct buffer *packed)
{
    z_stream stream = { 0 };

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return false;
    }
    uLong most = deflateBound(&stream, plain->length);
    char *room = buffer_room(packed, most);
    stream.next_in = (Bytef *) plain->data;
    stream.avail_in = (uInt) plain->length;
    stream.next_out = (Bytef *) room;
    stream.avail_out = (uInt) most;
    bool right = room != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    packed->length += right ? stream.total_out : 0;
    deflateEnd(&stream);
    return right;
}

bool rootfs_pack(const struct stub *stub, const char *version, struct buffer *archive)
{
    static const char end[2 * BLOCK] = { 0 };
    DEFER(buffer_done) struct buffer plain = buffer_bounded(ARCHIVE_MAX);

    for (size_t i = 0; i < rootfs_file_count; i++) {
        const struct rootfs_file *file = &rootfs_files[i];
        if (file->only_with == DEFECT_NONE || stub_has(stub, file->only_with)) {
            text_append(&plain, file, version);
        }
    }
    program_append(&plain, version);
    buffer_append(&plain, end, sizeof end);
    return !plain.overflowed && gzip(&plain, archive);
}
