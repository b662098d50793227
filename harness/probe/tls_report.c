#include "probe/tls_report.h"

#include "channel/sha256.h"
#include "wire/x509_facts.h"

#include <stdlib.h>
#include <string.h>

const struct fact tls_server_certificate_columns[] = {
    { .name = "chain", .type = FACT_INT, .help = "Which of the server's chains, from 0." },
    { .name = "position", .type = FACT_INT, .help = "0 is the server's own certificate." },
    { .name = "subject", .type = FACT_TEXT, .help = "RFC 4514." },
    { .name = "issuer", .type = FACT_TEXT, .help = "RFC 4514." },
    { .name = "sans", .type = FACT_TEXT, .help = "subjectAltName, joined by commas." },
    { .name = "serial", .type = FACT_TEXT, .help = "Hexadecimal." },
    { .name = "key_type", .type = FACT_TEXT, .help = "RSA, EC, DSA, Ed25519, Ed448 or other." },
    { .name = "key_bits", .type = FACT_INT, .help = "Length of the key; 0 when unknown." },
    { .name = "curve", .type = FACT_TEXT, .help = "Of an EC key, else empty." },
    { .name = "strength_bits",
      .type = FACT_INT,
      .help = "Security strength by NIST SP 800-57 part 1 rev. 5 table 2 (Ed448: SP 800-186); 0 "
              "when below the table or unknown." },
    { .name = "signature_algorithm", .type = FACT_TEXT, .help = "Name, or dotted OID." },
    { .name = "not_before", .type = FACT_TEXT, .help = "RFC 3339, UTC." },
    { .name = "not_after", .type = FACT_TEXT, .help = "RFC 3339, UTC." },
    { .name = "sha256", .type = FACT_TEXT, .help = "Of the DER, lower-case hexadecimal." },
    { .name = "self_issued",
      .type = FACT_BOOL,
      .help = "Subject and issuer are the same (RFC 5280 section 6.1)." },
    { .name = "is_ca", .type = FACT_BOOL, .help = "basicConstraints says so." },
    { .name = "with_name",
      .type = FACT_BOOL,
      .help = "The chain came in answer to a hello with a server name." },
    { .name = "without_name",
      .type = FACT_BOOL,
      .help = "The chain came in answer to a hello without one." },
    FACT_END,
};

const struct fact tls_server_preference_columns[] = {
    { .name = "version", .type = FACT_TEXT, .help = "Such as TLSv1.2." },
    { .name = "order",
      .type = FACT_TEXT,
      .help = "Whose order decides: server, client, mixed; or one suite." },
    FACT_END,
};

static json_t *report_texts_of(const char *const *texts, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(list, json_string(texts[i])) != 0) {
            abort();
        }
    }
    return list;
}

static void report_add(json_t *list, const char *text)
{
    if (json_array_append_new(list, json_string(text)) != 0) {
        abort();
    }
}

static void report_set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static int report_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static bool report_is_accepted(const struct version_survey *version)
{
    return version->state == VERSION_ACCEPTED;
}

/* In the server's order, or sorted where it has none. */
static json_t *report_suite_names(const struct version_survey *version)
{
    const char *names[PICK_MAX];
    size_t count = 0;

    if (version->version == TLS_VERSION_SSL2) {
        for (size_t i = 0; i < version->ssl2_kind_count; i++) {
            names[count++] = wire_tls_ssl2_kind_name(version->ssl2_kinds[i]);
        }
    } else {
        for (size_t i = 0; i < version->suites.picked_count; i++) {
            names[count++] = wire_tls_suites_find(version->suites.picked[i])->name;
        }
    }
    if (version->preference == PREFERENCE_CLIENT || version->preference == PREFERENCE_MIXED ||
        version->version == TLS_VERSION_SSL2) {
        qsort(names, count, sizeof names[0], report_compare);
    }
    return report_texts_of(names, count);
}

