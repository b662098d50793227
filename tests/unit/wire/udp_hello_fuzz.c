#include "wire/udp_hello.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The nonce is the input's own beginning, so that answers that repeat it are in reach. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_udp_ask ask = { .host = "192.0.2.1", .port = 161 };
    char detail[WIRE_UDP_DETAIL_SIZE];

    if (size < sizeof ask.nonce) {
        return 0;
    }
    memcpy(ask.nonce, data, sizeof ask.nonce);
    for (size_t i = 0; wire_udp_hellos[i] != NULL; i++) {
        memset(detail, 'x', sizeof detail);
        if (!wire_udp_hellos[i]->read(&ask, data + sizeof ask.nonce, size - sizeof ask.nonce,
                                      detail)) {
            continue;
        }
        if (memchr(detail, '\0', sizeof detail) == NULL) {
            abort();
        }
        for (const char *at = detail; *at != '\0'; at++) {
            if (*at < ' ' || *at > '~') {
                abort();
            }
        }
    }
    return 0;
}
