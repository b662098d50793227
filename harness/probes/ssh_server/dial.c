#include "dial.h"

#include "base/clock.h"

#include <poll.h>

struct network ssh_server_network(const char *host, uint16_t port, struct transcript *transcript)
{
    return (struct network){
        .host = host, .port = port, .transcript = transcript, .tcp = { .fd = -1 }
    };
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* One more connection keeps to the declared rate. */
static void network_pace(struct network *network)
{
    if (network->per_second > 0 && network->began_ms > 0) {
        int64_t due_ms = network->began_ms + 1000 / network->per_second;

        (void) poll(NULL, 0, clock_left_ms(earlier(due_ms, network->deadline_ms)));
    }
    network->began_ms = clock_monotonic_ms();
}

static enum status network_open(void *context, enum tcp_event *ret_event, struct error *reterr)
{
    struct network *network = context;

    network_pace(network);
    network->until_ms = earlier(network->deadline_ms, clock_monotonic_ms() + network->timeout_ms);
    return tcp_open(&network->tcp, network->host, network->port, network->until_ms,
                    network->transcript, ret_event, reterr);
}

static enum status network_receive(void *context, struct bytes *into, unsigned wait_ms,
                                   enum tcp_event *ret_event, struct error *reterr)
{
    struct network *network = context;
    int64_t until_ms = network->until_ms;

    if (wait_ms > 0) {
        until_ms = earlier(until_ms, clock_monotonic_ms() + wait_ms);
    }
    return tcp_receive(&network->tcp, into, until_ms, ret_event, reterr);
}

static enum status network_send(void *context, const void *data, size_t length,
                                enum tcp_event *ret_event, struct error *reterr)
{
    struct network *network = context;

    return tcp_send(&network->tcp, data, length, network->until_ms, ret_event, reterr);
}

static void network_close(void *context)
{
    struct network *network = context;

    tcp_done(&network->tcp);
}

struct dialer ssh_server_dialer(struct network *network)
{
    return (struct dialer){ .context = network,
                            .open = network_open,
                            .receive = network_receive,
                            .send = network_send,
                            .close = network_close };
}
