/* Trivy's JSON report, SchemaVersion 2. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "import/json.h"
#include "import/purl.h"

/* "CVSS": {"nvd": {"V2Score", "V3Score", "V3Vector", "V40Score", "V40Vector"}, ...} */
static void offer_scores(const json_t *vulnerability, struct cvss_choice *choice)
{
    static const struct {
        const char *score;
        const char *vector;
        int version;
    } kinds[] = { { "V40Score", "V40Vector", 4 },
                  { "V3Score", "V3Vector", 3 },
                  { "V2Score", "V2Vector", 2 } };
    const char *source;
    json_t *rating;
    double score;

    json_object_foreach(json_object_get(vulnerability, "CVSS"), source, rating)
    {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (member_number(rating, kinds[i].score, &score)) {
                cvss_offer(choice, kinds[i].version, score, member_text(rating, kinds[i].vector));
            }
        }
    }
}

static enum status read_vulnerability(const json_t *vulnerability, struct import_report *report,
                                      struct error *reterr)
{
    struct cvss_choice choice = { 0 };
    const char *id = member_text(vulnerability, "VulnerabilityID");
    const char *purl = member_text_in(vulnerability, "PkgIdentifier", "PURL");
    struct finding *finding;

    if (id == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a vulnerability without VulnerabilityID");
    }
    TRY(import_add_finding(report, &finding, reterr));
    finding->id = import_id(report, id);
    finding->title = import_text(report, member_text(vulnerability, "Title"));
    finding->component.name = import_text(report, member_text(vulnerability, "PkgName"));
    finding->component.version =
        import_text(report, member_text(vulnerability, "InstalledVersion"));
    finding->component.purl = purl_is(purl) ? import_text(report, purl) : NULL;
    offer_scores(vulnerability, &choice);
    cvss_settle(report, finding, &choice, member_text(vulnerability, "Severity"));
    return STATUS_OK;
}

static enum status read_result(const json_t *result, struct import_report *report,
                               struct error *reterr)
{
    const json_t *modified = json_object_get(result, "ExperimentalModifiedFindings");
    size_t index;
    json_t *item;

    report->looked_at += json_array_size(json_object_get(result, "Packages"));
    json_array_foreach(json_object_get(result, "Vulnerabilities"), index, item)
    {
        TRY(read_vulnerability(item, report, reterr));
    }
    /* What an ignore file or a VEX given to the tool took away: the profile's own VEX
     * has to say it. */
    json_array_foreach(modified, index, item)
    {
        if (text_equal(member_text(item, "Type"), "vulnerability")) {
            TRY(read_vulnerability(json_object_get(item, "Finding"), report, reterr));
        }
    }
    return STATUS_OK;
}

enum status trivy_read(const json_t *root, struct import_report *report, struct error *reterr)
{
    const json_t *results = json_object_get(root, "Results");
    size_t index;
    json_t *result;

    if (json_integer_value(json_object_get(root, "SchemaVersion")) != 2) {
        return fail(reterr, STATUS_UNSUPPORTED, "Trivy's SchemaVersion is not 2");
    }
    report->is_scan = true;
    report->tool_version = import_text(report, member_text_in(root, "Trivy", "Version"));
    report->date = import_text(report, member_text(root, "CreatedAt"));
    report->about = import_text(report, member_text(root, "ArtifactName"));
    json_array_foreach(results, index, result)
    {
        TRY(read_result(result, report, reterr));
    }
    if (report->looked_at == 0) {
        report->looked_at = report->finding_count;
    }
    report->ended = report->looked_at > 0;
    if (!report->ended) {
        report->not_ended = "it names no package that was looked at (use --list-all-pkgs)";
    }
    return STATUS_OK;
}
