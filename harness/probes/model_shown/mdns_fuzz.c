/* Any bytes as the answer of a device to a question for its services. */
#include "wire/mdns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_mdns_record records[WIRE_MDNS_RECORDS_MAX];
    const struct wire_udp_ask ask = { .host = "192.0.2.1", .port = 5353 };
    size_t count = wire_mdns_records_read(&ask, data, size, records);

    for (size_t i = 0; i < count; i++) {
        if (memchr(records[i].name, '\0', sizeof records[i].name) == NULL ||
            memchr(records[i].text, '\0', sizeof records[i].text) == NULL) {
            abort();
        }
    }
    return 0;
}
