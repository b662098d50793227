#include "erasure.h"

#include "base/text.h"
#include "probe/first_setup.h"
#include "probe/web.h"

#include <string.h>

enum {
    GUESSES_MAX = 6,
    ACCOUNT_FAILURES = 3 /* log-ins of the changed account that may be refused in all */
};

static const char *user_of(const struct entrance *entrance)
{
    return entrance->auth->default_user != NULL ? entrance->auth->default_user
                                                : entrance->top->user;
}

static bool was_open(const struct erasure *erasure, const char *id)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach(erasure->open_before, i, one)
    {
        if (text_equal(json_string_value(one), id)) {
            return true;
        }
    }
    return false;
}

/* What is handed out to anybody while nobody has logged in, but for what was so before. */
static enum status open_to_anybody(const struct erasure *erasure, json_t *open, unsigned *ret_tried,
                                   struct error *reterr)
{
    const struct entrance *entrance = &erasure->entrance;
    const struct profile *profile = erasure->call->subject->profile;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < profile->access_count && status == STATUS_OK; i++) {
        DEFER(guest_done) struct guest nobody = { 0 };
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        const struct access *access = &profile->accesses[i];
        struct subject subject = entrance->subject;
        struct probe_call call = entrance->call;

        if (access->auth == NULL || access->service != entrance->auth->service ||
            access->read.path == NULL || strstr(access->read.path, "${") != NULL ||
            was_open(erasure, access->id)) {
            continue;
        }
        ++*ret_tried;
        subject.access = access;
        call.subject = &subject;
        status = guest_new(&call, GUEST_NOBODY, NULL, &nobody, reterr);
        if (status == STATUS_OK) {
            status = guest_ask(&nobody, &access->read, NULL, false, &answer, reterr);
        }
        if (status == STATUS_OK &&
            web_view(&answer, access->read.path, false).word == WEB_GRANTED) {
            probe_list_add_text(open, access->id);
        }
    }
    return status;
}

enum status delivery_look_before(struct erasure *erasure, struct error *reterr)
{
    json_t *open = json_array();
    unsigned tried = 0;
    enum status status = open_to_anybody(erasure, open, &tried, reterr);

    erasure->open_before = open;
    probe_fact_json(erasure->call, "open_before", json_incref(open));
    return status;
}

static enum status open_since(const struct erasure *erasure, struct error *reterr)
{
    json_t *open = json_array();
    unsigned tried = 0;
    enum status status = open_to_anybody(erasure, open, &tried, reterr);

    probe_fact_int(erasure->call, "paths_tried", tried);
    probe_fact_json(erasure->call, "open_to_anybody", open);
    return status;
}

/* The few that everybody tries first; never as many as lock the account. */
static enum status guess(struct erasure *erasure, const char *first_user, struct error *reterr)
{
    const struct {
        const char *label;
        const char *password;
    } guesses[GUESSES_MAX] = {
        { "blank", "" },
        { "the user's name", first_user },
        { "password", "password" },
        { "12345678", "12345678" },
        { "1234", "1234" },
        { "default", "default" },
    };
    const struct entrance *entrance = &erasure->entrance;
    unsigned after = entrance->auth->lockout.after;
    unsigned wanted = after == 0 || after > GUESSES_MAX ? GUESSES_MAX : after - 1;
    unsigned granted = probe_attempts_grant(erasure->call, wanted);
    json_t *guessed = json_array();
    enum status status = STATUS_OK;
    unsigned tried = 0;

    for (unsigned i = 0; i < granted && status == STATUS_OK; i++) {
        enum attempt_word word = ATTEMPT_UNCLEAR;

        status = entrance_try(erasure, first_user, guesses[i].password, false, &word, reterr);
        tried += word == ATTEMPT_ACCEPTED || word == ATTEMPT_REJECTED;
        if (word == ATTEMPT_ACCEPTED) {
            probe_list_add_text(guessed, guesses[i].label);
            /* The device is reset once it was seen to be so: what got in may look around. */
            erasure->entrance.password = i == 1 ? erasure->entrance.top->user : guesses[i].password;
        }
    }
    probe_fact_int(erasure->call, "guesses", tried);
    probe_fact_json(erasure->call, "guessed", guessed);
    return status;
}

/* A first password of our own, so that the device shows what it still has. */
static enum status first_use_set(struct erasure *erasure, struct http_client *client,
                                 struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct entrance *entrance = &erasure->entrance;
    const struct auth *auth = entrance->auth;
    bool known = false;
    bool waits = false;

    TRY(temporary_password(erasure->call, entrance->top, &auth->change, erasure->fresh, reterr));
    http_client_forget(client);
    TRY(first_setup_ask(&entrance->call, auth, client, &auth->first_use.set, erasure->fresh, NULL,
                        &answer, reterr));
    TRY(first_setup_waits(&entrance->call, auth, client, &known, &waits, reterr));
    if (known && !waits) {
        entrance->password = erasure->fresh;
    }
    return STATUS_OK;
}

