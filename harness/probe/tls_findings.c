#include "probe/tls_findings.h"

#include "wire/x509_facts.h"

#include <stdlib.h>
#include <string.h>

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

void tls_server_report_findings(struct probe_call *call, struct survey *survey)
{
    findings_schemes(call, survey);
    findings_staples(call, survey);
    findings_address(call, survey);
}
