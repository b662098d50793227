#include "wire/rtsp_answer.h"

#include <string.h>

enum { FRAME_HEAD = 4, START_LENGTH = 5 };

/* Digits and nothing else, or -1. */
static long long number_read(const char *text, size_t length)
{
    long long value = 0;

    if (length == 0 || length > 15) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static long long field_number(const struct wire_http_head *head, const char *name)
{
    const char *value = NULL;
    size_t length = 0;

    return wire_http_head_field(head, name, &value, &length) ? number_read(value, length) : -1;
}

/* Passes over '$', channel, length, data (RFC 2326 section 10.12) and empty lines. */
static bool frames_skip(const char **at, const char *end)
{
    while (*at < end) {
        if (**at == '\r' || **at == '\n') {
            (*at)++;
        } else if (**at == '$') {
            size_t length;

            if (end - *at < FRAME_HEAD) {
                return false;
            }
            length = (size_t) ((unsigned char) (*at)[2] << 8 | (unsigned char) (*at)[3]);
            if ((size_t) (end - *at) < FRAME_HEAD + length) {
                return false;
            }
            *at += FRAME_HEAD + length;
        } else {
            return true;
        }
    }
    return false;
}

static enum wire_rtsp_word message_read(const char *at, const char *end,
                                        struct wire_rtsp_answer *answer)
{
    size_t left = (size_t) (end - at);
    const char *value = NULL;
    size_t value_length = 0;
    long long body = 0;

    if (memcmp(at, "RTSP/", left < START_LENGTH ? left : START_LENGTH) != 0) {
        return WIRE_RTSP_BROKEN;
    }
    if (!wire_http_head_read(at, left, &answer->head)) {
        return memchr(at, '\n', left) == NULL ? WIRE_RTSP_MORE : WIRE_RTSP_BROKEN;
    }
    if (!answer->head.whole) {
        return WIRE_RTSP_MORE;
    }
    if (wire_http_head_field(&answer->head, "Content-Length", &value, &value_length)) {
        body = number_read(value, value_length);
    }
    if (body < 0 || body > WIRE_RTSP_BODY_MAX) {
        return WIRE_RTSP_BROKEN;
    }
    if (answer->head.body_length < (size_t) body) {
        return WIRE_RTSP_MORE;
    }
    answer->sequence = field_number(&answer->head, "CSeq");
    answer->body = answer->head.body;
    answer->body_length = (size_t) body;
    return WIRE_RTSP_READY;
}

enum wire_rtsp_word wire_rtsp_answer_read(const void *data, size_t length,
                                          struct wire_rtsp_answer *ret_answer)
{
    const char *at = data;
    const char *end = length > 0 ? at + length : at;

    for (;;) {
        enum wire_rtsp_word word;

        *ret_answer = (struct wire_rtsp_answer){ .sequence = -1 };
        if (!frames_skip(&at, end)) {
            return WIRE_RTSP_MORE;
        }
        word = message_read(at, end, ret_answer);
        if (word != WIRE_RTSP_READY) {
            return word;
        }
        at = ret_answer->body + ret_answer->body_length;
        if (ret_answer->head.status >= 200) {
            ret_answer->length = (size_t) (at - (const char *) data);
            return WIRE_RTSP_READY;
        }
    }
}

static bool line_is(const char *line, size_t length, const char *start)
{
    return length >= strlen(start) && memcmp(line, start, strlen(start)) == 0;
}

bool wire_sdp_read(const void *data, size_t length, struct wire_sdp *ret_sdp)
{
    static const char control[] = "a=control:";
    const char *at = data;
    const char *end = length > 0 ? at + length : at;

    *ret_sdp = (struct wire_sdp){ .media = 0 };
    if (length < 3 || memcmp(at, "v=0", 3) != 0) {
        return false;
    }
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        const char *next = stop == NULL ? end : stop + 1;
        size_t line = (size_t) ((stop == NULL ? end : stop) - at);

        if (line > 0 && at[line - 1] == '\r') {
            line--;
        }
        if (line_is(at, line, "m=")) {
            ret_sdp->media++;
        } else if (ret_sdp->media == 1 && ret_sdp->control[0] == '\0' &&
                   line_is(at, line, control) &&
                   line - (sizeof control - 1) < sizeof ret_sdp->control) {
            memcpy(ret_sdp->control, at + sizeof control - 1, line - (sizeof control - 1));
            ret_sdp->control[line - (sizeof control - 1)] = '\0';
        }
        at = next;
    }
    return true;
}
