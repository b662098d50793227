/* cleartext_markers - logs in with the declared credentials, reads what they open, listens for a
 * while, and looks for these credentials and for values that were put on the device in everything
 * that travelled unencrypted: in packets where capturing is permitted, and always in what our own
 * channels said and heard. */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/capture.h"
#include "channel/udp.h"
#include "probe/guest.h"
#include "probe/mechanism.h"
#include "probe/web.h"
#include "search.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_cleartext_markers;

/* RFC 863; whether anybody listens there does not matter. */
enum { DISCARD_PORT = 9, CONTROL_LENGTH = 24, LISTEN_STEP_MS = 200, SETTLE_MS = 100 };

static const char control_label[] = "control";

struct exercise {
    struct probe_call *call;
    struct veil *veil;
    struct search search; /* of packets; unused without a capture */
    json_t *left_out;     /* labels of what would be found by chance */
    unsigned searched;    /* secrets */
    unsigned log_ins;
    unsigned accepted;
    unsigned reads;
    unsigned reads_tried;
};

static void exercise_done(struct exercise *exercise)
{
    json_decref(exercise->left_out);
    search_done(&exercise->search);
    veil_free(exercise->veil);
}

static void list_add(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0) {
        abort();
    }
}

static void secret_add(struct exercise *exercise, const char *label, const char *user,
                       const char *text)
{
    /* The name travels in clear with Digest and SNMPv3, and says nothing of the password. */
    if (strlen(text) < VEIL_FACT_LEAST || strstr(user, text) != NULL) {
        list_add(exercise->left_out, json_string(label));
        return;
    }
    veil_add_as(exercise->veil, label, user, text);
    exercise->searched++;
}

static void secrets_gather(struct exercise *exercise, const struct auth *accounts)
{
    const struct profile *profile = exercise->call->subject->profile;
    char label[160];

    for (size_t i = 0; i < accounts->credential_count; i++) {
        const struct credential *credential = &accounts->credentials[i];

        (void) snprintf(label, sizeof label, "%s: credential of role %s", accounts->id,
                        credential->role);
        secret_add(exercise, label, credential->user, secret_reveal(&credential->secret));
    }
    for (size_t i = 0; i < profile->asset_count; i++) {
        const struct asset *asset = &profile->assets[i];

        if (asset->marker.length > 0) {
            (void) snprintf(label, sizeof label, "asset %s: marker", asset->id);
            secret_add(exercise, label, "", secret_reveal(&asset->marker));
        }
    }
}

static void hear(void *context, const struct capture_frame *frame)
{
    struct exercise *exercise = context;

    search_take(&exercise->search, capture_link(exercise->call->capture), frame->data,
                frame->length);
}

static enum status drain(struct exercise *exercise, struct error *reterr)
{
    struct probe_call *call = exercise->call;

    return call->capture == NULL
               ? STATUS_OK
               : capture_drain(call->capture, call->deadline_ms, hear, exercise, reterr);
}

/* Something that nobody encrypts, to see that it would be found. */
static enum status control_send(struct exercise *exercise, struct error *reterr)
{
    struct probe_call *call = exercise->call;
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    enum udp_event event;
    uint64_t random = call->seed ^ 0xc0417201u;
    char text[CONTROL_LENGTH + 1];
    unsigned connection;

    web_random_text(&random, text, CONTROL_LENGTH);
    veil_add_as(exercise->veil, control_label, "", text);
    TRY(udp_open(&udp, call->host, DISCARD_PORT, reterr));
    TRY(udp_send(&udp, text, CONTROL_LENGTH, &event, reterr));
    connection = transcript_open(call->transcript, "the discard port, over UDP");
    transcript_sent(call->transcript, connection, text, CONTROL_LENGTH);
    return STATUS_OK;
}

