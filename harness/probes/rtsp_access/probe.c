/* rtsp_access - asks an RTSP service to describe its streams, as nobody, with a wrong password or
 * in the declared role, and writes down which it described.  Nothing is played.
 *
 * By hand: hoshitori probe rtsp_access --target 192.0.2.7:554 --param paths=/live,/stream1 */
#include "probe/probe.h"
#include "base/clock.h"
#include "base/text.h"
#include "paths.h"
#include "probe/mechanism.h"
#include "probe/stream.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRONG_LENGTH = 20, MADE_UP_LENGTH = 12, LINE_SIZE = 256, SESSION_SIZE = 128 };

extern const struct probe probe_rtsp_access;

/* One walk over the paths as a stranger. */
struct walk {
    struct probe_call *call;
    struct rtsp_client client;
    bool answered; /* at least one answer was RTSP */
    bool media_known;
    bool setup_tried;
    json_t *statuses;
    json_t *unanswered;
    json_t *open;
    json_t *unsettled; /* guarded paths that were neither described nor refused */
    json_t *open_by[STANDINGS];
    json_t *challenge;
    long long asked;
};

static void text_add(json_t *list, const char *text)
{
    char room[LINE_SIZE];

    text_printable(text, strlen(text), room, sizeof room);
    probe_list_add_text(list, room);
}

static void walk_begin(struct walk *walk, struct probe_call *call)
{
    *walk = (struct walk){
        .call = call,
        .client = rtsp_client_start(call->host, call->port, call->seed, call->transcript),
        .statuses = json_array(),
        .unanswered = json_array(),
        .open = json_array(),
        .unsettled = json_array(),
    };
    for (int i = 0; i < STANDINGS; i++) {
        walk->open_by[i] = json_array();
    }
}

static void walk_done(struct walk *walk)
{
    rtsp_client_done(&walk->client);
    json_decref(walk->statuses);
    json_decref(walk->unanswered);
    json_decref(walk->open);
    json_decref(walk->unsettled);
    json_decref(walk->challenge);
    for (int i = 0; i < STANDINGS; i++) {
        json_decref(walk->open_by[i]);
    }
}

/* "OPTIONS, DESCRIBE" as a list (RFC 2326 section 12.28). */
static json_t *methods_read(const char *value, size_t length)
{
    json_t *methods = json_array();
    char room[LINE_SIZE];
    char *at = room;

    text_printable(value, length, room, sizeof room);
    while (*at != '\0') {
        size_t span = strcspn(at, ", ");
        bool last = at[span] == '\0';

        at[span] = '\0';
        if (span > 0) {
            text_add(methods, at);
        }
        at += last ? span : span + 1;
    }
    return methods;
}

static enum status options_ask(struct walk *walk, struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    char url[RTSP_URL_SIZE];
    const char *value = NULL;
    size_t length = 0;

    TRY(rtsp_url(&walk->client, "/", url, reterr));
    TRY(rtsp_ask(&walk->client,
                 &(struct rtsp_ask){ .method = "OPTIONS",
                                     .url = url,
                                     .deadline_ms = probe_exchange_deadline(walk->call) },
                 &answer, reterr));
    probe_fact_text(walk->call, "event", rtsp_event_word(answer.event));
    if (answer.event != RTSP_ANSWERED) {
        return STATUS_OK;
    }
    walk->answered = true;
    probe_fact_int(walk->call, "options_status", answer.status);
    if (wire_http_head_field(&answer.parsed.head, "Public", &value, &length)) {
        probe_fact_json(walk->call, "methods", methods_read(value, length));
    }
    return STATUS_OK;
}

/* The URL of a medium: absolute, or under the stream's (RFC 2326 appendix C.1.1). */
static bool control_url(const char *url, const struct wire_sdp *sdp, char room[RTSP_URL_SIZE])
{
    int length;

    for (const char *at = sdp->control; *at != '\0'; at++) {
        if ((unsigned char) *at <= ' ' || (unsigned char) *at >= 0x7f) {
            return false;
        }
    }
    if (sdp->control[0] == '\0' || text_equal(sdp->control, "*")) {
        length = snprintf(room, RTSP_URL_SIZE, "%s", url);
    } else if (text_starts_with(sdp->control, "rtsp://")) {
        length = snprintf(room, RTSP_URL_SIZE, "%s", sdp->control);
    } else {
        length = snprintf(room, RTSP_URL_SIZE, "%s%s%s", url, text_ends_with(url, "/") ? "" : "/",
                          sdp->control);
    }
    return length > 0 && length < RTSP_URL_SIZE;
}

