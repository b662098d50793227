/* message.h - the request grammar that HTTP/1.1 (RFC 9112) and RTSP 1.0 (RFC 2326) share:
 * METHOD SP target SP PROTOCOL/x.y, fields, an empty line, a body of Content-Length bytes.
 *
 * Pure: bytes in, a struct out.  Pointers point into the bytes given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { MESSAGE_HEAD_MAX = 8192, MESSAGE_BODY_MAX = 4096, MESSAGE_UPLOAD_MAX = 8 * 1024 * 1024 };

struct message {
    char method[24];
    char target[512];
    char version[16];
    const char *fields;
    size_t fields_length;
    const char *body;
    size_t body_length;
    size_t length; /* of the whole message */
};

enum { MESSAGE_MORE = 0, MESSAGE_READY = 1 };

/* MESSAGE_MORE, MESSAGE_READY, or a status code of 400 and above to answer before closing. */
int message_read(const char *data, size_t length, struct message *ret_message);

/* The same as soon as the head is there: `length` and `body_length` say what belongs to it, at most
 * MESSAGE_UPLOAD_MAX, `body` is where it begins. */
int message_head(const char *data, size_t length, struct message *ret_message);

/* Copies the first field of that name; false if there is none or it does not fit. */
bool message_field(const struct message *message, const char *name, char *ret_value, size_t size);
