#include "enforced.h"

#include "base/clock.h"
#include "channel/tcp.h"
#include "probe/web.h"
#include "wire/starttls_clear.h"

enum { NAME_LENGTH = 12 };

static enum status talk(struct network *network, struct starttls_clear *clear, struct tcp *tcp,
                        enum starttls_clear_step *ret_step, int64_t deadline_ms,
                        struct error *reterr)
{
    DEFER(bytes_done) struct bytes stream = bytes_bounded(STARTTLS_STREAM_MAX);
    enum tcp_event event = TCP_OK;

    do {
        *ret_step = wire_starttls_clear_step(clear, stream.data, stream.length);
        if (*ret_step == CLEAR_SEND) {
            TRY(tcp_send(tcp, clear->talk.message, clear->talk.message_length, deadline_ms, &event,
                         reterr));
            network->sent += clear->talk.message_length;
        } else if (*ret_step == CLEAR_WAIT && stream.length < stream.limit) {
            TRY(tcp_receive(tcp, &stream, deadline_ms, &event, reterr));
        } else {
            return STATUS_OK;
        }
    } while (event == TCP_OK);
    return STATUS_OK;
}

enum status tls_server_enforced(struct probe_call *call, struct network *network,
                                struct error *reterr)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum starttls_clear_step step = CLEAR_UNKNOWN;
    enum tcp_event event = TCP_OK;
    struct starttls_clear clear;
    char name[NAME_LENGTH + 1];
    uint64_t state = call->seed;
    int64_t deadline_ms;

    if (network->upgrade != UPGRADE_ACCEPTED) {
        return STATUS_OK;
    }
    tls_server_pace(&network->pace, network->deadline_ms);
    deadline_ms = clock_monotonic_ms() + network->timeout_ms;
    deadline_ms = deadline_ms < network->deadline_ms ? deadline_ms : network->deadline_ms;
    if (clock_left_ms(deadline_ms) == 0) {
        return STATUS_OK;
    }
    web_random_text(&state, name, NAME_LENGTH);
    clear = wire_starttls_clear_start(network->starttls, network->server_name, name);
    TRY(tcp_open(&tcp, network->host, network->port, deadline_ms, call->transcript, &event,
                 reterr));
    if (event == TCP_OK) {
        TRY(talk(network, &clear, &tcp, &step, deadline_ms, reterr));
    }
    if (step == CLEAR_ENFORCED || step == CLEAR_OPEN) {
        probe_fact_bool(call, "starttls_enforced", step == CLEAR_ENFORCED);
    }
    return STATUS_OK;
}
