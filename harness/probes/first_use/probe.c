/* first_use - looks at a device that waits for its first password: what it shows before one is set,
 * or which weak passwords it takes.
 *
 * By hand: hoshitori probe first_use --profile profile.yaml --auth admin-login --param trial=skip
 */
#include "probe/probe.h"
#include "base/arena.h"
#include "base/text.h"
#include "offers.h"
#include "probe/first_setup.h"
#include "probe/mechanism.h"
#include "probe/recipe.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_first_use;

struct trial {
    struct probe_call *call;
    const struct profile *profile;
    const struct auth *auth;
    const struct first_use *flow;
    struct http_client *client;
    struct arena *arena;
    json_t *offered;
    json_t *refused;
    json_t *unclear;
};

enum offer_word { OFFER_REFUSED, OFFER_ACCEPTED, OFFER_UNCLEAR };

static void trial_done(struct trial *trial)
{
    http_client_done(&trial->client);
    arena_done(&trial->arena);
    json_decref(trial->offered);
    json_decref(trial->refused);
    json_decref(trial->unclear);
}

static enum status ask(struct trial *trial, const struct http_request *request,
                       const char *password, const struct secret *bearer,
                       struct http_answer *answer, struct error *reterr)
{
    return first_setup_ask(trial->call, trial->auth, trial->client, request, password, bearer,
                           answer, reterr);
}

static enum status waits(struct trial *trial, bool *ret_known, bool *ret_waits,
                         struct error *reterr)
{
    return first_setup_waits(trial->call, trial->auth, trial->client, ret_known, ret_waits, reterr);
}

static enum status waits_fact(struct trial *trial, const char *fact, bool *ret_waits,
                              struct error *reterr)
{
    bool known = false;

    TRY(waits(trial, &known, ret_waits, reterr));
    if (known) {
        probe_fact_bool(trial->call, fact, *ret_waits);
    }
    return STATUS_OK;
}

static enum status log_in(struct trial *trial, const char *password, struct attempt *attempt,
                          struct error *reterr)
{
    const struct mechanism *mechanism = mechanism_find(web_scheme(trial->auth));
    const struct mechanism_setting setting = {
        .call = trial->call,
        .scheme = web_scheme(trial->auth),
        .auth = trial->auth,
        .timeout_ms = (unsigned) probe_param_int(trial->call, "timeout_ms"),
    };
    const struct candidate candidate = {
        .label = "",
        .user = trial->auth->default_user != NULL ? trial->auth->default_user : "admin",
        .password = password,
        .is_secret = true,
    };
    void *state = NULL;
    enum status status;

    *attempt = (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1 };
    if (mechanism == NULL) {
        return STATUS_OK;
    }
    status = mechanism->open(&setting, trial->arena, &state, reterr);
    if (status == STATUS_OK) {
        status = mechanism_try(mechanism, state, trial->call, &candidate, attempt, reterr);
    }
    if (state != NULL) {
        mechanism->close(state);
    }
    return status;
}

/* What is there for somebody who does not set a password first. */
static enum status try_skip(struct trial *trial, struct error *reterr)
{
    const struct profile *profile = trial->profile;
    json_t *reached = json_array();
    json_t *open = json_array();
    unsigned tried = 0;
    enum status status = STATUS_OK;
    struct attempt attempt = { .word = ATTEMPT_UNCLEAR };

