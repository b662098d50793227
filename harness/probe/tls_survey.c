#include "probe/tls_survey.h"

#include "channel/sha256.h"
#include "probe/tls_lanes.h"
#include "wire/tls_share.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The second of each is the likeliest one. */
static const uint16_t dtls_versions[] = { TLS_VERSION_13, TLS_VERSION_12, TLS_VERSION_11 };
static const uint16_t versions[SURVEY_VERSIONS] = { TLS_VERSION_13,   TLS_VERSION_12,
                                                    TLS_VERSION_11,   TLS_VERSION_10,
                                                    TLS_VERSION_SSL3, TLS_VERSION_SSL2 };

const char *tls_server_preference_word(enum preference preference)
{
    static const char *const words[] = { "unknown", "server", "client", "mixed", "one suite" };

    return words[preference];
}

void tls_server_survey_why(struct survey *survey, const char *format, ...)
{
    va_list args;

    if (survey->why_count == SURVEY_WHY_MAX) {
        return;
    }
    va_start(args, format);
    (void) vsnprintf(survey->why[survey->why_count++], sizeof survey->why[0], format, args);
    va_end(args);
}

struct tls_hello tls_server_survey_hello(const struct survey *survey, uint16_t version,
                                         const uint16_t *suites, size_t suite_count)
{
    bool is_13 = version == TLS_VERSION_13;

    return (struct tls_hello){ .version = version,
                               .suites = suites,
                               .suite_count = suite_count,
                               .groups = is_13 ? survey->groups_13 : survey->groups_12,
                               .group_count =
                                   is_13 ? survey->group_13_count : survey->group_12_count,
                               .schemes = survey->schemes,
                               .scheme_count = survey->scheme_count,
                               .server_name = survey->server_name,
                               .datagram = survey->datagram,
                               .compression = true,
                               .ticket = true };
}

enum status tls_server_survey_chain(struct survey *survey, const struct span *spans, size_t count,
                                    struct error *reterr)
{
    struct chain *chain = &survey->chains[survey->chain_count];

    if (count == 0 || survey->chain_count == SURVEY_CHAINS_MAX) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < survey->chain_count; i++) {
        const struct chain *old = &survey->chains[i];

        if (old->lengths[0] == spans[0].length &&
            memcmp(old->der.data, spans[0].data, spans[0].length) == 0) {
            return STATUS_OK;
        }
    }
    *chain = (struct chain){ .der = bytes_bounded(SURVEY_DER_MAX) };
    survey->chain_count++;
    for (size_t i = 0; i < count && i < EXCHANGE_CHAIN_MAX; i++) {
        TRY(bytes_append(&chain->der, spans[i].data, spans[i].length, reterr));
        chain->lengths[i] = spans[i].length;
        chain->count++;
    }
    return STATUS_OK;
}

static void survey_prime(struct survey *survey, const struct tls_key_exchange *seen)
{
    survey->prime.bits = seen->dh_bits;
    if (sha256_text(seen->prime, seen->prime_length, survey->prime.sha256, NULL) != STATUS_OK) {
        survey->prime.sha256[0] = '\0';
    }
}

