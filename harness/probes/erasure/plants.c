#include "erasure.h"

#include "base/text.h"
#include "channel/veil.h"
#include "probe/place.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind_setting[] = "setting";

static struct plant *plant_new(struct erasure *erasure, const struct access *access)
{
    struct plant *plant;

    if (erasure->plant_count == PLANTS_MAX) {
        erasure->more = true;
        return NULL;
    }
    plant = &erasure->plants[erasure->plant_count++];
    *plant = (struct plant){ .id = access->id, .kind = kind_setting };
    plant->subject = *erasure->call->subject;
    plant->subject.access = access;
    plant->subject.service = access->service;
    plant->subject.auth = access->auth;
    plant->call = *erasure->call;
    plant->call.subject = &plant->subject;
    plant->call.port = access->service->port;
    return plant;
}

static bool over_http(const struct service *service)
{
    return text_equal(service->protocol, "http") || text_equal(service->protocol, "https");
}

/* The markers are the run's own: whoever has its log can make them again. */
static void datum_add(struct erasure *erasure, const struct user_datum *datum, uint64_t *random)
{
    struct plant *plant = plant_new(erasure, &datum->access);

    if (plant == NULL) {
        return;
    }
    plant->datum = datum;
    plant->kind = datum->kind;
    guest_marker(random, plant->marker);
    memcpy(plant->secret, "Hk3-", 4);
    web_random_text(random, plant->secret + 4, PASSWORD_SIZE - 5);
    if (erasure->call->veil != NULL) {
        veil_add(erasure->call->veil, plant->marker, plant->secret);
    }
}

static void access_add(struct erasure *erasure, const struct access *access, uint64_t *random)
{
    struct marked_value value;
    struct plant *plant;
    uint64_t seed = *random;

    *random += 0x9e3779b97f4a7c15u;
    if (access->auth == NULL || !over_http(access->service) ||
        !marked_value_open(&value, access, seed) || (plant = plant_new(erasure, access)) == NULL) {
        return;
    }
    (void) marked_value_open(&plant->value, access, seed);
    memcpy(plant->marker, plant->value.marker + 1, sizeof plant->marker); /* without the dash */
}

void plants_find(struct erasure *erasure)
{
    const struct profile *profile = erasure->call->subject->profile;
    uint64_t random = erasure->call->seed;

    for (size_t i = 0; i < profile->user_data.count; i++) {
        datum_add(erasure, &profile->user_data.planted[i], &random);
    }
    for (size_t i = 0; i < profile->access_count; i++) {
        access_add(erasure, &profile->accesses[i], &random);
    }
}

void plants_done(struct erasure *erasure)
{
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];

        marked_value_done(&plant->value);
        secret_done(&plant->token);
        secret_wipe(plant->secret, sizeof plant->secret);
    }
}

enum status entrance_try(const struct erasure *erasure, const char *user, const char *password,
                         bool is_secret, enum attempt_word *ret_word, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct auth *auth = erasure->entrance.auth;
    const struct mechanism *mechanism = mechanism_find(web_scheme(auth));
    const struct mechanism_setting setting = {
        .call = &erasure->entrance.call,
        .scheme = web_scheme(auth),
        .auth = auth,
        .timeout_ms = (unsigned) probe_param_int(erasure->call, "timeout_ms"),
    };
    const struct candidate candidate = {
        .label = "", .user = user, .password = password, .is_secret = is_secret
    };
    struct attempt attempt = { .word = ATTEMPT_UNCLEAR, .retry_after_s = -1 };
    void *state = NULL;
    enum status status;

    *ret_word = ATTEMPT_UNCLEAR;
    if (mechanism == NULL) {
        return STATUS_OK;
    }
    status = mechanism->open(&setting, arena, &state, reterr);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        status = is_secret ? mechanism->attempt(state, &candidate, &attempt, reterr)
                           : mechanism_try(mechanism, state, &erasure->entrance.call, &candidate,
                                           &attempt, reterr);
        if (attempt.word != ATTEMPT_AGAIN) {
            break;
        }
    }
    if (state != NULL) {
        mechanism->close(state);
    }
    *ret_word = attempt.word;
    return status;
}

/* ---- planting ---- */

static bool holds(const struct http_answer *answer, const char *marker)
{
    return answer->body.length > 0 &&
           memmem(answer->body.data, answer->body.length, marker, strlen(marker)) != NULL;
}

/* A stranger with nothing but the token. */
static enum status token_opens(struct plant *plant, bool *ret_opens, struct error *reterr)
{
    DEFER(guest_done) struct guest bearer = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_request *read = &plant->datum->access.read;

    TRY(guest_new(&plant->call, GUEST_NOBODY, NULL, &bearer, reterr));
    TRY(secret_set(&bearer.login.bearer, secret_reveal(&plant->token), plant->token.length,
                   SECRET_FOR_CHILDREN, reterr));
    TRY(guest_ask(&bearer, read, plant->marker, false, &answer, reterr));
    *ret_opens = web_view(&answer, read->path, false).word == WEB_GRANTED;
    return STATUS_OK;
}

static bool has_token(const struct user_datum *datum)
{
    return datum->token.json != NULL || datum->token.field != NULL || datum->token.pattern != NULL;
}

static enum status datum_extras(struct erasure *erasure, struct plant *plant, struct error *reterr)
{
    enum attempt_word word = ATTEMPT_UNCLEAR;

    if (plant->token.length > 0) {
        TRY(token_opens(plant, &plant->token_opened, reterr));
    }
    if (text_equal(plant->kind, "account") && plant->planted && erasure->entrance.auth != NULL) {
        TRY(entrance_try(erasure, plant->marker, plant->secret, true, &word, reterr));
        plant->account_opened = word == ATTEMPT_ACCEPTED;
    }
    return STATUS_OK;
}

