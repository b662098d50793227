#include "probe/credential_list.h"

#include "base/bytes.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FIELDS = 5, FILE_MAX = 256 * 1024, READ_CHUNK = 16 * 1024 };

struct place {
    const char *name;
    size_t line;
};

/* An id or a weight: the smallest unsigned number that fits either. */
static enum status number_read(const struct place *place, const char *text, unsigned *ret_value,
                               struct error *reterr)
{
    unsigned long long value = 0;

    if (text_to_unsigned(text, 1000000, &value) != STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:%zu: not a number", place->name, place->line);
    }
    *ret_value = (unsigned) value;
    return STATUS_OK;
}

static enum status text_read(const struct place *place, char *field, struct error *reterr)
{
    char *to = field;

    if (field[0] == '\0' || strlen(field) > CREDENTIAL_TEXT_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:%zu: a text is empty (write \\e) or too long",
                    place->name, place->line);
    }
    if (strcmp(field, "\\e") == 0) {
        field[0] = '\0';
        return STATUS_OK;
    }
    for (const char *at = field; *at != '\0'; at++) {
        if (*at != '\\') {
            *to++ = *at;
            continue;
        }
        at++;
        if (*at != '\\' && *at != 't') {
            return fail(reterr, STATUS_BAD_INPUT, "%s:%zu: unknown escape", place->name,
                        place->line);
        }
        *to++ = *at == 't' ? '\t' : '\\';
    }
    *to = '\0';
    return STATUS_OK;
}

static enum status pair_read(const struct place *place, char *line, struct credential_pair *pair,
                             struct error *reterr)
{
    char *fields[FIELDS];
    char *rest = line;
    size_t count = 0;

    while (count < FIELDS && rest != NULL) {
        fields[count++] = strsep(&rest, "\t");
    }
    if (count != FIELDS || rest != NULL || fields[FIELDS - 1][0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s:%zu: five fields are wanted: id, user, password, weight, source",
                    place->name, place->line);
    }
    TRY(number_read(place, fields[0], &pair->id, reterr));
    TRY(text_read(place, fields[1], reterr));
    TRY(text_read(place, fields[2], reterr));
    TRY(number_read(place, fields[3], &pair->weight, reterr));
    pair->user = fields[1];
    pair->password = fields[2];
    return STATUS_OK;
}

static enum status pair_is_new(const struct place *place, const struct credential_list *list,
                               const struct credential_pair *pair, struct error *reterr)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct credential_pair *other = &list->pairs[i];

        if (other->id == pair->id || (strcmp(other->user, pair->user) == 0 &&
                                      strcmp(other->password, pair->password) == 0)) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:%zu: the same id or pair as #%u", place->name,
                        place->line, other->id);
        }
    }
    return STATUS_OK;
}

enum status credential_list_parse(const char *name, const void *data, size_t length,
                                  struct arena *arena, struct credential_list *ret_list,
                                  struct error *reterr)
{
    struct place place = { .name = name, .line = 0 };
    struct credential_list list = { 0 };
    char *rest;

    if (!text_is_utf8(data, length) || (length > 0 && memchr(data, '\0', length) != NULL)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not UTF-8 text", name);
    }
    rest = arena_text_n(arena, data, length);
    list.pairs = arena_array(arena, CREDENTIAL_LIST_MAX, sizeof *list.pairs);
    while (rest != NULL) {
        char *line = strsep(&rest, "\n");
        struct credential_pair pair = { 0 };

        place.line++;
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (list.count == CREDENTIAL_LIST_MAX) {
            return fail(reterr, STATUS_LIMIT, "%s: more than %d pairs", name, CREDENTIAL_LIST_MAX);
        }
        TRY(pair_read(&place, line, &pair, reterr));
        TRY(pair_is_new(&place, &list, &pair, reterr));
        list.pairs[list.count++] = pair;
    }
    if (list.count == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no pair", name);
    }
    *ret_list = list;
    return STATUS_OK;
}

static enum status file_read(const char *path, struct bytes *into, struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status status = STATUS_OK;
    ssize_t got = 1;

    if (fd < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    while (status == STATUS_OK && got != 0) {
        char chunk[READ_CHUNK];

        got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno != EINTR) {
            status = fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
        } else if (got > 0) {
            status = bytes_append(into, chunk, (size_t) got, reterr);
        }
    }
    (void) close(fd);
    return status;
}

enum status credential_list_load(const char *path, struct arena *arena,
                                 struct credential_list *ret_list, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(FILE_MAX);

    TRY(file_read(path, &content, reterr));
    return credential_list_parse(path, content.data, content.length, arena, ret_list, reterr);
}
