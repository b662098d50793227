#include "erasure.h"

#include "base/clock.h"
#include "base/text.h"
#include "image/image.h"
#include "probe/web.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { EXPORT_MOST = 64 << 20, ASK_AGAIN_MS = 150, GONE_MS = 5000 };

static bool over_http(const struct service *service)
{
    return text_equal(service->protocol, "http") || text_equal(service->protocol, "https");
}

static bool holds(const uint8_t *data, size_t length, const char *text)
{
    return length > 0 && text[0] != '\0' && memmem(data, length, text, strlen(text)) != NULL;
}

static void look_through(struct erasure *erasure, const uint8_t *data, size_t length,
                         const char *id)
{
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];

        if (plant->planted &&
            (holds(data, length, plant->marker) || holds(data, length, plant->secret))) {
            plant->state = PLANT_FOUND;
            plant->found_in = id;
        }
    }
}

void search_look_through(struct erasure *erasure, const struct http_answer *answer, const char *id)
{
    look_through(erasure, answer->body.data, answer->body.length, id);
}

bool search_settles(const struct http_answer *answer, const char *path)
{
    return answer->event == HTTP_ANSWERED && (answer->status == 404 || answer->status == 410 ||
                                              web_view(answer, path, false).word == WEB_GRANTED);
}

/* Whose data it is reads it, where that account gets in; else the highest role; else nobody. */
static const struct credential *reader_of(const struct erasure *erasure,
                                          const struct access *access, const char **ret_password)
{
    const struct entrance *entrance = &erasure->entrance;
    const struct profile *profile = erasure->call->subject->profile;
    const struct credential *own =
        access->auth == NULL ? NULL : web_credential(profile, access->auth, access->role);

    *ret_password = entrance->password;
    if (own != NULL && erasure->account_password != NULL &&
        text_equal(own->user, erasure->account.credential->user)) {
        *ret_password = erasure->account_password;
        return own;
    }
    return access->auth == NULL || entrance->password == NULL
               ? NULL
               : web_credential(profile, access->auth, entrance->top->role);
}

/* Reads one access path as somebody who gets in; an export as a secret. */
static enum status path_ask(struct erasure *erasure, const struct access *access,
                            const char *marker, bool withholds, struct http_answer *answer,
                            struct error *reterr)
{
    const char *password = NULL;
    const struct credential *who = reader_of(erasure, access, &password);
    DEFER(guest_done) struct guest reader = { 0 };
    struct subject subject = *erasure->call->subject;
    struct probe_call call = *erasure->call;

    subject.access = access;
    subject.service = access->service;
    subject.auth = access->auth;
    call.subject = &subject;
    call.port = access->service->port;
    TRY(guest_new(&call, who != NULL ? GUEST_ROLE : GUEST_NOBODY, who != NULL ? who->role : NULL,
                  &reader, reterr));
    if (who != NULL) {
        reader.password = password;
        TRY(guest_login(&reader, reterr));
    }
    reader.withholds = withholds;
    return guest_ask(&reader, &access->read, marker, false, answer, reterr);
}

static enum status read_path(struct erasure *erasure, const struct access *access,
                             const char *marker, bool *ret_settled, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(path_ask(erasure, access, marker, false, &answer, reterr));
    search_look_through(erasure, &answer, access->id);
    *ret_settled = search_settles(&answer, access->read.path);
    return STATUS_OK;
}

static bool is_readable(const struct access *access)
{
    return over_http(access->service) && access->read.path != NULL &&
           strstr(access->read.path, "${") == NULL;
}

static enum status search_paths(struct erasure *erasure, struct error *reterr)
{
    const struct profile *profile = erasure->call->subject->profile;
    bool settled;

    for (size_t i = 0; i < profile->access_count; i++) {
        if (is_readable(&profile->accesses[i])) {
            TRY(read_path(erasure, &profile->accesses[i], "", &settled, reterr));
        }
    }
    return STATUS_OK;
}

struct unpacking {
    struct erasure *erasure;
    const char *id;
};

static enum status unpacked(void *context, const struct image_blob *blob, struct error *reterr)
{
    const struct unpacking *unpacking = context;

    (void) reterr;
    look_through(unpacking->erasure, blob->data, blob->length, unpacking->id);
    return STATUS_OK;
}

static bool is_asked_for(const struct export *export)
{
    return export->file == NULL && is_readable(&export->access);
}

/* A backup or a log may know what the device does not show any more. */
static enum status search_exports(struct erasure *erasure, struct error *reterr)
{
    static struct image_report report;
    const struct profile *profile = erasure->call->subject->profile;
    const struct image_limits limits = { .total = EXPORT_MOST,
                                         .deadline_ms = erasure->call->deadline_ms };

