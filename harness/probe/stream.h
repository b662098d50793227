/* stream.h - what a log-in over RTSP and a look at its streams share: where they are, and what a
 * refusal says. */
#pragma once

#include "channel/rtsp.h"
#include "probe/probe.h"

#include <jansson.h>
#include <stdbool.h>

/* What a 401 asks for. */
struct stream_challenge {
    bool basic;
    bool digest; /* named; whether it can be answered, `usable` says */
    bool usable;
    struct wire_digest_challenge parameters;
    json_t *schemes; /* list of texts, lower case; owned: stream_challenge_done */
};

void stream_challenge_read(const struct rtsp_answer *answer, struct stream_challenge *challenge);
void stream_challenge_done(struct stream_challenge *challenge);

/* 429, or 503 with Retry-After: the device looks at no log-in for now.  *ret_retry_after_s is -1
 * when it does not say for how long. */
bool stream_says_locked(const struct rtsp_answer *answer, long long *ret_retry_after_s);

/* One DESCRIBE (RFC 2326 section 10.2). */
enum status stream_describe(struct rtsp_client *client, const char *url,
                            const struct rtsp_credential *credential, int64_t deadline_ms,
                            struct rtsp_answer *answer, struct error *reterr) MUST_CHECK;
