#include "wire/page_token.h"

#include <ctype.h>
#include <string.h>

/* A stretch of the page. */
struct span {
    const char *at;
    size_t length;
};

static size_t blanks(struct span text, size_t from)
{
    while (from < text.length && isspace((unsigned char) text.at[from])) {
        from++;
    }
    return from;
}

/* The value of an attribute within one tag: name = "value", quoted either way or not. */
static bool attribute(struct span tag, const char *name, struct span *ret_value)
{
    size_t size = strlen(name);

    for (size_t i = 1; i + size < tag.length; i++) {
        size_t at = i + size;
        char quote;

        if (strncasecmp(tag.at + i, name, size) != 0 ||
            (!isspace((unsigned char) tag.at[i - 1]) && tag.at[i - 1] != '"' &&
             tag.at[i - 1] != '\'')) {
            continue;
        }
        at = blanks(tag, at);
        if (at >= tag.length || tag.at[at] != '=') {
            continue;
        }
        at = blanks(tag, at + 1);
        quote = at < tag.length && (tag.at[at] == '"' || tag.at[at] == '\'') ? tag.at[at] : '\0';
        at += quote != '\0' ? 1 : 0;
        *ret_value = (struct span){ .at = tag.at + at };
        while (at < tag.length &&
               (quote != '\0' ? tag.at[at] != quote : !isspace((unsigned char) tag.at[at]))) {
            ret_value->length++;
            at++;
        }
        return quote == '\0' || at < tag.length;
    }
    return false;
}

static bool same(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

static bool begins(struct span span, const char *word)
{
    return span.length > strlen(word) && strncasecmp(span.at, word, strlen(word)) == 0;
}

static bool in_tags(struct span page, const char *name, struct span *ret_value)
{
    while (page.length > 0) {
        const char *open = memchr(page.at, '<', page.length);
        const char *close;
        struct span tag;
        struct span named;

        if (open == NULL) {
            return false;
        }
        page.length -= (size_t) (open - page.at) + 1;
        page.at = open + 1;
        close = page.length == 0 ? NULL : memchr(page.at, '>', page.length);
        if (close == NULL) {
            return false;
        }
        tag = (struct span){ .at = page.at, .length = (size_t) (close - page.at) };
        if ((begins(tag, "input") || begins(tag, "meta")) && attribute(tag, "name", &named) &&
            same(named, name)) {
            return attribute(tag, begins(tag, "meta") ? "content" : "value", ret_value);
        }
    }
    return false;
}

/* "name" : "value", wherever it stands (RFC 8259); one with escapes in it is passed over. */
static bool in_json(struct span page, const char *name, struct span *ret_value)
{
    size_t size = strlen(name);

    for (size_t i = 1; i + size + 1 < page.length; i++) {
        size_t at = i + size;
        const char *end;

        if (page.at[i - 1] != '"' || memcmp(page.at + i, name, size) != 0 || page.at[at] != '"') {
            continue;
        }
        at = blanks(page, at + 1);
        if (at >= page.length || page.at[at] != ':') {
            continue;
        }
        at = blanks(page, at + 1);
        if (at >= page.length || page.at[at] != '"') {
            continue;
        }
        at++;
        end = at < page.length ? memchr(page.at + at, '"', page.length - at) : NULL;
        if (end == NULL) {
            return false;
        }
        *ret_value = (struct span){ .at = page.at + at, .length = (size_t) (end - page.at) - at };
        return memchr(ret_value->at, '\\', ret_value->length) == NULL;
    }
    return false;
}

bool wire_page_token(const void *body, size_t length, const char *name, char *room, size_t size)
{
    struct span page = { .at = body, .length = body == NULL ? 0 : length };
    struct span value = { .length = 0 };

    if (name[0] == '\0' || (!in_tags(page, name, &value) && !in_json(page, name, &value)) ||
        value.length == 0 || value.length >= size) {
        return false;
    }
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] <= ' ' || value.at[i] > '~') {
            return false;
        }
    }
    memcpy(room, value.at, value.length);
    room[value.length] = '\0';
    return true;
}
