#include "wishes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct udp_sweep sweep;
    char text[256];
    unsigned wished = 0;
    unsigned controls = 0;

    if (size >= sizeof text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    memset(&sweep, 0, sizeof sweep);
    if (wishes_read(text, &sweep, NULL) != STATUS_OK) {
        return 0;
    }
    for (unsigned port = 0; port < UDP_PORT_COUNT; port++) {
        wished += sweep.port[port].wish != UDP_WISH_NONE ? 1 : 0;
    }
    wishes_add_controls(&sweep, size);
    for (unsigned port = 0; port < UDP_PORT_COUNT; port++) {
        controls += sweep.port[port].wish == UDP_WISH_CONTROL ? 1 : 0;
    }
    if (wished == 0 || sweep.port[0].wish != UDP_WISH_NONE || controls > 3) {
        abort();
    }
    return 0;
}
