/* craft.h - containers made by hand, right or wrong in one named place. */
#pragma once

#include "base/bytes.h"
#include "evidence/container_read.h"
#include "evidence/fault.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CRAFT_FILES = 16 };

/* What one header says; local and central start alike. */
struct craft_header {
    const char *name;
    size_t name_length;
    uint16_t version;
    uint16_t flags;
    uint16_t method;
    uint16_t time;
    uint16_t date;
    uint32_t crc;
    uint32_t packed;
    uint32_t size;
    const char *extra; /* NULL: none */
};

struct craft_file {
    struct craft_header local;
    struct craft_header central;
    const void *data; /* as it lies in the file */
    size_t length;
    uint16_t made_by;
    const char *comment;
    uint16_t disk;
    uint16_t internal;
    uint32_t external;
    bool skip_local;
    bool skip_central;
    bool offset_given;
    uint32_t offset;
    const char *before; /* bytes in front of the local header */
};

struct craft {
    struct craft_file files[CRAFT_FILES];
    size_t count;
    const char *prefix;           /* before everything */
    const char *before_directory; /* between last entry and directory */
    const char *before_end;       /* between directory and end record */
    const char *suffix;           /* after everything */
    const char *comment;
    int count_more; /* added to both counts of the end record */
    int count_disk_more;
    int directory_size_more;
    int directory_offset_more;
};

static inline struct craft_file *craft_add(struct craft *craft, const char *name, const void *data,
                                           size_t length)
{
    struct craft_file *file = &craft->files[craft->count++];

    cr_assert(craft->count <= CRAFT_FILES);
    *file = (struct craft_file){ .data = data, .length = length, .made_by = 20 };
    file->local = (struct craft_header){ .name = name,
                                         .name_length = strlen(name),
                                         .version = 20,
                                         .date = 0x21,
                                         .crc = (uint32_t) crc32(0, data, (uInt) length),
                                         .packed = (uint32_t) length,
                                         .size = (uint32_t) length };
    file->central = file->local;
    return file;
}

/* The two that every container has, a manifest of no meaning, and two files. */
static inline struct craft craft_sound(void)
{
    struct craft craft = { .count = 0 };

    craft_add(&craft, "mimetype", CONTAINER_MEDIA_TYPE, strlen(CONTAINER_MEDIA_TYPE));
    craft_add(&craft, "META-INF/manifest.json", "{}", 2);
    craft_add(&craft, "log/events.jsonl", "alpha\n", 6);
    craft_add(&craft, "run/result.json", "beta\n", 5);
    return craft;
}

static inline void craft_put(struct bytes *out, const void *data, size_t length)
{
    cr_assert_eq(bytes_append(out, data, length, NULL), STATUS_OK);
}

static inline void craft_text(struct bytes *out, const char *text)
{
    if (text != NULL) {
        craft_put(out, text, strlen(text));
    }
}

static inline void craft_u16(struct bytes *out, unsigned value)
{
    const uint8_t octets[] = { (uint8_t) value, (uint8_t) (value >> 8) };

    craft_put(out, octets, 2);
}

static inline void craft_u32(struct bytes *out, uint32_t value)
{
    craft_u16(out, value & 0xffff);
    craft_u16(out, value >> 16);
}

static inline void craft_shared(struct bytes *out, const struct craft_header *header)
{
    craft_u16(out, header->version);
    craft_u16(out, header->flags);
    craft_u16(out, header->method);
    craft_u16(out, header->time);
    craft_u16(out, header->date);
    craft_u32(out, header->crc);
    craft_u32(out, header->packed);
    craft_u32(out, header->size);
    craft_u16(out, (unsigned) header->name_length);
    craft_u16(out, header->extra == NULL ? 0 : (unsigned) strlen(header->extra));
}

static inline void craft_local(struct bytes *out, struct craft_file *file)
{
    craft_text(out, file->before);
    if (!file->offset_given) {
        file->offset = (uint32_t) out->length;
    }
    if (file->skip_local) {
        return;
    }
    craft_u32(out, 0x04034b50);
    craft_shared(out, &file->local);
    craft_put(out, file->local.name, file->local.name_length);
    craft_text(out, file->local.extra);
    craft_put(out, file->data, file->length);
}

