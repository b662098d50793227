/* nmap's XML (-oX) with the results of vulnerability scripts. */
#include "base/text.h"
#include "import/cvss.h"
#include "import/formats.h"
#include "xml/xml.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENTRY_IDS_MAX = 32, KEY_SIZE = 256, WORD_SIZE = 128 };

/* What is open while walking; everything else is in the report. */
struct nmap {
    struct import_report *report;
    bool host_up;
    bool host_named;
    const char *host;
    unsigned port;
    const char *protocol;
    const char *product;
    const char *version;
    /* the script */
    char script[KEY_SIZE];
    char risk[WORD_SIZE]; /* "HIGH": stands in the words alone */
    bool has_tables;
    bool settled; /* a table of it was understood */
    /* a table of its first level: the software (vulners) or one vulnerability (vulns) */
    char key[KEY_SIZE];
    const char *title;
    char state[WORD_SIZE];
    const char *ids[ENTRY_IDS_MAX];
    size_t id_count;
    struct cvss_choice choice;
    /* a table of its second level */
    char inner[KEY_SIZE];
    char elem[KEY_SIZE];
    const char *vulners_id;
    const char *vulners_score;
    size_t checks; /* results of vulnerability scripts */
    size_t hosts_up;
    bool finished;
};

static void keep(char *room, size_t size, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);

    length = length < size ? length : size - 1;
    if (length > 0) {
        memcpy(room, text, length);
    }
    room[length] = '\0';
}

static void date_set(struct import_report *report, const char *epoch)
{
    unsigned long long seconds;
    struct tm broken;
    time_t when;
    char room[sizeof "YYYY-MM-DDThh:mm:ssZ"];

    if (epoch == NULL || text_to_unsigned(epoch, 253402300799ULL, &seconds) != STATUS_OK) {
        return;
    }
    when = (time_t) seconds;
    if (gmtime_r(&when, &broken) != NULL &&
        strftime(room, sizeof room, "%Y-%m-%dT%H:%M:%SZ", &broken) > 0) {
        report->date = import_text(report, room);
    }
}

static void script_open(struct nmap *nmap, const char **attributes)
{
    static const char label[] = "Risk factor: ";
    const char *output = xml_attribute(attributes, "output");
    const char *risk = output == NULL ? NULL : strstr(output, label);

    nmap->risk[0] = '\0';
    if (risk != NULL) {
        keep(nmap->risk, sizeof nmap->risk, risk + sizeof label - 1);
        nmap->risk[strcspn(nmap->risk, " \r\n")] = '\0';
    }
    keep(nmap->script, sizeof nmap->script, xml_attribute(attributes, "id"));
    nmap->has_tables = false;
    nmap->settled = false;
    nmap->title = import_text(nmap->report, output);
}

static enum status address_open(struct nmap *nmap, const char **attributes, struct error *reterr)
{
    const char *kind = xml_attribute(attributes, "addrtype");
    const char *address = xml_attribute(attributes, "addr");

    if (text_equal(kind, "mac") || address == NULL) {
        return STATUS_OK;
    }
    nmap->host = import_text(nmap->report, address);
    nmap->host_named = true;
    return nmap->host_up ? import_add_host(nmap->report, address, reterr) : STATUS_OK;
}

static void port_open(struct nmap *nmap, const char **attributes)
{
    const char *number = xml_attribute(attributes, "portid");
    unsigned long long value = 0;

    nmap->port = 0;
    if (number != NULL && text_to_unsigned(number, 65535, &value) == STATUS_OK) {
        nmap->port = (unsigned) value;
    }
    nmap->protocol = import_text(nmap->report, xml_attribute(attributes, "protocol"));
    nmap->product = NULL;
    nmap->version = NULL;
}

static void table_open(struct nmap *nmap, const char *path, const char **attributes)
{
    const char *key = xml_attribute(attributes, "key");

    if (text_ends_with(path, "/script/table")) {
        keep(nmap->key, sizeof nmap->key, key);
        nmap->has_tables = true;
        nmap->title = NULL;
        nmap->state[0] = '\0';
        nmap->id_count = 0;
        nmap->choice = (struct cvss_choice){ 0 };
    } else {
        keep(nmap->inner, sizeof nmap->inner, key);
        nmap->vulners_id = NULL;
        nmap->vulners_score = NULL;
    }
}

static enum status on_open(void *context, const char *path, const char **attributes,
                           struct error *reterr)
{
    struct nmap *nmap = context;
    struct import_report *report = nmap->report;

