#include "wire/telnet.h"

enum { NUL = 0, CR = 13, FIRST_COMMAND = 236 };

static bool bit_get(const uint8_t *bits, uint8_t index)
{
    return (bits[index / 8] >> (index % 8) & 1) != 0;
}

static void bit_set(uint8_t *bits, uint8_t index)
{
    bits[index / 8] = (uint8_t) (bits[index / 8] | 1u << (index % 8));
}

/* IANA "Telnet Options". */
const char *wire_telnet_option_name(uint8_t option)
{
    static const char *const names[] = {
        "BINARY",
        "ECHO",
        "RCP",
        "SGA",
        "NAMS",
        "STATUS",
        "TM",
        "RCTE",
        "NAOL",
        "NAOP",
        "NAOCRD",
        "NAOHTS",
        "NAOHTD",
        "NAOFFD",
        "NAOVTS",
        "NAOVTD",
        "NAOLFD",
        "EXTEND-ASCII",
        "LOGOUT",
        "BM",
        "DET",
        "SUPDUP",
        "SUPDUP-OUTPUT",
        "SNDLOC",
        "TTYPE",
        "EOR",
        "TUID",
        "OUTMRK",
        "TTYLOC",
        "3270-REGIME",
        "X.3-PAD",
        "NAWS",
        "TSPEED",
        "LFLOW",
        "LINEMODE",
        "XDISPLOC",
        "OLD-ENVIRON",
        "AUTHENTICATION",
        "ENCRYPT",
        "NEW-ENVIRON",
        "TN3270E",
        "XAUTH",
        "CHARSET",
        "RSP",
        "COM-PORT",
        "SLE",
        "START-TLS",
        "KERMIT",
        "SEND-URL",
        "FORWARD-X",
    };

    switch (option) {
    case 138:
        return "PRAGMA-LOGON";
    case 139:
        return "SSPI-LOGON";
    case 140:
        return "PRAGMA-HEARTBEAT";
    case 255:
        return "EXTENDED-OPTIONS-LIST";
    default:
        return option < sizeof names / sizeof names[0] ? names[option] : NULL;
    }
}

static void answer(struct builder *answers, uint8_t verb, uint8_t option)
{
    const uint8_t words[3] = { WIRE_TELNET_IAC, verb, option };

    builder_put(answers, words, sizeof words);
}

/* Each request is answered once.  A peer that repeats itself, or that contradicts an
 * answer, gets no second one: neither a loop nor a flood can come of it. */
static void request_read(struct wire_telnet *telnet, uint8_t option, struct builder *answers)
{
    uint8_t verb = telnet->verb;
    uint8_t *answered = telnet->answered[verb - WIRE_TELNET_WILL];
    bool wanted = option == WIRE_TELNET_ECHO || option == WIRE_TELNET_SUPPRESS_GO_AHEAD;

    if (wire_telnet_option_name(option) != NULL) {
        telnet->requests++;
    } else {
        telnet->odd++;
    }
    if (verb == WIRE_TELNET_WILL || verb == WIRE_TELNET_DO) {
        bit_set(telnet->asked, option);
    }
    if (option == WIRE_TELNET_ECHO && (verb == WIRE_TELNET_WILL || verb == WIRE_TELNET_WONT)) {
        telnet->echoes = verb == WIRE_TELNET_WILL;
    }
    if (answers == NULL || bit_get(answered, option)) {
        return;
    }
    bit_set(answered, option);
    if (verb == WIRE_TELNET_WILL) {
        answer(answers, wanted ? WIRE_TELNET_DO : WIRE_TELNET_DONT, option);
    } else if (verb == WIRE_TELNET_DO) {
        bool will = option == WIRE_TELNET_SUPPRESS_GO_AHEAD;

        answer(answers, will ? WIRE_TELNET_WILL : WIRE_TELNET_WONT, option);
    } else if (verb == WIRE_TELNET_WONT && bit_get(telnet->answered[0], option) && wanted) {
        answer(answers, WIRE_TELNET_DONT, option);
    } else if (verb == WIRE_TELNET_DONT && bit_get(telnet->answered[2], option) &&
               option == WIRE_TELNET_SUPPRESS_GO_AHEAD) {
        answer(answers, WIRE_TELNET_WONT, option);
    }
}

static void command_read(struct wire_telnet *telnet, uint8_t octet)
{
    telnet->commands++;
    telnet->state = WIRE_TELNET_IN_TEXT;
    if (octet >= WIRE_TELNET_WILL && octet <= WIRE_TELNET_DONT) {
        telnet->verb = octet;
        telnet->state = WIRE_TELNET_AFTER_VERB;
    } else if (octet == WIRE_TELNET_SB) {
        telnet->state = WIRE_TELNET_IN_SUB;
    } else if (octet < FIRST_COMMAND) {
        telnet->odd++;
    }
}

/* True when octet is text. */
static bool octet_read(struct wire_telnet *telnet, uint8_t octet, struct builder *answers)
{
    switch (telnet->state) {
    case WIRE_TELNET_IN_TEXT:
        if (octet == WIRE_TELNET_IAC) {
            telnet->state = WIRE_TELNET_AFTER_IAC;
            return false;
        }
        /* RFC 854: a carriage return that stands alone is sent as CR NUL. */
        if (octet == NUL && telnet->after_cr) {
            telnet->after_cr = false;
            return false;
        }
        telnet->after_cr = octet == CR;
        return true;
    case WIRE_TELNET_AFTER_IAC:
        if (octet == WIRE_TELNET_IAC) {
            telnet->state = WIRE_TELNET_IN_TEXT;
            return true;
        }
        command_read(telnet, octet);
        return false;
    case WIRE_TELNET_AFTER_VERB:
        request_read(telnet, octet, answers);
        telnet->state = WIRE_TELNET_IN_TEXT;
        return false;
    case WIRE_TELNET_IN_SUB:
        if (octet == WIRE_TELNET_IAC) {
            telnet->state = WIRE_TELNET_IN_SUB_AFTER_IAC;
        }
        return false;
    case WIRE_TELNET_IN_SUB_AFTER_IAC:
    default:
        telnet->state = octet == WIRE_TELNET_SE ? WIRE_TELNET_IN_TEXT : WIRE_TELNET_IN_SUB;
        return false;
    }
}

void wire_telnet_feed(struct wire_telnet *telnet, const void *data, size_t length, void *text,
                      size_t *ret_text_length, struct builder *answers)
{
    const uint8_t *octets = data;
    uint8_t *out = text;
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (octet_read(telnet, octets[i], answers)) {
            out[used++] = octets[i];
        }
    }
    *ret_text_length = used;
}

size_t wire_telnet_escape(const void *text, size_t length, void *room)
{
    const uint8_t *octets = text;
    uint8_t *out = room;
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        out[used++] = octets[i];
        if (octets[i] == WIRE_TELNET_IAC) {
            out[used++] = WIRE_TELNET_IAC;
        }
    }
    return used;
}

bool wire_telnet_is_certain(const struct wire_telnet *telnet)
{
    bool offered = false;

    for (size_t i = 0; i < sizeof telnet->asked; i++) {
        offered = offered || telnet->asked[i] != 0;
    }
    return telnet->requests > 0 && telnet->odd == 0 && offered;
}
