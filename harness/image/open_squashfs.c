/* squashfs 4, by libsquashfs (squashfs-tools-ng). */
#include "image/walk.h"

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDERS_DEEP = 48 };

/* A file that is memory. */
struct memory {
    sqfs_file_t file; /* first: the library casts */
    const uint8_t *data;
    size_t length;
};

struct tree {
    struct opening *opening;
    sqfs_compressor_t *compressor;
    sqfs_dir_reader_t *folders;
    sqfs_data_reader_t *contents;
    unsigned broken; /* entries */
};

static void memory_keep(sqfs_object_t *object)
{
    (void) object;
}

static int memory_read(sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size)
{
    const struct memory *memory = (const struct memory *) file;

    if (offset > memory->length || size > memory->length - offset) {
        return SQFS_ERROR_OUT_OF_BOUNDS;
    }
    memcpy(buffer, memory->data + offset, size);
    return 0;
}

static int memory_write(sqfs_file_t *file, sqfs_u64 offset, const void *buffer, size_t size)
{
    (void) file;
    (void) offset;
    (void) buffer;
    (void) size;
    return SQFS_ERROR_IO;
}

static sqfs_u64 memory_size(const sqfs_file_t *file)
{
    return ((const struct memory *) file)->length;
}

static int memory_truncate(sqfs_file_t *file, sqfs_u64 size)
{
    (void) file;
    (void) size;
    return SQFS_ERROR_IO;
}

static void tree_done(struct tree *tree)
{
    sqfs_destroy(tree->contents);
    sqfs_destroy(tree->folders);
    sqfs_destroy(tree->compressor);
}

static enum status file_take(struct tree *tree, const sqfs_inode_generic_t *inode, const char *path,
                             struct error *reterr)
{
    sqfs_u64 size = 0;
    size_t room;
    size_t length = 0;
    uint8_t *data;

    if (sqfs_inode_get_file_size(inode, &size) != 0) {
        tree->broken++;
        return STATUS_OK;
    }
    room = image_room(tree->opening, size);
    data = malloc(room + 1);
    if (data == NULL) {
        abort();
    }
    while (length < room && image_goes_on(tree->opening)) {
        size_t piece = room - length < 1 << 20 ? room - length : 1 << 20;
        sqfs_s32 got =
            sqfs_data_reader_read(tree->contents, inode, length, data + length, (sqfs_u32) piece);

        if (got <= 0) {
            tree->broken++;
            break;
        }
        length += (size_t) got;
    }
    return image_give(tree->opening, path, data, length, room < size, reterr);
}

static enum status folder_take(struct tree *tree, const sqfs_inode_generic_t *folder,
                               const char *path, unsigned depth, struct error *reterr);

static enum status entry_take(struct tree *tree, const sqfs_inode_generic_t *inode,
                              const char *path, unsigned depth, struct error *reterr)
{
    switch (inode->base.type) {
    case SQFS_INODE_DIR:
    case SQFS_INODE_EXT_DIR:
        return folder_take(tree, inode, path, depth + 1, reterr);
    case SQFS_INODE_FILE:
    case SQFS_INODE_EXT_FILE:
        return file_take(tree, inode, path, reterr);
    default:
        return STATUS_OK;
    }
}

/* The reader has one place, so the entries of a folder are found again by their number. */
static enum status folder_take(struct tree *tree, const sqfs_inode_generic_t *folder,
                               const char *path, unsigned depth, struct error *reterr)
{
    sqfs_dir_reader_t *own = sqfs_copy(tree->folders);
    enum status status = STATUS_OK;

    if (own == NULL || depth > FOLDERS_DEEP || sqfs_dir_reader_open_dir(own, folder, 0) != 0) {
        tree->broken++;
        sqfs_destroy(own);
        return STATUS_OK;
    }
    while (status == STATUS_OK && image_take(tree->opening, 1)) {
        char inner[IMAGE_PATH_SIZE];
        sqfs_dir_entry_t *entry = NULL;
        sqfs_inode_generic_t *inode = NULL;
        int word = sqfs_dir_reader_read(own, &entry);

        if (word != 0) {
            tree->broken += word < 0 ? 1 : 0;
            break;
        }
        (void) snprintf(inner, sizeof inner, "%s/%.*s", path, (int) entry->size + 1,
                        (const char *) entry->name);
        sqfs_free(entry);
        if (sqfs_dir_reader_get_inode(own, &inode) != 0) {
            tree->broken++;
            break;
        }
        status = entry_take(tree, inode, inner, depth, reterr);
        sqfs_free(inode);
    }
    sqfs_destroy(own);
    return status;
}

/* The library takes the table's memory before it looks whether the image has a place of eight
 * octets for each 512 entries of it. */
static bool sizes_fit(const sqfs_super_t *super, size_t length)
{
    return ((uint64_t) super->fragment_entry_count + 511) / 512 * 8 <= length &&
           super->bytes_used >= sizeof *super;
}

static bool tree_open(struct tree *tree, struct memory *memory, const sqfs_super_t *super,
                      sqfs_inode_generic_t **ret_root)
{
    sqfs_compressor_config_t config;

    if (sqfs_compressor_config_init(&config, super->compression_id, super->block_size,
                                    SQFS_COMP_FLAG_UNCOMPRESS) != 0 ||
        sqfs_compressor_create(&config, &tree->compressor) != 0) {
        return false;
    }
    tree->folders = sqfs_dir_reader_create(super, tree->compressor, &memory->file, 0);
    tree->contents = sqfs_data_reader_create(&memory->file, super->block_size, tree->compressor, 0);
    return tree->folders != NULL && tree->contents != NULL &&
           sqfs_data_reader_load_fragment_table(tree->contents, super) == 0 &&
           sqfs_dir_reader_get_root_inode(tree->folders, ret_root) == 0;
}

enum status image_open_squashfs(struct opening *opening, struct error *reterr)
{
    struct memory memory = { .file = { .base = { .destroy = memory_keep },
                                       .read_at = memory_read,
                                       .write_at = memory_write,
                                       .get_size = memory_size,
                                       .truncate = memory_truncate },
                             .data = opening->data,
                             .length = opening->length };
    DEFER(tree_done) struct tree tree = { .opening = opening };
    sqfs_inode_generic_t *root = NULL;
    sqfs_super_t super;
    enum status status;
    const char *name;

    opening->part->size = opening->length;
    if (sqfs_super_read(&super, &memory.file) != 0 || !sizes_fit(&super, opening->length)) {
        return STATUS_OK;
    }
    if (super.bytes_used < opening->length) {
        opening->part->size = (size_t) super.bytes_used;
    }
    name = sqfs_compressor_name_from_id((SQFS_COMPRESSOR) super.compression_id);
    (void) snprintf(opening->part->format, sizeof opening->part->format, "squashfs, %s",
                    name != NULL ? name : "unknown compression");
    if (!tree_open(&tree, &memory, &super, &root)) {
        return STATUS_OK;
    }
    opening->part->opened = true;
    status = folder_take(&tree, root, "", 0, reterr);
    sqfs_free(root);
    if (status == STATUS_OK && tree.broken > 0) {
        image_closed(opening, "(some entries)", "broken", 0);
    }
    return status;
}