/* Every answered hello says a little about extensions, chains and primes. */
static void survey_witness(void *context, const struct exchange *exchange)
{
    struct survey *survey = context;
    const struct tls_server_hello *answer = &exchange->answer;

    if (survey->datagram) {
        dtls_server_witness(survey, exchange);
    }
    tls_server_chains_witness(survey, exchange);
    /* The first group that it chooses is its own choice out of all. */
    if (answer->version == TLS_VERSION_13 && !exchange->ssl2 && survey->share_group == 0 &&
        wire_tls_share_known(answer->group)) {
        survey->share_group = answer->group;
    }
    if (exchange->ssl2 || answer->version >= TLS_VERSION_13) {
        return;
    }
    survey->deflate = survey->deflate || answer->compression == 1;
    survey->lzs = survey->lzs || answer->compression == 64;
    if (answer->version >= TLS_VERSION_10) {
        survey->hellos_10_to_12++;
        if (survey->tickets_to_12 != KNOWN_TRUE) {
            survey->tickets_to_12 = answer->ticket ? KNOWN_TRUE : KNOWN_FALSE;
        }
        survey->without_renegotiation_info += answer->renegotiation_info ? 0 : 1;
        survey->without_extended_master_secret += answer->extended_master_secret ? 0 : 1;
    }
    if (exchange->key_exchange_read && exchange->key_exchange.dh_bits > 0 &&
        (survey->dh_bits_smallest == 0 ||
         exchange->key_exchange.dh_bits < survey->dh_bits_smallest)) {
        survey->dh_bits_smallest = exchange->key_exchange.dh_bits;
        survey_prime(survey, &exchange->key_exchange);
    }
}

static void survey_start(struct survey *survey, struct dialer *dialer, const char *server_name,
                         const uint16_t *list, size_t count)
{
    memset(survey, 0, sizeof *survey);
    survey->server_name = server_name;
    survey->asker =
        (struct asker){ .dialer = dialer, .witness = survey_witness, .witness_context = survey };
    survey->version_count = count;
    for (size_t i = 0; i < count; i++) {
        survey->versions[i].version = list[i];
    }
    for (size_t i = 0; i < wire_tls_groups_count; i++) {
        uint16_t group = wire_tls_groups[i].code;

        survey->groups_13[survey->group_13_count++] = group;
        /* A server that knows RFC 7919 would refuse its own primes if any of these
         * were offered (section 4), so TLS 1.2 hellos leave them out. */
        if (!wire_tls_group_is_finite_field(group) && !wire_tls_group_is_13_only(group)) {
            survey->groups_12[survey->group_12_count++] = group;
        }
    }
    for (size_t i = 0; i < wire_tls_schemes_count; i++) {
        survey->schemes[survey->scheme_count++] = wire_tls_schemes[i].code;
    }
}

void tls_server_survey_start(struct survey *survey, struct dialer *dialer, const char *server_name)
{
    survey_start(survey, dialer, server_name, versions, SURVEY_VERSIONS);
}

void dtls_server_survey_start(struct survey *survey, struct dialer *dialer, const char *server_name)
{
    survey_start(survey, dialer, server_name, dtls_versions,
                 sizeof dtls_versions / sizeof dtls_versions[0]);
    survey->datagram = true;
    survey->asker.silence_refuses = true;
}

const char *tls_server_survey_version_name(const struct survey *survey, uint16_t version)
{
    return survey->datagram ? wire_dtls_version_name(version) : wire_tls_version_name(version);
}

void tls_server_survey_done(struct survey *survey)
{
    for (size_t i = 0; i < survey->chain_count; i++) {
        bytes_done(&survey->chains[i].der);
    }
}

/* All suites that can be offered in this version, the likeliest first, so that a
 * server which looks at few of them still finds one. */
static size_t survey_suites(uint16_t version, uint16_t list[PICK_MAX])
{
    static const enum tls_tier order[] = { TLS_TIER_HIGH, TLS_TIER_RECOMMENDED, TLS_TIER_EXCEPTION,
                                           TLS_TIER_UNKNOWN, TLS_TIER_NONE };
    size_t count = 0;

    for (size_t tier = 0; tier < sizeof order / sizeof order[0]; tier++) {
        for (size_t i = 0; i < wire_tls_suites_count && count < PICK_MAX; i++) {
            const struct tls_suite *suite = &wire_tls_suites[i];

            if (suite->tier == order[tier] &&
                wire_tls_suites_is_13(suite) == (version == TLS_VERSION_13)) {
                list[count++] = suite->code;
            }
        }
    }
    return count;
}