static void report_versions(struct probe_call *call, const struct survey *survey)
{
    json_t *list;

    if (!tls_server_survey_versions_known(survey)) {
        return;
    }
    list = json_array();
    for (size_t i = survey->version_count; i > 0; i--) {
        if (report_is_accepted(&survey->versions[i - 1])) {
            report_add(list,
                       tls_server_survey_version_name(survey, survey->versions[i - 1].version));
        }
    }
    probe_fact_json(call, "versions", list);
}

static void report_suites(struct probe_call *call, const struct survey *survey)
{
    json_t *groups;

    if (!tls_server_survey_suites_known(survey)) {
        return;
    }
    groups = json_object();
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        if (report_is_accepted(version)) {
            report_set(groups, tls_server_survey_version_name(survey, version->version),
                       report_suite_names(version));
        }
    }
    probe_fact_json(call, "suites", groups);
}

static void report_preference(struct probe_call *call, const struct survey *survey)
{
    json_t *rows = json_array();
    bool all_server = true;
    bool decided = false;
    bool unknown = false;

    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];
        json_t *row;

        if (!report_is_accepted(version) || version->version == TLS_VERSION_SSL2) {
            continue;
        }
        unknown = unknown || version->preference == PREFERENCE_UNKNOWN;
        if (version->preference != PREFERENCE_ONE_SUITE) {
            decided = true;
            all_server = all_server && version->preference == PREFERENCE_SERVER;
        }
        row = json_object();
        report_set(row, "version",
                   json_string(tls_server_survey_version_name(survey, version->version)));
        report_set(row, "order", json_string(tls_server_preference_word(version->preference)));
        if (json_array_append_new(rows, row) != 0) {
            abort();
        }
    }
    if (unknown || !tls_server_survey_suites_known(survey)) {
        json_decref(rows);
        return;
    }
    probe_fact_json(call, "preference", rows);
    if (decided) {
        probe_fact_bool(call, "server_preference", all_server);
    }
}

/* That one suite is accepted is known even where the others are not. */
static void report_seen(struct probe_call *call, const struct survey *survey)
{
    const char *names[PICK_MAX * SURVEY_VERSIONS];
    json_t *list;
    size_t count = 0;

    if (survey->asker.has_known_good && tls_server_survey_suites_known(survey)) {
        return;
    }
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        for (size_t at = 0; at < version->ssl2_kind_count; at++) {
            names[count++] = wire_tls_ssl2_kind_name(version->ssl2_kinds[at]);
        }
        for (size_t at = 0; at < version->suites.picked_count; at++) {
            names[count++] = wire_tls_suites_find(version->suites.picked[at])->name;
        }
    }
    if (count == 0) {
        return;
    }
    list = json_array();
    qsort(names, count, sizeof names[0], report_compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            report_add(list, names[i]);
        }
    }
    probe_fact_json(call, "suites_seen", list);
}

static void report_name_or_number(json_t *list, const char *name, uint16_t code)
{
    static const char digits[] = "0123456789abcdef";
    char number[] = "0x0000";

    for (int i = 0; i < 4; i++) {
        number[2 + i] = digits[code >> (12 - 4 * i) & 15];
    }
    report_add(list, name != NULL ? name : number);
}

static bool report_has(const json_t *list, uint16_t code)
{
    size_t index;
    const json_t *value;

    json_array_foreach(list, index, value)
    {
        const char *name = wire_tls_group_name(code);

        if (name != NULL && strcmp(json_string_value(value), name) == 0) {
            return true;
        }
    }
    return false;
}

