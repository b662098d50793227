#include "probe/account_change.h"

#include "base/text.h"
#include "support/called.h"
#include "support/http_scene.h"
#include "support/probe_run.h"

#include <criterion/criterion.h>

extern const struct probe probe_credential_change;

#define RIGHT "PLANTEDright"

enum mode {
    PROPER,
    IGNORES,         /* says that it was changed */
    KEEPS_OLD,       /* the one before is accepted too */
    KEEPS_SESSIONS,  /* of everybody */
    ASKS_NOBODY,     /* changes without a session and for any old password */
    WANTS_NO_OLD,    /* a session is enough, whatever the old password */
    HAS_RULES,       /* 422 to any new one */
    SAYS_SORRY,      /* 200 and a page in words, nothing changed */
    WANTS_TOKEN,     /* a token that a page behind the log-in carries, as field and header */
    BY_BASIC,        /* no sessions: Basic with every request */
    GIVES_BEARER,    /* a token in place of a cookie */
    CHANGES_ONE_WAY, /* never back */
    TAKES_ALL,       /* any password */
    GOES_AWAY,       /* after the change it answers nothing */
    PUTS_OFF,        /* strangers, with 503 */
    HANGS_UP         /* on strangers */
};

enum { LOGINS, CHANGES, WRONG_IN_A_ROW, WRONG_MOST, CHANGED, GUARDED, EVIL, MODE };

/* What GUARDED may hold: who must repeat the token. */
enum { NOBODY, THE_CHANGE, THE_LOG_IN_TOO };

#define TOKEN "tok/17="

/* The device's memory: the mock serves all connections in one process. */
static char current[128] = RIGHT;
static char previous[128];
static int generation;

static void count(struct mock_shared *shared, bool right)
{
    shared->counters[LOGINS]++;
    shared->counters[WRONG_IN_A_ROW] = right ? 0 : shared->counters[WRONG_IN_A_ROW] + 1;
    if (shared->counters[WRONG_IN_A_ROW] > shared->counters[WRONG_MOST]) {
        shared->counters[WRONG_MOST] = shared->counters[WRONG_IN_A_ROW];
    }
}

/* RFC 7617 section 2. */
static bool has_basic(const struct mock_request *request, struct mock_shared *shared)
{
    const char *value = mock_header(request, "Authorization");
    char pair[160];
    char wanted[300] = "Basic ";
    bool right;

    if (value == NULL) {
        return false;
    }
    (void) snprintf(pair, sizeof pair, "admin:%s", current);
    text_base64(pair, strlen(pair), wanted + strlen("Basic "));
    right = strcmp(value, wanted) == 0;
    count(shared, right);
    return right;
}

static bool has_session(const struct mock_request *request, int mode)
{
    const char *name = mode == GIVES_BEARER ? "Authorization" : "Cookie";
    char wanted[64];
    const char *value = mock_header(request, name);
    char ended[4200];

    (void) snprintf(wanted, sizeof wanted, "%s%d;",
                    mode == GIVES_BEARER ? "Bearer T" : "sid=", generation);
    (void) snprintf(ended, sizeof ended, "%s;", value == NULL ? "" : value);
    return strstr(ended, wanted) != NULL;
}

static bool has_token_header(const struct mock_request *request)
{
    const char *header = mock_header(request, "X-CSRF-Token");

    return header != NULL && strcmp(header, TOKEN) == 0;
}

static void login(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    int mode = shared->counters[MODE];
    char password[128];
    char words[128];
    bool right;

    (void) member(request->body, "password", password);
    if (shared->counters[GUARDED] == THE_LOG_IN_TOO && !has_token_header(request)) {
        mock_reply(fd, 400, "", "{}");
        return;
    }
    right = strcmp(password, current) == 0 || mode == TAKES_ALL ||
            (previous[0] != '\0' && strcmp(password, previous) == 0);
    count(shared, right);
    if (!right) {
        mock_reply(fd, 401, "", "{}");
    } else if (mode == GIVES_BEARER) {
        (void) snprintf(words, sizeof words, "{\"access_token\":\"T%d\"}", generation);
        mock_reply(fd, 200, "", words);
    } else {
        (void) snprintf(words, sizeof words, "Set-Cookie: sid=%d; HttpOnly\r\n", generation);
        mock_reply(fd, 200, words, "{}");
    }
}

