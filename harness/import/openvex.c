/* OpenVEX documents, specification 0.2.0 and the older form with plain texts. */
#include "base/text.h"
#include "import/formats.h"
#include "import/json.h"
#include "import/purl.h"

#include <string.h>

/* What one statement says, for each of its products and names. */
struct said {
    enum statement_effect effect;
    const char *reason;
    const json_t *vulnerability;
};

static const char *identity(const json_t *thing)
{
    const char *purl = member_text_in(thing, "identifiers", "purl");

    if (json_is_string(thing)) {
        return json_string_value(thing);
    }
    return purl != NULL ? purl : member_text(thing, "@id");
}

static void read_status(const json_t *json, struct import_report *report, struct said *said)
{
    const char *status = member_text(json, "status");
    const char *justification = member_text(json, "justification");
    const char *words = member_text(json, "impact_statement");

    said->effect = STATEMENT_SILENT;
    said->reason = import_text(report, status);
    if (text_equal(status, "affected") || text_equal(status, "under_investigation")) {
        said->effect = STATEMENT_ADMITS;
    } else if (text_equal(status, "not_affected") || text_equal(status, "fixed")) {
        words = words != NULL || text_equal(status, "not_affected")
                    ? words
                    : member_text(json, "status_notes");
        justification = justification != NULL ? justification : words;
        if (justification != NULL) {
            said->effect = STATEMENT_COVERS;
            said->reason =
                arena_format(report->arena, "%s: %s", status, import_text(report, justification));
        }
    }
}

static enum status add_one(const struct said *said, const char *id, const char *target,
                           const char *product, struct import_report *report, struct error *reterr)
{
    struct statement *statement;

    if (id == NULL || id[0] == '\0') {
        return STATUS_OK;
    }
    TRY(import_add_statement(report, &statement, reterr));
    statement->id = import_id(report, id);
    statement->effect = said->effect;
    statement->reason = said->reason;
    statement->target.ref = import_text(report, target);
    statement->about_product = import_text(report, product);
    return STATUS_OK;
}

/* Every name of the vulnerability: its own, its @id when that is no address, aliases. */
static enum status add_names(const struct said *said, const char *target, const char *product,
                             struct import_report *report, struct error *reterr)
{
    const json_t *vulnerability = said->vulnerability;
    const char *name = json_is_string(vulnerability) ? json_string_value(vulnerability)
                                                     : member_text(vulnerability, "name");
    size_t index;
    json_t *alias;

    TRY(add_one(said, name, target, product, report, reterr));
    json_array_foreach(json_object_get(vulnerability, "aliases"), index, alias)
    {
        TRY(add_one(said, json_string_value(alias), target, product, report, reterr));
    }
    return STATUS_OK;
}

/* What its maker admits is a known vulnerability, whatever scanners see. */
static enum status add_finding(const struct said *said, const char *target,
                               struct import_report *report, struct error *reterr)
{
    const char *name = json_is_string(said->vulnerability)
                           ? json_string_value(said->vulnerability)
                           : member_text(said->vulnerability, "name");
    struct finding *finding;

    if (said->effect != STATEMENT_ADMITS || name == NULL || name[0] == '\0') {
        return STATUS_OK;
    }
    TRY(import_add_finding(report, &finding, reterr));
    finding->id = import_id(report, name);
    finding->component.ref = import_text(report, target);
    return STATUS_OK;
}

static enum status read_product(const struct said *said, const json_t *product,
                                struct import_report *report, struct error *reterr)
{
    const json_t *parts = json_object_get(product, "subcomponents");
    const char *name = identity(product);
    size_t index;
    json_t *part;

    if (json_array_size(parts) == 0) {
        TRY(add_finding(said, name, report, reterr));
        return add_names(said, name, NULL, report, reterr);
    }
    json_array_foreach(parts, index, part)
    {
        TRY(add_finding(said, identity(part), report, reterr));
        TRY(add_names(said, identity(part), name, report, reterr));
    }
    return STATUS_OK;
}

enum status openvex_read(const json_t *root, struct import_report *report, struct error *reterr)
{
    size_t index;
    json_t *json;

    report->tool_version = import_text(report, member_text(root, "tooling"));
    report->date = import_text(report, member_text(root, "timestamp"));
    json_array_foreach(json_object_get(root, "statements"), index, json)
    {
        struct said said = { .vulnerability = json_object_get(json, "vulnerability") };
        const json_t *products = json_object_get(json, "products");
        size_t number;
        json_t *product;

        read_status(json, report, &said);
        json_array_foreach(products, number, product)
        {
            TRY(read_product(&said, product, report, reterr));
        }
        if (json_array_size(products) == 0) {
            TRY(add_names(&said, NULL, NULL, report, reterr));
        }
    }
    report->looked_at = report->statement_count;
    return STATUS_OK;
}
