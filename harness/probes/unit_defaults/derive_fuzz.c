#include "derive.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first octet says where the identifier ends and the password begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char identifier[256] = "";
    char password[256] = "";
    char rule[DERIVE_RULE_SIZE];
    size_t first;
    struct identity identity = { .mac = identifier, .serial = identifier };

    if (size < 1) {
        return 0;
    }
    first = data[0] < size - 1 ? data[0] : size - 1;
    memcpy(identifier, data + 1, first);
    size -= 1 + first;
    memcpy(password, data + 1 + first, size < sizeof password - 1 ? size : sizeof password - 1);
    if (derive_rule(&identity, password, rule, NULL) != STATUS_OK || strlen(rule) >= sizeof rule ||
        derive_classes(password) > 4 ||
        derive_relation(identifier, password) != derive_relation(password, identifier)) {
        abort();
    }
    return 0;
}
