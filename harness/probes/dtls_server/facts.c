#include "facts.h"

#include <string.h>

static void report_known(struct probe_call *call, const char *name, enum known known)
{
    if (known != KNOWN_NOT) {
        probe_fact_bool(call, name, known == KNOWN_TRUE);
    }
}

static void report_hint(struct probe_call *call, const struct dtls_seen *seen)
{
    char hint[sizeof seen->hint + 1] = { 0 };

    if (seen->hint_length > 0) {
        memcpy(hint, seen->hint, seen->hint_length);
        probe_fact_text(call, "psk_identity_hint", hint);
    }
}

enum status dtls_server_report(struct probe_call *call, struct survey *survey, unsigned datagrams,
                               size_t bytes, struct error *reterr)
{
    const struct dtls_seen *seen = &survey->dtls;

    if (seen->with_cookie + seen->without_cookie > 0) {
        probe_fact_bool(call, "cookie_demanded", seen->without_cookie == 0);
        probe_fact_int(call, "amplification_percent", seen->amplification_percent);
        report_known(call, "cookie_verified", seen->cookie_verified);
        report_known(call, "connection_id", seen->connection_id);
        report_hint(call, seen);
    }
    if (tls_server_survey_version(survey, TLS_VERSION_13) != NULL && survey->chain_count == 0) {
        tls_server_survey_why(survey, "certificates: those of DTLS 1.3 are encrypted, and no "
                                      "library here speaks it");
    }
    TRY(tls_server_report(call, survey, reterr));
    probe_fact_int(call, "datagrams", datagrams);
    probe_fact_int(call, "bytes", (long long) bytes);
    return STATUS_OK;
}