static void version_prepare(struct survey *survey, struct version_survey *version)
{
    struct picker *picker = &version->suites;

    *picker = (struct picker){ .what = PICK_SUITES, .whole_flight = true, .chunk = PICK_MAX };
    picker->left_count = survey_suites(version->version, picker->left);
    picker->hello =
        tls_server_survey_hello(survey, version->version, picker->left, picker->left_count);
}

static void version_accept_ssl2(struct version_survey *version, const struct exchange *exchange)
{
    size_t count = exchange->answer_ssl2.kind_count;

    version->ssl2_kind_count = 0;
    for (size_t i = 0; i < count && version->ssl2_kind_count < 7; i++) {
        if (wire_tls_ssl2_kind_name(exchange->answer_ssl2.kinds + 3 * i) != NULL) {
            memcpy(version->ssl2_kinds[version->ssl2_kind_count++],
                   exchange->answer_ssl2.kinds + 3 * i, 3);
        }
    }
}

static void version_absorb(struct version_survey *version, const struct exchange *exchange,
                           enum offer_answer answer)
{
    static const enum version_state states[] = { [OFFER_ACCEPTED] = VERSION_ACCEPTED,
                                                 [OFFER_REFUSED] = VERSION_REFUSED,
                                                 [OFFER_UNKNOWN] = VERSION_UNKNOWN };

    version->state = states[answer];
    (void) snprintf(version->suites.why, sizeof version->suites.why, "%s", exchange->detail);
    if (answer == OFFER_ACCEPTED && exchange->ssl2) {
        version_accept_ssl2(version, exchange);
    } else if (answer == OFFER_ACCEPTED) {
        tls_server_picker_feed(&version->suites, exchange);
    }
}

static bool is_13(const struct survey *survey, size_t index)
{
    return survey->versions[index].version == TLS_VERSION_13;
}

/* One hello per version with everything in it. */
static enum status survey_first_round(struct survey *survey, bool doubtful[SURVEY_VERSIONS],
                                      struct error *reterr)
{
    struct exchange exchanges[SURVEY_VERSIONS] = { 0 };
    struct exchange *list[SURVEY_VERSIONS] = { 0 };
    enum offer_answer answers[SURVEY_VERSIONS] = { 0 };
    bool silent[SURVEY_VERSIONS] = { 0 };
    bool answered = false;
    enum status status;

    for (size_t i = 0; i < survey->version_count; i++) {
        struct version_survey *version = &survey->versions[i];

        version_prepare(survey, version);
        exchanges[i] = tls_server_exchange(&version->suites.hello);
        exchanges[i].ssl2 = version->version == TLS_VERSION_SSL2;
        exchanges[i].whole_flight = true;
        list[i] = &exchanges[i];
    }
    status = tls_server_ask(&survey->asker, list, survey->version_count, answers, reterr);
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct exchange *exchange = &exchanges[i];
        /* Only these two answers speak of the version and not of the hello. */
        bool settled =
            exchange->end == END_ANSWERED ||
            (exchange->end == END_ALERT && exchange->flight.alert == TLS_ALERT_PROTOCOL_VERSION);

        if (status == STATUS_OK) {
            version_absorb(&survey->versions[i], exchange, answers[i]);
        }
        doubtful[i] = !settled && survey->versions[i].version != TLS_VERSION_SSL2;
        /* A hello as long as this one was accepted: it is not the length. */
        answered = answered || (exchange->end == END_ANSWERED && !is_13(survey, i));
        silent[i] = exchange->end == END_SILENT && survey->datagram && !is_13(survey, i);
        tls_server_exchange_done(&exchanges[i]);
    }
    for (size_t i = 0; i < survey->version_count; i++) {
        bool said_no = survey->versions[i].state == VERSION_REFUSED && !is_13(survey, i);

        doubtful[i] = doubtful[i] && !(answered && (silent[i] || said_no));
    }
    return status;
}

/* TLS 1.3: is it the empty key_share that is refused? */
static enum status survey_with_key_shares(struct survey *survey, struct version_survey *version,
                                          struct error *reterr)
{
    struct exchange exchange;
    struct exchange *list[] = { &exchange };
    enum offer_answer answer = OFFER_UNKNOWN;
    enum status status;

