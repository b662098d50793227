#include "evidence/json_keys.h"

#include <stdlib.h>
#include <string.h>

struct json_keys json_keys_of(const json_t *object)
{
    /* Iterating changes nothing, but the parser's interface does not say so. */
    json_t *walked = (json_t *) object;
    struct json_keys keys = { .count = 0 };

    keys.names = calloc(json_object_size(object) + 1, sizeof *keys.names);
    if (keys.names == NULL) {
        abort();
    }
    for (void *at = json_object_iter(walked); at != NULL; at = json_object_iter_next(walked, at)) {
        keys.names[keys.count++] = json_object_iter_key(at);
    }
    return keys;
}

void json_keys_done(struct json_keys *keys)
{
    free(keys->names);
    *keys = (struct json_keys){ 0 };
}

/* UTF-8 sorts like UTF-16 but for one thing: code points above U+FFFF (lead bytes from
 * F0) are surrogates there and come before U+E000..U+FFFF (lead bytes EE and EF). */
static int order_utf16(const void *a, const void *b)
{
    const unsigned char *left = *(const unsigned char *const *) a;
    const unsigned char *right = *(const unsigned char *const *) b;

    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    if (*left >= 0xee && *right >= 0xee && (*left >= 0xf0) != (*right >= 0xf0)) {
        return *left >= 0xf0 ? -1 : 1;
    }
    return (*left > *right) - (*left < *right);
}

void json_keys_sort(struct json_keys *keys)
{
    qsort(keys->names, keys->count, sizeof *keys->names, order_utf16);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char) (c - 'A' + 'a') : c;
}

/* By hand because strcasecmp follows the locale. */
static int order_folded(const void *a, const void *b)
{
    const unsigned char *left = *(const unsigned char *const *) a;
    const unsigned char *right = *(const unsigned char *const *) b;

    while (lower(*left) == lower(*right) && *left != '\0') {
        left++;
        right++;
    }
    return (lower(*left) > lower(*right)) - (lower(*left) < lower(*right));
}

enum status json_keys_check_case(struct json_keys *keys, struct error *reterr)
{
    qsort(keys->names, keys->count, sizeof *keys->names, order_folded);
    for (size_t i = 1; i < keys->count; i++) {
        if (order_folded(&keys->names[i - 1], &keys->names[i]) == 0) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "json.case: two members whose names differ only in case");
        }
    }
    return STATUS_OK;
}
