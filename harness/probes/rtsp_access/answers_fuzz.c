#include "base/bytes.h"
#include "channel/digest.h"
#include "probe/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a device sent, through everything that reads it and answers to it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtsp_answer answer = { .event = RTSP_ANSWERED };
    DEFER(bytes_done) struct bytes out = bytes_bounded(8192);
    DEFER(stream_challenge_done) struct stream_challenge challenge = { .basic = false };
    struct wire_sdp sdp;
    long long seconds;

    if (wire_rtsp_answer_read(data, size, &answer.parsed) != WIRE_RTSP_READY) {
        return 0;
    }
    answer.status = answer.parsed.head.status;
    if (rtsp_describes(&answer, &sdp) && answer.status != 200) {
        abort();
    }
    (void) stream_says_locked(&answer, &seconds);
    stream_challenge_read(&answer, &challenge);
    if (challenge.usable) {
        const struct digest_claim claim = {
            .challenge = &challenge.parameters,
            .user = "admin",
            .password = "secret",
            .method = "DESCRIBE",
            .uri = "rtsp://192.0.2.1/",
            .client_nonce = "0123",
            .count = 1,
        };

        if (digest_answer(&claim, &out, NULL) != STATUS_OK ||
            memchr(out.data, '\n', out.length) != NULL) {
            abort();
        }
    }
    return 0;
}
