/* tftp_read.h - reading a file over TFTP (RFC 1350), up to its first block. */
#pragma once

#include "base/bytes.h"

enum wire_tftp_word { WIRE_TFTP_DATA, WIRE_TFTP_ERROR, WIRE_TFTP_FOREIGN };

struct wire_tftp_answer {
    enum wire_tftp_word word;
    unsigned code; /* of an error: 0 to 8 (RFC 2347 section 4) */
    size_t length; /* of the block's data */
};

void wire_tftp_request(struct builder *builder, const char *name);

/* Ends a transfer that has begun: an error packet, code 0. */
void wire_tftp_enough(struct builder *builder);

/* Takes any bytes. */
struct wire_tftp_answer wire_tftp_answer_read(const void *data, size_t length);