    for (size_t i = 0; i < profile->access_count && status == STATUS_OK; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        const struct access *access = &profile->accesses[i];
        struct web_view view;

        /* Only this service: the client knows no other. */
        if (access->auth == NULL || access->service != trial->auth->service ||
            access->read.path == NULL || strstr(access->read.path, "${") != NULL) {
            continue;
        }
        tried++;
        http_client_forget(trial->client);
        status = ask(trial, &access->read, NULL, NULL, &answer, reterr);
        if (status == STATUS_OK) {
            view = web_view(&answer, access->read.path, false);
            if (view.word != WEB_REFUSED) {
                probe_list_add_text(view.word == WEB_GRANTED ? reached : open, access->id);
            }
        }
    }
    if (status == STATUS_OK) {
        status = log_in(trial, "", &attempt, reterr);
    }
    if (status == STATUS_OK && attempt.word != ATTEMPT_REJECTED) {
        probe_list_add_text(attempt.word == ATTEMPT_ACCEPTED ? reached : open,
                            "a log-in with no password");
    }
    probe_fact_int(trial->call, "paths_tried", tried);
    probe_fact_json(trial->call, "reached", reached);
    probe_fact_json(trial->call, "open", open);
    return status;
}

static enum status offer_make(struct trial *trial, const struct offer *offer,
                              enum offer_word *ret_word, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct first_use *flow = trial->flow;
    bool known = false;
    bool waiting = false;

    http_client_forget(trial->client);
    TRY(ask(trial, &flow->set, offer->password, NULL, &answer, reterr));
    TRY(waits(trial, &known, &waiting, reterr));
    if (known && !waiting) { /* whatever the answer said */
        *ret_word = OFFER_ACCEPTED;
    } else if (!known || answer.event != HTTP_ANSWERED ||
               (unsigned) answer.status != flow->refused_status) {
        *ret_word = OFFER_UNCLEAR;
    } else {
        *ret_word = OFFER_REFUSED;
    }
    return STATUS_OK;
}

/* Logs in with the password that was taken, and asks for the declared reset. */
static enum status bring_back(struct trial *trial, const struct offer *offer, struct error *reterr)
{
    DEFER(recipe_outcome_done) struct recipe_outcome outcome = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct auth *auth = trial->auth;
    bool waiting = false;
    char said[160];

    (void) snprintf(said, sizeof said, "the unit now has the password that was offered as '%s'",
                    offer->label);
    probe_fact_text(trial->call, "left_set", said);
    if (trial->flow->reset.path == NULL) {
        return STATUS_OK;
    }
    http_client_forget(trial->client);
    if (auth->login.path != NULL) {
        TRY(recipe_login(&(struct recipe){ .login = &auth->login,
                                           .success_status = auth->success_status,
                                           .failure_status = auth->failure_status,
                                           .csrf = &auth->csrf },
                         trial->client,
                         &(struct recipe_values){
                             .user = auth->default_user != NULL ? auth->default_user : "admin",
                             .password = offer->password },
                         probe_exchange_deadline(trial->call), &outcome, reterr));
    }
    TRY(ask(trial, &trial->flow->reset, offer->password,
            outcome.bearer.length > 0 ? &outcome.bearer : NULL, &answer, reterr));
    TRY(waits_fact(trial, "brought_back", &waiting, reterr));
    if (waiting && json_object_del(trial->call->facts, "left_set") != 0) {
        abort();
    }
    return STATUS_OK;
}

/* A good password shows that the flow works as declared; only where the state can be brought
 * back. */
static enum status try_strong(struct trial *trial, struct error *reterr)
{
    const struct offer strong = offer_strong((unsigned) probe_param_int(trial->call, "shortest"));
    enum offer_word word = OFFER_UNCLEAR;
    struct attempt attempt = { .word = ATTEMPT_UNCLEAR };

    if (trial->flow->reset.path == NULL) {
        probe_fact_text(trial->call, "not_tried",
                        "a good password, since no request that brings the state back is declared");
        return STATUS_OK;
    }
    TRY(offer_make(trial, &strong, &word, reterr));
    if (word != OFFER_ACCEPTED) {
        if (word == OFFER_REFUSED) {
            probe_fact_bool(trial->call, "strong_accepted", false);
        }
        return STATUS_OK;
    }
    TRY(log_in(trial, strong.password, &attempt, reterr));
    probe_fact_bool(trial->call, "strong_accepted", attempt.word == ATTEMPT_ACCEPTED);
    return bring_back(trial, &strong, reterr);
}

