#include "evidence/published.h"

#include "evidence/published_shapes.h"

#include <stdlib.h>
#include <string.h>

/* How far a shape reaches back and ahead of the character that gives it away. */
enum { BEHIND = 512, AHEAD = 2048 };

static const char withheld[] = "(withheld: looks like a secret)";

void published_open(struct published *published)
{
    published->shape = NULL;
    published->offset = 0;
    published->binary = false;
    published->from = 0;
    published->length = 0;
    published->base = 0;
}

/* Searches what may begin before `until`. */
static void search(struct published *published, size_t until)
{
    const struct published_text text = { published->room, published->room + published->length };
    const uint8_t *at = published->room + published->from;
    const uint8_t *end = published->room + until;

    for (; (at = published_next(&text, at, end)) != NULL; at++) {
        const char *shape = published_shape_at(&text, at);

        if (shape != NULL) {
            published->shape = shape;
            published->offset = published->base + (uint64_t) (at - published->room);
            return;
        }
    }
    published->from = until;
}

/* Keeps what the next search may look back at. */
static void slide(struct published *published)
{
    size_t drop = published->from > BEHIND ? published->from - BEHIND : 0;

    memmove(published->room, published->room + drop, published->length - drop);
    published->length -= drop;
    published->from -= drop;
    published->base += drop;
}

void published_feed(struct published *published, const void *data, size_t length)
{
    const uint8_t *at = data;

    while (length > 0 && published->shape == NULL && !published->binary) {
        size_t room = PUBLISHED_ROOM - published->length;
        size_t piece = length < room ? length : room;

        if (memchr(at, 0, piece) != NULL) {
            published->binary = true;
            return;
        }
        memcpy(published->room + published->length, at, piece);
        published->length += piece;
        at += piece;
        length -= piece;
        if (published->length == PUBLISHED_ROOM) {
            search(published, PUBLISHED_ROOM - AHEAD);
            slide(published);
        }
    }
}

void published_close(struct published *published)
{
    if (published->shape == NULL && !published->binary) {
        search(published, published->length);
    }
}

const char *published_shape(const void *data, size_t length, size_t *ret_offset)
{
    struct published *published = malloc(sizeof *published);
    const char *shape;

    if (published == NULL) {
        abort();
    }
    published_open(published);
    published_feed(published, data, length);
    published_close(published);
    shape = published->shape;
    if (ret_offset != NULL) {
        *ret_offset = (size_t) published->offset;
    }
    free(published);
    return shape;
}

static json_t *instead_of(json_t *value)
{
    if (json_is_string(value) &&
        published_shape(json_string_value(value), json_string_length(value), NULL) != NULL) {
        return json_string(withheld);
    }
    published_json(value);
    return NULL;
}

void published_json(json_t *value)
{
    json_t *member;
    const char *key;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            json_t *instead = instead_of(member);

            if (instead != NULL && json_array_set_new(value, i, instead) != 0) {
                abort();
            }
        }
        return;
    }
    json_object_foreach(value, key, member)
    {
        json_t *instead = instead_of(member);

        if (instead != NULL && json_object_set_new(value, key, instead) != 0) {
            abort();
        }
    }
}