static inline unsigned craft_central(struct bytes *out, const struct craft_file *file)
{
    if (file->skip_central) {
        return 0;
    }
    craft_u32(out, 0x02014b50);
    craft_u16(out, file->made_by);
    craft_shared(out, &file->central);
    craft_u16(out, file->comment == NULL ? 0 : (unsigned) strlen(file->comment));
    craft_u16(out, file->disk);
    craft_u16(out, file->internal);
    craft_u32(out, file->external);
    craft_u32(out, file->offset);
    craft_put(out, file->central.name, file->central.name_length);
    craft_text(out, file->central.extra);
    craft_text(out, file->comment);
    return 1;
}

/* bytes_done the result. */
static inline struct bytes craft_build(struct craft *craft)
{
    struct bytes out = bytes_bounded(64 << 20);
    unsigned count = 0;
    size_t start;
    size_t length;

    craft_text(&out, craft->prefix);
    for (size_t i = 0; i < craft->count; i++) {
        craft_local(&out, &craft->files[i]);
    }
    craft_text(&out, craft->before_directory);
    start = out.length;
    for (size_t i = 0; i < craft->count; i++) {
        count += craft_central(&out, &craft->files[i]);
    }
    length = out.length - start;
    craft_text(&out, craft->before_end);
    craft_u32(&out, 0x06054b50);
    craft_u16(&out, 0);
    craft_u16(&out, 0);
    craft_u16(&out, count + (unsigned) craft->count_more + (unsigned) craft->count_disk_more);
    craft_u16(&out, count + (unsigned) craft->count_more);
    craft_u32(&out, (uint32_t) length + (uint32_t) craft->directory_size_more);
    craft_u32(&out, (uint32_t) start + (uint32_t) craft->directory_offset_more);
    craft_u16(&out, craft->comment == NULL ? 0 : (unsigned) strlen(craft->comment));
    craft_text(&out, craft->comment);
    craft_text(&out, craft->suffix);
    return out;
}

/* Opens and reads everything. */
static inline enum status craft_check(const void *data, size_t length, struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;

    TRY(container_read_open_memory(data, length, NULL, &reader, reterr));
    return container_read_check(reader, reterr);
}

static inline void craft_expect(const void *data, size_t length, const char *code)
{
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";
    enum status status = craft_check(data, length, &error);

    if (status != STATUS_OK) {
        fault_code(&error, found);
    }
    cr_assert_str_eq(found, code, "wanted '%s', got '%s' (%s)", code, found, error.message);
    cr_assert(status == STATUS_OK || status == STATUS_BAD_INPUT || status == STATUS_LIMIT);
}

static inline void craft_refused(struct craft *craft, const char *code)
{
    DEFER(bytes_done) struct bytes container = craft_build(craft);

    craft_expect(container.data, container.length, code);
}

/* Raw deflate of data; bytes_done the result. */
static inline struct bytes craft_deflate(const void *data, size_t length)
{
    struct bytes out = bytes_bounded(64 << 20);
    z_stream stream = { 0 };
    uint8_t *room;
    uLong bound;

    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    bound = deflateBound(&stream, (uLong) length);
    cr_assert_eq(bytes_reserve(&out, bound, &room, NULL), STATUS_OK);
    stream.next_in = (Bytef *) (uintptr_t) data;
    stream.avail_in = (uInt) length;
    stream.next_out = room;
    stream.avail_out = (uInt) bound;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes_commit(&out, bound - stream.avail_out);
    (void) deflateEnd(&stream);
    return out;
}

/* Makes a file deflated: packed bytes in, declared size and CRC those of plain. */
static inline void craft_packed(struct craft_file *file, const struct bytes *packed,
                                const void *plain, size_t length)
{
    file->data = packed->data;
    file->length = packed->length;
    file->local.method = 8;
    file->local.packed = (uint32_t) packed->length;
    file->local.size = (uint32_t) length;
    file->local.crc = (uint32_t) crc32(0, plain, (uInt) length);
    file->central = file->local;
}
