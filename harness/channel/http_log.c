#include "channel/http_log.h"

#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAX_LENGTH = 64 * 1024,
    CLEAN_MAX = 256 * 1024,
    BODY_MAX = 1024 * 1024,
    SECRET_SHORTEST = 4, /* shorter ones are found in any text */
    GUESS_SHORTEST = 8
};

struct http_log http_log_start(struct transcript *transcript)
{
    return (struct http_log){
        .transcript = transcript,
        .line = bytes_bounded(LINE_MAX_LENGTH),
        .clean = bytes_bounded(CLEAN_MAX),
        .body = bytes_bounded(BODY_MAX),
    };
}

static void wiped(struct bytes *bytes)
{
    if (bytes->data != NULL) {
        secret_wipe(bytes->data, bytes->capacity);
    }
    bytes_clear(bytes);
}

void http_log_done(struct http_log *log)
{
    wiped(&log->line);
    wiped(&log->clean);
    wiped(&log->body);
    bytes_done(&log->line);
    bytes_done(&log->clean);
    bytes_done(&log->body);
}

/* The declared secrets of this request must not be there even where the device
 * repeats them in a place of its own choosing. */
static bool holds_secret(const struct http_log *log, const struct bytes *bytes)
{
    const struct secret *secrets[2] = { NULL, NULL };

    if (log->ask != NULL) {
        secrets[0] = log->ask->password;
        secrets[1] = log->ask->bearer;
    }
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i] != NULL && secrets[i]->length >= SECRET_SHORTEST && bytes->length > 0 &&
            memmem(bytes->data, bytes->length, secret_reveal(secrets[i]), secrets[i]->length) !=
                NULL) {
            return true;
        }
    }
    return log->ask != NULL && log->ask->password_text != NULL &&
           strlen(log->ask->password_text) >= GUESS_SHORTEST && bytes->length > 0 &&
           memmem(bytes->data, bytes->length, log->ask->password_text,
                  strlen(log->ask->password_text)) != NULL;
}

static void store(struct http_log *log, struct bytes *bytes, const char *what)
{
    if (bytes->length == 0) {
        return;
    }
    if (holds_secret(log, bytes)) {
        transcript_withheld(log->transcript, log->connection, what, bytes->length);
    } else if (log->direction == HTTP_LOG_SENT) {
        transcript_sent(log->transcript, log->connection, bytes->data, bytes->length);
    } else {
        transcript_received(log->transcript, log->connection, bytes->data, bytes->length);
    }
    wiped(bytes);
}

static void clean_add(struct http_log *log, const char *data, size_t length)
{
    if (bytes_append(&log->clean, data, length, NULL) != STATUS_OK) {
        transcript_withheld(log->transcript, log->connection, "an overlong head", length);
    }
}

static void withhold(struct http_log *log, const char *what, size_t length)
{
    store(log, &log->clean, "a head that repeats a secret");
    if (length > 0) {
        transcript_withheld(log->transcript, log->connection, what, length);
    }
}

