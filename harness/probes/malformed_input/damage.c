#include "damage.h"

#include <string.h>

enum { RUN_MAX = 4096 };

uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t dice_below(struct dice *dice, size_t below)
{
    return (size_t) (dice_next(dice) % below);
}

static size_t place(struct dice *dice, const struct damaged *message)
{
    return dice_below(dice, message->length);
}

static void flip_bits(struct dice *dice, struct damaged *message)
{
    for (size_t i = 1 + dice_below(dice, 8); i > 0; i--) {
        message->room[place(dice, message)] ^= (uint8_t) (1u << dice_below(dice, 8));
    }
}

static void set_byte(struct dice *dice, struct damaged *message)
{
    static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '%', '\n', '\r', '"', '<' };

    message->room[place(dice, message)] = telling[dice_below(dice, sizeof telling)];
}

/* What a length or a count might be read from. */
static void set_number(struct dice *dice, struct damaged *message)
{
    static const uint32_t telling[] = { 0,          1,          0x7f,      0x80,
                                        0xff,       0x7fff,     0x8000,    0x0000ffff,
                                        0x7fffffff, 0x80000000, 0xffffffff };
    uint32_t number = telling[dice_below(dice, sizeof telling / sizeof telling[0])];
    size_t width = 1u << dice_below(dice, 3);
    size_t at = place(dice, message);

    for (size_t i = 0; i < width && at + i < message->length; i++) {
        message->room[at + i] = (uint8_t) (number >> (8 * (width - 1 - i)));
    }
}

static void cut_short(struct dice *dice, struct damaged *message)
{
    message->length = 1 + dice_below(dice, message->length);
}

static void leave_out(struct dice *dice, struct damaged *message)
{
    size_t at = place(dice, message);
    size_t count = 1 + dice_below(dice, message->length - at);

    if (count < message->length) {
        memmove(message->room + at, message->room + at + count, message->length - at - count);
        message->length -= count;
    }
}

/* Opens a gap of count bytes; how many there was room for. */
static size_t make_room(struct damaged *message, size_t at, size_t count)
{
    size_t left = message->capacity - message->length;

    count = count < left ? count : left;
    memmove(message->room + at + count, message->room + at, message->length - at);
    message->length += count;
    return count;
}

static void repeat(struct dice *dice, struct damaged *message)
{
    size_t at = place(dice, message);
    size_t span = 1 + dice_below(dice, message->length - at);
    uint8_t piece[RUN_MAX];

    span = span < sizeof piece ? span : sizeof piece;
    memcpy(piece, message->room + at, span);
    for (size_t times = 1 + dice_below(dice, 8); times > 0; times--) {
        memcpy(message->room + at, piece, make_room(message, at, span));
    }
}

static void swap(struct dice *dice, struct damaged *message)
{
    size_t a = place(dice, message);
    size_t b = place(dice, message);
    uint8_t kept = message->room[a];

    message->room[a] = message->room[b];
    message->room[b] = kept;
}

static void fill_in(struct dice *dice, struct damaged *message)
{
    static const char *const words[] = { "A", "%n%s", "../", "\r\n", "\xff", "\xc0\xaf", "'", "9" };
    const char *word = words[dice_below(dice, sizeof words / sizeof words[0])];
    size_t at = place(dice, message);
    size_t count = make_room(message, at, 1 + dice_below(dice, RUN_MAX));

    for (size_t i = 0; i < count; i++) {
        message->room[at + i] = (uint8_t) word[i % strlen(word)];
    }
}

static void fill_in_zeros(struct dice *dice, struct damaged *message)
{
    size_t at = place(dice, message);

    memset(message->room + at, 0, make_room(message, at, 1 + dice_below(dice, 256)));
}

void damage(struct dice *dice, struct damaged *message)
{
    static void (*const ways[])(struct dice *, struct damaged *) = {
        flip_bits, flip_bits, set_byte, set_number, set_number,    cut_short,
        leave_out, repeat,    swap,     fill_in,    fill_in_zeros,
    };

    if (message->length > 0) {
        ways[dice_below(dice, sizeof ways / sizeof ways[0])](dice, message);
    }
}
