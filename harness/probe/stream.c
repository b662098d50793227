#include "probe/stream.h"

#include "base/text.h"
#include "wire/http_challenge.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 8, RETRY_DIGITS = 9 };

void stream_challenge_done(struct stream_challenge *challenge)
{
    json_decref(challenge->schemes);
    challenge->schemes = NULL;
}

void stream_challenge_read(const struct rtsp_answer *answer, struct stream_challenge *challenge)
{
    struct wire_http_challenge named = { .count = 0 };
    const char *value = NULL;
    size_t length = 0;

    *challenge = (struct stream_challenge){ .schemes = json_array() };
    for (size_t i = 0;
         answer->event == RTSP_ANSWERED && i < FIELDS_MAX &&
         wire_http_head_field_at(&answer->parsed.head, "WWW-Authenticate", i, &value, &length);
         i++) {
        wire_http_challenge_read(value, length, &named);
        if (!challenge->usable) {
            challenge->usable = wire_digest_challenge_read(value, length, &challenge->parameters);
        }
    }
    for (size_t i = 0; i < named.count; i++) {
        challenge->basic |= text_equal(named.schemes[i], "basic");
        challenge->digest |= text_equal(named.schemes[i], "digest");
        if (json_array_append_new(challenge->schemes, json_string(named.schemes[i])) != 0) {
            abort();
        }
    }
}

bool stream_says_locked(const struct rtsp_answer *answer, long long *ret_retry_after_s)
{
    const char *value = NULL;
    size_t length = 0;
    char digits[RETRY_DIGITS + 1];
    unsigned long long seconds = 0;

    *ret_retry_after_s = -1;
    if (answer->event != RTSP_ANSWERED || (answer->status != 429 && answer->status != 503)) {
        return false;
    }
    if (!wire_http_head_field(&answer->parsed.head, "Retry-After", &value, &length)) {
        return answer->status == 429;
    }
    if (length < sizeof digits) {
        memcpy(digits, value, length);
        digits[length] = '\0';
        if (text_to_unsigned(digits, 999999999, &seconds) == STATUS_OK) {
            *ret_retry_after_s = (long long) seconds;
        }
    }
    return true;
}

enum status stream_describe(struct rtsp_client *client, const char *url,
                            const struct rtsp_credential *credential, int64_t deadline_ms,
                            struct rtsp_answer *answer, struct error *reterr)
{
    return rtsp_ask(client,
                    &(struct rtsp_ask){
                        .method = "DESCRIBE",
                        .url = url,
                        .fields = "Accept: application/sdp\r\n",
                        .credential = credential,
                        .deadline_ms = deadline_ms,
                    },
                    answer, reterr);
}
