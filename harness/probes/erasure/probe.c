/* erasure - leaves data with markers on the device by every declared way, erases by one of the
 * declared ways, and looks for what is left: markers, sessions, tokens, accounts, passwords, and
 * whether the software is still the same.  The bench then brings the unit's state back.
 *
 * By hand: hoshitori probe erasure --profile profile.yaml --erasure page
 */
#include "erasure.h"

#include "base/clock.h"
#include "base/text.h"
#include "probe/firmware.h"
#include "probe/web.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

extern const struct probe probe_erasure;

enum { ASK_AGAIN_MS = 150, SETTLED_MS = 300 };

static void erasure_done(struct erasure *erasure)
{
    plants_done(erasure);
    guest_done(&erasure->session);
    if (erasure->account_open) {
        course_close(&erasure->account);
    }
    json_decref(erasure->account_params);
    json_decref(erasure->open_before);
    secret_done(&erasure->label);
    secret_wipe(erasure->fresh, sizeof erasure->fresh);
}

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* ---- who gets in ---- */

static bool is_entrance(const struct auth *auth)
{
    const char *protocol = auth->service->protocol;
    const char *scheme = web_scheme(auth);

    return text_equal(auth->account_of, auth->id) && auth->credential_count > 0 &&
           (text_equal(protocol, "http") || text_equal(protocol, "https")) &&
           (text_equal(scheme, "form") || text_equal(scheme, "basic") ||
            text_equal(scheme, "digest"));
}

static const struct credential *highest(const struct profile *profile, const struct auth *auth)
{
    for (size_t i = 0; i < profile->role_count; i++) {
        const struct credential *credential = auth_credential(auth, profile->roles[i]);

        if (credential != NULL) {
            return credential;
        }
    }
    return &auth->credentials[0];
}

static void entrance_find(struct erasure *erasure)
{
    const struct profile *profile = erasure->call->subject->profile;
    struct entrance *entrance = &erasure->entrance;

    for (size_t i = 0; i < profile->auth_count && entrance->auth == NULL; i++) {
        if (is_entrance(&profile->auths[i])) {
            entrance->auth = &profile->auths[i];
        }
    }
    if (entrance->auth == NULL) {
        return;
    }
    entrance->top = highest(profile, entrance->auth);
    entrance->subject = *erasure->call->subject;
    entrance->subject.auth = entrance->auth;
    entrance->subject.service = entrance->auth->service;
    entrance->call = *erasure->call;
    entrance->call.subject = &entrance->subject;
    entrance->call.port = entrance->auth->service->port;
}

static enum status label_read(struct erasure *erasure, struct error *reterr)
{
    const struct profile *profile = erasure->call->subject->profile;
    const char *path = profile->unit_count > 0 ? profile->units[0].label_password_file : NULL;

    return path == NULL
               ? STATUS_OK
               : secret_from_file(&erasure->label, path, true, SECRET_FOR_CHILDREN, reterr);
}

/* ---- before ---- */

/* A password of somebody else's than who erases: the lowest declared account. */
static enum status account_find(struct erasure *erasure, struct arena *arena, struct error *reterr)
{
    const struct auth *auth = erasure->entrance.auth;
    const struct credential *lowest;
    json_t *params;

    if (auth == NULL || auth->credential_count < 2 || auth->change.request.path == NULL ||
        auth->change.forbidden) {
        return STATUS_OK;
    }
    lowest = &auth->credentials[auth->credential_count - 1];
    if (lowest == erasure->entrance.top ||
        text_equal(lowest->role, erasure->call->subject->erasure->role)) {
        return STATUS_OK;
    }
    params = json_deep_copy(erasure->entrance.call.params);
    (void) json_object_set_new(params, "role", json_string(lowest->role));
    erasure->account_call = erasure->entrance.call;
    erasure->account_params = params;
    erasure->account_call.params = params;
    TRY(course_open(&erasure->account, &erasure->account_call, arena, reterr));
    erasure->account_open = true;
    return STATUS_OK;
}

static enum status account_change(struct erasure *erasure, struct error *reterr)
{
    struct course *account = &erasure->account;
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    enum attempt_word word = ATTEMPT_UNCLEAR;
    enum change_word answer = CHANGE_UNCLEAR;
    const char *declared;
    bool in = false;

