/* called.h - one call of a probe that changes a device, of its run() or its restore(), which may be
 * looked at afterwards; and what its mock reads of a request. */
#pragma once

#include "probe_run.h"

#include "probe/probe.h"

struct called {
    struct probe_call call;
    struct transcript transcript;
    json_t *params;
    json_t *facts;
    enum status status;
    struct error error;
};

/* call: what it is about; the rest is filled in.  given: parameters, taken over.  secret: stands
 * neither in the facts nor in the transcript. */
__attribute__((unused)) static struct called called_make(const struct probe *probe,
                                                         const struct probe_call *call,
                                                         json_t *given, bool restores,
                                                         const char *secret)
{
    struct called made = { .call = *call,
                           .transcript = transcript_start(1 << 20),
                           .facts = json_object() };
    char *text;

    cr_assert_not_null(given);
    cr_assert_eq(params_complete(probe->decl.params, given, &made.params, NULL), STATUS_OK);
    json_decref(given);
    made.call.host = "127.0.0.1";
    made.call.params = made.params;
    made.call.deadline_ms = clock_monotonic_ms() + 20000;
    made.call.seed = 5;
    made.call.transcript = &made.transcript;
    made.call.facts = made.facts;
    made.status =
        restores ? probe->restore(&made.call, &made.error) : probe->run(&made.call, &made.error);
    cr_assert_eq(facts_check(probe->decl.facts, made.facts, NULL), STATUS_OK);
    text = json_dumps(made.facts, JSON_SORT_KEYS);
    cr_expect_null(strstr(text, secret));
    cr_expect_not(transcript_holds(&made.transcript, secret));
    free(text);
    return made;
}

__attribute__((unused)) static void called_done(struct called *made)
{
    json_decref(made->facts);
    json_decref(made->params);
    transcript_done(&made->transcript);
}

/* 't', 'f', or '-' for a fact that was not observed. */
__attribute__((unused)) static char fact(const struct called *made, const char *name)
{
    const json_t *value = json_object_get(made->facts, name);

    return json_is_true(value) ? 't' : json_is_false(value) ? 'f' : '-';
}

__attribute__((unused)) static size_t many(const struct called *made, const char *name)
{
    return json_array_size(json_object_get(made->facts, name));
}

/* A text of the JSON body that stands without escapes; false and "" when it is not there. */
__attribute__((unused)) static bool member(const char *body, const char *name, char room[128])
{
    char wanted[64];
    const char *at;

    (void) snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
    at = strstr(body, wanted);
    room[0] = '\0';
    if (at == NULL) {
        return false;
    }
    at += strlen(wanted);
    (void) snprintf(room, 128, "%.*s", (int) strcspn(at, "\""), at);
    return true;
}
