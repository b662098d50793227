#include "offers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One octet of the least length, then a user's name that is also on the list. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[200] = "";
    unsigned shortest = size > 0 ? 1 + data[0] % OFFER_SHORTEST_MAX : 1;
    struct offers offers;
    json_t *common;

    if (size > 1) {
        memcpy(name, data + 1, size - 1 < sizeof name - 1 ? size - 1 : sizeof name - 1);
    }
    common = json_array();
    if (json_array_append_new(common, json_string_nocheck(name)) != 0) {
        json_decref(common);
        return 0;
    }
    offers = offers_weak(shortest, common, name);
    for (size_t i = 0; i < offers.count; i++) {
        if (offers.list[i].label[0] == '\0') {
            abort();
        }
    }
    if (strlen(offer_strong(shortest).password) < shortest) {
        abort();
    }
    json_decref(common);
    return 0;
}