static bool name_holds(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

/* Headers whose value lets its bearer in, whatever the device calls them. */
static bool header_is_secret(const char *name)
{
    if (strcmp(name, "www-authenticate") == 0 || strcmp(name, "proxy-authenticate") == 0) {
        return false;
    }
    return name_holds(name, "auth") || name_holds(name, "token") || name_holds(name, "session") ||
           name_holds(name, "passw") || name_holds(name, "secret") || name_holds(name, "api-key") ||
           name_holds(name, "apikey") || name_holds(name, "csrf") || name_holds(name, "xsrf") ||
           strcmp(name, "cookie") == 0;
}

/* Where the secret part of a header's value begins and how long it is; 0: nowhere. */
static size_t secret_part(const struct http_ask *ask, const char *name, const char *value,
                          size_t length, size_t *ret_from)
{
    const char *mark;
    size_t from = 0;

    *ret_from = 0;
    if (strcmp(name, "set-cookie") == 0) {
        mark = memchr(value, '=', length);
        from = mark == NULL ? 0 : (size_t) (mark - value) + 1;
        mark = memchr(value + from, ';', length - from);
        *ret_from = from;
        return mark == NULL ? length - from : (size_t) (mark - value) - from;
    }
    if (ask != NULL &&
        ((ask->token_header != NULL && text_equal_nocase(ask->token_header, name)) ||
         (ask->wanted_header != NULL && text_equal_nocase(ask->wanted_header, name)))) {
        return length;
    }
    return header_is_secret(name) ? length : 0;
}

void http_log_redact(const char *name, const char *value, char *room, size_t size)
{
    size_t length = strlen(value);
    size_t from = 0;
    size_t hidden = secret_part(NULL, name, value, length, &from);

    (void) snprintf(room, size, "%.*s%s%s", (int) from, value, hidden > 0 ? "(withheld)" : "",
                    value + from + hidden);
}

/* The target in "GET /login?password=... HTTP/1.1". */
static void log_request_line(struct http_log *log, const char *line, size_t length)
{
    const char *first = memchr(line, ' ', length);
    const char *last = memrchr(line, ' ', length);

    if (!log->ask->path_is_secret || first == NULL || first == last) {
        clean_add(log, line, length);
        return;
    }
    clean_add(log, line, (size_t) (first + 1 - line));
    withhold(log, "request target", (size_t) (last - first - 1));
    clean_add(log, last, length - (size_t) (last - line));
}

static bool secret_exchange(const struct http_log *log)
{
    return log->ask != NULL && (log->ask->path_is_secret || log->ask->body_is_secret);
}

static void log_header(struct http_log *log, const char *line, size_t length)
{
    char name[128];
    const char *colon = memchr(line, ':', length);
    size_t name_length = colon == NULL ? 0 : (size_t) (colon - line);
    size_t start = name_length + 1;
    size_t end = length;
    size_t from = 0;
    size_t hidden;

    if (length <= 2) {
        clean_add(log, line, length);
        return;
    }
    /* A folded line may continue a secret one (RFC 9112 section 5.2). */
    if (colon == NULL || name_length >= sizeof name || line[0] == ' ' || line[0] == '\t') {
        withhold(log, "a header line of unusual form", length);
        return;
    }
    for (size_t i = 0; i < name_length; i++) {
        name[i] = (char) tolower((unsigned char) line[i]);
    }
    name[name_length] = '\0';
    while (start < end && (line[start] == ' ' || line[start] == '\t')) {
        start++;
    }
    while (end > start && (line[end - 1] == '\r' || line[end - 1] == '\n')) {
        end--;
    }
    hidden = secret_part(log->ask, name, line + start, end - start, &from);
    if (strcmp(name, "location") == 0) { /* its query may carry a session */
        const char *query = memchr(line + start, '?', end - start);

        from = query == NULL ? 0 : (size_t) (query - line) - start;
        hidden = query == NULL ? 0 : end - start - from;
    }
    clean_add(log, line, start + from);
    if (hidden > 0) {
        withhold(log, name, hidden);
    }
    clean_add(log, line + start + from + hidden, length - start - from - hidden);
}

static void log_line(struct http_log *log)
{
    const char *line = (const char *) log->line.data;

    if (log->at_start && log->direction == HTTP_LOG_SENT) {
        log_request_line(log, line, log->line.length);
    } else if (log->at_start) {
        clean_add(log, line, log->line.length);
    } else {
        log_header(log, line, log->line.length);
    }
    log->at_start = log->line.length <= 2;
    if (log->at_start) {
        store(log, &log->clean, "a head that repeats a secret");
    }
    wiped(&log->line);
}

static void body_end(struct http_log *log)
{
    bool sent = log->direction == HTTP_LOG_SENT;
    bool secret = log->ask != NULL && (sent ? log->ask->body_is_secret
                                            : log->ask->answer_is_secret || secret_exchange(log));

    if (!log->in_body) {
        return;
    }
    log->in_body = false;
    if (secret || log->body_length > log->body.length) {
        transcript_withheld(log->transcript, log->connection,
                            !secret ? "a long body"
                            : sent  ? "body of the request"
                                    : "body of the answer",
                            log->body_length);
        wiped(&log->body);
    } else {
        store(log, &log->body, "a body that repeats a secret");
    }
    log->body_length = 0;
}

/* Ends whatever was under way, when something else begins. */
static void turn(struct http_log *log, enum http_log_direction direction)
{
    body_end(log);
    if (log->direction != direction) {
        if (log->line.length > 0) {
            log_line(log);
        }
        store(log, &log->clean, "a head that repeats a secret");
        log->at_start = true;
    }
    log->direction = direction;
}

void http_log_head(struct http_log *log, enum http_log_direction direction, const char *data,
                   size_t length)
{
    transcript_look(log->transcript, log->connection, data, length);
    turn(log, direction);
    for (size_t i = 0; i < length; i++) {
        if (bytes_append(&log->line, data + i, 1, NULL) != STATUS_OK) {
            transcript_withheld(log->transcript, log->connection, "an overlong header",
                                log->line.length);
            wiped(&log->line);
        } else if (data[i] == '\n') {
            log_line(log);
        }
    }
}

void http_log_body(struct http_log *log, enum http_log_direction direction, const char *data,
                   size_t length)
{
    transcript_look(log->transcript, log->connection, data, length);
    if (!log->in_body || log->direction != direction) {
        turn(log, direction);
        log->in_body = true;
    }
    log->body_length += length;
    if (length <= log->body.limit - log->body.length && log->body_length <= log->body.limit) {
        if (bytes_append(&log->body, data, length, NULL) != STATUS_OK) {
            abort();
        }
    }
}

void http_log_open(struct http_log *log, const char *peer, bool encrypted)
{
    log->connection = transcript_open(log->transcript, peer);
    if (encrypted) {
        transcript_protected(log->transcript, log->connection);
    }
    log->at_start = true;
}

void http_log_begin(struct http_log *log, const struct http_ask *ask)
{
    log->ask = ask;
    log->direction = HTTP_LOG_SENT;
    log->at_start = true;
}

void http_log_end(struct http_log *log)
{
    body_end(log);
    if (log->line.length > 0) {
        log_line(log);
    }
    store(log, &log->clean, "a head that repeats a secret");
    log->ask = NULL;
}

void http_log_note(struct http_log *log, const char *format, ...)
{
    char text[256];
    va_list list;

    va_start(list, format);
    (void) vsnprintf(text, sizeof text, format, list);
    va_end(list);
    transcript_note(log->transcript, log->connection, "%s", text);
}
