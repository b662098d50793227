#include "wire/html_value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TAG_MAX = 8192 };

struct span {
    const char *at;
    size_t length;
};

struct attribute {
    struct span name;
    struct span value;
};

static bool space(char character)
{
    return character == '\0' || isspace((unsigned char) character) || character == '/';
}

static bool named(const struct span *span, const char *name)
{
    return span->length == strlen(name) && strncasecmp(span->at, name, span->length) == 0;
}

/* The next attribute between *at and end, which is the tag's '>'. */
static bool attribute_next(const char **at, const char *end, struct attribute *attribute)
{
    const char *from = *at;
    char quote;

    while (from < end && space(*from)) {
        from++;
    }
    *attribute = (struct attribute){ .name = { from, 0 } };
    while (from < end && !space(*from) && *from != '=') {
        from++;
    }
    attribute->name.length = (size_t) (from - attribute->name.at);
    while (from < end && isspace((unsigned char) *from)) {
        from++;
    }
    if (from < end && *from == '=') {
        from++;
        while (from < end && isspace((unsigned char) *from)) {
            from++;
        }
        quote = from < end && (*from == '"' || *from == '\'') ? *from++ : '\0';
        attribute->value.at = from;
        while (from < end && (quote != '\0' ? *from != quote : !isspace((unsigned char) *from))) {
            from++;
        }
        attribute->value.length = (size_t) (from - attribute->value.at);
        from += from < end && quote != '\0';
    }
    *at = from;
    return attribute->name.length > 0 || attribute->value.at != NULL;
}

/* The '>' that ends a tag: not one inside quotes. */
static const char *tag_end(const char *from, const char *end)
{
    char quote = '\0';

    end = end - from > TAG_MAX ? from + TAG_MAX : end;
    for (; from < end; from++) {
        if (quote != '\0') {
            quote = *from == quote ? '\0' : quote;
        } else if (*from == '"' || *from == '\'') {
            quote = *from;
        } else if (*from == '>') {
            return from;
        }
    }
    return NULL;
}

static bool resolved(const struct span *value, char *room, size_t size)
{
    static const struct {
        const char *text;
        char character;
    } references[] = {
        { "&amp;", '&' }, { "&quot;", '"' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&#39;", '\'' },
    };
    size_t used = 0;

    for (size_t i = 0; i < value->length;) {
        char character = value->at[i];
        size_t step = 1;

        for (size_t j = 0; character == '&' && j < sizeof references / sizeof references[0]; j++) {
            size_t length = strlen(references[j].text);

            if (value->length - i >= length &&
                memcmp(value->at + i, references[j].text, length) == 0) {
                character = references[j].character;
                step = length;
                break;
            }
        }
        if (character == '\0' || used + 1 >= size) {
            return false;
        }
        room[used++] = character;
        i += step;
    }
    room[used] = '\0';
    return true;
}

static bool tag_value(const char *at, const char *end, const char *holder, const char *name,
                      char *room, size_t size)
{
    struct span value = { .at = NULL };
    struct attribute attribute;
    bool right = false;

    while (attribute_next(&at, end, &attribute)) {
        if (named(&attribute.name, "name") && attribute.value.at != NULL) {
            right = attribute.value.length == strlen(name) &&
                    memcmp(attribute.value.at, name, attribute.value.length) == 0;
        } else if (named(&attribute.name, holder)) {
            value = attribute.value;
        }
    }
    return right && value.at != NULL && resolved(&value, room, size);
}

bool wire_html_value(const void *page, size_t length, const char *name, char *room, size_t size)
{
    static const struct {
        const char *tag;
        const char *holder;
    } kinds[] = { { "<input", "value" }, { "<meta", "content" } };
    const char *at = page;
    const char *end = length == 0 ? at : at + length;

    while (at < end && (at = memchr(at, '<', (size_t) (end - at))) != NULL) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            size_t tag = strlen(kinds[i].tag);
            const char *close;

            if ((size_t) (end - at) <= tag || strncasecmp(at, kinds[i].tag, tag) != 0 ||
                !space(at[tag])) {
                continue;
            }
            close = tag_end(at + tag, end);
            if (close != NULL && tag_value(at + tag, close, kinds[i].holder, name, room, size)) {
                return true;
            }
        }
        at++;
    }
    return false;
}
