/* CycloneDX bills of materials and VEX documents, JSON, specification 1.4 to 1.7. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "import/json.h"
#include "import/purl.h"

#include <string.h>

enum { NESTING_MAX = 32 };

/* One entry of "vulnerabilities" while it is taken apart. */
struct entry {
    const json_t *json;
    const char *id;
    const char *alias;
    enum statement_effect effect;
    const char *reason; /* NULL: no analysis */
    struct finding pattern;
};

static enum status read_component(const json_t *json, bool is_product, struct import_report *report,
                                  struct error *reterr)
{
    const char *purl = member_text(json, "purl");
    struct component *component;

    TRY(import_add_component(report, &component, reterr));
    component->ref = import_text(report, member_text(json, "bom-ref"));
    component->name = import_text(report, member_text(json, "name"));
    component->version = import_text(report, member_text(json, "version"));
    component->purl = purl_is(purl) ? import_text(report, purl) : NULL;
    component->is_product = is_product;
    return STATUS_OK;
}

static enum status read_components(const json_t *list, unsigned nesting,
                                   struct import_report *report, struct error *reterr)
{
    size_t index;
    json_t *json;

    if (nesting == NESTING_MAX) {
        return fail(reterr, STATUS_LIMIT, "components nested more than %d deep", NESTING_MAX);
    }
    json_array_foreach(list, index, json)
    {
        TRY(read_component(json, false, report, reterr));
        TRY(read_components(json_object_get(json, "components"), nesting + 1, report, reterr));
    }
    return STATUS_OK;
}

/* A list up to 1.4, {components, services} since 1.5. */
static void read_tool(const json_t *metadata, struct import_report *report)
{
    const json_t *tools = json_object_get(metadata, "tools");
    const json_t *list = json_is_array(tools) ? tools : json_object_get(tools, "components");
    const json_t *tool = json_array_get(list, 0);
    const char *name = import_text(report, member_text(tool, "name"));

    if (name != NULL) {
        report->tool = name;
        report->tool_version = import_text(report, member_text(tool, "version"));
    }
}

static void read_ratings(const json_t *vulnerability, struct import_report *report,
                         struct finding *pattern)
{
    struct cvss_choice choice = { 0 };
    enum severity word = SEVERITY_UNKNOWN;
    size_t index;
    json_t *rating;
    double score;

    json_array_foreach(json_object_get(vulnerability, "ratings"), index, rating)
    {
        const char *method = member_text(rating, "method");
        const char *vector = member_text(rating, "vector");

        word = severity_worse(word, severity_from_word(member_text(rating, "severity")));
        if (member_number(rating, "score", &score) &&
            (method == NULL || text_starts_with(method, "CVSS"))) {
            cvss_offer(&choice, text_equal(method, "CVSSv2") ? 2 : cvss_version(vector), score,
                       vector);
        }
    }
    cvss_settle(report, pattern, &choice, severity_word(word));
}

/* "not_affected" needs one of the specification's justifications; where the specification
 * has none, for what was repaired or misreported, words of detail do. */
static void read_analysis(const json_t *analysis, struct import_report *report, struct entry *entry)
{
    static const char *const justifications[] = {
        "code_not_present",     "code_not_reachable",     "requires_configuration",
        "requires_dependency",  "requires_environment",   "protected_by_compiler",
        "protected_at_runtime", "protected_at_perimeter", "protected_by_mitigating_control",
    };
    const char *state = member_text(analysis, "state");
    const char *justification = member_text(analysis, "justification");
    const char *detail = member_text(analysis, "detail");
    bool known = false;

    if (state == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof justifications / sizeof justifications[0]; i++) {
        known = known || text_equal(justification, justifications[i]);
    }
    entry->reason = import_text(report, state);
    entry->effect = STATEMENT_SILENT;
    if (text_equal(state, "exploitable") || text_equal(state, "in_triage")) {
        entry->effect = STATEMENT_ADMITS;
    } else if (known && (text_equal(state, "not_affected") || text_equal(state, "false_positive") ||
                         text_starts_with(state, "resolved"))) {
        entry->effect = STATEMENT_COVERS;
        entry->reason = arena_format(report->arena, "%.40s: %s", state, justification);
    } else if (detail != NULL &&
               (text_equal(state, "false_positive") || text_equal(state, "resolved") ||
                text_equal(state, "resolved_with_pedigree"))) {
        entry->effect = STATEMENT_COVERS;
        entry->reason = arena_format(report->arena, "%s: %s", state, import_text(report, detail));
    }
}

