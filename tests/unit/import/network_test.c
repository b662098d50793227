/* Reports of scanners that look at a device over a network. */
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

TestSuite(network, .init = setup, .fini = teardown);

Test(network, nmap_finding_proved_by_a_script)
{
    struct import_report *report = sample(arena, "nmap_vulnerable.xml");
    const struct finding *finding = finding_of(report, "CVE-2011-3192");

    cr_assert_eq(report->kind, IMPORT_NMAP);
    cr_assert_str_eq(report->tool_version, "7.93");
    cr_assert_str_eq(report->date, "2026-11-21T12:40:04Z");
    cr_assert(report->ended, "%s", report->not_ended);
    cr_assert_eq(report->finding_count, 1);
    cr_assert_str_eq(report->hosts[0], "127.0.0.1");
    cr_assert_str_eq(finding->title, "Apache byterange filter DoS");
    cr_assert_str_eq(finding->alias, "http-vuln-cve2011-3192");
    cr_assert_str_eq(finding->host, "127.0.0.1");
    cr_assert_eq(finding->port, 18080);
    cr_assert_str_eq(finding->protocol, "tcp");
    cr_assert_eq(finding->severity, SEVERITY_UNKNOWN, "the script gives neither score nor risk");
}

Test(network, nmap_not_vulnerable_is_proof_that_it_looked)
{
    struct import_report *report = sample(arena, "nmap_clean.xml");

    cr_assert_eq(report->finding_count, 0);
    cr_assert_eq(report->looked_at, 2);
    cr_assert(report->ended);
}

Test(network, nmap_without_vulnerability_scripts_is_no_vulnerability_scan)
{
    struct import_report *report = sample(arena, "nmap_plain.xml");

    cr_assert_not(report->ended);
    cr_assert_not_null(strstr(report->not_ended, "no vulnerability script"));
}

Test(network, nmap_cut_short_is_refused)
{
    static const char text[] = "<nmaprun scanner=\"nmap\" version=\"7.93\"><host>"
                               "<status state=\"up\"/><address addr=\"192.0.2.7\"/></host>";
    struct import_report *report = NULL;
    struct error error = { 0 };

    cr_assert_eq(text_try(arena, text, &report, &error), STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "no element found"), "%s", error.message);
}

Test(network, nmap_that_did_not_finish_is_not_complete)
{
    static const char text[] =
        "<nmaprun scanner=\"nmap\" version=\"7.93\"><host><status state=\"up\"/>"
        "<address addr=\"192.0.2.7\" addrtype=\"ipv4\"/><hostscript>"
        "<script id=\"smb-vuln-ms10-054\" output=\"false\"/></hostscript></host>"
        "<runstats><finished exit=\"error\"/></runstats></nmaprun>";
    struct import_report *report = NULL;

    cr_assert_eq(text_try(arena, text, &report, NULL), STATUS_OK);
    cr_assert_eq(report->looked_at, 1);
    cr_assert_not(report->ended);
}

Test(network, nmap_host_that_is_down_is_not_reached)
{
    static const char text[] =
        "<nmaprun><host><status state=\"down\"/><address addr=\"192.0.2.7\"/></host>"
        "<runstats><finished exit=\"success\"/></runstats></nmaprun>";
    struct import_report *report = NULL;

    cr_assert_eq(text_try(arena, text, &report, NULL), STATUS_OK);
    cr_assert_eq(report->host_count, 0);
    cr_assert_not(report->ended);
}

Test(network, nmap_scripts_that_leave_words)
{
    static const char text[] =
        "<nmaprun><host><status state=\"up\"/><address addr=\"192.0.2.7\"/><ports>"
        "<port protocol=\"tcp\" portid=\"80\">"
        "<script id=\"http-vuln-cve2010-0738\" output=\"&#xa;  /jmx-console/: open\"/>"
        "<script id=\"smb-vuln-x\" output=\"ERROR: Script execution failed\"/>"
        "<script id=\"http-title\" output=\"vuln\"/></port></ports></host>"
        "<runstats><finished exit=\"success\"/></runstats></nmaprun>";
    struct import_report *report = NULL;

    cr_assert_eq(text_try(arena, text, &report, NULL), STATUS_OK);
    cr_assert_eq(report->finding_count, 1);
    cr_assert_str_eq(report->findings[0].id, "CVE-2010-0738");
    cr_assert_eq(report->looked_at, 1, "a script that failed looked at nothing");
}

Test(network, nmap_risk_of_a_script_is_the_tools_word)
{
    static const char text[] =
        "<nmaprun><host><status state=\"up\"/><address addr=\"192.0.2.7\"/><hostscript>"
        "<script id=\"smb-vuln-ms17-010\" output=\"  State: VULNERABLE&#xa;"
        "    Risk factor: HIGH&#xa;\"><table key=\"CVE-2017-0143\">"
        "<elem key=\"title\">t</elem><elem key=\"state\">VULNERABLE</elem>"
        "<table key=\"ids\"><elem>CVE:CVE-2017-0143</elem></table></table></script>"
        "</hostscript></host></nmaprun>";
    struct import_report *report = NULL;

    cr_assert_eq(text_try(arena, text, &report, NULL), STATUS_OK);
    cr_assert_eq(finding_of(report, "CVE-2017-0143")->severity, SEVERITY_HIGH);
}

