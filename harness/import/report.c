#include "import/report.h"
#include "base/text.h"

#include <string.h>

struct word {
    const char *word;
    enum severity severity;
};

/* What the tools write: Trivy and Grype (Negligible), Nuclei, GVM (Log), CycloneDX
 * (none), and the words that distributions use. */
static const struct word words[] = {
    { "critical", SEVERITY_CRITICAL }, { "high", SEVERITY_HIGH },
    { "important", SEVERITY_HIGH },    { "medium", SEVERITY_MEDIUM },
    { "moderate", SEVERITY_MEDIUM },   { "low", SEVERITY_LOW },
    { "negligible", SEVERITY_LOW },    { "minor", SEVERITY_LOW },
    { "info", SEVERITY_INFO },         { "informational", SEVERITY_INFO },
    { "log", SEVERITY_INFO },          { "none", SEVERITY_INFO },
};

const char *severity_word(enum severity severity)
{
    static const char *const names[] = { "unknown", "info", "low", "medium", "high", "critical" };

    return names[severity];
}

enum severity severity_from_word(const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (text_equal_nocase(word, words[i].word)) {
            return words[i].severity;
        }
    }
    return SEVERITY_UNKNOWN;
}

enum severity severity_worse(enum severity a, enum severity b)
{
    return a > b ? a : b;
}

const char *import_kind_word(enum import_kind kind)
{
    static const char *const names[] = { "nmap",  "openvas",   "nuclei", "trivy",
                                         "grype", "cyclonedx", "openvex" };

    return names[kind];
}

struct import_report *import_report_new(enum import_kind kind, struct arena *arena)
{
    struct import_report *report = arena_alloc(arena, sizeof *report);

    report->kind = kind;
    report->tool = import_kind_word(kind);
    report->arena = arena;
    return report;
}

const char *import_text_n(struct import_report *report, const char *text, size_t length)
{
    if (text == NULL || length == 0) {
        return NULL;
    }
    if (length > IMPORT_TEXT_MAX) {
        length = IMPORT_TEXT_MAX;
        while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    return length == 0 ? NULL : arena_text_n(report->arena, text, length);
}

const char *import_text(struct import_report *report, const char *text)
{
    return text == NULL ? NULL : import_text_n(report, text, strlen(text));
}

bool import_is_cve(const char *id)
{
    return id != NULL && text_starts_with(id, "CVE-");
}

const char *import_id(struct import_report *report, const char *text)
{
    const char *copy;
    char *letter;

    if (text == NULL || strlen(text) < 4 || (text[0] | 0x20) != 'c' || (text[1] | 0x20) != 'v' ||
        (text[2] | 0x20) != 'e' || text[3] != '-') {
        return import_text(report, text);
    }
    copy = import_text(report, text);
    letter = arena_text(report->arena, copy);
    letter[0] = 'C';
    letter[1] = 'V';
    letter[2] = 'E';
    return letter;
}

/* An arena cannot give back: doubling wastes at most as much as is used. */
static enum status room_make(struct import_report *report, void **items, size_t *count,
                             size_t *room, size_t most, size_t size, const char *what,
                             struct error *reterr)
{
    if (*count == most) {
        return fail(reterr, STATUS_LIMIT, "more than %zu %s", most, what);
    }
    if (*count == *room) {
        size_t wider = *room == 0 ? 16 : *room * 2;
        void *copy = arena_array(report->arena, wider, size);

        if (*count > 0) {
            memcpy(copy, *items, *count * size);
        }
        *items = copy;
        *room = wider;
    }
    (*count)++;
    return STATUS_OK;
}

enum status import_add_finding(struct import_report *report, struct finding **ret_finding,
                               struct error *reterr)
{
    void *items = report->findings;

    TRY(room_make(report, &items, &report->finding_count, &report->finding_room,
                  IMPORT_FINDINGS_MAX, sizeof *report->findings, "findings", reterr));
    report->findings = items;
    *ret_finding = &report->findings[report->finding_count - 1];
    return STATUS_OK;
}

enum status import_add_statement(struct import_report *report, struct statement **ret_statement,
                                 struct error *reterr)
{
    void *items = report->statements;

    TRY(room_make(report, &items, &report->statement_count, &report->statement_room,
                  IMPORT_STATEMENTS_MAX, sizeof *report->statements, "VEX statements", reterr));
    report->statements = items;
    *ret_statement = &report->statements[report->statement_count - 1];
    return STATUS_OK;
}

enum status import_add_component(struct import_report *report, struct component **ret_component,
                                 struct error *reterr)
{
    void *items = report->components;

    TRY(room_make(report, &items, &report->component_count, &report->component_room,
                  IMPORT_COMPONENTS_MAX, sizeof *report->components, "components", reterr));
    report->components = items;
    *ret_component = &report->components[report->component_count - 1];
    return STATUS_OK;
}

enum status import_add_host(struct import_report *report, const char *host, struct error *reterr)
{
    void *items = report->hosts;
    const char *copy = import_text(report, host);

    if (copy == NULL ||
        (report->host_count > 0 && text_equal(report->hosts[report->host_count - 1], copy))) {
        return STATUS_OK;
    }
    TRY(room_make(report, &items, &report->host_count, &report->host_room, IMPORT_HOSTS_MAX,
                  sizeof *report->hosts, "hosts", reterr));
    report->hosts = items;
    report->hosts[report->host_count - 1] = copy;
    if (report->about == NULL) {
        report->about = copy;
    }
    return STATUS_OK;
}
