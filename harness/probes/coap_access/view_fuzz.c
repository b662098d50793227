/* What an answer means, and how a key is read, whatever stands there. */
#include "access.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct coap_client_answer answer = { .content_format = -1 };
    uint8_t room[COAP_CLIENT_KEY_MAX];
    size_t length = 0;
    struct coap_view view;
    char outcome[32];
    char *text;

    if (size < 3) {
        return 0;
    }
    text = calloc(1, size + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    if (coap_key_read(text, room, &length) && (length == 0 || length > sizeof room)) {
        abort();
    }
    free(text);
    answer.event = (enum coap_client_event)(data[0] % (COAP_CLIENT_BROKEN + 1));
    answer.code = (data[1] >> 5) * 100u + (data[1] & 0x1fu);
    answer.body.length = data[2];
    view = coap_view(&answer, data[2] % 2 == 0);
    if (view.reason[0] == '\0' || coap_outcome_text(&answer, outcome)[0] == '\0') {
        abort();
    }
    if (view.word == COAP_VIEW_GRANTED &&
        (answer.event != COAP_CLIENT_ANSWERED || answer.code / 100 != 2)) {
        abort();
    }
    return 0;
}
