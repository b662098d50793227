/* outage - changes a password and settings, cuts power or network, and looks at what the device
 * still knows when it is back; then puts everything as it was.
 *
 * By hand: hoshitori probe outage --profile profile.yaml --auth admin-login --param event=network
 */
#include "outage.h"

#include "base/clock.h"
#include "base/text.h"
#include "probe/web.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

extern const struct probe probe_outage;

enum { LOCKOUT_LEAST = 3, ASK_AGAIN_MS = 150, HANGS_MS = 5000 };

static void outage_done(struct outage *outage)
{
    held_done(outage);
    course_close(&outage->account);
    secret_done(&outage->label);
}

static enum moment moment_of(const char *word)
{
    if (text_equal(word, "after_credential_change")) {
        return MOMENT_AFTER_CREDENTIAL;
    }
    return text_equal(word, "during_setting_change") ? MOMENT_DURING_SETTING : MOMENT_IDLE;
}

static const char *declared_of(const struct outage *outage)
{
    return secret_reveal(&outage->account.credential->secret);
}

/* The default of the unit on the bench. */
static enum status label_read(struct outage *outage, struct error *reterr)
{
    const struct profile *profile = outage->call->subject->profile;
    const struct auth *auth = outage->account.auth;
    const char *path = profile->unit_count > 0 ? profile->units[0].label_password_file : NULL;

    if (path == NULL || (auth->default_user != NULL &&
                         !text_equal(auth->default_user, outage->account.credential->user))) {
        return STATUS_OK;
    }
    TRY(secret_from_file(&outage->label, path, true, SECRET_FOR_CHILDREN, reterr));
    outage->is_default = text_equal(secret_reveal(&outage->label), declared_of(outage));
    return STATUS_OK;
}

static enum status outage_open(struct outage *outage, struct probe_call *call, struct arena *arena,
                               struct error *reterr)
{
    if (call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile");
    }
    outage->call = call;
    outage->power = text_equal(probe_param_text(call, "event"), "power");
    outage->moment = moment_of(probe_param_text(call, "moment"));
    TRY(course_open(&outage->account, call, arena, reterr));
    TRY(label_read(outage, reterr));
    held_find(outage);
    return STATUS_OK;
}

static void logs_in_fact(struct outage *outage, const char *name, enum attempt_word word,
                         bool accepted_is)
{
    if (word == ATTEMPT_ACCEPTED || word == ATTEMPT_REJECTED) {
        probe_fact_bool(outage->call, name, (word == ATTEMPT_ACCEPTED) == accepted_is);
    }
}

static bool may_begin(struct outage *outage)
{
    const struct course *account = &outage->account;
    const char *why = NULL;

    if (!cut_can(outage, &why)) {
        probe_fact_text(outage->call, "not_tried", why);
        return false;
    }
    if (account->auth->lockout.after > 0 && account->auth->lockout.after < LOCKOUT_LEAST) {
        probe_fact_text(outage->call, "not_tried",
                        "the declared lock-out comes after fewer than 3 wrong log-ins");
        return false;
    }
    if (account->budget < LOGINS_LEAST) {
        probe_fact_text(outage->call, "not_tried", "limits.login_attempts is below 20");
        return false;
    }
    return true;
}

/* The device as it is declared, and what it shows of itself. */
static enum status before(struct outage *outage, bool *ret_as_declared, struct error *reterr)
{
    enum attempt_word declared = ATTEMPT_UNCLEAR;
    enum attempt_word temporary = ATTEMPT_UNCLEAR;

    TRY(course_login(&outage->account, outage->account.temporary, &temporary, reterr));
    logs_in_fact(outage, "new_refused_before", temporary, false);
    TRY(course_login(&outage->account, declared_of(outage), &declared, reterr));
    logs_in_fact(outage, "old_accepted_before", declared, true);
    *ret_as_declared = declared == ATTEMPT_ACCEPTED && temporary == ATTEMPT_REJECTED;
    if (!*ret_as_declared) {
        return STATUS_OK;
    }
    TRY(roll_call(outage->call, 0, &outage->before, reterr));
    TRY(version_read(outage->call, outage->version, &outage->version_known, reterr));
    if (outage->version_known) {
        probe_fact_text(outage->call, "version_before", outage->version);
    }
    return first_state_can(outage->call) ? first_state_keep(outage->call, reterr) : STATUS_OK;
}

