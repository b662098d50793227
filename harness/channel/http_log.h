/* http_log.h - what an HTTP exchange leaves in the transcript: everything except
 * credentials, cookies, tokens and the bodies that the request marked as secret. */
#pragma once

#include "base/bytes.h"
#include "channel/http.h"
#include "channel/transcript.h"

#include <stdbool.h>
#include <stddef.h>

enum http_log_direction { HTTP_LOG_SENT, HTTP_LOG_RECEIVED };

/* Owned by the HTTP client; http_log_done. */
struct http_log {
    struct transcript *transcript;
    unsigned connection;
    const struct http_ask *ask; /* of the exchange under way */
    enum http_log_direction direction;
    bool at_start;      /* the next line is a request or status line */
    struct bytes line;  /* a header line whose end has not come yet */
    struct bytes clean; /* text that may be stored, not yet stored */
    struct bytes body;
    size_t body_length; /* of the body under way, stored or not */
    bool in_body;
};

struct http_log http_log_start(struct transcript *transcript);
void http_log_done(struct http_log *log);

void http_log_open(struct http_log *log, const char *peer, bool encrypted);
void http_log_begin(struct http_log *log, const struct http_ask *ask);
void http_log_head(struct http_log *log, enum http_log_direction direction, const char *data,
                   size_t length);
void http_log_body(struct http_log *log, enum http_log_direction direction, const char *data,
                   size_t length);

/* Stores what is still held back; ask is not looked at afterwards. */
void http_log_end(struct http_log *log);
void http_log_note(struct http_log *log, const char *format, ...) PRINTF_LIKE(2, 3);

/* The value of a header without what is secret in it: cookies keep their name and
 * attributes, credentials and tokens nothing.  name is in lower case. */
void http_log_redact(const char *name, const char *value, char *room, size_t size);
