/* Reports about software, bills of materials, and reading as such. */
#include "import/cvss.h"
#include "import/purl.h"
#include "sample.h"

static struct arena *arena;

static void setup(void)
{
    arena = arena_new();
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(software, .init = setup, .fini = teardown);

Test(software, trivy)
{
    struct import_report *report = sample(arena, "trivy.json");
    const struct finding *zlib = finding_of(report, "CVE-2023-45853");

    cr_assert_eq(report->kind, IMPORT_TRIVY);
    cr_assert(report->is_scan && report->ended);
    cr_assert_str_eq(report->tool_version, "0.69.0");
    cr_assert_str_eq(report->about, "hc-100-1.4.2.cdx.json");
    cr_assert_eq(report->looked_at, 2);
    cr_assert_eq(report->finding_count, 3);
    cr_assert_eq(zlib->severity, SEVERITY_CRITICAL);
    cr_assert_str_eq(zlib->score, "9.8", "the gravest of its sources");
    cr_assert_str_eq(zlib->component.name, "zlib1g");
    cr_assert_str_eq(zlib->component.version, "1:1.2.13.dfsg-1");
    cr_assert_eq(finding_of(report, "TEMP-0000001-ABCDEF")->severity, SEVERITY_MEDIUM,
                 "the score is graver than the word");
    cr_assert_eq(finding_of(report, "CVE-2022-48174")->severity, SEVERITY_CRITICAL,
                 "what an ignore file hid");
}

Test(software, trivy_that_looked_at_nothing_is_not_complete)
{
    struct import_report *report = sample(arena, "trivy_nothing.json");

    cr_assert(report->is_scan);
    cr_assert_not(report->ended);
    cr_assert_not_null(report->not_ended);
}

Test(software, grype)
{
    struct import_report *report = sample(arena, "grype.json");
    const struct finding *finding = finding_of(report, "CVE-2024-12345");

    cr_assert_eq(report->kind, IMPORT_GRYPE);
    cr_assert(report->ended);
    cr_assert_str_eq(report->about, "/firmware/hc-100");
    cr_assert_eq(report->finding_count, 3);
    cr_assert_str_eq(finding->alias, "GHSA-xxxx-yyyy-zzzz");
    cr_assert_eq(finding->severity, SEVERITY_HIGH, "8.7 on the scale of CVSS 4.0");
    cr_assert_str_eq(finding->component.purl, "pkg:pypi/example-lib@1.0");
    cr_assert_eq(finding_of(report, "CVE-2005-2541")->severity, SEVERITY_LOW);
    cr_assert_eq(finding_of(report, "CVE-2020-9999")->severity, SEVERITY_HIGH,
                 "what an ignore rule hid");
}

Test(software, grype_without_a_match_is_not_complete)
{
    cr_assert_not(sample(arena, "grype_nothing.json")->ended);
}

Test(software, cyclonedx_is_no_scan)
{
    struct import_report *report = sample(arena, "sbom.cdx.json");

    cr_assert_eq(report->kind, IMPORT_CYCLONEDX);
    cr_assert_not(report->is_scan);
    cr_assert_str_eq(report->tool, "example-sbom");
    cr_assert_str_eq(report->tool_version, "3.1");
    cr_assert_eq(report->component_count, 4, "the product and a nested component count");
    cr_assert_eq(report->finding_count, 3);
    cr_assert_eq(finding_of(report, "CVE-2022-48174")->severity, SEVERITY_CRITICAL);
}

Test(software, openvex_admits_a_vulnerability)
{
    struct import_report *report = sample(arena, "openvex.json");

    cr_assert_eq(report->kind, IMPORT_OPENVEX);
    cr_assert_not(report->is_scan);
    cr_assert_eq(report->finding_count, 1);
    cr_assert_not_null(finding_of(report, "CVE-2024-7777"));
}

Test(software, what_is_no_report_is_refused)
{
    static const char *const texts[] = {
        "",
        "  \n\n",
        "{",
        "[]",
        "{\"a\": 1}",
        "<html></html>",
        "<report></report>",
        "plain words",
        "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.3\"}",
        "{\"SchemaVersion\": 1, \"ArtifactName\": \"x\"}",
        "{\"matches\": [{}], \"descriptor\": {}}",
        "{\"matches\": [], \"matches\": [], \"descriptor\": {}}",
        "{\"template-id\": \"a\", \"info\": {}}\n{\"other\": 1}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct import_report *report = NULL;
        struct error error = { 0 };

        cr_assert_neq(text_try(arena, texts[i], &report, &error), STATUS_OK, "%s", texts[i]);
        cr_assert_gt(strlen(error.message), 0);
    }
}

Test(software, only_xml_and_json_look_like_reports)
{
    cr_assert(import_looks_like_report("\xef\xbb\xbf {", 5));
    cr_assert(import_looks_like_report("<x/>", 4));
    cr_assert(import_looks_like_report("", 0), "an empty report is a report that says nothing");
    cr_assert_not(import_looks_like_report("# Manual", 8));
    cr_assert_not(import_looks_like_report("%PDF-1.7", 8));
}

Test(software, too_many_findings_are_a_limit)
{
    static const char line[] = "{\"template-id\":\"a\",\"info\":{}}\n";
    size_t count = IMPORT_FINDINGS_MAX + 1;
    char *text = malloc(count * strlen(line));
    struct import_report *report = NULL;

    cr_assert_not_null(text);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * strlen(line), line, strlen(line));
    }
    cr_assert_eq(import_read(text, (count - 1) * strlen(line), arena, &report, NULL), STATUS_OK);
    cr_assert_eq(import_read(text, count * strlen(line), arena, &report, NULL), STATUS_LIMIT);
    free(text);
}

