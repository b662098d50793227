/* web.h - what probes that speak HTTP to a declared service share: where it is, whose
 * credentials are whose, and how to read whether a protected thing was handed out. */
#pragma once

#include "channel/http.h"
#include "probe/probe.h"

#include <stdbool.h>
#include <stdint.h>

/* TLS by the declared protocol ("https"), or as told by hand. */
struct http_target web_target(const struct probe_call *call, bool tls_by_hand);

/* The declared scheme, which over RTSP is "rtsp-basic" or "rtsp-digest"; "form" when only a
 * log-in request is declared; "telnet", "ssh", "ftp" or "mqtt" by the service's protocol; else
 * "basic". */
const char *web_scheme(const struct auth *auth);

/* The mechanism whose accounts auth uses (account_of); auth itself when that is not
 * declared. */
const struct auth *web_account_of(const struct profile *profile, const struct auth *auth);

/* The credential of a role, or the first one when role is NULL or empty; NULL: none. */
const struct credential *web_credential(const struct profile *profile, const struct auth *auth,
                                        const char *role);

enum web_word {
    WEB_GRANTED, /* the thing itself was handed out */
    WEB_REFUSED, /* it was not, and the answer says that it will not be */
    WEB_OPEN     /* the answer does not settle the question */
};

struct web_view {
    enum web_word word;
    bool login_page;
    bool redirected;
    char reason[160];
};

/* Reads the answer to a request for a protected thing.  `writes`: the request was to
 * change something. */
struct web_view web_view(const struct http_answer *answer, const char *path, bool writes);

/* Whether a short answer says of itself, in words or by a member of its JSON object, that it is
 * none of what was asked for. */
bool web_says_failure(const struct http_answer *answer);

/* Whether a status says that no request is looked at for now (RFC 6585 section 4, RFC 9110
 * section 15.6.4): it refuses nothing. */
bool web_puts_off(int status);

/* The schemes of all WWW-Authenticate headers, as a new list of texts. */
json_t *web_challenges(const struct http_answer *answer);

/* The redirect's address without its query, which may carry a session. */
void web_location(const struct http_answer *answer, char *room, size_t size);

/* length letters and digits from the probe's seed, and a NUL. */
void web_random_text(uint64_t *state, char *room, size_t length);
