/* tar, cpio, zip, 7z, ar, ISO 9660, and single compressed files, by libarchive. */
#include "image/walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16384, EOCD_SIZE = 22, SEVEN_HEAD = 32 };

static void archive_done(struct archive **archive)
{
    if (*archive != NULL) {
        (void) archive_read_free(*archive);
    }
}

/* By name, because the ones that "all" adds may start programs, and because the parsers of rare
 * formats have been the ones with holes. */
static struct archive *reader_new(bool raw)
{
    struct archive *archive = archive_read_new();

    if (archive == NULL) {
        abort();
    }
    (void) archive_read_support_filter_gzip(archive);
    (void) archive_read_support_filter_bzip2(archive);
    (void) archive_read_support_filter_xz(archive);
    (void) archive_read_support_filter_lzma(archive);
    (void) archive_read_support_filter_zstd(archive);
    (void) archive_read_support_filter_lz4(archive);
    (void) archive_read_support_format_raw(archive);
    if (!raw) {
        (void) archive_read_support_format_tar(archive);
        (void) archive_read_support_format_cpio(archive);
        (void) archive_read_support_format_zip(archive);
        (void) archive_read_support_format_7zip(archive);
        (void) archive_read_support_format_ar(archive);
        (void) archive_read_support_format_iso9660(archive);
    }
    return archive;
}

static uint64_t little(const uint8_t *at, unsigned width)
{
    uint64_t value = 0;

    while (width-- > 0) {
        value = value << 8 | at[width];
    }
    return value;
}

/* Formats with their table at the end: where that ends, or the blob's end. */
static size_t size_by_table(const struct opening *opening, int format)
{
    const uint8_t *data = opening->data;

    if (format == ARCHIVE_FORMAT_ZIP) {
        const uint8_t *at = memmem(data, opening->length, "PK\5\6", 4);
        size_t left = at == NULL ? 0 : opening->length - (size_t) (at - data);

        if (left >= EOCD_SIZE && little(at + 20, 2) <= left - EOCD_SIZE) {
            return (size_t) (at - data) + EOCD_SIZE + (size_t) little(at + 20, 2);
        }
    } else if (format == ARCHIVE_FORMAT_7ZIP && opening->length >= SEVEN_HEAD) {
        uint64_t offset = little(data + 12, 8);
        uint64_t size = little(data + 20, 8);

        if (offset <= opening->length && size <= opening->length &&
            SEVEN_HEAD + offset + size <= opening->length) {
            return (size_t) (SEVEN_HEAD + offset + size);
        }
    }
    return opening->length;
}

static size_t size_of(const struct opening *opening, struct archive *archive)
{
    int format = archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK;
    la_int64_t used = archive_filter_bytes(archive, -1);

    if (format == ARCHIVE_FORMAT_ZIP || format == ARCHIVE_FORMAT_7ZIP ||
        format == ARCHIVE_FORMAT_ISO9660) {
        return size_by_table(opening, format);
    }
    return used <= 0 || (uint64_t) used > opening->length ? opening->length : (size_t) used;
}

/* "gzip, tar" */
static void format_name(struct archive *archive, bool raw, char *room, size_t size)
{
    const char *filter = archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE
                             ? ""
                             : archive_filter_name(archive, 0);
    const char *format = raw ? "" : archive_format_name(archive);

    (void) snprintf(room, size, "%s%s%s", filter,
                    filter[0] != '\0' && format[0] != '\0' ? ", " : "", format);
}

/* One file whole, up to the ceiling; *ret_cut: there was more, or it is broken from there on. */
static uint8_t *file_read(struct opening *opening, struct archive *archive, size_t *ret_length,
                          bool *ret_cut, bool *ret_broken)
{
    size_t most = image_room(opening, UINT64_MAX);
    size_t capacity = BLOCK;
    uint8_t *data = malloc(capacity);
    size_t length = 0;

    for (;;) {
        la_ssize_t got;

        if (data == NULL) {
            abort();
        }
        if (length >= most || !image_goes_on(opening)) {
            *ret_cut = true;
            break;
        }
        got = archive_read_data(archive, data + length, capacity - length);
        if (got <= 0) {
            *ret_broken = got < 0;
            break;
        }
        length += (size_t) got;
        if (length == capacity) {
            capacity *= 2;
            data = realloc(data, capacity);
        }
    }
    *ret_length = length < most ? length : most;
    return data;
}

