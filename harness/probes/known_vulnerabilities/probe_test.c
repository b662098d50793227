#include "support/run_facts.h"

#include "summary.h"

extern const struct probe probe_known_vulnerabilities;

/* A profile with up to three documents; the files are fixtures. */
struct bench {
    struct document documents[3];
    struct profile profile;
    struct subject subject;
    struct probe_run run;
};

static const char *const clauses[] = { "S1.1-05", "S1.1-13" };
static const char *const addresses[] = { "127.0.0.1" };
static const struct firmware firmware = { .name = "main", .version = "1.4.2" };

static struct probe_run bench_run(struct bench *bench, const char *const *files, size_t count)
{
    static char paths[3][512];

    for (size_t i = 0; i < count; i++) {
        (void) snprintf(paths[i], sizeof paths[i], "%s%s", FIXTURES, files[i]);
        bench->documents[i] =
            (struct document){ .clauses = clauses, .clause_count = 2, .file = paths[i] };
    }
    bench->profile = (struct profile){ .model = "HC-100",
                                       .addresses = addresses,
                                       .address_count = 1,
                                       .firmware = &firmware,
                                       .firmware_count = 1,
                                       .documents = bench->documents,
                                       .document_count = count };
    bench->subject = (struct subject){ .profile = &bench->profile };
    return probe_run(&probe_known_vulnerabilities, &bench->subject, "127.0.0.1", 0, "{}", 30000);
}

/* The texts of a fact in one line: "a,b". */
static const char *texts(const struct probe_run *run, const char *name)
{
    static char line[4096];
    size_t index;
    json_t *text;

    line[0] = '\0';
    cr_assert(json_is_array(json_object_get(run->facts, name)), "%s", name);
    json_array_foreach(json_object_get(run->facts, name), index, text)
    {
        size_t used = strlen(line);
        (void) snprintf(line + used, sizeof line - used, "%s%s", index == 0 ? "" : ",",
                        json_string_value(text));
    }
    return line;
}