static bool change_is_right(const struct mock_request *request, int mode, bool guarded,
                            const char *old)
{
    char token[128];

    if (mode == ASKS_NOBODY) {
        return true;
    }
    (void) member(request->body, "token", token);
    if (guarded && (strcmp(token, TOKEN) != 0 || !has_token_header(request))) {
        return false;
    }
    return (mode == BY_BASIC || has_session(request, mode)) &&
           (mode == WANTS_NO_OLD || strcmp(old, current) == 0);
}

static void change(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    int mode = shared->counters[MODE];
    char old[128];
    char new[128];

    (void) member(request->body, "old", old);
    (void) member(request->body, "new", new);
    shared->counters[CHANGES]++;
    if (mode == HANGS_UP && !has_session(request, mode)) {
        return;
    }
    if (mode == PUTS_OFF && !has_session(request, mode)) {
        mock_reply(fd, 503, "", "");
        return;
    }
    if (!change_is_right(request, mode, shared->counters[GUARDED] != NOBODY, old)) {
        mock_reply(fd, has_session(request, mode) ? 403 : 401, "", "{}");
        return;
    }
    if (mode == HAS_RULES || (mode == CHANGES_ONE_WAY && shared->counters[CHANGED] > 0)) {
        mock_reply(fd, 422, "", "{\"error\":\"not this one\"}");
        return;
    }
    if (mode == SAYS_SORRY) {
        mock_page(fd, 200, "<html>Sorry, that did not work.</html>");
        return;
    }
    if (mode != IGNORES) {
        if (mode == KEEPS_OLD) {
            memcpy(previous, current, sizeof previous);
        }
        memcpy(current, new, sizeof current);
        shared->counters[CHANGED]++;
        generation += mode != KEEPS_SESSIONS;
    }
    mock_reply(fd, 204, "", "");
    if (mode == GOES_AWAY) {
        _exit(0);
    }
}

static void device(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    int mode = shared->counters[MODE];

    shared->counters[EVIL] += mock_header(request, "X-Evil") != NULL;
    if (mode == BY_BASIC && !has_basic(request, shared)) {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "no");
    } else if (strcmp(request->path, "/login") == 0) {
        login(request, fd, shared);
    } else if (strcmp(request->path, "/token") == 0) {
        mock_reply(fd, 200, "", "{\"user\":\"x\",\"guard\":{\"csrf\":\"" TOKEN "\"}}");
    } else if (strcmp(request->path, "/password") == 0) {
        change(request, fd, shared);
    } else if (mode != BY_BASIC && !has_session(request, mode)) {
        mock_reply(fd, 401, "", "no");
    } else if (strcmp(request->path, "/evil") == 0) {
        mock_reply(fd, 200, "", "{\"csrf\":\"tok\\r\\nX-Evil: 1\"}");
    } else {
        mock_page(fd, 200, "<html><input name=\"token\" value=\"" TOKEN "\"> settings</html>");
    }
}

/* From a page behind the log-in, as field and header. */
static void scene_guard(struct scene *scene, int whom)
{
    scene->mock.shared->counters[GUARDED] = whom;
    cr_assert_eq(json_object_set_new(scene->change, "token", json_string("${csrf}")), 0);
    scene->auth.change.csrf = (struct csrf){ .path = "/settings",
                                             .place = { .field = "token" },
                                             .send_header = "X-CSRF-Token" };
}

static void scene_set(struct scene *scene, enum mode mode)
{
    scene_open(scene, device, RIGHT);
    scene->mock.shared->counters[MODE] = (int) mode;
    scene->change = json_pack("{ssss}", "old", "${old}", "new", "${new}");
    scene->auth.change.request =
        (struct http_request){ .method = "PUT", .path = "/password", .json = scene->change };
    scene->subject.auth = &scene->auth;
    if (mode == BY_BASIC) {
        scene->auth.scheme = "basic";
        scene->auth.path = "/settings";
    }
    if (mode == WANTS_TOKEN) {
        scene_guard(scene, THE_CHANGE);
    }
}

static void temporary_of(const struct scene *scene, char room[TEMPORARY_SIZE])
{
    const struct probe_call call = { .check = "S1.1-03/x@y" };

    cr_assert_eq(temporary_password(&call, &scene->credential, &scene->auth.change, room, NULL),
                 STATUS_OK);
}

