/* login - tries log-ins on one declared mechanism (form or JSON over HTTP(S), Basic,
 * Digest, telnet, SSH, FTP, MQTT, RTSP) and writes down which were accepted, by what proof, and
 * whether the device looked at all of them.
 *
 * By hand: hoshitori probe login --target 192.0.2.7:80 --param scheme=basic --param path=/admin
 *          --param candidates=list:common */
#include "probe/probe.h"
#include "base/text.h"
#include "candidates.h"
#include "course.h"
#include "probe/mechanism.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

extern const struct probe probe_login;

static unsigned check_every(const struct probe_call *call)
{
    unsigned every = (unsigned) probe_param_int(call, "check_every");
    const struct auth *auth = call->subject->auth;

    if (auth != NULL && auth->lockout.after > 0 && auth->lockout.after <= every) {
        every = auth->lockout.after > 1 ? auth->lockout.after - 1 : 1;
    }
    return every;
}

/* How many connections at once: what the profile allows, none beside a fragile device's. */
static unsigned lanes_most(const struct probe_call *call)
{
    const struct profile *profile = call->subject->profile;
    unsigned most = (unsigned) probe_param_int(call, "connections");

    if (profile != NULL && profile->limits.concurrency < most) {
        most = profile->limits.concurrency;
    }
    return profile != NULL && profile->limits.fragile ? 1 : most;
}

static struct course course_begin(const struct probe_call *call)
{
    const struct auth *auth = call->subject->auth;

    return (struct course){
        .call = call,
        .budget = (unsigned) probe_param_int(call, "budget"),
        .stop_after = (unsigned) probe_param_int(call, "stop_after"),
        .check_every = check_every(call),
        .lanes = lanes_most(call),
        .pause_ms = (unsigned) probe_param_int(call, "pause_ms"),
        .lock_wait_s = auth != NULL && auth->lockout.delay_s > 0 ? auth->lockout.delay_s : 1,
        .lock_max_s = (unsigned) probe_param_int(call, "lock_max_s"),
    };
}

/* What the account has left in this run; a stretch that a lock made void is repeated within
 * the check's own budget. */
static unsigned budget_within(const struct probe_call *call, unsigned budget,
                              const struct candidates *candidates)
{
    unsigned wanted = candidates->count < budget ? (unsigned) candidates->count : budget;
    unsigned left = probe_attempts_left(call);

    if (!candidates->guesses || left >= budget) {
        return budget;
    }
    (void) probe_attempts_grant(call, wanted);
    return left;
}

/* Candidates that fared so. */
static long long count_of(const struct course *course, enum course_result result)
{
    long long count = 0;

    for (size_t i = 0; i < course->candidates->count; i++) {
        count += course->results[i] == result;
    }
    return count;
}

static void accepted_set(struct probe_call *call, const struct course *course)
{
    json_t *accepted = json_array();
    json_t *proofs = json_array();

    for (size_t i = 0; i < course->candidates->count; i++) {
        char line[256];

        if (course->results[i] == COURSE_ACCEPTED) {
            const char *label = course->candidates->items[i].label;

            (void) snprintf(line, sizeof line, "%s: %s", label, course->proofs[i]);
            probe_list_add_text(accepted, label);
            probe_list_add_text(proofs, line);
        }
    }
    probe_fact_json(call, "accepted", accepted);
    probe_fact_json(call, "proofs", proofs);
}

static void facts_set(struct probe_call *call, const struct course *course)
{
    long long untried = count_of(course, COURSE_UNTRIED);

    accepted_set(call, course);
    probe_fact_int(call, "accepted_count", count_of(course, COURSE_ACCEPTED));
    probe_fact_int(call, "rejected_count", count_of(course, COURSE_REJECTED));
    probe_fact_int(call, "unclear_count",
                   count_of(course, COURSE_UNCLEAR) + count_of(course, COURSE_DEFERRED));
    probe_fact_int(call, "candidates_total", (long long) course->candidates->count);
    probe_fact_int(call, "tried", (long long) course->candidates->count - untried);
    probe_fact_int(call, "skipped", untried);
    probe_fact_int(call, "attempts", course->attempts);
    probe_fact_int(call, "waited_s", course->waited_s);
    probe_fact_bool(call, "locked", course->locked);
    probe_fact_bool(call, "budget_exhausted", course->budget_exhausted);
    probe_fact_bool(call, "complete", course_is_complete(course));
    if (course->right_before_known) {
        probe_fact_bool(call, "right_login_before", course->right_before);
    }
    if (course->right_after_known) {
        probe_fact_bool(call, "right_login_after", course->right_after);
    }
    if (course->detail[0] != '\0') {
        probe_fact_text(call, "detail", course->detail);
    }
}

static enum status walk_all(struct probe_call *call, const struct mechanism_setting *setting,
                            struct course *course, struct arena *arena, struct error *reterr)
{
    const struct auth *auth = setting->auth;
    const struct credential *credential = web_credential(call->subject->profile, auth, NULL);
    struct candidate right = { .label = "declared", .is_secret = true };
    struct candidates candidates = { 0 };
    const struct candidate_wish wish = {
        .kinds = probe_param_list(call, "candidates"),
        .profile = call->subject->profile,
        .auth = auth,
        .user = probe_param_text(call, "user"),
        .seed = call->seed,
    };

