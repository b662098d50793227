#include "wire/http_head.h"

#include <string.h>
#include <strings.h>

/* The line at *at without its end, or false while the end has not come. */
static bool line_take(const char **at, const char *end, const char **ret_line, size_t *ret_length)
{
    const char *stop = memchr(*at, '\n', (size_t) (end - *at));

    if (stop == NULL) {
        return false;
    }
    *ret_line = *at;
    *ret_length = (size_t) (stop - *at);
    if (*ret_length > 0 && stop[-1] == '\r') {
        (*ret_length)--;
    }
    *at = stop + 1;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK": fixed places, so no loop over digits is needed. */
static bool status_line_read(const char *line, size_t length, struct wire_http_head *head)
{
    enum { VERSION_AT = 5, STATUS_AT = 9, SHORTEST = 12 };

    if (length < SHORTEST) {
        return false;
    }
    head->kind = memcmp(line, "HTTP/", VERSION_AT) == 0   ? WIRE_HTTP_HTTP
                 : memcmp(line, "RTSP/", VERSION_AT) == 0 ? WIRE_HTTP_RTSP
                                                          : WIRE_HTTP_NEITHER;
    if (head->kind == WIRE_HTTP_NEITHER || !is_digit(line[VERSION_AT]) ||
        line[VERSION_AT + 1] != '.' || !is_digit(line[VERSION_AT + 2]) ||
        line[STATUS_AT - 1] != ' ' || line[STATUS_AT] < '1' || line[STATUS_AT] > '9' ||
        !is_digit(line[STATUS_AT + 1]) || !is_digit(line[STATUS_AT + 2]) ||
        (length > SHORTEST && line[SHORTEST] != ' ')) {
        return false;
    }
    head->major = (unsigned) (line[VERSION_AT] - '0');
    head->minor = (unsigned) (line[VERSION_AT + 2] - '0');
    head->status = (unsigned) ((line[STATUS_AT] - '0') * 100 + (line[STATUS_AT + 1] - '0') * 10 +
                               (line[STATUS_AT + 2] - '0'));
    head->reason = line + (length > SHORTEST ? SHORTEST + 1 : SHORTEST);
    head->reason_length = length > SHORTEST ? length - SHORTEST - 1 : 0;
    return true;
}

bool wire_http_head_read(const void *data, size_t length, struct wire_http_head *ret_head)
{
    const char *at = data;
    const char *end = at + length;
    const char *line = NULL;
    size_t line_length = 0;

    *ret_head = (struct wire_http_head){ 0 };
    if (length == 0 || !line_take(&at, end, &line, &line_length) ||
        !status_line_read(line, line_length, ret_head)) {
        ret_head->kind = WIRE_HTTP_NEITHER;
        return false;
    }
    ret_head->fields = at;
    while (at < end && line_take(&at, end, &line, &line_length)) {
        if (line_length == 0) {
            ret_head->whole = true;
            ret_head->fields_length = (size_t) (line - ret_head->fields);
            ret_head->body = at;
            ret_head->body_length = (size_t) (end - at);
            return true;
        }
    }
    ret_head->fields_length = (size_t) (at - ret_head->fields);
    return true;
}

bool wire_http_head_field_at(const struct wire_http_head *head, const char *name, size_t index,
                             const char **ret_value, size_t *ret_length)
{
    const char *at = head->fields;
    const char *end = at + head->fields_length;
    size_t name_length = strlen(name);
    const char *line = NULL;
    size_t length = 0;

    while (head->fields_length > 0 && at < end && line_take(&at, end, &line, &length)) {
        if (length <= name_length || line[name_length] != ':' ||
            strncasecmp(line, name, name_length) != 0 || index-- > 0) {
            continue;
        }
        line += name_length + 1;
        length -= name_length + 1;
        while (length > 0 && (*line == ' ' || *line == '\t')) {
            line++;
            length--;
        }
        while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) {
            length--;
        }
        *ret_value = line;
        *ret_length = length;
        return true;
    }
    return false;
}

bool wire_http_head_field(const struct wire_http_head *head, const char *name,
                          const char **ret_value, size_t *ret_length)
{
    return wire_http_head_field_at(head, name, 0, ret_value, ret_length);
}