    if (!erasure->account_open) {
        return STATUS_OK;
    }
    declared = secret_reveal(&account->credential->secret);
    TRY(visitor_enter(account, declared, &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    TRY(visitor_changes(account, &user, declared, account->temporary, &answer, reterr));
    TRY(course_login(account, account->temporary, &word, reterr));
    erasure->account_changed = word == ATTEMPT_ACCEPTED;
    probe_fact_bool(erasure->call, "credential_changed", erasure->account_changed);
    return STATUS_OK;
}

/* A session that reads something that was planted. */
static enum status session_open(struct erasure *erasure, struct error *reterr)
{
    const struct plant *seen = NULL;

    for (size_t i = 0; i < erasure->plant_count && seen == NULL; i++) {
        const struct auth *auth = erasure->plants[i].subject.auth;

        if (erasure->plants[i].planted && text_equal(web_scheme(auth), "form")) {
            seen = &erasure->plants[i];
        }
    }
    if (seen == NULL) {
        return STATUS_OK;
    }
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_request *read = &seen->subject.access->read;
    struct plant *plant = &erasure->plants[seen - erasure->plants];

    TRY(guest_new(&plant->call, GUEST_ROLE, NULL, &erasure->session, reterr));
    TRY(guest_login(&erasure->session, reterr));
    TRY(guest_ask(&erasure->session, read, seen->marker, false, &answer, reterr));
    if (web_view(&answer, read->path, false).word == WEB_GRANTED) {
        erasure->seen = seen;
    }
    probe_fact_bool(erasure->call, "session_before", erasure->seen != NULL);
    return STATUS_OK;
}

/* ---- newer than it was delivered ---- */

/* What runs from now on is not what the unit left the factory with. */
static enum status update_first(struct erasure *erasure, char version[VERSION_TEXT_SIZE],
                                struct error *reterr)
{
    DEFER(bytes_done) struct bytes image = bytes_bounded(LEVER_IMAGE_MAX);
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct probe_call *call = erasure->call;
    const struct update *update = call->subject->profile->update;
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    const struct lever_input input = { .image = &image };
    int64_t deadline_ms;
    char now[VERSION_TEXT_SIZE] = "";
    bool known = false;
    bool alive = false;

    if (!probe_param_bool(call, "update") || update == NULL || update->image == NULL ||
        version[0] == '\0' || !control_has(call, LEVER_INSTALL_IMAGE, NULL)) {
        return STATUS_OK;
    }
    TRY(firmware_read(update->image, &image, reterr));
    TRY(control_pull(call, LEVER_INSTALL_IMAGE, &input, &output, reterr));
    deadline_ms = probe_deadline_within(call, settle_ms);
    do {
        pause_ms(ASK_AGAIN_MS);
        TRY(control_wait_alive(call, settle_ms, &alive, NULL, reterr));
        if (alive && version_read(call, now, &known, NULL) != STATUS_OK) {
            now[0] = '\0'; /* it restarts just now */
        }
    } while ((now[0] == '\0' || text_equal(now, version)) && clock_monotonic_ms() < deadline_ms);
    probe_fact_bool(call, "updated_before", now[0] != '\0' && !text_equal(now, version));
    if (now[0] != '\0') {
        (void) snprintf(version, VERSION_TEXT_SIZE, "%s", now);
    }
    return STATUS_OK;
}

/* ---- the erasure ---- */

/* An erasure may go on behind its answer, and may restart the device: done when the session that
 * was open has ended, the device is gone, or the time is up; then the device must be there. */
static enum status settle(struct erasure *erasure, int64_t within_ms, bool *ret_back,
                          struct error *reterr)
{
    struct probe_call *call = erasure->call;
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    int64_t deadline_ms = probe_deadline_within(call, within_ms);
    int64_t gone_ms = erasure->seen != NULL ? SETTLED_MS : within_ms;
    bool gone = false;

    while (erasure->seen != NULL && clock_monotonic_ms() < deadline_ms) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        const struct http_request *read = &erasure->seen->subject.access->read;

        TRY(guest_ask(&erasure->session, read, erasure->seen->marker, false, &answer, reterr));
        if (answer.event != HTTP_ANSWERED ||
            web_view(&answer, read->path, false).word == WEB_REFUSED) {
            erasure->stirred = true;
            break;
        }
        pause_ms(ASK_AGAIN_MS);
    }
    TRY(control_wait_gone(call, gone_ms, &gone, reterr));
    erasure->stirred = erasure->stirred || gone;
    return control_wait_alive(call, settle_ms, ret_back, NULL, reterr);
}

static enum status erase(struct erasure *erasure, bool *ret_erased, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct probe_call *call = erasure->call;
    const struct lever_way *way = call->subject->erasure;
    const struct lever_input input = { .way = way->id };
    bool back = false;

    TRY(control_pull(call, way->lever, &input, &output, reterr));
    *ret_erased = output.word == LEVER_DONE;
    probe_fact_bool(call, "accepted", *ret_erased);
    if (!*ret_erased) {
        probe_fact_text(call, "detail", output.detail);
        return STATUS_OK;
    }
    TRY(settle(erasure, probe_param_int(call, "erased_within_ms"), &back, reterr));
    probe_fact_bool(call, "back", back);
    *ret_erased = back;
    return STATUS_OK;
}

/* The device itself took the request, or something about it is another than before.  Otherwise a
 * tool of the bench, or a person, may have moved nothing at all. */
static bool has_moved(const struct erasure *erasure)
{
    const struct lever_way *way = erasure->call->subject->erasure;
    bool moved = erasure->stirred || (way->by == LEVER_BY_REQUEST && way->at.address == NULL);

    for (size_t i = 0; i < erasure->plant_count; i++) {
        moved = moved || (erasure->plants[i].planted && erasure->plants[i].state == PLANT_GONE);
    }
    return moved || json_is_true(json_object_get(erasure->call->facts, "session_refused"));
}

static enum status look_after(struct erasure *erasure, const char *version, bool version_known,
                              struct error *reterr)
{
    struct probe_call *call = erasure->call;
    char now[VERSION_TEXT_SIZE];
    bool known = false;

