/* raw_zip.h - writes ZIP files that no honest writer would: every field of every record can be
 * given another value than the right one.  Entries are stored, not deflated, unless told. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

enum { RAW_ENTRIES_MAX = 64, RAW_NAME_MAX = 600 };

/* The fields that local and central header share (APPNOTE.TXT 4.3.7, 4.3.12). */
struct raw_header {
    uint16_t needed;
    uint16_t flags;
    uint16_t method;
    uint16_t time;
    uint16_t date;
    uint32_t crc;
    uint32_t packed;
    uint32_t size;
    char name[RAW_NAME_MAX];
    size_t name_length;
    size_t extra; /* so many bytes of extra field */
};

struct raw_entry {
    uint8_t *data; /* as stored; owned */
    size_t length;
    struct raw_header local;
    struct raw_header central;
    uint32_t external;
    size_t gap;        /* junk bytes before the local header */
    bool no_local;     /* only in the central directory, at offset_of another entry */
    bool no_central;   /* only a local header */
    bool fixed_offset; /* the central header says `offset` */
    uint32_t offset;
};

struct raw_zip {
    struct raw_entry entries[RAW_ENTRIES_MAX];
    size_t count;
    size_t before;      /* junk before the first record */
    size_t after;       /* junk after the end record */
    size_t comment;     /* length of the archive comment */
    int count_error;    /* added to the end record's count */
    bool zip64_locator; /* a ZIP64 end record's locator before the end record */
};

void raw_zip_done(struct raw_zip *zip);

/* All entries of a bundle as they are, inflated. */
enum status raw_zip_load(struct raw_zip *zip, const char *path, struct error *reterr) MUST_CHECK;

/* The entry of that name; ends the program when there is none. */
struct raw_entry *raw_zip_find(struct raw_zip *zip, const char *name);
struct raw_entry *raw_zip_insert(struct raw_zip *zip, size_t place, const char *name,
                                 const void *data, size_t length);
void raw_zip_remove(struct raw_zip *zip, const char *name);

/* Puts the entries after the manifest in the order that the profile asks for. */
void raw_zip_sort(struct raw_zip *zip);

/* Both headers get the name. */
void raw_entry_rename(struct raw_entry *entry, const char *name, size_t length);

/* New content, with sizes and CRC to match. */
void raw_entry_set(struct raw_entry *entry, const void *data, size_t length);

/* Deflates the present content and declares the honest sizes. */
void raw_entry_deflate(struct raw_entry *entry);

enum status raw_zip_write(const struct raw_zip *zip, struct bytes *out,
                          struct error *reterr) MUST_CHECK;