/* Each account once, over a connection of its own. */
static enum status log_in(struct exercise *exercise, const struct mechanism *mechanism,
                          const struct mechanism_setting *setting,
                          const struct credential *credential, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct candidate candidate = { .label = "declared",
                                         .user = credential->user,
                                         .password = secret_reveal(&credential->secret),
                                         .is_secret = true };
    struct attempt attempt = { .word = ATTEMPT_AGAIN };
    void *state = NULL;
    enum status status = mechanism->open(setting, arena, &state, reterr);

    for (int tries = 0; status == STATUS_OK && attempt.word == ATTEMPT_AGAIN && tries < 2;
         tries++) {
        status = mechanism_try(mechanism, state, exercise->call, &candidate, &attempt, reterr);
    }
    if (state != NULL) {
        mechanism->close(state);
    }
    exercise->log_ins++;
    exercise->accepted += attempt.word == ATTEMPT_ACCEPTED && !attempt.unasked;
    TRY(status);
    return drain(exercise, reterr);
}

/* What the log-in opens, read by the role that may: it may hold a marker. */
static enum status read_as(struct exercise *exercise, const struct access *access,
                           struct error *reterr)
{
    struct subject subject = *exercise->call->subject;
    struct probe_call call = *exercise->call;
    DEFER(guest_done) struct guest guest = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    subject.access = access;
    subject.service = access->service;
    call.subject = &subject;
    call.port = access->service->port;
    exercise->reads_tried++;
    TRY(guest_new(&call, GUEST_ROLE, NULL, &guest, reterr));
    if (text_equal(guest.scheme, "form")) {
        TRY(guest_login(&guest, reterr));
    }
    TRY(guest_ask(&guest, &access->read, NULL, false, &answer, reterr));
    exercise->reads += web_view(&answer, access->read.path, false).word == WEB_GRANTED;
    return drain(exercise, reterr);
}

static bool readable(const struct probe_call *call, const struct access *access)
{
    const char *scheme = access->auth == NULL ? NULL : web_scheme(access->auth);

    return access->auth == call->subject->auth && access->read.path != NULL &&
           web_credential(call->subject->profile, access->auth, access->role) != NULL &&
           (text_equal(scheme, "form") || text_equal(scheme, "basic") ||
            text_equal(scheme, "digest") || text_equal(scheme, "bearer")) &&
           (text_equal(access->service->protocol, "http") ||
            text_equal(access->service->protocol, "https"));
}

static enum status read_all(struct exercise *exercise, struct error *reterr)
{
    const struct profile *profile = exercise->call->subject->profile;

    for (size_t i = 0; i < profile->access_count; i++) {
        if (readable(exercise->call, &profile->accesses[i])) {
            TRY(read_as(exercise, &profile->accesses[i], reterr));
        }
    }
    return STATUS_OK;
}

static enum status listen_on(struct exercise *exercise, int64_t wait_ms, struct error *reterr)
{
    struct probe_call *call = exercise->call;
    int64_t until_ms = clock_monotonic_ms() + wait_ms;

    if (call->capture == NULL) {
        return STATUS_OK;
    }
    if (until_ms > call->deadline_ms) {
        until_ms = call->deadline_ms;
    }
    while (clock_left_ms(until_ms) > 0) {
        int left = clock_left_ms(until_ms);

        probe_waiting(call, 1, 2, left);
        (void) poll(NULL, 0, left < LISTEN_STEP_MS ? left : LISTEN_STEP_MS);
        TRY(drain(exercise, reterr));
    }
    return drain(exercise, reterr);
}

static json_t *row(const char *label, const char *form, const char *transport, unsigned port,
                   const char *direction, const char *source)
{
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "secret", label, "form", form, "transport",
                  transport, "port", (json_int_t) port, "direction", direction, "source", source);

    if (made == NULL) {
        abort();
    }
    return made;
}