    for (size_t i = 0; i < profile->export_count; i++) {
        const struct export *export = &profile->exports[i];
        struct unpacking unpacking = { .erasure = erasure, .id = export->id };
        DEFER(http_answer_done) struct http_answer answer = { 0 };

        if (is_asked_for(export)) {
            TRY(path_ask(erasure, &export->access, "", true, &answer, reterr));
            TRY(image_walk(export->id, answer.body.data, answer.body.length, &limits, unpacked,
                           &unpacking, &report, reterr));
        }
    }
    return STATUS_OK;
}

/* The front page of each service over HTTP, as nobody. */
static enum status search_front_pages(struct erasure *erasure, struct error *reterr)
{
    const struct profile *profile = erasure->call->subject->profile;

    for (size_t i = 0; i < profile->service_count; i++) {
        const struct service *service = &profile->services[i];
        const struct http_target target = { .host = erasure->call->subject->address,
                                            .port = service->port,
                                            .tls = text_equal(service->protocol, "https"),
                                            .server_name = service->tls_server_name };
        const struct http_ask ask = { .method = "GET",
                                      .path = "/",
                                      .answer_is_secret = true,
                                      .deadline_ms = probe_exchange_deadline(erasure->call) };
        DEFER(http_client_done) struct http_client *client = NULL;
        DEFER(http_answer_done) struct http_answer answer = { 0 };

        if (over_http(service)) {
            TRY(http_client_new(&target, erasure->call->transcript, &client, reterr));
            TRY(http_client_ask(client, &ask, &answer, reterr));
            search_look_through(erasure, &answer, service->id);
        }
    }
    return STATUS_OK;
}

/* *ret_clean: every marker is settled, and gone. */
static enum status search_all(struct erasure *erasure, bool *ret_clean, struct error *reterr)
{
    *ret_clean = true;
    for (size_t i = 0; i < erasure->plant_count; i++) {
        erasure->plants[i].state = erasure->plants[i].planted ? PLANT_UNREAD : PLANT_NOT;
        erasure->plants[i].found_in = NULL;
    }
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];
        bool settled = false;

        if (plant->planted) {
            TRY(read_path(erasure, plant->subject.access, plant->marker, &settled, reterr));
            plant->state = plant->state != PLANT_FOUND && settled ? PLANT_GONE : plant->state;
        }
    }
    TRY(search_paths(erasure, reterr));
    TRY(search_exports(erasure, reterr));
    TRY(search_front_pages(erasure, reterr));
    for (size_t i = 0; i < erasure->plant_count; i++) {
        enum plant_state state = erasure->plants[i].state;

        *ret_clean = *ret_clean && (state == PLANT_GONE || state == PLANT_NOT);
    }
    return STATUS_OK;
}

/* ---- what opened the device before ---- */

static void many_fact(const struct erasure *erasure, const char *name, struct many many)
{
    if (many.opened > 0) {
        probe_fact_bool(erasure->call, name, false);
    } else if (many.refused > 0 && many.unclear == 0) {
        probe_fact_bool(erasure->call, name, true);
    }
}

static void many_view(struct many *many, enum web_word word)
{
    many->opened += word == WEB_GRANTED;
    many->refused += word == WEB_REFUSED;
    many->unclear += word == WEB_OPEN;
}

static enum status token_again(const struct plant *plant, struct many *many, struct error *reterr)
{
    DEFER(guest_done) struct guest bearer = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct probe_call call = plant->call;
    const struct http_request *read = &plant->datum->access.read;

    TRY(guest_new(&call, GUEST_NOBODY, NULL, &bearer, reterr));
    TRY(secret_set(&bearer.login.bearer, secret_reveal(&plant->token), plant->token.length,
                   SECRET_FOR_CHILDREN, reterr));
    TRY(guest_ask(&bearer, read, plant->marker, false, &answer, reterr));
    many_view(many, web_view(&answer, read->path, false).word);
    return STATUS_OK;
}

enum status search_session(struct erasure *erasure, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct many many = { 0 };
    const struct http_request *read;

    if (erasure->seen == NULL) {
        return STATUS_OK;
    }
    read = &erasure->seen->subject.access->read;
    TRY(guest_ask(&erasure->session, read, erasure->seen->marker, false, &answer, reterr));
    many_view(&many, web_view(&answer, read->path, false).word);
    many_fact(erasure, "session_refused", many);
    return STATUS_OK;
}

static void many_attempt(struct many *many, enum attempt_word word)
{
    many->opened += word == ATTEMPT_ACCEPTED;
    many->refused += word == ATTEMPT_REJECTED;
    many->unclear += word != ATTEMPT_ACCEPTED && word != ATTEMPT_REJECTED;
}

enum status search_leftovers(struct erasure *erasure, struct error *reterr)
{
    enum attempt_word word = ATTEMPT_UNCLEAR;