    if (text_equal(path, "/nmaprun")) {
        report->tool_version = import_text(report, xml_attribute(attributes, "version"));
        date_set(report, xml_attribute(attributes, "start"));
    } else if (text_equal(path, "/nmaprun/host")) {
        nmap->host_up = false;
        nmap->host = NULL;
        nmap->port = 0;
        nmap->protocol = NULL;
    } else if (text_equal(path, "/nmaprun/host/status")) {
        nmap->host_up = text_equal(xml_attribute(attributes, "state"), "up");
        nmap->hosts_up += nmap->host_up ? 1 : 0;
    } else if (text_equal(path, "/nmaprun/host/address")) {
        return address_open(nmap, attributes, reterr);
    } else if (text_ends_with(path, "/ports/port")) {
        port_open(nmap, attributes);
    } else if (text_ends_with(path, "/port/service")) {
        nmap->product = import_text(report, xml_attribute(attributes, "product"));
        nmap->version = import_text(report, xml_attribute(attributes, "version"));
    } else if (text_ends_with(path, "/script")) {
        script_open(nmap, attributes);
    } else if (text_ends_with(path, "/script/table") ||
               text_ends_with(path, "/script/table/table")) {
        table_open(nmap, path, attributes);
    } else if (text_ends_with(path, "/elem")) {
        keep(nmap->elem, sizeof nmap->elem, xml_attribute(attributes, "key"));
    } else if (text_equal(path, "/nmaprun/runstats/finished")) {
        nmap->finished = text_equal(xml_attribute(attributes, "exit"), "success");
    }
    return STATUS_OK;
}

static void score_read(struct nmap *nmap, const char *kind, const char *text)
{
    char *end = NULL;
    double score = strtod(text, &end);

    /* Scores stand as "10.0 (HIGH) (AV:N/...)", or alone. */
    if (end != text) {
        cvss_offer(&nmap->choice, text_equal(kind, "CVSSv2") ? 2 : 3, score, NULL);
    }
}

static enum status on_text(void *context, const char *path, const char *text, struct error *reterr)
{
    struct nmap *nmap = context;

    (void) reterr;
    if (text_ends_with(path, "/script/table/elem")) {
        if (text_equal(nmap->elem, "title")) {
            nmap->title = import_text(nmap->report, text);
        } else if (text_equal(nmap->elem, "state")) {
            keep(nmap->state, sizeof nmap->state, text);
        }
    } else if (text_ends_with(path, "/script/table/table/elem")) {
        if (text_equal(nmap->inner, "ids") && text_starts_with(text, "CVE:") &&
            nmap->id_count < ENTRY_IDS_MAX) {
            nmap->ids[nmap->id_count++] = import_id(nmap->report, text + 4);
        } else if (text_equal(nmap->inner, "scores")) {
            score_read(nmap, nmap->elem, text);
        } else if (text_equal(nmap->elem, "id")) {
            nmap->vulners_id = import_id(nmap->report, text);
        } else if (text_equal(nmap->elem, "cvss")) {
            nmap->vulners_score = import_text(nmap->report, text);
        }
    }
    return STATUS_OK;
}

static enum status add(struct nmap *nmap, const char *id, struct finding **ret_finding,
                       struct error *reterr)
{
    struct finding *finding;

    TRY(import_add_finding(nmap->report, &finding, reterr));
    finding->id = id;
    finding->title = nmap->title;
    finding->host = nmap->host;
    finding->port = nmap->port;
    finding->protocol = nmap->port == 0 ? NULL : nmap->protocol;
    finding->component =
        (struct component){ .name = nmap->product, .version = nmap->version, .from_banner = true };
    *ret_finding = finding;
    return STATUS_OK;
}

/* "cpe:/a:openbsd:openssh:7.4" or "OpenSSH 7.4": what vulners looked up. */
static void component_from_key(struct nmap *nmap, struct component *component)
{
    const char *at = nmap->key;
    size_t length;

    if (!text_starts_with(at, "cpe:/")) {
        return;
    }
    for (int colons = 0; colons < 3; colons++) {
        at = strchr(at, ':');
        if (at == NULL) {
            return;
        }
        at++;
    }
    length = strcspn(at, ":");
    component->name = import_text_n(nmap->report, at, length);
    component->version = at[length] == ':' ? import_text_n(nmap->report, at + length + 1,
                                                           strcspn(at + length + 1, ":"))
                                           : NULL;
}

static enum status vulners_close(struct nmap *nmap, struct error *reterr)
{
    struct cvss_choice choice = { 0 };
    struct finding *finding;
    char *end = NULL;