    TRY(delivery_look(erasure, reterr));
    probe_fact_bool(call, "got_in", erasure->entrance.password != NULL);
    TRY(search_patiently(erasure, reterr));
    TRY(search_session(erasure, reterr));
    TRY(search_leftovers(erasure, reterr));
    probe_fact_bool(call, "moved", has_moved(erasure));
    TRY(search_after_start(erasure, reterr));
    search_facts(erasure);
    if (version_known) {
        TRY(version_read(call, now, &known, reterr));
    }
    if (known) {
        probe_fact_text(call, "version_after", now);
        probe_fact_bool(call, "version_same", text_equal(now, version));
    }
    return STATUS_OK;
}

/* ---- the way back ---- */

/* The bench has brought the unit back: what is declared of it must hold again. */
static enum status confirm(struct erasure *erasure, struct error *reterr)
{
    const struct auth *auth = erasure->entrance.auth;

    for (size_t i = 0; auth != NULL && i < auth->credential_count; i++) {
        const struct credential *credential = &auth->credentials[i];
        enum attempt_word word = ATTEMPT_UNCLEAR;

        TRY(entrance_try(erasure, credential->user, secret_reveal(&credential->secret), true, &word,
                         reterr));
        if (word != ATTEMPT_ACCEPTED) {
            return fail(reterr, STATUS_UNREACHABLE,
                        "the bench was to bring the unit's state back, but the declared password "
                        "of %s is not accepted",
                        credential->role);
        }
    }
    return plants_are_away(erasure, reterr);
}

static enum status go_back(struct erasure *erasure, struct error *reterr)
{
    struct probe_call *call = erasure->call;
    bool kept = false;

    if (!first_state_can(call)) {
        probe_fact_bool(call, "left_erased", true);
        call->owes = false; /* the profile says that it may stay so */
        return STATUS_OK;
    }
    TRY(first_state_return(call, &kept, reterr));
    if (!kept) {
        return fail(reterr, STATUS_IO, "the bench refuses to bring back the state that it kept");
    }
    TRY(confirm(erasure, reterr));
    probe_fact_bool(call, "brought_back", true);
    call->owes = false;
    return STATUS_OK;
}

static bool may_begin(const struct erasure *erasure)
{
    struct probe_call *call = erasure->call;
    const char *why = NULL;

    if (!control_has(call, call->subject->erasure->lever, call->subject->erasure->id)) {
        why = "nobody here can move this lever";
    } else if (!first_state_can(call) && !call->subject->profile->user_data.stays_erased) {
        why = "no way back is declared: control.save_state and control.restore_state, or "
              "user_data.stays_erased";
    } else if (erasure->entrance.auth == NULL) {
        why = "the profile gives no account by which one logs in over HTTP";
    }
    if (why != NULL) {
        probe_fact_text(call, "not_tried", why);
    }
    return why == NULL;
}

static enum status erasure_open(struct erasure *erasure, struct arena *arena, struct error *reterr)
{
    const struct subject *subject = erasure->call->subject;

