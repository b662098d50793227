/* OpenVAS/GVM reports as gvmd exports them in XML: a report inside a report. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "xml/xml.h"

#include <stdlib.h>
#include <string.h>

enum { CVES_MAX = 512, WORD_SIZE = 64 };

#define RESULT "/report/results/result"

struct openvas {
    struct import_report *report;
    /* the result */
    const char *name;
    const char *oid;
    const char *host;
    const char *vector;
    unsigned port;
    const char *protocol;
    char threat[WORD_SIZE];
    double severity;
    bool has_severity;
    const char *cves[CVES_MAX];
    size_t cve_count;
    /* the report */
    char status[WORD_SIZE];
    bool has_end;
    size_t results;
    long long page; /* the most results that one page holds; -1: all */
    unsigned long long filtered;
    bool has_filtered;
    unsigned long long high_full;
    unsigned long long high_filtered;
};

static void keep(char *room, size_t size, const char *text)
{
    size_t length = strlen(text) < size ? strlen(text) : size - 1;

    memcpy(room, text, length);
    room[length] = '\0';
}

static enum status on_open(void *context, const char *path, const char **attributes,
                           struct error *reterr)
{
    struct openvas *openvas = context;
    const char *value;

    (void) reterr;
    if (text_ends_with(path, RESULT)) {
        openvas->name = openvas->oid = openvas->host = openvas->vector = NULL;
        openvas->port = 0;
        openvas->protocol = NULL;
        openvas->threat[0] = '\0';
        openvas->has_severity = false;
        openvas->cve_count = 0;
        openvas->results++;
    } else if (text_ends_with(path, RESULT "/nvt")) {
        openvas->oid = import_text(openvas->report, xml_attribute(attributes, "oid"));
    } else if (text_ends_with(path, RESULT "/nvt/refs/ref")) {
        value = xml_attribute(attributes, "id");
        if (value != NULL && text_equal_nocase(xml_attribute(attributes, "type"), "cve")) {
            if (openvas->cve_count == CVES_MAX) {
                return fail(reterr, STATUS_LIMIT, "a result with more than %d CVEs", CVES_MAX);
            }
            openvas->cves[openvas->cve_count++] = import_id(openvas->report, value);
        }
    } else if (text_ends_with(path, "/report/results")) {
        value = xml_attribute(attributes, "max");
        openvas->page = value == NULL ? -1 : strtoll(value, NULL, 10);
    }
    return STATUS_OK;
}

/* "443/tcp", "general/tcp". */
static void port_read(struct openvas *openvas, const char *text)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);

    if (end != text && *end == '/' && number > 0 && number < 65536) {
        openvas->port = (unsigned) number;
        openvas->protocol = import_text(openvas->report, end + 1);
    }
}

static void severity_read(struct openvas *openvas, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);

    /* An override may lower it, which no statement of the maker stands behind: the graver
     * of "severity" and "original_severity" counts. */
    if (end != text && (!openvas->has_severity || value > openvas->severity)) {
        openvas->severity = value;
        openvas->has_severity = true;
    }
}

static void result_text(struct openvas *openvas, const char *part, const char *text)
{
    if (text_equal(part, "/name")) {
        openvas->name = import_text(openvas->report, text);
    } else if (text_equal(part, "/host") && openvas->host == NULL) {
        openvas->host = import_text(openvas->report, text);
    } else if (text_equal(part, "/port")) {
        port_read(openvas, text);
    } else if (text_equal(part, "/severity") || text_equal(part, "/original_severity")) {
        severity_read(openvas, text);
    } else if (text_equal(part, "/threat")) {
        keep(openvas->threat, sizeof openvas->threat, text);
    } else if (text_equal(part, "/nvt/severities/severity/value") && openvas->vector == NULL) {
        openvas->vector = import_text(openvas->report, text);
    }
}

static unsigned long long count_read(const char *text)
{
    unsigned long long value = 0;

    return text_to_unsigned(text, 1000000000, &value) == STATUS_OK ? value : 0;
}

