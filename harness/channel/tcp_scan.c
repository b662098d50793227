#include "channel/tcp_scan.h"

#include "base/clock.h"
#include "channel/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    SECOND_US = 1000000,
    TIMEOUT_FLOOR_US = 100000, /* a radio that sleeps between beacons answers within this */
    PAUSE_US = 20000,
    BURST_US = 10000, /* how late a bounded rate may catch up */
    WINDOW_FLOOR = 8,
    SPARE_DESCRIPTORS = 32,
    VERIFY_MS = 200
};

/* Slots [0, busy) have an attempt under way; the others may hold a socket to be used
 * again: one that was refused is as good as new. */
struct slot {
    int fd;
    uint16_t port;
    bool spent; /* the socket is not fit for another attempt */
    int64_t begun_us;
    int64_t expires_us;
};

struct scan {
    const struct tcp_scan_ask *ask;
    struct tcp_scan_result *result;
    struct sockaddr_storage address;
    socklen_t address_length;
    struct slot slots[TCP_IN_FLIGHT_MAX];
    struct pollfd polled[TCP_IN_FLIGHT_MAX];
    unsigned busy;
    unsigned window; /* how many may be busy now */
    unsigned window_max;
    unsigned credit;                /* answers since the window last grew */
    unsigned cursor;                /* the next port never asked */
    uint16_t queue[TCP_PORT_COUNT]; /* to be asked again; a ring */
    unsigned queue_head;
    unsigned queue_length;
    uint8_t silences[TCP_PORT_COUNT];
    unsigned worth;  /* retries that have been worth while so far, and one more */
    bool from_queue; /* whose turn it is */
    int64_t srtt_us;
    int64_t rttvar_us;
    int64_t shrunk_us;
    int64_t next_us;   /* when the rate allows another attempt */
    int64_t paused_us; /* no attempt before, since we have run out of something */
    unsigned done;
    unsigned reported;
};

