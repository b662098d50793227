#include "control/update_trial.h"

#include "base/clock.h"
#include "probe/mechanism.h"
#include "probe/web.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PAUSE_MS = 50, GONE_MS = 5000, LOOKS_FAILED_MAX = 5 };

static const char *const way_words[] = {
    [TRIAL_STATE] = "state",
    [TRIAL_REINSTALL] = "reinstall",
    [TRIAL_STAYS] = "stays",
    [TRIAL_NONE] = "none",
};

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static enum trial_way way_back(const struct probe_call *call)
{
    if (first_state_can(call)) {
        return TRIAL_STATE;
    }
    if (control_has(call, LEVER_REINSTALL, NULL)) {
        return TRIAL_REINSTALL;
    }
    return call->subject->update->stays ? TRIAL_STAYS : TRIAL_NONE;
}

/* NULL: none. */
static const char *hindrance_of(const struct trial *trial)
{
    const struct probe_call *call = trial->call;

    if (trial->update->image == NULL) {
        return "the profile gives no newer image (update.image)";
    }
    if (!control_has(call, LEVER_INSTALL_IMAGE, NULL)) {
        return "the profile declares no lever install_image";
    }
    if (!control_has(call, LEVER_READ_VERSION, NULL)) {
        return "the profile declares no lever read_version";
    }
    if (trial->way == TRIAL_NONE) {
        return "no way back is declared (save_state and restore_state, reinstall, or update.stays)";
    }
    return NULL;
}

static void prepare(struct trial *trial, struct probe_call *call)
{
    long long settle_ms = probe_param_int(call, "settle_ms");

    *trial = (struct trial){
        .call = call,
        .update = call->subject->update,
        .way = way_back(call),
        .good = bytes_bounded(FIRMWARE_FILE_MAX),
        .settle_ms = settle_ms > 0 ? settle_ms : (int64_t) call->subject->profile->settle_s * 1000,
        .login_ms = (unsigned) probe_param_int(call, "timeout_ms"),
    };
}

enum status trial_open(struct trial *trial, struct probe_call *call, bool *ret_ready,
                       struct error *reterr)
{
    struct trial_look look;
    const char *hindrance;

    *ret_ready = false;
    prepare(trial, call);
    hindrance = hindrance_of(trial);
    if (hindrance == NULL) {
        TRY(trial_wait(trial, NULL, trial->settle_ms, &look, reterr));
        if (!look.alive || !look.version_known) {
            hindrance = "the device does not say its version";
        } else if (strcmp(look.version, trial->update->image_version) == 0) {
            hindrance = "the device runs the version of the newer image already";
        }
    }
    if (hindrance != NULL) {
        probe_fact_text(call, "hindrance", hindrance);
        return STATUS_OK;
    }
    (void) snprintf(trial->before, sizeof trial->before, "%s", look.version);
    probe_fact_text(call, "version_before", trial->before);
    probe_fact_text(call, "way_back", way_words[trial->way]);
    TRY(firmware_read(trial->update->image, &trial->good, reterr));
    if (!firmware_names_version(trial->update, &trial->good, trial->update->image_version)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "update.image does not hold the version %.60s where the profile says",
                    trial->update->image_version);
    }
    *ret_ready = true;
    return STATUS_OK;
}

void trial_done(struct trial *trial)
{
    bytes_done(&trial->good);
}

enum status trial_keep(struct trial *trial, struct error *reterr)
{
    trial->call->owes = true;
    return trial->way == TRIAL_STATE ? first_state_keep(trial->call, reterr) : STATUS_OK;
}

/* ---- looking ---- */

/* A device that goes down between two questions is no fault of the lever. */
static enum status look_once(struct trial *trial, struct trial_look *look, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct control_task *task = NULL;

    *look = (struct trial_look){ .alive = false };
    TRY(control_wait_alive(trial->call, 0, &look->alive, NULL, reterr));
    if (!look->alive) {
        return STATUS_OK;
    }
    TRY(control_begin(trial->call, LEVER_READ_VERSION, NULL, &task, reterr));
    TRY(control_end(trial->call, &task, &output, reterr));
    if (output.word == LEVER_DONE) {
        lever_output_text(&output, look->version, sizeof look->version);
        look->version_known = look->version[0] != '\0';
    }
    return STATUS_OK;
}

enum status trial_wait(struct trial *trial, const char *not_version, int64_t within_ms,
                       struct trial_look *ret_look, struct error *reterr)
{
    int64_t until_ms = probe_deadline_within(trial->call, within_ms);
    unsigned failed = 0;

