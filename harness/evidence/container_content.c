#include "evidence/container_crc.h"
#include "evidence/container_private.h"
#include "evidence/container_read.h"

#include <stdlib.h>
#include <zlib.h>

/* A window is read, summed and digested while it lies in the processor's cache. */
enum { PACKED_CHUNK = 64 * 1024, PLAIN_CHUNK = 64 * 1024 };

/* One entry on its way out. */
struct content {
    const struct container_reader *reader;
    const struct container_entry *entry;
    container_sink sink;
    void *context;
    uint64_t read; /* packed bytes taken from the file */
    uint64_t made; /* plain bytes so far */
    uint32_t crc;
    z_stream inflater;
    struct error *reterr;
};

static enum status content_take(struct content *content, const uint8_t *data, size_t length)
{
    if (length > content->entry->size - content->made) {
        return fail(content->reterr, STATUS_BAD_INPUT, "container.size: %s is larger than declared",
                    content->entry->name);
    }
    content->made += length;
    content->crc = container_crc(content->crc, data, length);
    if (content->sink == NULL || length == 0) {
        return STATUS_OK;
    }
    return content->sink(content->context, data, length, content->reterr);
}

static enum status content_fill(struct content *content, uint8_t room[PACKED_CHUNK],
                                size_t *ret_length)
{
    const struct container_source *source = &content->reader->source;
    uint64_t left = content->entry->packed_size - content->read;
    size_t length = left < PACKED_CHUNK ? (size_t) left : PACKED_CHUNK;

    TRY(source->read(source->context, content->entry->offset + content->read, room, length,
                     content->reterr));
    content->read += length;
    *ret_length = length;
    return STATUS_OK;
}

static enum status content_stored(struct content *content)
{
    uint8_t room[PACKED_CHUNK];

    while (content->read < content->entry->packed_size) {
        size_t length = 0;

        TRY(content_fill(content, room, &length));
        TRY(content_take(content, room, length));
    }
    return STATUS_OK;
}

/* One call of inflate.  *ret_ended when the last block is over. */
static enum status inflate_step(struct content *content, bool *ret_ended)
{
    uint8_t plain[PLAIN_CHUNK];
    int result;

    content->inflater.next_out = plain;
    content->inflater.avail_out = sizeof plain;
    result = inflate(&content->inflater, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) {
        abort();
    }
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return fail(content->reterr, STATUS_BAD_INPUT,
                    "container.deflate: the compressed data of %s is broken", content->entry->name);
    }
    *ret_ended = result == Z_STREAM_END;
    return content_take(content, plain, sizeof plain - content->inflater.avail_out);
}

static enum status content_inflated(struct content *content)
{
    const struct container_entry *entry = content->entry;
    uint8_t packed[PACKED_CHUNK];
    bool ended = false;

    while (!ended) {
        if (content->inflater.avail_in == 0 && content->read < entry->packed_size) {
            size_t length = 0;

            TRY(content_fill(content, packed, &length));
            content->inflater.next_in = packed;
            content->inflater.avail_in = (uInt) length;
        }
        /* With no input left, what the inflater still holds fits in one chunk or comes
         * in full ones; an unfilled chunk without an end is a cut stream. */
        TRY(inflate_step(content, &ended));
        if (!ended && content->inflater.avail_out > 0 && content->inflater.avail_in == 0 &&
            content->read == entry->packed_size) {
            return fail(content->reterr, STATUS_BAD_INPUT,
                        "container.deflate_end: the compressed data of %s is cut short",
                        entry->name);
        }
    }
    if (content->inflater.avail_in > 0 || content->read < entry->packed_size) {
        return fail(content->reterr, STATUS_BAD_INPUT,
                    "container.deflate_end: bytes after the compressed data of %s", entry->name);
    }
    return STATUS_OK;
}

static enum status content_inflate(struct content *content)
{
    enum status status;

    /* Negative window bits: deflate without a zlib wrapper. */
    if (inflateInit2(&content->inflater, -MAX_WBITS) != Z_OK) {
        abort();
    }
    status = content_inflated(content);
    (void) inflateEnd(&content->inflater);
    return status;
}

enum status container_read_stream(const struct container_reader *reader,
                                  const struct container_entry *entry, container_sink sink,
                                  void *context, struct error *reterr)
{
    struct content content = {
        .reader = reader, .entry = entry, .sink = sink, .context = context, .reterr = reterr
    };

    if (entry->deflated) {
        TRY(content_inflate(&content));
    } else {
        TRY(content_stored(&content));
    }
    if (content.made != entry->size) {
        return fail(reterr, STATUS_BAD_INPUT, "container.size: %s is smaller than declared",
                    entry->name);
    }
    if (content.crc != entry->crc) {
        return fail(reterr, STATUS_BAD_INPUT, "container.crc: %s does not match its CRC",
                    entry->name);
    }
    return STATUS_OK;
}

static enum status into_bytes(void *context, const void *data, size_t length, struct error *reterr)
{
    return bytes_append(context, data, length, reterr);
}

enum status container_read_bytes(const struct container_reader *reader,
                                 const struct container_entry *entry, struct bytes *out,
                                 struct error *reterr)
{
    if (entry->size > out->limit - out->length) {
        return fail(reterr, STATUS_LIMIT, "container.limit.read: %s has %llu bytes, %zu allowed",
                    entry->name, (unsigned long long) entry->size, out->limit - out->length);
    }
    return container_read_stream(reader, entry, into_bytes, out, reterr);
}

enum status container_read_check(const struct container_reader *reader, struct error *reterr)
{
    for (size_t i = 0; i < reader->count; i++) {
        TRY(container_read_stream(reader, &reader->entries[i], NULL, NULL, reterr));
    }
    return STATUS_OK;
}
