#include "base/text.h"
#include "channel/tcp_scan.h"

#include <string.h>

enum { NUMBER_ROOM = 6, PORT_MAX = 65535 };

/* The digits at *at; moves past them. */
static bool port_read(const char **at, unsigned *ret_port)
{
    char digits[NUMBER_ROOM] = { 0 };
    size_t length = strspn(*at, "0123456789");
    unsigned long long value = 0;

    if (length == 0 || length >= sizeof digits) {
        return false;
    }
    memcpy(digits, *at, length);
    *at += length;
    if (text_to_unsigned(digits, PORT_MAX, &value) != STATUS_OK || value == 0) {
        return false;
    }
    *ret_port = (unsigned) value;
    return true;
}

static bool range_read(const char **at, struct tcp_port_set *set)
{
    unsigned low;
    unsigned high;

    if (!port_read(at, &low)) {
        return false;
    }
    high = low;
    if (**at == '-') {
        (*at)++;
        if (!port_read(at, &high) || high < low) {
            return false;
        }
    }
    for (unsigned port = low; port <= high; port++) {
        set->count += set->wanted[port] ? 0 : 1;
        set->wanted[port] = true;
    }
    return true;
}

enum status tcp_port_set_read(const char *text, struct tcp_port_set *ret_set, struct error *reterr)
{
    const char *at = text_equal(text, "all") ? "1-65535" : text;

    memset(ret_set, 0, sizeof *ret_set);
    do {
        if (!range_read(&at, ret_set)) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "ports: '%.60s' is neither 'all' nor a list such as 22,80,8000-8100", text);
        }
    } while (*at++ == ',');
    if (at[-1] != '\0') {
        return fail(reterr, STATUS_BAD_INPUT, "ports: unexpected '%.20s'", at - 1);
    }
    return STATUS_OK;
}
