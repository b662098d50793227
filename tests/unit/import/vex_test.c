/* Which statements cover which findings. */
#include "sample.h"

static struct arena *arena;
static const char *const versions[] = { "1.4.2" };
static const struct vex_product product = { .model = "HC-100",
                                            .versions = versions,
                                            .version_count = 1 };

static void setup(void)
{
    arena = arena_new();
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(vex, .init = setup, .fini = teardown);

/* The report of a scan that found CVE-1 in zlib 1.2, and a CycloneDX document about it. */
static const struct finding *covered_by(const char *vex)
{
    static const char scan[] =
        "{\"matches\":[{\"vulnerability\":{\"id\":\"CVE-1\"},\"artifact\":{\"name\":\"zlib\","
        "\"version\":\"1.2\",\"purl\":\"pkg:deb/debian/zlib@1.2\"}}],\"descriptor\":{}}";
    struct import_report *reports[2] = { NULL, NULL };
    struct error error = { 0 };

    cr_assert_eq(text_try(arena, scan, &reports[0], &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(text_try(arena, vex, &reports[1], &error), STATUS_OK, "%s", error.message);
    vex_apply(reports, 2, &product);
    return finding_of(reports[0], "CVE-1");
}

#define CDX(analysis, affects)                                                                     \
    "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{"           \
    "\"bom-ref\":\"p\",\"name\":\"HC-100\",\"version\":\"1.4.2\"}},\"components\":["               \
    "{\"bom-ref\":\"z\",\"name\":\"zlib\",\"version\":\"1.2\"},"                                   \
    "{\"bom-ref\":\"o\",\"name\":\"openssl\",\"version\":\"3\"},"                                  \
    "{\"bom-ref\":\"z3\",\"name\":\"zlib\",\"version\":\"1.3\"}],"                                 \
    "\"vulnerabilities\":[{\"id\":\"cve-1\",\"analysis\":" analysis ",\"affects\":" affects "}]}"

#define JUSTIFIED "{\"state\":\"not_affected\",\"justification\":\"code_not_present\"}"

Test(vex, a_justified_statement_covers)
{
    const struct finding *finding = covered_by(CDX(JUSTIFIED, "[{\"ref\":\"z\"}]"));

    cr_assert(finding->covered);
    cr_assert_str_eq(finding->justification, "not_affected: code_not_present");
}

Test(vex, a_state_without_justification_does_not)
{
    static const char *const states[] = {
        CDX("{\"state\":\"not_affected\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"not_affected\",\"detail\":\"trust us\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"not_affected\",\"justification\":\"because\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"resolved\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"false_positive\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"justification\":\"code_not_present\"}", "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"in_triage\",\"justification\":\"code_not_present\"}",
            "[{\"ref\":\"z\"}]"),
        CDX("{\"state\":\"exploitable\",\"justification\":\"code_not_present\"}",
            "[{\"ref\":\"z\"}]"),
    };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        cr_assert_not(covered_by(states[i])->covered, "%s", states[i]);
    }
}

Test(vex, repaired_or_misreported_with_words_covers)
{
    cr_assert(
        covered_by(CDX("{\"state\":\"resolved\",\"detail\":\"backported\"}", "[{\"ref\":\"z\"}]"))
            ->covered);
    cr_assert(covered_by(CDX("{\"state\":\"false_positive\",\"detail\":\"not ours\"}",
                             "[{\"ref\":\"z\"}]"))
                  ->covered);
}

Test(vex, another_component_or_version_is_not_covered)
{
    static const char *const targets[] = {
        "[{\"ref\":\"o\"}]",
        "[{\"ref\":\"z3\"}]",
        "[{\"ref\":\"nobody\"}]",
        "[]",
        "[{\"ref\":\"z\",\"versions\":[{\"version\":\"1.1\"}]}]",
        "[{\"ref\":\"z\",\"versions\":[{\"range\":\"vers:deb/*\"}]}]",
        "[{\"ref\":\"pkg:rpm/debian/zlib@1.2\"}]",
        "[{\"ref\":\"pkg:deb/debian/zlib@1.3\"}]",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const char *text = arena_format(arena, CDX(JUSTIFIED, "%s"), targets[i]);
        cr_assert_not(covered_by(text)->covered, "%s", targets[i]);
    }
}

Test(vex, targets_by_package_version_or_product_cover)
{
    static const char *const targets[] = {
        "[{\"ref\":\"pkg:deb/debian/zlib@1.2?arch=armhf\"}]",
        "[{\"ref\":\"pkg:deb/debian/zlib\"}]",
        "[{\"ref\":\"z\",\"versions\":[{\"version\":\"1.1\"},{\"version\":\"1.2\"}]}]",
        "[{\"ref\":\"p\"}]",
        "[{\"ref\":\"o\"},{\"ref\":\"z\"}]",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const char *text = arena_format(arena, CDX(JUSTIFIED, "%s"), targets[i]);
        cr_assert(covered_by(text)->covered, "%s", targets[i]);
    }
}

Test(vex, another_version_of_the_product_is_not_covered)
{
    cr_assert_not(covered_by("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"metadata\":{"
                             "\"component\":{\"bom-ref\":\"p\",\"name\":\"HC-100\","
                             "\"version\":\"1.3.0\"}},\"vulnerabilities\":[{\"id\":\"CVE-1\","
                             "\"analysis\":" JUSTIFIED ",\"affects\":[{\"ref\":\"p\"}]}]}")
                      ->covered);
}

Test(vex, an_admission_outweighs_a_cover)
{
    struct import_report *reports[] = { sample(arena, "trivy.json"), sample(arena, "sbom.cdx.json"),
                                        sample(arena, "vex.cdx.json") };

    vex_apply(reports, 3, &product);
    cr_assert(finding_of(reports[0], "CVE-2023-45853")->covered, "by BOM-Link");
    cr_assert_not(finding_of(reports[0], "CVE-2022-48174")->covered, "the bill has it in triage");
    cr_assert_not(finding_of(reports[1], "CVE-2022-48174")->covered);
    cr_assert(finding_of(reports[1], "CVE-2016-2148")->covered);
    cr_assert_not(finding_of(reports[1], "CVE-2016-2147")->covered);
    cr_assert_str_eq(finding_of(reports[1], "CVE-2016-2147")->component.name, "ash");
}

Test(vex, openvex_by_alias_and_product)
{
    struct import_report *reports[] = { sample(arena, "grype.json"),
                                        sample(arena, "openvex.json") };
    const struct finding *finding;

    vex_apply(reports, 2, &product);
    finding = finding_of(reports[0], "CVE-2024-12345");
    cr_assert(finding->covered);
    cr_assert_str_eq(finding->justification, "not_affected: vulnerable_code_not_in_execute_path");
    cr_assert_not(finding_of(reports[0], "CVE-2005-2541")->covered, "no justification");
    cr_assert_not(finding_of(reports[0], "CVE-2020-9999")->covered, "of another firmware version");
    cr_assert_not(finding_of(reports[1], "CVE-2024-7777")->covered);
}

Test(vex, a_finding_without_component_is_covered_by_its_number)
{
    static const char statement[] =
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"vulnerabilities\":[{\"id\":"
        "\"CVE-2022-37434\",\"analysis\":" JUSTIFIED
        ",\"affects\":[{\"ref\":\"pkg:generic/zlib@1.2.11\"}]}]}";
    struct import_report *reports[2] = { sample(arena, "openvas.xml"), NULL };

    cr_assert_eq(text_try(arena, statement, &reports[1], NULL), STATUS_OK);
    vex_apply(reports, 2, &product);
    cr_assert(finding_of(reports[0], "CVE-2022-37434")->covered);
    cr_assert_not(finding_of(reports[0], "CVE-2018-25032")->covered);
}

Test(vex, nothing_is_covered_without_statements)
{
    struct import_report *reports[] = { sample(arena, "trivy.json") };

    vex_apply(reports, 1, &product);
    for (size_t i = 0; i < reports[0]->finding_count; i++) {
        cr_assert_not(reports[0]->findings[i].covered);
    }
}
