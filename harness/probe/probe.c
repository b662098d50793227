#include "probe/probe.h"

#include "base/clock.h"
#include "channel/veil.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

long long probe_param_int(const struct probe_call *call, const char *name)
{
    return json_integer_value(json_object_get(call->params, name));
}

bool probe_param_bool(const struct probe_call *call, const char *name)
{
    return json_is_true(json_object_get(call->params, name));
}

const char *probe_param_text(const struct probe_call *call, const char *name)
{
    return json_string_value(json_object_get(call->params, name));
}

const json_t *probe_param_list(const struct probe_call *call, const char *name)
{
    return json_object_get(call->params, name);
}

int64_t probe_deadline_within(const struct probe_call *call, int64_t ms)
{
    int64_t own = clock_monotonic_ms() + ms;

    return own < call->deadline_ms ? own : call->deadline_ms;
}

int64_t probe_exchange_deadline(const struct probe_call *call)
{
    return probe_deadline_within(call, probe_param_int(call, "timeout_ms"));
}

void probe_fact_json(struct probe_call *call, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(call->facts, name, value) != 0) {
        abort();
    }
}

void probe_list_add(json_t *list, json_t *value)
{
    if (value == NULL || json_array_append_new(list, value) != 0) {
        abort();
    }
}

void probe_list_add_text(json_t *list, const char *text)
{
    probe_list_add(list, json_string(text));
}

void probe_fact_bool(struct probe_call *call, const char *name, bool value)
{
    probe_fact_json(call, name, json_boolean(value));
}

void probe_fact_int(struct probe_call *call, const char *name, long long value)
{
    probe_fact_json(call, name, json_integer(value));
}

void probe_fact_text(struct probe_call *call, const char *name, const char *value)
{
    char room[1024];

    /* Before it is cut: a secret that loses its last letters here is seen by nobody later. */
    if (veil_hides(call->veil, value, strlen(value), VEIL_FACT_LEAST)) {
        value = "(withheld: repeats a secret)";
    }
    text_printable(value, strlen(value), room, sizeof room);
    probe_fact_json(call, name, json_string(room));
}

void probe_progress(const struct probe_call *call, unsigned done, unsigned total)
{
    if (call->progress != NULL) {
        call->progress(call->progress_context, done, total, 0);
    }
}

void probe_waiting(const struct probe_call *call, unsigned done, unsigned total, int64_t wait_ms)
{
    if (call->progress != NULL && wait_ms >= 1000) {
        call->progress(call->progress_context, done, total, (unsigned) ((wait_ms + 999) / 1000));
    }
}

unsigned probe_attempts_grant(const struct probe_call *call, unsigned wanted)
{
    struct attempts *attempts = call->attempts;

    if (attempts == NULL || wanted <= attempts->left) {
        return wanted;
    }
    attempts->short_of(attempts->context, wanted, attempts->left);
    return attempts->left;
}

unsigned probe_attempts_left(const struct probe_call *call)
{
    return call->attempts == NULL ? UINT_MAX : call->attempts->left;
}

enum status probe_attempt_spend(const struct probe_call *call, struct error *reterr)
{
    struct attempts *attempts = call->attempts;

    if (attempts == NULL) {
        return STATUS_OK;
    }
    if (attempts->left == 0) {
        return fail(reterr, STATUS_LIMIT, "the account has no log-in attempt left in this run");
    }
    attempts->left--;
    attempts->spent(attempts->context);
    return STATUS_OK;
}
