#include "probe/tls_survey.h"

#include "wire/tls_share.h"

#include <string.h>

/* With a name and without, before TLS 1.3 and in it. */
enum { ASKED_MAX = 2 * 2 * CLASS_COUNT };

/* One hello with what it lists. */
struct asked {
    uint16_t list[PICK_MAX];
    size_t count;
    struct tls_hello hello;
};

static struct chain *chain_find(struct survey *survey, const struct span *leaf)
{
    for (size_t i = 0; i < survey->chain_count; i++) {
        struct chain *chain = &survey->chains[i];

        if (chain->lengths[0] == leaf->length &&
            memcmp(chain->der.data, leaf->data, leaf->length) == 0) {
            return chain;
        }
    }
    return NULL;
}

void tls_server_chains_witness(struct survey *survey, const struct exchange *exchange)
{
    const struct span ssl2 = { .data = exchange->answer_ssl2.certificate,
                               .length = exchange->answer_ssl2.certificate_length };
    const struct span *spans = exchange->ssl2 ? &ssl2 : exchange->chain;
    size_t count = exchange->ssl2 ? ssl2.data != NULL && ssl2.length > 0 : exchange->chain_length;
    bool named = !exchange->ssl2 && exchange->hello.server_name != NULL;
    struct chain *chain;

    if (count == 0) {
        return;
    }
    /* The chain fits by the exchange's own ceiling, which is the same. */
    if (tls_server_survey_chain(survey, spans, count, NULL) != STATUS_OK) {
        tls_server_survey_why(survey, "certificates: the chain is too long to keep");
        return;
    }
    chain = chain_find(survey, &spans[0]);
    if (chain == NULL) {
        return;
    }
    chain->with_name = chain->with_name || named;
    chain->without_name = chain->without_name || !named;
    chain->in_ssl2 = chain->in_ssl2 || exchange->ssl2;
    chain->in_tls = chain->in_tls || !exchange->ssl2;
    if (!exchange->ssl2 && exchange->hello.status_request && exchange->done_read) {
        chain->staple_asked = true;
        if (exchange->staple.data != NULL && !chain->stapled) {
            chain->stapled = true;
            chain->staple = wire_ocsp_read(exchange->staple.data, exchange->staple.length);
        }
    }
}

enum key_class tls_server_class_of_scheme(uint16_t scheme)
{
    const char *name = wire_tls_scheme_name(scheme);

    if (name == NULL || strncmp(name, "rsa", 3) == 0) {
        return CLASS_RSA;
    }
    return strncmp(name, "ecdsa", 5) == 0 ? CLASS_ECDSA : name[0] == 'e' ? CLASS_EDDSA : CLASS_DSS;
}

enum key_class tls_server_class_of_suite(uint16_t code)
{
    const struct tls_suite *suite = wire_tls_suites_find(code);

    if (suite == NULL) {
        return CLASS_COUNT;
    }
    switch (suite->auth) {
    case TLS_AUTH_RSA:
        return CLASS_RSA;
    case TLS_AUTH_ECDSA:
        return CLASS_ECDSA;
    case TLS_AUTH_DSS:
        return CLASS_DSS;
    default:
        return CLASS_COUNT;
    }
}

struct tls_hello tls_server_chains_hello(const struct survey *survey)
{
    const struct version_survey *tls13 = tls_server_survey_version(survey, TLS_VERSION_13);
    struct tls_hello hello = tls_server_survey_hello(survey, TLS_VERSION_13, tls13->suites.picked,
                                                     tls13->suites.picked_count);

    hello.groups = &survey->share_group;
    hello.group_count = 1;
    hello.share_group = survey->share_group;
    hello.certificate_schemes = survey->schemes;
    hello.certificate_scheme_count = survey->scheme_count;
    return hello;
}

bool tls_server_chains_schemes(struct survey *survey)
{
    const struct version_survey *tls13 = tls_server_survey_version(survey, TLS_VERSION_13);
    struct picker *picker = &survey->scheme_13_picker;

    if (tls13 == NULL || survey->datagram || survey->share_group == 0 || survey->scheme_13_used) {
        return false;
    }
    for (size_t i = 0; i < tls13->suites.picked_count; i++) {
        if (!tls13_suite_known(tls13->suites.picked[i])) {
            return false;
        }
    }
    picker->what = PICK_SCHEMES;
    picker->whole_flight = true;
    picker->hello = tls_server_chains_hello(survey);
    memcpy(picker->left, survey->schemes, survey->scheme_count * sizeof picker->left[0]);
    picker->left_count = survey->scheme_count;
    picker->chunk = PICK_MAX;
    survey->scheme_13_used = tls13->suites.picked_count > 0;
    return survey->scheme_13_used;
}

