#include "wire/login_page.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void) wire_page_asks_password(data, size);
    (void) wire_page_says_locked(data, size);
    (void) wire_page_says_refused(data, size);
    return 0;
}
