/* telnet.h - the telnet protocol as a client sees it: commands and option requests
 * parted from the text, and the answers a modest client owes.
 *
 * Sources: RFC 854 (commands), RFC 855 (options), RFC 857 (echo), RFC 858 (suppress
 * go-ahead), RFC 1143 (no negotiation loops).  Pure: bytes in, bytes out; the state
 * lives with the caller and may be fed in pieces of any size. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_TELNET_SE = 240,
    WIRE_TELNET_SB = 250,
    WIRE_TELNET_WILL = 251,
    WIRE_TELNET_WONT = 252,
    WIRE_TELNET_DO = 253,
    WIRE_TELNET_DONT = 254,
    WIRE_TELNET_IAC = 255,

    WIRE_TELNET_ECHO = 1,
    WIRE_TELNET_SUPPRESS_GO_AHEAD = 3
};

enum wire_telnet_state {
    WIRE_TELNET_IN_TEXT,
    WIRE_TELNET_AFTER_IAC,
    WIRE_TELNET_AFTER_VERB,
    WIRE_TELNET_IN_SUB,
    WIRE_TELNET_IN_SUB_AFTER_IAC
};

/* Start with all zero. */
struct wire_telnet {
    enum wire_telnet_state state;
    uint8_t verb;
    bool after_cr;
    uint8_t answered[4][32]; /* a bit per option, for WILL, WONT, DO, DONT */
    uint8_t asked[32];       /* options that the peer named in a WILL or DO */
    unsigned commands;       /* every IAC that was not an escaped 255 */
    unsigned requests;       /* WILL, WONT, DO, DONT with a registered option */
    unsigned odd;            /* IAC followed by what RFC 854 does not know */
    bool echoes;             /* the peer's last word: WILL ECHO */
};

/* Reads length bytes.  Text goes to `text` (room for length bytes; CR NUL becomes CR),
 * *ret_text_length says how much of it there is.  What a client owes goes to `answers`
 * (NULL: a listener that never answers): ECHO and SUPPRESS-GO-AHEAD of the peer are
 * accepted, all else refused, each request once, so that at most 3 KiB are ever owed.
 * answers->overflow means that room was too small. */
void wire_telnet_feed(struct wire_telnet *telnet, const void *data, size_t length, void *text,
                      size_t *ret_text_length, struct builder *answers);

/* Escapes 255 in text to be sent; room must hold 2 * length. */
size_t wire_telnet_escape(const void *text, size_t length, void *room);

/* Whether option requests were made in a way that only telnet explains: at least one
 * WILL or DO of a registered option, and nothing odd beside it. */
bool wire_telnet_is_certain(const struct wire_telnet *telnet);

/* "ECHO", "TTYPE" ...; NULL when IANA has registered none. */
const char *wire_telnet_option_name(uint8_t option);