static enum status add_statement(const struct entry *entry, const char *ref, const char *version,
                                 struct import_report *report, struct error *reterr)
{
    const char *ids[] = { entry->id, entry->alias };
    struct statement *statement;

    for (size_t i = 0; entry->reason != NULL && i < 2; i++) {
        if (ids[i] == NULL) {
            continue;
        }
        TRY(import_add_statement(report, &statement, reterr));
        statement->id = ids[i];
        statement->effect = entry->effect;
        statement->reason = entry->reason;
        statement->target.ref = import_text(report, ref);
        statement->only_version = import_text(report, version);
    }
    return STATUS_OK;
}

static enum status read_affected(const struct entry *entry, const json_t *affected,
                                 struct import_report *report, struct error *reterr)
{
    const char *ref = member_text(affected, "ref");
    const json_t *versions = json_object_get(affected, "versions");
    struct finding *finding;
    size_t index;
    json_t *version;

    TRY(import_add_finding(report, &finding, reterr));
    *finding = entry->pattern;
    finding->component.ref = import_text(report, ref);
    if (json_array_size(versions) == 0) {
        return add_statement(entry, ref, NULL, report, reterr);
    }
    /* A range cannot be compared without knowing its scheme: it says nothing here. */
    json_array_foreach(versions, index, version)
    {
        const char *text = member_text(version, "version");

        if (text != NULL) {
            TRY(add_statement(entry, ref, text, report, reterr));
        }
    }
    return STATUS_OK;
}

static enum status read_vulnerability(const json_t *json, struct import_report *report,
                                      struct error *reterr)
{
    struct entry entry = { .json = json };
    const json_t *affects = json_object_get(json, "affects");
    struct finding *finding;
    size_t index;
    json_t *item;

    entry.id = import_id(report, member_text(json, "id"));
    json_array_foreach(json_object_get(json, "references"), index, item)
    {
        const char *other = import_id(report, member_text(item, "id"));

        if (import_is_cve(other) && !import_is_cve(entry.id)) {
            entry.alias = entry.id;
            entry.id = other;
        }
    }
    if (entry.id == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a vulnerability without id");
    }
    entry.pattern.id = entry.id;
    entry.pattern.alias = entry.alias;
    entry.pattern.title = import_text(report, member_text(json, "description"));
    read_ratings(json, report, &entry.pattern);
    read_analysis(json_object_get(json, "analysis"), report, &entry);
    json_array_foreach(affects, index, item)
    {
        TRY(read_affected(&entry, item, report, reterr));
    }
    if (json_array_size(affects) == 0) {
        TRY(import_add_finding(report, &finding, reterr));
        *finding = entry.pattern;
        TRY(add_statement(&entry, NULL, NULL, report, reterr));
    }
    return STATUS_OK;
}

static bool version_known(const char *version)
{
    static const char *const known[] = { "1.4", "1.5", "1.6", "1.7" };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (text_equal(version, known[i])) {
            return true;
        }
    }
    return false;
}

enum status cyclonedx_read(const json_t *root, struct import_report *report, struct error *reterr)
{
    const json_t *metadata = json_object_get(root, "metadata");
    const json_t *product = json_object_get(metadata, "component");
    const char *serial = member_text(root, "serialNumber");
    size_t index;
    json_t *item;

    if (!version_known(member_text(root, "specVersion"))) {
        return fail(reterr, STATUS_UNSUPPORTED, "CycloneDX, but not 1.4 to 1.7");
    }
    if (serial != NULL) {
        report->serial =
            import_text(report, text_starts_with(serial, "urn:uuid:") ? serial + 9 : serial);
    }
    report->date = import_text(report, member_text(metadata, "timestamp"));
    read_tool(metadata, report);
    if (json_is_object(product)) {
        TRY(read_component(product, true, report, reterr));
        report->about = report->components[0].name;
        TRY(read_components(json_object_get(product, "components"), 0, report, reterr));
    }
    TRY(read_components(json_object_get(root, "components"), 0, report, reterr));
    TRY(read_components(json_object_get(root, "services"), 0, report, reterr));
    report->looked_at = report->component_count;
    json_array_foreach(json_object_get(root, "vulnerabilities"), index, item)
    {
        TRY(read_vulnerability(item, report, reterr));
    }
    return STATUS_OK;
}
