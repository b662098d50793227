#include "probe/tls_findings.h"

#include "probe/tls_primes.h"
#include "wire/x509_facts.h"

#include <stdlib.h>
#include <string.h>

const struct fact tls_server_tolerance_columns[] = {
    { .name = "what", .type = FACT_TEXT, .help = "What was in the hello." },
    { .name = "met",
      .type = FACT_TEXT,
      .help = "answered, refused (by an alert), closed, silent, or garbled." },
    FACT_END,
};

enum weakness {
    WEAKNESS_ANONYMOUS,
    WEAKNESS_CRIME,
    WEAKNESS_DROWN,
    WEAKNESS_EXPORT,
    WEAKNESS_FREAK,
    WEAKNESS_LOGJAM,
    WEAKNESS_NULL,
    WEAKNESS_POODLE,
    WEAKNESS_RC4,
    WEAKNESS_SWEET32,
    WEAKNESS_COUNT
};

static void findings_add(json_t *list, const char *text)
{
    if (json_array_append_new(list, json_string(text)) != 0) {
        abort();
    }
}

static void findings_schemes(struct probe_call *call, struct survey *survey)
{
    const struct picker *picker = &survey->scheme_13_picker;
    json_t *list;

    if (!survey->scheme_13_used) {
        if (tls_server_survey_version(survey, TLS_VERSION_13) != NULL) {
            tls_server_survey_why(survey, "signature_algorithms_13, certificates of TLS 1.3: its "
                                          "answer cannot be opened with the groups it accepts");
        }
        return;
    }
    if (picker->state != PICK_COMPLETE || !survey->answers_at_end) {
        tls_server_survey_why(survey, "signature_algorithms_13: %s", picker->why);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < picker->picked_count; i++) {
        findings_add(list, wire_tls_scheme_name(picker->picked[i]));
    }
    probe_fact_json(call, "signature_algorithms_13", list);
}

static void findings_staples(struct probe_call *call, const struct survey *survey)
{
    /* From worst to best. */
    static const char *const order[] = { "revoked", "malformed", "no answer",
                                         "unknown", "absent",    "good" };
    const size_t count = sizeof order / sizeof order[0];
    size_t worst = count;

    for (size_t i = 0; i < survey->chain_count; i++) {
        const struct chain *chain = &survey->chains[i];
        const char *word = chain->stapled ? wire_ocsp_word(chain->staple) : "absent";

        for (size_t at = 0; at < worst && chain->staple_asked; at++) {
            worst = strcmp(order[at], word) == 0 ? at : worst;
        }
    }
    if (worst < count) {
        probe_fact_text(call, "ocsp_staple", order[worst]);
    }
}

/* Was each kind of key asked for, and each answer one that can be read? */
static void findings_all_chains(struct probe_call *call, const struct survey *survey)
{
    bool hidden =
        tls_server_survey_version(survey, TLS_VERSION_13) != NULL && !survey->scheme_13_used;

    probe_fact_bool(call, "certificates_complete",
                    tls_server_survey_suites_known(survey) && survey->chains_unknown == 0 &&
                        !hidden);
}

static void findings_address(struct probe_call *call, const struct survey *survey)
{
    bool seen = false;
    bool matches = true;

    for (size_t i = 0; i < survey->chain_count && call->host != NULL; i++) {
        const struct chain *chain = &survey->chains[i];
        struct x509_facts facts;

        if (chain->without_name &&
            wire_x509_facts_read(chain->der.data, chain->lengths[0], &facts)) {
            seen = true;
            matches = matches && wire_x509_names_host(&facts, call->host);
        }
    }
    if (seen) {
        probe_fact_bool(call, "address_match", matches);
    }
}

static void findings_prime(struct probe_call *call, const struct survey *survey)
{
    const char *name = tls_server_prime_name(survey->prime.sha256);

    if (survey->prime.bits > 0 && survey->prime.sha256[0] != '\0') {
        probe_fact_text(call, "dh_prime", name != NULL ? name : "own");
    }
}

static void findings_tolerance(struct probe_call *call, const struct survey *survey)
{
    static const char *const met[END_COUNT] = { [END_SILENT] = "silent",
                                                [END_ANSWERED] = "answered",
                                                [END_ALERT] = "refused",
                                                [END_CLOSED] = "closed",
                                                [END_GARBLED] = "garbled" };
    json_t *rows = json_array();
    json_t *intolerant = json_array();
    bool all = survey->answers_at_end;

    for (int i = 0; i < TOLERANCE_COUNT; i++) {
        const struct tolerance *tolerance = &survey->tolerance[i];
        const char *what = tls_server_tolerance_word((enum tolerance_question) i);

        all = all && tolerance->known;
        if (!tolerance->known) {
            continue;
        }
        if (json_array_append_new(
                rows, json_pack("{s:s,s:s}", "what", what, "met", met[tolerance->met])) != 0) {
            abort();
        }
        if (tolerance->met != END_ANSWERED) {
            findings_add(intolerant, what);
        }
    }
    if (!all) {
        json_decref(rows);
        json_decref(intolerant);
        return;
    }
    probe_fact_json(call, "tolerance", rows);
    probe_fact_json(call, "intolerant", intolerant);
}