/* One call as the engine makes it; the transcript and the facts hold neither password. */
static struct called called_with(struct scene *scene, const char *part, const char *value,
                                 bool restores)
{
    const struct probe_call call = { .subject = &scene->subject,
                                     .port = scene->mock.port,
                                     .check = "S1.1-03/x@y" };
    json_t *given =
        json_pack("{ss ss s[ss]}", "part", part, "value", value, "common", "pass", "password");
    struct called made = called_make(&probe_credential_change, &call, given, restores, RIGHT);
    char temporary[TEMPORARY_SIZE];
    char *text = json_dumps(made.facts, JSON_SORT_KEYS);

    temporary_of(scene, temporary);
    cr_expect_null(strstr(text, temporary));
    cr_expect_not(transcript_holds(&made.transcript, temporary));
    cr_expect_not(transcript_holds(&made.transcript, TOKEN));
    cr_expect_null(strstr(made.error.message, temporary));
    free(text);
    return made;
}

static struct called called(struct scene *scene, const char *part, bool restores)
{
    return called_with(scene, part, "strong", restores);
}

static const char *text_of(const struct called *made, const char *name)
{
    const char *text = json_string_value(json_object_get(made->facts, name));

    return text != NULL ? text : "";
}

struct expected {
    enum mode mode;
    const char *answer;
    char new_accepted;
    char old_refused;
    char other_ended;
    char new_refused_after;
};

Test(credential_change, what_every_kind_of_device_does_with_a_change)
{
    static const struct expected all[] = {
        { PROPER, "accepted", 't', 't', 't', 't' },
        { IGNORES, "accepted", 'f', 'f', 'f', 't' },
        { KEEPS_OLD, "accepted", 't', 'f', 't', 'f' },
        { KEEPS_SESSIONS, "accepted", 't', 't', 'f', 't' },
        { HAS_RULES, "refused", 'f', 'f', 'f', 't' },
        { SAYS_SORRY, "unclear", 'f', 'f', 'f', 't' },
        { WANTS_TOKEN, "accepted", 't', 't', 't', 't' },
        { BY_BASIC, "accepted", 't', 't', '-', 't' },
        { GIVES_BEARER, "accepted", 't', 't', 't', 't' },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct scene scene;
        struct called made;

        scene_set(&scene, all[i].mode);
        made = called(&scene, "change", false);
        cr_expect_eq(made.status, STATUS_OK, "%zu: %s", i, made.error.message);
        cr_expect_not(made.call.owes, "%zu", i);
        cr_expect_eq(fact(&made, "old_accepted_before"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "new_refused_before"), 't', "%zu", i);
        cr_expect_str_eq(text_of(&made, "change_answer"), all[i].answer, "%zu", i);
        cr_expect_eq(fact(&made, "new_accepted"), all[i].new_accepted, "%zu", i);
        cr_expect_eq(fact(&made, "old_refused"), all[i].old_refused, "%zu", i);
        cr_expect_eq(fact(&made, "other_session_ended"), all[i].other_ended, "%zu", i);
        cr_expect_eq(fact(&made, "old_accepted_after"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "new_refused_after"), all[i].new_refused_after, "%zu", i);
        cr_expect_eq(fact(&made, "refused_without_session"), '-', "%zu: not asked", i);
        cr_expect_leq(json_integer_value(json_object_get(made.facts, "attempts")), LOGINS_LEAST);
        cr_expect_eq(scene.mock.shared->counters[WRONG_IN_A_ROW], 0, "%zu: left counted", i);
        cr_expect_leq(scene.mock.shared->counters[WRONG_MOST], 1, "%zu", i);
        called_done(&made);
        scene_done(&scene);
    }
}

Test(credential_change, a_token_is_fetched_by_whoever_repeats_it)
{
    static const enum mode modes[] = { PROPER, GIVES_BEARER, BY_BASIC };

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct scene scene;
        struct called made;

        scene_set(&scene, modes[i]);
        scene_guard(&scene, THE_CHANGE);
        made = called(&scene, "change", false);
        cr_expect_str_eq(text_of(&made, "change_answer"), "accepted", "%zu", i);
        cr_expect_eq(fact(&made, "old_accepted_after"), 't', "%zu", i);
        called_done(&made);
        made = called(&scene, "refusals", false);
        cr_expect_eq(fact(&made, "refused_with_wrong_old"), 't', "%zu", i);
        called_done(&made);
        scene_done(&scene);
    }
}

