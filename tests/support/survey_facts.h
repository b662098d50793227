/* survey_facts.h - the facts that a survey of TLS or DTLS reports about an invented or a recorded
 * server. For *_test.c only. */
#pragma once

#include "probe/probe.h"
#include "probe/tls_survey.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

/* What differs between the two. */
struct survey_way {
    const struct probe *probe;
    enum status (*dial)(void *context, struct exchange *const exchanges[], size_t count,
                        struct error *reterr);
    void (*start)(struct survey *survey, struct dialer *dialer, const char *server_name);
    enum status (*report)(struct probe_call *call, struct survey *survey, struct error *reterr);
};

/* New reference: the facts, checked against the declared table. */
static inline json_t *survey_facts(const struct survey_way *way, void *context)
{
    struct survey *survey = calloc(1, sizeof *survey);
    struct dialer dialer = { .context = context, .dial = way->dial, .seed = 1 };
    struct transcript transcript = transcript_start(1024);
    struct error error = { 0 };
    json_t *params = json_object();
    struct probe_call call = { .params = params,
                               .transcript = &transcript,
                               .facts = json_object() };
    static const char *const alpn[] = { "h2" };

    cr_assert_not_null(survey);
    way->start(survey, &dialer, NULL);
    cr_assert_eq(tls_server_survey_run(survey, alpn, survey->datagram ? 0 : 1, &error), STATUS_OK,
                 "%s", error.message);
    cr_assert_eq(way->report(&call, survey, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(facts_check(way->probe->decl.facts, call.facts, &error), STATUS_OK, "%s",
                 error.message);
    tls_server_survey_done(survey);
    free(survey);
    json_decref(params);
    transcript_done(&transcript);
    return call.facts;
}

/* The fact as compact JSON; "(none)" when it is left out. */
static inline void expect(const json_t *facts, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(facts, name);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    cr_expect_str_eq(text == NULL ? "(none)" : text, wanted, "%s is %s, not %s", name,
                     text == NULL ? "(none)" : text, wanted);
    free(text);
}
