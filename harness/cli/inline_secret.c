#include "cli/inline_secret.h"

#include "evidence/published.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { DECLARED_LEAST = 8 };

/* Both from 1. */
struct place {
    size_t line;
    size_t column;
};

static struct place place_of(const struct source_file *source, size_t offset)
{
    const char *text = source->data;
    struct place place = { 1, 1 };

    for (size_t i = 0; i < offset && i < source->length; i++) {
        place.line += text[i] == '\n' ? 1 : 0;
        place.column = text[i] == '\n' ? 1 : place.column + 1;
    }
    return place;
}

enum status inline_secret_shape(const struct source_file *source, struct error *reterr)
{
    size_t offset = 0;
    const char *shape;
    struct place place;

    if (source->data == NULL) {
        return STATUS_OK;
    }
    shape = published_shape(source->data, source->length, &offset);
    if (shape == NULL) {
        return STATUS_OK;
    }
    place = place_of(source, offset);
    return fail(
        reterr, STATUS_BAD_INPUT,
        "%s:%zu:%zu: this looks like %s, and every bundle shows this file; put secrets into "
        "a secret_file and name them with ${...}",
        source->path, place.line, place.column, shape);
}

/* Of at least two kinds of characters, so that it is no word that stands there for itself. */
static bool is_telling(const char *secret)
{
    bool letters = false;
    bool others = false;

    for (const char *at = secret; *at != '\0'; at++) {
        letters = letters || isalpha((unsigned char) *at);
        others = others || !isalpha((unsigned char) *at);
    }
    return letters && others && strlen(secret) >= DECLARED_LEAST;
}

static enum status refuse(const struct source_file *source, const struct secret *secret,
                          struct error *reterr)
{
    const char *text = secret_reveal(secret);
    const char *found;
    struct place place;

    if (!is_telling(text)) {
        return STATUS_OK;
    }
    found = memmem(source->data, source->length, text, strlen(text));
    if (found == NULL) {
        return STATUS_OK;
    }
    place = place_of(source, (size_t) (found - (const char *) source->data));
    return fail(reterr, STATUS_BAD_INPUT,
                "%s:%zu:%zu: a declared secret stands here in clear, and every bundle shows this "
                "file",
                source->path, place.line, place.column);
}

enum status inline_secret_declared(const struct profile *profile, const struct source_file *source,
                                   struct error *reterr)
{
    if (source->data == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < profile->asset_count; i++) {
        TRY(refuse(source, &profile->assets[i].marker, reterr));
    }
    for (size_t i = 0; i < profile->lever_count; i++) {
        TRY(refuse(source, &profile->levers[i].at.secret, reterr));
    }
    for (size_t i = 0; i < profile->auth_count; i++) {
        for (size_t j = 0; j < profile->auths[i].credential_count; j++) {
            TRY(refuse(source, &profile->auths[i].credentials[j].secret, reterr));
        }
    }
    return STATUS_OK;
}