static enum status first_use_look(struct erasure *erasure, bool *ret_waits, struct error *reterr)
{
    const struct entrance *entrance = &erasure->entrance;
    const struct http_target target = web_target(&entrance->call, false);
    DEFER(http_client_done) struct http_client *client = NULL;
    bool known = false;

    *ret_waits = false;
    if (entrance->auth->first_use.waiting.path == NULL) {
        return STATUS_OK;
    }
    TRY(http_client_new(&target, erasure->call->transcript, &client, reterr));
    TRY(first_setup_waits(&entrance->call, entrance->auth, client, &known, ret_waits, reterr));
    if (known) {
        probe_fact_bool(erasure->call, "first_use_waits", *ret_waits);
    }
    return STATUS_OK;
}

/* Tries one password of the highest account; the first that gets in is kept. */
static enum status try_known(struct erasure *erasure, const char *fact, const char *password,
                             bool *ret_accepted, struct error *reterr)
{
    enum attempt_word word = ATTEMPT_UNCLEAR;

    TRY(entrance_try(erasure, erasure->entrance.top->user, password, true, &word, reterr));
    *ret_accepted = word == ATTEMPT_ACCEPTED;
    if (word == ATTEMPT_ACCEPTED || word == ATTEMPT_REJECTED) {
        probe_fact_bool(erasure->call, fact, *ret_accepted);
    }
    if (*ret_accepted && erasure->entrance.password == NULL) {
        erasure->entrance.password = password;
    }
    return STATUS_OK;
}

/* The account whose password was changed: which of the two is in force now? */
static enum status account_look(struct erasure *erasure, struct error *reterr)
{
    struct course *account = &erasure->account;
    enum attempt_word word = ATTEMPT_UNCLEAR;

    if (!erasure->account_open) {
        return STATUS_OK;
    }
    if (erasure->account_changed) {
        TRY(course_login(account, account->temporary, &erasure->changed_word, reterr));
    }
    TRY(course_login(account, secret_reveal(&account->credential->secret), &word, reterr));
    if (word == ATTEMPT_ACCEPTED) {
        erasure->account_password = secret_reveal(&account->credential->secret);
    } else if (erasure->account_changed && erasure->changed_word == ATTEMPT_ACCEPTED) {
        erasure->account_password = account->temporary;
    }
    return STATUS_OK;
}

enum status delivery_look(struct erasure *erasure, struct error *reterr)
{
    struct entrance *entrance = &erasure->entrance;
    const char *declared = secret_reveal(&entrance->top->secret);
    bool waits = false;
    bool accepted = false;

    entrance->password = NULL;
    erasure->changed_word = ATTEMPT_UNCLEAR;
    TRY(first_use_look(erasure, &waits, reterr));
    TRY(open_since(erasure, reterr));
    TRY(guess(erasure, user_of(entrance), reterr));
    if (waits) {
        DEFER(http_client_done) struct http_client *client = NULL;
        const struct http_target target = web_target(&entrance->call, false);

        TRY(http_client_new(&target, erasure->call->transcript, &client, reterr));
        return first_use_set(erasure, client, reterr);
    }
    if (erasure->label.length > 0) {
        TRY(try_known(erasure, "label_accepted", secret_reveal(&erasure->label), &accepted,
                      reterr));
    }
    if (!accepted) { /* a right log-in ends what the device counts */
        TRY(try_known(erasure, "declared_accepted", declared, &accepted, reterr));
    }
    return account_look(erasure, reterr);
}

enum status delivery_again(struct erasure *erasure, struct error *reterr)
{
    struct entrance *entrance = &erasure->entrance;
    const char *const passwords[] = { entrance->password, secret_reveal(&entrance->top->secret) };
    enum attempt_word word = ATTEMPT_UNCLEAR;

    entrance->password = NULL;
    for (size_t i = 0; i < 2 && entrance->password == NULL; i++) {
        if (passwords[i] != NULL) {
            TRY(entrance_try(erasure, entrance->top->user, passwords[i], true, &word, reterr));
            entrance->password = word == ATTEMPT_ACCEPTED ? passwords[i] : NULL;
        }
    }
    if (erasure->account_changed &&
        (entrance->auth->lockout.after == 0 || entrance->auth->lockout.after > ACCOUNT_FAILURES)) {
        TRY(course_login(&erasure->account, erasure->account.temporary, &erasure->changed_word,
                         reterr));
        if (erasure->changed_word == ATTEMPT_ACCEPTED) {
            erasure->account_password = erasure->account.temporary;
        }
    }
    return STATUS_OK;
}
