#include "erasure.h"

#include "base/text.h"
#include "probe/web.h"

#include <string.h>

static bool over_http(const struct service *service)
{
    return text_equal(service->protocol, "http") || text_equal(service->protocol, "https");
}

static bool holds(const struct http_answer *answer, const char *text)
{
    return answer->body.length > 0 && text[0] != '\0' &&
           memmem(answer->body.data, answer->body.length, text, strlen(text)) != NULL;
}

void search_look_through(struct erasure *erasure, const struct http_answer *answer, const char *id)
{
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];

        if (plant->planted && (holds(answer, plant->marker) || holds(answer, plant->secret))) {
            plant->state = PLANT_FOUND;
            plant->found_in = id;
        }
    }
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

/* Reads one access path as somebody who gets in. */
static enum status read_path(struct erasure *erasure, const struct access *access,
                             const char *marker, bool *ret_settled, struct error *reterr)
{
    const char *password = NULL;
    const struct credential *who = reader_of(erasure, access, &password);
    DEFER(guest_done) struct guest reader = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
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
    TRY(guest_ask(&reader, &access->read, marker, false, &answer, reterr));
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

enum status search_all(struct erasure *erasure, bool *ret_clean, struct error *reterr)
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
