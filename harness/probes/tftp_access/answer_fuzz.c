/* First answers of a TFTP server. */
#include "wire/tftp_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_tftp_answer answer = wire_tftp_answer_read(data, size);

    if (answer.length > size || answer.code > 8) {
        abort();
    }
    return 0;
}
