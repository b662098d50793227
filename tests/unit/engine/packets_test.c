#include "engine/packets.h"

#include "evidence/pcapng.h"
#include "wire/pcapng.h"

#include <criterion/criterion.h>
#include <string.h>

static uint8_t room[4096];

/* A section, an interface and three frames, of lengths that need padding and that do not. */
static size_t written(void)
{
    struct builder out = builder_over(room, sizeof room);
    const struct pcapng_frame frames[] = {
        { .data = "abc", .length = 3, .whole = 3, .wall_us = 1 },
        { .data = "abcd", .length = 4, .whole = 900, .wall_us = UINT64_C(1) << 40 },
        { .data = "", .length = 0, .whole = 0, .comment = "nothing in it" },
    };

    wire_pcapng_begin(&out, "hoshitori", 113, 65536);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        wire_pcapng_frame(&out, &frames[i]);
    }
    cr_assert_not(out.overflow);
    return out.length;
}

static enum status walk(size_t length)
{
    struct pcapng walker;
    struct error error = { 0 };

    pcapng_open(&walker);
    if (pcapng_feed(&walker, room, length, &error) != STATUS_OK) {
        return error.status;
    }
    return pcapng_close(&walker, &error);
}

Test(packets, the_verifier_reads_what_is_written)
{
    size_t length = written();

    cr_assert_eq(walk(length), STATUS_OK);
    cr_assert_eq(wire_pcapng_whole(room, length), length);
    cr_assert_eq(memcmp(room, "\x0a\x0d\x0d\x0a", 4), 0);
}

Test(packets, a_torn_end_is_cut_at_a_block_wherever_it_was_torn)
{
    size_t length = written();
    size_t before = 0;

    for (size_t torn = 0; torn <= length; torn++) {
        size_t whole = wire_pcapng_whole(room, torn);

        cr_assert_leq(whole, torn);
        cr_assert_geq(whole, before, "more bytes are never fewer blocks");
        before = whole;
        cr_assert(whole == 0 || walk(whole) == STATUS_OK, "%zu of %zu", whole, torn);
    }
    cr_assert_eq(before, length);
}

Test(packets, what_does_not_fit_is_told)
{
    struct builder out = builder_over(room, 20);

    wire_pcapng_begin(&out, "hoshitori", 113, 65536);
    cr_assert(out.overflow);
}

Test(packets, each_session_has_a_file_of_its_own)
{
    char name[PACKETS_NAME_SIZE];

    packets_name(12, name);
    cr_assert_str_eq(name, "wire/packets.12.pcapng");
}