/* *ret_changed: the device said so, and (unless the cut is to follow at once) the new one logs
 * in. */
static enum status credential_change(struct outage *outage, bool *ret_changed, struct error *reterr)
{
    struct course *account = &outage->account;
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    enum attempt_word word = ATTEMPT_UNCLEAR;
    enum change_word answer = CHANGE_UNCLEAR;
    bool in = false;

    *ret_changed = false;
    TRY(visitor_enter(account, declared_of(outage), &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    TRY(visitor_changes(account, &user, declared_of(outage), account->temporary, &answer, reterr));
    *ret_changed = answer == CHANGE_ACCEPTED;
    if (outage->moment != MOMENT_AFTER_CREDENTIAL) {
        TRY(course_login(account, account->temporary, &word, reterr));
        *ret_changed = word == ATTEMPT_ACCEPTED;
    }
    if (*ret_changed && outage->moment != MOMENT_AFTER_CREDENTIAL) {
        /* Who takes both says nothing by taking the old one after the cut. */
        TRY(course_login(account, declared_of(outage), &word, reterr));
        *ret_changed = word == ATTEMPT_REJECTED;
    }
    return STATUS_OK;
}

/* ---- afterwards ---- */

static enum status credentials_after(struct outage *outage, struct error *reterr)
{
    struct course *account = &outage->account;
    enum attempt_word word = ATTEMPT_UNCLEAR;

    TRY(course_login(account, declared_of(outage), &word, reterr));
    logs_in_fact(outage, "previous_refused", word, false);
    if (outage->is_default) {
        logs_in_fact(outage, "default_refused", word, false);
    }
    TRY(course_login(account, account->temporary, &word, reterr));
    logs_in_fact(outage, "new_credential_works", word, true);
    if (outage->label.length > 0 && !outage->is_default) {
        TRY(course_login(account, secret_reveal(&outage->label), &word, reterr));
        logs_in_fact(outage, "default_refused", word, false);
    }
    return STATUS_OK;
}

/* The same change without a cut: where that is in vain as well, the cut lost nothing. */
static enum status change_again(struct outage *outage, struct error *reterr)
{
    struct course *account = &outage->account;
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    enum attempt_word word = ATTEMPT_UNCLEAR;
    enum change_word answer = CHANGE_UNCLEAR;
    bool in = false;

    TRY(visitor_enter(account, declared_of(outage), &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    TRY(visitor_changes(account, &user, declared_of(outage), account->temporary, &answer, reterr));
    TRY(course_login(account, account->temporary, &word, reterr));
    logs_in_fact(outage, "change_possible", word, true);
    return STATUS_OK;
}

/* Services come up one after the other: those that are missing get the rest of the time. */
static enum status services_after(struct outage *outage, int64_t deadline_ms, struct error *reterr)
{
    const struct timespec pause = { .tv_nsec = ASK_AGAIN_MS * 1000000L };
    struct probe_call *call = outage->call;
    enum roll_keys keys;
    char missing[64];
    bool back;

    for (;;) {
        TRY(roll_call(call, deadline_ms, &outage->after, reterr));
        back = roll_is_back(&outage->before, &outage->after, missing, sizeof missing);
        if (back || clock_monotonic_ms() > deadline_ms) {
            break;
        }
        (void) nanosleep(&pause, NULL);
    }
    probe_fact_bool(call, "services_back", back);
    outage->hangs = !back;
    keys = roll_keys_compare(&outage->before, &outage->after);
    if (keys != ROLL_KEYS_UNKNOWN) {
        probe_fact_bool(call, "keys_same", keys == ROLL_KEYS_SAME);
        outage->differs = keys != ROLL_KEYS_SAME;
    }
    probe_fact_json(call, "services", roll_rows(&outage->before, &outage->after));
    return STATUS_OK;
}

static enum status version_after(struct outage *outage, struct error *reterr)
{
    char now[VERSION_TEXT_SIZE];
    bool known = false;

    if (!outage->version_known) {
        return STATUS_OK;
    }
    TRY(version_read(outage->call, now, &known, reterr));
    if (known) {
        probe_fact_text(outage->call, "version_after", now);
        probe_fact_bool(outage->call, "version_same", text_equal(now, outage->version));
        outage->differs = outage->differs || !text_equal(now, outage->version);
    }
    return STATUS_OK;
}

static void settings_facts(struct outage *outage)
{
    json_t *rows = json_array();
    json_t *lost = json_array();
    json_t *half = json_array();
    json_t *kept = json_array();
    json_t *unread = json_array();

    for (size_t i = 0; i < outage->held_count; i++) {
        const struct held *held = &outage->held[i];

        if (held->state == NULL) {
            continue;
        }
        probe_list_add(rows, json_pack("{s:s, s:s}", "setting", held->id, "state", held->state));
        if (text_equal(held->state, "kept")) {
            probe_list_add_text(kept, held->id);
        } else if (text_equal(held->state, "half-written")) {
            probe_list_add_text(half, held->id);
        } else {
            probe_list_add_text(text_equal(held->state, "unread") ? unread : lost, held->id);
        }
    }
    probe_fact_json(outage->call, "settings", rows);
    probe_fact_json(outage->call, "settings_kept", kept);
    probe_fact_json(outage->call, "settings_lost", lost);
    probe_fact_json(outage->call, "half_written", half);
    probe_fact_json(outage->call, "settings_unread", unread);
}

/* A service that a loss of the network left hanging comes back with the power. */
static enum status wake(struct outage *outage, struct error *reterr)
{
    struct probe_call *call = outage->call;
    bool alive = false;

    if (control_has(call, LEVER_POWER_OFF, NULL) && control_has(call, LEVER_POWER_ON, NULL)) {
        TRY(control_pull(call, LEVER_POWER_OFF, NULL, NULL, reterr));
        TRY(control_pull(call, LEVER_POWER_ON, NULL, NULL, reterr));
    } else if (control_has(call, LEVER_POWER_CYCLE, NULL)) {
        TRY(control_pull(call, LEVER_POWER_CYCLE, NULL, NULL, reterr));
    }
    return control_wait_alive(call, (int64_t) call->subject->profile->settle_s * 1000, &alive, NULL,
                              reterr);
}

static enum status go_back(struct outage *outage, struct error *reterr)
{
    enum return_word word = RETURN_FAILED;
    bool back = false;
    bool kept = false;

    if (outage->hangs) {
        TRY(wake(outage, reterr));
    }
    TRY(course_return(&outage->account, false, &word, reterr));
    if (word == RETURN_FAILED) {
        return STATUS_OK; /* owed: restore() has more time, and the bench */
    }
    TRY(held_compare(outage, &back, reterr));
    settings_facts(outage);
    if (outage->differs && first_state_can(outage->call)) { /* a key, a version: the bench's copy */
        TRY(first_state_return(outage->call, &kept, reterr));
        if (!kept) {
            return fail(reterr, STATUS_IO,
                        "the bench refuses to bring back the state that it kept");
        }
        TRY(course_return(&outage->account, false, &word, reterr));
    }
    probe_fact_bool(outage->call, "brought_back", back && word == RETURN_DONE);
    outage->call->owes = !back || word == RETURN_FAILED;
    return STATUS_OK;
}

static void cut_facts(struct outage *outage, const struct cut *cut, bool scribed)
{
    struct probe_call *call = outage->call;

    probe_fact_bool(call, "cut_seen", cut->seen);
    probe_fact_bool(call, "back", cut->back);
    if (cut->back) {
        probe_fact_int(call, "back_after_ms", cut->back_after_ms);
    }
    if (scribed) {
        probe_fact_int(call, "writes", cut->written);
        probe_fact_bool(call, "write_cut_short", cut->broken);
    }
}

static enum status cut_and_look(struct outage *outage, struct error *reterr)
{
    struct probe_call *call = outage->call;
    DEFER(scribe_done) struct scribe scribe = { .held = NULL };
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    struct cut cut = { .seen = false };
    int64_t deadline_ms;
    bool writes = false;

    if (outage->moment == MOMENT_DURING_SETTING) {
        TRY(scribe_begin(outage, outage->account.temporary, &scribe, &writes, reterr));
        if (!writes) {
            probe_fact_text(call, "not_tried", "no declared setting can be written and read back");
            return STATUS_OK;
        }
    }
    TRY(cut_make(outage, writes ? &scribe : NULL, &cut, reterr));
    cut_facts(outage, &cut, writes);
    outage->gone = !cut.back;
    if (outage->gone) {
        return STATUS_OK;
    }
    deadline_ms = probe_deadline_within(call, settle_ms - cut.back_after_ms);
    TRY(services_after(outage, deadline_ms, reterr));
    TRY(credentials_after(outage, reterr));
    if (outage->moment == MOMENT_AFTER_CREDENTIAL &&
        json_is_false(json_object_get(call->facts, "new_credential_works"))) {
        TRY(change_again(outage, reterr));
    }
    return version_after(outage, reterr);
}

static enum status walk(struct outage *outage, struct error *reterr)
{
    struct probe_call *call = outage->call;
    bool as_declared = false;
    bool changed = false;

    outage->account.budget = (unsigned) probe_param_int(call, "budget");
    if (!may_begin(outage)) {
        return STATUS_OK;
    }
    TRY(before(outage, &as_declared, reterr));
    if (!as_declared) {
        return STATUS_OK;
    }
    call->owes = true;
    TRY(held_mark(outage, reterr));
    TRY(credential_change(outage, &changed, reterr));
    probe_fact_bool(call, "changed", changed);
    if (changed) {
        TRY(cut_and_look(outage, reterr));
    }
    /* Nothing is put back on a device that is not there: restore() has the bench's help. */
    return outage->gone ? STATUS_OK : go_back(outage, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(outage_done) struct outage outage = { .call = call };
    enum status status;

    TRY(outage_open(&outage, call, arena, reterr));
    status = walk(&outage, reterr);
    if (outage.account.detail[0] != '\0') {
        probe_fact_text(call, "detail", outage.account.detail);
    }
    return status;
}

/* ---- the way back ---- */

static enum status undo(struct outage *outage, struct error *reterr)
{
    enum return_word word = RETURN_FAILED;

    struct roll roll;

    TRY(control_bring_back(outage->call, reterr));
    TRY(roll_call(outage->call, probe_deadline_within(outage->call, HANGS_MS), &roll, reterr));
    if (!roll_is_full(&roll)) {
        TRY(wake(outage, reterr));
    }
    TRY(course_return(&outage->account, true, &word, reterr));
    if (word == RETURN_FAILED) {
        return fail(
            reterr, STATUS_UNREACHABLE, "the declared password of %s could not be put back (%s)",
            outage->account.credential->role,
            outage->account.detail[0] != '\0' ? outage->account.detail
                                              : "neither it nor the temporary one is accepted");
    }
    return held_recover(outage, reterr);
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(outage_done) struct outage outage = { .call = call };
    struct error first = { .status = STATUS_OK };
    const int64_t deadline_ms = call->deadline_ms;
    bool kept = false;
    enum status status;

    TRY(outage_open(&outage, call, arena, reterr));
    if (!first_state_can(call)) {
        return undo(&outage, reterr);
    }
    /* By the device's own means first; the bench's copy is the last resort, and has the rest. */
    call->deadline_ms -= (deadline_ms - clock_monotonic_ms()) / 2;
    status = undo(&outage, &first);
    call->deadline_ms = deadline_ms;
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    TRY(first_state_return(call, &kept, reterr));
    return kept ? undo(&outage, reterr) : fail(reterr, status, "%s", first.message);
}

static const char *const event_choices[] = { "power", "network", NULL };
static const char *const moment_choices[] = { "idle", "after_credential_change",
                                              "during_setting_change", NULL };

static const struct param params[] = {
    { .name = "event",
      .type = FACT_TEXT,
      .help = "What is taken away.",
      .fallback = "\"power\"",
      .choices = event_choices },
    { .name = "moment",
      .type = FACT_TEXT,
      .help = "When: nothing is going on, right after the answer to a change of the password, or "
              "while a setting is written.",
      .fallback = "\"idle\"",
      .choices = moment_choices },
    { .name = "cut_within_ms",
      .type = FACT_INT,
      .help = "The device must be silent so soon after the lever, or nothing was cut.",
      .fallback = "5000",
      .minimum = 100,
      .maximum = 60000 },
    { .name = "down_ms",
      .type = FACT_INT,
      .help = "How long it stays cut off; longer for devices that live on capacitors.",
      .fallback = "300",
      .minimum = 0,
      .maximum = 120000 },
    { .name = "budget",
      .type = FACT_INT,
      .help = "The most log-ins; those that bring the device back are not counted.",
      .fallback = "40",
      .minimum = 1,
      .maximum = 2000 },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Whose password; by default as auth.change.role says, else the first declared." },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact service_columns[] = {
    { .name = "service", .type = FACT_TEXT, .help = "Id of the declared service." },
    { .name = "before", .type = FACT_BOOL, .help = "It answered in its protocol before." },
    { .name = "after", .type = FACT_BOOL, .help = "It does so again." },
    { .name = "key_before",
      .type = FACT_TEXT,
      .help = "First 16 digits of the SHA-256 of its public key (TLS, SSH); empty: none seen." },
    { .name = "key_after", .type = FACT_TEXT, .help = "The same afterwards." },
    FACT_END,
};

static const struct fact setting_columns[] = {
    { .name = "setting", .type = FACT_TEXT, .help = "Id of the access path or setting." },
    { .name = "state",
      .type = FACT_TEXT,
      .help = "kept: what was written last; old: what stood there before; half-written: neither, "
              "after a write that was cut short; other; unread." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "old_accepted_before",
      .type = FACT_BOOL,
      .help = "The declared password was accepted before anything was changed." },
    { .name = "new_refused_before",
      .type = FACT_BOOL,
      .help = "The value that it would be changed to was refused before." },
    { .name = "changed",
      .type = FACT_BOOL,
      .help =
          "The password was changed before the cut: the device said so, and unless the cut came "
          "at once the new one logged in and the old one did not." },
    { .name = "change_possible",
      .type = FACT_BOOL,
      .help =
          "Where the change was gone after a cut that came at once: the same change without one "
          "took effect." },
    { .name = "cut_seen", .type = FACT_BOOL, .help = "The device fell silent at the lever." },
    { .name = "writes",
      .type = FACT_INT,
      .help = "Writes of a setting that were answered until then (during_setting_change)." },
    { .name = "write_cut_short",
      .type = FACT_BOOL,
      .help = "The last of them had no answer: the cut came in between." },
    { .name = "back", .type = FACT_BOOL, .help = "It answers again within control.settle_s." },
    { .name = "back_after_ms", .type = FACT_INT, .help = "After so long." },
    { .name = "services_back",
      .type = FACT_BOOL,
      .help = "Every declared service that answered before does again within the same time." },
    { .name = "services", .type = FACT_ROWS, .help = "One by one.", .columns = service_columns },
    { .name = "keys_same",
      .type = FACT_BOOL,
      .help = "Every public key (TLS, SSH) is the one of before; absent when none was seen." },
    { .name = "new_credential_works",
      .type = FACT_BOOL,
      .help = "The changed password is accepted after the cut, and reaches something." },
    { .name = "previous_refused",
      .type = FACT_BOOL,
      .help = "The password before the change is refused after the cut." },
    { .name = "default_refused",
      .type = FACT_BOOL,
      .help = "So is the one on the label; absent when the profile does not tell it." },
    { .name = "version_before", .type = FACT_TEXT, .help = "By the lever read_version." },
    { .name = "version_after", .type = FACT_TEXT, .help = "The same afterwards." },
    { .name = "version_same", .type = FACT_BOOL, .help = "Both are the same." },
    { .name = "settings",
      .type = FACT_ROWS,
      .help = "Settings that had been written and read back before the cut.",
      .columns = setting_columns },
    { .name = "settings_kept", .type = FACT_TEXTS, .help = "Those that hold what was written." },
    { .name = "settings_lost", .type = FACT_TEXTS, .help = "Those that hold something else." },
    { .name = "settings_unread",
      .type = FACT_TEXTS,
      .help = "Those whose reading was not answered with a value: nothing is known." },
    { .name = "half_written",
      .type = FACT_TEXTS,
      .help = "Those that hold none of the values ever written, after a write that was cut." },
    { .name = "brought_back",
      .type = FACT_BOOL,
      .help = "Password and settings are as they were before the check." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "Why nothing was cut." },
    { .name = "detail",
      .type = FACT_TEXT,
      .help = "What the last answer that was no plain acceptance or refusal looked like." },
    FACT_END,
};

const struct probe probe_outage = {
    .decl = {
        .name = "outage",
        .summary = { .ja = "パスワードと設定を変えてから電源または回線を切り、戻った後に何が保たれているかを観測して、元に戻す",
                     .en = "Changes a password and settings, cuts power or network, records what the device still knows when it is back, and undoes it" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 400000,
        .kept_attempts = 8,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 180000,
    .moves = LEVER_BIT(LEVER_POWER_OFF) | LEVER_BIT(LEVER_NETWORK_DOWN) |
             LEVER_BIT(LEVER_READ_SETTING) | LEVER_BIT(LEVER_WRITE_SETTING) | CONTROL_BACK_MOVES |
             FIRST_STATE_MOVES,
};
