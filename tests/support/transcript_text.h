/* transcript_text.h - looks for a text anywhere in a transcript, encoded bytes included. */
#pragma once

#include "channel/transcript.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

__attribute__((unused)) static int base64_digit(char letter)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(alphabet, letter);

    return letter == '\0' || at == NULL ? -1 : (int) (at - alphabet);
}

/* Everything that a transcript holds, decoded, in one buffer; free it. */
__attribute__((unused)) static char *transcript_flat(const struct transcript *transcript,
                                                     size_t *ret_length)
{
    char *dump = json_dumps(transcript->events, JSON_COMPACT);
    size_t used = strlen(dump);
    char *text = realloc(dump, 2 * used + 16);
    size_t index;
    json_t *event;

    if (text == NULL) {
        abort();
    }
    json_array_foreach(transcript->events, index, event)
    {
        const char *at = json_string_value(json_object_get(event, "bytes"));
        unsigned bits = 0;
        unsigned count = 0;

        for (; at != NULL && *at != '\0' && base64_digit(*at) >= 0; at++) {
            bits = bits << 6 | (unsigned) base64_digit(*at);
            count += 6;
            if (count >= 8) {
                count -= 8;
                text[used++] = (char) (bits >> count & 255);
            }
        }
    }
    *ret_length = used;
    return text;
}

/* The text nowhere in the transcript: neither as it is nor within base64. */
__attribute__((unused)) static bool transcript_holds(const struct transcript *transcript,
                                                     const char *text)
{
    size_t length = 0;
    char *flat = transcript_flat(transcript, &length);
    bool found = memmem(flat, length, text, strlen(text)) != NULL;

    free(flat);
    return found;
}