Test(credential_change, a_log_in_that_wants_a_token_gets_it)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, PROPER);
    scene_guard(&scene, THE_LOG_IN_TOO);
    scene.auth.csrf = (struct csrf){ .path = "/token",
                                     .place = { .json = "/guard/csrf" },
                                     .send_header = "X-CSRF-Token" };
    scene.auth.change.csrf = scene.auth.csrf;
    made = called(&scene, "change", false);
    cr_expect_str_eq(text_of(&made, "change_answer"), "accepted");
    cr_expect_eq(fact(&made, "new_accepted"), 't');
    cr_expect_eq(fact(&made, "old_accepted_after"), 't');
    called_done(&made);
    scene_done(&scene);
}

Test(credential_change, without_its_token_a_refusal_says_nothing)
{
    static const struct csrf wrong[] = {
        { .path = "/settings", .place = { .field = "nothing" }, .send_header = "X-CSRF-Token" },
        { .path = "/token", .place = { .json = "/csrf" }, .send_header = "X-CSRF-Token" },
        { .path = "/token", .place = { .json = "/guard" }, .send_header = "X-CSRF-Token" },
        { .path = "/evil", .place = { .json = "/csrf" }, .send_header = "X-CSRF-Token" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct scene scene;
        struct called made;

        scene_set(&scene, WANTS_TOKEN);
        scene.auth.change.csrf = wrong[i];
        made = called(&scene, "refusals", false);
        cr_expect_eq(made.status, STATUS_OK);
        cr_expect_eq(fact(&made, "refused_without_session"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "refused_with_wrong_old"), '-', "%zu", i);
        cr_expect_not_null(strstr(text_of(&made, "detail"), "gave no token"), "%zu", i);
        cr_expect_eq(scene.mock.shared->counters[EVIL], 0, "%zu: a line of the device's", i);
        called_done(&made);
        scene.mock.shared->counters[GUARDED] = NOBODY;
        scene.mock.shared->counters[MODE] = WANTS_NO_OLD;
        made = called(&scene, "refusals", false);
        cr_expect_eq(fact(&made, "refused_with_wrong_old"), 'f', "%zu: it took place", i);
        called_done(&made);
        scene_done(&scene);
    }
}

Test(credential_change, who_may_change_it)
{
    static const struct {
        enum mode mode;
        char without_session;
        char with_wrong_old;
        char possible;
    } all[] = { { PROPER, 't', 't', 't' },       { ASKS_NOBODY, 'f', 'f', 't' },
                { WANTS_NO_OLD, 't', 'f', 't' }, { HAS_RULES, 't', 't', 'f' },
                { PUTS_OFF, '-', 't', 't' },     { HANGS_UP, '-', 't', 't' } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct scene scene;
        struct called made;

        scene_set(&scene, all[i].mode);
        made = called(&scene, "refusals", false);
        cr_expect_eq(made.status, STATUS_OK);
        cr_expect_not(made.call.owes);
        cr_expect_eq(fact(&made, "refused_without_session"), all[i].without_session, "%zu", i);
        cr_expect_eq(fact(&made, "refused_with_wrong_old"), all[i].with_wrong_old, "%zu", i);
        cr_expect_eq(fact(&made, "change_possible"), all[i].possible, "%zu", i);
        cr_expect_eq(fact(&made, "old_accepted_after"), 't', "%zu", i);
        cr_expect_eq(fact(&made, "new_accepted"), '-', "%zu: not asked", i);
        cr_expect_leq(json_integer_value(json_object_get(made.facts, "attempts")), LOGINS_LEAST);
        cr_expect_eq(scene.mock.shared->counters[WRONG_IN_A_ROW], 0, "%zu: left counted", i);
        cr_expect_leq(scene.mock.shared->counters[WRONG_MOST], 1, "%zu", i);
        called_done(&made);
        scene_done(&scene);
    }
}

Test(credential_change, a_device_that_takes_any_password_is_left_alone)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, TAKES_ALL);
    made = called(&scene, "change", false);
    cr_expect_eq(fact(&made, "new_refused_before"), 'f');
    cr_expect_eq(fact(&made, "old_refused"), '-');
    cr_expect_eq(scene.mock.shared->counters[CHANGES], 0);
    called_done(&made);
    scene_done(&scene);
}

