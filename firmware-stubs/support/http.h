/* http.h - an HTTP/1.1 server's side of one connection (RFC 9112), no more than a device needs. */
#pragma once

#include "support/message.h"
#include "support/server.h"

enum { HTTP_FIELDS_MAX = 1024 };

struct http_answer {
    int status;
    const char *type;             /* NULL: no body */
    char fields[HTTP_FIELDS_MAX]; /* further field lines, each with its CRLF */
    const void *body;
    size_t body_length;
};

/* Decides what to answer; `path` is the target without its query.  The body must stay valid until
 * the handler is called again. */
typedef struct http_answer (*http_handler)(struct connection *connection,
                                           const struct message *request, const char *path);

/* Asked about a body of more than MESSAGE_BODY_MAX before it is taken in: MESSAGE_READY, or a
 * status code to answer before closing. */
typedef int (*http_gate)(struct connection *connection, const struct message *request,
                         const char *path);

/* A protocol's `input`: reads every whole request that is there, answers it through `handler`. */
enum next_step http_input(struct connection *connection, http_handler handler);

/* The same where some bodies may be longer. */
enum next_step http_input_gated(struct connection *connection, http_handler handler,
                                http_gate gate);
