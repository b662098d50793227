#include "wire/packet.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read lies in the frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = { PACKET_ETHERNET, PACKET_RAW, PACKET_LINUX, PACKET_LINUX_2 };
    struct packet packet;

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        if (wire_packet_read(links[i], data, size, &packet) == PACKET_READ &&
            (packet.data == NULL || packet.data < data ||
             packet.data + packet.length > data + size)) {
            abort();
        }
    }
    return 0;
}
