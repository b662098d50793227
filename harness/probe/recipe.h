/* recipe.h - how a profile says that one logs in over HTTP, carried out: templates are
 * filled, the request is sent, the answer is read by its declared statuses.
 *
 * A recipe tells what the answer to a log-in looked like.  Whether anything was really
 * reached is for the caller to prove. */
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "channel/http.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stdint.h>

/* What ${user}, ${password}, ${marker}, ${value}, ${old}, ${new} and ${csrf} stand for; NULL: the
 * placeholder is an error. */
struct recipe_values {
    const char *user;
    const char *password;
    const char *marker;
    const char *value;
    const char *old_password;
    const char *new_password;
    const char *csrf;
};

/* A request with its templates filled.  Holds secrets: recipe_request_done wipes it. */
struct recipe_request {
    struct bytes path; /* both end in NUL, which is counted in their length */
    struct bytes body; /* empty: none */
    const char *content_type;
    bool path_is_secret; /* a password stands in it */
    bool body_is_secret;
};

struct recipe_request recipe_request_empty(void);
void recipe_request_done(struct recipe_request *request);

/* BAD_INPUT for an unknown placeholder, or for one without a value. */
enum status recipe_fill(const struct http_request *declared, const struct recipe_values *values,
                        struct recipe_request *request, struct error *reterr) MUST_CHECK;

/* Puts a filled request into what is asked, which borrows from it. */
void recipe_request_put(const struct recipe_request *filled, struct http_ask *ask);

enum { RECIPE_DETAIL_SIZE = 192 };

/* Does a template hold the placeholder, such as "${old}"? */
bool recipe_has(const struct http_request *declared, const char *placeholder);

enum recipe_word {
    RECIPE_CLAIMED,  /* the answer looks like success */
    RECIPE_REJECTED, /* it looks like a refusal of these credentials */
    RECIPE_LOCKED,   /* the device says that it will not look at credentials now */
    RECIPE_UNCLEAR   /* no answer, or one that says neither */
};

const char *recipe_word_text(enum recipe_word word);

/* How to log in, and how to tell. */
struct recipe {
    const struct http_request *login;
    unsigned success_status; /* 0: not declared */
    unsigned failure_status;
    const struct csrf *csrf; /* or NULL: no token is fetched first */
};

struct recipe_outcome {
    enum recipe_word word;
    enum http_event event;
    int status;
    long long retry_after_s; /* -1: not said */
    bool sets_cookie;
    bool says_locked;     /* whatever the word is: its text or head speaks of a lock */
    bool says_failure;    /* the same of a failure, as web_says_failure */
    struct secret bearer; /* a token that the answer handed out; empty: none */
    json_t *set_cookie;   /* Set-Cookie headers without their values, or NULL */
    char detail[RECIPE_DETAIL_SIZE];
};

void recipe_outcome_done(struct recipe_outcome *outcome);

/* One log-in by client, whose cookie jar then holds what the device gave. */
enum status recipe_login(const struct recipe *recipe, struct http_client *client,
                         const struct recipe_values *values, int64_t deadline_ms,
                         struct recipe_outcome *outcome, struct error *reterr) MUST_CHECK;

/* Fetches the declared token against forged requests, with the credentials and the deadline
 * of `as`.  It stays empty when the page has none that could be sent again, which
 * ret_detail[RECIPE_DETAIL_SIZE] then says. */
enum status recipe_csrf(const struct csrf *csrf, struct http_client *client,
                        const struct http_ask *as, struct secret *ret_token, char *ret_detail,
                        struct error *reterr) MUST_CHECK;

/* Whether a status, a Retry-After or the words of an answer say that no credentials are
 * looked at for now (RFC 6585 section 4, RFC 9110 section 10.2.3); *ret_retry_after_s is -1
 * when it does not say for how long. */
bool recipe_says_locked(const struct http_answer *answer, long long *ret_retry_after_s);

/* Whether a redirect leads to a log-in page, by its address. */
bool recipe_redirects_to_login(const struct http_answer *answer);

/* A page with a log-in form in it. */
bool recipe_is_login_page(const struct http_answer *answer);
