#include "topic.h"

#include "base/text.h"

#include <string.h>

/* One level after another; an empty text has one empty level. */
struct levels {
    const char *at; /* NULL: no more */
    const char *end;
};

static struct levels levels_of(const void *text, size_t length)
{
    return (struct levels){ .at = text, .end = (const char *) text + length };
}

static bool level_next(struct levels *levels, const char **ret_level, size_t *ret_length)
{
    const char *slash;

    if (levels->at == NULL) {
        return false;
    }
    *ret_level = levels->at;
    slash = memchr(levels->at, '/', (size_t) (levels->end - levels->at));
    *ret_length = (size_t) ((slash != NULL ? slash : levels->end) - levels->at);
    levels->at = slash != NULL ? slash + 1 : NULL;
    return true;
}

static bool level_is(const char *level, size_t length, char wildcard)
{
    return length == 1 && level[0] == wildcard;
}

/* Section 4.7.3: at least one character, none of them NUL; section 1.5: UTF-8. */
static bool is_topic_text(const void *text, size_t length)
{
    return length > 0 && length <= TOPIC_LENGTH_MAX && memchr(text, '\0', length) == NULL &&
           text_is_utf8(text, length);
}

bool topic_filter_is_valid(const void *filter, size_t length)
{
    struct levels levels = levels_of(filter, length);
    const char *level;
    size_t level_length;

    if (!is_topic_text(filter, length)) {
        return false;
    }
    while (level_next(&levels, &level, &level_length)) {
        bool has_hash = memchr(level, '#', level_length) != NULL;
        bool has_plus = memchr(level, '+', level_length) != NULL;

        if ((has_hash || has_plus) && level_length != 1) {
            return false;
        }
        if (has_hash && levels.at != NULL) {
            return false;
        }
    }
    return true;
}

bool topic_name_is_valid(const void *name, size_t length)
{
    return is_topic_text(name, length) && memchr(name, '#', length) == NULL &&
           memchr(name, '+', length) == NULL;
}

bool topic_matches(const void *filter, size_t filter_length, const void *name, size_t name_length)
{
    struct levels wanted = levels_of(filter, filter_length);
    struct levels given = levels_of(name, name_length);
    const char *filter_level;
    const char *name_level;
    size_t filter_level_length;
    size_t name_level_length;

    if (!topic_filter_is_valid(filter, filter_length) || name_length == 0) {
        return false;
    }
    if (*(const char *) name == '$' && *(const char *) filter != '$') {
        return false;
    }
    while (level_next(&wanted, &filter_level, &filter_level_length)) {
        if (level_is(filter_level, filter_level_length, '#')) {
            return true; /* the parent level too: "sport/#" matches "sport" */
        }
        if (!level_next(&given, &name_level, &name_level_length)) {
            return false;
        }
        if (!level_is(filter_level, filter_level_length, '+') &&
            (filter_level_length != name_level_length ||
             memcmp(filter_level, name_level, name_level_length) != 0)) {
            return false;
        }
    }
    return given.at == NULL;
}
