/* http_private.h - the inside of the HTTP client, for its own files. */
#pragma once

#include "channel/http.h"
#include "channel/http_log.h"

#include <curl/curl.h>

enum {
    HTTP_BODY_MAX = 1024 * 1024,
    HTTP_HEADERS_MAX = 64 * 1024,
    HTTP_HEADER_VALUE_MAX = 2048,
    HTTP_PATH_MAX = 4096,
    HTTP_AUTHORITY_MAX = 512
};

struct http_client {
    CURL *easy;
    struct curl_slist *connect_to;
    char url_start[HTTP_AUTHORITY_MAX + 16]; /* "https://name:port" */
    char peer[HTTP_AUTHORITY_MAX];           /* as the transcript names it */
    bool tls;
    struct transcript *transcript;
    struct http_log log;
    bool digested; /* the handle remembers a Digest challenge */

    /* One exchange. */
    struct http_answer *answer;
    size_t header_bytes;
    bool headers_over;
    bool headers_complete;
    int socket_errno; /* our own failure to make a socket, or 0 */
    char error_text[CURL_ERROR_SIZE];
};

/* What one request needs set on the handle, and its headers; freed by http_headers_free,
 * which wipes them. */
void http_method_set(CURL *easy, const struct http_ask *ask);
void http_credentials_set(CURL *easy, const struct http_ask *ask);
struct curl_slist *http_headers_make(const struct http_ask *ask);
void http_headers_free(struct curl_slist *headers);
