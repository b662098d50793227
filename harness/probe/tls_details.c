#include "probe/tls_aside.h"

#include "wire/x509_facts.h"

#include <stdlib.h>
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

static bool schemes_have(const struct picker *picker, enum key_class class)
{
    for (size_t i = 0; i < picker->picked_count; i++) {
        enum key_class seen = tls_server_class_of_scheme(picker->picked[i]);

        if (seen == class || (class == CLASS_ECDSA && seen == CLASS_EDDSA)) {
            return true; /* EdDSA signs for the suites of ECDSA (RFC 8422 section 2) */
        }
    }
    return false;
}

static enum status schemes_ask_class(struct survey *survey, enum key_class class,
                                     const uint16_t *suites, size_t suite_count,
                                     struct error *reterr)
{
    struct picker *whole = &survey->scheme_picker;
    struct picker *picker = calloc(1, sizeof *picker);
    enum status status;

    if (picker == NULL) {
        abort();
    }
    picker->what = PICK_SCHEMES;
    picker->whole_flight = true;
    picker->chunk = PICK_MAX;
    picker->hello = tls_server_survey_hello(survey, whole->hello.version, suites, suite_count);
    for (size_t i = 0; i < survey->scheme_count; i++) {
        if (tls_server_class_of_scheme(survey->schemes[i]) == class) {
            picker->left[picker->left_count++] = survey->schemes[i];
        }
    }
    status = tls_server_pick(&survey->asker, &picker, 1, reterr);
    for (size_t i = 0; i < picker->picked_count; i++) {
        whole->picked[whole->picked_count++] = picker->picked[i];
    }
    if (picker->state != PICK_COMPLETE) {
        whole->state = picker->state;
        memcpy(whole->why, picker->why, sizeof whole->why);
    }
    free(picker);
    return status;
}

/* A server with keys of two kinds may insist on the one whose schemes are used up, and refuse.  A
 * kind that accepted suites need, and none of whose schemes was seen, is asked for alone. */
static enum status details_schemes_left(struct survey *survey, struct error *reterr)
{
    const struct picker *picker = &survey->scheme_picker;
    uint16_t signed_suites[PICK_MAX];
    uint16_t suites[PICK_MAX];
    size_t signed_count = 0;

    if (!survey->scheme_used || picker->state != PICK_COMPLETE ||
        best_with(survey, is_signed, signed_suites, &signed_count) == NULL) {
        return STATUS_OK;
    }
    for (enum key_class class = CLASS_RSA; class <= CLASS_ECDSA;
         class = (enum key_class)(class + 1)) {
        size_t count = 0;

        for (size_t i = 0; i < signed_count; i++) {
            if (tls_server_class_of_suite(signed_suites[i]) == class) {
                suites[count++] = signed_suites[i];
            }
        }
        if (count > 0 && !schemes_have(picker, class)) {
            TRY(schemes_ask_class(survey, class, suites, count, reterr));
        }
    }
    return STATUS_OK;
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

enum status tls_server_details(struct survey *survey, const char *const *alpn, size_t alpn_count,
                               struct error *reterr)
{
    struct aside *aside = tls_server_aside_begin(survey, alpn, alpn_count);
    enum status status = details_lists(survey, reterr);

    if (status == STATUS_OK) {
        status = details_schemes_left(survey, reterr);
    }
    if (status == STATUS_OK && !survey->datagram) {
        status = tls_server_chains(survey, reterr);
    }
    if (status == STATUS_OK) {
        status = tls_server_aside_end(aside, reterr);
    }
    tls_server_aside_free(aside);
    return status;
}
