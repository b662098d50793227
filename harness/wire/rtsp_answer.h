/* rtsp_answer.h - where one answer of an RTSP server ends, and what a stream description says.
 *
 * Sources: RFC 2326 sections 4 (messages), 10.12 (data between messages), RFC 7826 section 5;
 * RFC 8866 (SDP).  Pure; pointers point into the input.  Accepts any bytes. */
#pragma once

#include "wire/http_head.h"

#include <stdbool.h>
#include <stddef.h>

enum { WIRE_RTSP_BODY_MAX = 64 * 1024 };

enum wire_rtsp_word {
    WIRE_RTSP_MORE,  /* so far it can become one */
    WIRE_RTSP_READY, /* *ret_answer is filled */
    WIRE_RTSP_BROKEN /* it is none, or has a body larger than WIRE_RTSP_BODY_MAX */
};

struct wire_rtsp_answer {
    struct wire_http_head head;
    long long sequence; /* CSeq; -1: none that can be read */
    const char *body;
    size_t body_length;
    size_t length; /* from the beginning of the input to the end of this answer */
};

/* The first final answer; what is interleaved before it ('$' frames) and answers of the class
 * 1xx are passed over. */
enum wire_rtsp_word wire_rtsp_answer_read(const void *data, size_t length,
                                          struct wire_rtsp_answer *ret_answer);

enum { WIRE_SDP_CONTROL_SIZE = 256 };

struct wire_sdp {
    unsigned media;                      /* "m=" lines */
    char control[WIRE_SDP_CONTROL_SIZE]; /* a=control of the first medium; "": none that fits */
};

/* False when it is no session description: it must begin with "v=0". */
bool wire_sdp_read(const void *data, size_t length, struct wire_sdp *ret_sdp);
