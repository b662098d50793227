#include "wire/rtsp_answer.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_rtsp_answer answer;
    struct wire_sdp sdp;

    if (wire_rtsp_answer_read(data, size, &answer) == WIRE_RTSP_READY) {
        if (answer.length > size || answer.body_length > WIRE_RTSP_BODY_MAX ||
            answer.head.status < 200) {
            abort();
        }
        (void) wire_sdp_read(answer.body, answer.body_length, &sdp);
    }
    (void) wire_sdp_read(data, size, &sdp);
    return 0;
}