/* Own record: the service of the mechanism, or what it was that was read over HTTP. */
static void record_rows(const struct exercise *exercise, json_t *rows, bool *ret_control)
{
    const struct transcript *transcript = exercise->call->transcript;
    const char *told[TRANSCRIPT_SIGHTINGS_MAX];
    size_t told_count = 0;

    for (size_t i = 0; i < transcript->sighting_count && i < TRANSCRIPT_SIGHTINGS_MAX; i++) {
        const struct sighting *what = &transcript->sightings[i].what;
        bool known = false;

        if (text_equal(what->label, control_label)) {
            *ret_control = true;
            continue;
        }
        for (size_t at = 0; at < told_count; at++) {
            known |= text_equal(told[at], what->label);
        }
        if (!known) {
            told[told_count++] = what->label;
            list_add(rows,
                     row(what->label, what->form,
                         exercise->call->subject->auth->service->transport == TRANSPORT_TCP ? "tcp"
                                                                                            : "udp",
                         exercise->call->port, "either", "own record"));
        }
    }
}

static void capture_rows(const struct exercise *exercise, json_t *rows, bool *ret_control)
{
    for (size_t i = 0; i < exercise->search.find_count; i++) {
        const struct find *find = &exercise->search.finds[i];

        if (text_equal(find->label, control_label)) {
            *ret_control = true;
        } else {
            list_add(rows, row(find->label, find->form, find->tcp ? "tcp" : "udp", find->port,
                               find->from_device ? "from the device" : "to the device", "capture"));
        }
    }
}

/* Did the search miss nothing that it claims to have looked through? */
static enum status complete_find(const struct exercise *exercise, bool *ret_complete,
                                 struct error *reterr)
{
    const struct probe_call *call = exercise->call;
    const struct search *search = &exercise->search;
    unsigned lost = 0;

    *ret_complete = exercise->log_ins > 0 && exercise->accepted == exercise->log_ins &&
                    exercise->reads == exercise->reads_tried;
    if (call->capture != NULL) {
        const struct service *service = call->subject->auth->service;

        TRY(capture_lost(call->capture, &lost, reterr));
        *ret_complete =
            *ret_complete && lost == 0 && search->gaps == 0 && search->unread == 0 &&
            !search->flows_cut &&
            search_saw_both_ways(search, service->transport == TRANSPORT_TCP, service->port);
        transcript_note(call->transcript, 0,
                        "captured %u packets with data to the device, %u from it; lost %u, gaps "
                        "%u, unread %u",
                        search->packets_to_device, search->packets_from_device, lost, search->gaps,
                        search->unread);
    }
    return STATUS_OK;
}

static enum status facts_set(struct exercise *exercise, struct error *reterr)
{
    struct probe_call *call = exercise->call;
    json_t *rows = json_array();
    bool in_record = false;
    bool in_capture = false;
    bool complete = false;
    enum status status;

    capture_rows(exercise, rows, &in_capture);
    record_rows(exercise, rows, &in_record);
    status = complete_find(exercise, &complete, reterr);
    probe_fact_json(call, "found", rows);
    TRY(status);
    probe_fact_json(call, "searched",
                    call->capture != NULL ? json_pack("[s, s]", "capture", "own record")
                                          : json_pack("[s]", "own record"));
    if (call->capture == NULL && call->capture_refused != NULL) {
        probe_fact_text(call, "capture_refused", call->capture_refused);
    }
    probe_fact_bool(call, "control_found", in_record && (call->capture == NULL || in_capture));
    probe_fact_bool(call, "complete", complete);
    probe_fact_int(call, "secrets", exercise->searched);
    probe_fact_json(call, "left_out", json_incref(exercise->left_out));
    probe_fact_int(call, "log_ins", exercise->log_ins);
    probe_fact_int(call, "log_ins_accepted", exercise->accepted);
    probe_fact_int(call, "reads", exercise->reads);
    return STATUS_OK;
}

static enum status traffic_make(struct exercise *exercise, struct error *reterr)
{
    struct probe_call *call = exercise->call;
    const struct auth *auth = call->subject->auth;
    const struct auth *accounts = web_account_of(call->subject->profile, auth);
    const struct mechanism_setting setting = {
        .call = call,
        .auth = auth,
        .scheme = web_scheme(auth),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
    };
    const struct mechanism *mechanism = mechanism_find(setting.scheme);

