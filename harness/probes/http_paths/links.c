#include "links.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool fits(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= '0' && octet <= '9') ||
           (octet != '\0' && strchr("/._~-%!$+,;=:@", octet) != NULL);
}

static bool is_listed(const json_t *list, const char *path)
{
    const json_t *member;
    size_t i;

    json_array_foreach(list, i, member)
    {
        if (strcmp(json_string_value(member), path) == 0) {
            return true;
        }
    }
    return false;
}

/* A path that is written in full: two slashes begin another host. */
static void add(json_t *list, const char *path)
{
    if (path[0] == '/' && path[1] != '/' && path[1] != '*' && json_array_size(list) < LINKS_MAX &&
        !is_listed(list, path)) {
        (void) json_array_append_new(list, json_string(path));
    }
}

/* Copies what can stand in a path; 0: it is none, or too long. */
static size_t copy(const char *at, const char *end, char quote, char room[LINK_MAX + 1])
{
    size_t length = 0;

    while (at + length < end && fits(at[length])) {
        if (length == LINK_MAX) {
            return 0;
        }
        room[length] = at[length];
        length++;
    }
    room[length] = '\0';
    return at + length < end && (at[length] == quote || at[length] == '?' || at[length] == '#')
               ? length
               : 0;
}

/* Is what stands before this quote "href=", "src=" or "action="? */
static bool is_reference(const char *page, const char *quote)
{
    static const char *const names[] = { "href=", "src=", "action=" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);

        if ((size_t) (quote - page) > length &&
            strncasecmp(quote - length, names[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static void add_below(json_t *list, const char *page_path, const char *name)
{
    const char *slash = strrchr(page_path, '/');
    char path[2 * LINK_MAX + 2];

    while (strncmp(name, "./", 2) == 0) {
        name += 2;
    }
    if (slash == NULL || name[0] == '\0' || strchr(name, ':') != NULL ||
        strstr(name, "..") != NULL || (size_t) (slash - page_path) > LINK_MAX) {
        return;
    }
    (void) snprintf(path, sizeof path, "%.*s/%s", (int) (slash - page_path), page_path, name);
    add(list, path);
}

void links_find(const void *page, size_t length, const char *page_path, json_t *list)
{
    const char *start = page;
    const char *end = length == 0 ? start : start + length;

    for (const char *at = start; at < end; at++) {
        char room[LINK_MAX + 1];

        if ((*at != '"' && *at != '\'' && *at != '`') || copy(at + 1, end, *at, room) == 0) {
            continue;
        }
        if (room[0] == '/') {
            add(list, room);
        } else if (is_reference(start, at)) {
            add_below(list, page_path, room);
        }
    }
}