static void report_lists(struct probe_call *call, struct survey *survey)
{
    json_t *groups = json_array();
    bool known = survey->answers_at_end;

    for (size_t i = 0; i < 2; i++) {
        const struct picker *picker = &survey->group_pickers[i];

        if (survey->group_used[i] && picker->state != PICK_COMPLETE) {
            tls_server_survey_why(survey, "groups: %s", picker->why);
            known = false;
        }
        for (size_t at = 0; at < picker->picked_count; at++) {
            if (!report_has(groups, picker->picked[at])) {
                report_name_or_number(groups, wire_tls_group_name(picker->picked[at]),
                                      picker->picked[at]);
            }
        }
    }
    if (known && tls_server_survey_suites_known(survey) &&
        (survey->group_used[0] || tls_server_survey_version(survey, TLS_VERSION_13) == NULL)) {
        probe_fact_json(call, "groups", groups);
    } else {
        json_decref(groups);
    }
    if (survey->scheme_used && survey->scheme_picker.state == PICK_COMPLETE &&
        survey->answers_at_end) {
        json_t *schemes = json_array();

        for (size_t at = 0; at < survey->scheme_picker.picked_count; at++) {
            uint16_t scheme = survey->scheme_picker.picked[at];

            report_name_or_number(schemes, wire_tls_scheme_name(scheme), scheme);
        }
        probe_fact_json(call, "signature_algorithms", schemes);
    } else if (survey->scheme_used) {
        tls_server_survey_why(survey, "signature_algorithms: %s", survey->scheme_picker.why);
    }
    if (survey->dh_bits_smallest > 0) {
        probe_fact_int(call, "dh_bits", survey->dh_bits_smallest);
    }
}

/* TLS 1.3 has neither compression nor renegotiation, and binds its keys to the whole
 * handshake (RFC 8446 sections 1.2, 4.1.2, 7.1): alone, it counts as protected. */
static void report_extensions(struct probe_call *call, const struct survey *survey)
{
    const struct version_survey *tls13 = tls_server_survey_version(survey, TLS_VERSION_13);
    const char *methods[2];
    size_t count = 0;

    if (tls_server_survey_versions_known(survey) &&
        (survey->hellos_10_to_12 > 0 || tls13 != NULL)) {
        probe_fact_bool(call, "renegotiation", survey->without_renegotiation_info == 0);
        probe_fact_bool(call, "extended_master_secret",
                        survey->without_extended_master_secret == 0);
    }
    if (survey->deflate) {
        methods[count++] = "DEFLATE";
    }
    if (survey->lzs) {
        methods[count++] = "LZS";
    }
    if (count > 0 || tls_server_survey_suites_known(survey)) {
        probe_fact_json(call, "compression", report_texts_of(methods, count));
    }
    if (survey->fallback_scsv != KNOWN_NOT) {
        probe_fact_bool(call, "fallback_scsv", survey->fallback_scsv == KNOWN_TRUE);
    }
    if (survey->alpn_complete) {
        json_t *list = json_array();

        for (size_t i = 0; i < survey->alpn_count; i++) {
            report_add(list, survey->alpn[i]);
        }
        probe_fact_json(call, "alpn", list);
    }
}

static void report_row_text(json_t *row, const char *name, const char *text)
{
    report_set(row, name, json_string(text));
}

static enum status report_certificate(json_t *rows, const struct x509_facts *facts, size_t chain,
                                      size_t position, const struct chain *came,
                                      const struct span *der, struct error *reterr)
{
    char digest[SHA256_TEXT_SIZE];
    char alternatives[2048];
    json_t *row = json_object();

    if (json_array_append_new(rows, row) != 0) {
        abort();
    }
    TRY(sha256_text(der->data, der->length, digest, reterr));
    wire_x509_alternatives_text(facts, alternatives, sizeof alternatives);
    report_set(row, "chain", json_integer((json_int_t) chain));
    report_set(row, "position", json_integer((json_int_t) position));
    report_row_text(row, "subject", facts->subject);
    report_row_text(row, "issuer", facts->issuer);
    report_row_text(row, "sans", alternatives);
    report_row_text(row, "serial", facts->serial);
    report_row_text(row, "key_type", wire_x509_key_word(facts->key_kind));
    report_set(row, "key_bits", json_integer(facts->key_bits));
    report_row_text(row, "curve", facts->curve);
    report_set(row, "strength_bits",
               json_integer(wire_x509_strength_bits(facts->key_kind, facts->key_bits)));
    report_row_text(row, "signature_algorithm", facts->signature_algorithm);
    report_row_text(row, "not_before", facts->not_before);
    report_row_text(row, "not_after", facts->not_after);
    report_row_text(row, "sha256", digest);
    report_set(row, "self_issued", json_boolean(facts->self_issued));
    report_set(row, "is_ca", json_boolean(facts->is_ca));
    report_set(row, "with_name", json_boolean(came->with_name));
    report_set(row, "without_name", json_boolean(came->without_name));
    return STATUS_OK;
}

