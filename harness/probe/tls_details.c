#include "probe/tls_survey.h"

#include "wire/x509_facts.h"

#include <stdio.h>
#include <string.h>

static bool is_ecdhe(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    return suite != NULL && suite->kx == TLS_KX_ECDHE;
}

static bool is_ecdhe_psk(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    return suite != NULL && suite->kx == TLS_KX_ECDHE_PSK;
}

/* With a signed ServerKeyExchange. */
static bool is_signed(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    return suite != NULL && (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_DHE) &&
           (suite->auth == TLS_AUTH_RSA || suite->auth == TLS_AUTH_ECDSA ||
            suite->auth == TLS_AUTH_DSS);
}

static size_t suites_where(const struct picker *picker, bool (*wanted)(uint16_t),
                           uint16_t list[PICK_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < picker->picked_count; i++) {
        if (wanted(picker->picked[i])) {
            list[count++] = picker->picked[i];
        }
    }
    return count;
}

/* The curve of a certificate that was seen, as a group number; 0: none. */
static uint16_t certificate_group(const struct survey *survey)
{
    for (size_t i = 0; i < survey->chain_count; i++) {
        struct x509_facts facts;

        if (!wire_x509_facts_read(survey->chains[i].der.data, survey->chains[i].lengths[0],
                                  &facts) ||
            facts.key_kind != X509_KEY_EC) {
            continue;
        }
        for (size_t at = 0; at < wire_tls_groups_count; at++) {
            if (strcmp(wire_tls_groups[at].name, facts.curve) == 0) {
                return wire_tls_groups[at].code;
            }
        }
    }
    return 0;
}

static void picker_fill(struct picker *picker, const uint16_t *list, size_t count)
{
    memcpy(picker->left, list, count * sizeof picker->left[0]);
    picker->left_count = count;
    picker->chunk = PICK_MAX;
}

/* The best version before TLS 1.3 that has such suites; NULL: none. */
static const struct version_survey *best_with(const struct survey *survey, bool (*wanted)(uint16_t),
                                              uint16_t list[PICK_MAX], size_t *ret_count)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (version->version >= TLS_VERSION_13 || version->version <= TLS_VERSION_SSL3 ||
            version->state != VERSION_ACCEPTED) {
            continue;
        }
        *ret_count = suites_where(&version->suites, wanted, list);
        if (*ret_count > 0) {
            return version;
        }
    }
    return NULL;
}

static enum status details_lists(struct survey *survey, struct error *reterr)
{
    const struct version_survey *tls13 = tls_server_survey_version(survey, TLS_VERSION_13);
    uint16_t ecdhe[PICK_MAX];
    uint16_t with_signature[PICK_MAX];
    struct picker *pickers[4];
    size_t count = 0;
    size_t suite_count = 0;
    const struct version_survey *older;

