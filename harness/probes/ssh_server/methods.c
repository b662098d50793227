#include "methods.h"

#include "base/clock.h"
#include "channel/ssh.h"

#include <stdlib.h>

struct inquiry {
    struct probe_call *call;
    struct survey *survey;
    json_t *methods;
    json_t *granted;
    unsigned attempts;
    unsigned unknown;
};

static void inquiry_unknown(struct inquiry *inquiry, const char *account, const char *why)
{
    inquiry->unknown++;
    ssh_server_survey_why(inquiry->survey, "methods for %s: %s", account,
                          *why != '\0' ? why : "no clear answer");
}

static int64_t inquiry_deadline(const struct inquiry *inquiry)
{
    int64_t until_ms = clock_monotonic_ms() + probe_param_int(inquiry->call, "timeout_ms");

    return until_ms < inquiry->call->deadline_ms ? until_ms : inquiry->call->deadline_ms;
}

static void inquiry_methods(struct inquiry *inquiry, const struct ssh_link *link,
                            const char *account)
{
    json_t *list = json_array();
    const char *name;

    for (size_t i = 0; (name = ssh_link_method_name(link, i)) != NULL; i++) {
        if (json_array_append_new(list, json_string(name)) != 0) {
            abort();
        }
    }
    if (json_object_set_new(inquiry->methods, account, list) != 0) {
        abort();
    }
}

/* A server looks at a request for a channel after a log-in alone (RFC 4254 section 5.1), and may
 * refuse it to an account without a shell. */
static bool session_answered(const struct inquiry *inquiry, struct ssh_link *link)
{
    enum ssh_link_answer answer = ssh_link_session(link, inquiry_deadline(inquiry));

    return answer == SSH_LINK_GRANTED || answer == SSH_LINK_DENIED;
}

static void inquiry_none(struct inquiry *inquiry, struct ssh_link *link, const char *account)
{
    enum ssh_link_answer answer = ssh_link_try_none(link, inquiry_deadline(inquiry));
    char banner[SSH_LINK_BANNER_MAX];

    inquiry->attempts++;
    ssh_link_banner(link, banner);
    if (banner[0] != '\0') {
        probe_fact_json(inquiry->call, "auth_banner", json_string(banner));
    }
    if (answer == SSH_LINK_DENIED) {
        inquiry_methods(inquiry, link, account);
    } else if (answer == SSH_LINK_GRANTED && session_answered(inquiry, link)) {
        if (json_array_append_new(inquiry->granted, json_string(account)) != 0) {
            abort();
        }
    } else {
        inquiry_unknown(inquiry, account, ssh_link_last_words(link));
    }
}

static enum status inquiry_account(struct inquiry *inquiry, const char *account, const char *user,
                                   struct error *reterr)
{
    const struct ssh_link_target target = { .host = inquiry->call->host,
                                            .port = inquiry->call->port,
                                            .user = user,
                                            .transcript = inquiry->call->transcript };
    struct ssh_link *link = NULL;
    enum ssh_link_event event;
    char words[SSH_LINK_WORDS_MAX];

    inquiry->survey->connections++;
    TRY(ssh_link_open(&target, inquiry_deadline(inquiry), &link, &event, words, reterr));
    if (event != SSH_LINK_OK) {
        inquiry_unknown(inquiry, account, words);
        return STATUS_OK;
    }
    inquiry_none(inquiry, link, account);
    ssh_link_close(link);
    return STATUS_OK;
}

enum status ssh_server_methods(struct probe_call *call, struct survey *survey, struct error *reterr)
{
    const char *users[][2] = { { "ordinary", probe_param_text(call, "user") }, { "root", "root" } };
    struct inquiry inquiry = {
        .call = call, .survey = survey, .methods = json_object(), .granted = json_array()
    };
    unsigned budget = 2;
    enum status status = STATUS_OK;

    if (call->subject != NULL && call->subject->profile != NULL &&
        call->subject->profile->limits.login_attempts < budget) {
        budget = (unsigned) call->subject->profile->limits.login_attempts;
    }
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        if (inquiry.attempts >= budget) {
            inquiry_unknown(&inquiry, users[i][0], "limits.login_attempts allows no more");
        } else {
            status = inquiry_account(&inquiry, users[i][0], users[i][1], reterr);
        }
    }
    probe_fact_json(call, "auth_methods", inquiry.methods);
    probe_fact_json(call, "auth_without_credentials", inquiry.granted);
    probe_fact_bool(call, "auth_complete", inquiry.unknown == 0);
    probe_fact_int(call, "auth_attempts", inquiry.attempts);
    return status;
}
