#include "wire/telnet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECE = 7, ROOM = 1 << 20 };

/* Fed in one piece and in several, it must say the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t whole_text[ROOM];
    static uint8_t piece_text[ROOM];
    uint8_t owed[4096];
    struct builder answers = builder_over(owed, sizeof owed);
    struct wire_telnet whole = { 0 };
    struct wire_telnet pieces = { 0 };
    size_t whole_length = 0;
    size_t piece_length = 0;

    if (size > ROOM) {
        return 0;
    }
    wire_telnet_feed(&whole, data, size, whole_text, &whole_length, &answers);
    for (size_t at = 0; at < size; at += PIECE) {
        size_t taken = size - at < PIECE ? size - at : PIECE;
        size_t length = 0;

        wire_telnet_feed(&pieces, data + at, taken, piece_text + piece_length, &length, NULL);
        piece_length += length;
    }
    if (answers.overflow || whole_length != piece_length || whole.commands != pieces.commands ||
        memcmp(whole_text, piece_text, whole_length) != 0) {
        abort();
    }
    return 0;
}