    for (;;) {
        TRY(look_once(trial, ret_look, reterr));
        if (ret_look->version_known &&
            (not_version == NULL || strcmp(ret_look->version, not_version) != 0)) {
            return STATUS_OK;
        }
        failed += ret_look->alive && !ret_look->version_known;
        if (clock_monotonic_ms() + PAUSE_MS >= until_ms) {
            return failed >= LOOKS_FAILED_MAX && ret_look->alive && !ret_look->version_known
                       ? fail(reterr, STATUS_IO,
                              "the lever read_version failed %u times while the device answered",
                              failed)
                       : STATUS_OK;
        }
        pause_ms(PAUSE_MS);
    }
}

bool trial_is_changed(const struct trial *trial, const struct trial_look *look)
{
    return look->version_known && strcmp(look->version, trial->before) != 0;
}

bool trial_is_new(const struct trial *trial, const struct trial_look *look)
{
    return look->version_known && strcmp(look->version, trial->update->image_version) == 0;
}

enum status trial_offer(struct trial *trial, const struct bytes *image, int64_t watch_ms,
                        int64_t wait_ms, struct trial_offer *ret_offer, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    const struct lever_input input = { .image = image };
    int64_t started_ms = clock_monotonic_ms();
    struct control_task *task = NULL;

    *ret_offer = (struct trial_offer){ .word = LEVER_CUT };
    TRY(control_begin(trial->call, LEVER_INSTALL_IMAGE, &input, &task, reterr));
    TRY(control_end(trial->call, &task, &output, reterr));
    ret_offer->word = output.word;
    (void) snprintf(ret_offer->words, sizeof ret_offer->words, "%s", output.detail);
    TRY(trial_wait(trial, trial->before, output.word == LEVER_REFUSED ? watch_ms : wait_ms,
                   &ret_offer->look, reterr));
    if (!ret_offer->look.alive) {
        /* It may only be slow to come back. */
        TRY(trial_wait(trial, NULL, trial->settle_ms, &ret_offer->look, reterr));
    }
    ret_offer->took_ms = clock_monotonic_ms() - started_ms;
    return STATUS_OK;
}

/* ---- logging in ---- */

static const struct auth *auth_to_try(const struct trial *trial, const char **ret_role)
{
    const struct profile *profile = trial->call->subject->profile;
    const struct lever_way *way = profile_lever(profile, LEVER_INSTALL_IMAGE, NULL, 0);

    *ret_role = NULL;
    if (way != NULL && way->auth != NULL) {
        *ret_role = way->role;
        return way->auth;
    }
    for (size_t i = 0; i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        if (auth->credential_count > 0 && mechanism_find(web_scheme(auth)) != NULL) {
            return auth;
        }
    }
    return NULL;
}

static const char *attempt_text(enum attempt_word word)
{
    static const char *const words[] = {
        [ATTEMPT_ACCEPTED] = "accepted", [ATTEMPT_REJECTED] = "rejected",
        [ATTEMPT_LOCKED] = "locked",     [ATTEMPT_CLOSED] = "closed",
        [ATTEMPT_AGAIN] = "unclear",     [ATTEMPT_UNCLEAR] = "unclear",
    };

    return words[word];
}

enum status trial_login(struct trial *trial, const char **ret_word, struct error *reterr)
{
    const char *role = NULL;
    const struct auth *auth = auth_to_try(trial, &role);
    const struct credential *credential =
        auth == NULL ? NULL : web_credential(trial->call->subject->profile, auth, role);
    DEFER(arena_done) struct arena *arena = arena_new();
    struct subject subject = *trial->call->subject;
    struct probe_call there = *trial->call;
    struct mechanism_setting setting;
    const struct mechanism *mechanism;
    struct attempt attempt = { .word = ATTEMPT_AGAIN };
    struct candidate candidate = { .label = "", .is_secret = true };
    enum status status;
    void *state = NULL;

    *ret_word = NULL;
    if (credential == NULL) {
        return STATUS_OK;
    }
    subject.auth = auth;
    subject.service = auth->service;
    there.subject = &subject;
    there.port = auth->service->port;
    setting = (struct mechanism_setting){
        .call = &there, .scheme = web_scheme(auth), .auth = auth, .timeout_ms = trial->login_ms
    };
    mechanism = mechanism_find(setting.scheme);
    if (mechanism == NULL) {
        return STATUS_OK;
    }
    candidate.user = credential->user;
    candidate.password = secret_reveal(&credential->secret);
    TRY(mechanism->open(&setting, arena, &state, reterr));
    status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && attempt.word == ATTEMPT_AGAIN && i < 3; i++) {
        attempt = (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1, .proof = "none" };
        status = mechanism_try(mechanism, state, &there, &candidate, &attempt, reterr);
    }
    mechanism->close(state);
    *ret_word = attempt_text(attempt.word);
    return status;
}

/* ---- power ---- */

bool trial_has_power(const struct trial *trial)
{
    const struct probe_call *call = trial->call;

    return control_has(call, LEVER_POWER_CYCLE, NULL) ||
           (control_has(call, LEVER_POWER_OFF, NULL) && control_has(call, LEVER_POWER_ON, NULL));
}

