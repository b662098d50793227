#include "probe/marked_value.h"

#include "base/text.h"
#include "probe/place.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKER_LEAST = sizeof "-hoshi" - 1 }; /* less of it may be anybody's */

static const char MARKER_START[] = MARKED_VALUE_START;

/* Where the value stands: as declared, or at the same place as in the write's JSON. */
static bool place_choose(struct marked_value *value)
{
    const struct access *access = value->access;

    value->place = access->value;
    if (value->place.json != NULL || value->place.field != NULL || value->place.pattern != NULL) {
        return true;
    }
    if (access->write.json != NULL &&
        place_pointer_to(access->write.json, "${marker}", value->pointer, sizeof value->pointer)) {
        value->place.json = value->pointer;
        return true;
    }
    return false;
}

bool marked_value_open(struct marked_value *value, const struct access *access, uint64_t seed)
{
    *value = (struct marked_value){ .access = access };
    memcpy(value->marker, MARKER_START, sizeof MARKER_START);
    web_random_text(&seed, value->marker + sizeof MARKER_START - 1, GUEST_MARKER_RANDOM);
    return access->write.path != NULL && access->read.path != NULL && place_choose(value);
}

void marked_value_done(struct marked_value *value)
{
    secret_done(&value->before);
    secret_done(&value->marked);
}

enum status marked_value_read(const struct marked_value *value, struct guest *reader,
                              struct secret *ret_value, bool *ret_marker, bool *ret_read,
                              struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(guest_ask(reader, &value->access->read, NULL, false, &answer, reterr));
    *ret_read = web_view(&answer, value->access->read.path, false).word == WEB_GRANTED;
    *ret_marker = answer.body.length > 0 && memmem(answer.body.data, answer.body.length,
                                                   value->marker, strlen(value->marker)) != NULL;
    if (!*ret_read) {
        return STATUS_OK;
    }
    return place_find(&value->place, &answer, reader->client, ret_value, reterr);
}

enum status marked_value_make(struct marked_value *value, struct error *reterr)
{
    size_t length = value->before.length + strlen(value->marker);
    char *room = calloc(1, length + 1);
    enum status status;

    if (room == NULL) {
        abort();
    }
    (void) snprintf(room, length + 1, "%s%s", secret_reveal(&value->before), value->marker);
    secret_done(&value->marked);
    status = secret_set(&value->marked, room, length, SECRET_FOR_CHILDREN, reterr);
    secret_wipe(room, length);
    free(room);
    return status;
}

enum status marked_value_write(const struct marked_value *value, struct guest *writer,
                               const struct secret *text, struct http_answer *answer,
                               struct error *reterr)
{
    enum status status;

    writer->withholds = true; /* what stood there is protected information */
    status = guest_ask(writer, &value->access->write, secret_reveal(text), true, answer, reterr);
    writer->withholds = false;
    return status;
}

enum status marked_value_put_back(const struct marked_value *value, struct guest *keeper,
                                  bool *ret_restored, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret after = { 0 };
    bool marker = false;
    bool read = false;

    TRY(marked_value_write(value, keeper, &value->before, &answer, reterr));
    TRY(marked_value_read(value, keeper, &after, &marker, &read, reterr));
    *ret_restored =
        read && !marker && text_equal(secret_reveal(&after), secret_reveal(&value->before));
    return STATUS_OK;
}

bool marked_value_is_marked(const struct secret *text, size_t *ret_length)
{
    const char *start_of = secret_reveal(text);

    if (strlen(start_of) != text->length) { /* what was cut off could not be put back */
        return false;
    }
    for (size_t tail = MARKED_VALUE_MARKER - 1; tail >= MARKER_LEAST; tail--) {
        const char *at = text->length > tail ? start_of + text->length - tail : "";
        size_t start = tail < sizeof MARKER_START - 1 ? tail : sizeof MARKER_START - 1;

        if (strncmp(at, MARKER_START, start) == 0 &&
            strspn(at + start, "abcdefghijklmnopqrstuvwxyz0123456789") == tail - start) {
            *ret_length = text->length - tail;
            return true;
        }
    }
    return false;
}

enum status marked_value_recover(struct marked_value *value, struct guest *keeper,
                                 struct error *reterr)
{
    DEFER(secret_done) struct secret now = { 0 };
    bool marker = false;
    bool read = false;
    bool restored = false;
    size_t length = 0;

    TRY(marked_value_read(value, keeper, &now, &marker, &read, reterr));
    if (!read) {
        return fail(reterr, STATUS_UNREACHABLE, "whether %s still holds a test value is not known",
                    value->access->id);
    }
    if (!marked_value_is_marked(&now, &length)) {
        return STATUS_OK;
    }
    secret_done(&value->before);
    TRY(secret_set(&value->before, secret_reveal(&now), length, SECRET_FOR_CHILDREN, reterr));
    (void) snprintf(value->marker, sizeof value->marker, "%s", secret_reveal(&now) + length);
    TRY(marked_value_put_back(value, keeper, &restored, reterr));
    return restored ? STATUS_OK
                    : fail(reterr, STATUS_UNREACHABLE,
                           "%s still holds a test value: the old one with '%.11s' and ten "
                           "characters behind it",
                           value->access->id, MARKER_START);
}