/* What one suite is known for; the name alone for SSL 2.0. */
static void findings_of_suite(const char *name, const struct tls_suite *suite,
                              bool seen[WEAKNESS_COUNT])
{
    static const char *const short_blocks[] = { "DES", "3DES", "RC2", "IDEA" };
    const char *cipher = suite != NULL ? suite->cipher : name + strlen("SSL2_");
    bool is_export = strstr(name, "EXPORT") != NULL;

    seen[WEAKNESS_EXPORT] |= is_export;
    seen[WEAKNESS_RC4] |= strncmp(cipher, "RC4", 3) == 0;
    for (size_t i = 0; i < sizeof short_blocks / sizeof short_blocks[0]; i++) {
        seen[WEAKNESS_SWEET32] |= strncmp(cipher, short_blocks[i], strlen(short_blocks[i])) == 0;
    }
    if (suite != NULL) {
        seen[WEAKNESS_FREAK] |= is_export && suite->kx == TLS_KX_RSA;
        seen[WEAKNESS_LOGJAM] |= is_export && suite->kx == TLS_KX_DHE;
        seen[WEAKNESS_ANONYMOUS] |= suite->auth == TLS_AUTH_ANON;
        seen[WEAKNESS_NULL] |= strcmp(cipher, "NULL") == 0;
    }
}

/* The key of a chain's leaf; false: it cannot be read. */
static bool leaf_key(const struct chain *chain, struct x509_facts *facts)
{
    return wire_x509_facts_read(chain->der.data, chain->lengths[0], facts) && facts->key != NULL;
}

/* SSL 2.0 with the RSA key that other versions use as well (Aviram et al., "DROWN", USENIX Security
 * 2016): only what this one service shows. */
static bool has_drown_precondition(const struct survey *survey)
{
    for (size_t i = 0; i < survey->chain_count; i++) {
        struct x509_facts old;

        if (!survey->chains[i].in_ssl2 || !leaf_key(&survey->chains[i], &old) ||
            old.key_kind != X509_KEY_RSA) {
            continue;
        }
        for (size_t at = 0; at < survey->chain_count; at++) {
            struct x509_facts other;

            if (survey->chains[at].in_tls && leaf_key(&survey->chains[at], &other) &&
                other.key_length == old.key_length &&
                memcmp(other.key, old.key, old.key_length) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void findings_of_versions(const struct survey *survey, bool seen[WEAKNESS_COUNT])
{
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        for (size_t at = 0; at < version->ssl2_kind_count; at++) {
            findings_of_suite(wire_tls_ssl2_kind_name(version->ssl2_kinds[at]), NULL, seen);
        }
        for (size_t at = 0; at < version->suites.picked_count; at++) {
            const struct tls_suite *suite = wire_tls_suites_find(version->suites.picked[at]);

            findings_of_suite(suite->name, suite, seen);
            seen[WEAKNESS_POODLE] |=
                version->version == TLS_VERSION_SSL3 && strstr(suite->cipher, "CBC") != NULL;
        }
    }
}

/* An empty list is claimed only where every rule had something to look at. */
static bool findings_complete(const struct survey *survey)
{
    bool has_primes = false;

    for (size_t i = 0; i < survey->version_count; i++) {
        const struct picker *suites = &survey->versions[i].suites;

        for (size_t at = 0; at < suites->picked_count; at++) {
            enum tls_kx kx = wire_tls_suites_find(suites->picked[at])->kx;

            has_primes = has_primes || kx == TLS_KX_DHE || kx == TLS_KX_DHE_PSK;
        }
    }
    return tls_server_survey_suites_known(survey) && (!has_primes || survey->dh_bits_smallest > 0);
}

static void findings_weaknesses(struct probe_call *call, const struct survey *survey)
{
    static const char *const words[WEAKNESS_COUNT] = {
        [WEAKNESS_ANONYMOUS] = "anonymous",
        [WEAKNESS_CRIME] = "crime",
        [WEAKNESS_DROWN] = "drown_precondition",
        [WEAKNESS_EXPORT] = "export",
        [WEAKNESS_FREAK] = "freak",
        [WEAKNESS_LOGJAM] = "logjam",
        [WEAKNESS_NULL] = "null",
        [WEAKNESS_POODLE] = "poodle",
        [WEAKNESS_RC4] = "rc4",
        [WEAKNESS_SWEET32] = "sweet32",
    };
    bool seen[WEAKNESS_COUNT] = { 0 };
    json_t *list = json_array();

    findings_of_versions(survey, seen);
    seen[WEAKNESS_LOGJAM] |= survey->dh_bits_smallest > 0 && survey->dh_bits_smallest <= 1024;
    seen[WEAKNESS_CRIME] = survey->deflate || survey->lzs;
    seen[WEAKNESS_DROWN] = has_drown_precondition(survey);
    for (int i = 0; i < WEAKNESS_COUNT; i++) {
        if (seen[i]) {
            findings_add(list, words[i]);
        }
    }
    if (json_array_size(list) > 0 || findings_complete(survey)) {
        probe_fact_json(call, "weaknesses", list);
    } else {
        json_decref(list);
    }
}

void tls_server_report_findings(struct probe_call *call, struct survey *survey)
{
    findings_weaknesses(call, survey);
    if (!survey->asker.has_known_good) {
        return;
    }
    findings_prime(call, survey);
    findings_tolerance(call, survey);
    findings_schemes(call, survey);
    findings_staples(call, survey);
    findings_all_chains(call, survey);
    findings_address(call, survey);
}
