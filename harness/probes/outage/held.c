#include "outage.h"

#include "base/text.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

static const char state_kept[] = "kept";
static const char state_old[] = "old";
static const char state_other[] = "other";
static const char state_half[] = "half-written";
static const char state_unread[] = "unread";

static bool over_http(const struct service *service)
{
    return text_equal(service->protocol, "http") || text_equal(service->protocol, "https");
}

/* Another one of the same length, for the same value. */
enum { OTHER_SEED = 0x07e2 };

static void held_add(struct outage *outage, const struct access *access)
{
    const struct probe_call *call = outage->call;
    struct held *held = &outage->held[outage->held_count];

    if (access->auth == NULL || !over_http(access->service) ||
        !marked_value_open(&held->value, access, call->seed)) {
        return;
    }
    (void) marked_value_open(&held->other, access, call->seed ^ OTHER_SEED);
    held->id = access->id;
    held->subject = *call->subject;
    held->subject.access = access;
    held->subject.service = access->service;
    held->subject.auth = access->auth;
    held->call = *call;
    held->call.subject = &held->subject;
    held->call.port = access->service->port;
    outage->held_count++;
}

static void held_add_lever(struct outage *outage, const struct lever_way *way)
{
    struct held *held = &outage->held[outage->held_count];

    if (!control_has(outage->call, LEVER_READ_SETTING, way->id) ||
        !control_has(outage->call, LEVER_WRITE_SETTING, way->id)) {
        return;
    }
    *held = (struct held){ .id = way->id, .way = way, .call = *outage->call };
    (void) marked_value_open(&held->value, &(struct access){ .id = way->id }, outage->call->seed);
    held->value.access = NULL;
    outage->held_count++;
}

void held_find(struct outage *outage)
{
    const struct profile *profile = outage->call->subject->profile;
    const struct lever_way *way;

    for (size_t i = 0; i < profile->access_count && outage->held_count < HELD_MAX; i++) {
        held_add(outage, &profile->accesses[i]);
    }
    /* The same setting by two ways would look like two that disturb each other. */
    for (size_t i = 0; outage->held_count == 0 || outage->held[0].way != NULL; i++) {
        way = profile_lever(profile, LEVER_READ_SETTING, NULL, i);
        if (way == NULL || outage->held_count == HELD_MAX) {
            return;
        }
        held_add_lever(outage, way);
    }
}

void held_done(struct outage *outage)
{
    for (size_t i = 0; i < outage->held_count; i++) {
        marked_value_done(&outage->held[i].value);
        marked_value_done(&outage->held[i].other);
    }
}

/* ---- one setting, by whatever way ---- */

static enum status lever_read(struct held *held, struct secret *ret_value, bool *ret_read,
                              struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    const struct lever_input input = { .way = held->id };

    TRY(control_pull(&held->call, LEVER_READ_SETTING, &input, &output, reterr));
    *ret_read = output.word == LEVER_DONE;
    return *ret_read && output.text.length > 0
               ? secret_set(ret_value, output.text.data, output.text.length, SECRET_FOR_CHILDREN,
                            reterr)
               : STATUS_OK;
}

static enum status guest_enter(struct held *held, const char *password, struct guest *guest,
                               struct error *reterr)
{
    if (held->way != NULL) {
        return STATUS_OK;
    }
    TRY(guest_new(&held->call, GUEST_ROLE, NULL, guest, reterr));
    guest->password = password;
    return guest_login(guest, reterr);
}

static enum status held_read(struct held *held, struct guest *guest, struct secret *ret_value,
                             bool *ret_read, struct error *reterr)
{
    bool marker = false;

    return held->way != NULL
               ? lever_read(held, ret_value, ret_read, reterr)
               : marked_value_read(&held->value, guest, ret_value, &marker, ret_read, reterr);
}

static enum status held_write(struct held *held, struct guest *guest, const struct secret *text,
                              struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct lever_input input = { .way = held->id, .value = secret_reveal(text) };

    return held->way != NULL
               ? control_pull(&held->call, LEVER_WRITE_SETTING, &input, &output, reterr)
               : marked_value_write(&held->value, guest, text, &answer, reterr);
}

/* ---- before ---- */

static enum status held_mark_one(struct held *held, struct error *reterr)
{
    DEFER(guest_done) struct guest guest = { 0 };
    DEFER(secret_done) struct secret now = { 0 };
    bool read = false;

    TRY(guest_enter(held, NULL, &guest, reterr));
    TRY(held_read(held, &guest, &held->value.before, &read, reterr));
    if (held->value.before.length == 0) { /* nothing could be put back */
        return STATUS_OK;
    }
    TRY(marked_value_make(&held->value, reterr));
    TRY(secret_set(&held->other.before, secret_reveal(&held->value.before),
                   held->value.before.length, SECRET_FOR_CHILDREN, reterr));
    TRY(marked_value_make(&held->other, reterr));
    TRY(held_write(held, &guest, &held->value.marked, reterr));
    TRY(held_read(held, &guest, &now, &read, reterr));
    held->marked = read && text_equal(secret_reveal(&now), secret_reveal(&held->value.marked));
    return STATUS_OK;
}