static enum status on_text(void *context, const char *path, const char *text, struct error *reterr)
{
    struct openvas *openvas = context;
    struct import_report *report = openvas->report;
    const char *part = strstr(path, RESULT "/");

    if (part != NULL) {
        result_text(openvas, part + strlen(RESULT), text);
    } else if (text_ends_with(path, "/report/host/ip")) {
        return import_add_host(report, text, reterr);
    } else if (text_ends_with(path, "/report/scan_run_status")) {
        keep(openvas->status, sizeof openvas->status, text);
    } else if (text_ends_with(path, "/report/scan_end")) {
        openvas->has_end = true;
        report->date = import_text(report, text);
    } else if (text_ends_with(path, "/report/gmp/version")) {
        report->tool_version = arena_format(report->arena, "GMP %.32s", text);
    } else if (text_ends_with(path, "/result_count/filtered")) {
        openvas->filtered = count_read(text);
        openvas->has_filtered = true;
    } else if (text_ends_with(path, "/result_count/high/full") ||
               text_ends_with(path, "/result_count/critical/full") ||
               text_ends_with(path, "/result_count/hole/full")) {
        openvas->high_full += count_read(text);
    } else if (text_ends_with(path, "/result_count/high/filtered") ||
               text_ends_with(path, "/result_count/critical/filtered") ||
               text_ends_with(path, "/result_count/hole/filtered")) {
        openvas->high_filtered += count_read(text);
    }
    return STATUS_OK;
}

static enum status add(struct openvas *openvas, const char *id, struct error *reterr)
{
    struct import_report *report = openvas->report;
    struct cvss_choice choice = { 0 };
    struct finding *finding;

    TRY(import_add_finding(report, &finding, reterr));
    finding->id = id;
    finding->alias = text_equal(id, openvas->oid) ? NULL : openvas->oid;
    finding->title = openvas->name;
    finding->host = openvas->host;
    finding->port = openvas->port;
    finding->protocol = openvas->protocol;
    if (openvas->has_severity) {
        cvss_offer(&choice, cvss_version(openvas->vector), openvas->severity, openvas->vector);
    }
    cvss_settle(report, finding, &choice, openvas->threat);
    return STATUS_OK;
}

static enum status on_close(void *context, const char *path, struct error *reterr)
{
    struct openvas *openvas = context;

    if (!text_ends_with(path, RESULT)) {
        return STATUS_OK;
    }
    TRY(import_add_host(openvas->report, openvas->host, reterr));
    if (openvas->cve_count == 0) {
        return add(openvas,
                   openvas->oid != NULL ? openvas->oid : import_text(openvas->report, "openvas"),
                   reterr);
    }
    for (size_t i = 0; i < openvas->cve_count; i++) {
        TRY(add(openvas, openvas->cves[i], reterr));
    }
    return STATUS_OK;
}

enum status openvas_read(const char *data, size_t length, struct import_report *report,
                         struct error *reterr)
{
    struct openvas openvas = { .report = report, .page = -1 };
    const struct xml_visitor visitor = {
        .open = on_open, .text = on_text, .close = on_close, .context = &openvas
    };

    report->is_scan = true;
    TRY(xml_walk(data, length, &visitor, reterr));
    if (openvas.status[0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT, "XML, but no report of a known kind");
    }
    report->looked_at = openvas.results;
    if (!text_equal(openvas.status, "Done") || !openvas.has_end) {
        report->not_ended = "its scan_run_status is not Done";
    } else if (report->host_count == 0) {
        report->not_ended = "it names no host";
    } else if (openvas.page > 0 && (long long) openvas.results >= openvas.page) {
        report->not_ended = "it is one page of the results; export it with rows=-1";
    } else if (openvas.has_filtered && openvas.filtered > openvas.results) {
        report->not_ended = "it says that there are more results than it holds";
    } else if (openvas.high_full > openvas.high_filtered) {
        report->not_ended = "its filter hides results of high severity";
    } else {
        report->ended = true;
    }
    return STATUS_OK;
}
