#include "likeness.h"

#include <string.h>
#include <strings.h>

static bool same_bytes(const struct http_answer *a, const struct http_answer *b)
{
    return a->body.length == b->body.length &&
           memcmp(a->body.data, b->body.data, a->body.length) == 0;
}

/* Values may have changed in between (a clock, a counter); what they are called has not. */
static bool same_members(const struct http_answer *a, const struct http_answer *b)
{
    json_t *first = json_loadb((const char *) a->body.data, a->body.length, 0, NULL);
    json_t *second = json_loadb((const char *) b->body.data, b->body.length, 0, NULL);
    bool same = json_object_size(first) > 0 && json_object_size(first) == json_object_size(second);
    const char *name;
    json_t *member;

    json_object_foreach(first, name, member)
    {
        const json_t *other = json_object_get(second, name);

        same = same && other != NULL && json_typeof(member) == json_typeof(other);
    }
    json_decref(first);
    json_decref(second);
    return same;
}

/* "image/jpeg" without its parameters. */
static bool same_type(const char *a, const char *b)
{
    size_t length = strcspn(a, "; ");

    return length > 0 && strcspn(b, "; ") == length && strncasecmp(a, b, length) == 0;
}

static bool is_file(const char *type)
{
    static const char *const prefixes[] = { "image/",          "video/",
                                            "audio/",          "application/octet",
                                            "application/zip", "application/x-" };

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncasecmp(type, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum likeness likeness_of(const struct http_answer *thing, const struct http_answer *answer)
{
    if (answer->body.length == 0) {
        return LIKENESS_EMPTY;
    }
    if (thing->body.length > 0 &&
        (same_bytes(thing, answer) || same_members(thing, answer) ||
         (is_file(thing->content_type) && same_type(thing->content_type, answer->content_type)))) {
        return LIKENESS_SAME;
    }
    return LIKENESS_OTHER;
}
