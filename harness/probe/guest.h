/* guest.h - somebody who comes to a declared access path over HTTP: nobody, a user with a
 * wrong password, or the account of a role.  A guest has a cookie jar of its own. */
#pragma once

#include "probe/probe.h"
#include "probe/recipe.h"

enum guest_kind { GUEST_NOBODY, GUEST_WRONG, GUEST_ROLE };

enum { GUEST_WRONG_LENGTH = 20, GUEST_MARKER_RANDOM = 10 };

/* Owned by the caller; guest_done. */
struct guest {
    const struct probe_call *call;
    const struct access *access; /* NULL by hand */
    const struct auth *auth;     /* NULL: nothing is shown */
    const char *scheme;
    const struct credential *credential;
    const char *password; /* in place of the credential's, set by the caller; NULL: its own */
    struct http_client *client;
    struct recipe_outcome login; /* of scheme form */
    bool logged_in;              /* the log-in looked successful */
    bool withholds;              /* what is sent is the device's own: not for the transcript */
    enum guest_kind kind;
    char wrong_password[GUEST_WRONG_LENGTH + 1];
};

/* role NULL: that of the access path.  BAD_INPUT when the profile has no such account,
 * UNSUPPORTED when there is no way to log in over HTTP. */
enum status guest_new(struct probe_call *call, enum guest_kind kind, const char *role,
                      struct guest *guest, struct error *reterr) MUST_CHECK;
void guest_done(struct guest *guest);

/* For scheme form; the others show their credentials with each request. */
enum status guest_login(struct guest *guest, struct error *reterr) MUST_CHECK;

/* A declared request with whatever the guest has to show.  marker stands for ${marker} and
 * may be NULL; a token against forged requests is fetched first where `changes` is set. */
enum status guest_ask(struct guest *guest, const struct http_request *request, const char *marker,
                      bool changes, struct http_answer *answer, struct error *reterr) MUST_CHECK;

/* A request with more than a marker to fill in, or with a body that is no template. */
struct guest_errand {
    const struct http_request *request;
    struct recipe_values values; /* the token is added */
    const char *content_type;    /* of body */
    const void *body;            /* in place of the template's; NULL: that one */
    size_t body_length;          /* above 0 */
    bool changes;
};

enum status guest_send(struct guest *guest, const struct guest_errand *errand,
                       struct http_answer *answer, struct error *reterr) MUST_CHECK;

/* Whether what a guest in a role shows with each request (Basic, Digest) was taken, by the answer
 * to one: it was handed out, or 403 (RFC 9110 section 15.5.4).  Servers such as lighttpd answer 401
 * to a known user who may not, too: then the mechanism's own page is asked for. */
enum status guest_is_known(struct guest *guest, const struct http_answer *answer, bool granted,
                           bool *ret_known, struct error *reterr) MUST_CHECK;

/* Ends the session by the declared request; *answer as of http_client_ask. */
enum status guest_logout(struct guest *guest, struct http_answer *answer,
                         struct error *reterr) MUST_CHECK;

/* "hoshitori-" and something random, into room[sizeof "hoshitori-" + GUEST_MARKER_RANDOM]. */
void guest_marker(uint64_t *random, char *room);
