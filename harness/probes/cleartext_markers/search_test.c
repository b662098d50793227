#include "search.h"

#include "support/frames.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SECRET "opensesame-7"

enum { HOST = 0x0a000001, DEVICE = 0x0a000002 };

struct bench {
    struct veil *veil;
    struct search search;
};

static struct bench bench_start(void)
{
    struct bench bench = { .veil = veil_new() };

    veil_add_as(bench.veil, "the key", "admin", SECRET);
    return bench;
}

static void take(struct search *search, struct frame frame)
{
    search_take(search, PACKET_ETHERNET, frame.data, frame.length);
}

static void say(struct search *search, uint32_t sequence, const char *text)
{
    take(search, frame_tcp(HOST, 40000, DEVICE, 80, sequence, false, text));
}

static void syn(struct search *search)
{
    take(search, frame_tcp(HOST, 40000, DEVICE, 80, 99, true, ""));
}

Test(search, finds_a_secret_and_tells_where)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    syn(&bench.search);
    say(&bench.search, 100, "pw=" SECRET "\r\n");
    take(&bench.search, frame_udp(DEVICE, 5000, HOST, 41000, "b3BlbnNlc2FtZS03"));
    cr_assert_eq(bench.search.find_count, 2);
    cr_expect_str_eq(bench.search.finds[0].label, "the key");
    cr_expect_str_eq(bench.search.finds[0].form, "as it is");
    cr_expect(bench.search.finds[0].tcp);
    cr_expect_eq(bench.search.finds[0].port, 80);
    cr_expect_not(bench.search.finds[0].from_device);
    cr_expect_str_eq(bench.search.finds[1].form, "base64");
    cr_expect_not(bench.search.finds[1].tcp);
    cr_expect_eq(bench.search.finds[1].port, 5000);
    cr_expect(bench.search.finds[1].from_device);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, a_secret_over_many_segments_is_found)
{
    struct bench bench = bench_start();
    char one[2] = "";

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    syn(&bench.search);
    for (size_t i = 0; i < strlen(SECRET); i++) {
        cr_expect_eq(bench.search.find_count, 0);
        one[0] = SECRET[i];
        say(&bench.search, (uint32_t) (100 + i), one);
        say(&bench.search, (uint32_t) (100 + i), one); /* seen on two interfaces */
    }
    cr_expect_eq(bench.search.find_count, 1);
    cr_expect_eq(bench.search.gaps, 0);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, what_is_sent_again_with_more_behind_it_joins)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    syn(&bench.search);
    say(&bench.search, 100, "opense");
    say(&bench.search, 103, "nsesame-7");
    cr_expect_eq(bench.search.find_count, 1);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, a_gap_is_counted_and_joins_nothing)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    syn(&bench.search);
    say(&bench.search, 100, "opense");
    say(&bench.search, 120, "same-7");
    cr_expect_eq(bench.search.find_count, 0);
    cr_expect_eq(bench.search.gaps, 1);
    say(&bench.search, 106, "opensesame-7"); /* late, by itself */
    cr_expect_eq(bench.search.find_count, 1);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, sequence_numbers_may_wrap)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    take(&bench.search, frame_tcp(HOST, 40000, DEVICE, 80, 0xfffffffc, true, ""));
    say(&bench.search, 0xfffffffd, "opense");
    say(&bench.search, 3, "same-7");
    cr_expect_eq(bench.search.find_count, 1);
    cr_expect_eq(bench.search.gaps, 0);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, both_directions_and_other_connections_are_kept_apart)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    syn(&bench.search);
    say(&bench.search, 100, "opense");
    take(&bench.search, frame_tcp(DEVICE, 80, HOST, 40000, 106, false, "same-7"));
    take(&bench.search, frame_tcp(HOST, 40001, DEVICE, 80, 106, false, "same-7"));
    cr_expect_eq(bench.search.find_count, 0);
    cr_expect(search_saw_both_ways(&bench.search, true, 80));
    cr_expect_not(search_saw_both_ways(&bench.search, true, 443));
    cr_expect_not(search_saw_both_ways(&bench.search, false, 80));
    cr_expect_eq(bench.search.packets_from_device, 1);
    search_done(&bench.search);
    veil_free(bench.veil);
}

Test(search, a_flood_of_connections_is_bounded_and_said)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "10.0.0.2"));
    for (uint32_t i = 0; i < SEARCH_FLOWS_MAX + 3; i++) {
        take(&bench.search,
             frame_udp(HOST + 10 + (i >> 12), (uint16_t) (20000 + (i & 0xfff)), DEVICE, 9, "x"));
    }
    cr_expect_eq(bench.search.flow_count, SEARCH_FLOWS_MAX);
    cr_expect(bench.search.flows_cut);
    search_done(&bench.search);
    cr_expect_not(search_start(&bench.search, bench.veil, "camera.local"));
    veil_free(bench.veil);
}

static uint32_t little(const uint8_t *octets)
{
    return (uint32_t) octets[0] | (uint32_t) octets[1] << 8 | (uint32_t) octets[2] << 16 |
           (uint32_t) octets[3] << 24;
}

/* The frames of a pcap file of this machine's byte order. */
static void take_file(struct search *search, const char *name)
{
    static uint8_t data[1 << 16];
    FILE *file = fopen(name, "rbe");
    size_t length;
    size_t at = 24;

    cr_assert_not_null(file, "%s", name);
    length = fread(data, 1, sizeof data, file);
    (void) fclose(file);
    while (at + 16 <= length) {
        size_t frame = little(data + at + 8);

        cr_assert_leq(at + 16 + frame, length);
        search_take(search, (int) little(data + 20), data + at + 16, frame);
        at += 16 + frame;
    }
}

Test(search, a_recorded_log_in_over_ftp)
{
    struct bench bench = bench_start();

    cr_assert(search_start(&bench.search, bench.veil, "127.0.0.1"));
    take_file(&bench.search, FIXTURES "vsftpd_login.pcap");
    cr_assert_eq(bench.search.find_count, 1);
    cr_expect_eq(bench.search.finds[0].port, 2121);
    cr_expect_not(bench.search.finds[0].from_device);
    cr_expect_eq(bench.search.gaps, 0);
    cr_expect_eq(bench.search.unread, 0);
    cr_expect(search_saw_both_ways(&bench.search, true, 2121));
    search_done(&bench.search);
    veil_free(bench.veil);
}