static int64_t now_us(void)
{
    struct timespec now = { 0 };

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void address_set_port(struct scan *scan, uint16_t port)
{
    if (scan->address.ss_family == AF_INET) {
        ((struct sockaddr_in *) &scan->address)->sin_port = htons(port);
    } else {
        ((struct sockaddr_in6 *) &scan->address)->sin6_port = htons(port);
    }
}

/* RFC 6298 section 2, with our own bounds; doubled for each silence so far. */
static int64_t answer_timeout(const struct scan *scan, uint16_t port)
{
    int64_t longest = (int64_t) scan->ask->timeout_ms * 1000;
    int64_t wait = longest;

    if (scan->srtt_us > 0) {
        wait = scan->srtt_us + 4 * scan->rttvar_us;
        wait = wait > TIMEOUT_FLOOR_US ? wait : TIMEOUT_FLOOR_US;
        wait <<= scan->silences[port] < 8 ? scan->silences[port] : 8;
    }
    return wait < longest ? wait : longest;
}

static void rtt_learn(struct scan *scan, int64_t sample_us)
{
    int64_t sample = sample_us > 0 ? sample_us : 1;
    int64_t apart;

    if (scan->srtt_us == 0) {
        scan->srtt_us = sample;
        scan->rttvar_us = sample / 2;
        return;
    }
    apart = scan->srtt_us > sample ? scan->srtt_us - sample : sample - scan->srtt_us;
    scan->rttvar_us = (3 * scan->rttvar_us + apart) / 4;
    scan->srtt_us = (7 * scan->srtt_us + sample) / 8;
    scan->srtt_us = scan->srtt_us > 0 ? scan->srtt_us : 1;
}

static void queue_push(struct scan *scan, uint16_t port)
{
    scan->queue[(scan->queue_head + scan->queue_length) % TCP_PORT_COUNT] = port;
    scan->queue_length++;
}

static uint16_t queue_pop(struct scan *scan)
{
    uint16_t port = scan->queue[scan->queue_head];

    scan->queue_head = (scan->queue_head + 1) % TCP_PORT_COUNT;
    scan->queue_length--;
    return port;
}

static bool cursor_has_more(struct scan *scan)
{
    while (scan->cursor < TCP_PORT_COUNT &&
           scan->result->state[scan->cursor] != TCP_PORT_NOT_ASKED) {
        scan->cursor++;
    }
    while (scan->cursor < TCP_PORT_COUNT &&
           (!scan->ask->ports->wanted[scan->cursor] ||
            scan->result->state[scan->cursor] != TCP_PORT_NOT_ASKED)) {
        scan->cursor++;
    }
    return scan->cursor < TCP_PORT_COUNT;
}

/* Fresh ports and repeated ones take turns, so that loss is noticed early. */
static bool port_next(struct scan *scan, uint16_t *ret_port)
{
    bool fresh = cursor_has_more(scan);

    scan->from_queue = scan->queue_length > 0 && (!fresh || !scan->from_queue);
    if (scan->from_queue) {
        *ret_port = queue_pop(scan);
        return true;
    }
    *ret_port = (uint16_t) scan->cursor;
    return fresh;
}

static void settle(struct scan *scan, uint16_t port, enum tcp_port_state state)
{
    struct tcp_scan_result *result = scan->result;
    unsigned total = scan->ask->ports->count;

    result->state[port] = (uint8_t) state;
    scan->done++;
    if (scan->ask->progress != NULL && (scan->done - scan->reported) * 100 >= total) {
        scan->reported = scan->done;
        scan->ask->progress(scan->ask->progress_context, scan->done, total);
    }
}

/* Ports given up as silent before repeating had proved its worth get their chance. */
static void reconsider_silent(struct scan *scan)
{
    for (unsigned port = 1; port < TCP_PORT_COUNT; port++) {
        if (scan->result->state[port] == TCP_PORT_FILTERED) {
            scan->result->state[port] = TCP_PORT_PENDING;
            scan->done--;
            scan->reported = scan->reported < scan->done ? scan->reported : scan->done;
            queue_push(scan, (uint16_t) port);
        }
    }
}

/* An answer that came only after silence: we were too fast for the device or the path. */
static void loss_learn(struct scan *scan, unsigned silences, int64_t now)
{
    if (now - scan->shrunk_us > TIMEOUT_FLOOR_US) {
        scan->window = scan->window / 2 > WINDOW_FLOOR ? scan->window / 2 : WINDOW_FLOOR;
        scan->shrunk_us = now;
    }
    if (silences + 1 > scan->worth && scan->worth < scan->ask->retries) {
        scan->worth = silences + 1 < scan->ask->retries ? silences + 1 : scan->ask->retries;
        reconsider_silent(scan);
    }
}

static void slot_free(struct scan *scan, unsigned index, bool reuse)
{
    struct slot freed = scan->slots[index];

    if (!reuse) {
        /* A reset instead of a farewell: no TIME_WAIT of ours, no work for the device. */
        const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

        (void) setsockopt(freed.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void) close(freed.fd);
        freed.fd = -1;
    }
    scan->busy--;
    scan->slots[index] = scan->slots[scan->busy];
    scan->slots[scan->busy] = freed;
}

static void answered(struct scan *scan, unsigned index, enum tcp_event event, int64_t now)
{
    const struct slot slot = scan->slots[index];
    enum tcp_port_state state = event == TCP_REFUSED    ? TCP_PORT_CLOSED
                                : event == TCP_NO_ROUTE ? TCP_PORT_UNREACHABLE
                                                        : TCP_PORT_OPEN;

    rtt_learn(scan, now - slot.begun_us);
    if (++scan->credit >= scan->window && scan->window < scan->window_max) {
        scan->window++;
        scan->credit = 0;
    }
    slot_free(scan, index, event == TCP_REFUSED && !slot.spent);
    settle(scan, slot.port, state);
    if (scan->silences[slot.port] > 0) {
        loss_learn(scan, scan->silences[slot.port], now);
    }
}

static void silent(struct scan *scan, unsigned index)
{
    uint16_t port = scan->slots[index].port;

    slot_free(scan, index, false);
    scan->silences[port]++;
    if (scan->silences[port] <= scan->worth) {
        queue_push(scan, port);
    } else {
        settle(scan, port, TCP_PORT_FILTERED);
    }
}

/* Our own shortage says nothing about the port: it is asked again when an attempt that is
 * under way has ended, or a little later. */
static void back_off(struct scan *scan, uint16_t port, int64_t now)
{
    scan->result->backed_off++;
    if (scan->busy > 0) {
        scan->window = scan->busy;
    } else {
        scan->paused_us = now + PAUSE_US;
    }
    queue_push(scan, port);
}

/* Begins one attempt in the first free slot. */
static enum status slot_begin(struct scan *scan, uint16_t port, int64_t now, struct error *reterr)
{
    struct slot *slot = &scan->slots[scan->busy];
    enum tcp_event event = TCP_OK;
    int code = 0;

    if (slot->fd < 0) {
        slot->fd = socket(scan->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (slot->fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                back_off(scan, port, now);
                return STATUS_OK;
            }
            return fail(reterr, STATUS_IO, "no socket: %s", strerror(errno));
        }
    }
    address_set_port(scan, port);
    slot->port = port;
    slot->spent = false;
    slot->begun_us = now;
    slot->expires_us = now + answer_timeout(scan, port);
    if (connect(slot->fd, (struct sockaddr *) &scan->address, scan->address_length) != 0) {
        code = errno;
    }
    if (code == EADDRNOTAVAIL || code == EAGAIN || code == ENOBUFS || code == ENOMEM) {
        back_off(scan, port, now);
        return STATUS_OK;
    }
    scan->result->state[port] = TCP_PORT_PENDING;
    scan->result->attempts++;
    scan->result->retries += scan->silences[port] > 0 ? 1 : 0;
    scan->busy++;
    if (code == EINPROGRESS) {
        return STATUS_OK;
    }
    if (!tcp_event_from_errno(code, &event)) {
        return fail(reterr, STATUS_IO, "connect: %s", strerror(code));
    }
    if (code != 0) {
        answered(scan, scan->busy - 1, event, now);
    }
    return STATUS_OK;
}

static bool rate_allows(struct scan *scan, int64_t now)
{
    if (now < scan->paused_us) {
        return false;
    }
    if (scan->ask->connections_per_second == 0) {
        return true;
    }
    if (scan->next_us < now - BURST_US) {
        scan->next_us = now - BURST_US;
    }
    if (scan->next_us > now) {
        return false;
    }
    scan->next_us += SECOND_US / scan->ask->connections_per_second;
    return true;
}

static bool work_is_left(struct scan *scan)
{
    return scan->queue_length > 0 || cursor_has_more(scan);
}

static enum status launch(struct scan *scan, struct error *reterr)
{
    while (scan->busy < scan->window && work_is_left(scan)) {
        int64_t now = now_us();
        uint16_t port = 0;

        if (!rate_allows(scan, now) || !port_next(scan, &port)) {
            break;
        }
        TRY(slot_begin(scan, port, now, reterr));
    }
    return STATUS_OK;
}

/* Until something answers, the oldest attempt expires, or another may begin. */
static enum status wait_for_answers(struct scan *scan, struct error *reterr)
{
    int64_t now = now_us();
    int64_t until = now + (int64_t) clock_left_ms(scan->ask->deadline_ms) * 1000;

    for (unsigned i = 0; i < scan->busy; i++) {
        const struct slot *slot = &scan->slots[i];

        scan->polled[i] = (struct pollfd){ .fd = slot->fd, .events = POLLOUT };
        until = slot->expires_us < until ? slot->expires_us : until;
    }
    if (scan->busy < scan->window && work_is_left(scan)) {
        int64_t begin = scan->next_us > scan->paused_us ? scan->next_us : scan->paused_us;

        until = begin < until ? begin : until;
    }
    if (poll(scan->polled, scan->busy, until <= now ? 0 : (int) ((until - now + 999) / 1000)) < 0 &&
        errno != EINTR) {
        return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
    }
    return STATUS_OK;
}

/* The second connect() of a socket tells how the first one ended and, after a reset,
 * leaves the socket fit for another attempt: no new descriptor for each closed port.
 * An ICMP error may be there while the attempt still goes on: SO_ERROR tells it. */
static bool attempt_ended(struct scan *scan, struct slot *slot, enum tcp_event *ret_event)
{
    socklen_t length = sizeof(int);
    int code = 0;

    address_set_port(scan, slot->port);
    if (connect(slot->fd, (struct sockaddr *) &scan->address, scan->address_length) == 0 ||
        errno == EISCONN) {
        slot->spent = true;
        *ret_event = tcp_begun_result(slot->fd);
        return true;
    }
    code = errno;
    if (code == EALREADY || code == EINPROGRESS || code == EINTR) {
        if (getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0 || code == 0) {
            return false;
        }
        slot->spent = true;
    }
    if (!tcp_event_from_errno(code, ret_event)) {
        *ret_event = TCP_NO_ROUTE; /* EACCES: administratively prohibited (RFC 4443 3.1) */
    }
    return true;
}

static void collect(struct scan *scan)
{
    int64_t now = now_us();

    /* Downwards: freeing a slot moves the last one, already seen, into its place. */
    for (unsigned i = scan->busy; i-- > 0;) {
        enum tcp_event event = TCP_TIMEOUT;

        if (scan->polled[i].revents != 0 && attempt_ended(scan, &scan->slots[i], &event)) {
            if (event != TCP_TIMEOUT) {
                answered(scan, i, event, now);
                continue;
            }
            silent(scan, i);
        } else if (scan->slots[i].expires_us <= now) {
            silent(scan, i);
        }
    }
}

/* Towards our own machine two attempts can meet each other (simultaneous open, RFC 9293
 * section 3.5) and look open.  Asked alone, such a port refuses. */
static enum status verify_open(struct scan *scan, struct error *reterr)
{
    for (unsigned port = 1; port < TCP_PORT_COUNT; port++) {
        enum tcp_event event = TCP_OK;
        struct pollfd polled = { .fd = -1, .events = POLLOUT };

        if (scan->result->state[port] != TCP_PORT_OPEN) {
            continue;
        }
        address_set_port(scan, (uint16_t) port);
        if (tcp_begin_at(&scan->address, scan->address_length, &polled.fd, &event, NULL) !=
            STATUS_OK) {
            return fail(reterr, STATUS_IO, "port %u could not be asked again", port);
        }
        if (polled.fd >= 0) {
            event = poll(&polled, 1, VERIFY_MS) == 1 ? tcp_begun_result(polled.fd) : TCP_OK;
            (void) close(polled.fd);
        }
        scan->result->attempts++;
        if (event == TCP_REFUSED) {
            scan->result->state[port] = TCP_PORT_CLOSED;
        }
    }
    return STATUS_OK;
}

/* Whether the route to the host ends where it begins. */
static bool host_is_ourselves(struct scan *scan)
{
    struct sockaddr_storage ours = { 0 };
    socklen_t length = sizeof ours;
    bool same = false;
    int fd = socket(scan->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    address_set_port(scan, 9);
    if (fd >= 0 && connect(fd, (struct sockaddr *) &scan->address, scan->address_length) == 0 &&
        getsockname(fd, (struct sockaddr *) &ours, &length) == 0) {
        same = ours.ss_family == AF_INET
                   ? memcmp(&((struct sockaddr_in *) &ours)->sin_addr,
                            &((struct sockaddr_in *) &scan->address)->sin_addr,
                            sizeof(struct in_addr)) == 0
                   : memcmp(&((struct sockaddr_in6 *) &ours)->sin6_addr,
                            &((struct sockaddr_in6 *) &scan->address)->sin6_addr,
                            sizeof(struct in6_addr)) == 0;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    return same;
}

static void tally(struct tcp_scan_result *result, unsigned wanted)
{
    unsigned *const counts[] = {
        [TCP_PORT_OPEN] = &result->open,
        [TCP_PORT_CLOSED] = &result->closed,
        [TCP_PORT_FILTERED] = &result->filtered,
        [TCP_PORT_UNREACHABLE] = &result->unreachable,
    };

    for (unsigned port = 1; port < TCP_PORT_COUNT; port++) {
        if (result->state[port] >= TCP_PORT_OPEN) {
            (*counts[result->state[port]])++;
        }
    }
    result->complete =
        result->open + result->closed + result->filtered + result->unreachable == wanted;
}

static struct scan *scan_new(const struct tcp_scan_ask *ask, struct tcp_scan_result *result)
{
    struct scan *scan = calloc(1, sizeof *scan);
    struct rlimit files = { .rlim_cur = TCP_IN_FLIGHT_MAX };

    if (scan == NULL) {
        abort();
    }
    scan->ask = ask;
    scan->result = result;
    scan->window = ask->in_flight > 0 ? ask->in_flight : 1;
    (void) getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < scan->window + SPARE_DESCRIPTORS) {
        scan->window = files.rlim_cur > 2 * SPARE_DESCRIPTORS
                           ? (unsigned) files.rlim_cur - SPARE_DESCRIPTORS
                           : SPARE_DESCRIPTORS / 2;
    }
    scan->window = scan->window < TCP_IN_FLIGHT_MAX ? scan->window : TCP_IN_FLIGHT_MAX;
    scan->window_max = scan->window;
    scan->worth = ask->retries > 0 ? 1 : 0;
    for (unsigned i = 0; i < TCP_IN_FLIGHT_MAX; i++) {
        scan->slots[i].fd = -1;
    }
    if (ask->ports->wanted[ask->first]) {
        queue_push(scan, ask->first);
        result->state[ask->first] = TCP_PORT_PENDING;
    }
    return scan;
}

static void scan_done(struct scan **scan)
{
    for (unsigned i = 0; i < TCP_IN_FLIGHT_MAX; i++) {
        if ((*scan)->slots[i].fd >= 0) {
            (void) close((*scan)->slots[i].fd);
        }
    }
    free(*scan);
}

enum status tcp_scan(const struct tcp_scan_ask *ask, struct tcp_scan_result *ret_result,
                     struct error *reterr)
{
    memset(ret_result, 0, sizeof *ret_result);
    DEFER(scan_done) struct scan *scan = scan_new(ask, ret_result);

    TRY(tcp_address(ask->host, 0, &scan->address, &scan->address_length, reterr));
    while ((scan->busy > 0 || work_is_left(scan)) && clock_left_ms(ask->deadline_ms) > 0) {
        TRY(launch(scan, reterr));
        TRY(wait_for_answers(scan, reterr));
        collect(scan);
    }
    while (scan->busy > 0) {
        slot_free(scan, scan->busy - 1, false);
    }
    if (host_is_ourselves(scan)) {
        TRY(verify_open(scan, reterr));
    }
    tally(ret_result, ask->ports->count);
    ret_result->rtt_us = (unsigned) scan->srtt_us;
    return STATUS_OK;
}
