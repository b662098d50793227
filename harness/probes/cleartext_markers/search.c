#include "search.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOWS_AT_FIRST = 64 };

struct flow {
    struct packet_end from;
    struct packet_end to;
    bool tcp;
    bool from_beginning;   /* its SYN was seen, or it is UDP */
    uint32_t next;         /* sequence number of the octet that is due */
    bool carried;          /* data */
    struct veil_tail tail; /* TCP */
};

struct place {
    struct search *search;
    struct find find;
};

bool search_start(struct search *search, const struct veil *veil, const char *device)
{
    char address[INET6_ADDRSTRLEN];

    *search = (struct search){ .veil = veil };
    (void) snprintf(address, sizeof address, "%.*s", (int) strcspn(device, "%"), device);
    search->family = inet_pton(AF_INET, address, search->device) == 1    ? 4
                     : inet_pton(AF_INET6, address, search->device) == 1 ? 6
                                                                         : 0;
    return search->family != 0;
}

void search_done(struct search *search)
{
    for (size_t i = 0; i < search->flow_count; i++) {
        veil_tail_drop(&search->flows[i].tail);
    }
    free(search->flows);
    *search = (struct search){ 0 };
}

static bool same_end(const struct packet_end *a, const struct packet_end *b)
{
    return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static struct flow *flow_of(struct search *search, const struct packet *packet)
{
    struct flow *flow;

    for (size_t i = search->flow_count; i > 0; i--) {
        flow = &search->flows[i - 1];
        if (flow->tcp == packet->tcp && same_end(&flow->from, &packet->from) &&
            same_end(&flow->to, &packet->to)) {
            return flow;
        }
    }
    if (search->flow_count == SEARCH_FLOWS_MAX) {
        search->flows_cut = true;
        return NULL;
    }
    if (search->flow_count == 0 || (search->flow_count >= FLOWS_AT_FIRST &&
                                    (search->flow_count & (search->flow_count - 1)) == 0)) {
        size_t capacity = search->flow_count == 0 ? FLOWS_AT_FIRST : 2 * search->flow_count;

        search->flows = reallocarray(search->flows, capacity, sizeof *flow);
        if (search->flows == NULL) {
            abort();
        }
    }
    flow = &search->flows[search->flow_count++];
    *flow = (struct flow){
        .from = packet->from, .to = packet->to, .tcp = packet->tcp, .next = packet->sequence
    };
    flow->from_beginning = !packet->tcp || packet->syn;
    return flow;
}

static bool find_keep(void *context, const struct sighting *sighting)
{
    const struct place *place = context;
    struct search *search = place->search;
    struct find find = place->find;

    find.label = sighting->label;
    find.form = sighting->form;
    for (size_t i = 0; i < search->find_count; i++) {
        const struct find *known = &search->finds[i];

        if (known->tcp == find.tcp && known->port == find.port &&
            known->from_device == find.from_device && strcmp(known->label, find.label) == 0) {
            return true; /* written in one more form, or once more */
        }
    }
    if (search->find_count == SEARCH_FINDS_MAX) {
        search->finds_cut = true;
        return false;
    }
    search->finds[search->find_count++] = find;
    return true;
}

/* tail: of the flow that the data continues, in which a secret may have begun. */
static void look(struct search *search, const struct packet *packet, struct veil_tail *tail,
                 const void *data, size_t length)
{
    struct place place = {
        .search = search,
        .find = { .tcp = packet->tcp,
                  .port = packet->from.port < packet->to.port ? packet->from.port : packet->to.port,
                  .from_device =
                      memcmp(packet->from.address, search->device, sizeof search->device) == 0 },
    };

    /* Both ends are the device's own address on a loopback: then the lower port is its. */
    if (memcmp(packet->from.address, packet->to.address, sizeof packet->from.address) == 0) {
        place.find.from_device = packet->from.port < packet->to.port;
    }
    if (place.find.from_device) {
        search->packets_from_device++;
    } else {
        search->packets_to_device++;
    }
    veil_each_on(search->veil, tail, data, length, VEIL_FACT_LEAST, find_keep, &place);
}

/* What belongs to nothing before or after it. */
static void look_alone(struct search *search, const struct packet *packet)
{
    struct veil_tail tail = { 0 };

    look(search, packet, &tail, packet->data, packet->length);
    veil_tail_drop(&tail);
}

static void take_tcp(struct search *search, struct flow *flow, const struct packet *packet)
{
    uint32_t ahead;
    uint32_t known = 0;

    if (packet->syn) {
        veil_tail_drop(&flow->tail);
        flow->from_beginning = true;
        flow->next = packet->sequence + 1;
        return;
    }
    if (packet->length == 0) {
        return;
    }
    ahead = packet->sequence - flow->next;
    if (ahead > INT32_MAX) { /* behind: sent again, or late; its end may be new */
        look_alone(search, packet);
        known = 0 - ahead;
        if (known >= packet->length) {
            return;
        }
    } else if (ahead > 0) {
        search->gaps += flow->from_beginning;
        veil_tail_drop(&flow->tail);
    }
    look(search, packet, &flow->tail, packet->data + known, packet->length - known);
    flow->next = packet->sequence + (uint32_t) packet->length;
}

void search_take(struct search *search, int link, const void *frame, size_t length)
{
    struct packet packet;
    enum packet_word word = wire_packet_read(link, frame, length, &packet);
    struct flow *flow;

    if (word == PACKET_FRAGMENT || word == PACKET_BROKEN) {
        search->unread++;
    }
    if (word != PACKET_READ || packet.family != search->family) {
        return;
    }
    flow = flow_of(search, &packet);
    if (flow == NULL) {
        return;
    }
    flow->carried |= packet.length > 0;
    if (packet.tcp) {
        take_tcp(search, flow, &packet);
    } else {
        look_alone(search, &packet);
    }
}

bool search_saw_both_ways(const struct search *search, bool tcp, uint16_t port)
{
    bool to = false;
    bool from = false;

    for (size_t i = 0; i < search->flow_count; i++) {
        const struct flow *flow = &search->flows[i];

        to |= flow->tcp == tcp && flow->to.port == port && flow->carried;
        from |= flow->tcp == tcp && flow->from.port == port && flow->carried;
    }
    return to && from;
}
