/* A peer on loopback that is not a DTLS server at all, or a hostile one: an exchange ends, after
 * bounded time and datagrams. */
#include "network.h"

#include "base/clock.h"
#include "channel/transcript.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_MS = 300 };

enum peer {
    PEER_SILENT,
    PEER_ELSEWHERE, /* answers from another port */
    PEER_GARBAGE,
    PEER_COOKIES,  /* another one each time */
    PEER_FRAGMENTS /* of one byte each, of a ServerHello that is never whole, without end */
};

static int bound(uint16_t *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static size_t request(uint8_t *room, uint8_t number)
{
    const uint8_t said[] = { 22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0,    0,    16, 3,     0,
                             0,  4,    0,    0, 0, 0, 0, 0, 0, 4, 0xfe, 0xff, 1,  number };

    memcpy(room, said, sizeof said);
    return sizeof said;
}

static size_t fragment(uint8_t *room, unsigned at)
{
    const uint8_t said[] = { 22,
                             0xfe,
                             0xfd,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             13,
                             2,
                             0,
                             0xff,
                             0,
                             0,
                             0,
                             0,
                             (uint8_t) (at >> 8),
                             (uint8_t) at,
                             0,
                             0,
                             1,
                             7 };

    memcpy(room, said, sizeof said);
    return sizeof said;
}

static void answer(enum peer peer, int fd, int other, const struct sockaddr_in *to, unsigned count)
{
    unsigned times = peer == PEER_SILENT ? 0 : peer == PEER_FRAGMENTS ? 2000 : 1;

    for (unsigned i = 0; i < times; i++) {
        uint8_t room[64] = "HTTP/1.1 400 Bad Request";
        size_t length = peer == PEER_GARBAGE     ? 24
                        : peer == PEER_FRAGMENTS ? fragment(room, 1 + i)
                                                 : request(room, (uint8_t) count);

        (void) sendto(peer == PEER_ELSEWHERE ? other : fd, room, length, 0,
                      (const struct sockaddr *) to, sizeof *to);
    }
}

/* The peer's process; it dies with the test. */
static pid_t begin(enum peer peer, uint16_t *ret_port)
{
    uint16_t unused;
    int fd = bound(ret_port);
    int other = bound(&unused);
    pid_t child = fork();

    if (child == 0) {
        uint8_t room[4096];
        struct sockaddr_in from;
        socklen_t length = sizeof from;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (unsigned count = 1;
             recvfrom(fd, room, sizeof room, 0, (struct sockaddr *) &from, &length) > 0; count++) {
            answer(peer, fd, other, &from, count);
        }
        _exit(0);
    }
    (void) close(fd);
    (void) close(other);
    return child;
}

static void try(enum peer peer, enum exchange_end wanted, unsigned datagrams_at_most)
{
    static const uint16_t suites[] = { 0xc0a8 };
    const struct tls_hello hello = {
        .version = TLS_VERSION_12, .suites = suites, .suite_count = 1, .datagram = true
    };
    struct exchange exchange = tls_server_exchange(&hello);
    struct exchange *list[] = { &exchange };
    struct transcript transcript = transcript_start(1 << 20);
    struct network network = { .host = "127.0.0.1",
                               .timeout_ms = TIMEOUT_MS,
                               .repeat_ms = TIMEOUT_MS / 4,
                               .deadline_ms = clock_monotonic_ms() + 10000,
                               .transcript = &transcript };
    struct dialer dialer = { .context = &network, .dial = dtls_server_network_dial, .seed = 1 };
    pid_t child = begin(peer, &network.port);
    int64_t begun_ms = clock_monotonic_ms();

    exchange.whole_flight = true;
    cr_assert_eq(tls_server_dial(&dialer, list, 1, NULL), STATUS_OK);
    cr_expect_eq(exchange.end, wanted, "peer %d: %s", (int) peer, exchange.detail);
    cr_expect_leq(network.datagrams, datagrams_at_most, "peer %d", (int) peer);
    cr_expect_leq(exchange.talk.datagrams, DTLS_DATAGRAMS_MAX);
    cr_expect_lt(clock_monotonic_ms() - begun_ms, 5000);
    tls_server_exchange_done(&exchange);
    transcript_done(&transcript);
    (void) kill(child, SIGKILL);
    (void) waitpid(child, NULL, 0);
}

Test(network, a_silent_peer)
{
    try(PEER_SILENT, END_SILENT, 1);
}

Test(network, answers_from_another_port_are_nobodys)
{
    try(PEER_ELSEWHERE, END_SILENT, 1);
}

Test(network, garbage_is_no_answer)
{
    try(PEER_GARBAGE, END_GARBLED, 2);
}

Test(network, endless_requests_for_a_cookie)
{
    try(PEER_COOKIES, END_SILENT, 2 + DTLS_COOKIES_MAX);
}

Test(network, endless_fragments)
{
    try(PEER_FRAGMENTS, END_SILENT, 2);
}

Test(network, nobody_listens)
{
    const struct tls_hello hello = { .version = TLS_VERSION_12, .datagram = true };
    struct exchange exchange = tls_server_exchange(&hello);
    struct exchange *list[] = { &exchange };
    struct network network = { .host = "127.0.0.1",
                               .timeout_ms = TIMEOUT_MS,
                               .repeat_ms = TIMEOUT_MS / 4,
                               .deadline_ms = clock_monotonic_ms() + 10000 };
    struct dialer dialer = { .context = &network, .dial = dtls_server_network_dial, .seed = 1 };

    (void) close(bound(&network.port));
    cr_assert_eq(tls_server_dial(&dialer, list, 1, NULL), STATUS_OK);
    cr_expect_eq(exchange.end, END_NOT_CONNECTED);
    tls_server_exchange_done(&exchange);
}