    if (tls13 != NULL && !tls13->key_shares && tls13->suites.picked_count > 0) {
        struct picker *picker = &survey->group_pickers[0];

        picker->what = PICK_GROUPS;
        picker->hello = tls_server_survey_hello(survey, TLS_VERSION_13, tls13->suites.picked,
                                                tls13->suites.picked_count);
        picker_fill(picker, survey->groups_13, survey->group_13_count);
        survey->group_used[0] = true;
        pickers[count++] = picker;
    }
    older = best_with(survey, is_ecdhe, ecdhe, &suite_count);
    if (older == NULL) {
        older = best_with(survey, is_ecdhe_psk, ecdhe, &suite_count);
    }
    if (older != NULL) {
        struct picker *picker = &survey->group_pickers[1];

        picker->what = PICK_GROUPS;
        picker->whole_flight = true;
        picker->companion = certificate_group(survey);
        picker->hello = tls_server_survey_hello(survey, older->version, ecdhe, suite_count);
        picker_fill(picker, survey->groups_12, survey->group_12_count);
        survey->group_used[1] = true;
        pickers[count++] = picker;
    }
    older = best_with(survey, is_signed, with_signature, &suite_count);
    if (older != NULL && older->version == TLS_VERSION_12) {
        struct picker *picker = &survey->scheme_picker;

        picker->what = PICK_SCHEMES;
        picker->whole_flight = true;
        picker->hello =
            tls_server_survey_hello(survey, older->version, with_signature, suite_count);
        picker_fill(picker, survey->schemes, survey->scheme_count);
        survey->scheme_used = true;
        pickers[count++] = picker;
    }
    if (tls_server_chains_schemes(survey)) {
        pickers[count++] = &survey->scheme_13_picker;
    }
    TRY(tls_server_pick(&survey->asker, pickers, count, reterr));
    /* Had its first choice been a group that cannot be opened, another one may do. */
    if (tls_server_chains_schemes(survey)) {
        pickers[0] = &survey->scheme_13_picker;
        return tls_server_pick(&survey->asker, pickers, 1, reterr);
    }
    return STATUS_OK;
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

/* All versions side by side. */
static enum status details_preferences(struct survey *survey, struct error *reterr)
{
    uint16_t lists[SURVEY_VERSIONS][PICK_MAX];
    struct version_survey *versions[SURVEY_VERSIONS];
    struct exchange exchanges[SURVEY_VERSIONS];
    struct exchange *asked[SURVEY_VERSIONS] = { 0 };
    enum offer_answer answers[SURVEY_VERSIONS] = { 0 };
    size_t count = 0;
    enum status status = STATUS_OK;

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
        preference_list(&version->suites, lists[count]);
        hello = tls_server_survey_hello(survey, version->version, lists[count],
                                        version->suites.picked_count);
        hello.key_shares = version->key_shares;
        exchanges[count] = tls_server_exchange(&hello);
        asked[count] = &exchanges[count];
        versions[count++] = version;
    }
    if (count > 0) {
        status = tls_server_ask(&survey->asker, asked, count, answers, reterr);
    }
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK && answers[i] == OFFER_ACCEPTED) {
            versions[i]->preference =
                preference_of(&versions[i]->suites, lists[i], exchanges[i].answer.suite);
        }
        tls_server_exchange_done(&exchanges[i]);
    }
    return status;
}

/* RFC 7507: a hello below the best version, marked as a fallback, must be refused. */
static enum status details_fallback(struct survey *survey, struct error *reterr)
{
    const struct version_survey *lower = NULL;
    bool have_best = false;
    struct tls_hello hello;
    struct exchange exchange;
    struct exchange *exchanges[] = { &exchange };
    enum status status;

    for (size_t i = 0; i < survey->version_count && lower == NULL; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (version->state != VERSION_ACCEPTED || version->version == TLS_VERSION_SSL2 ||
            version->suites.picked_count == 0) {
            continue;
        }
        if (have_best) {
            lower = version;
        }
        have_best = true;
    }
    if (lower == NULL) {
        return STATUS_OK;
    }
    hello = tls_server_survey_hello(
        survey, lower->version, lower->suites.picked,
        lower->suites.picked_count < PICK_CHUNK ? lower->suites.picked_count : PICK_CHUNK);
    hello.fallback = true;
    exchange = tls_server_exchange(&hello);
    status = tls_server_dial(survey->asker.dialer, exchanges, 1, reterr);
    if (exchange.end == END_ANSWERED) {
        survey->fallback_scsv = KNOWN_FALSE;
    } else if (exchange.end == END_ALERT &&
               exchange.flight.alert == TLS_ALERT_INAPPROPRIATE_FALLBACK) {
        survey->fallback_scsv = KNOWN_TRUE;
    } else if (status == STATUS_OK) {
        tls_server_survey_why(survey, "fallback_scsv: %s", exchange.detail);
    }
    tls_server_exchange_done(&exchange);
    return status;
}