    if (nmap->vulners_id == NULL) {
        return STATUS_OK;
    }
    nmap->settled = true;
    nmap->checks++;
    nmap->title = NULL;
    TRY(add(nmap, nmap->vulners_id, &finding, reterr));
    component_from_key(nmap, &finding->component);
    if (nmap->vulners_score != NULL) {
        double score = strtod(nmap->vulners_score, &end);

        if (end != nmap->vulners_score) {
            cvss_offer(&choice, 0, score, NULL);
        }
    }
    cvss_settle(nmap->report, finding, &choice, NULL);
    return STATUS_OK;
}

/* One vulnerability as nmap's vulns library writes it. */
static enum status entry_close(struct nmap *nmap, struct error *reterr)
{
    bool found = text_starts_with(nmap->state, "VULNERABLE") ||
                 text_starts_with(nmap->state, "LIKELY VULNERABLE");
    struct finding *finding;

    if (nmap->title == NULL || nmap->state[0] == '\0') {
        return STATUS_OK;
    }
    nmap->settled = true;
    nmap->checks += found || text_starts_with(nmap->state, "NOT VULNERABLE") ? 1 : 0;
    if (!found) {
        return STATUS_OK;
    }
    if (nmap->id_count == 0) {
        nmap->ids[nmap->id_count++] =
            import_id(nmap->report, nmap->key[0] == '\0' ? nmap->script : nmap->key);
    }
    for (size_t i = 0; i < nmap->id_count; i++) {
        TRY(add(nmap, nmap->ids[i], &finding, reterr));
        finding->alias = import_text(nmap->report, nmap->script);
        cvss_settle(nmap->report, finding, &nmap->choice, nmap->risk);
    }
    return STATUS_OK;
}

/* A vulnerability script that leaves words only: people have to read them. */
static enum status words_close(struct nmap *nmap, struct error *reterr)
{
    static const char *const failures[] = { "ERROR", "Could not", "Couldn't", "NT_STATUS" };
    const char *words = nmap->title == NULL ? "false" : nmap->title;
    const char *cve = strstr(nmap->script, "cve");
    struct finding *finding;

    while (words[0] == '\n' || words[0] == ' ') {
        words++;
    }
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (text_starts_with(words, failures[i])) {
            return STATUS_OK;
        }
    }
    nmap->checks++;
    if (text_equal(words, "false")) {
        return STATUS_OK;
    }
    TRY(add(nmap, import_text(nmap->report, nmap->script), &finding, reterr));
    if (cve != NULL && strlen(cve) > 8 && cve[3] != '-' && cve[7] == '-') {
        finding->alias = finding->id;
        finding->id = arena_format(nmap->report->arena, "CVE-%s", cve + 3);
    }
    return STATUS_OK;
}

static enum status on_close(void *context, const char *path, struct error *reterr)
{
    struct nmap *nmap = context;

    if (text_ends_with(path, "/script/table/table")) {
        if (text_equal(nmap->script, "vulners")) {
            TRY(vulners_close(nmap, reterr));
        }
        nmap->inner[0] = '\0';
    } else if (text_ends_with(path, "/script/table")) {
        if (!text_equal(nmap->script, "vulners")) {
            TRY(entry_close(nmap, reterr));
        }
    } else if (text_ends_with(path, "/script")) {
        if (!nmap->settled && !nmap->has_tables && strstr(nmap->script, "vul") != NULL) {
            TRY(words_close(nmap, reterr));
        }
    } else if (text_ends_with(path, "/ports/port")) {
        nmap->port = 0;
        nmap->product = NULL;
        nmap->version = NULL;
    } else if (text_ends_with(path, "/elem")) {
        nmap->elem[0] = '\0';
    }
    return STATUS_OK;
}

enum status nmap_read(const char *data, size_t length, struct import_report *report,
                      struct error *reterr)
{
    struct nmap nmap = { .report = report };
    const struct xml_visitor visitor = {
        .open = on_open, .text = on_text, .close = on_close, .context = &nmap
    };

    report->is_scan = true;
    TRY(xml_walk(data, length, &visitor, reterr));
    report->looked_at = nmap.checks;
    if (!nmap.finished) {
        report->not_ended = "nmap did not write that it finished with success";
    } else if (nmap.hosts_up == 0 || report->host_count == 0) {
        report->not_ended = "no host was up";
    } else if (nmap.checks == 0) {
        report->not_ended = "no vulnerability script left a result (use --script vuln with "
                            "--script-args vulns.showall, or vulners)";
    } else {
        report->ended = true;
    }
    return STATUS_OK;
}