static void asked_add(struct asked *asked, uint16_t code)
{
    asked->list[asked->count++] = code;
}

/* Of the suites that this version accepts; for hellos without a name, whose server may be another
 * one with other keys, of all. */
static void ask_suites(const struct version_survey *version, enum key_class class, bool named,
                       struct asked *asked)
{
    for (size_t i = 0; named && i < version->suites.picked_count; i++) {
        if (tls_server_class_of_suite(version->suites.picked[i]) == class) {
            asked_add(asked, version->suites.picked[i]);
        }
    }
    for (size_t i = 0; !named && i < wire_tls_suites_count && asked->count < PICK_MAX; i++) {
        if (tls_server_class_of_suite(wire_tls_suites[i].code) == class) {
            asked_add(asked, wire_tls_suites[i].code);
        }
    }
}

/* In the best version before TLS 1.3. */
static bool ask_older(const struct survey *survey, enum key_class class, bool named,
                      struct asked *asked)
{
    for (size_t i = 0; i < survey->version_count && asked->count == 0; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (version->state == VERSION_ACCEPTED && version->version < TLS_VERSION_13 &&
            version->version > TLS_VERSION_SSL3) {
            ask_suites(version, class, named, asked);
            asked->hello =
                tls_server_survey_hello(survey, version->version, asked->list, asked->count);
        }
    }
    return asked->count > 0;
}

static bool ask_13(const struct survey *survey, enum key_class class, bool named,
                   struct asked *asked)
{
    const struct picker *picker = &survey->scheme_13_picker;
    const uint16_t *schemes = named ? picker->picked : survey->schemes;
    size_t count = named ? picker->picked_count : survey->scheme_count;

    if (!survey->scheme_13_used) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (tls_server_class_of_scheme(schemes[i]) == class) {
            asked_add(asked, schemes[i]);
        }
    }
    asked->hello = tls_server_chains_hello(survey);
    asked->hello.schemes = asked->list;
    asked->hello.scheme_count = asked->count;
    return asked->count > 0;
}

/* Each kind of key, with the name and without it, before TLS 1.3 and in it. */
static size_t ask_all(const struct survey *survey, struct asked asked[ASKED_MAX])
{
    size_t count = 0;

    for (unsigned i = 0; i < ASKED_MAX; i++) {
        enum key_class class = (enum key_class)(i / 4);
        bool newer = i % 2 == 1;
        bool named = i / 2 % 2 == 0;

        asked[count].count = 0;
        if ((!named && survey->server_name == NULL) ||
            !(newer ? ask_13(survey, class, named, &asked[count])
                    : ask_older(survey, class, named, &asked[count]))) {
            continue;
        }
        asked[count].hello.status_request = true;
        asked[count].hello.server_name = named ? survey->server_name : NULL;
        count++;
    }
    return count;
}

enum status tls_server_chains(struct survey *survey, struct error *reterr)
{
    struct asked asked[ASKED_MAX];
    struct exchange exchanges[ASKED_MAX];
    struct exchange *list[ASKED_MAX] = { 0 };
    enum offer_answer answers[ASKED_MAX] = { 0 };
    size_t count = ask_all(survey, asked);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count; i++) {
        exchanges[i] = tls_server_exchange(&asked[i].hello);
        exchanges[i].whole_flight = true;
        list[i] = &exchanges[i];
    }
    if (count > 0) {
        status = tls_server_ask(&survey->asker, list, count, answers, reterr);
    }
    for (size_t i = 0; i < count; i++) {
        if (status == STATUS_OK && answers[i] == OFFER_UNKNOWN) {
            survey->chains_unknown++;
            tls_server_survey_why(survey, "certificates: one more question: %s",
                                  exchanges[i].detail);
        }
        tls_server_exchange_done(&exchanges[i]);
    }
    return status;
}