static enum status teardown_ask(struct walk *walk, const char *url,
                                const struct rtsp_answer *granted, struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    char fields[SESSION_SIZE + 16];
    const char *session = NULL;
    size_t length = 0;

    if (!wire_http_head_field(&granted->parsed.head, "Session", &session, &length)) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < length; i++) { /* the identifier ends before ";timeout=" */
        if (session[i] == ';') {
            length = i;
        }
    }
    if (length >= SESSION_SIZE) {
        return STATUS_OK;
    }
    (void) snprintf(fields, sizeof fields, "Session: %.*s\r\n", (int) length, session);
    return rtsp_ask(&walk->client,
                    &(struct rtsp_ask){ .method = "TEARDOWN",
                                        .url = url,
                                        .fields = fields,
                                        .deadline_ms = probe_exchange_deadline(walk->call) },
                    &answer, reterr);
}

/* A session is set up over the connection itself, so it ends with it whatever happens to us. */
static enum status setup_ask(struct walk *walk, const char *url, const struct wire_sdp *sdp,
                             struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    char track[RTSP_URL_SIZE];

    if (walk->setup_tried || !probe_param_bool(walk->call, "setup") || sdp->media == 0 ||
        !control_url(url, sdp, track)) {
        return STATUS_OK;
    }
    walk->setup_tried = true;
    TRY(rtsp_ask(&walk->client,
                 &(struct rtsp_ask){
                     .method = "SETUP",
                     .url = track,
                     .fields = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
                     .deadline_ms = probe_exchange_deadline(walk->call),
                 },
                 &answer, reterr));
    if (answer.event != RTSP_ANSWERED) {
        return STATUS_OK;
    }
    probe_fact_int(walk->call, "setup_status", answer.status);
    return answer.status == 200 ? teardown_ask(walk, url, &answer, reterr) : STATUS_OK;
}

static void challenge_keep(struct walk *walk, const struct rtsp_answer *answer)
{
    struct stream_challenge challenge;

    if (answer->status != 401 || walk->challenge != NULL) {
        return;
    }
    stream_challenge_read(answer, &challenge);
    walk->challenge = json_incref(challenge.schemes);
    stream_challenge_done(&challenge);
}

static void stranger_fared(struct walk *walk, const struct stream_path *path,
                           const struct rtsp_answer *answer, bool described)
{
    bool refused =
        answer->event == RTSP_ANSWERED && (answer->status == 401 || answer->status == 403);
    char line[LINE_SIZE];

    if (path->standing == STANDING_GUARDED && !described && !refused) {
        text_add(walk->unsettled, path->path);
    }
    if (answer->event != RTSP_ANSWERED) {
        (void) snprintf(line, sizeof line, "%s %s", path->path, rtsp_event_word(answer->event));
        text_add(walk->unanswered, line);
        return;
    }
    walk->answered = true;
    (void) snprintf(line, sizeof line, "%s %u", path->path, answer->status);
    text_add(walk->statuses, line);
    challenge_keep(walk, answer);
    if (described) {
        text_add(walk->open, path->path);
        text_add(walk->open_by[path->standing], path->path);
    }
}

static enum status path_ask(struct walk *walk, const struct stream_path *path, struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    char url[RTSP_URL_SIZE];
    struct wire_sdp sdp;
    bool described;

    TRY(rtsp_url(&walk->client, path->path, url, reterr));
    TRY(stream_describe(&walk->client, url, NULL, probe_exchange_deadline(walk->call), &answer,
                        reterr));
    described = rtsp_describes(&answer, &sdp);
    walk->asked++;
    stranger_fared(walk, path, &answer, described);
    if (!described) {
        return STATUS_OK;
    }
    if (!walk->media_known) {
        walk->media_known = true;
        probe_fact_int(walk->call, "media", sdp.media);
    }
    return setup_ask(walk, url, &sdp, reterr);
}