/* One chain's rows; *matches is cleared when its leaf does not stand for the name.  by_name: the
 * name was sent, so that chains which came without it may be for somebody else. */
static enum status report_chain(json_t *rows, const struct chain *chain, size_t number,
                                const char *name, bool by_name, bool *readable, bool *matches,
                                struct error *reterr)
{
    const uint8_t *at = chain->der.data;

    for (size_t i = 0; i < chain->count; i++) {
        struct span der = { .data = at, .length = chain->lengths[i] };
        struct x509_facts facts;

        at += chain->lengths[i];
        if (!wire_x509_facts_read(der.data, der.length, &facts)) {
            *readable = false;
            continue;
        }
        if (i == 0 && name != NULL && (chain->with_name || !by_name) &&
            !wire_x509_names_host(&facts, name)) {
            *matches = false;
        }
        TRY(report_certificate(rows, &facts, number, i, chain, &der, reterr));
    }
    return STATUS_OK;
}

/* Are all suites known, and none of them one that needs a certificate? */
static bool is_without_certificates(const struct survey *survey)
{
    if (!tls_server_survey_suites_known(survey)) {
        return false;
    }
    for (size_t i = 0; i < survey->version_count; i++) {
        const struct version_survey *version = &survey->versions[i];

        for (size_t at = 0; at < version->suites.picked_count; at++) {
            const struct tls_suite *suite = wire_tls_suites_find(version->suites.picked[at]);

            if (suite->kx == TLS_KX_RSA_PSK ||
                (suite->auth != TLS_AUTH_PSK && suite->auth != TLS_AUTH_ANON)) {
                return false;
            }
        }
        if (version->ssl2_kind_count > 0) {
            return false;
        }
    }
    return true;
}

static enum status report_certificates(struct probe_call *call, struct survey *survey,
                                       struct error *reterr)
{
    const char *name = probe_param_text(call, "server_name");
    json_t *rows = json_array();
    bool readable = true;
    bool matches = true;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < survey->chain_count && status == STATUS_OK; i++) {
        status = report_chain(rows, &survey->chains[i], i, name, survey->server_name != NULL,
                              &readable, &matches, reterr);
    }
    if (status == STATUS_OK && survey->chain_count == 0 && is_without_certificates(survey)) {
        probe_fact_json(call, "certificates", rows);
        return STATUS_OK;
    }
    if (status != STATUS_OK || survey->chain_count == 0 || !readable) {
        json_decref(rows);
        if (!readable) {
            tls_server_survey_why(survey, "certificates: one cannot be read as X.509");
        }
        return status;
    }
    probe_fact_json(call, "certificates", rows);
    if (name != NULL) {
        probe_fact_bool(call, "hostname_match", matches);
    }
    return STATUS_OK;
}

static void report_speaks(struct probe_call *call, const struct survey *survey)
{
    const char *name = survey->datagram ? "speaks_dtls" : "speaks_tls";

    if (survey->asker.spoke_tls) {
        probe_fact_bool(call, name, true);
    } else if (survey->asker.silent_ends == 0 && survey->asker.not_upgraded == 0) {
        probe_fact_bool(call, name, false);
    }
}

enum status tls_server_report(struct probe_call *call, struct survey *survey, struct error *reterr)
{
    report_speaks(call, survey);
    report_seen(call, survey);
    if (survey->asker.has_known_good) {
        report_versions(call, survey);
        report_suites(call, survey);
        report_preference(call, survey);
        report_lists(call, survey);
        report_extensions(call, survey);
        TRY(report_certificates(call, survey, reterr));
    }
    if (survey->why_count > 0) {
        json_t *list = json_array();

        for (size_t i = 0; i < survey->why_count; i++) {
            report_add(list, survey->why[i]);
        }
        probe_fact_json(call, "undetermined", list);
    }
    probe_fact_int(call, "handshakes", survey->asker.dialer->handshakes);
    return STATUS_OK;
}