static enum status datum_set(struct erasure *erasure, struct plant *plant, struct error *reterr)
{
    DEFER(guest_done) struct guest owner = { 0 };
    DEFER(http_answer_done) struct http_answer written = { 0 };
    DEFER(http_answer_done) struct http_answer read = { 0 };
    const struct user_datum *datum = plant->datum;
    const struct guest_errand errand = {
        .request = &datum->access.write,
        .values = { .marker = plant->marker, .new_password = plant->secret },
        .changes = true,
    };

    TRY(guest_new(&plant->call, GUEST_ROLE, NULL, &owner, reterr));
    TRY(guest_login(&owner, reterr));
    owner.withholds = true;
    TRY(guest_send(&owner, &errand, &written, reterr));
    owner.withholds = false;
    if (has_token(datum) && written.event == HTTP_ANSWERED) {
        TRY(place_find(&datum->token, &written, owner.client, &plant->token, reterr));
        if (plant->token.length > 0 && erasure->call->veil != NULL) {
            veil_add(erasure->call->veil, "", secret_reveal(&plant->token));
        }
    }
    TRY(guest_ask(&owner, &datum->access.read, plant->marker, false, &read, reterr));
    plant->planted = web_view(&read, datum->access.read.path, false).word == WEB_GRANTED &&
                     holds(&read, plant->marker);
    return datum_extras(erasure, plant, reterr);
}

static enum status setting_set(struct plant *plant, struct error *reterr)
{
    DEFER(guest_done) struct guest owner = { 0 };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret now = { 0 };
    bool read = false;

    TRY(guest_new(&plant->call, GUEST_ROLE, NULL, &owner, reterr));
    TRY(guest_login(&owner, reterr));
    TRY(marked_value_read(&plant->value, &owner, &plant->value.before, &plant->planted, &read,
                          reterr));
    if (plant->value.before.length == 0) {
        return STATUS_OK;
    }
    TRY(marked_value_make(&plant->value, reterr));
    TRY(marked_value_write(&plant->value, &owner, &plant->value.marked, &answer, reterr));
    return marked_value_read(&plant->value, &owner, &now, &plant->planted, &read, reterr);
}

enum status plants_set(struct erasure *erasure, struct error *reterr)
{
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];

        TRY(plant->datum != NULL ? datum_set(erasure, plant, reterr) : setting_set(plant, reterr));
        probe_progress(erasure->call, (unsigned) i + 1, (unsigned) erasure->plant_count);
    }
    return STATUS_OK;
}

/* ---- after the way back ---- */

static bool is_as_before(const struct plant *plant, const struct secret *now)
{
    size_t length = 0;

    /* restore() has not seen what stood there; a marker is known by its form. */
    return plant->value.before.length > 0
               ? text_equal(secret_reveal(now), secret_reveal(&plant->value.before))
               : !marked_value_is_marked(now, &length);
}

static enum status setting_is_away(struct plant *plant, bool *ret_away, struct error *reterr)
{
    DEFER(guest_done) struct guest owner = { 0 };
    DEFER(secret_done) struct secret now = { 0 };
    bool marker = false;
    bool read = false;

    TRY(guest_new(&plant->call, GUEST_ROLE, NULL, &owner, reterr));
    TRY(guest_login(&owner, reterr));
    TRY(marked_value_read(&plant->value, &owner, &now, &marker, &read, reterr));
    *ret_away = (now.length == 0 && plant->value.before.length == 0) || is_as_before(plant, &now);
    return STATUS_OK;
}

static enum status datum_is_away(struct plant *plant, bool *ret_away, struct error *reterr)
{
    DEFER(guest_done) struct guest owner = { 0 };
    DEFER(http_answer_done) struct http_answer read = { 0 };

    TRY(guest_new(&plant->call, GUEST_ROLE, NULL, &owner, reterr));
    TRY(guest_login(&owner, reterr));
    TRY(guest_ask(&owner, &plant->datum->access.read, plant->marker, false, &read, reterr));
    *ret_away = !holds(&read, plant->marker);
    return STATUS_OK;
}

enum status plants_are_away(struct erasure *erasure, struct error *reterr)
{
    for (size_t i = 0; i < erasure->plant_count; i++) {
        struct plant *plant = &erasure->plants[i];
        bool away = true;

        TRY(plant->datum != NULL ? datum_is_away(plant, &away, reterr)
                                 : setting_is_away(plant, &away, reterr));
        if (!away) {
            return fail(reterr, STATUS_IO,
                        "the bench says that it brought the unit's state back, but '%.60s' is not "
                        "as it was",
                        plant->id);
        }
    }
    return STATUS_OK;
}

void plants_before_facts(const struct erasure *erasure)
{
    json_t *planted = json_array();
    json_t *unseen = json_array();
    json_t *kinds = json_array();
    unsigned tokens = 0;
    unsigned accounts = 0;

    for (size_t i = 0; i < erasure->plant_count; i++) {
        const struct plant *plant = &erasure->plants[i];

        probe_list_add_text(plant->planted || plant->token_opened ? planted : unseen, plant->id);
        if (plant->planted || plant->token_opened) {
            probe_list_add_text(kinds, plant->kind);
        }
        tokens += plant->token_opened;
        accounts += plant->account_opened;
    }
    probe_fact_json(erasure->call, "planted", planted);
    probe_fact_json(erasure->call, "not_visible", unseen);
    probe_fact_json(erasure->call, "kinds", kinds);
    probe_fact_int(erasure->call, "tokens_before", tokens);
    probe_fact_int(erasure->call, "accounts_before", accounts);
}
