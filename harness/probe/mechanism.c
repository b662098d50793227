#include "probe/mechanism.h"

#include "base/text.h"
#include "probe/web.h"

struct mechanism_setting mechanism_setting_read(const struct probe_call *call)
{
    const char *scheme = probe_param_text(call, "scheme");
    struct mechanism_setting setting = {
        .call = call,
        .auth = call->subject->auth,
        .tls = probe_param_bool(call, "tls"),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .path = probe_param_text(call, "path"),
        .proof_path = probe_param_text(call, "proof_path"),
        .body = probe_param_text(call, "body"),
    };

    setting.scheme = scheme != NULL ? scheme : web_scheme(setting.auth);
    if (setting.scheme == NULL) {
        setting.scheme = setting.body != NULL ? "form" : "basic";
    }
    return setting;
}

const struct mechanism *mechanism_find(const char *scheme)
{
    static const struct {
        const char *scheme;
        const struct mechanism *mechanism;
    } known[] = {
        { "form", &mechanism_form },        { "basic", &mechanism_basic },
        { "digest", &mechanism_basic },     { "telnet", &mechanism_telnet },
        { "mqtt", &mechanism_mqtt },        { "snmp", &mechanism_snmp },
        { "snmpv3", &mechanism_snmp },      { "ssh", &mechanism_ssh },
        { "ftp", &mechanism_ftp },          { "rtsp-basic", &mechanism_rtsp },
        { "rtsp-digest", &mechanism_rtsp },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (text_equal(known[i].scheme, scheme)) {
            return known[i].mechanism;
        }
    }
    return NULL;
}

enum status mechanism_try(const struct mechanism *mechanism, void *state,
                          const struct probe_call *call, const struct candidate *candidate,
                          struct attempt *ret_attempt, struct error *reterr)
{
    *ret_attempt =
        (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1, .proof = "none" };
    if (!candidate->is_secret) {
        TRY(probe_attempt_spend(call, reterr));
    }
    return mechanism->attempt(state, candidate, ret_attempt, reterr);
}

int64_t mechanism_deadline(const struct mechanism_setting *setting)
{
    return probe_deadline_within(setting->call, setting->timeout_ms);
}
