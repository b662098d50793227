/* credential_change - changes the password of a declared account to one of its own, looks at
 * which of the two logs in, at sessions that were open, at changes asked for without a session
 * or with a wrong old password, and changes it back.
 *
 * By hand: hoshitori probe credential_change --profile profile.yaml --auth admin-login */
#include "probe/probe.h"
#include "probe/account_change.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

enum { WRONG_LENGTH = 20 };

extern const struct probe probe_credential_change;

/* No two wrong log-ins of ours follow each other; a change refused for its old password may
 * count as one, and who brings the device back after our end may begin with one more. */
enum { LOCKOUT_LEAST = 3 };

static const char *declared_of(const struct course *course)
{
    return secret_reveal(&course->credential->secret);
}

/* False, and a fact, when the device would be locked or asked too often. */
static bool may_begin(struct course *course)
{
    struct probe_call *call = course->call;
    unsigned after = course->auth->lockout.after;

    if (after > 0 && after < LOCKOUT_LEAST) {
        probe_fact_text(call, "not_tried",
                        "the declared lock-out comes after fewer than 3 wrong log-ins");
        return false;
    }
    if (course->budget < LOGINS_LEAST) {
        probe_fact_text(call, "not_tried", "limits.login_attempts is below 20");
        return false;
    }
    return true;
}

/* A clear answer becomes a fact; any other becomes none. */
static void accepted_fact(struct course *course, const char *name, enum attempt_word word,
                          bool accepted_is)
{
    if (word == ATTEMPT_ACCEPTED || word == ATTEMPT_REJECTED) {
        probe_fact_bool(course->call, name, (word == ATTEMPT_ACCEPTED) == accepted_is);
    }
}

/* The device as it is declared: the one password works, the other does not. */
static enum status before(struct course *course, bool *ret_as_declared, struct error *reterr)
{
    enum attempt_word declared = ATTEMPT_UNCLEAR;
    enum attempt_word temporary = ATTEMPT_UNCLEAR;

    TRY(course_login(course, course->temporary, &temporary, reterr));
    accepted_fact(course, "new_refused_before", temporary, false);
    TRY(course_login(course, declared_of(course), &declared, reterr));
    accepted_fact(course, "old_accepted_before", declared, true);
    *ret_as_declared = declared == ATTEMPT_ACCEPTED && temporary == ATTEMPT_REJECTED;
    return STATUS_OK;
}

static enum status go_back(struct course *course, struct error *reterr)
{
    enum return_word word = RETURN_FAILED;

    TRY(course_return(course, false, &word, reterr));
    if (word != RETURN_FAILED) {
        probe_fact_bool(course->call, "old_accepted_after", true);
        probe_fact_bool(course->call, "new_refused_after", word == RETURN_DONE);
        course->call->owes = false;
    }
    return STATUS_OK;
}

/* ---- part "change" ---- */

static enum status other_session(struct course *course, struct visitor *other, const char *fact,
                                 bool ended, struct error *reterr)
{
    enum sight sight = SIGHT_UNKNOWN;

    TRY(visitor_sees(course, other, &sight, reterr));
    if (sight != SIGHT_UNKNOWN) {
        probe_fact_bool(course->call, fact, (sight == SIGHT_REFUSED) == ended);
    }
    return STATUS_OK;
}

static enum status after_change(struct course *course, struct visitor *other, bool other_in,
                                struct error *reterr)
{
    enum attempt_word declared = ATTEMPT_UNCLEAR;
    enum attempt_word temporary = ATTEMPT_UNCLEAR;

    TRY(course_login(course, course->temporary, &temporary, reterr));
    accepted_fact(course, "new_accepted", temporary, true);
    if (temporary == ATTEMPT_ACCEPTED) {
        probe_fact_text(course->call, "new_proof", course->proof);
    }
    TRY(course_login(course, declared_of(course), &declared, reterr));
    accepted_fact(course, "old_refused", declared, false);
    return other_in ? other_session(course, other, "other_session_ended", true, reterr) : STATUS_OK;
}