Test(known_vulnerabilities, uncovered_and_covered_findings)
{
    static const char *const files[] = { "trivy.json", "sbom.cdx.json", "vex.cdx.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 3);
    const json_t *first = json_array_get(json_object_get(run.facts, "findings"), 0);

    cr_assert_eq(number(&run, "reports"), 3);
    cr_assert_eq(number(&run, "reports_read"), 3);
    cr_assert(json_is_true(json_object_get(run.facts, "has_scan")));
    cr_assert_eq(number(&run, "scans_complete"), 1);
    cr_assert_eq(number(&run, "scans_of_device"), 1, "the artefact's name has the model in it");
    cr_assert_str_eq(texts(&run, "tools"), "trivy 0.69.0,example-sbom 3.1,cyclonedx");
    cr_assert_str_eq(texts(&run, "uncovered_high"), "CVE-2022-48174");
    cr_assert_str_eq(texts(&run, "uncovered_grave"), "CVE-2022-48174");
    cr_assert_str_eq(texts(&run, "uncovered_ids"),
                     "CVE-2022-48174,TEMP-0000001-ABCDEF,CVE-2016-2147");
    cr_assert_str_eq(json_string_value(json_object_get(first, "id")), "CVE-2022-48174");
    cr_assert_eq(number(&run, "findings_count"), 8);
    cr_assert_eq(number(&run, "findings_covered"), 3);
    probe_run_done(&run);
}

Test(known_vulnerabilities, what_is_grave_is_a_parameter)
{
    static const char *const files[] = { "trivy.json", "sbom.cdx.json", "vex.cdx.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 3);

    probe_run_done(&run);
    run = probe_run(&probe_known_vulnerabilities, &bench.subject, "127.0.0.1", 0,
                    "{\"grave\": \"medium\"}", 30000);
    cr_assert_str_eq(texts(&run, "uncovered_grave"), "CVE-2022-48174,TEMP-0000001-ABCDEF");
    cr_assert_str_eq(texts(&run, "uncovered_high"), "CVE-2022-48174");
    probe_run_done(&run);
}

Test(known_vulnerabilities, without_the_vex_more_is_uncovered)
{
    static const char *const files[] = { "trivy.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    cr_assert_str_eq(texts(&run, "uncovered_high"), "CVE-2022-48174,CVE-2023-45853");
    probe_run_done(&run);
}

Test(known_vulnerabilities, the_vex_of_a_document_is_read_too)
{
    struct bench bench;
    static const char *const files[] = { "trivy.json" };
    struct probe_run run = bench_run(&bench, files, 1);

    probe_run_done(&run);
    bench.documents[0].vex = FIXTURES "vex.cdx.json";
    run = probe_run(&probe_known_vulnerabilities, &bench.subject, "127.0.0.1", 0, "{}", 30000);
    cr_assert_eq(number(&run, "reports_read"), 2);
    probe_run_done(&run);
}

Test(known_vulnerabilities, a_clean_scan_of_the_device)
{
    static const char *const files[] = { "nmap_clean.xml" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    cr_assert_eq(number(&run, "scans_complete"), 1);
    cr_assert_eq(number(&run, "scans_of_device"), 1);
    cr_assert_eq(number(&run, "findings_count"), 0);
    cr_assert_str_eq(texts(&run, "uncovered_high"), "");
    cr_assert_str_eq(texts(&run, "incomplete"), "");
    probe_run_done(&run);
}

Test(known_vulnerabilities, a_scan_of_another_address_is_no_scan_of_the_device)
{
    static const char *const others[] = { "192.0.2.99" };
    static const char *const files[] = { "nmap_clean.xml" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    probe_run_done(&run);
    bench.profile.addresses = others;
    run = probe_run(&probe_known_vulnerabilities, &bench.subject, "192.0.2.99", 0, "{}", 30000);
    cr_assert(json_is_true(json_object_get(run.facts, "has_scan")));
    cr_assert_eq(number(&run, "scans_complete"), 0);
    cr_assert_str_eq(texts(&run, "incomplete"),
                     "nmap_clean.xml: it names no address of this device");
    probe_run_done(&run);
}

Test(known_vulnerabilities, findings_elsewhere_are_not_the_devices)
{
    static const char *const files[] = { "nuclei.jsonl" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    cr_assert_eq(number(&run, "findings_count"), 0);
    cr_assert_eq(number(&run, "findings_elsewhere"), 4);
    cr_assert_eq(number(&run, "scans_complete"), 0);
    probe_run_done(&run);
}

Test(known_vulnerabilities, a_port_scan_is_no_vulnerability_scan)
{
    static const char *const files[] = { "nmap_plain.xml", "sbom.cdx.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 2);

    cr_assert_eq(number(&run, "scans_complete"), 0);
    cr_assert_not_null(strstr(texts(&run, "incomplete"), "no vulnerability script"));
    probe_run_done(&run);
}

Test(known_vulnerabilities, a_bill_of_materials_alone_is_no_scan)
{
    static const char *const files[] = { "sbom.cdx.json", "vex.cdx.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 2);

    cr_assert(json_is_false(json_object_get(run.facts, "has_scan")));
    cr_assert_eq(number(&run, "scans_complete"), 0);
    probe_run_done(&run);
}

Test(known_vulnerabilities, what_cannot_be_read_leaves_no_list_of_findings)
{
    static const char *const files[] = { "trivy_cut.json", "empty.jsonl", "manual.md" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 3);

    cr_assert_eq(number(&run, "reports"), 2);
    cr_assert_eq(number(&run, "reports_read"), 0);
    cr_assert_str_eq(texts(&run, "other_documents"), "manual.md");
    cr_assert_not_null(strstr(texts(&run, "unreadable"), "trivy_cut.json: line"));
    cr_assert_not_null(strstr(texts(&run, "unreadable"), "empty.jsonl: empty"));
    cr_assert_null(json_object_get(run.facts, "findings"));
    cr_assert_null(json_object_get(run.facts, "uncovered_high"));
    probe_run_done(&run);
}

Test(known_vulnerabilities, a_missing_file_is_unreadable)
{
    static const char *const files[] = { "nobody.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    cr_assert_str_eq(texts(&run, "unreadable"),
                     "nobody.json: it cannot be opened: No such file or directory");
    probe_run_done(&run);
}

Test(known_vulnerabilities, documents_of_other_clauses_are_not_read)
{
    static const char *const files[] = { "trivy.json" };
    struct bench bench;
    struct probe_run run = bench_run(&bench, files, 1);

    probe_run_done(&run);
    bench.documents[0].clause_count = 1;
    run = probe_run(&probe_known_vulnerabilities, &bench.subject, "127.0.0.1", 0, "{}", 30000);
    cr_assert_eq(number(&run, "reports"), 0);
    cr_assert_null(json_object_get(run.facts, "findings"));
    probe_run_done(&run);
}

Test(known_vulnerabilities, without_a_profile_it_says_so)
{
    const struct subject subject = { .profile = NULL };
    struct probe_run run =
        probe_run(&probe_known_vulnerabilities, &subject, "127.0.0.1", 0, "{}", 1000);

    cr_assert_eq(run.status, STATUS_BAD_INPUT);
    probe_run_done(&run);
}

Test(known_vulnerabilities, the_order_of_the_files_changes_no_finding)
{
    static const char *const one[] = { "trivy.json", "sbom.cdx.json", "vex.cdx.json" };
    static const char *const two[] = { "vex.cdx.json", "trivy.json", "sbom.cdx.json" };
    struct bench bench;
    struct probe_run first = bench_run(&bench, one, 3);
    struct probe_run second = bench_run(&bench, two, 3);

    cr_assert(json_equal(json_object_get(first.facts, "findings"),
                         json_object_get(second.facts, "findings")));
    probe_run_done(&first);
    probe_run_done(&second);
}