Test(software, too_many_values_are_a_limit)
{
    size_t length = 5 * 1000 * 1000;
    char *text = malloc(length);
    struct import_report *report = NULL;

    cr_assert_not_null(text);
    memset(text, ',', length);
    text[0] = '[';
    cr_assert_eq(import_read(text, length, arena, &report, NULL), STATUS_LIMIT);
    free(text);
}

Test(software, severities_by_the_scale_of_the_score)
{
    cr_assert_eq(cvss_severity(0.0, 3), SEVERITY_INFO);
    cr_assert_eq(cvss_severity(0.1, 3), SEVERITY_LOW);
    cr_assert_eq(cvss_severity(3.9, 4), SEVERITY_LOW);
    cr_assert_eq(cvss_severity(4.0, 3), SEVERITY_MEDIUM);
    cr_assert_eq(cvss_severity(6.9, 3), SEVERITY_MEDIUM);
    cr_assert_eq(cvss_severity(7.0, 2), SEVERITY_HIGH);
    cr_assert_eq(cvss_severity(8.9, 4), SEVERITY_HIGH);
    cr_assert_eq(cvss_severity(9.0, 3), SEVERITY_CRITICAL);
    cr_assert_eq(cvss_severity(10.0, 2), SEVERITY_HIGH, "v2 knows no critical");
    cr_assert_eq(cvss_severity(-1.0, 3), SEVERITY_UNKNOWN);
    cr_assert_eq(cvss_severity(10.1, 3), SEVERITY_UNKNOWN);
    cr_assert_eq(cvss_version("CVSS:4.0/AV:N"), 4);
    cr_assert_eq(cvss_version("CVSS:3.0/AV:N"), 3);
    cr_assert_eq(cvss_version("AV:N/AC:L/Au:N/C:P/I:P/A:P"), 2);
}

Test(software, a_newer_score_replaces_a_graver_older_one)
{
    struct cvss_choice choice = { 0 };

    cvss_offer(&choice, 2, 9.3, NULL);
    cvss_offer(&choice, 3, 5.0, "CVSS:3.1/x");
    cvss_offer(&choice, 2, 10.0, NULL);
    cr_assert_eq(choice.version, 3);
    cr_assert_eq(cvss_severity(choice.score, choice.version), SEVERITY_MEDIUM);
}

Test(software, package_urls)
{
    struct import_report *report = import_report_new(IMPORT_OPENVEX, arena);
    struct component component = { 0 };

    purl_component(report, "pkg:npm/%40scope/name@1.2%2B3?arch=x#sub", &component);
    cr_assert_str_eq(component.name, "name");
    cr_assert_str_eq(component.version, "1.2+3");
    purl_component(report, "pkg:generic/HC-100", &component);
    cr_assert_str_eq(component.name, "HC-100");
    cr_assert_null(component.version);
    cr_assert(purl_same_package("pkg:deb/debian/zlib@1", "pkg:deb/debian/zlib@2?arch=x"));
    cr_assert_not(purl_same_package("pkg:deb/debian/zlib@1", "pkg:rpm/debian/zlib@1"));
    cr_assert(purl_versions_agree("pkg:deb/a@1?epoch=1", "pkg:deb/a@1"));
    cr_assert(purl_versions_agree("pkg:deb/a", "pkg:deb/a@1"));
    cr_assert_not(purl_versions_agree("pkg:deb/a@2", "pkg:deb/a@1"));
    cr_assert_not(purl_is("zlib"));
}
