#include "base/text.h"
#include "probe/likeness.h"
#include "probe/mechanism.h"
#include "probe/recipe.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

struct basic {
    struct mechanism_setting setting;
    struct http_client *client;
    const char *path;
    bool stranger_known;
    enum web_word stranger;    /* what the page says to nobody */
    struct http_answer nobody; /* all of that answer */
    bool offered;              /* the challenge names the scheme */
};

static void basic_close(void *state)
{
    struct basic *basic = state;

    http_client_free(basic->client);
    http_answer_done(&basic->nobody);
}

static const char *path_find(const struct mechanism_setting *setting)
{
    const struct profile *profile = setting->call->subject->profile;

    if (setting->path != NULL) {
        return setting->path;
    }
    if (setting->auth != NULL && setting->auth->path != NULL) {
        return setting->auth->path;
    }
    for (size_t i = 0; setting->auth != NULL && profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth == setting->auth && access->service == setting->auth->service &&
            access->read.path != NULL) {
            return access->read.path;
        }
    }
    return NULL;
}

static enum status basic_open(const struct mechanism_setting *setting, struct arena *arena,
                              void **ret_state, struct error *reterr)
{
    struct basic *basic = arena_alloc(arena, sizeof *basic);
    struct http_target target = web_target(setting->call, setting->tls);

    basic->setting = *setting;
    basic->path = path_find(setting);
    *ret_state = basic;
    if (basic->path == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "no page behind the mechanism is declared; by hand, give path=/...");
    }
    return http_client_new(&target, setting->call->transcript, &basic->client, reterr);
}

static enum status ask(struct basic *basic, const struct candidate *candidate,
                       struct http_answer *answer, struct error *reterr)
{
    http_client_forget(basic->client);
    return http_client_ask(basic->client,
                           &(struct http_ask){
                               .method = "GET",
                               .path = basic->path,
                               .answer_is_secret = true,
                               .scheme = basic->setting.scheme,
                               .user = candidate != NULL ? candidate->user : NULL,
                               .password_text = candidate != NULL ? candidate->password : NULL,
                               .deadline_ms = mechanism_deadline(&basic->setting),
                           },
                           answer, reterr);
}

/* What a stranger gets: without it, an opened page says nothing about a password. */
static enum status stranger_ask(struct basic *basic, struct error *reterr)
{
    struct http_answer *answer = &basic->nobody;
    json_t *challenges;

    http_answer_done(answer);
    TRY(ask(basic, NULL, answer, reterr));
    basic->stranger = web_view(answer, basic->path, false).word;
    basic->stranger_known = answer->event == HTTP_ANSWERED;
    challenges = answer->headers == NULL ? NULL : web_challenges(answer);
    for (size_t i = 0; i < json_array_size(challenges); i++) {
        basic->offered |=
            text_equal(json_string_value(json_array_get(challenges, i)), basic->setting.scheme);
    }
    json_decref(challenges);
    return STATUS_OK;
}

/* Whether an opened page says anything of the password: a stranger gets none, or clearly
 * something else. */
static bool opened_by_password(const struct basic *basic, const struct http_answer *answer)
{
    static const struct http_answer unknown = { .event = HTTP_NO_CONNECTION };

    return basic->stranger != WEB_GRANTED ||
           likeness_disowns(answer, &basic->nobody, &unknown) != NULL;
}

static void answer_read(const struct basic *basic, const struct http_answer *answer,
                        struct attempt *attempt)
{
    struct web_view view = web_view(answer, basic->path, false);

    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", view.reason);
    attempt->proof = "none";
    if (answer->event != HTTP_ANSWERED) {
        attempt->word = answer->event == HTTP_NO_CONNECTION ? ATTEMPT_CLOSED : ATTEMPT_UNCLEAR;
        return;
    }
    if (view.word != WEB_GRANTED && recipe_says_locked(answer, &attempt->retry_after_s)) {
        attempt->word = ATTEMPT_LOCKED;
        return;
    }
    if (view.word == WEB_GRANTED && !opened_by_password(basic, answer)) {
        (void) snprintf(attempt->detail, sizeof attempt->detail,
                        "a stranger is answered with a success, too");
        return;
    }
    if (view.word == WEB_GRANTED || (view.redirected && basic->stranger == WEB_REFUSED &&
                                     basic->offered && !recipe_redirects_to_login(answer))) {
        attempt->word = ATTEMPT_ACCEPTED;
        attempt->proof = basic->stranger == WEB_REFUSED
                             ? "the page opened, and had refused a stranger"
                         : basic->stranger == WEB_GRANTED
                             ? "the page opened, and a stranger got another kind of content"
                             : "the page opened, but it may be open to strangers too";
        return;
    }
    /* Refused only because the scheme was never on offer: then nothing was tried. */
    if (view.word == WEB_REFUSED && basic->offered && answer->status != 403) {
        attempt->word = ATTEMPT_REJECTED;
        attempt->proof = "the page stayed closed";
    } else if (view.word == WEB_REFUSED && !basic->offered) {
        (void) snprintf(attempt->detail, sizeof attempt->detail, "the device does not offer %s",
                        basic->setting.scheme);
    } else if (answer->status == 403) {
        (void) snprintf(attempt->detail, sizeof attempt->detail,
                        "403: refused, or known but not allowed to see this page");
    }
}

static enum status basic_attempt(void *state, const struct candidate *candidate,
                                 struct attempt *attempt, struct error *reterr)
{
    struct basic *basic = state;
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    if (!basic->stranger_known) {
        TRY(stranger_ask(basic, reterr));
    }
    TRY(ask(basic, candidate, &answer, reterr));
    answer_read(basic, &answer, attempt);
    return STATUS_OK;
}

static enum status basic_reconnect(void *state, struct error *reterr)
{
    struct basic *basic = state;
    struct http_target target = web_target(basic->setting.call, basic->setting.tls);

    http_client_done(&basic->client);
    return http_client_new(&target, basic->setting.call->transcript, &basic->client, reterr);
}

const struct mechanism mechanism_basic = {
    .name = "basic",
    .side_by_side = true,
    .open = basic_open,
    .attempt = basic_attempt,
    .reconnect = basic_reconnect,
    .close = basic_close,
};
