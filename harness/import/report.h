/* report.h - what a vulnerability scanner, a bill of materials or a VEX document said,
 * in one form.
 *
 * Everything lives in the arena that the report was made in and is never changed after
 * reading, but for the two members of a finding that vex_apply fills in. Texts are UTF-8,
 * cut to IMPORT_TEXT_MAX bytes. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IMPORT_FILE_MAX = 64 * 1024 * 1024,
    IMPORT_FINDINGS_MAX = 100000,
    IMPORT_COMPONENTS_MAX = 100000,
    IMPORT_STATEMENTS_MAX = 200000,
    IMPORT_HOSTS_MAX = 65536,
    IMPORT_TEXT_MAX = 512,
};

enum import_kind {
    IMPORT_NMAP,
    IMPORT_OPENVAS,
    IMPORT_NUCLEI,
    IMPORT_TRIVY,
    IMPORT_GRYPE,
    IMPORT_CYCLONEDX,
    IMPORT_OPENVEX
};

enum severity {
    SEVERITY_UNKNOWN,
    SEVERITY_INFO,
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL
};

/* A part of the product's software. Members that were not said are NULL. */
struct component {
    const char *ref; /* bom-ref in the document that lists it */
    const char *name;
    const char *version;
    const char *purl;
    bool from_banner; /* the version is what a service said of itself */
    bool is_product;  /* the thing that a bill of materials is about */
};

struct finding {
    const char *id;    /* "CVE-..." in upper case, else the tool's own id */
    const char *alias; /* the tool's own id beside a CVE, or NULL */
    const char *title; /* or NULL */
    enum severity severity;
    const char *score;  /* as given: "9.8", or NULL */
    const char *vector; /* CVSS vector as given, or NULL */
    struct component component;
    const char *host;     /* where it was found over a network, or NULL */
    unsigned port;        /* 0: none */
    const char *protocol; /* "tcp", "udp" or NULL */
    /* vex_apply: */
    bool covered;
    const char *justification; /* of the statement that covers it, or NULL */
};

enum statement_effect {
    STATEMENT_SILENT, /* says "not affected" without saying why, or nothing that counts */
    STATEMENT_COVERS, /* not affected, false positive or resolved, with a justification */
    STATEMENT_ADMITS  /* affected, exploitable or still looked into */
};

/* One vulnerability in one component, as its maker sees it. */
struct statement {
    const char *id;
    enum statement_effect effect;
    const char *reason;        /* "not_affected: code_not_present" */
    struct component target;   /* ref only, until vex_apply resolves it */
    const char *only_version;  /* of the target; NULL: every version */
    const char *about_product; /* identity of the product (OpenVEX), or NULL */
};

struct import_report {
    enum import_kind kind;
    const char *tool;         /* "trivy" */
    const char *tool_version; /* or NULL */
    const char *date;         /* RFC 3339 as the report has it, or NULL */
    const char *about;        /* artefact or addresses that were looked at, or NULL */
    const char *serial;       /* CycloneDX serialNumber without "urn:uuid:", or NULL */
    bool is_scan;             /* made by a scanner; a bill of materials alone is none */
    bool ended;               /* the scanner came to its end and shows what it looked at */
    const char *not_ended;    /* why not; NULL when ended or no scan */
    size_t looked_at;         /* packages, or results of vulnerability checks */
    const char **hosts;       /* addresses and names that a network scan reached */
    size_t host_count, host_room;
    struct finding *findings;
    size_t finding_count, finding_room;
    struct statement *statements;
    size_t statement_count, statement_room;
    struct component *components;
    size_t component_count, component_room;
    struct arena *arena;
};

/* "critical" ... "info", "unknown"; static. */
const char *severity_word(enum severity severity);

/* From the words that tools use, any case; SEVERITY_UNKNOWN for others and for NULL. */
enum severity severity_from_word(const char *word);

/* The graver of the two; anything is graver than unknown. */
enum severity severity_worse(enum severity a, enum severity b);

/* "nmap", "openvas", "nuclei", "trivy", "grype", "cyclonedx", "openvex"; static. */
const char *import_kind_word(enum import_kind kind);

struct import_report *import_report_new(enum import_kind kind, struct arena *arena);

/* A copy in the report's arena, cut to IMPORT_TEXT_MAX between characters; NULL for NULL
 * and for "". */
const char *import_text(struct import_report *report, const char *text);
const char *import_text_n(struct import_report *report, const char *text, size_t length);

/* An id as findings and statements are matched by: "cve-..." in upper case. */
const char *import_id(struct import_report *report, const char *text);
bool import_is_cve(const char *id);

/* New, zeroed, the report's; STATUS_LIMIT past the number allowed. */
enum status import_add_finding(struct import_report *report, struct finding **ret_finding,
                               struct error *reterr) MUST_CHECK;
enum status import_add_statement(struct import_report *report, struct statement **ret_statement,
                                 struct error *reterr) MUST_CHECK;
enum status import_add_component(struct import_report *report, struct component **ret_component,
                                 struct error *reterr) MUST_CHECK;
enum status import_add_host(struct import_report *report, const char *host,
                            struct error *reterr) MUST_CHECK;
