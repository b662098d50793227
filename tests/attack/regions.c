#include "regions.h"

#include "evidence/container_read.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { CENTRAL_SIZE = 46, END_SIZE = 22 };

static void begin(struct regions *regions, size_t at)
{
    if (regions->count >= REGIONS_MAX) {
        abort();
    }
    if (regions->count == 0 || regions->at[regions->count - 1] < at) {
        regions->at[regions->count++] = at;
    }
}

struct regions regions_of(const struct bytes *bundle)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct regions regions = { .count = 0 };
    struct error error = { 0 };
    size_t at = 0;

    must(container_read_open_memory(bundle->data, bundle->length, NULL, &reader, &error), &error);
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);

        begin(&regions, at);
        begin(&regions, (size_t) entry->offset);
        at = (size_t) (entry->offset + entry->packed_size);
    }
    for (size_t i = 0; i < container_read_count(reader); i++) {
        begin(&regions, at);
        at += CENTRAL_SIZE + strlen(container_read_at(reader, i)->name);
    }
    begin(&regions, at);
    if (at + END_SIZE != bundle->length) {
        abort();
    }
    regions.at[regions.count] = bundle->length;
    return regions;
}

size_t regions_aim(const struct regions *regions, size_t turn, uint64_t random)
{
    size_t region = turn / 2 % regions->count;
    size_t length = regions->at[region + 1] - regions->at[region];

    if (turn % 2 == 0) {
        return regions->at[region] + random % length;
    }
    return random % regions->at[regions->count];
}