enum status held_mark(struct outage *outage, struct error *reterr)
{
    for (size_t i = 0; i < outage->held_count; i++) {
        TRY(held_mark_one(&outage->held[i], reterr));
    }
    return STATUS_OK;
}

/* ---- while it happens ---- */

enum status scribe_begin(struct outage *outage, const char *password, struct scribe *ret_scribe,
                         bool *ret_begun, struct error *reterr)
{
    *ret_begun = false;
    for (size_t i = 0; i < outage->held_count && !*ret_begun; i++) {
        struct held *held = &outage->held[i];
        const struct credential *credential;

        if (!held->marked || held->way != NULL) {
            continue;
        }
        TRY(guest_new(&held->call, GUEST_ROLE, NULL, &ret_scribe->guest, reterr));
        credential = ret_scribe->guest.credential;
        if (credential != NULL && text_equal(credential->user, outage->account.credential->user)) {
            ret_scribe->guest.password = password;
        }
        TRY(guest_login(&ret_scribe->guest, reterr));
        ret_scribe->held = held;
        *ret_begun = true;
    }
    return STATUS_OK;
}

void scribe_done(struct scribe *scribe)
{
    guest_done(&scribe->guest);
}

enum status scribe_write(struct scribe *scribe, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct held *held = scribe->held;
    const struct secret *text =
        scribe->written % 2 == 0 ? &held->other.marked : &held->value.marked;

    TRY(marked_value_write(&held->value, &scribe->guest, text, &answer, reterr));
    if (answer.event != HTTP_ANSWERED) {
        scribe->broken = true;
    } else {
        scribe->written++;
    }
    return STATUS_OK;
}

/* ---- afterwards ---- */

static bool is_either(const struct held *held, const char *now)
{
    return text_equal(now, secret_reveal(&held->value.marked)) ||
           text_equal(now, secret_reveal(&held->other.marked));
}

static const char *state_of(const struct outage *outage, const struct held *held, bool read,
                            const struct secret *value)
{
    const char *now = secret_reveal(value);
    const bool during = outage->moment == MOMENT_DURING_SETTING;

    if (!read) {
        return state_unread;
    }
    if (during ? is_either(held, now) : text_equal(now, secret_reveal(&held->value.marked))) {
        return state_kept;
    }
    if (text_equal(now, secret_reveal(&held->value.before))) {
        return state_old;
    }
    return during ? state_half : state_other;
}

static enum status held_compare_one(struct outage *outage, struct held *held, bool *ret_back,
                                    struct error *reterr)
{
    DEFER(guest_done) struct guest guest = { 0 };
    DEFER(secret_done) struct secret now = { 0 };
    DEFER(secret_done) struct secret back = { 0 };
    bool read = false;

    if (held->value.before.length == 0) {
        return STATUS_OK;
    }
    TRY(guest_enter(held, NULL, &guest, reterr));
    TRY(held_read(held, &guest, &now, &read, reterr));
    held->state = held->marked ? state_of(outage, held, read, &now) : NULL;
    TRY(held_write(held, &guest, &held->value.before, reterr));
    TRY(held_read(held, &guest, &back, &read, reterr));
    *ret_back =
        *ret_back && read && text_equal(secret_reveal(&back), secret_reveal(&held->value.before));
    return STATUS_OK;
}

enum status held_compare(struct outage *outage, bool *ret_back, struct error *reterr)
{
    *ret_back = true;
    for (size_t i = 0; i < outage->held_count; i++) {
        TRY(held_compare_one(outage, &outage->held[i], ret_back, reterr));
    }
    return STATUS_OK;
}

static enum status lever_recover(struct held *held, struct error *reterr)
{
    DEFER(secret_done) struct secret now = { 0 };
    bool read = false;
    size_t length = 0;

    TRY(lever_read(held, &now, &read, reterr));
    if (!read || !marked_value_is_marked(&now, &length)) {
        return STATUS_OK;
    }
    TRY(secret_set(&held->value.before, secret_reveal(&now), length, SECRET_FOR_CHILDREN, reterr));
    return held_write(held, NULL, &held->value.before, reterr);
}

enum status held_recover(struct outage *outage, struct error *reterr)
{
    for (size_t i = 0; i < outage->held_count; i++) {
        DEFER(guest_done) struct guest guest = { 0 };
        struct held *held = &outage->held[i];

        if (held->way != NULL) {
            TRY(lever_recover(held, reterr));
            continue;
        }
        TRY(guest_enter(held, NULL, &guest, reterr));
        TRY(marked_value_recover(&held->value, &guest, reterr));
    }
    return STATUS_OK;
}