static enum status try_offers(struct trial *trial, struct error *reterr)
{
    struct probe_call *call = trial->call;
    const struct offers weak =
        offers_weak((unsigned) probe_param_int(call, "shortest"), probe_param_list(call, "common"),
                    trial->auth->default_user);
    enum offer_word word = OFFER_REFUSED;
    size_t i = 0;

    call->owes = true;
    for (; i < weak.count && word != OFFER_ACCEPTED; i++) {
        TRY(offer_make(trial, &weak.list[i], &word, reterr));
        probe_list_add_text(trial->offered, weak.list[i].label);
        if (word == OFFER_REFUSED) {
            probe_list_add_text(trial->refused, weak.list[i].label);
        } else if (word == OFFER_UNCLEAR) {
            probe_list_add_text(trial->unclear, weak.list[i].label);
        }
        probe_progress(call, (unsigned) i + 1, (unsigned) weak.count);
    }
    probe_fact_json(call, "offered", json_incref(trial->offered));
    probe_fact_json(call, "refused", json_incref(trial->refused));
    probe_fact_json(call, "unclear", json_incref(trial->unclear));
    probe_fact_json(call, "accepted",
                    word == OFFER_ACCEPTED ? json_pack("[s]", weak.list[i - 1].label)
                                           : json_array());
    if (word == OFFER_ACCEPTED) {
        return bring_back(trial, &weak.list[i - 1], reterr);
    }
    return json_array_size(trial->unclear) == 0 ? try_strong(trial, reterr) : STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done)
    struct trial trial = { .call = call,
                           .profile = call->subject->profile,
                           .auth = call->subject->auth,
                           .arena = arena_new(),
                           .offered = json_array(),
                           .refused = json_array(),
                           .unclear = json_array() };
    struct http_target target = web_target(call, false);
    bool waiting = false;

    if (trial.profile == NULL || trial.auth == NULL || trial.auth->first_use.waiting.path == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "this needs a profile that declares default.first_use");
    }
    trial.flow = &trial.auth->first_use;
    TRY(http_client_new(&target, call->transcript, &trial.client, reterr));
    TRY(waits_fact(&trial, "waiting", &waiting, reterr));
    if (!waiting) { /* a password is set: nothing is offered, and nothing learned */
        return STATUS_OK;
    }
    TRY(text_equal(probe_param_text(call, "trial"), "skip") ? try_skip(&trial, reterr)
                                                            : try_offers(&trial, reterr));
    TRY(waits_fact(&trial, "waiting_after", &waiting, reterr));
    /* Where no reset is declared a person has to bring it back, as left_set says. */
    call->owes = !waiting && trial.flow->reset.path != NULL;
    return STATUS_OK;
}

/* Is it this offer that the unit has?  A refusal that is none of it, such as a lock's, leaves
 * *ret_settled false. */
static enum status undo_by(struct trial *trial, const struct offer *offer, bool *ret_settled,
                           bool *ret_taken, struct error *reterr)
{
    struct attempt attempt;

    TRY(log_in(trial, offer->password, &attempt, reterr));
    *ret_taken = attempt.word == ATTEMPT_ACCEPTED;
    *ret_settled = *ret_settled && attempt.word == ATTEMPT_REJECTED;
    return *ret_taken ? bring_back(trial, offer, reterr) : STATUS_OK;
}

/* The password that a run may have left behind is one of those that it offers. */
static enum status undo(struct trial *trial, struct error *reterr)
{
    const struct probe_call *call = trial->call;
    unsigned shortest = (unsigned) probe_param_int(call, "shortest");
    const struct offers offers =
        offers_weak(shortest, probe_param_list(call, "common"), trial->auth->default_user);
    const struct offer strong = offer_strong(shortest);
    bool known = false;
    bool waiting = false;
    bool settled = true;
    bool taken = false;