static size_t alpn_find(const struct exchange *exchange, const char *const *left, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(left[i]) == exchange->answer.alpn_length &&
            memcmp(left[i], exchange->answer.alpn, exchange->answer.alpn_length) == 0) {
            return i;
        }
    }
    return count;
}

/* One hello with the protocols that are left; *ret_more: it picked one of them. */
static enum status alpn_round(struct survey *survey, const struct version_survey *version,
                              const char **left, size_t *left_count, bool *ret_more,
                              struct error *reterr)
{
    bool is_13 = version->version == TLS_VERSION_13;
    struct tls_hello hello =
        is_13 ? tls_server_chains_hello(survey)
              : tls_server_survey_hello(survey, version->version, version->suites.picked,
                                        version->suites.picked_count < PICK_CHUNK
                                            ? version->suites.picked_count
                                            : PICK_CHUNK);
    struct exchange exchange;
    struct exchange *exchanges[] = { &exchange };
    enum status status;

    *ret_more = false;
    hello.alpn = left;
    hello.alpn_count = *left_count;
    exchange = tls_server_exchange(&hello);
    exchange.whole_flight = is_13; /* there it is encrypted */
    status = tls_server_dial(survey->asker.dialer, exchanges, 1, reterr);
    if (exchange.end == END_ANSWERED && exchange.answer.alpn != NULL) {
        size_t at = alpn_find(&exchange, left, *left_count);

        if (at < *left_count) {
            (void) snprintf(survey->alpn[survey->alpn_count++], sizeof survey->alpn[0], "%s",
                            left[at]);
            memmove(&left[at], &left[at + 1], (*left_count - at - 1) * sizeof left[0]);
            *left_count -= 1;
            *ret_more = *left_count > 0;
            survey->alpn_complete = !*ret_more;
        }
    } else if (exchange.flight.end == TLS_FLIGHT_ALERT
                   ? exchange.flight.alert == TLS_ALERT_NO_APPLICATION_PROTOCOL
                   : exchange.end == END_ANSWERED && (!is_13 || exchange.done_read)) {
        survey->alpn_complete = true;
    }
    if (status == STATUS_OK && !*ret_more && !survey->alpn_complete) {
        tls_server_survey_why(survey, "alpn: %s", exchange.detail);
    }
    tls_server_exchange_done(&exchange);
    return status;
}

static enum status details_alpn(struct survey *survey, const char *const *alpn, size_t alpn_count,
                                struct error *reterr)
{
    const char *left[sizeof survey->alpn / sizeof survey->alpn[0]];
    size_t left_count = 0;
    const struct version_survey *version = NULL;
    bool more = true;

    for (size_t i = 0; i < survey->version_count && version == NULL; i++) {
        if (survey->versions[i].version <= TLS_VERSION_12 &&
            survey->versions[i].version > TLS_VERSION_SSL3 &&
            survey->versions[i].state == VERSION_ACCEPTED &&
            survey->versions[i].suites.picked_count > 0) {
            version = &survey->versions[i];
        }
    }
    if (version == NULL && survey->scheme_13_used) {
        version = tls_server_survey_version(survey, TLS_VERSION_13);
    }
    if (version == NULL || alpn_count == 0) {
        return STATUS_OK;
    }
    while (left_count < alpn_count && left_count < sizeof left / sizeof left[0]) {
        left[left_count] = alpn[left_count];
        left_count++;
    }
    while (more) {
        TRY(alpn_round(survey, version, left, &left_count, &more, reterr));
    }
    return STATUS_OK;
}

enum status tls_server_details(struct survey *survey, const char *const *alpn, size_t alpn_count,
                               struct error *reterr)
{
    TRY(details_lists(survey, reterr));
    TRY(details_preferences(survey, reterr));
    if (!survey->datagram) {
        TRY(tls_server_chains(survey, reterr));
        TRY(tls_server_tolerance(survey, reterr));
    }
    TRY(details_fallback(survey, reterr));
    return details_alpn(survey, alpn, alpn_count, reterr);
}
