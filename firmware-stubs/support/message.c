#include "support/message.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool is_token_byte(unsigned char byte)
{
    return byte > ' ' && byte < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", byte) == NULL;
}

/* Copies up to `stop`; advances past it.  False if it does not fit or is empty. */
static bool word(const char **at, const char *end, char stop, char *ret_text, size_t size)
{
    const char *found = memchr(*at, stop, (size_t) (end - *at));
    size_t length = found == NULL ? 0 : (size_t) (found - *at);

    if (length == 0 || length >= size) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char) (*at)[i];
        if (byte <= ' ' || byte >= 0x7f) {
            return false;
        }
    }
    memcpy(ret_text, *at, length);
    ret_text[length] = '\0';
    *at = found + 1;
    return true;
}

static int start_line(const char *line, const char *end, struct message *message)
{
    const char *at = line;

    if (!word(&at, end, ' ', message->method, sizeof message->method)) {
        return 400;
    }
    for (const char *byte = message->method; *byte != '\0'; byte++) {
        if (!is_token_byte((unsigned char) *byte)) {
            return 400;
        }
    }
    const char *space = memchr(at, ' ', (size_t) (end - at));
    if (space != NULL && (size_t) (space - at) >= sizeof message->target) {
        return 414;
    }
    if (!word(&at, end, ' ', message->target, sizeof message->target) ||
        !word(&at, end, '\r', message->version, sizeof message->version) || at != end) {
        return 400;
    }
    return MESSAGE_READY;
}

static int field_line(const char *line, const char *end)
{
    const char *colon = memchr(line, ':', (size_t) (end - line));

    if (colon == NULL || colon == line) {
        return 400;
    }
    for (const char *byte = line; byte < colon; byte++) {
        if (!is_token_byte((unsigned char) *byte)) {
            return 400;
        }
    }
    for (const char *byte = colon + 1; byte < end - 1; byte++) {
        unsigned char value = (unsigned char) *byte;
        if ((value < ' ' && value != '\t') || value == 0x7f) {
            return 400;
        }
    }
    return end[-1] == '\r' ? MESSAGE_READY : 400;
}

static const char *field_find(const struct message *message, const char *from, const char *name,
                              size_t *ret_length)
{
    const char *end = message->fields + message->fields_length;
    size_t name_length = strlen(name);

    for (const char *line = from; line < end;) {
        const char *next = memchr(line, '\n', (size_t) (end - line));
        const char *stop = next == NULL ? end : next - 1;
        if ((size_t) (stop - line) > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0) {
            const char *value = line + name_length + 1;
            while (value < stop && (*value == ' ' || *value == '\t')) {
                value++;
            }
            while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t')) {
                stop--;
            }
            *ret_length = (size_t) (stop - value);
            return value;
        }
        line = next == NULL ? end : next + 1;
    }
    return NULL;
}

bool message_field(const struct message *message, const char *name, char *ret_value, size_t size)
{
    size_t length = 0;
    const char *value = field_find(message, message->fields, name, &length);

    if (value == NULL || length >= size) {
        return false;
    }
    memcpy(ret_value, value, length);
    ret_value[length] = '\0';
    return true;
}

/* RFC 9112 section 6.3: two lengths, or a length that is no number, end the conversation. */
static int body_length(const struct message *message, size_t *ret_length)
{
    size_t digits = 0;
    const char *value = field_find(message, message->fields, "Transfer-Encoding", &digits);

    *ret_length = 0;
    if (value != NULL) {
        return 501;
    }
    value = field_find(message, message->fields, "Content-Length", &digits);
    if (value == NULL) {
        return MESSAGE_READY;
    }
    size_t again = 0;
    if (digits == 0 || field_find(message, value, "Content-Length", &again) != NULL) {
        return 400;
    }
    for (size_t i = 0; i < digits; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return 400;
        }
        *ret_length = *ret_length * 10 + (size_t) (value[i] - '0');
        if (*ret_length > MESSAGE_UPLOAD_MAX) {
            return 413;
        }
    }
    return MESSAGE_READY;
}

/* Reads the head; *ret_head is its length with the empty line, 0 while that has not come. */
static int head_read(const char *data, size_t length, struct message *message, size_t *ret_head)
{
    const char *end = data + length;
    const char *line = data;

    for (;;) {
        const char *next = memchr(line, '\n', (size_t) (end - line));
        if (line == data && length > 0 && !is_token_byte((unsigned char) *data)) {
            return 400;
        }
        if (next == NULL) {
            return length >= MESSAGE_HEAD_MAX ? 431 : MESSAGE_MORE;
        }
        if ((size_t) (next - data) >= MESSAGE_HEAD_MAX) {
            return 431;
        }
        if (line != data && next == line + 1 && *line == '\r') {
            message->fields_length = (size_t) (line - message->fields);
            *ret_head = (size_t) (next + 1 - data);
            return MESSAGE_READY;
        }
        int answer = line == data ? start_line(line, next, message) : field_line(line, next);
        if (answer != MESSAGE_READY) {
            return answer;
        }
        if (line == data) {
            message->fields = next + 1;
        }
        line = next + 1;
    }
}

int message_head(const char *data, size_t length, struct message *ret_message)
{
    size_t head = 0;

    *ret_message = (struct message){ 0 };
    int answer = head_read(data, length, ret_message, &head);
    if (answer != MESSAGE_READY) {
        return answer;
    }
    answer = body_length(ret_message, &ret_message->body_length);
    ret_message->body = data + head;
    ret_message->length = head + ret_message->body_length;
    return answer;
}

int message_read(const char *data, size_t length, struct message *ret_message)
{
    int answer = message_head(data, length, ret_message);

    if (answer != MESSAGE_READY) {
        return answer;
    }
    if (ret_message->body_length > MESSAGE_BODY_MAX) {
        return 413;
    }
    return length < ret_message->length ? MESSAGE_MORE : MESSAGE_READY;
}
