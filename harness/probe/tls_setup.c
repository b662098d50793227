#include "probe/tls_setup.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DNS_NAME_MAX = 253 };

static bool is_address(const char *name)
{
    uint8_t room[16];

    return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

const char *tls_server_setup_name(const struct probe_call *call)
{
    const char *name = probe_param_text(call, "server_name");

    return name == NULL || is_address(name) || strlen(name) > DNS_NAME_MAX ? NULL : name;
}

const struct limits *tls_server_setup_limits(const struct probe_call *call)
{
    return call->subject != NULL && call->subject->profile != NULL ? &call->subject->profile->limits
                                                                   : NULL;
}

int64_t tls_server_setup_ends_ms(const struct probe_call *call)
{
    enum { REPORT_MS = 1000 };

    return clock_left_ms(call->deadline_ms) > 5 * REPORT_MS ? call->deadline_ms - REPORT_MS
                                                            : call->deadline_ms;
}

void tls_server_setup_peer(const char *host, uint16_t port, const char *transport,
                           char room[PEER_TEXT])
{
    bool bare6 = strchr(host, ':') != NULL;

    (void) snprintf(room, PEER_TEXT, "%s%s%s:%u/%s", bare6 ? "[" : "", host, bare6 ? "]" : "",
                    (unsigned) port, transport);
}

enum status tls_server_setup_run(struct probe_call *call,
                                 enum status (*run)(struct probe_call *call, struct survey *survey,
                                                    struct error *reterr),
                                 struct error *reterr)
{
    struct survey *survey = calloc(1, sizeof *survey);
    enum status status;

    if (survey == NULL) {
        abort();
    }
    status = run(call, survey, reterr);
    tls_server_survey_done(survey);
    free(survey);
    return status;
}