    if (subject->profile == NULL || subject->erasure == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a declared way to erase");
    }
    entrance_find(erasure);
    plants_find(erasure);
    TRY(label_read(erasure, reterr));
    return account_find(erasure, arena, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(erasure_done) struct erasure erasure = { .call = call };
    char version[VERSION_TEXT_SIZE] = "";
    bool version_known = false;
    bool erased = false;

    TRY(erasure_open(&erasure, arena, reterr));
    if (!may_begin(&erasure)) {
        return STATUS_OK;
    }
    if (first_state_can(call)) {
        TRY(first_state_keep(call, reterr));
    }
    call->owes = true;
    TRY(version_read(call, version, &version_known, reterr));
    TRY(update_first(&erasure, version, reterr));
    TRY(plants_set(&erasure, reterr));
    plants_before_facts(&erasure);
    TRY(account_change(&erasure, reterr));
    TRY(session_open(&erasure, reterr));
    TRY(delivery_look_before(&erasure, reterr));
    if (version_known) {
        probe_fact_text(call, "version_before", version);
    }
    TRY(erase(&erasure, &erased, reterr));
    if (erased) {
        TRY(look_after(&erasure, version, version_known, reterr));
    }
    return go_back(&erasure, reterr);
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(erasure_done) struct erasure erasure = { .call = call };
    struct error error = { .status = STATUS_OK };
    enum status status;
    bool kept = false;

    TRY(erasure_open(&erasure, arena, reterr));
    if (!first_state_can(call)) {
        return control_bring_back(call, reterr);
    }
    status = first_state_return(call, &kept, &error);
    if (status != STATUS_OK && status != STATUS_UNREACHABLE) {
        return fail(reterr, status, "%s", error.message);
    }
    /* Before there was a copy nothing was changed; and the power may be off. */
    if (!kept || status == STATUS_UNREACHABLE) {
        TRY(control_bring_back(call, reterr));
    }
    return confirm(&erasure, reterr);
}

static const struct param params[] = {
    { .name = "erased_within_ms",
      .type = FACT_INT,
      .help = "What is still found is looked for again for so long: an erasure may go on behind "
              "its answer.",
      .fallback = "5000",
      .minimum = 0,
      .maximum = 120000 },
    { .name = "update",
      .type = FACT_BOOL,
      .help = "Install update.image first, where there is a lever for it, so that the software is "
              "newer than it was delivered.",
      .fallback = "true" },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Not used; another account than the one that erases has its password changed." },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact marker_columns[] = {
    { .name = "data", .type = FACT_TEXT, .help = "Id of the planted data, or of the access path." },
    { .name = "kind", .type = FACT_TEXT, .help = "As user_data says; setting for an access path." },
    { .name = "state",
      .type = FACT_TEXT,
      .help = "gone: what reads it was answered, without the marker; found; unread; not planted." },
    { .name = "found_in", .type = FACT_TEXT, .help = "What still shows it; empty: nothing." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "planted",
      .type = FACT_TEXTS,
      .help = "Data whose marker was read back before the erasure: the others say nothing." },
    { .name = "not_visible", .type = FACT_TEXTS, .help = "Data whose marker was not." },
    { .name = "kinds", .type = FACT_TEXTS, .help = "The kinds of the planted data." },
    { .name = "tokens_before",
      .type = FACT_INT,
      .help = "Tokens that were handed out and opened something before." },
    { .name = "accounts_before",
      .type = FACT_INT,
      .help = "Planted accounts that logged in before." },
    { .name = "credential_changed",
      .type = FACT_BOOL,
      .help = "The password of the lowest declared account was changed before, and logged in; "
              "absent when there is no account but the one that erases." },
    { .name = "session_before",
      .type = FACT_BOOL,
      .help = "A session read planted data before; absent where there are no sessions." },
    { .name = "accepted", .type = FACT_BOOL, .help = "The device did not refuse to erase." },
    { .name = "back", .type = FACT_BOOL, .help = "It answers within control.settle_s." },
    { .name = "first_use_waits",
      .type = FACT_BOOL,
      .help = "It waits for its first password again; absent when no such flow is declared." },
    { .name = "open_to_anybody",
      .type = FACT_TEXTS,
      .help = "Declared access paths that it hands out to nobody in particular, and did not "
              "before." },
    { .name = "open_before",
      .type = FACT_TEXTS,
      .help = "Those that it handed out so before already: not asked again." },
    { .name = "paths_tried", .type = FACT_INT, .help = "Of so many." },
    { .name = "guesses", .type = FACT_INT, .help = "Common passwords clearly answered." },
    { .name = "moved",
      .type = FACT_BOOL,
      .help = "The device itself took the erasure over HTTP, was silent for a while, or has lost "
              "anything; false: whether a lever of the bench moved is not known." },
    { .name = "guessed", .type = FACT_TEXTS, .help = "Labels of those that logged in." },
    { .name = "label_accepted",
      .type = FACT_BOOL,
      .help = "The password on the unit's label logs in." },
    { .name = "declared_accepted",
      .type = FACT_BOOL,
      .help = "The password declared for the highest account still does; absent when the label's "
              "did." },
    { .name = "got_in",
      .type = FACT_BOOL,
      .help = "Somebody could log in, so what was searched was not searched as a stranger." },
    { .name = "markers",
      .type = FACT_ROWS,
      .help = "What became of each.",
      .columns = marker_columns },
    { .name = "started_again",
      .type = FACT_BOOL,
      .help = "After all that the device was seen to lose its power, came back, and was searched "
              "once more. Left out without power_off and power_on." },
    { .name = "remaining", .type = FACT_TEXTS, .help = "Data whose marker is still there." },
    { .name = "unread", .type = FACT_TEXTS, .help = "Data whose own reading was not answered." },
    { .name = "searched", .type = FACT_TEXTS, .help = "What was read to find markers." },
    { .name = "not_searched",
      .type = FACT_TEXTS,
      .help = "Declared access paths that are read over something else than HTTP." },
    { .name = "session_refused",
      .type = FACT_BOOL,
      .help = "The session of before is worth "
              "nothing." },
    { .name = "tokens_refused", .type = FACT_BOOL, .help = "No token of before opens anything." },
    { .name = "accounts_refused", .type = FACT_BOOL, .help = "No planted account logs in." },
    { .name = "changed_credential_refused",
      .type = FACT_BOOL,
      .help = "The password that was changed before is refused." },
    { .name = "updated_before",
      .type = FACT_BOOL,
      .help = "The newer image was installed before anything was planted; absent when there is "
              "none, or no lever for it." },
    { .name = "version_before", .type = FACT_TEXT, .help = "By the lever read_version." },
    { .name = "version_after", .type = FACT_TEXT, .help = "The same afterwards." },
    { .name = "version_same", .type = FACT_BOOL, .help = "Both are the same." },
    { .name = "brought_back",
      .type = FACT_BOOL,
      .help = "The bench brought the state back, and every declared password logs in." },
    { .name = "left_erased",
      .type = FACT_BOOL,
      .help = "The unit was left erased, as the profile allows." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "Why nothing was erased." },
    { .name = "detail", .type = FACT_TEXT, .help = "How the device refused." },
    FACT_END,
};

const struct probe probe_erasure = {
    .decl = {
        .name = "erasure",
        .summary = { .ja = "目印を付けたデータを残してから消去し、何が残っているかを観測して、状態を元に戻す",
                     .en = "Leaves marked data on the device, erases, records what is left of it, and has the bench bring the state back" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ERASURE,
        .deadline_ms = 400000,
        .kept_attempts = 8,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 120000,
    .moves = LEVER_BIT(LEVER_POWER_OFF) | LEVER_BIT(LEVER_ERASE) | LEVER_BIT(LEVER_FACTORY_RESET) |
             LEVER_BIT(LEVER_INSTALL_IMAGE) | CONTROL_BACK_MOVES | FIRST_STATE_MOVES,
};
