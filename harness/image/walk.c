#include "image/walk.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct image_limits fallback = {
    .total = (size_t) 512 << 20, .part = (size_t) 96 << 20, .count = 50000, .depth = 8
};

enum {
    CARVES_MAX = 4096,           /* places tried in one blob */
    BASE64_LEAST = 128,          /* characters; a line of a PEM file has 64 */
    BASE64_RUNS_MAX = CARVES_MAX /* in one blob */
};

struct walker {
    struct image_limits limits;
    image_visit *visit;
    void *context;
    struct image_report *report;
    uint64_t total;
    unsigned taken;
    enum status status; /* of visit */
};

static void stop(struct walker *walker, const char *why)
{
    if (walker->report->stopped == NULL) {
        walker->report->stopped = why;
    }
}

bool image_goes_on(struct opening *opening)
{
    struct walker *walker = opening->walker;

    if (walker->limits.deadline_ms != 0 && clock_left_ms(walker->limits.deadline_ms) <= 0) {
        stop(walker, "time");
    }
    return walker->report->stopped == NULL;
}

size_t image_room(const struct opening *opening, uint64_t size)
{
    const struct walker *walker = opening->walker;
    size_t left = walker->limits.total - (size_t) walker->total;
    size_t room = walker->limits.part < left ? walker->limits.part : left;

    return size < room ? (size_t) size : room;
}

bool image_take(struct opening *opening, uint64_t size)
{
    struct walker *walker = opening->walker;

    if (!image_goes_on(opening)) {
        return false;
    }
    if (walker->taken == walker->limits.count) {
        stop(walker, "number of files");
    } else if (walker->total >= walker->limits.total && size > 0) {
        stop(walker, "octets unpacked");
    }
    return walker->report->stopped == NULL;
}

static struct image_part *part_keep(struct walker *walker, const struct image_part *part)
{
    struct image_report *report = walker->report;

    if (report->part_count == IMAGE_PARTS_MAX) {
        report->parts_cut = true;
        return NULL;
    }
    report->parts[report->part_count] = *part;
    return &report->parts[report->part_count++];
}

void image_closed(struct opening *opening, const char *path, const char *why, size_t size)
{
    struct image_part part = { .size = size };

    (void) snprintf(part.path, sizeof part.path, "%s!%s", opening->blob->path, path);
    (void) snprintf(part.format, sizeof part.format, "%s", why);
    opening->walker->report->opaque += size;
    opening->walker->report->leaf_bytes += size;
    (void) part_keep(opening->walker, &part);
}

static enum status walk_blob(struct walker *walker, const struct image_blob *blob,
                             struct error *reterr);

enum status image_give(struct opening *opening, const char *path, uint8_t *data, size_t length,
                       bool cut, struct error *reterr)
{
    struct walker *walker = opening->walker;
    char whole[IMAGE_PATH_SIZE];
    struct image_blob blob = {
        .path = whole, .data = data, .length = length, .depth = opening->blob->depth + 1
    };
    enum status status;

    (void) snprintf(whole, sizeof whole, "%s!%s", opening->blob->path, path);
    walker->taken++;
    walker->total += length;
    walker->report->files++;
    opening->part->files++;
    if (cut) {
        stop(walker,
             walker->total >= walker->limits.total ? "octets unpacked" : "octets of one file");
    }
    status = walk_blob(walker, &blob, reterr);
    free(data);
    return status;
}

static enum status open_at(struct walker *walker, const struct image_blob *blob,
                           const struct carved *carved, struct image_part *part,
                           struct error *reterr)
{
    struct opening opening = { .walker = walker,
                               .blob = blob,
                               .data = blob->data + carved->offset,
                               .length = blob->length - carved->offset,
                               .part = part };

    (void) snprintf(part->path, sizeof part->path, "%s", blob->path);
    (void) snprintf(part->format, sizeof part->format, "%s", carved->name);
    part->offset = carved->offset;
    switch (carved->kind) {
    case IMAGE_SQUASHFS:
        return image_open_squashfs(&opening, reterr);
    case IMAGE_EXT:
        return image_open_ext(&opening, reterr);
    case IMAGE_ARCHIVE:
        return image_open_archive(&opening, reterr);
    case IMAGE_CLOSED:
        break;
    }
    part->size = opening.length;
    return STATUS_OK;
}

/* What is outside of every opened container is read as it is, if it can be. */
static void gap_count(struct walker *walker, const struct image_blob *blob, size_t from, size_t to)
{
    struct image_report *report = walker->report;

    report->leaf_bytes += to - from;
    if (!image_is_media(blob->data, blob->length)) {
        report->opaque += image_noise(blob->data + from, to - from);
    }
}

/* One try; its row comes before those of what is inside.  *ret_part is what became of it. */
static enum status container_try(struct walker *walker, const struct image_blob *blob,
                                 const struct carved *carved, struct image_part *ret_part,
                                 struct error *reterr)
{
    struct image_report *report = walker->report;
    size_t row = report->part_count;
    struct image_part *kept = part_keep(walker, ret_part);

    TRY(open_at(walker, blob, carved, ret_part, reterr));
    if (kept != NULL) {
        *kept = *ret_part;
    }
    if (ret_part->opened) {
        report->opened++;
    } else if (kept != NULL && report->part_count == row + 1 && !carved->sure &&
               carved->offset != 0) {
        report->part_count = row; /* met by chance */
    }
    return STATUS_OK;
}