static bool has_both(const struct trial *trial)
{
    return control_has(trial->call, LEVER_POWER_OFF, NULL) &&
           control_has(trial->call, LEVER_POWER_ON, NULL);
}

/* A cycle is over when it ends: whether the device falls silent is looked at meanwhile, as long as
 * a person may take, and once more while it starts. */
static enum status cycle(struct trial *trial, int64_t gone_ms, bool *ret_gone, struct error *reterr)
{
    const int64_t meanwhile_ms = control_meanwhile_ms(trial->call, LEVER_POWER_CYCLE, gone_ms);
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct error error = { .status = STATUS_OK };
    struct control_task *task = NULL;
    enum status status;

    TRY(control_begin(trial->call, LEVER_POWER_CYCLE, NULL, &task, reterr));
    status = control_wait_gone(trial->call, meanwhile_ms, ret_gone, &error);
    TRY(control_end(trial->call, &task, &output, reterr));
    if (status != STATUS_OK) {
        return fail(reterr, status, "%s", error.message);
    }
    if (output.word != LEVER_DONE) {
        return fail(reterr, STATUS_IO, "the lever power_cycle failed: %s", output.detail);
    }
    return *ret_gone ? STATUS_OK : control_wait_gone(trial->call, gone_ms, ret_gone, reterr);
}

enum status trial_power_off(struct trial *trial, bool *ret_gone, struct error *reterr)
{
    const int64_t gone_ms = trial->settle_ms < GONE_MS ? trial->settle_ms : GONE_MS;

    *ret_gone = false;
    if (!has_both(trial)) {
        return cycle(trial, gone_ms, ret_gone, reterr);
    }
    TRY(control_pull(trial->call, LEVER_POWER_OFF, NULL, NULL, reterr));
    return control_wait_gone(trial->call, gone_ms, ret_gone, reterr);
}

enum status trial_power_on(struct trial *trial, struct error *reterr)
{
    return has_both(trial) ? control_pull(trial->call, LEVER_POWER_ON, NULL, NULL, reterr)
                           : STATUS_OK;
}

enum status trial_restart(struct trial *trial, bool *ret_gone, struct trial_look *ret_look,
                          struct error *reterr)
{
    TRY(trial_power_off(trial, ret_gone, reterr));
    TRY(trial_power_on(trial, reterr));
    return trial_wait(trial, NULL, trial->settle_ms, ret_look, reterr);
}

/* ---- the way back ---- */

static enum status state_back(struct trial *trial, bool *ret_kept, struct error *reterr)
{
    struct error error = { .status = STATUS_OK };
    enum status status = first_state_return(trial->call, ret_kept, &error);

    if (status == STATUS_UNREACHABLE || (status == STATUS_OK && !*ret_kept)) {
        return control_bring_back(trial->call, reterr);
    }
    return status == STATUS_OK ? STATUS_OK : fail(reterr, status, "%s", error.message);
}

static enum status reinstall_back(struct trial *trial, const char *wanted, struct error *reterr)
{
    struct trial_look look;

    TRY(look_once(trial, &look, reterr));
    if (look.version_known && wanted != NULL && strcmp(look.version, wanted) == 0) {
        return STATUS_OK;
    }
    TRY(control_pull(trial->call, LEVER_REINSTALL, NULL, NULL, reterr));
    return control_bring_back(trial->call, reterr);
}

/* wanted NULL: any version will do. */
static enum status back_to(struct trial *trial, const char *wanted, struct error *reterr)
{
    struct trial_look look;
    bool kept = true;

    if (trial->way == TRIAL_STATE) {
        TRY(state_back(trial, &kept, reterr));
    } else if (trial->way == TRIAL_REINSTALL) {
        TRY(reinstall_back(trial, wanted, reterr));
    } else {
        TRY(control_bring_back(trial->call, reterr));
        wanted = NULL;
    }
    TRY(trial_wait(trial, NULL, trial->settle_ms, &look, reterr));
    if (!look.version_known) {
        return fail(reterr, STATUS_UNREACHABLE, "the device does not answer any more");
    }
    if (wanted != NULL && strcmp(look.version, wanted) != 0) {
        return fail(reterr, STATUS_IO, "the device runs version %.60s and not %.60s as before",
                    look.version, wanted);
    }
    return STATUS_OK;
}

enum status trial_back(struct trial *trial, struct error *reterr)
{
    return back_to(trial, trial->before, reterr);
}

enum status trial_restore(struct probe_call *call, struct error *reterr)
{
    struct trial trial;

    prepare(&trial, call);
    if (trial.way == TRIAL_NONE || hindrance_of(&trial) != NULL) {
        return STATUS_OK; /* then run() changed nothing */
    }
    return back_to(&trial, trial.update->current_version, reterr);
}