    TRY(candidates_gather(&wish, arena, &candidates, reterr));
    course->candidates = &candidates;
    course->budget = budget_within(call, course->budget, &candidates);
    if (credential != NULL) {
        right.user = credential->user;
        right.password = secret_reveal(&credential->secret);
        course->right = &right;
    }
    TRY(course_run(course, arena, reterr));
    facts_set(call, course);
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct course course = course_begin(call);
    struct mechanism_setting setting = mechanism_setting_read(call);
    enum status status;

    course.setting = &setting;
    course.mechanism = mechanism_find(setting.scheme);
    if (course.mechanism == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not built in", setting.scheme);
    }
    probe_fact_text(call, "mechanism", setting.scheme);
    status = course.mechanism->open(&setting, arena, &course.state, reterr);
    if (status == STATUS_OK) {
        status = walk_all(call, &setting, &course, arena, reterr);
    }
    if (course.state != NULL) {
        course.mechanism->close(course.state);
    }
    return status;
}

static const char *const scheme_choices[] = { "form",   "basic",      "digest",      "telnet",
                                              "ssh",    "ftp",        "mqtt",        "snmp",
                                              "snmpv3", "rtsp-basic", "rtsp-digest", NULL };

static const struct param params[] = {
    { .name = "candidates",
      .type = FACT_TEXTS,
      .help = "What is tried; list:common always brings the empty and anonymous ones with it.",
      .fallback = "[\"list:common\"]",
      .choices = candidate_kinds },
    { .name = "budget",
      .type = FACT_INT,
      .help = "The most log-ins with candidates; less when the account has less left in this run.",
      .fallback = "40",
      .minimum = 1,
      .maximum = 2000 },
    { .name = "stop_after",
      .type = FACT_INT,
      .help = "Stop once so many were accepted.",
      .fallback = "3",
      .minimum = 1,
      .maximum = 1000 },
    { .name = "check_every",
      .type = FACT_INT,
      .help = "After so many guesses the declared credentials are tried; less where the declared "
              "lock-out comes sooner.",
      .fallback = "4",
      .minimum = 1,
      .maximum = 1000 },
    { .name = "connections",
      .type = FACT_INT,
      .help = "The most connections at once, and no more than limits.concurrency; one where "
              "there is a pause, a form, or a fragile device.",
      .fallback = "4",
      .minimum = 1,
      .maximum = 8 },
    { .name = "pause_ms",
      .type = FACT_INT,
      .help = "Pause before each log-in but the first.",
      .fallback = "0",
      .minimum = 0,
      .maximum = 60000 },
    PARAM_TIMEOUT_MS("10000"),
    { .name = "lock_max_s",
      .type = FACT_INT,
      .help = "How long lock-outs are waited for, all together.",
      .fallback = "60",
      .minimum = 0,
      .maximum = 3600 },
    MECHANISM_PARAMS_BY_HAND(scheme_choices),
    { .name = "user", .type = FACT_TEXT, .help = "By hand: a user's name that exists." },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "accepted",
      .type = FACT_TEXTS,
      .help = "Accepted candidates by their labels; never a password." },
    { .name = "proofs",
      .type = FACT_TEXTS,
      .help = "The same labels, each with what its acceptance rests on." },
    { .name = "accepted_count", .type = FACT_INT, .help = "How many were accepted." },
    { .name = "rejected_count", .type = FACT_INT, .help = "How many were clearly rejected." },
    { .name = "unclear_count",
      .type = FACT_INT,
      .help = "How many got an answer that says neither, or none." },
    { .name = "candidates_total", .type = FACT_INT, .help = "How many distinct ones there are." },
    { .name = "tried", .type = FACT_INT, .help = "How many of them were tried." },
    { .name = "skipped", .type = FACT_INT, .help = "How many were not." },
    { .name = "attempts",
      .type = FACT_INT,
      .help = "Log-ins sent with candidates, repetitions after a lock included." },
    { .name = "waited_s", .type = FACT_INT, .help = "Seconds spent waiting for locks to end." },
    { .name = "locked",
      .type = FACT_BOOL,
      .help = "The device refused to look at log-ins: it said so, took no connection, or refused "
              "the declared credentials after guesses." },
    { .name = "budget_exhausted",
      .type = FACT_BOOL,
      .help = "Candidates were left out because the budget was used up." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Everything within the budget was tried and clearly answered, at a time when the "
              "declared credentials (if any are known) were accepted." },
    { .name = "right_login_before",
      .type = FACT_BOOL,
      .help = "The declared credentials were accepted before the first guess." },
    { .name = "right_login_after",
      .type = FACT_BOOL,
      .help = "The declared credentials were accepted after the last guess." },
    { .name = "mechanism",
      .type = FACT_TEXT,
      .help = "How it was tried: form, basic, digest, telnet, ssh, ftp, mqtt, snmp, snmpv3, "
              "rtsp-basic, "
              "rtsp-digest." },
    { .name = "detail",
      .type = FACT_TEXT,
      .help = "What the last answer that was no plain acceptance or refusal looked like." },
    FACT_END,
};

const struct probe probe_login = {
    .decl = {
        .name = "login",
        .summary = { .ja = "ログインを試み、受け入れられたものを観測する",
                     .en = "Tries log-ins on a mechanism and records which were accepted" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 300000,
    },
    .run = run,
};
