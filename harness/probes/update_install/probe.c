/* update_install - installs the vendor's newer image by the path that users take, and looks whether
 * its version is there and stays there when the power goes.
 *
 * By hand: hoshitori probe update_install --profile profile.yaml
 */
#include "probe/probe.h"

#include "control/update_trial.h"

#include <string.h>

extern const struct probe probe_update_install;

static const struct param params[] = {
    TRIAL_PARAMS,
    { .name = "downgrade",
      .type = FACT_BOOL,
      .help = "Afterwards offer the image of the version before (product.firmware's), too.",
      .fallback = "true" },
    PARAM_END,
};

static const struct fact facts[] = {
    TRIAL_FACTS,
    { .name = "as_declared",
      .type = FACT_BOOL,
      .help = "The version before is the one that the profile declares." },
    { .name = "answer", .type = FACT_TEXT, .help = "To the good image: done, or refused." },
    { .name = "answer_words", .type = FACT_TEXT, .help = "What the device said to a refusal." },
    { .name = "version_after",
      .type = FACT_TEXT,
      .help = "Its version afterwards; left out when it no longer answered." },
    { .name = "alive", .type = FACT_BOOL, .help = "The device answers after the update." },
    { .name = "installed",
      .type = FACT_BOOL,
      .help = "Its version afterwards is that of the good image." },
    { .name = "took_ms",
      .type = FACT_INT,
      .help = "From the beginning of the upload until the new version was seen; only when "
              "installed." },
    { .name = "login",
      .type = FACT_TEXT,
      .help = "A log-in with the declared password after the update: accepted, rejected, ..." },
    { .name = "power_cut",
      .type = FACT_BOOL,
      .help = "After it the power was cut, and the device was seen to be gone. Left out without a "
              "lever." },
    { .name = "version_after_power",
      .type = FACT_TEXT,
      .help = "Its version once it was back; left out when it did not come back." },
    { .name = "alive_after_power", .type = FACT_BOOL, .help = "The device answers after that." },
    { .name = "kept",
      .type = FACT_BOOL,
      .help = "Its version once it was back is that of the good image." },
    { .name = "login_after_power", .type = FACT_TEXT, .help = "As login, after that." },
    { .name = "downgrade_answer",
      .type = FACT_TEXT,
      .help = "To the image of the version before: done, refused, or cut." },
    { .name = "downgraded",
      .type = FACT_BOOL,
      .help = "The device then showed another version than the newer one." },
    { .name = "returned",
      .type = FACT_BOOL,
      .help = "The version before is there again; left out where the newer one may stay." },
    FACT_END,
};

static const char guide[] =
    "  The profile declares update.image and update.image_version, the levers install_image and\n"
    "  read_version, and a way back: save_state with restore_state, reinstall, or update.stays.\n";

static enum status power_part(struct trial *trial, struct error *reterr)
{
    struct probe_call *call = trial->call;
    struct trial_look look;
    const char *login;
    bool gone;

    if (!trial_has_power(trial)) {
        return STATUS_OK;
    }
    TRY(trial_power_off(trial, &gone, reterr));
    TRY(trial_power_on(trial, reterr));
    probe_fact_bool(call, "power_cut", gone);
    TRY(trial_wait(trial, NULL, trial->settle_ms, &look, reterr));
    probe_fact_bool(call, "alive_after_power", look.alive);
    probe_fact_bool(call, "kept", trial_is_new(trial, &look));
    if (look.version_known) {
        probe_fact_text(call, "version_after_power", look.version);
        TRY(trial_login(trial, &login, reterr));
        if (login != NULL) {
            probe_fact_text(call, "login_after_power", login);
        }
    }
    return STATUS_OK;
}

/* What an attempt to go back to the version before leads to is only written down. */
static enum status downgrade_part(struct trial *trial, struct error *reterr)
{
    DEFER(bytes_done) struct bytes image = bytes_bounded(FIRMWARE_FILE_MAX);
    const char *path = trial->update->current_image;
    char newer[VERSION_TEXT_SIZE];
    struct trial_offer offer;
    struct trial_look look;

    if (!probe_param_bool(trial->call, "downgrade") || path == NULL) {
        return STATUS_OK;
    }
    TRY(trial_wait(trial, NULL, trial->settle_ms, &look, reterr));
    if (!trial_is_new(trial, &look)) {
        return STATUS_OK;
    }
    TRY(firmware_read(path, &image, reterr));
    /* The version that must not change is now the newer one. */
    memcpy(newer, trial->before, sizeof newer);
    memcpy(trial->before, look.version, sizeof trial->before);
    TRY(trial_offer(trial, &image, 0, trial->settle_ms, &offer, reterr));
    probe_fact_text(trial->call, "downgrade_answer", lever_word_text(offer.word));
    probe_fact_bool(trial->call, "downgraded", trial_is_changed(trial, &offer.look));
    memcpy(trial->before, newer, sizeof newer);
    return STATUS_OK;
}

static enum status install(struct trial *trial, struct error *reterr)
{
    struct probe_call *call = trial->call;
    struct trial_offer offer;
    const char *login;

    TRY(trial_offer(trial, &trial->good, 0, trial->settle_ms, &offer, reterr));
    if (offer.word == LEVER_CUT && !trial_is_new(trial, &offer.look)) {
        return fail(reterr, STATUS_IO, "the lever install_image failed: %s", offer.words);
    }
    probe_fact_text(call, "answer", lever_word_text(offer.word));
    if (offer.word == LEVER_REFUSED) {
        probe_fact_text(call, "answer_words", offer.words);
    }
    probe_fact_bool(call, "alive", offer.look.alive);
    probe_fact_bool(call, "installed", trial_is_new(trial, &offer.look));
    if (offer.look.version_known) {
        probe_fact_text(call, "version_after", offer.look.version);
        TRY(trial_login(trial, &login, reterr));
        if (login != NULL) {
            probe_fact_text(call, "login", login);
        }
    }
    if (!trial_is_new(trial, &offer.look)) {
        return STATUS_OK;
    }
    probe_fact_int(call, "took_ms", offer.took_ms);
    TRY(power_part(trial, reterr));
    return downgrade_part(trial, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { 0 };
    bool ready = false;

    if (call->subject->update == NULL || call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares its update");
    }
    TRY(trial_open(&trial, call, &ready, reterr));
    if (!ready) {
        return STATUS_OK;
    }
    if (trial.update->current_version != NULL) {
        probe_fact_bool(call, "as_declared",
                        strcmp(trial.before, trial.update->current_version) == 0);
    }
    TRY(trial_keep(&trial, reterr));
    TRY(install(&trial, reterr));
    TRY(trial_back(&trial, reterr));
    call->owes = false;
    if (trial.way != TRIAL_STAYS) {
        probe_fact_bool(call, "returned", true);
    }
    return STATUS_OK;
}

const struct probe probe_update_install = {
    .decl = { .name = "update_install",
              .summary = { .ja = "新しいイメージを利用者と同じ経路で適用し、版が変わり、電源断の"
                                 "後も保たれるかを調べる",
                           .en = "Installs the vendor's newer image, and sees whether its version "
                                 "is there and outlasts a loss of power" },
              .guide = guide,
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_UPDATE,
              .deadline_ms = 3600000 },
    .run = run,
    .restore = trial_restore,
    .restore_ms = 600000,
    .moves = TRIAL_MOVES,
};