/* From `closed` up to `to` nothing can be read; SIZE_MAX: all can. */
static void gap_end(struct walker *walker, const struct image_blob *blob, size_t from,
                    size_t closed, size_t to)
{
    if (closed >= to) {
        gap_count(walker, blob, from, to);
        return;
    }
    gap_count(walker, blob, from, closed);
    walker->report->leaf_bytes += to - closed;
    walker->report->opaque += to - closed;
}

static enum status walk_containers(struct walker *walker, const struct image_blob *blob,
                                   struct error *reterr)
{
    size_t done = 0; /* counted up to here */
    size_t from = 0;
    size_t closed = SIZE_MAX; /* where what nobody reads began */
    struct carved carved;

    for (unsigned tried = 0;
         image_carve(blob->data, blob->length, from, closed != SIZE_MAX, &carved); tried++) {
        struct image_part part = { .opened = false };

        if (tried == CARVES_MAX) {
            stop(walker, "places where something may begin");
            break;
        }
        TRY(container_try(walker, blob, &carved, &part, reterr));
        from = carved.offset + 1;
        if (part.opened) {
            gap_end(walker, blob, done, closed, carved.offset);
            done = carved.offset + part.size;
            from = part.size > 0 ? done : from;
            closed = SIZE_MAX;
        } else if (carved.kind == IMAGE_CLOSED) {
            closed = carved.offset;
        }
        if (walker->report->stopped != NULL) {
            break;
        }
    }
    gap_end(walker, blob, done, closed, blob->length);
    return STATUS_OK;
}

/* RFC 4648 sections 4 and 5; whitespace is left out. */
static size_t base64_undo(const uint8_t *text, size_t length, uint8_t *room)
{
    struct text_base64_undo undo = { 0 };
    size_t made = 0;

    for (size_t i = 0; i < length; i++) {
        made += text_base64_take(&undo, text[i], room + made);
    }
    return made;
}

static enum status undo_run(struct walker *walker, const struct image_blob *blob, size_t from,
                            size_t to, struct error *reterr)
{
    struct image_part part = { .offset = from, .size = to - from, .opened = true };
    struct opening opening = { .walker = walker, .blob = blob, .part = &part };
    uint8_t *room;

    if (!image_take(&opening, to - from)) {
        return STATUS_OK;
    }
    if (to - from > image_room(&opening, to - from)) {
        stop(walker, "octets of one file");
        return STATUS_OK;
    }
    room = malloc(to - from + 1);
    if (room == NULL) {
        abort();
    }
    return image_give(&opening, "base64", room, base64_undo(blob->data + from, to - from, room),
                      false, reterr);
}

/* A file of lines of base64 is one run; else a run has no white space in it. */
static enum status walk_base64(struct walker *walker, const struct image_blob *blob,
                               struct error *reterr)
{
    size_t at = 0;
    unsigned runs = 0;

    while (at < blob->length && (text_base64_digit(blob->data[at]) >= 0 || blob->data[at] == '=' ||
                                 blob->data[at] == '\r' || blob->data[at] == '\n')) {
        at++;
    }
    if (at == blob->length && at >= BASE64_LEAST) {
        return undo_run(walker, blob, 0, at, reterr);
    }
    for (size_t from = 0; from < blob->length; from = at + 1) {
        for (at = from; at < blob->length && text_base64_digit(blob->data[at]) >= 0;) {
            at++;
        }
        if (at - from >= BASE64_LEAST && runs++ == BASE64_RUNS_MAX) {
            stop(walker, "places where something may begin");
            break;
        }
        if (at - from >= BASE64_LEAST) {
            TRY(undo_run(walker, blob, from, at, reterr));
        }
    }
    return STATUS_OK;
}

static enum status walk_blob(struct walker *walker, const struct image_blob *blob,
                             struct error *reterr)
{
    const bool text = blob->length > 0 && memchr(blob->data, '\0', blob->length) == NULL;

    if (blob->depth < walker->limits.depth) {
        TRY(walk_containers(walker, blob, reterr));
        if (text) {
            TRY(walk_base64(walker, blob, reterr));
        }
    } else {
        struct carved carved;

        if (image_carve(blob->data, blob->length, 0, false, &carved) &&
            (carved.sure || carved.offset == 0)) {
            stop(walker, "containers within containers");
        }
        gap_count(walker, blob, 0, blob->length);
    }
    return walker->visit(walker->context, blob, reterr);
}

enum status image_walk(const char *name, const void *data, size_t length,
                       const struct image_limits *limits, image_visit *visit, void *context,
                       struct image_report *report, struct error *reterr)
{
    struct walker walker = {
        .limits = *limits, .visit = visit, .context = context, .report = report
    };
    struct image_blob blob = { .path = name, .data = data, .length = length };

    *report = (struct image_report){ 0 };
    walker.limits.total = limits->total > 0 ? limits->total : fallback.total;
    walker.limits.part = limits->part > 0 ? limits->part : fallback.part;
    walker.limits.count = limits->count > 0 ? limits->count : fallback.count;
    walker.limits.depth = limits->depth > 0 ? limits->depth : fallback.depth;
    return walk_blob(&walker, &blob, reterr);
}