static enum status entry_take(struct opening *opening, struct archive *archive,
                              struct archive_entry *entry, bool raw, bool *ret_broken,
                              struct error *reterr)
{
    const char *path = raw ? NULL : archive_entry_pathname(entry);
    size_t length = 0;
    bool cut = false;
    uint8_t *data;

    if (path == NULL) {
        path = raw ? archive_filter_name(archive, 0) : "(a name that is no text)";
    }
    if (archive_entry_is_encrypted(entry)) {
        la_int64_t size = archive_entry_size(entry);

        /* It may lie, and be compressed. */
        opening->locked += size <= 0                           ? 1
                           : (uint64_t) size < opening->length ? (size_t) size
                                                               : opening->length;
        return STATUS_OK;
    }
    if (!raw && archive_entry_filetype(entry) != AE_IFREG) {
        return STATUS_OK;
    }
    data = file_read(opening, archive, &length, &cut, ret_broken);
    if (*ret_broken && length == 0) {
        free(data);
        return STATUS_OK;
    }
    return image_give(opening, path, data, length, cut, reterr);
}

static enum status entries_take(struct opening *opening, struct archive *archive, bool raw,
                                struct archive_entry *entry, struct error *reterr)
{
    int word = ARCHIVE_OK;
    bool broken = false;

    while ((word == ARCHIVE_OK || word == ARCHIVE_WARN) && !broken) {
        if (!image_take(opening, 1)) {
            opening->part->opened = true; /* as far as the ceiling */
            return STATUS_OK;
        }
        TRY(entry_take(opening, archive, entry, raw, &broken, reterr));
        word = broken ? ARCHIVE_FATAL : archive_read_next_header(archive, &entry);
    }
    opening->part->opened = opening->part->files > 0 || (!raw && word == ARCHIVE_EOF);
    if (opening->part->opened && opening->locked > 0) {
        image_closed(opening, "(some entries)", "encrypted",
                     opening->locked < opening->length ? opening->locked : opening->length);
    }
    if (opening->part->opened && word != ARCHIVE_EOF) {
        image_closed(opening, "(the rest)", "broken off", 0);
    }
    return STATUS_OK;
}

/* libarchive takes what follows an xz stream for a broken one, so where the stream ends has to be
 * known: its footer repeats the flags of its header, at a multiple of four octets (The .xz File
 * Format 1.1.0, section 2.1.2).  The blob's end when there is none. */
static size_t xz_end(const uint8_t *data, size_t length)
{
    if (length < 32 || memcmp(data,
                              "\xfd"
                              "7zXZ",
                              6) != 0) {
        return length;
    }
    for (size_t end = 32; end <= length; end += 4) {
        if (data[end - 2] == 'Y' && data[end - 1] == 'Z' &&
            memcmp(data + end - 4, data + 6, 2) == 0) {
            return end;
        }
    }
    return length;
}

/* Two blocks of zeros are an empty tar file to libarchive, and the beginning of a file system to
 * us: an archive without entries is tried again as one compressed file. */
static struct archive *archive_open(const struct opening *opening, size_t length,
                                    struct archive_entry **ret_entry)
{
    for (int raw = 0; raw < 2; raw++) {
        struct archive *archive = reader_new(raw != 0);
        int word = archive_read_open_memory2(archive, opening->data, length, BLOCK);

        if (word == ARCHIVE_OK) {
            word = archive_read_next_header(archive, ret_entry);
        }
        if (word == ARCHIVE_OK || word == ARCHIVE_WARN) {
            return archive;
        }
        (void) archive_read_free(archive);
        if (word != ARCHIVE_EOF) {
            break;
        }
    }
    return NULL;
}

enum status image_open_archive(struct opening *opening, struct error *reterr)
{
    struct archive_entry *entry = NULL;
    DEFER(archive_done) struct archive *archive = NULL;
    enum status status;
    bool raw;

    if (!image_take(opening, 1)) {
        return STATUS_OK;
    }
    archive = archive_open(opening, xz_end(opening->data, opening->length), &entry);
    if (archive == NULL) {
        return STATUS_OK;
    }
    raw = (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_RAW;
    if (raw && archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE) {
        return STATUS_OK;
    }
    format_name(archive, raw, opening->part->format, sizeof opening->part->format);
    status = entries_take(opening, archive, raw, entry, reterr);
    opening->part->size = size_of(opening, archive);
    return status;
}
