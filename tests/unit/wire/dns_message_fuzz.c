#include "wire/dns_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t address[16] = { 127, 0, 0, 1 };
    uint8_t room[DNS_MESSAGE_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct dns_question question;

    if (!wire_dns_question_read(data, size, &question)) {
        return 0;
    }
    if (strlen(question.name) >= DNS_NAME_SIZE || question.raw < data ||
        question.raw + question.raw_length > data + size) {
        abort();
    }
    if (wire_dns_reply_build(&question, (enum dns_reply)(size % 3), address, size % 2 == 0 ? 4 : 16,
                             &builder) &&
        builder.length > sizeof room) {
        abort();
    }
    return 0;
}
