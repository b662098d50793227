#include "probe/credential_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct credential_list list = { 0 };

    if (credential_list_parse("fuzz", data, size, arena, &list, NULL) == STATUS_OK) {
        if (list.count == 0 || list.count > CREDENTIAL_LIST_MAX) {
            abort();
        }
        for (size_t i = 0; i < list.count; i++) {
            if (strlen(list.pairs[i].user) > CREDENTIAL_TEXT_MAX ||
                strlen(list.pairs[i].password) > CREDENTIAL_TEXT_MAX) {
                abort();
            }
        }
    }
    arena_free(arena);
    return 0;
}
