#include "probe/tls_aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS_MAX = DIAL_RIDERS_MAX };

enum question_kind { QUESTION_PREFERENCE, QUESTION_TOLERANCE, QUESTION_FALLBACK, QUESTION_ALPN };

struct question {
    enum question_kind kind;
    size_t index; /* of the version, the tolerance, the first protocol offered */
    struct exchange exchange;
};

struct aside {
    struct survey *survey;
    const char *const *alpn;
    size_t alpn_count;
    bool alpn_asked;
    uint16_t lists[SURVEY_VERSIONS][PICK_MAX];
    struct question questions[QUESTIONS_MAX];
    size_t count;
};

static struct question *question_add(struct aside *aside, enum question_kind kind, size_t index,
                                     const struct tls_hello *hello)
{
    struct question *question = &aside->questions[aside->count];

    if (aside->count == QUESTIONS_MAX) {
        abort(); /* six versions, eight tolerances, sixteen protocols at the most */
    }
    *question = (struct question){ .kind = kind, .index = index };
    question->exchange = tls_server_exchange(hello);
    tls_server_dial_along(aside->survey->asker.dialer, &question->exchange);
    aside->count++;
    return question;
}

/* What is accepted, in the opposite order. */
static void preference_list(const struct picker *picker, uint16_t list[PICK_MAX])
{
    size_t count = picker->picked_count;
    const struct tls_suite *first;

    for (size_t i = 0; i < count; i++) {
        list[i] = picker->picked[count - 1 - i];
    }
    /* A server may follow its own order except for clients whose first choice is
     * ChaCha20 (phones); that must not look like following the client. */
    first = wire_tls_suites_find(list[0]);
    if (count > 2 && first != NULL && strncmp(first->cipher, "CHACHA20", 8) == 0) {
        uint16_t swapped = list[0];

        list[0] = list[1];
        list[1] = swapped;
    }
}

static enum preference preference_of(const struct picker *picker, const uint16_t *list,
                                     uint16_t chosen)
{
    return chosen == picker->picked[0] ? PREFERENCE_SERVER
           : chosen == list[0]         ? PREFERENCE_CLIENT
                                       : PREFERENCE_MIXED;
}

static void preference_ask(struct aside *aside)
{
    struct survey *survey = aside->survey;

    for (size_t i = 0; i < survey->version_count; i++) {
        struct version_survey *version = &survey->versions[i];
        struct tls_hello hello;

        if (version->state != VERSION_ACCEPTED || version->version == TLS_VERSION_SSL2) {
            continue;
        }
        if (version->suites.picked_count < 2) {
            version->preference = PREFERENCE_ONE_SUITE;
            continue;
        }
        preference_list(&version->suites, aside->lists[i]);
        hello = tls_server_survey_hello(survey, version->version, aside->lists[i],
                                        version->suites.picked_count);
        hello.key_shares = version->key_shares;
        (void) question_add(aside, QUESTION_PREFERENCE, i, &hello);
    }
}

static enum status preference_settle(struct aside *aside, struct question *question,
                                     struct error *reterr)
{
    struct version_survey *version = &aside->survey->versions[question->index];
    struct exchange *list[] = { &question->exchange };
    enum offer_answer answer = OFFER_UNKNOWN;

    TRY(tls_server_ask_on(&aside->survey->asker, list, 1, &answer, reterr));
    if (answer == OFFER_ACCEPTED) {
        version->preference = preference_of(&version->suites, aside->lists[question->index],
                                            question->exchange.answer.suite);
    }
    return STATUS_OK;
}

/* SSL 3.0 has no extensions, and would not be asked what it cannot know. */
static void tolerance_ask(struct aside *aside)
{
    const struct asker *asker = &aside->survey->asker;

    if (aside->survey->datagram || asker->known_good.version <= TLS_VERSION_SSL3) {
        return;
    }
    for (size_t i = 0; i < TOLERANCE_COUNT; i++) {
        struct tls_hello hello = tls_server_tolerance_hello(asker, (enum tolerance_question) i);

        (void) question_add(aside, QUESTION_TOLERANCE, i, &hello);
    }
}

/* RFC 7507: a hello below the best version, marked as a fallback, must be refused. */
static void fallback_ask(struct aside *aside)
{
    const struct survey *survey = aside->survey;
    bool have_best = false;

    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];
        struct tls_hello hello;

        if (version->state != VERSION_ACCEPTED || version->version == TLS_VERSION_SSL2 ||
            version->suites.picked_count == 0) {
            continue;
        }
        if (!have_best) {
            have_best = true;
            continue;
        }
        hello = tls_server_survey_hello(
            survey, version->version, version->suites.picked,
            version->suites.picked_count < PICK_CHUNK ? version->suites.picked_count : PICK_CHUNK);
        hello.fallback = true;
        (void) question_add(aside, QUESTION_FALLBACK, 0, &hello);
        return;
    }
}

static void fallback_settle(struct survey *survey, const struct exchange *exchange)
{
    if (exchange->end == END_ANSWERED) {
        survey->fallback_scsv = KNOWN_FALSE;
    } else if (exchange->end == END_ALERT &&
               exchange->flight.alert == TLS_ALERT_INAPPROPRIATE_FALLBACK) {
        survey->fallback_scsv = KNOWN_TRUE;
    } else {
        tls_server_survey_why(survey, "fallback_scsv: %s", exchange->detail);
    }
}

