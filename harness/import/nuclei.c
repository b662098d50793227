/* Nuclei's JSON lines (-jsonl) and array (-json-export). There is no end mark and no list
 * of what was asked: its findings count, its silence proves nothing. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "import/json.h"

#include <stdlib.h>
#include <string.h>

/* "https://[::1]:8443/path" or "192.0.2.7:80" -> host, port; port 0 when there is none. */
static void split_where(struct import_report *report, const char *where, const char **ret_host,
                        unsigned *ret_port)
{
    const char *scheme = strstr(where, "://");
    const char *at = scheme == NULL ? where : scheme + 3;
    size_t length = strcspn(at, "/?#");
    const char *colon = memchr(at, ':', length);
    const char *tail = colon;
    unsigned long long port = 0;
    char digits[6] = "";

    *ret_port = 0;
    if (at[0] == '[' && memchr(at, ']', length) != NULL) {
        const char *bracket = memchr(at, ']', length);
        *ret_host = import_text_n(report, at + 1, (size_t) (bracket - at - 1));
        tail = (size_t) (bracket + 1 - at) < length && bracket[1] == ':' ? bracket + 1 : NULL;
    } else if (colon != NULL &&
               memchr(colon + 1, ':', length - (size_t) (colon + 1 - at)) != NULL) {
        *ret_host = import_text_n(report, at, length); /* bare IPv6 */
        tail = NULL;
    } else {
        *ret_host = import_text_n(report, at, colon == NULL ? length : (size_t) (colon - at));
    }
    if (tail != NULL && length - (size_t) (tail + 1 - at) < sizeof digits) {
        memcpy(digits, tail + 1, length - (size_t) (tail + 1 - at));
        if (text_to_unsigned(digits, 65535, &port) == STATUS_OK) {
            *ret_port = (unsigned) port;
        }
    }
}

static enum status add(const json_t *object, const char *cve, struct import_report *report,
                       struct error *reterr)
{
    const json_t *info = json_object_get(object, "info");
    const json_t *classification = json_object_get(info, "classification");
    const char *own = member_text(object, "template-id");
    const char *where = member_text(object, "matched-at");
    const char *vector = member_text(classification, "cvss-metrics");
    const char *address = member_text(object, "ip");
    struct cvss_choice choice = { 0 };
    struct finding *finding;
    const char *host = NULL;
    double score;

    own = own != NULL ? own : member_text(object, "templateID");
    where = where != NULL ? where : member_text(object, "host");
    TRY(import_add_finding(report, &finding, reterr));
    finding->id = import_id(report, cve != NULL ? cve : own);
    finding->alias = cve != NULL && !text_equal_nocase(cve, own) ? import_text(report, own) : NULL;
    finding->title = import_text(report, member_text(info, "name"));
    if (where != NULL) {
        split_where(report, where, &host, &finding->port);
    }
    finding->host = address != NULL ? import_text(report, address) : host;
    finding->protocol = finding->port == 0 ? NULL : "tcp";
    if (member_number(classification, "cvss-score", &score)) {
        cvss_offer(&choice, cvss_version(vector), score, vector);
    }
    cvss_settle(report, finding, &choice, member_text(info, "severity"));
    TRY(import_add_host(report, host, reterr));
    return import_add_host(report, address, reterr);
}

enum status nuclei_read(const json_t *object, struct import_report *report, struct error *reterr)
{
    const json_t *status = json_object_get(object, "matcher-status");
    const json_t *cves = json_object_get(
        json_object_get(json_object_get(object, "info"), "classification"), "cve-id");
    size_t index;
    json_t *cve;
    bool added = false;

    report->is_scan = true;
    report->not_ended = "Nuclei's results do not show that it came to its end";
    report->looked_at++;
    if (report->date == NULL) {
        report->date = import_text(report, member_text(object, "timestamp"));
    }
    if (json_is_false(status)) {
        return STATUS_OK; /* -matcher-status: asked, and not found */
    }
    json_array_foreach(cves, index, cve)
    {
        if (json_is_string(cve) && json_string_length(cve) > 0) {
            TRY(add(object, json_string_value(cve), report, reterr));
            added = true;
        }
    }
    if (json_is_string(cves) && json_string_length(cves) > 0) {
        return add(object, json_string_value(cves), report, reterr);
    }
    return added ? STATUS_OK : add(object, NULL, report, reterr);
}