Test(credential_change, limits_that_would_be_broken_are_kept)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, PROPER);
    scene.auth.lockout.after = 2;
    made = called(&scene, "change", false);
    cr_expect_neq(text_of(&made, "not_tried")[0], '\0');
    cr_expect_eq(scene.mock.shared->counters[LOGINS], 0);
    called_done(&made);
    scene.auth.lockout.after = 0;
    scene.auth.change.forbidden = true;
    made = called(&scene, "change", false);
    cr_expect_eq(made.status, STATUS_BAD_INPUT);
    cr_expect_eq(scene.mock.shared->requests, 0);
    called_done(&made);
    scene_done(&scene);
}

Test(credential_change, a_device_that_does_not_go_back_is_owed)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, CHANGES_ONE_WAY);
    made = called(&scene, "change", false);
    cr_expect_eq(made.status, STATUS_OK);
    cr_expect(made.call.owes);
    cr_expect_eq(fact(&made, "new_accepted"), 't');
    cr_expect_eq(fact(&made, "old_accepted_after"), '-');
    called_done(&made);
    made = called(&scene, "change", true);
    cr_expect_eq(made.status, STATUS_UNREACHABLE);
    cr_expect_not_null(strstr(made.error.message, "status 422"), "%s", made.error.message);
    called_done(&made);
    scene_done(&scene);
}

Test(credential_change, a_device_that_goes_away_is_owed)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, GOES_AWAY);
    made = called(&scene, "change", false);
    cr_expect(made.call.owes);
    cr_expect_eq(fact(&made, "new_accepted"), '-');
    cr_expect_eq(fact(&made, "old_refused"), '-', "silence is no refusal");
    called_done(&made);
    scene_done(&scene);
}

/* Changes it by hand to what the probe would have set, and lets restore() find it so. */
static void restored_from(const char *password, const char *value)
{
    struct scene scene;
    struct called made;

    scene_set(&scene, PROPER);
    mock_stop(&scene.mock);
    (void) snprintf(current, sizeof current, "%s", password);
    scene.mock = mock_start(device);
    for (int i = 0; i < 3; i++) {
        made = called_with(&scene, "change", value, true);
        cr_expect_eq(made.status, STATUS_OK, "%s", made.error.message);
        cr_expect_eq(scene.mock.shared->counters[CHANGED], 1, "changed back once, then left alone");
        cr_expect_eq(scene.mock.shared->counters[WRONG_IN_A_ROW], 0);
        called_done(&made);
    }
    scene_done(&scene);
}

Test(credential_change, restore_works_from_both_states_and_twice)
{
    struct scene scene;
    char temporary[TEMPORARY_SIZE];

    temporary_of((scene_set(&scene, PROPER), &scene), temporary);
    scene_done(&scene);
    restored_from(temporary, "strong");
    restored_from("password", "common");
}

Test(credential_change, a_weak_value_is_taken_or_not)
{
    static const struct {
        enum mode mode;
        char refused;
    } cases[] = { { PROPER, 'f' }, { HAS_RULES, 't' }, { GOES_AWAY, '-' }, { TAKES_ALL, '-' } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int common = 0; common < 2; common++) {
            struct scene scene;
            struct called made;

            scene_set(&scene, cases[i].mode);
            made = called_with(&scene, "weak", common != 0 ? "common" : "short", false);
            cr_expect_eq(made.status, STATUS_OK, "%s", made.error.message);
            cr_expect_eq(fact(&made, "refused_when_weak"), cases[i].refused, "mode %d",
                         cases[i].mode);
            if (cases[i].mode == PROPER) {
                cr_expect_eq(json_integer_value(json_object_get(made.facts, "new_length")),
                             common != 0 ? 8 : 7);
                cr_expect_eq(scene.mock.shared->counters[CHANGED], 2, "there and back");
                cr_expect_not(made.call.owes);
            }
            called_done(&made);
            scene_done(&scene);
        }
    }
}
