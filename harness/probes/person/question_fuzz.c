#include "question.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct interface usb = { .id = "usb", .kind = "usb", .state = "none" };
    static const struct profile profile = { .interfaces = &usb, .interface_count = 1 };
    const struct subject subject = { .profile = &profile, .interface = &usb };
    DEFER(bytes_done) struct bytes filled = bytes_bounded(QUESTION_MAX);
    char *template = calloc(1, size + 1);

    if (template == NULL) {
        return 0;
    }
    memcpy(template, data, size);
    if (question_fill(&subject, template, &filled, NULL) == STATUS_OK &&
        strlen((const char *) filled.data) + 1 != filled.length) {
        __builtin_trap();
    }
    free(template);
    return 0;
}