    TRY(waits(trial, &known, &waiting, reterr));
    for (size_t i = 0; known && !waiting && i <= offers.count; i++) {
        const struct offer *offer = i == 0 ? &strong : &offers.list[i - 1];

        TRY(undo_by(trial, offer, &settled, &taken, reterr));
        if (!taken) {
            continue;
        }
        TRY(waits(trial, &known, &waiting, reterr));
        return waiting ? STATUS_OK
                       : fail(reterr, STATUS_UNREACHABLE,
                              "the unit was left with the password that is offered as '%s'",
                              offer->label);
    }
    if (known && !waiting && !settled) {
        return fail(reterr, STATUS_UNREACHABLE,
                    "whether the unit was left with one of the passwords offered is not known");
    }
    return known ? STATUS_OK /* it waits, or somebody else has set a password */
                 : fail(reterr, STATUS_UNREACHABLE,
                        "whether the unit waits for its first password is not known");
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done)
    struct trial trial = { .call = call,
                           .profile = call->subject->profile,
                           .auth = call->subject->auth,
                           .arena = arena_new() };
    struct http_target target = web_target(call, false);

    if (trial.auth == NULL || trial.auth->first_use.waiting.path == NULL) {
        return STATUS_OK;
    }
    trial.flow = &trial.auth->first_use;
    TRY(http_client_new(&target, call->transcript, &trial.client, reterr));
    return undo(&trial, reterr);
}

static const char *const trials[] = { "skip", "offer", NULL };

static const struct param params[] = {
    { .name = "trial",
      .type = FACT_TEXT,
      .help = "skip: what is there without setting a password; offer: which weak passwords are "
              "taken.",
      .fallback = "\"skip\"",
      .choices = trials },
    { .name = "shortest",
      .type = FACT_INT,
      .help = "A password with one character less must be refused.",
      .fallback = "8",
      .minimum = 1,
      .maximum = OFFER_SHORTEST_MAX },
    { .name = "common",
      .type = FACT_TEXTS,
      .help = "Well-known passwords that must be refused; those shorter than `shortest` are not "
              "offered.",
      .fallback = "[\"12345678\", \"password\"]" },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "waiting",
      .type = FACT_BOOL,
      .help = "The device waited for its first password when the probe began." },
    { .name = "paths_tried",
      .type = FACT_INT,
      .help = "Declared access paths that were read without a password (trial skip)." },
    { .name = "reached",
      .type = FACT_TEXTS,
      .help =
          "Those that were handed out, and \"a log-in with no password\" where that succeeds." },
    { .name = "open", .type = FACT_TEXTS, .help = "Those whose answer does not settle it." },
    { .name = "offered",
      .type = FACT_TEXTS,
      .help = "Labels of the weak passwords (trial offer)." },
    { .name = "refused", .type = FACT_TEXTS, .help = "Those that were refused as declared." },
    { .name = "accepted",
      .type = FACT_TEXTS,
      .help = "The one after which the device no longer waited; no other is offered after it." },
    { .name = "unclear",
      .type = FACT_TEXTS,
      .help = "Those that were answered in another way than declared." },
    { .name = "strong_accepted",
      .type = FACT_BOOL,
      .help = "A good password was taken and logs in; tried only where a reset is declared." },
    { .name = "brought_back",
      .type = FACT_BOOL,
      .help = "After the declared reset the device waits again." },
    { .name = "left_set",
      .type = FACT_TEXT,
      .help = "The unit was left with a test password: which one, by its label." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "What was not tried, and why." },
    { .name = "waiting_after", .type = FACT_BOOL, .help = "The device waited at the end." },
    FACT_END,
};

const struct probe probe_first_use = {
    .decl = {
        .name = "first_use",
        .summary = { .ja = "最初のパスワードが設定される前の状態と、弱いパスワードの拒否を観測する",
                     .en = "Looks at a device that waits for its first password, and offers it weak ones" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 300000,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 90000,
};
