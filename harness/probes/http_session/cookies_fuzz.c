#include "cookies.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/set_cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_set_cookie cookie;

    if (wire_set_cookie_read((const char *) data, size, &cookie) &&
        (cookie.name[0] == '\0' || strlen(cookie.name) >= sizeof cookie.name)) {
        abort();
    }
    return 0;
}
