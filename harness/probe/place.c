#include "probe/place.h"

#include "base/text.h"
#include "wire/html_value.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 4096, PATTERN_BODY_MAX = 64 * 1024, POINTER_DEPTH_MAX = 16 };

/* One token of a pointer, "~1" for '/' and "~0" for '~' (RFC 6901 section 3). */
static const char *token_take(const char *pointer, char *room, size_t size)
{
    size_t used = 0;

    while (*pointer != '\0' && *pointer != '/') {
        char character = *pointer++;

        if (character == '~' && (*pointer == '0' || *pointer == '1')) {
            character = *pointer++ == '0' ? '~' : '/';
        }
        if (used + 1 < size) {
            room[used++] = character;
        }
    }
    room[used] = '\0';
    return pointer;
}

const json_t *place_json(const json_t *tree, const char *pointer)
{
    char token[256];

    while (tree != NULL && *pointer == '/') {
        unsigned long long index = 0;

        pointer = token_take(pointer + 1, token, sizeof token);
        if (!json_is_array(tree)) {
            tree = json_object_get(tree, token);
        } else if (text_to_unsigned(token, 1000000, &index) == STATUS_OK) {
            tree = json_array_get(tree, (size_t) index);
        } else {
            tree = NULL;
        }
    }
    return tree;
}

static void pointer_walk(const json_t *tree, const char *text, const char *here, unsigned depth,
                         char *room, size_t size, unsigned *count)
{
    char below[512];
    const char *name;
    json_t *member;

    if (json_is_string(tree) && strcmp(json_string_value(tree), text) == 0) {
        (*count)++;
        if (snprintf(room, size, "%s", here) >= (int) size) {
            *count = 2;
        }
    }
    if (depth == POINTER_DEPTH_MAX) {
        return;
    }
    json_object_foreach((json_t *) tree, name, member)
    {
        if (strpbrk(name, "~/") == NULL &&
            snprintf(below, sizeof below, "%s/%s", here, name) < (int) sizeof below) {
            pointer_walk(member, text, below, depth + 1, room, size, count);
        }
    }
    for (size_t i = 0; json_is_array(tree) && i < json_array_size(tree); i++) {
        if (snprintf(below, sizeof below, "%s/%zu", here, i) < (int) sizeof below) {
            pointer_walk(json_array_get(tree, i), text, below, depth + 1, room, size, count);
        }
    }
}

bool place_pointer_to(const json_t *tree, const char *text, char *room, size_t size)
{
    unsigned count = 0;

    pointer_walk(tree, text, "", 0, room, size, &count);
    return count == 1 && room[0] == '/';
}

static enum status value_set(struct secret *ret_value, const char *value, struct error *reterr)
{
    size_t length = value == NULL ? 0 : strlen(value);

    return length == 0 || length > VALUE_MAX
               ? STATUS_OK
               : secret_set(ret_value, value, length, SECRET_FOR_CHILDREN, reterr);
}

static enum status in_json(const char *pointer, const struct http_answer *answer,
                           struct secret *ret_value, struct error *reterr)
{
    json_t *tree = json_loadb((const char *) answer->body.data, answer->body.length, 0, NULL);
    enum status status = value_set(ret_value, json_string_value(place_json(tree, pointer)), reterr);

    json_decref(tree);
    return status;
}

static enum status by_pattern(const char *pattern, const struct http_answer *answer,
                              struct secret *ret_value, struct error *reterr)
{
    size_t length = answer->body.length < PATTERN_BODY_MAX ? answer->body.length : PATTERN_BODY_MAX;
    regex_t compiled;
    regmatch_t groups[2];
    enum status status = STATUS_OK;
    char *text;

    if (regcomp(&compiled, pattern, REG_EXTENDED) != 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the pattern of a place in a page is no extended regular expression");
    }
    if (compiled.re_nsub == 0) {
        regfree(&compiled);
        return fail(reterr, STATUS_BAD_INPUT, "the pattern of a place in a page has no group");
    }
    text = calloc(1, length + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, answer->body.data, length);
    if (regexec(&compiled, text, 2, groups, 0) == 0 && groups[1].rm_so >= 0) {
        text[groups[1].rm_eo] = '\0';
        status = value_set(ret_value, text + groups[1].rm_so, reterr);
    }
    regfree(&compiled);
    secret_wipe(text, length);
    free(text);
    return status;
}

enum status place_find(const struct http_place *place, const struct http_answer *answer,
                       const struct http_client *client, struct secret *ret_value,
                       struct error *reterr)
{
    char room[VALUE_MAX];
    enum status status = STATUS_OK;

    if (answer->event != HTTP_ANSWERED) {
        return STATUS_OK;
    }
    if (place->cookie != NULL) {
        return http_client_cookie(client, place->cookie, ret_value, reterr);
    }
    if (place->header != NULL) {
        return value_set(ret_value, secret_reveal(&answer->wanted), reterr);
    }
    if (answer->body.length == 0) {
        return STATUS_OK;
    }
    if (place->json != NULL) {
        return in_json(place->json, answer, ret_value, reterr);
    }
    if (place->pattern != NULL) {
        return by_pattern(place->pattern, answer, ret_value, reterr);
    }
    if (place->field != NULL &&
        wire_html_value(answer->body.data, answer->body.length, place->field, room, sizeof room)) {
        status = value_set(ret_value, room, reterr);
        secret_wipe(room, sizeof room);
    }
    return status;
}