static void walk_report(struct walk *walk, const struct stream_paths *paths, bool whole)
{
    struct probe_call *call = walk->call;

    if (!walk->answered) {
        return;
    }
    probe_fact_int(call, "paths_asked", walk->asked);
    probe_fact_json(call, "statuses", json_incref(walk->statuses));
    probe_fact_json(call, "unanswered", json_incref(walk->unanswered));
    probe_fact_json(call, "paths_open", json_incref(walk->open));
    standing_report(call, walk->open_by);
    probe_fact_json(call, "guarded_unsettled", json_incref(walk->unsettled));
    probe_fact_bool(call, "complete",
                    whole && paths->count > 0 && json_array_size(walk->unanswered) == 0);
    if (walk->challenge != NULL) {
        probe_fact_json(call, "challenge", json_incref(walk->challenge));
    }
}

/* Also one path that nobody can have: a server that describes it describes anything. */
static enum status stranger_walk(struct probe_call *call, struct stream_paths *paths,
                                 struct error *reterr)
{
    DEFER(walk_done) struct walk walk;
    char made_up[MADE_UP_LENGTH + 2] = "/";
    uint64_t random = call->seed;
    size_t i = 0;

    walk_begin(&walk, call);
    web_random_text(&random, made_up + 1, MADE_UP_LENGTH);
    paths->items[paths->count++] =
        (struct stream_path){ .path = made_up, .standing = STANDING_UNDECLARED };
    TRY(options_ask(&walk, reterr));
    for (; i < paths->count && clock_left_ms(call->deadline_ms) > 0; i++) {
        TRY(path_ask(&walk, &paths->items[i], reterr));
        probe_progress(call, (unsigned) i + 1, (unsigned) paths->count);
        if (!walk.answered && i >= 1) { /* no RTSP here, or nobody at all */
            break;
        }
    }
    walk_report(&walk, paths, i == paths->count);
    return STATUS_OK;
}

static enum status public_describe(struct probe_call *call, const struct stream_path *path,
                                   struct error *reterr)
{
    DEFER(rtsp_answer_done) struct rtsp_answer answer = { .event = RTSP_TIMEOUT };
    DEFER(rtsp_client_done)
    struct rtsp_client client =
        rtsp_client_start(call->host, call->port, call->seed, call->transcript);
    char url[RTSP_URL_SIZE];
    struct wire_sdp sdp;

    TRY(rtsp_url(&client, path->path, url, reterr));
    TRY(stream_describe(&client, url, NULL, probe_exchange_deadline(call), &answer, reterr));
    probe_fact_text(call, "event", rtsp_event_word(answer.event));
    if (answer.event == RTSP_ANSWERED) {
        probe_fact_bool(call, "described", rtsp_describes(&answer, &sdp));
    }
    return STATUS_OK;
}

static void attempt_report(struct probe_call *call, const struct attempt *attempt)
{
    if (attempt->word == ATTEMPT_ACCEPTED || attempt->word == ATTEMPT_REJECTED) {
        probe_fact_bool(call, "described", attempt->word == ATTEMPT_ACCEPTED);
    }
    if (attempt->detail[0] != '\0') {
        probe_fact_text(call, "reason", attempt->detail);
    }
}

