#include "support/http.h"

#include <string.h>
#include <strings.h>

static const struct {
    int status;
    const char *reason;
} REASONS[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].reason;
        }
    }
    return "Unknown";
}

static void answer_write(struct buffer *out, const struct http_answer *answer, bool head_only,
                         bool keep)
{
    buffer_format(out, "HTTP/1.1 %d %s\r\n", answer->status, reason_of(answer->status));
    if (answer->type != NULL) {
        buffer_format(out, "Content-Type: %s\r\n", answer->type);
    }
    if (answer->status != 204) {
        buffer_format(out, "Content-Length: %zu\r\n", answer->body_length);
    }
    buffer_text(out, answer->fields);
    buffer_text(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    buffer_format(out, "Connection: %s\r\n\r\n", keep ? "keep-alive" : "close");
    if (!head_only) {
        buffer_append(out, answer->body, answer->body_length);
    }
}

static int request_check(const struct message *request)
{
    char host[300];

    if (strncmp(request->version, "HTTP/", 5) != 0) {
        return 400;
    }
    if (strcmp(request->version, "HTTP/1.0") == 0) {
        return MESSAGE_READY;
    }
    if (strcmp(request->version, "HTTP/1.1") != 0) {
        return 505;
    }
    /* RFC 9112 section 3.2. */
    return message_field(request, "Host", host, sizeof host) ? MESSAGE_READY : 400;
}

/* The path without its query; origin form and absolute form (RFC 9112 section 3.2). */
static void path_of(const struct message *request, char *ret_path, size_t size)
{
    const char *from = request->target;

    if (strncasecmp(from, "http://", 7) == 0 || strncasecmp(from, "https://", 8) == 0) {
        from = strchr(strstr(from, "://") + 3, '/');
        from = from == NULL ? "/" : from;
    }
    size_t length = strcspn(from, "?#");
    length = length < size ? length : size - 1;
    memcpy(ret_path, from, length);
    ret_path[length] = '\0';
}

static bool wants_to_stay(const struct message *request)
{
    char value[64];

    if (!message_field(request, "Connection", value, sizeof value)) {
        return strcmp(request->version, "HTTP/1.1") == 0;
    }
    return strcmp(request->version, "HTTP/1.1") == 0 ? strcasestr(value, "close") == NULL
                                                     : strcasestr(value, "keep-alive") != NULL;
}

static enum next_step refuse(struct connection *connection, int status)
{
    struct http_answer answer = { .status = status };

    answer_write(&connection->out, &answer, false, false);
    return STEP_CLOSE;
}

enum next_step http_input(struct connection *connection, http_handler handler)
{
    return http_input_gated(connection, handler, NULL);
}

enum next_step http_input_gated(struct connection *connection, http_handler handler, http_gate gate)
{
    struct message request;
    char path[sizeof request.target];
    struct buffer *in = &connection->in;
    int state = message_head(in->data, in->length, &request);

    if (state == MESSAGE_MORE) {
        return STEP_GO_ON;
    }
    if (state == MESSAGE_READY) {
        state = request_check(&request);
    }
    if (state == MESSAGE_READY) {
        path_of(&request, path, sizeof path);
        if (request.body_length > MESSAGE_BODY_MAX) {
            state = gate == NULL ? 413 : gate(connection, &request, path);
        }
    }
    if (state != MESSAGE_READY) {
        return refuse(connection, state);
    }
    if (in->length < request.length) {
        in->ceiling = request.length < CONNECTION_INPUT_MAX ? CONNECTION_INPUT_MAX : request.length;
        return STEP_GO_ON;
    }
    bool keep = wants_to_stay(&request);
    struct http_answer answer = handler(connection, &request, path);
    answer_write(&connection->out, &answer, strcmp(request.method, "HEAD") == 0, keep);
    buffer_consume(in, request.length);
    in->ceiling = in->length < CONNECTION_INPUT_MAX ? CONNECTION_INPUT_MAX : in->length;
    return keep ? STEP_GO_ON : STEP_CLOSE;
}