static const struct version_survey *alpn_version(const struct survey *survey)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (version->version <= TLS_VERSION_12 && version->version > TLS_VERSION_SSL3 &&
            version->state == VERSION_ACCEPTED && version->suites.picked_count > 0) {
            return version;
        }
    }
    return survey->scheme_13_used ? tls_server_survey_version(survey, TLS_VERSION_13) : NULL;
}

/* count of the protocols, from the index on. */
static void alpn_ask(struct aside *aside, size_t index, size_t count)
{
    const struct survey *survey = aside->survey;
    const struct version_survey *version = alpn_version(survey);
    struct tls_hello hello;
    bool is_13;

    if (version == NULL || count == 0) {
        return;
    }
    aside->alpn_asked = true;
    is_13 = version->version == TLS_VERSION_13;
    hello = is_13 ? tls_server_chains_hello(survey)
                  : tls_server_survey_hello(survey, version->version, version->suites.picked,
                                            version->suites.picked_count < PICK_CHUNK
                                                ? version->suites.picked_count
                                                : PICK_CHUNK);
    hello.alpn = aside->alpn + index;
    hello.alpn_count = count;
    /* In TLS 1.3 the answer is encrypted. */
    question_add(aside, QUESTION_ALPN, index, &hello)->exchange.whole_flight = is_13;
}

static bool alpn_is_refused(const struct exchange *exchange)
{
    bool is_13 = exchange->hello.version == TLS_VERSION_13;

    return exchange->flight.end == TLS_FLIGHT_ALERT
               ? exchange->flight.alert == TLS_ALERT_NO_APPLICATION_PROTOCOL
               : exchange->end == END_ANSWERED && (!is_13 || exchange->done_read);
}

/* Once it picked one of all, the others are asked for each by itself. */
static void alpn_settle(struct aside *aside, const struct question *question)
{
    struct survey *survey = aside->survey;
    const struct exchange *exchange = &question->exchange;
    size_t count = exchange->hello.alpn_count;
    bool answered = exchange->end == END_ANSWERED && exchange->answer.alpn != NULL;
    bool found = false;

    for (size_t i = 0; answered && i < count; i++) {
        const char *protocol = exchange->hello.alpn[i];

        if (exchange->answer.alpn_length == strlen(protocol) &&
            memcmp(exchange->answer.alpn, protocol, strlen(protocol)) == 0) {
            (void) snprintf(survey->alpn[survey->alpn_count++], sizeof survey->alpn[0], "%s",
                            protocol);
            found = true;
        } else if (count > 1) {
            alpn_ask(aside, question->index + i, 1);
        }
    }
    if (!found && (answered || !alpn_is_refused(exchange))) {
        survey->alpn_complete = false;
        tls_server_survey_why(survey, "alpn: %s", exchange->detail);
    }
}

struct aside *tls_server_aside_begin(struct survey *survey, const char *const *alpn,
                                     size_t alpn_count)
{
    struct aside *aside = calloc(1, sizeof *aside);
    size_t most = sizeof survey->alpn / sizeof survey->alpn[0];

    if (aside == NULL) {
        abort();
    }
    aside->survey = survey;
    aside->alpn = alpn;
    aside->alpn_count = alpn_count < most ? alpn_count : most;
    preference_ask(aside);
    tolerance_ask(aside);
    fallback_ask(aside);
    alpn_ask(aside, 0, aside->alpn_count);
    return aside;
}

static enum status settle(struct aside *aside, struct question *question, struct error *reterr)
{
    switch (question->kind) {
    case QUESTION_PREFERENCE:
        return preference_settle(aside, question, reterr);
    case QUESTION_TOLERANCE:
        return tls_server_tolerance_settle(aside->survey, (enum tolerance_question) question->index,
                                           &question->exchange, reterr);
    case QUESTION_FALLBACK:
        fallback_settle(aside->survey, &question->exchange);
        break;
    case QUESTION_ALPN:
        alpn_settle(aside, question);
        break;
    }
    return STATUS_OK;
}

enum status tls_server_aside_end(struct aside *aside, struct error *reterr)
{
    struct survey *survey = aside->survey;

    if (!aside->alpn_asked) { /* only TLS 1.3, and its keys are known by now */
        alpn_ask(aside, 0, aside->alpn_count);
    }
    survey->alpn_complete = aside->alpn_asked && aside->alpn_count > 0;
    for (size_t i = 0; i < aside->count; i++) {
        /* Settling one may have asked for more. */
        TRY(tls_server_dial_rest(survey->asker.dialer, reterr));
        TRY(settle(aside, &aside->questions[i], reterr));
    }
    return STATUS_OK;
}

void tls_server_aside_free(struct aside *aside)
{
    aside->survey->asker.dialer->rider_count = 0;
    for (size_t i = 0; i < aside->count; i++) {
        tls_server_exchange_done(&aside->questions[i].exchange);
    }
    free(aside);
}
