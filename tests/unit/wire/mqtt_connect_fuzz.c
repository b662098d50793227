#include "wire/mqtt_connect.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_mqtt_connack connack;

    (void) wire_mqtt_connack_read(data, size, &connack);
    if (connack.reason == NULL) {
        abort();
    }
    return 0;
}
