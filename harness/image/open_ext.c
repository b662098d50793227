/* ext2, ext3 and ext4, by libext2fs. */
#include "image/walk.h"

#include <ext2fs/ext2fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDERS_DEEP = 48 };

/* What libext2fs opens next: its open() is told a name and nothing else. */
static const struct opening *image_at_hand;

struct visit {
    struct opening *opening;
    ext2_filsys fs;
    const char *path;
    unsigned depth;
    struct error *reterr;
    enum status status;
    unsigned broken;
};

static errcode_t blocks_open(const char *name, int flags, io_channel *ret_channel);

static errcode_t blocks_close(io_channel channel)
{
    if (--channel->refcount <= 0) {
        free(channel);
    }
    return 0;
}

static errcode_t blocks_size(io_channel channel, int size)
{
    channel->block_size = size;
    return 0;
}

/* A negative count is one of octets. */
static errcode_t blocks_read64(io_channel channel, unsigned long long block, int count, void *data)
{
    const struct opening *opening = channel->private_data;
    const uint64_t unit = (uint64_t) channel->block_size;
    uint64_t size = (uint64_t) llabs((long long) count) * (count < 0 ? 1 : unit);
    uint64_t at = (uint64_t) block * unit;

    if (block > opening->length || at > opening->length || size > opening->length - at) {
        return EXT2_ET_SHORT_READ;
    }
    memcpy(data, opening->data + at, (size_t) size);
    return 0;
}

static errcode_t blocks_read(io_channel channel, unsigned long block, int count, void *data)
{
    return blocks_read64(channel, block, count, data);
}

static errcode_t blocks_write64(io_channel channel, unsigned long long block, int count,
                                const void *data)
{
    (void) channel;
    (void) block;
    (void) count;
    (void) data;
    return EXT2_ET_RO_FILSYS;
}

static errcode_t blocks_write(io_channel channel, unsigned long block, int count, const void *data)
{
    return blocks_write64(channel, block, count, data);
}

static errcode_t blocks_flush(io_channel channel)
{
    (void) channel;
    return 0;
}

static struct struct_io_manager blocks = { .magic = EXT2_ET_MAGIC_IO_MANAGER,
                                           .name = "memory",
                                           .open = blocks_open,
                                           .close = blocks_close,
                                           .set_blksize = blocks_size,
                                           .read_blk = blocks_read,
                                           .write_blk = blocks_write,
                                           .flush = blocks_flush,
                                           .read_blk64 = blocks_read64,
                                           .write_blk64 = blocks_write64 };

static errcode_t blocks_open(const char *name, int flags, io_channel *ret_channel)
{
    static char called[] = "memory";
    io_channel channel = calloc(1, sizeof *channel);

    (void) name;
    (void) flags;
    if (channel == NULL) {
        abort();
    }
    *channel = (struct struct_io_channel){ .magic = EXT2_ET_MAGIC_IO_CHANNEL,
                                           .manager = &blocks,
                                           .name = called,
                                           .block_size = 1024,
                                           .refcount = 1,
                                           .private_data = (void *) (uintptr_t) image_at_hand };
    *ret_channel = channel;
    return 0;
}

static enum status file_take(struct visit *visit, ext2_ino_t number, struct ext2_inode *inode,
                             const char *path)
{
    uint64_t size = EXT2_I_SIZE(inode);
    size_t room = image_room(visit->opening, size);
    ext2_file_t file = NULL;
    size_t length = 0;
    uint8_t *data;

    if (ext2fs_file_open2(visit->fs, number, inode, 0, &file) != 0) {
        visit->broken++;
        return STATUS_OK;
    }
    data = malloc(room + 1);
    if (data == NULL) {
        abort();
    }
    while (length < room && image_goes_on(visit->opening)) {
        unsigned piece = room - length < 1 << 20 ? (unsigned) (room - length) : 1u << 20;
        unsigned got = 0;

        if (ext2fs_file_read(file, data + length, piece, &got) != 0 || got == 0) {
            visit->broken++;
            break;
        }
        length += got;
    }
    (void) ext2fs_file_close(file);
    return image_give(visit->opening, path, data, length, room < size, visit->reterr);
}

static void folder_take(struct visit *visit, ext2_ino_t number);

// NOLINTNEXTLINE(readability-non-const-parameter): the library's type
static int entry_take(struct ext2_dir_entry *entry, int offset, int block_size, char *room,
                      void *context)
{
    struct visit *visit = context;
    int length = ext2fs_dirent_name_len(entry);
    char path[IMAGE_PATH_SIZE];
    struct ext2_inode inode;

    (void) offset;
    (void) block_size;
    (void) room;
    if ((length == 1 && entry->name[0] == '.') ||
        (length == 2 && memcmp(entry->name, "..", 2) == 0)) {
        return 0;
    }
    if (!image_take(visit->opening, 1)) {
        return DIRENT_ABORT;
    }
    (void) snprintf(path, sizeof path, "%s/%.*s", visit->path, length, entry->name);
    if (ext2fs_read_inode(visit->fs, entry->inode, &inode) != 0) {
        visit->broken++;
        return 0;
    }
    if (LINUX_S_ISDIR(inode.i_mode) && visit->depth < FOLDERS_DEEP) {
        struct visit inner = *visit;

        inner.path = path;
        inner.depth++;
        inner.broken = 0;
        folder_take(&inner, entry->inode);
        visit->status = inner.status;
        visit->broken += inner.broken;
    } else if (LINUX_S_ISREG(inode.i_mode)) {
        visit->status = file_take(visit, entry->inode, &inode, path);
    }
    return visit->status == STATUS_OK ? 0 : DIRENT_ABORT;
}

static void folder_take(struct visit *visit, ext2_ino_t number)
{
    if (ext2fs_dir_iterate(visit->fs, number, 0, NULL, entry_take, visit) != 0) {
        visit->broken++;
    }
}

enum status image_open_ext(struct opening *opening, struct error *reterr)
{
    struct visit visit = { .opening = opening, .path = "", .reterr = reterr };
    ext2_filsys fs = NULL;
    uint64_t size;

    image_at_hand = opening;
    if (ext2fs_open2("memory", NULL,
                     EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES | EXT2_FLAG_IGNORE_CSUM_ERRORS |
                         EXT2_FLAG_SKIP_MMP,
                     0, 0, &blocks, &fs) != 0) {
        return STATUS_OK;
    }
    size = ext2fs_blocks_count(fs->super) * fs->blocksize;
    opening->part->size = size < opening->length ? (size_t) size : opening->length;
    opening->part->opened = true;
    visit.fs = fs;
    folder_take(&visit, EXT2_ROOT_INO);
    if (visit.status == STATUS_OK && visit.broken > 0) {
        image_closed(opening, "(some entries)", "broken", 0);
    }
    (void) ext2fs_close_free(&fs);
    return visit.status;
}
