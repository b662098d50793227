#include "probe/tls_survey.h"

#include <string.h>

/* An ECDSA signature is a few bytes longer or shorter each time (RFC 3279 section 2.2.3), which
 * says nothing about the server: the longest of its curve, whichever of the usual three. */
static size_t ecdsa_longest(size_t length)
{
    static const size_t longest[] = { 72, 104, 139 };

    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        if (length <= longest[i]) {
            return longest[i];
        }
    }
    return length;
}

static size_t answered_bytes(const struct exchange *exchange)
{
    size_t length = exchange->talk.answered;

    if (!dtls_server_exchange_cookie_asked(exchange) && exchange->key_exchange_read &&
        exchange->suite->auth == TLS_AUTH_ECDSA && exchange->key_exchange.signature_length > 0) {
        length += ecdsa_longest(exchange->key_exchange.signature_length) -
                  exchange->key_exchange.signature_length;
    }
    return length;
}

static void witness_hint(struct dtls_seen *seen, const struct tls_key_exchange *key_exchange)
{
    if (seen->hint_length > 0 || key_exchange->hint == NULL) {
        return;
    }
    seen->hint_length = key_exchange->hint_length < sizeof seen->hint ? key_exchange->hint_length
                                                                      : sizeof seen->hint;
    memcpy(seen->hint, key_exchange->hint, seen->hint_length);
}

void dtls_server_witness(struct survey *survey, const struct exchange *exchange)
{
    struct dtls_seen *seen = &survey->dtls;
    size_t answered = answered_bytes(exchange);

    if (exchange->forged_cookie) {
        return;
    }
    if (dtls_server_exchange_cookie_asked(exchange)) {
        seen->with_cookie++;
    } else {
        seen->without_cookie++;
    }
    if (exchange->answer.version == TLS_VERSION_12 && seen->connection_id != KNOWN_TRUE) {
        seen->connection_id = exchange->answer.connection_id ? KNOWN_TRUE : KNOWN_FALSE;
    }
    if (exchange->key_exchange_read) {
        witness_hint(seen, &exchange->key_exchange);
    }
    if (exchange->talk.asked > 0) {
        unsigned percent = (unsigned) (answered * 100 / exchange->talk.asked);

        if (percent > seen->amplification_percent) {
            seen->amplification_percent = percent;
        }
    }
    if (answered > seen->answered_most) {
        seen->answered_most = answered;
        seen->version = exchange->hello.version;
        seen->suite = exchange->answer.suite;
        seen->group =
            exchange->key_exchange_read ? exchange->key_exchange.group : exchange->answer.group;
        seen->scheme = exchange->key_exchange_read ? exchange->key_exchange.scheme : 0;
    }
}

enum { SMALLEST_GROUPS_MAX = 4 };

/* The one that was picked, and those of usual certificates (RFC 8422 section 5.1). */
static size_t smallest_groups(const struct dtls_seen *seen, uint16_t groups[SMALLEST_GROUPS_MAX])
{
    static const uint16_t usual[] = { 0x0017, 0x0018, 0x0019 };
    const struct tls_suite *suite = wire_tls_suites_find(seen->suite);
    size_t count = 0;

    if (seen->group != 0) {
        groups[count++] = seen->group;
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (suite != NULL && suite->auth == TLS_AUTH_ECDSA && usual[i] != seen->group) {
            groups[count++] = usual[i];
        }
    }
    return count;
}

/* Who amplifies sends the shortest hello that is answered by the most. */
static enum status details_smallest(struct survey *survey, struct error *reterr)
{
    const struct dtls_seen *seen = &survey->dtls;
    struct tls_hello hello = tls_server_survey_hello(survey, seen->version, &seen->suite, 1);
    uint16_t groups[SMALLEST_GROUPS_MAX];
    struct exchange exchange;
    struct exchange *list[] = { &exchange };
    enum offer_answer answer = OFFER_UNKNOWN;
    enum status status;

    hello.compression = false;
    hello.ticket = false;
    hello.server_name = NULL;
    hello.groups = groups;
    hello.group_count = smallest_groups(seen, groups);
    if (seen->version < TLS_VERSION_13) {
        hello.schemes = &seen->scheme;
        hello.scheme_count = seen->scheme != 0 ? 1 : 0;
    }
    exchange = tls_server_exchange(&hello);
    exchange.whole_flight = true;
    status = tls_server_ask(&survey->asker, list, 1, &answer, reterr);
    tls_server_exchange_done(&exchange);
    return status;
}

static enum known cookie_verified(const struct exchange *exchange)
{
    if (dtls_server_exchange_cookie_asked(exchange)) {
        return KNOWN_TRUE;
    }
    /* RFC 9147 section 5.1; before it, servers ask for another one. */
    if (exchange->hello.version == TLS_VERSION_13 && exchange->end == END_ALERT) {
        return KNOWN_TRUE;
    }
    return exchange->end == END_ANSWERED ? KNOWN_FALSE : KNOWN_NOT;
}

/* A cookie is worth something only if another one is not believed. */
static enum status details_forged(struct survey *survey, struct error *reterr)
{
    struct exchange exchange = tls_server_exchange(&survey->asker.known_good);
    struct exchange *list[] = { &exchange };
    enum status status;

    exchange.forged_cookie = true;
    status = tls_server_dial(survey->asker.dialer, list, 1, reterr);
    if (status == STATUS_OK) {
        survey->dtls.cookie_verified = cookie_verified(&exchange);
    }
    tls_server_exchange_done(&exchange);
    return status;
}

enum status dtls_server_details(struct survey *survey, struct error *reterr)
{
    TRY(details_smallest(survey, reterr));
    if (survey->dtls.with_cookie > 0) {
        TRY(details_forged(survey, reterr));
    }
    return STATUS_OK;
}
