#include "wire/tftp_read.h"

#include <string.h>

enum { READ_REQUEST = 1, DATA = 3, ERROR = 5, ERROR_LAST = 8, BLOCK_MAX = 512 };

void wire_tftp_request(struct builder *builder, const char *name)
{
    builder_u16(builder, READ_REQUEST);
    builder_put(builder, name, strlen(name) + 1);
    builder_put(builder, "octet", sizeof "octet");
}

void wire_tftp_enough(struct builder *builder)
{
    builder_u16(builder, ERROR);
    builder_u16(builder, 0);
    builder_put(builder, "enough", sizeof "enough");
}

struct wire_tftp_answer wire_tftp_answer_read(const void *data, size_t length)
{
    struct wire_tftp_answer answer = { .word = WIRE_TFTP_FOREIGN };
    struct reader reader = reader_over(data, length);
    uint16_t opcode = reader_u16(&reader);
    uint16_t second = reader_u16(&reader);
    size_t left = reader_left(&reader);

    if (!reader_ok(&reader)) {
        return answer;
    }
    if (opcode == DATA && second == 1 && left <= BLOCK_MAX) {
        answer.word = WIRE_TFTP_DATA;
        answer.length = left;
    } else if (opcode == ERROR && second <= ERROR_LAST) {
        answer.word = WIRE_TFTP_ERROR;
        answer.code = second;
    }
    return answer;
}
