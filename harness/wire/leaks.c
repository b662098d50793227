#include "wire/leaks.h"

#include "wire/leaks_private.h"

#include <string.h>

enum { LINE_MAX = 4096, AROUND = 60 };

void leaks_say(struct leaks *leaks, const struct leak *leak)
{
    leaks->ended = leaks->ended || !leaks->seen(leaks->context, leak);
}

static bool is_text(uint8_t octet)
{
    return (octet >= 0x20 && octet != 0x7f) || octet == '\t';
}

/* Lines of text, also those that stand in a program as strings. */
static void lines_each(struct leaks *leaks)
{
    size_t from = 0;

    while (from < leaks->length && !leaks->ended) {
        size_t to = from;

        while (to < leaks->length && is_text(leaks->data[to]) && to - from < LINE_MAX) {
            to++;
        }
        if (to - from >= 4) {
            leaks_of_line(leaks, from, to);
        }
        from = to + 1;
    }
}

void wire_leaks_each(const void *data, size_t length, leak_seen *seen, void *context)
{
    struct leaks leaks = { .data = data, .length = length, .seen = seen, .context = context };

    if (length == 0) {
        return;
    }
    leaks_of_keys(&leaks);
    if (!leaks.ended) {
        leaks_of_hashes(&leaks);
    }
    if (!leaks.ended) {
        lines_each(&leaks);
    }
}

/* Octets that no quote may show, from `from` on. */
struct masks {
    bool hidden[LEAK_QUOTE_SIZE];
};

static bool mask(void *context, const struct leak *leak)
{
    struct masks *masks = context;

    for (size_t i = 0; i < leak->secret_length && leak->secret + i < LEAK_QUOTE_SIZE; i++) {
        masks->hidden[leak->secret + i] = true;
    }
    return true;
}

/* What comes before the secret, and nothing behind it: a line may hold a second one. */
void wire_leak_quote(const void *data, size_t length, const struct leak *leak,
                     char room[LEAK_QUOTE_SIZE])
{
    const uint8_t *octets = data;
    struct masks masks = { { false } };
    size_t from = leak->offset;
    size_t to = leak->secret_length > 0 ? leak->secret : leak->offset + leak->length;
    size_t used = 0;

    room[0] = '\0';
    if (leak->kind == LEAK_KEY || leak->kind == LEAK_KEY_LOCKED || to > length) {
        return;
    }
    while (from > 0 && leak->offset - from < AROUND && is_text(octets[from - 1])) {
        from--;
    }
    to = to - from < LEAK_QUOTE_SIZE - 8 ? to : from + LEAK_QUOTE_SIZE - 8;
    wire_leaks_each(octets + from, to - from, mask, &masks);
    for (size_t at = from; at < to; at++) {
        uint8_t octet = octets[at];

        room[used++] = masks.hidden[at - from]         ? '*'
                       : octet >= 0x20 && octet < 0x7f ? (char) octet
                                                       : '.';
    }
    if (leak->secret_length > 0) {
        memcpy(room + used, "***", 3);
        used += 3;
    }
    room[used] = '\0';
}