    version->suites.hello.key_shares = true;
    exchange = tls_server_exchange(&version->suites.hello);
    status = tls_server_ask(&survey->asker, list, 1, &answer, reterr);
    if (status == STATUS_OK && answer == OFFER_ACCEPTED) {
        version->key_shares = true;
        version->state = VERSION_ACCEPTED;
    } else {
        version->suites.hello.key_shares = false;
        if (answer == OFFER_UNKNOWN) {
            version->state = VERSION_UNKNOWN;
        }
    }
    tls_server_exchange_done(&exchange);
    return status;
}

/* Some servers refuse, drop or choke on hellos with hundreds of suites: the same again
 * in several short hellos, until one is accepted. */
static enum status survey_in_chunks(struct survey *survey, struct version_survey *version,
                                    struct error *reterr)
{
    const struct picker *picker = &version->suites;
    bool refused = true;

    for (size_t at = 0; at < picker->left_count; at += PICK_CHUNK) {
        size_t left = picker->left_count - at;
        struct tls_hello hello = tls_server_survey_hello(
            survey, version->version, picker->left + at, left < PICK_CHUNK ? left : PICK_CHUNK);
        struct exchange exchange = tls_server_exchange(&hello);
        struct exchange *list[] = { &exchange };
        enum offer_answer answer = OFFER_UNKNOWN;
        enum status status = tls_server_ask(&survey->asker, list, 1, &answer, reterr);

        if (answer != OFFER_ACCEPTED) {
            (void) snprintf(version->suites.why, sizeof version->suites.why, "%s", exchange.detail);
        }
        tls_server_exchange_done(&exchange);
        TRY(status);
        if (answer == OFFER_ACCEPTED) {
            version->state = VERSION_ACCEPTED;
            version->in_chunks = true;
            version->suites.chunk = PICK_CHUNK;
            return STATUS_OK;
        }
        refused = refused && answer == OFFER_REFUSED;
    }
    version->state = refused ? VERSION_REFUSED : VERSION_UNKNOWN;
    return STATUS_OK;
}

/* Nothing was accepted: one short hello of the likeliest kind, in case it was the
 * length of the others. */
static enum status survey_find_a_start(struct survey *survey, struct error *reterr)
{
    const struct picker *picker = &survey->versions[1].suites;
    struct tls_hello hello =
        tls_server_survey_hello(survey, TLS_VERSION_12, picker->left, PICK_CHUNK);
    struct exchange exchange;
    struct exchange *list[] = { &exchange };
    enum offer_answer answer = OFFER_UNKNOWN;
    enum status status;

    if (survey->asker.has_known_good) {
        return STATUS_OK;
    }
    exchange = tls_server_exchange(&hello);
    status = tls_server_ask(&survey->asker, list, 1, &answer, reterr);
    tls_server_exchange_done(&exchange);
    return status;
}

static enum status survey_versions(struct survey *survey, struct error *reterr)
{
    bool doubtful[SURVEY_VERSIONS] = { 0 };

    TRY(survey_first_round(survey, doubtful, reterr));
    if (!survey->asker.connected) {
        return fail(reterr, STATUS_UNREACHABLE, "%s (%s)",
                    survey->datagram ? "nobody listens" : "no TCP connection",
                    survey->versions[0].suites.why);
    }
    TRY(survey_find_a_start(survey, reterr));
    for (size_t i = 0; i < survey->version_count; i++) {
        struct version_survey *version = &survey->versions[i];

        if (!doubtful[i] || (!survey->asker.has_known_good && !survey->asker.spoke_tls)) {
            continue;
        }
        if (version->version == TLS_VERSION_13) {
            TRY(survey_with_key_shares(survey, version, reterr));
        } else {
            TRY(survey_in_chunks(survey, version, reterr));
        }
    }
    return STATUS_OK;
}

