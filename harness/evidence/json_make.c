#include "evidence/json_make.h"

#include "base/text.h"

#include <stdlib.h>

json_t *json_made(json_t *value)
{
    if (value == NULL) {
        abort();
    }
    return value;
}

void json_put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, json_made(value)) != 0) {
        abort();
    }
}

void json_append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, json_made(value)) != 0) {
        abort();
    }
}

void json_put_copy(json_t *object, const char *name, const json_t *value)
{
    if (value != NULL) {
        json_put(object, name, json_deep_copy(value));
    }
}

json_t *json_digest(const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(digest, hex);
    return json_made(json_string(hex));
}

json_t *json_base64(const void *data, size_t length)
{
    char *room = malloc(4 * ((length + 2) / 3) + 1);
    json_t *text;

    if (room == NULL) {
        abort();
    }
    text_base64(data, length, room);
    text = json_made(json_string(room));
    free(room);
    return text;
}
