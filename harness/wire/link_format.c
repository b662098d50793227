#include "wire/link_format.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct scanner {
    const char *at;
    const char *end;
};

static bool take(struct scanner *scanner, char wanted)
{
    if (scanner->at < scanner->end && *scanner->at == wanted) {
        scanner->at++;
        return true;
    }
    return false;
}

static void blanks_skip(struct scanner *scanner)
{
    while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) != NULL &&
           *scanner->at != '\0') {
        scanner->at++;
    }
}

/* What RFC 3986 lets stand in a reference. */
static bool is_reference_byte(char byte)
{
    return byte > ' ' && byte < 0x7f && strchr("\"<>\\^`{|}", byte) == NULL;
}

/* "<" URI-Reference ">"; the text between them. */
static bool target_take(struct scanner *scanner, const char **ret_text, size_t *ret_length)
{
    const char *start;

    if (!take(scanner, '<')) {
        return false;
    }
    start = scanner->at;
    while (scanner->at < scanner->end && is_reference_byte(*scanner->at)) {
        scanner->at++;
    }
    *ret_text = start;
    *ret_length = (size_t) (scanner->at - start);
    return take(scanner, '>');
}

/* A quoted string with its backslashes, or the bytes up to what ends a parameter. */
static bool value_take(struct scanner *scanner, const char **ret_text, size_t *ret_length)
{
    bool quoted = take(scanner, '"');
    const char *start = scanner->at;

    while (scanner->at < scanner->end &&
           (quoted ? *scanner->at != '"' : *scanner->at != ';' && *scanner->at != ',')) {
        scanner->at += quoted && *scanner->at == '\\' && scanner->end - scanner->at > 1 ? 2 : 1;
    }
    *ret_text = start;
    *ret_length = (size_t) (scanner->at - start);
    return !quoted || take(scanner, '"');
}

static bool is_name(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(text, name, length) == 0;
}

/* ";" name [ "=" value ]; link NULL: of no interest. */
static bool parameter_take(struct scanner *scanner, struct wire_link *link)
{
    const char *name;
    const char *value = "";
    size_t name_length;
    size_t value_length = 0;

    blanks_skip(scanner);
    name = scanner->at;
    while (scanner->at < scanner->end && strchr(";,= \t\r\n", *scanner->at) == NULL) {
        scanner->at++;
    }
    name_length = (size_t) (scanner->at - name);
    blanks_skip(scanner);
    if (take(scanner, '=')) {
        blanks_skip(scanner);
        if (!value_take(scanner, &value, &value_length)) {
            return false;
        }
    }
    if (link != NULL && is_name(name, name_length, "obs")) {
        link->observable = true;
    } else if (link != NULL && is_name(name, name_length, "rt") && link->type[0] == '\0') {
        text_printable(value, value_length, link->type, sizeof link->type);
    }
    return name_length > 0;
}

static bool is_known(const struct wire_links *links, const char *path, size_t length)
{
    for (size_t i = 0; i < links->count; i++) {
        if (strlen(links->items[i].path) == length &&
            memcmp(links->items[i].path, path, length) == 0) {
            return true;
        }
    }
    return false;
}

/* A place for a link of this path; NULL when it is left out. */
static struct wire_link *place_find(struct wire_links *links, const char *path, size_t length)
{
    struct wire_link *link;

    if (length == 0 || path[0] != '/' || (length > 1 && path[1] == '/')) {
        links->elsewhere++;
        return NULL;
    }
    if (is_known(links, path, length)) {
        return NULL;
    }
    if (length >= WIRE_LINK_PATH_SIZE || links->count == WIRE_LINKS_MAX) {
        links->cut = true;
        return NULL;
    }
    link = &links->items[links->count++];
    *link = (struct wire_link){ .observable = false };
    memcpy(link->path, path, length);
    return link;
}

void wire_link_format_read(const void *data, size_t length, struct wire_links *ret_links)
{
    struct scanner scanner = { .at = data, .end = data };

    ret_links->count = 0;
    ret_links->elsewhere = 0;
    ret_links->cut = false;
    ret_links->malformed = false;
    if (length == 0) {
        return;
    }
    scanner.end += length;
    do {
        const char *path = NULL;
        size_t path_length = 0;
        struct wire_link *link;
        bool sound = true;

        blanks_skip(&scanner);
        if (!target_take(&scanner, &path, &path_length)) {
            ret_links->malformed = true;
            return;
        }
        link = place_find(ret_links, path, path_length);
        blanks_skip(&scanner);
        while (sound && take(&scanner, ';')) {
            sound = parameter_take(&scanner, link);
            blanks_skip(&scanner);
        }
        if (!sound) {
            ret_links->malformed = true;
            return;
        }
    } while (take(&scanner, ','));
    ret_links->malformed = scanner.at < scanner.end;
}
