/* first_setup.h - the state in which a device waits for its first password, as the profile
 * declares it: is it in that state, and setting the password. */
#pragma once

#include "channel/http.h"
#include "probe/probe.h"

/* A request of the flow; ${user} is the default account, ${password} what is set. */
enum status first_setup_ask(const struct probe_call *call, const struct auth *auth,
                            struct http_client *client, const struct http_request *request,
                            const char *password, const struct secret *bearer,
                            struct http_answer *answer, struct error *reterr) MUST_CHECK;

/* Does the device wait for its first password?  *ret_known is false when it does not answer. */
enum status first_setup_waits(const struct probe_call *call, const struct auth *auth,
                              struct http_client *client, bool *ret_known, bool *ret_waits,
                              struct error *reterr) MUST_CHECK;
