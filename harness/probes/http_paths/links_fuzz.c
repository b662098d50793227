#include "links.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *list = json_array();
    const json_t *path;
    size_t i;

    links_find(data, size, "/pages/index.html", list);
    if (json_array_size(list) > LINKS_MAX) {
        abort();
    }
    json_array_foreach(list, i, path)
    {
        const char *text = json_string_value(path);

        if (text == NULL || text[0] != '/' || text[1] == '/' ||
            strpbrk(text, " \r\n?#\"") != NULL) {
            abort();
        }
    }
    json_decref(list);
    return 0;
}