static enum status survey_suite_lists(struct survey *survey, struct error *reterr)
{
    struct picker *pickers[SURVEY_VERSIONS];
    size_t count = 0;

    for (size_t i = 0; i < survey->version_count; i++) {
        struct version_survey *version = &survey->versions[i];

        if (version->state == VERSION_ACCEPTED && version->version != TLS_VERSION_SSL2) {
            pickers[count++] = &version->suites;
        }
    }
    TRY(tls_server_pick_side_by_side(&survey->asker, pickers, count, reterr));
    count = 0;
    for (size_t i = 0; i < survey->version_count; i++) {
        struct version_survey *version = &survey->versions[i];
        struct picker *picker = &version->suites;

        /* Chunk by chunk the server's order across chunks stays unseen: pick again
         * from what is accepted, now that it is little. */
        if (version->in_chunks && picker->state == PICK_COMPLETE &&
            picker->picked_count <= PICK_CHUNK) {
            memcpy(picker->left, picker->picked, picker->picked_count * sizeof picker->left[0]);
            picker->left_count = picker->picked_count;
            picker->picked_count = 0;
            picker->state = PICK_GOING;
            pickers[count++] = picker;
        }
    }
    TRY(tls_server_pick(&survey->asker, pickers, count, reterr));
    for (size_t i = 0; i < survey->version_count; i++) {
        struct picker *picker = &survey->versions[i].suites;

        if (picker->state == PICK_COMPLETE && picker->picked_count == 0) {
            picker->state = PICK_INCOMPLETE;
            (void) snprintf(picker->why, sizeof picker->why, "accepted once, then refused");
        }
    }
    return STATUS_OK;
}

const struct version_survey *tls_server_survey_version(const struct survey *survey,
                                                       uint16_t version)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        if (survey->versions[i].version == version &&
            survey->versions[i].state == VERSION_ACCEPTED) {
            return &survey->versions[i];
        }
    }
    return NULL;
}

bool tls_server_survey_versions_known(const struct survey *survey)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        if (survey->versions[i].state == VERSION_UNKNOWN) {
            return false;
        }
    }
    return survey->answers_at_end;
}

bool tls_server_survey_suites_known(const struct survey *survey)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (version->state == VERSION_ACCEPTED && version->version != TLS_VERSION_SSL2 &&
            version->suites.state != PICK_COMPLETE) {
            return false;
        }
    }
    return tls_server_survey_versions_known(survey);
}

static void survey_explain(struct survey *survey)
{
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];
        const char *name = tls_server_survey_version_name(survey, version->version);

        if (version->state == VERSION_UNKNOWN) {
            tls_server_survey_why(survey, "%s: accepted or not is unknown (%s)", name,
                                  version->suites.why);
        } else if (version->state == VERSION_ACCEPTED && version->suites.state == PICK_INCOMPLETE) {
            tls_server_survey_why(survey, "%s: its suites are not all known (%s)", name,
                                  version->suites.why);
        }
    }
}

enum status tls_server_survey_run(struct survey *survey, const char *const *alpn, size_t alpn_count,
                                  struct error *reterr)
{
    TRY(survey_versions(survey, reterr));
    TRY(survey_suite_lists(survey, reterr));
    if (survey->asker.has_known_good) {
        TRY(tls_server_details(survey, alpn, alpn_count, reterr));
        if (survey->datagram) {
            TRY(dtls_server_details(survey, reterr));
        }
        TRY(tls_server_still_answers(&survey->asker, &survey->answers_at_end, reterr));
        if (!survey->answers_at_end) {
            tls_server_survey_why(survey, "the server no longer answered at the end, so what it "
                                          "had refused before is not relied on");
        }
    } else if (tls_server_survey_version(survey, TLS_VERSION_SSL2) != NULL) {
        tls_server_survey_why(survey, "only SSL 2.0 was accepted; no refusal is relied on without "
                                      "a hello of a later version that is accepted");
    }
    survey_explain(survey);
    return STATUS_OK;
}
