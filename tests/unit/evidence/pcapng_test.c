#include "evidence/pcapng.h"

#include <criterion/criterion.h>
#include <string.h>

enum { FILE_MAX = 512 };

/* A capture made block by block. */
struct made {
    uint8_t bytes[FILE_MAX];
    size_t length;
    bool big_endian;
};

static void put(struct made *made, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        made->bytes[made->length++] = (uint8_t) (value >> (made->big_endian ? 24 - 8 * i : 8 * i));
    }
}

static void block(struct made *made, uint32_t type, const uint32_t *body, size_t words)
{
    put(made, type);
    put(made, (uint32_t) (12 + 4 * words));
    for (size_t i = 0; i < words; i++) {
        put(made, body[i]);
    }
    put(made, (uint32_t) (12 + 4 * words));
}

static const uint32_t section[] = { 0x1A2B3C4D, 1, 0xffffffff, 0xffffffff };
static const uint32_t interface[] = { 1, 65535 };
static const uint32_t packet[] = { 0, 0, 0, 5, 5, 0x44434241, 0x45 };
static const uint32_t keys[] = { 0x544c534b, 3, 0x414141 };

static struct made sound(bool big_endian)
{
    struct made made = { .big_endian = big_endian };

    block(&made, 0x0A0D0D0A, section, 4);
    block(&made, 1, interface, 2);
    block(&made, 6, packet, 7);
    block(&made, 0x0BAD, NULL, 0);
    return made;
}

static enum status walk(const struct made *made, size_t step, bool *ret_keys, struct error *reterr)
{
    struct pcapng pcapng;

    pcapng_open(&pcapng);
    for (size_t at = 0; at < made->length; at += step) {
        size_t piece = made->length - at < step ? made->length - at : step;

        TRY(pcapng_feed(&pcapng, made->bytes + at, piece, reterr));
    }
    *ret_keys = pcapng.keys;
    return pcapng_close(&pcapng, reterr);
}

static void expect(const struct made *made, const char *code)
{
    for (size_t step = 1; step <= made->length + 1; step += step < 40 ? 1 : 37) {
        struct error error = { 0 };
        bool found = false;
        enum status status = walk(made, step, &found, &error);

        if (code == NULL) {
            cr_expect_eq(status, STATUS_OK, "by %zu: %s", step, error.message);
        } else {
            cr_expect_eq(status, STATUS_BAD_INPUT, "by %zu", step);
            cr_expect_eq(strncmp(error.message, code, strlen(code)), 0, "by %zu: %s", step,
                         error.message);
        }
    }
}

Test(pcapng, sound_in_both_byte_orders)
{
    struct made little = sound(false);
    struct made big = sound(true);
    bool found = true;

    expect(&little, NULL);
    expect(&big, NULL);
    cr_assert_eq(walk(&little, 3, &found, NULL), STATUS_OK);
    cr_assert_not(found);
    block(&little, 0x0A0D0D0A, section, 4); /* a second section begins with no interface */
    expect(&little, NULL);
    block(&little, 6, packet, 7);
    expect(&little, "pcapng.interface");
}

Test(pcapng, keys_are_seen)
{
    struct made made = sound(false);
    bool found = false;

    block(&made, 10, keys, 3);
    cr_assert_eq(walk(&made, 5, &found, NULL), STATUS_OK);
    cr_assert(found);
    made.bytes[made.length - 12] = 200;
    expect(&made, "pcapng.secrets");
}

Test(pcapng, wrong_lengths)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *code;
    } wrongs[] = {
        { 0, 1, "pcapng.start" },    { 8, 0, "pcapng.magic" },    { 4, 24, "pcapng.length" },
        { 4, 27, "pcapng.length" },  { 24, 32, "pcapng.length" }, { 32, 16, "pcapng.length" },
        { 44, 24, "pcapng.length" }, { 68, 9, "pcapng.packet" },  { 56, 1, "pcapng.interface" },
        { 7, 1, "pcapng.length" },
    };

    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct made made = sound(false);

        made.bytes[wrongs[i].at] = wrongs[i].value;
        expect(&made, wrongs[i].code);
    }
}

Test(pcapng, section_lengths)
{
    static const uint32_t stated[] = { 0x1A2B3C4D, 1, 20, 0 };
    struct made made = { .length = 0 };

    block(&made, 0x0A0D0D0A, stated, 4);
    block(&made, 1, interface, 2);
    expect(&made, NULL);
    made.bytes[16] = 24;
    expect(&made, "pcapng.section");
    made.bytes[16] = 16;
    expect(&made, "pcapng.section");
    made.bytes[16] = 21;
    expect(&made, "pcapng.section");
}

Test(pcapng, cut_at_every_byte)
{
    const struct made whole = sound(false);

    for (size_t length = 0; length < whole.length; length++) {
        struct made cut = whole;
        bool found = false;
        enum status status;

        cut.length = length;
        status = walk(&cut, 8, &found, NULL);
        /* Between two blocks the file is a shorter one. */
        cr_expect_eq(status,
                     length == 28 || length == 48 || length == 88 ? STATUS_OK : STATUS_BAD_INPUT,
                     "%zu", length);
    }
}
