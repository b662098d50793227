/* A peer on loopback that is not a DTLS server at all, or a hostile one: an exchange ends, after
 * bounded time and datagrams. */
#include "network.h"

#include "base/clock.h"
#include "channel/transcript.h"
#include "support/udp_peer.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TIMEOUT_MS = 300 };

enum peer {
    PEER_SILENT,
    PEER_ELSEWHERE, /* answers from another port */
    PEER_GARBAGE,
    PEER_COOKIES,  /* another one each time */
    PEER_FRAGMENTS /* of one byte each, of a ServerHello that is never whole, without end */
};

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

static void answer(void *context, const struct udp_peer *at)
{
    enum peer peer = *(enum peer *) context;
    unsigned times = peer == PEER_SILENT ? 0 : peer == PEER_FRAGMENTS ? 2000 : 1;

    for (unsigned i = 0; i < times; i++) {
        uint8_t room[64] = "HTTP/1.1 400 Bad Request";
        size_t length = peer == PEER_GARBAGE     ? 24
                        : peer == PEER_FRAGMENTS ? fragment(room, 1 + i)
                                                 : request(room, (uint8_t) at->count);

        udp_peer_say(at, peer == PEER_ELSEWHERE, room, length);
    }
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
    pid_t child = udp_peer_begin(answer, &peer, &network.port);
    int64_t begun_ms = clock_monotonic_ms();

    exchange.whole_flight = true;
    cr_assert_eq(tls_server_dial(&dialer, list, 1, NULL), STATUS_OK);
    cr_expect_eq(exchange.end, wanted, "peer %d: %s", (int) peer, exchange.detail);
    cr_expect_leq(network.datagrams, datagrams_at_most, "peer %d", (int) peer);
    cr_expect_leq(exchange.talk.datagrams, DTLS_DATAGRAMS_MAX);
    cr_expect_lt(clock_monotonic_ms() - begun_ms, 5000);
    tls_server_exchange_done(&exchange);
    transcript_done(&transcript);
    udp_peer_end(child);
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

    network.port = udp_peer_nobody();
    cr_assert_eq(tls_server_dial(&dialer, list, 1, NULL), STATUS_OK);
    cr_expect_eq(exchange.end, END_NOT_CONNECTED);
    tls_server_exchange_done(&exchange);
}