    for (size_t i = 0; i < erasure->plant_count; i++) {
        const struct plant *plant = &erasure->plants[i];

        if (plant->token_opened) {
            TRY(token_again(plant, &erasure->tokens, reterr));
        }
        if (plant->account_opened) {
            TRY(entrance_try(erasure, plant->marker, plant->secret, true, &word, reterr));
            many_attempt(&erasure->accounts, word);
        }
    }
    if (erasure->account_changed) {
        many_attempt(&erasure->changed, erasure->changed_word);
    }
    return STATUS_OK;
}

/* ---- patiently, and after a start ---- */

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

enum status search_patiently(struct erasure *erasure, struct error *reterr)
{
    int64_t deadline_ms =
        probe_deadline_within(erasure->call, probe_param_int(erasure->call, "erased_within_ms"));
    bool clean = false;

    TRY(search_all(erasure, &clean, reterr));
    while (!clean && clock_monotonic_ms() < deadline_ms) {
        pause_ms(ASK_AGAIN_MS);
        TRY(search_all(erasure, &clean, reterr));
    }
    return STATUS_OK;
}

enum status search_after_start(struct erasure *erasure, struct error *reterr)
{
    struct probe_call *call = erasure->call;
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    const char *found[PLANTS_MAX] = { NULL };
    bool gone = false;
    bool back = false;

    if (!control_has(call, LEVER_POWER_OFF, NULL) || !control_has(call, LEVER_POWER_ON, NULL)) {
        return STATUS_OK;
    }
    TRY(control_pull(call, LEVER_POWER_OFF, NULL, NULL, reterr));
    TRY(control_wait_gone(call, GONE_MS, &gone, reterr));
    TRY(control_pull(call, LEVER_POWER_ON, NULL, NULL, reterr));
    TRY(control_wait_alive(call, settle_ms, &back, NULL, reterr));
    probe_fact_bool(call, "started_again", gone && back);
    if (!gone || !back) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < erasure->plant_count; i++) {
        found[i] = erasure->plants[i].state == PLANT_FOUND ? erasure->plants[i].found_in : NULL;
    }
    TRY(delivery_again(erasure, reterr));
    TRY(search_patiently(erasure, reterr));
    for (size_t i = 0; i < erasure->plant_count; i++) {
        if (found[i] != NULL) {
            erasure->plants[i].state = PLANT_FOUND;
            erasure->plants[i].found_in = found[i];
        }
    }
    return search_leftovers(erasure, reterr);
}

/* ---- facts ---- */

static void searched_facts(const struct erasure *erasure)
{
    const struct profile *profile = erasure->call->subject->profile;
    json_t *searched = json_array();
    json_t *not_searched = json_array();

    for (size_t i = 0; i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->read.path != NULL || access->read.topic != NULL) {
            probe_list_add_text(is_readable(access) ? searched : not_searched, access->id);
        }
    }
    for (size_t i = 0; i < erasure->plant_count; i++) {
        if (erasure->plants[i].datum != NULL && erasure->plants[i].planted) {
            probe_list_add_text(searched, erasure->plants[i].id);
        }
    }
    for (size_t i = 0; i < profile->export_count; i++) {
        if (is_asked_for(&profile->exports[i])) {
            probe_list_add_text(searched, profile->exports[i].id);
        }
    }
    probe_fact_json(erasure->call, "searched", searched);
    probe_fact_json(erasure->call, "not_searched", not_searched);
}

void search_facts(const struct erasure *erasure)
{
    static const char *const words[] = { [PLANT_NOT] = "not planted",
                                         [PLANT_UNREAD] = "unread",
                                         [PLANT_GONE] = "gone",
                                         [PLANT_FOUND] = "found" };
    json_t *rows = json_array();
    json_t *remaining = json_array();
    json_t *unread = json_array();

    for (size_t i = 0; i < erasure->plant_count; i++) {
        const struct plant *plant = &erasure->plants[i];

        probe_list_add(rows, json_pack("{s:s, s:s, s:s, s:s}", "data", plant->id, "kind",
                                       plant->kind, "state", words[plant->state], "found_in",
                                       plant->found_in != NULL ? plant->found_in : ""));
        if (plant->state == PLANT_FOUND) {
            probe_list_add_text(remaining, plant->id);
        } else if (plant->state == PLANT_UNREAD) {
            probe_list_add_text(unread, plant->id);
        }
    }
    probe_fact_json(erasure->call, "markers", rows);
    probe_fact_json(erasure->call, "remaining", remaining);
    probe_fact_json(erasure->call, "unread", unread);
    many_fact(erasure, "tokens_refused", erasure->tokens);
    many_fact(erasure, "accounts_refused", erasure->accounts);
    many_fact(erasure, "changed_credential_refused", erasure->changed);
    searched_facts(erasure);
}
