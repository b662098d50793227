#include "wire/rtsp_answer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static enum wire_rtsp_word read_text(const char *text, struct wire_rtsp_answer *answer)
{
    return wire_rtsp_answer_read(text, strlen(text), answer);
}

Test(rtsp_answer, a_whole_one_and_each_beginning_of_it)
{
    static const char text[] =
        "RTSP/1.0 200 OK\r\nCSeq: 12\r\nContent-Length: 4\r\n\r\nv=0\nRTSP/1.0";
    size_t whole = sizeof text - 1 - strlen("RTSP/1.0");
    struct wire_rtsp_answer answer;

    for (size_t length = 0; length < whole; length++) {
        cr_expect_eq(wire_rtsp_answer_read(text, length, &answer), WIRE_RTSP_MORE, "%zu", length);
    }
    cr_assert_eq(read_text(text, &answer), WIRE_RTSP_READY);
    cr_expect_eq(answer.length, whole);
    cr_expect_eq(answer.sequence, 12);
    cr_expect_eq(answer.head.status, 200);
    cr_expect_eq(answer.body_length, 4);
    cr_expect_eq(memcmp(answer.body, "v=0\n", 4), 0);
}

Test(rtsp_answer, frames_and_interim_answers_are_passed_over)
{
    static const char text[] =
        "$\0\0\3abc\r\nRTSP/1.0 100 Continue\r\n\r\n$\1\0\0RTSP/1.0 401 No\r\n\r\n";
    struct wire_rtsp_answer answer;

    cr_assert_eq(wire_rtsp_answer_read(text, sizeof text - 1, &answer), WIRE_RTSP_READY);
    cr_expect_eq(answer.head.status, 401);
    cr_expect_eq(answer.sequence, -1);
    cr_expect_eq(answer.length, sizeof text - 1);
}

Test(rtsp_answer, what_is_none)
{
    static const char *const texts[] = {
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "RTSP/1.0\r\n",
        "RTSPX",
        "\1\2\3\4",
        "RTSP/1.0 200 OK\r\nContent-Length: 65537\r\n\r\n",
        "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        "RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    };
    struct wire_rtsp_answer answer;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_expect_eq(read_text(texts[i], &answer), WIRE_RTSP_BROKEN, "%s", texts[i]);
    }
}

Test(rtsp_answer, descriptions)
{
    struct wire_sdp sdp;
    static const char two[] = "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\n"
                              "m=audio 0 RTP/AVP 97\r\na=control:track2";

    cr_assert(wire_sdp_read(two, sizeof two - 1, &sdp));
    cr_expect_eq(sdp.media, 2);
    cr_expect_str_eq(sdp.control, "track1");
    cr_assert(wire_sdp_read("v=0", 3, &sdp));
    cr_expect_eq(sdp.media, 0);
    cr_expect(!wire_sdp_read("<html>", 6, &sdp));
    cr_expect(!wire_sdp_read(NULL, 0, &sdp));
}
