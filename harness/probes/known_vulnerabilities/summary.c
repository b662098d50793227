#include "summary.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROOM = 384 };

/* A finding and where it came from, for sorting. */
struct listed {
    const struct finding *finding;
    const char *source;
};

struct gathering {
    const struct device_names *device;
    json_t *facts;
    struct listed *listed;
    size_t count;
    long long elsewhere;
};

static void *array_of(size_t count, size_t size)
{
    void *array = calloc(count == 0 ? 1 : count, size);

    if (array == NULL) {
        abort();
    }
    return array;
}

static json_t *printable(const char *text)
{
    char room[ROOM];

    text_printable(text, strlen(text), room, sizeof room);
    return json_string(room);
}

static void append(json_t *list, json_t *value)
{
    if (value == NULL || json_array_append_new(list, value) != 0) {
        abort();
    }
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static void append_once(json_t *list, const char *text)
{
    json_t *value = printable(text);
    size_t index;
    json_t *other;

    json_array_foreach(list, index, other)
    {
        if (json_equal(other, value)) {
            json_decref(value);
            return;
        }
    }
    append(list, value);
}

static void append_about(json_t *list, const char *file, const char *reason)
{
    char room[ROOM];

    (void) snprintf(room, sizeof room, "%s: %s", file, reason);
    append(list, printable(room));
}

/* Addresses as they stand, without an interface's name behind '%'. */
static bool same_host(const char *a, const char *b)
{
    size_t length = strcspn(a, "%");

    return length == strcspn(b, "%") && strncasecmp(a, b, length) == 0;
}

static bool is_device(const struct device_names *device, const char *host)
{
    for (size_t i = 0; i < device->host_count; i++) {
        if (same_host(device->hosts[i], host)) {
            return true;
        }
    }
    return false;
}

static bool over_network(const struct import_report *report)
{
    return report->kind == IMPORT_NMAP || report->kind == IMPORT_OPENVAS ||
           report->kind == IMPORT_NUCLEI;
}

/* Does the report say itself that it is about this device? */
static bool names_device(const struct device_names *device, const struct import_report *report)
{
    for (size_t i = 0; i < report->host_count; i++) {
        if (is_device(device, report->hosts[i])) {
            return true;
        }
    }
    return !over_network(report) && report->about != NULL && device->product.model != NULL &&
           strcasestr(report->about, device->product.model) != NULL;
}

static bool is_complete(const struct device_names *device, const struct import_report *report)
{
    return report->is_scan && report->ended &&
           (!over_network(report) || names_device(device, report));
}

static void tool_text(const struct import_report *report, char room[ROOM])
{
    (void) snprintf(room, ROOM, "%s%s%s", report->tool, report->tool_version == NULL ? "" : " ",
                    report->tool_version == NULL ? "" : report->tool_version);
}

static json_t *document_row(const struct source *source, const struct device_names *device)
{
    const struct import_report *report = source->report;
    char tool[ROOM];
    json_t *row = json_object();

    tool_text(report, tool);
    put(row, "file", printable(source->file));
    put(row, "sha256", json_string(source->sha256));
    put(row, "kind", json_string(import_kind_word(report->kind)));
    put(row, "tool", printable(tool));
    put(row, "date", printable(report->date == NULL ? "" : report->date));
    put(row, "about", printable(report->about == NULL ? "" : report->about));
    put(row, "looked_at", json_integer((json_int_t) report->looked_at));
    put(row, "findings", json_integer((json_int_t) report->finding_count));
    put(row, "complete", json_boolean(is_complete(device, report)));
    put(row, "names_device", json_boolean(names_device(device, report)));
    return row;
}

static void documents_set(const struct source *sources, size_t count,
                          const struct device_names *device, json_t *facts)
{
    json_t *documents = json_array();
    json_t *unreadable = json_array();
    json_t *others = json_array();
    json_t *tools = json_array();
    json_t *dates = json_array();
    char tool[ROOM];
    json_int_t reports = 0;

    for (size_t i = 0; i < count; i++) {
        const struct import_report *report = sources[i].report;

        if (sources[i].is_other) {
            append(others, printable(sources[i].file));
            continue;
        }
        reports++;
        if (report == NULL) {
            append_about(unreadable, sources[i].file, sources[i].reason);
            continue;
        }
        append(documents, document_row(&sources[i], device));
        tool_text(report, tool);
        append_once(tools, tool);
        if (report->date != NULL) {
            append_once(dates, report->date);
        }
    }
    put(facts, "reports", json_integer(reports));
    put(facts, "reports_read", json_integer((json_int_t) json_array_size(documents)));
    put(facts, "documents", documents);
    put(facts, "unreadable", unreadable);
    put(facts, "other_documents", others);
    put(facts, "tools", tools);
    put(facts, "report_dates", dates);
}

static void scans_set(const struct source *sources, size_t count, const struct device_names *device,
                      json_t *facts)
{
    json_t *incomplete = json_array();
    bool has_scan = false;
    json_int_t complete = 0;
    json_int_t named = 0;

    for (size_t i = 0; i < count; i++) {
        const struct import_report *report = sources[i].report;

        if (report == NULL || !report->is_scan) {
            continue;
        }
        has_scan = true;
        if (!is_complete(device, report)) {
            append_about(incomplete, sources[i].file,
                         report->ended ? "it names no address of this device" : report->not_ended);
            continue;
        }
        complete++;
        named += names_device(device, report) ? 1 : 0;
    }
    put(facts, "has_scan", json_boolean(has_scan));
    put(facts, "scans_complete", json_integer(complete));
    put(facts, "scans_of_device", json_integer(named));
    put(facts, "incomplete", incomplete);
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* Uncovered first, the gravest first, then by name: the order of the files is no matter. */
static int by_weight(const void *a, const void *b)
{
    const struct listed *left = a;
    const struct listed *right = b;
    const struct finding *x = left->finding;
    const struct finding *y = right->finding;
    int order = (int) x->covered - (int) y->covered;

    order = order != 0 ? order : (int) y->severity - (int) x->severity;
    order = order != 0 ? order : strcmp(x->id, y->id);
    order = order != 0 ? order : strcmp(or_empty(x->component.name), or_empty(y->component.name));
    order =
        order != 0 ? order : strcmp(or_empty(x->component.version), or_empty(y->component.version));
    order = order != 0 ? order : (int) x->port - (int) y->port;
    return order != 0 ? order : strcmp(left->source, right->source);
}

static json_t *finding_row(const struct listed *listed)
{
    const struct finding *finding = listed->finding;
    const struct component *component = &finding->component;
    char room[ROOM];
    json_t *row = json_object();

    put(row, "id", printable(finding->id));
    put(row, "severity", json_string(severity_word(finding->severity)));
    put(row, "score", printable(or_empty(finding->score)));
    put(row, "vector", printable(or_empty(finding->vector)));
    (void) snprintf(room, sizeof room, "%s%s%s", or_empty(component->name),
                    component->version == NULL ? "" : " ", or_empty(component->version));
    put(row, "component", printable(component->purl != NULL ? component->purl : room));
    room[0] = '\0';
    if (finding->port > 0) {
        (void) snprintf(room, sizeof room, "%s %u/%s", or_empty(finding->host), finding->port,
                        or_empty(finding->protocol));
    } else if (finding->host != NULL) {
        (void) snprintf(room, sizeof room, "%s", finding->host);
    }
    put(row, "where", printable(room));
    put(row, "source", printable(listed->source));
    put(row, "covered", json_boolean(finding->covered));
    put(row, "justification", printable(or_empty(finding->justification)));
    return row;
}

static void findings_gather(struct gathering *gathering, const struct source *sources, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        most += sources[i].report == NULL ? 0 : sources[i].report->finding_count;
    }
    gathering->listed = array_of(most, sizeof *gathering->listed);
    for (size_t i = 0; i < count; i++) {
        const struct import_report *report = sources[i].report;

        for (size_t k = 0; report != NULL && k < report->finding_count; k++) {
            const struct finding *finding = &report->findings[k];

            if (finding->host != NULL && !is_device(gathering->device, finding->host)) {
                gathering->elsewhere++;
                continue;
            }
            gathering->listed[gathering->count++] =
                (struct listed){ .finding = finding, .source = report->tool };
        }
    }
    qsort(gathering->listed, gathering->count, sizeof *gathering->listed, by_weight);
}

/* Sorted by weight, so equal ids of one severity stand together; a last look keeps an id
 * that two tools weigh differently from standing twice. */
static json_t *ids_of(const struct gathering *gathering, enum severity least, bool unknown_too)
{
    json_t *ids = json_array();
    json_t *seen = json_object();

    for (size_t i = 0; i < gathering->count && json_array_size(ids) < SUMMARY_IDS_MAX; i++) {
        const struct finding *finding = gathering->listed[i].finding;
        char room[128];

        if (finding->covered || (finding->severity < least &&
                                 !(unknown_too && finding->severity == SEVERITY_UNKNOWN))) {
            continue;
        }
        text_printable(finding->id, strlen(finding->id), room, sizeof room);
        if (json_object_get(seen, room) == NULL) {
            put(seen, room, json_true());
            append(ids, json_string(room));
        }
    }
    json_decref(seen);
    return ids;
}

static void findings_set(struct gathering *gathering)
{
    json_t *rows = json_array();
    json_int_t covered = 0;

    for (size_t i = 0; i < gathering->count; i++) {
        covered += gathering->listed[i].finding->covered ? 1 : 0;
        if (i < SUMMARY_ROWS_MAX) {
            append(rows, finding_row(&gathering->listed[i]));
        }
    }
    put(gathering->facts, "findings", rows);
    put(gathering->facts, "findings_count", json_integer((json_int_t) gathering->count));
    put(gathering->facts, "findings_covered", json_integer(covered));
    put(gathering->facts, "findings_elsewhere", json_integer(gathering->elsewhere));
    put(gathering->facts, "uncovered_grave", ids_of(gathering, gathering->device->grave, false));
    put(gathering->facts, "uncovered_high", ids_of(gathering, SEVERITY_HIGH, false));
    put(gathering->facts, "uncovered_ids", ids_of(gathering, SEVERITY_LOW, true));
}

void summary_facts(const struct source *sources, size_t count, const struct device_names *device,
                   json_t *facts)
{
    struct gathering gathering = { .device = device, .facts = facts };
    struct import_report **reports = array_of(count, sizeof *reports);
    size_t read = 0;

    for (size_t i = 0; i < count; i++) {
        if (sources[i].report != NULL) {
            reports[read++] = sources[i].report;
        }
    }
    vex_apply(reports, read, &device->product);
    documents_set(sources, count, device, facts);
    scans_set(sources, count, device, facts);
    /* Of what nobody read, nothing is known: no list rather than an empty one. */
    if (read > 0) {
        findings_gather(&gathering, sources, count);
        findings_set(&gathering);
        free(gathering.listed);
    }
    free(reports);
}
