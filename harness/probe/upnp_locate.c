#include "probe/upnp_locate.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/udp.h"
#include "wire/udp_hello.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static const char GROUP[] = "239.255.255.250";
enum { GROUP_PORT = 1900, DATAGRAM_SIZE = 2048, SEARCHES = 2, ANSWERS_MAX = 64 };

bool upnp_search_read(const void *data, size_t length, const char *host,
                      struct whereabouts *whereabouts)
{
    char detail[WIRE_UDP_DETAIL_SIZE];
    char location[2 * UPNP_TEXT_SIZE];
    const struct wire_udp_ask ask = { .host = host };
    struct upnp_url url;

    if (!wire_ssdp_hello.read(&ask, data, length, detail)) {
        return false;
    }
    whereabouts->answered = true;
    (void) wire_udp_header_find(data, length, "SERVER", whereabouts->server,
                                sizeof whereabouts->server);
    if (whereabouts->found ||
        !wire_udp_header_find(data, length, "LOCATION", location, sizeof location) ||
        !upnp_url_split(location, &url)) {
        return true;
    }
    if (text_equal(url.host, host)) {
        whereabouts->found = true;
        whereabouts->url = url;
    } else {
        (void) snprintf(whereabouts->elsewhere, sizeof whereabouts->elsewhere, "%s", url.host);
    }
    return true;
}

static enum status search_send(const struct probe_call *call, struct udp *udp, bool group,
                               struct error *reterr)
{
    uint8_t room[WIRE_UDP_HELLO_MAX];
    struct builder builder = builder_over(room, sizeof room);
    const struct wire_udp_ask ask = { .host = group ? GROUP : call->host,
                                      .port = group ? GROUP_PORT : call->port };
    enum udp_event event;

    wire_ssdp_hello.write(&ask, &builder);
    transcript_sent(call->transcript, 0, room, builder.length);
    return group ? udp_send_group(udp, GROUP, GROUP_PORT, room, builder.length, &event, reterr)
                 : udp_send(udp, room, builder.length, &event, reterr);
}

/* Until the device is found, or time is up. */
static enum status answers_take(const struct probe_call *call, struct udp *udp, int64_t until,
                                struct whereabouts *whereabouts, struct error *reterr)
{
    for (int answers = 0; answers < ANSWERS_MAX && !whereabouts->found;) {
        uint8_t room[DATAGRAM_SIZE];
        struct pollfd waited = { .fd = udp->fd, .events = POLLIN };
        enum udp_event event = UDP_NOTHING;
        size_t length = 0;

        TRY(udp_take(udp, room, sizeof room, &length, &event, reterr));
        if (event == UDP_ANSWER) {
            answers++;
            transcript_received(call->transcript, 0, room, length);
            (void) upnp_search_read(room, length, call->host, whereabouts);
        } else if (event == UDP_CLOSED || event == UDP_UNREACHABLE) {
            answers++;
        } else if (clock_left_ms(until) == 0) {
            break;
        } else {
            (void) poll(&waited, 1, clock_left_ms(until));
        }
    }
    return STATUS_OK;
}

enum status upnp_locate(const struct probe_call *call, bool group, int wait_ms,
                        struct whereabouts *ret_whereabouts, struct error *reterr)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };

    *ret_whereabouts = (struct whereabouts){ .answered = false };
    TRY(udp_open(&udp, call->host, call->port, reterr));
    for (int way = 0; way <= (group ? 1 : 0) && !ret_whereabouts->found; way++) {
        for (int i = 0; i < SEARCHES && !ret_whereabouts->found; i++) {
            int64_t until = probe_deadline_within(call, wait_ms);

            TRY(search_send(call, &udp, way == 1, reterr));
            TRY(answers_take(call, &udp, until, ret_whereabouts, reterr));
        }
        ret_whereabouts->by_group = way == 1 && ret_whereabouts->found;
    }
    return STATUS_OK;
}
