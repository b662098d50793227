#include "raw_zip.h"

#include "evidence/container_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DOS_DATE_1980 = 0x21, LOCATOR_SIZE = 20 };

static void give_up(const char *why)
{
    (void) fprintf(stderr, "raw_zip: %s\n", why);
    exit(70);
}

void raw_zip_done(struct raw_zip *zip)
{
    for (size_t i = 0; i < zip->count; i++) {
        free(zip->entries[i].data);
    }
    *zip = (struct raw_zip){ 0 };
}

void raw_entry_rename(struct raw_entry *entry, const char *name, size_t length)
{
    if (length >= RAW_NAME_MAX) {
        give_up("a name is too long");
    }
    memcpy(entry->local.name, name, length);
    entry->local.name_length = length;
    memcpy(entry->central.name, name, length);
    entry->central.name_length = length;
}

static void take_data(struct raw_entry *entry, const void *data, size_t length)
{
    uint8_t *copy = malloc(length + 1);

    if (copy == NULL) {
        abort();
    }
    if (length > 0) {
        memcpy(copy, data, length);
    }
    free(entry->data);
    entry->data = copy;
    entry->length = length;
}

void raw_entry_set(struct raw_entry *entry, const void *data, size_t length)
{
    uint32_t crc = (uint32_t) crc32(0, data, (uInt) length);
    struct raw_header *headers[] = { &entry->local, &entry->central };

    take_data(entry, data, length);
    for (size_t i = 0; i < 2; i++) {
        headers[i]->crc = crc;
        headers[i]->method = 0;
        headers[i]->packed = headers[i]->size = (uint32_t) length;
    }
}

void raw_entry_deflate(struct raw_entry *entry)
{
    uLong room = compressBound((uLong) entry->length) + 64;
    uint8_t *packed = malloc(room);
    z_stream stream = { 0 };
    size_t length;

    if (packed == NULL || deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, 0) != Z_OK) {
        abort();
    }
    stream.next_in = entry->data;
    stream.avail_in = (uInt) entry->length;
    stream.next_out = packed;
    stream.avail_out = (uInt) room;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        give_up("deflate failed");
    }
    length = stream.total_out;
    (void) deflateEnd(&stream);
    free(entry->data);
    entry->data = packed;
    entry->length = length;
    entry->local.method = entry->central.method = 8;
    entry->local.packed = entry->central.packed = (uint32_t) length;
}

struct raw_entry *raw_zip_insert(struct raw_zip *zip, size_t place, const char *name,
                                 const void *data, size_t length)
{
    const struct raw_header header = { .needed = 20, .date = DOS_DATE_1980 };
    struct raw_entry *entry = &zip->entries[place];

    if (zip->count == RAW_ENTRIES_MAX || place > zip->count) {
        give_up("too many entries");
    }
    memmove(entry + 1, entry, (zip->count - place) * sizeof *entry);
    zip->count++;
    *entry = (struct raw_entry){ .local = header, .central = header };
    raw_entry_rename(entry, name, strlen(name));
    raw_entry_set(entry, data, length);
    return entry;
}

struct raw_entry *raw_zip_find(struct raw_zip *zip, const char *name)
{
    for (size_t i = 0; i < zip->count; i++) {
        if (strcmp(zip->entries[i].central.name, name) == 0) {
            return &zip->entries[i];
        }
    }
    give_up(name);
    return NULL;
}

void raw_zip_remove(struct raw_zip *zip, const char *name)
{
    struct raw_entry *entry = raw_zip_find(zip, name);
    size_t place = (size_t) (entry - zip->entries);

    free(entry->data);
    memmove(entry, entry + 1, (zip->count - place - 1) * sizeof *entry);
    zip->count--;
}

static int entry_compare(const void *a, const void *b)
{
    const struct raw_entry *one = a;
    const struct raw_entry *other = b;

    return strcmp(one->central.name, other->central.name);
}

void raw_zip_sort(struct raw_zip *zip)
{
    qsort(zip->entries + 2, zip->count - 2, sizeof zip->entries[0], entry_compare);
}

