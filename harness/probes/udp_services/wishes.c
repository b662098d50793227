#include "wishes.h"

#include "channel/tcp_scan.h"

#include <stdlib.h>
#include <string.h>

enum { CONTROLS = 3, DYNAMIC_FIRST = 49152, DYNAMIC_COUNT = 65536 - DYNAMIC_FIRST };

static void usual_add(struct udp_sweep *sweep)
{
    for (size_t i = 0; wire_udp_hellos[i] != NULL; i++) {
        for (size_t j = 0; j < WIRE_UDP_PORTS_MAX; j++) {
            uint16_t port = wire_udp_hellos[i]->ports[j];

            if (port != 0 && sweep->port[port].wish == UDP_WISH_NONE) {
                sweep->port[port].wish = UDP_WISH_USUAL;
            }
        }
    }
}

void wishes_add(struct udp_sweep *sweep, uint16_t port)
{
    sweep->port[port].wish = UDP_WISH_EVERY;
}

enum status wishes_read(const char *text, struct udp_sweep *sweep, struct error *reterr)
{
    static const char usual[] = "usual";
    size_t length = sizeof usual - 1;
    static struct tcp_port_set listed; /* the list's grammar is the same for TCP and UDP */

    if (strncmp(text, usual, length) == 0 && (text[length] == '\0' || text[length] == ',')) {
        usual_add(sweep);
        if (text[length] == '\0') {
            return STATUS_OK;
        }
        text += length + 1;
    }
    TRY(tcp_port_set_read(text, &listed, reterr));
    for (unsigned port = 1; port < UDP_PORT_COUNT; port++) {
        if (listed.wanted[port]) {
            wishes_add(sweep, (uint16_t) port);
        }
    }
    return STATUS_OK;
}

void wishes_add_controls(struct udp_sweep *sweep, uint64_t seed)
{
    unsigned added = 0;

    for (unsigned tries = 0; added < CONTROLS && tries < DYNAMIC_COUNT; tries++) {
        unsigned port;

        seed = seed * 6364136223846793005U + 1442695040888963407U;
        port = DYNAMIC_FIRST + (unsigned) (seed >> 33) % DYNAMIC_COUNT;
        if (sweep->port[port].wish == UDP_WISH_NONE) {
            sweep->port[port].wish = UDP_WISH_CONTROL;
            added++;
        }
    }
}
