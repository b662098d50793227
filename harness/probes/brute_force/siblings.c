/* The account's other doors: is what is locked here locked there? */
#include "attack.h"

#include "base/text.h"
#include "probe/web.h"

/* The mechanism that can try it; NULL: none is built in. */
static const struct mechanism *mechanism_of(const struct auth *auth, const char **ret_scheme)
{
    const char *protocol = auth->service == NULL ? NULL : auth->service->protocol;
    bool web = text_equal(protocol, "http") || text_equal(protocol, "https");
    const struct mechanism *mechanism;

    *ret_scheme = web_scheme(auth);
    mechanism = *ret_scheme == NULL ? NULL : mechanism_find(*ret_scheme);
    /* Basic and Digest are also RTSP's, which the HTTP client does not speak. */
    return mechanism != NULL &&
                   (web || (mechanism != &mechanism_basic && mechanism != &mechanism_form))
               ? mechanism
               : NULL;
}

static bool is_sibling(const struct probe_call *call, const struct auth *auth)
{
    const struct auth *own = call->subject->auth;

    return auth != own && text_equal(auth->account_of, own->account_of) &&
           text_equal(auth->kind, "password") && auth->service != NULL;
}

static enum status ask(struct attack *attack, const struct auth *auth, struct error *reterr)
{
    struct sibling *sibling = &attack->siblings[attack->sibling_count];
    char password[PASSWORD_LENGTH + 1];
    const struct candidate wrong = { .label = "random",
                                     .user = attack->user,
                                     .password = password };
    struct attempt attempt;
    const char *scheme = NULL;

    *sibling = (struct sibling){ .call = *attack->call,
                                 .subject = *attack->call->subject,
                                 .mechanism = mechanism_of(auth, &scheme) };
    if (sibling->mechanism == NULL) {
        return STATUS_OK;
    }
    sibling->subject.auth = auth;
    sibling->subject.service = auth->service;
    sibling->call.subject = &sibling->subject;
    sibling->call.port = auth->service->port;
    sibling->setting = (struct mechanism_setting){ .call = &sibling->call,
                                                   .scheme = scheme,
                                                   .auth = auth,
                                                   .timeout_ms = attack->setting.timeout_ms };
    attack->sibling_count++;
    TRY(sibling->mechanism->open(&sibling->setting, attack->arena, &sibling->state, reterr));
    attack_password(attack, password);
    attack->sent++;
    TRY(mechanism_try(sibling->mechanism, sibling->state, &sibling->call, &wrong, &attempt,
                      reterr));
    sibling->word = attempt.word;
    return STATUS_OK;
}

enum status attack_siblings(struct attack *attack, struct error *reterr)
{
    const struct profile *profile = attack->call->subject->profile;

    for (size_t i = 0;
         profile != NULL && attack->call->subject->auth != NULL && i < profile->auth_count &&
         attack->sibling_count < SIBLINGS_MAX && attack->sent < attack->budget;
         i++) {
        if (is_sibling(attack->call, &profile->auths[i])) {
            TRY(ask(attack, &profile->auths[i], reterr));
        }
    }
    return STATUS_OK;
}

void attack_siblings_close(struct attack *attack)
{
    for (size_t i = 0; i < attack->sibling_count; i++) {
        if (attack->siblings[i].state != NULL) {
            attack->siblings[i].mechanism->close(attack->siblings[i].state);
        }
    }
}
