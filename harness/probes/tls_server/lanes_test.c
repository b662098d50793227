/* However a server orders its suites, picked side by side they are the same as one by one. */
#include "invented.h"
#include "probe/tls_lanes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { SERVERS = 150, WIDTH = 6 };

static uint32_t next_of(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static size_t offered(uint16_t list[PICK_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        if (!wire_tls_suites_is_13(&wire_tls_suites[i])) {
            list[count++] = wire_tls_suites[i].code;
        }
    }
    return count;
}

/* Some suites, in an order of the table, or in any. */
static struct server server_of(uint32_t seed)
{
    struct server server = { .versions = { TLS_VERSION_12 },
                             .version_count = 1,
                             .follows_client = seed % 5 == 0 };
    uint16_t all[PICK_MAX];
    size_t count = offered(all);
    uint32_t state = seed;
    size_t wanted = 1 + next_of(&state) % 40;

    for (size_t i = 0; i < count && server.suite_count < wanted; i++) {
        if (all[i] != 0 && next_of(&state) % count < 2 * wanted) {
            server.suites[server.suite_count++] = all[i];
        }
    }
    for (size_t i = 0; i < server.suite_count && seed % 3 > 0; i++) {
        size_t other = next_of(&state) % server.suite_count;
        uint16_t swapped = server.suites[i];

        server.suites[i] = server.suites[other];
        server.suites[other] = swapped;
    }
    return server;
}

/* For TLS 1.2, with what the invented servers need; to be freed. */
static struct picker *picker_new(enum pick_what what)
{
    static const uint16_t group = 0x001d;
    static const uint16_t scheme = 0x0401;
    static const uint16_t suite = 0xc02f;
    struct picker *picker = calloc(1, sizeof *picker);

    cr_assert_not_null(picker);
    *picker = (struct picker){ .what = what,
                               .whole_flight = true,
                               .chunk = PICK_MAX,
                               .hello = { .version = TLS_VERSION_12,
                                          .suites = &suite,
                                          .suite_count = 1,
                                          .groups = &group,
                                          .group_count = 1,
                                          .schemes = &scheme,
                                          .scheme_count = 1 } };
    return picker;
}

static unsigned pick(struct server *server, unsigned width, struct picker *picker)
{
    struct dialer dialer = { .context = server, .dial = invented_serve, .width = width, .seed = 1 };
    struct asker asker = { .dialer = &dialer };
    struct picker *list[] = { picker };

    picker->left_count = offered(picker->left);
    cr_assert_eq(tls_server_pick_side_by_side(&asker, list, 1, NULL), STATUS_OK);
    cr_assert_eq(picker->state, PICK_COMPLETE, "%s", picker->why);
    cr_assert_not(picker->out_of_order);
    return dialer.handshakes;
}

static int compare(const void *a, const void *b)
{
    return (int) *(const uint16_t *) a - (int) *(const uint16_t *) b;
}

Test(tls_lanes, any_order_is_found)
{
    unsigned crossed = 0;

    for (uint32_t seed = 1; seed <= SERVERS; seed++) {
        struct server server = server_of(seed);
        struct picker *picker = picker_new(PICK_SUITES);
        size_t size = server.suite_count * sizeof server.suites[0];
        unsigned handshakes;

        handshakes = pick(&server, WIDTH, picker);
        crossed += handshakes > server.suite_count + 12 ? 1 : 0;
        cr_assert_eq(picker->picked_count, server.suite_count, "server %u", seed);
        if (server.follows_client) {
            qsort(server.suites, server.suite_count, sizeof server.suites[0], compare);
            qsort(picker->picked, picker->picked_count, sizeof picker->picked[0], compare);
        }
        cr_assert_eq(memcmp(picker->picked, server.suites, size), 0, "server %u", seed);
        cr_assert_leq(handshakes, 2 * server.suite_count + 12, "server %u", seed);
        free(picker);
    }
    cr_expect_gt(crossed, SERVERS / 10, "too few of the servers were unlike the lanes");
}

Test(tls_lanes, one_connection_asks_as_before)
{
    struct server server = server_of(7);
    unsigned handshakes;
    struct picker *picker = picker_new(PICK_SUITES);

    handshakes = pick(&server, 1, picker);
    cr_expect_eq(handshakes, server.suite_count + 1, "%u for %zu", handshakes, server.suite_count);
    free(picker);
}

/* Chooses X25519 whenever it is offered, says so by its ServerHello, and leaves. */
static enum status leave_half_way(void *context, struct exchange *const exchanges[], size_t count,
                                  struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t flight[5 + 4 + 38] = { 22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3 };
        bool chosen = false;

        for (size_t at = 0; at < exchanges[i]->hello.group_count; at++) {
            chosen = chosen || exchanges[i]->hello.groups[at] == 0x001d;
        }
        if (!chosen) {
            cr_assert_eq(invented_serve(context, exchanges + i, 1, reterr), STATUS_OK);
            continue;
        }
        flight[44] = 0xc0;
        flight[45] = 0x2f;
        invented_put(exchanges[i], flight, sizeof flight);
        (void) tls_server_exchange_absorb(exchanges[i]);
        tls_server_exchange_finish(exchanges[i], true, TCP_CLOSED);
    }
    return STATUS_OK;
}

Test(tls_lanes, a_group_that_makes_it_leave_is_none)
{
    static const uint16_t groups[] = { 0x001e, 0x001d, 0x0018, 0x0017 };
    struct server server = {
        .versions = { TLS_VERSION_12 }, .version_count = 1, .suites = { 0xc02f }, .suite_count = 1
    };
    struct dialer dialer = { .context = &server, .dial = leave_half_way, .seed = 1 };
    struct asker asker = { .dialer = &dialer };
    struct picker *picker = picker_new(PICK_GROUPS);

    memcpy(picker->left, groups, sizeof groups);
    picker->left_count = sizeof groups / sizeof groups[0];
    cr_assert_eq(tls_server_pick(&asker, &picker, 1, NULL), STATUS_OK);
    cr_expect_eq(picker->state, PICK_COMPLETE, "%s", picker->why);
    cr_expect_eq(picker->picked_count, 1);
    cr_expect_eq(picker->picked[0], 0x0017);
    free(picker);
}