enum status raw_zip_load(struct raw_zip *zip, const char *path, struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;

    TRY(container_read_open(path, NULL, &reader, reterr));
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);
        DEFER(bytes_done) struct bytes content = bytes_bounded(64 << 20);

        TRY(container_read_bytes(reader, entry, &content, reterr));
        (void) raw_zip_insert(zip, zip->count, entry->name, content.data, content.length);
    }
    return STATUS_OK;
}

static void put16(uint8_t **at, uint32_t value)
{
    *(*at)++ = (uint8_t) value;
    *(*at)++ = (uint8_t) (value >> 8);
}

static void put32(uint8_t **at, uint32_t value)
{
    put16(at, value & 0xffff);
    put16(at, value >> 16);
}

static enum status put_junk(struct bytes *out, size_t length, struct error *reterr)
{
    for (size_t i = 0; i < length; i++) {
        TRY(bytes_append(out, "x", 1, reterr));
    }
    return STATUS_OK;
}

static void put_shared(uint8_t **at, const struct raw_header *header)
{
    put16(at, header->needed);
    put16(at, header->flags);
    put16(at, header->method);
    put16(at, header->time);
    put16(at, header->date);
    put32(at, header->crc);
    put32(at, header->packed);
    put32(at, header->size);
    put16(at, (uint32_t) header->name_length);
    put16(at, (uint32_t) header->extra);
}

static enum status put_local(const struct raw_entry *entry, struct bytes *out, struct error *reterr)
{
    uint8_t room[30];
    uint8_t *at = room;

    put32(&at, 0x04034b50);
    put_shared(&at, &entry->local);
    TRY(bytes_append(out, room, sizeof room, reterr));
    TRY(bytes_append(out, entry->local.name, entry->local.name_length, reterr));
    TRY(put_junk(out, entry->local.extra, reterr));
    return bytes_append(out, entry->data, entry->length, reterr);
}

static enum status put_central(const struct raw_entry *entry, uint32_t offset, struct bytes *out,
                               struct error *reterr)
{
    uint8_t room[46];
    uint8_t *at = room;

    put32(&at, 0x02014b50);
    put16(&at, 20);
    put_shared(&at, &entry->central);
    put16(&at, 0);
    put16(&at, 0);
    put16(&at, 0);
    put32(&at, entry->external);
    put32(&at, entry->fixed_offset ? entry->offset : offset);
    TRY(bytes_append(out, room, sizeof room, reterr));
    TRY(bytes_append(out, entry->central.name, entry->central.name_length, reterr));
    return put_junk(out, entry->central.extra, reterr);
}

static enum status put_end(const struct raw_zip *zip, uint32_t listed, uint32_t start,
                           struct bytes *out, struct error *reterr)
{
    uint8_t locator[LOCATOR_SIZE] = { 'P', 'K', 6, 7 };
    uint32_t size = (uint32_t) out->length - start;
    uint8_t room[22];
    uint8_t *at = room;

    if (zip->zip64_locator) {
        TRY(bytes_append(out, locator, sizeof locator, reterr));
    }
    put32(&at, 0x06054b50);
    put32(&at, 0);
    put16(&at, (uint32_t) ((int) listed + zip->count_error));
    put16(&at, (uint32_t) ((int) listed + zip->count_error));
    put32(&at, size);
    put32(&at, start);
    put16(&at, (uint32_t) zip->comment);
    TRY(bytes_append(out, room, sizeof room, reterr));
    TRY(put_junk(out, zip->comment, reterr));
    return put_junk(out, zip->after, reterr);
}

enum status raw_zip_write(const struct raw_zip *zip, struct bytes *out, struct error *reterr)
{
    uint32_t offsets[RAW_ENTRIES_MAX] = { 0 };
    uint32_t listed = 0;
    uint32_t start;

    TRY(put_junk(out, zip->before, reterr));
    for (size_t i = 0; i < zip->count; i++) {
        TRY(put_junk(out, zip->entries[i].gap, reterr));
        offsets[i] = (uint32_t) out->length;
        if (!zip->entries[i].no_local) {
            TRY(put_local(&zip->entries[i], out, reterr));
        }
    }
    start = (uint32_t) out->length;
    for (size_t i = 0; i < zip->count; i++) {
        if (!zip->entries[i].no_central) {
            TRY(put_central(&zip->entries[i], offsets[i], out, reterr));
            listed++;
        }
    }
    return put_end(zip, listed, start, out, reterr);
}
