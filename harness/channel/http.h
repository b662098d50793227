/* http.h - a well-behaved HTTP(S) client (libcurl) towards the device (RFC 9110, 9112).
 *
 * Certificates are not judged here: an access probe must be able to look behind any
 * TLS that the device offers, however weak.  Redirects are reported, not followed.
 * Credentials, cookies, tokens and bodies marked as secret never reach the transcript. */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "channel/transcript.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct http_client; /* one cookie jar and one connection cache */

struct http_target {
    const char *host; /* numeric */
    uint16_t port;
    bool tls;
    const char *server_name; /* SNI and Host; NULL: host */
};

struct http_ask {
    const char *method;
    const char *path;         /* begins with '/'; may have a query */
    bool path_is_secret;      /* keep it, and the body of the answer, out of the transcript */
    const char *content_type; /* with body */
    const char *body;         /* NULL: none */
    size_t body_length;       /* 0: up to its NUL */
    bool body_is_secret;      /* keep it, and the body of the answer, out of the transcript */
    bool answer_is_secret;    /* keep the body of the answer out of the transcript */
    const char *user;         /* with scheme "basic" or "digest"; NULL: no credentials */
    const struct secret *password;
    const char *password_text; /* a guess instead of a secret; NULL: use password */
    const char *scheme;
    const struct secret *bearer; /* or NULL */
    const char *token_header;    /* one more header, kept out of the transcript; or NULL */
    const char *token;
    const char *wanted_header; /* of the answer, whose value is kept as a secret; or NULL */
    const char *soap_action;   /* "type#action" (UPnP Device Architecture 1.1 section 3.2.1) */
    int64_t deadline_ms;
    const atomic_bool *given_up; /* once true the exchange is over, as at its deadline; or NULL */
};

enum http_event { HTTP_ANSWERED, HTTP_NO_CONNECTION, HTTP_TLS_FAILED, HTTP_TIMEOUT, HTTP_BROKEN };

const char *http_event_word(enum http_event event);

/* Owned by the caller; http_answer_done. */
struct http_answer {
    enum http_event event;
    int status; /* 0 unless answered */
    struct bytes body;
    bool body_cut;      /* the answer went on past the ceiling, or stopped in the middle */
    json_t *headers;    /* object: lower-case name -> list of texts; cookies and tokens replaced */
    char location[512]; /* as sent; its query may carry a session */
    char content_type[128];
    bool sets_cookie;
    const char *wanted_header; /* of the request */
    struct secret wanted;      /* its value; empty: it did not come */
    char detail[160];          /* in words, for HTTP_* other than ANSWERED */
};

enum status http_client_new(const struct http_target *target, struct transcript *transcript,
                            struct http_client **ret_client, struct error *reterr) MUST_CHECK;
void http_client_free(struct http_client *client);
void http_client_done(struct http_client **client); /* for DEFER */

/* A device that does not answer is an event in *answer, not a status.  At most
 * 1 MiB of the body is kept, and at most 64 KiB of headers is read.  An answer whose
 * body began to arrive counts as ANSWERED even if its end never came.  *answer is
 * filled in every case and wants http_answer_done. */
enum status http_client_ask(struct http_client *client, const struct http_ask *ask,
                            struct http_answer *answer, struct error *reterr) MUST_CHECK;
void http_answer_done(struct http_answer *answer);

/* Forgets cookies: the next request is a stranger's. */
void http_client_forget(struct http_client *client);

enum http_forging {
    HTTP_FORGE_NOT,
    HTTP_FORGE_MIDDLE, /* the middle third is changed: what a signature would notice */
    HTTP_FORGE_WHOLE   /* invented: nothing but the shape is kept */
};

/* Changes letters and digits to others of their kind; false: there was none to change. */
bool http_token_forge(char *token, enum http_forging forging);

/* Puts another client's cookies into this one's jar, their values forged or not; the number
 * of cookies with a value, or with one that could be forged. */
unsigned http_client_cookies_copy(struct http_client *client, const struct http_client *from,
                                  enum http_forging forging);

/* The value of a cookie in the jar; *ret_value stays empty when there is none. */
enum status http_client_cookie(const struct http_client *client, const char *name,
                               struct secret *ret_value, struct error *reterr) MUST_CHECK;
