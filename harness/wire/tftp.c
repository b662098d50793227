/* RFC 1350 section 5: a request to read a file of a name that nobody has.  The answer, an error or
 * a block, comes from a port of its own (section 4). */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    OPCODE_READ = 1,
    OPCODE_DATA = 3,
    OPCODE_ERROR = 5,
    ERROR_LAST = 8, /* RFC 2347 section 4 */
    BLOCK_MAX = 512,
    NAME_BYTES = 6
};

static void tftp_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    char name[2 * NAME_BYTES + 1];

    text_hex(ask->nonce, NAME_BYTES, name);
    builder_u16(builder, OPCODE_READ);
    builder_put(builder, name, sizeof name);
    builder_put(builder, "octet", sizeof "octet");
}

static bool tftp_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint16_t opcode = reader_u16(&reader);
    uint16_t code = reader_u16(&reader);
    const char *text = (const char *) reader.at;
    size_t left = reader_left(&reader);

    (void) ask;
    if (!reader_ok(&reader)) {
        return false;
    }
    if (opcode == OPCODE_DATA && code == 1 && left <= BLOCK_MAX) {
        (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "gives %zu bytes for any name", left);
        return true;
    }
    if (opcode != OPCODE_ERROR || code > ERROR_LAST || left == 0 || text[left - 1] != '\0') {
        return false;
    }
    for (size_t i = 0; i + 1 < left; i++) {
        if ((unsigned char) text[i] < ' ' || text[i] == 0x7f) {
            return false;
        }
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "error %u: ", (unsigned) code);
    text_printable(text, left - 1, detail + strlen(detail), WIRE_UDP_DETAIL_SIZE - strlen(detail));
    return true;
}

const struct wire_udp_hello wire_tftp_hello = {
    .protocol = "tftp", .ports = { 69 }, .write = tftp_write, .read = tftp_read
};
