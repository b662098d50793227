/* Grype's JSON report. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "import/json.h"
#include "import/purl.h"

static void offer_scores(const json_t *vulnerability, struct cvss_choice *choice)
{
    size_t index;
    json_t *rating;
    double score;

    json_array_foreach(json_object_get(vulnerability, "cvss"), index, rating)
    {
        const char *version = member_text(rating, "version");
        const char *vector = member_text(rating, "vector");

        if (member_number(json_object_get(rating, "metrics"), "baseScore", &score)) {
            cvss_offer(choice, version == NULL ? cvss_version(vector) : version[0] - '0', score,
                       vector);
        }
    }
}

static enum status read_match(const json_t *match, struct import_report *report,
                              struct error *reterr)
{
    const json_t *vulnerability = json_object_get(match, "vulnerability");
    const json_t *artifact = json_object_get(match, "artifact");
    const char *id = member_text(vulnerability, "id");
    const char *purl = member_text(artifact, "purl");
    struct cvss_choice choice = { 0 };
    struct finding *finding;
    size_t index;
    json_t *related;

    if (id == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a match without vulnerability.id");
    }
    TRY(import_add_finding(report, &finding, reterr));
    finding->id = import_id(report, id);
    finding->title = import_text(report, member_text(vulnerability, "description"));
    finding->component.name = import_text(report, member_text(artifact, "name"));
    finding->component.version = import_text(report, member_text(artifact, "version"));
    finding->component.purl = purl_is(purl) ? import_text(report, purl) : NULL;
    offer_scores(vulnerability, &choice);
    json_array_foreach(json_object_get(match, "relatedVulnerabilities"), index, related)
    {
        const char *cve = import_id(report, member_text(related, "id"));

        offer_scores(related, &choice);
        if (import_is_cve(cve) && !import_is_cve(finding->id)) {
            finding->alias = finding->id;
            finding->id = cve;
        }
    }
    cvss_settle(report, finding, &choice, member_text(vulnerability, "severity"));
    return STATUS_OK;
}

/* A text, or the userInput of an image. */
static const char *source_about(const json_t *root)
{
    const json_t *source = json_object_get(root, "source");
    const char *target = member_text(source, "target");

    return target != NULL ? target : member_text_in(source, "target", "userInput");
}

enum status grype_read(const json_t *root, struct import_report *report, struct error *reterr)
{
    const json_t *descriptor = json_object_get(root, "descriptor");
    size_t index;
    json_t *match;

    report->is_scan = true;
    report->tool_version = import_text(report, member_text(descriptor, "version"));
    report->date = import_text(report, member_text(descriptor, "timestamp"));
    report->about = import_text(report, source_about(root));
    json_array_foreach(json_object_get(root, "matches"), index, match)
    {
        TRY(read_match(match, report, reterr));
    }
    /* What ignore rules or a VEX given to the tool took away. */
    json_array_foreach(json_object_get(root, "ignoredMatches"), index, match)
    {
        TRY(read_match(match, report, reterr));
    }
    report->looked_at = report->finding_count;
    report->ended = report->looked_at > 0;
    if (!report->ended) {
        report->not_ended = "it holds no match and does not say what was looked at";
    }
    return STATUS_OK;
}