    if (mechanism == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not built in", setting.scheme);
    }
    if (auth->credential_count > 0) {
        accounts = auth;
    }
    secrets_gather(exercise, accounts);
    call->transcript->watch = exercise->veil;
    TRY(control_send(exercise, reterr));
    for (size_t i = 0; i < accounts->credential_count; i++) {
        probe_progress(call, (unsigned) i, (unsigned) accounts->credential_count + 1);
        TRY(log_in(exercise, mechanism, &setting, &accounts->credentials[i], reterr));
    }
    TRY(read_all(exercise, reterr));
    return listen_on(exercise, SETTLE_MS + probe_param_int(call, "listen_ms"), reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(exercise_done)
    struct exercise exercise = { .call = call, .veil = veil_new(), .left_out = json_array() };
    enum status status;

    if (!search_start(&exercise.search, exercise.veil, call->host)) {
        return fail(reterr, STATUS_BAD_INPUT, "not a numeric address: %s", call->host);
    }
    status = traffic_make(&exercise, reterr);
    if (status == STATUS_OK) {
        status = facts_set(&exercise, reterr);
    }
    call->transcript->watch = NULL;
    return status;
}

static const struct param params[] = {
    { .name = "listen_ms",
      .type = FACT_INT,
      .help = "How long to listen on for what the device sends by itself; only with a capture.",
      .fallback = "2000",
      .minimum = 0,
      .maximum = 600000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one exchange may take.",
      .fallback = "10000",
      .minimum = 100,
      .maximum = 60000 },
    PARAM_END,
};

static const struct fact found_columns[] = {
    { .name = "secret", .type = FACT_TEXT, .help = "Which one, by what it is; never its value." },
    { .name = "form",
      .type = FACT_TEXT,
      .help = "How it was written: as it is, base64, hexadecimal, percent-encoded ..." },
    { .name = "transport", .type = FACT_TEXT, .help = "tcp or udp." },
    { .name = "port", .type = FACT_INT, .help = "The lower of the two ports: the service's." },
    { .name = "direction",
      .type = FACT_TEXT,
      .help = "To the device or from the device; either where only our own record shows it." },
    { .name = "source", .type = FACT_TEXT, .help = "capture, or own record." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "found",
      .type = FACT_ROWS,
      .help = "Secrets that travelled in clear.",
      .columns = found_columns },
    { .name = "searched",
      .type = FACT_TEXTS,
      .help = "Where was looked: capture (packets of all interfaces to and from the device), own "
              "record (what our channels said and heard)." },
    { .name = "capture_refused",
      .type = FACT_TEXT,
      .help = "Why no packets were captured; left out when they were." },
    { .name = "control_found",
      .type = FACT_BOOL,
      .help = "A text sent to the device in clear was found in all that was searched." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Nothing was lost: each log-in was accepted and each page handed out, no packet was "
              "dropped, cut or fragmented, no stream has a gap, and the log-ins' packets were seen "
              "in both directions." },
    { .name = "secrets", .type = FACT_INT, .help = "How many secrets were looked for." },
    { .name = "left_out",
      .type = FACT_TEXTS,
      .help = "Secrets that would be found by chance: of fewer than six characters, or part of "
              "their own user's name." },
    { .name = "log_ins", .type = FACT_INT, .help = "Log-ins with declared credentials." },
    { .name = "log_ins_accepted",
      .type = FACT_INT,
      .help = "How many were accepted; not those that went through before the password was asked "
              "for." },
    { .name = "reads",
      .type = FACT_INT,
      .help = "Protected pages that were handed out over HTTP(S) to the declared role." },
    FACT_END,
};

const struct probe probe_cleartext_markers = {
    .decl = {
        .name = "cleartext_markers",
        .summary = { .ja = "ログイン情報などの目印が平文で流れないかを通信の記録から探す",
                     .en = "Looks for credentials and planted values in what travels in clear" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_AUTH,
        .deadline_ms = 120000,
    },
    .run = run,
    .wants_capture = true,
};
