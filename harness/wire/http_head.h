/* http_head.h - the first line and the header fields of an HTTP or RTSP answer.
 *
 * Sources: RFC 9112 section 4 (status line) and 5 (field syntax), RFC 2326 section 7.
 * Lenient where devices are: a bare LF ends a line, the reason may be missing.  Pure;
 * every pointer points into the input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_http_kind { WIRE_HTTP_NEITHER, WIRE_HTTP_HTTP, WIRE_HTTP_RTSP };

struct wire_http_head {
    enum wire_http_kind kind;
    unsigned major;
    unsigned minor;
    unsigned status; /* 100..999 */
    const char *reason;
    size_t reason_length;
    const char *fields; /* the header section, as far as it came */
    size_t fields_length;
    bool whole;       /* the empty line was seen */
    const char *body; /* what followed it */
    size_t body_length;
};

/* False when the bytes do not begin with a whole status line. */
bool wire_http_head_read(const void *data, size_t length, struct wire_http_head *ret_head);

/* The value of the field of that name, without the blanks around it: the first one, or the one
 * that comes after `index` others. */
bool wire_http_head_field_at(const struct wire_http_head *head, const char *name, size_t index,
                             const char **ret_value, size_t *ret_length);
bool wire_http_head_field(const struct wire_http_head *head, const char *name,
                          const char **ret_value, size_t *ret_length);