static enum status login_describe(struct probe_call *call, const struct stream_path *path,
                                  bool wrong, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct credential *credential =
        web_credential(call->subject->profile, path->auth, probe_param_text(call, "role"));
    const struct mechanism_setting setting = {
        .call = call,
        .scheme = web_scheme(path->auth),
        .auth = path->auth,
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .path = path->path,
    };
    struct attempt attempt = { .word = ATTEMPT_UNCLEAR, .retry_after_s = -1, .proof = "none" };
    struct candidate candidate = { .label = "declared", .is_secret = !wrong };
    char wrong_password[WRONG_LENGTH + 1];
    uint64_t random = call->seed;
    void *state = NULL;
    enum status status;

    if (credential == NULL && !wrong) {
        probe_fact_text(call, "reason", "the profile gives no credentials of the role");
        return STATUS_OK;
    }
    web_random_text(&random, wrong_password, WRONG_LENGTH);
    candidate.user = credential != NULL ? credential->user : "admin";
    candidate.password = wrong ? wrong_password : secret_reveal(&credential->secret);
    if (mechanism_find(setting.scheme) != &mechanism_rtsp) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not supported over RTSP",
                    setting.scheme);
    }
    status = mechanism_rtsp.open(&setting, arena, &state, reterr);
    if (status == STATUS_OK) {
        status = mechanism_rtsp.attempt(state, &candidate, &attempt, reterr);
    }
    mechanism_rtsp.close(state);
    attempt_report(call, &attempt);
    return status;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *as = probe_param_text(call, "as");
    struct stream_paths paths = stream_paths_gather(call->subject->profile, call->subject->service,
                                                    probe_param_list(call, "paths"), arena);
    const struct stream_path *path = stream_paths_main(&paths);

    if (text_equal(as, "nobody")) {
        return stranger_walk(call, &paths, reterr);
    }
    if (path == NULL) {
        probe_fact_text(call, "reason", "the profile declares no stream of this service");
        return STATUS_OK;
    }
    if (path->auth == NULL) { /* declared public: everybody is in the role */
        return public_describe(call, path, reterr);
    }
    return login_describe(call, path, text_equal(as, "wrong"), reterr);
}

static const char *const as_choices[] = { "nobody", "wrong", "role", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who asks: nobody, for all paths; or the role's user with a wrong password, or the "
              "role, for the first declared one.",
      .fallback = "\"nobody\"",
      .choices = as_choices },
    { .name = "paths",
      .type = FACT_TEXTS,
      .help = "What is asked for besides the declared paths.",
      .fallback = "[\"/\", \"/live\", \"/stream1\"]" },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Whose credentials; the first declared ones unless given." },
    { .name = "setup",
      .type = FACT_BOOL,
      .help = "Set up, and tear down, the first stream that a stranger gets described.",
      .fallback = "false" },
    PARAM_TIMEOUT_MS("5000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How the first request ended: answered, no_connection, timeout, closed, broken." },
    { .name = "options_status", .type = FACT_INT, .help = "The status of OPTIONS." },
    { .name = "methods",
      .type = FACT_TEXTS,
      .help = "What OPTIONS says may be asked (RFC 2326 section 12.28)." },
    { .name = "challenge",
      .type = FACT_TEXTS,
      .help = "Schemes of the first 401, lower case; absent when there was none." },
    { .name = "paths_asked", .type = FACT_INT, .help = "How many streams a stranger asked for." },
    { .name = "statuses", .type = FACT_TEXTS, .help = "Each path, and the status it got." },
    { .name = "unanswered",
      .type = FACT_TEXTS,
      .help = "Each path that got no answer, and what came instead." },
    { .name = "paths_open",
      .type = FACT_TEXTS,
      .help = "Paths of which a stranger got a session description (RFC 8866)." },
    STANDING_FACTS,
    { .name = "guarded_unsettled",
      .type = FACT_TEXTS,
      .help = "Paths which the profile declares to be behind a mechanism and which were neither "
              "described nor refused by 401 or 403." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every path was asked for and got an answer." },
    { .name = "media",
      .type = FACT_INT,
      .help = "Media in the first description that a stranger got." },
    { .name = "setup_status",
      .type = FACT_INT,
      .help = "The status of SETUP for a stranger; it was torn down again." },
    { .name = "described",
      .type = FACT_BOOL,
      .help = "As role or wrong: the stream was described; absent when the answer does not "
              "settle it." },
    { .name = "reason",
      .type = FACT_TEXT,
      .help = "As role or wrong: what described rests on, or why it is absent." },
    FACT_END,
};

const struct probe probe_rtsp_access = {
    .decl = {
        .name = "rtsp_access",
        .summary = { .ja = "RTSPのストリームが誰に案内されるかを観測する",
                     .en = "Asks for RTSP streams and records to whom they are described" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_SERVICE,
        .deadline_ms = 60000,
    },
    .run = run,
};