Test(network, nmap_vulners)
{
    struct import_report *report = sample(arena, "nmap_vulners.xml");
    const struct finding *finding = finding_of(report, "CVE-2012-1667");

    cr_assert_eq(report->finding_count, 2);
    cr_assert(report->ended);
    cr_assert_eq(finding->severity, SEVERITY_HIGH);
    cr_assert_str_eq(finding->score, "8.5");
    cr_assert_str_eq(finding->component.name, "simplehttpserver");
    cr_assert_str_eq(finding->component.version, "0.6");
    cr_assert(finding->component.from_banner);
    cr_assert_eq(finding_of(report, "EXAMPLE-EXPLOIT")->severity, SEVERITY_MEDIUM);
}

Test(network, openvas_one_finding_a_cve)
{
    struct import_report *report = sample(arena, "openvas.xml");
    const struct finding *finding = finding_of(report, "CVE-2018-25032");

    cr_assert_eq(report->kind, IMPORT_OPENVAS);
    cr_assert(report->ended, "%s", report->not_ended);
    cr_assert_str_eq(report->date, "2026-10-03T09:41:00Z");
    cr_assert_eq(report->finding_count, 4);
    cr_assert_eq(report->host_count, 1);
    cr_assert_eq(finding->severity, SEVERITY_CRITICAL);
    cr_assert_str_eq(finding->score, "9.8");
    cr_assert_str_eq(finding->vector, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    cr_assert_str_eq(finding->alias, "1.3.6.1.4.1.25623.1.0.900001");
    cr_assert_str_eq(finding->host, "192.0.2.7");
    cr_assert_eq(finding->port, 443);
    cr_assert_str_eq(finding->title, "Example Server Multiple Vulnerabilities & More");
}

Test(network, openvas_override_does_not_lower)
{
    struct import_report *report = sample(arena, "openvas.xml");

    cr_assert_eq(finding_of(report, "1.3.6.1.4.1.25623.1.0.900002")->severity, SEVERITY_MEDIUM);
    cr_assert_eq(finding_of(report, "1.3.6.1.4.1.25623.1.0.10330")->severity, SEVERITY_INFO);
}

static const char *openvas_why(const char *inside)
{
    struct import_report *report = NULL;
    struct error error = { 0 };

    cr_assert_eq(text_try(arena, inside, &report, &error), STATUS_OK, "%s", error.message);
    cr_assert_not(report->ended);
    return report->not_ended;
}

Test(network, openvas_incomplete)
{
    const char *why = openvas_why("<report><report><scan_run_status>Running</scan_run_status>"
                                  "</report></report>");
    cr_assert_not_null(strstr(why, "not Done"), "%s", why);
    why = openvas_why("<report><report><scan_run_status>Done</scan_run_status>"
                      "<scan_end>x</scan_end></report></report>");
    cr_assert_not_null(strstr(why, "no host"), "%s", why);
    why = openvas_why("<report><report><scan_run_status>Done</scan_run_status><scan_end>x"
                      "</scan_end><host><ip>192.0.2.7</ip></host><result_count>9<filtered>9"
                      "</filtered></result_count></report></report>");
    cr_assert_not_null(strstr(why, "more results"), "%s", why);
    why = openvas_why("<report><report><scan_run_status>Done</scan_run_status><scan_end>x"
                      "</scan_end><host><ip>192.0.2.7</ip></host><result_count><high><full>2"
                      "</full><filtered>0</filtered></high></result_count></report></report>");
    cr_assert_not_null(strstr(why, "filter hides"), "%s", why);
    why = openvas_why("<report><report><scan_run_status>Done</scan_run_status><scan_end>x"
                      "</scan_end><host><ip>192.0.2.7</ip></host><results max=\"1\"><result>"
                      "<host>192.0.2.7</host></result></results></report></report>");
    cr_assert_not_null(strstr(why, "one page"), "%s", why);
}

Test(network, nuclei_findings_and_silence)
{
    struct import_report *report = sample(arena, "nuclei.jsonl");
    const struct finding *log4j = finding_of(report, "CVE-2021-44228");
    const struct finding *second = finding_of(report, "CVE-2020-0002");

    cr_assert_eq(report->kind, IMPORT_NUCLEI);
    cr_assert_not(report->ended);
    cr_assert_eq(report->finding_count, 4);
    cr_assert_eq(log4j->severity, SEVERITY_CRITICAL);
    cr_assert_null(log4j->alias);
    cr_assert_str_eq(log4j->host, "192.0.2.7");
    cr_assert_eq(log4j->port, 8443);
    cr_assert_str_eq(second->alias, "example-two-cves");
    cr_assert_str_eq(second->host, "2001:db8::7");
    cr_assert_eq(second->port, 2323);
    cr_assert_eq(finding_of(report, "tls-version")->severity, SEVERITY_INFO);
}

Test(network, document_types_that_declare_are_refused)
{
    static const char *const names[] = { "hostile_entities.xml", "hostile_external.xml" };

    for (size_t i = 0; i < 2; i++) {
        struct import_report *report = NULL;
        struct error error = { 0 };

        cr_assert_eq(sample_try(arena, names[i], &report, &error), STATUS_BAD_INPUT);
        cr_assert_not_null(strstr(error.message, "DOCTYPE"), "%s", error.message);
    }
}

Test(network, elements_nested_too_deeply_are_refused)
{
    char text[1024] = "<nmaprun>";
    struct import_report *report = NULL;

    for (int i = 0; i < 200; i++) {
        memcpy(text + strlen(text), "<a>", 4);
    }
    cr_assert_eq(text_try(arena, text, &report, NULL), STATUS_LIMIT);
}
