#include "channel/tcp_scan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tcp_port_set set;
    char text[256];
    unsigned count = 0;

    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (tcp_port_set_read(text, &set, NULL) != STATUS_OK) {
        return 0;
    }
    for (unsigned port = 0; port < TCP_PORT_COUNT; port++) {
        count += set.wanted[port] ? 1 : 0;
    }
    if (count != set.count || count == 0 || set.wanted[0]) {
        abort();
    }
    return 0;
}