static enum status part_change(struct course *course, struct error *reterr)
{
    struct probe_call *call = course->call;
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    DEFER(visitor_done) struct visitor other = { .client = NULL };
    enum change_word word = CHANGE_UNCLEAR;
    bool in = false;
    bool other_in = false;

    TRY(visitor_enter(course, declared_of(course), &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    if (course_keeps_sessions(course)) {
        TRY(visitor_enter(course, declared_of(course), &other, &other_in, reterr));
    }
    if (other_in) {
        TRY(course_find_proof(course, &other, reterr));
        TRY(other_session(course, &other, "other_session_before", false, reterr));
    }
    call->owes = true;
    TRY(visitor_changes(course, &user, declared_of(course), course->temporary, &word, reterr));
    probe_fact_text(call, "change_answer", change_word_text(word));
    if (course->change_status != 0) {
        probe_fact_int(call, "change_status", course->change_status);
    }
    TRY(after_change(course, &other, other_in, reterr));
    return go_back(course, reterr);
}

/* ---- part "refusals" ---- */

/* Did a change that should have been refused take place?  conclusive: there was no other
 * reason to refuse it, such as a token that was not found. */
static enum status refused_fact(struct course *course, const char *fact, bool conclusive,
                                struct error *reterr)
{
    enum attempt_word declared = ATTEMPT_UNCLEAR;
    enum attempt_word temporary = ATTEMPT_UNCLEAR;

    TRY(course_login(course, declared_of(course), &declared, reterr));
    TRY(course_login(course, course->temporary, &temporary, reterr));
    if (temporary == ATTEMPT_ACCEPTED) {
        probe_fact_bool(course->call, fact, false);
        probe_fact_bool(course->call, "change_possible", true);
        return go_back(course, reterr);
    }
    if (conclusive && declared == ATTEMPT_ACCEPTED && temporary == ATTEMPT_REJECTED) {
        probe_fact_bool(course->call, fact, true);
    }
    return course_login(course, declared_of(course), &declared, reterr);
}

/* What everybody is refused, for its path, its form or the new value, was refused to nobody. */
static enum status possible_fact(struct course *course, struct error *reterr)
{
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    enum attempt_word temporary = ATTEMPT_UNCLEAR;
    enum change_word word = CHANGE_UNCLEAR;
    bool in = false;

    if (json_object_get(course->call->facts, "change_possible") != NULL) {
        return STATUS_OK;
    }
    TRY(visitor_enter(course, declared_of(course), &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    TRY(visitor_changes(course, &user, declared_of(course), course->temporary, &word, reterr));
    TRY(course_login(course, course->temporary, &temporary, reterr));
    accepted_fact(course, "change_possible", temporary, true);
    /* A right log-in between two wrong ones. */
    return temporary == ATTEMPT_ACCEPTED
               ? STATUS_OK
               : course_login(course, declared_of(course), &temporary, reterr);
}

/* Not by silence, nor by being put off. */
static bool was_answered(const struct course *course)
{
    return course->change_status != 0 && !web_puts_off(course->change_status);
}

static enum status part_refusals(struct course *course, struct error *reterr)
{
    struct probe_call *call = course->call;
    DEFER(visitor_done) struct visitor stranger = { .client = NULL };
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    char wrong[WRONG_LENGTH + 1];
    uint64_t random = call->seed;
    enum change_word word = CHANGE_UNCLEAR;
    bool in = false;

    web_random_text(&random, wrong, WRONG_LENGTH);
    TRY(visitor_enter(course, NULL, &stranger, &in, reterr));
    call->owes = true;
    TRY(visitor_changes(course, &stranger, wrong, course->temporary, &word, reterr));
    TRY(refused_fact(course, "refused_without_session", was_answered(course), reterr));
    TRY(visitor_enter(course, declared_of(course), &user, &in, reterr));
    if (in && recipe_has(&course->change->request, "${old}")) {
        TRY(visitor_changes(course, &user, wrong, course->temporary, &word, reterr));
        TRY(refused_fact(course, "refused_with_wrong_old",
                         was_answered(course) && !user.lacks_token, reterr));
    }
    TRY(possible_fact(course, reterr));
    return go_back(course, reterr);
}

/* ---- part "weak" ---- */

/* A weak value takes the place of the temporary one, so that the way back knows it as well. */
static enum status weaken(struct course *course, struct error *reterr)
{
    const struct probe_call *call = course->call;
    const char *kind = probe_param_text(call, "value");
    const size_t shortest = (size_t) probe_param_int(call, "shortest");
    const json_t *common = probe_param_list(call, "common");

    if (text_equal(kind, "short") && shortest - 1 < strlen(course->temporary)) {
        course->temporary[shortest - 1] = '\0';
    }
    for (size_t i = 0; text_equal(kind, "common") && i < json_array_size(common); i++) {
        const char *password = json_string_value(json_array_get(common, i));

        if (strlen(password) >= shortest && strlen(password) < sizeof course->temporary &&
            !text_equal(password, declared_of(course))) {
            (void) snprintf(course->temporary, sizeof course->temporary, "%s", password);
            return STATUS_OK;
        }
    }
    return text_equal(kind, "common")
               ? fail(reterr, STATUS_BAD_INPUT, "'common' has no password of %zu to %zu characters",
                      shortest, sizeof course->temporary - 1)
               : STATUS_OK;
}

static enum status part_weak(struct course *course, struct error *reterr)
{
    struct probe_call *call = course->call;
    DEFER(visitor_done) struct visitor user = { .client = NULL };
    enum change_word word = CHANGE_UNCLEAR;
    bool in = false;

    TRY(visitor_enter(course, declared_of(course), &user, &in, reterr));
    if (!in) {
        return STATUS_OK;
    }
    call->owes = true;
    TRY(visitor_changes(course, &user, declared_of(course), course->temporary, &word, reterr));
    probe_fact_text(call, "change_answer", change_word_text(word));
    probe_fact_int(call, "new_length", (long long) strlen(course->temporary));
    TRY(refused_fact(course, "refused_when_weak", was_answered(course) && !user.lacks_token,
                     reterr));
    return call->owes ? go_back(course, reterr) : STATUS_OK;
}

static enum status walk_part(struct course *course, struct error *reterr)
{
    const char *part = probe_param_text(course->call, "part");

    return text_equal(part, "refusals") ? part_refusals(course, reterr)
           : text_equal(part, "weak")   ? part_weak(course, reterr)
                                        : part_change(course, reterr);
}

static enum status walk(struct course *course, struct error *reterr)
{
    struct probe_call *call = course->call;
    bool as_declared = false;
    enum status status;

    course->budget = (unsigned) probe_param_int(call, "budget");
    probe_fact_text(call, "mechanism", course->setting.scheme);
    probe_fact_bool(call, "asks_old", recipe_has(&course->change->request, "${old}"));
    probe_fact_bool(call, "sessions", course_keeps_sessions(course));
    if (!may_begin(course)) {
        return STATUS_OK;
    }
    status = before(course, &as_declared, reterr);
    if (status == STATUS_OK && as_declared) {
        status = walk_part(course, reterr);
    }
    probe_fact_int(call, "attempts", course->attempts);
    if (course->detail[0] != '\0') {
        probe_fact_text(call, "detail", course->detail);
    }
    return status;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(course_close) struct course course = { .call = NULL };

    TRY(course_open(&course, call, arena, reterr));
    TRY(weaken(&course, reterr));
    return walk(&course, reterr);
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(course_close) struct course course = { .call = NULL };
    enum return_word word = RETURN_FAILED;

    TRY(course_open(&course, call, arena, reterr));
    TRY(weaken(&course, reterr));
    TRY(course_return(&course, true, &word, reterr));
    if (word == RETURN_FAILED) {
        return fail(reterr, STATUS_UNREACHABLE,
                    "the declared password of %s could not be put back (%s)",
                    course.credential->role,
                    course.detail[0] != '\0' ? course.detail
                                             : "neither it nor the temporary one is accepted");
    }
    return STATUS_OK;
}

static const char *const part_choices[] = { "change", "refusals", "weak", NULL };
static const char *const value_choices[] = { "strong", "short", "common", NULL };

static const struct param params[] = {
    { .name = "part",
      .type = FACT_TEXT,
      .help = "change: changes the password and back; refusals: asks for changes that a device "
              "should refuse; weak: asks for a value that it should refuse.",
      .fallback = "\"change\"",
      .choices = part_choices },
    { .name = "budget",
      .type = FACT_INT,
      .help = "The most log-ins; those that bring the device back are not counted.",
      .fallback = "40",
      .minimum = 1,
      .maximum = 2000 },
    { .name = "value",
      .type = FACT_TEXT,
      .help = "What it is changed to: strong, a temporary one; short, its beginning; common, the "
              "first of 'common' that is long enough.",
      .fallback = "\"strong\"",
      .choices = value_choices },
    { .name = "shortest",
      .type = FACT_INT,
      .help = "The least length that a device should take; a short value has one character less.",
      .fallback = "8",
      .minimum = 2,
      .maximum = 64 },
    { .name = "common",
      .type = FACT_TEXTS,
      .help = "Passwords that everybody knows.",
      .fallback = "[]" },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Whose password; by default as auth.change.role says, else the first declared." },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "old_accepted_before",
      .type = FACT_BOOL,
      .help = "The declared password was accepted before anything was changed." },
    { .name = "new_refused_before",
      .type = FACT_BOOL,
      .help = "The value that it would be changed to was refused before." },
    { .name = "change_answer",
      .type = FACT_TEXT,
      .help = "What the answer to the change said of itself: accepted, refused, unclear." },
    { .name = "change_status", .type = FACT_INT, .help = "Its HTTP status." },
    { .name = "old_refused",
      .type = FACT_BOOL,
      .help = "After the change the old password was refused." },
    { .name = "new_accepted",
      .type = FACT_BOOL,
      .help = "After the change the new password was accepted, and reached something." },
    { .name = "new_proof", .type = FACT_TEXT, .help = "What that acceptance rests on." },
    { .name = "other_session_before",
      .type = FACT_BOOL,
      .help = "A second session of the account opened a protected page before the change." },
    { .name = "other_session_ended",
      .type = FACT_BOOL,
      .help = "After the change was asked for that page refused the second session." },
    { .name = "refused_without_session",
      .type = FACT_BOOL,
      .help = "A change by somebody without a session (and without the old password, where it is "
              "asked for) left the password as it was." },
    { .name = "refused_with_wrong_old",
      .type = FACT_BOOL,
      .help = "A change with a session and a wrong old password left the password as it was." },
    { .name = "change_possible",
      .type = FACT_BOOL,
      .help = "The same change took place in the end, for somebody logged in with the right old "
              "password or for those who should have been refused it (part refusals)." },
    { .name = "refused_when_weak",
      .type = FACT_BOOL,
      .help = "A change to a weak value, by somebody logged in, left the password as it was (part "
              "weak)." },
    { .name = "new_length", .type = FACT_INT, .help = "Characters of that value." },
    { .name = "asks_old", .type = FACT_BOOL, .help = "The declared change has ${old}." },
    { .name = "sessions", .type = FACT_BOOL, .help = "The mechanism keeps sessions." },
    { .name = "old_accepted_after",
      .type = FACT_BOOL,
      .help = "At the end the declared password was accepted again." },
    { .name = "new_refused_after",
      .type = FACT_BOOL,
      .help = "At the end the temporary password was refused." },
    { .name = "attempts", .type = FACT_INT, .help = "Log-ins sent." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "Why nothing was changed at all." },
    { .name = "mechanism", .type = FACT_TEXT, .help = "How one logs in: form, basic, digest." },
    { .name = "detail",
      .type = FACT_TEXT,
      .help = "What the last answer that was no plain acceptance or refusal looked like." },
    FACT_END,
};

const struct probe probe_credential_change = {
    .decl = {
        .name = "credential_change",
        .summary = { .ja = "パスワードを変更し、旧い値の拒否と新しい値の受理を観測して、元に戻す",
                     .en = "Changes a password, records which value logs in, and changes it back" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 180000,
        .kept_attempts = 6,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 45000,
};
