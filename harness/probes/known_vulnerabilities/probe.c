/* known_vulnerabilities - reads the results of vulnerability scanners, bills of materials
 * and VEX documents that the profile names, and writes down what was found and which of it
 * a justified statement of the maker covers. It sends nothing to the device.
 *
 * By hand: hoshitori probe known_vulnerabilities --profile profile.yaml
 */
#include "probe/probe.h"
#include "base/text.h"
#include "channel/sha256.h"
#include "import/load.h"
#include "import/read.h"
#include "summary.h"

#include <string.h>

extern const struct probe probe_known_vulnerabilities;

/* The sources of one run; everything lives in the arena. */
struct gathered {
    struct arena *arena;
    struct source *sources;
    size_t count;
    const char **paths;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static enum status source_read(struct gathered *gathered, struct source *source, const char *path,
                               struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(IMPORT_FILE_MAX);
    char digest[SHA256_TEXT_SIZE];
    struct error why = { 0 };

    if (import_load(path, &content, &why) == STATUS_OK) {
        TRY(sha256_text(content.data, content.length, digest, reterr));
        source->sha256 = arena_text(gathered->arena, digest);
        source->is_other = !import_looks_like_report(content.data, content.length);
        if (source->is_other || import_read(content.data, content.length, gathered->arena,
                                            &source->report, &why) == STATUS_OK) {
            return STATUS_OK;
        }
        source->report = NULL; /* half of a report is none */
    }
    source->reason = arena_text(gathered->arena, why.message);
    return STATUS_OK;
}

/* One file may serve two documents. */
static enum status path_take(struct gathered *gathered, const char *path, struct error *reterr)
{
    struct source *source = &gathered->sources[gathered->count];

    for (size_t i = 0; path != NULL && i < gathered->count; i++) {
        if (text_equal(gathered->paths[i], path)) {
            return STATUS_OK;
        }
    }
    if (path == NULL) {
        return STATUS_OK;
    }
    gathered->paths[gathered->count++] = path;
    source->file = arena_text(gathered->arena, base_name(path));
    return source_read(gathered, source, path, reterr);
}

static enum status documents_read(const struct probe_call *call, struct gathered *gathered,
                                  struct error *reterr)
{
    const struct profile *profile = call->subject->profile;
    const char *clause = probe_param_text(call, "clause");
    size_t most = profile->document_count * 2;

    gathered->sources = arena_array(gathered->arena, most + 1, sizeof *gathered->sources);
    gathered->paths = arena_array(gathered->arena, most + 1, sizeof *gathered->paths);
    for (size_t i = 0; i < profile->document_count; i++) {
        const struct document *document = &profile->documents[i];

        probe_progress(call, (unsigned) i, (unsigned) profile->document_count);
        if (document_serves(document, clause)) {
            TRY(path_take(gathered, document->file, reterr));
            TRY(path_take(gathered, document->vex, reterr));
        }
    }
    return STATUS_OK;
}

/* Addresses, and the names that certificates are checked against. */
static struct device_names names_of(const struct profile *profile, struct arena *arena)
{
    size_t most = profile->address_count + profile->service_count;
    const char **hosts = arena_array(arena, most + 1, sizeof *hosts);
    const char **versions = arena_array(arena, profile->firmware_count + 1, sizeof *versions);
    size_t count = 0;

    for (size_t i = 0; i < profile->address_count; i++) {
        hosts[count++] = profile->addresses[i];
    }
    for (size_t i = 0; i < profile->service_count; i++) {
        if (profile->services[i].tls_server_name != NULL) {
            hosts[count++] = profile->services[i].tls_server_name;
        }
    }
    for (size_t i = 0; i < profile->firmware_count; i++) {
        versions[i] = profile->firmware[i].version;
    }
    return (struct device_names){ .hosts = hosts,
                                  .host_count = count,
                                  .product = { .model = profile->model,
                                               .versions = versions,
                                               .version_count = profile->firmware_count } };
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct gathered gathered = { .arena = arena };
    struct device_names names;

    if (call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a profile names the reports: give --profile");
    }
    TRY(documents_read(call, &gathered, reterr));
    names = names_of(call->subject->profile, arena);
    names.grave = severity_from_word(probe_param_text(call, "grave"));
    summary_facts(gathered.sources, gathered.count, &names, call->facts);
    return STATUS_OK;
}

static const char *const grave_choices[] = { "critical", "high", "medium", "low", NULL };

static const struct param params[] = {
    { .name = "clause",
      .type = FACT_TEXT,
      .help = "Documents of the profile that are evidence for this clause are read.",
      .fallback = "\"S1.1-13\"" },
    { .name = "grave",
      .type = FACT_TEXT,
      .help = "The least severity that uncovered_grave lists.",
      .fallback = "\"high\"",
      .choices = grave_choices },
    PARAM_END,
};

static const struct fact document_columns[] = {
    { .name = "file", .type = FACT_TEXT, .help = "Name of the file." },
    { .name = "sha256", .type = FACT_TEXT, .help = "Digest of the file, lower-case hex." },
    { .name = "kind",
      .type = FACT_TEXT,
      .help = "nmap, openvas, nuclei, trivy, grype, cyclonedx or openvex, by content." },
    { .name = "tool", .type = FACT_TEXT, .help = "What made it, with its version if it says." },
    { .name = "date", .type = FACT_TEXT, .help = "When, as it says itself; may be empty." },
    { .name = "about", .type = FACT_TEXT, .help = "What was looked at, as it says itself." },
    { .name = "looked_at",
      .type = FACT_INT,
      .help = "Packages, or results of vulnerability checks, that it shows." },
    { .name = "findings", .type = FACT_INT, .help = "Findings in it, of all severities." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "A scan that came to its end, shows what it looked at and, over a network, names "
              "an address of the device." },
    { .name = "names_device",
      .type = FACT_BOOL,
      .help = "It names an address of the device or its model." },
    FACT_END,
};

static const struct fact finding_columns[] = {
    { .name = "id", .type = FACT_TEXT, .help = "CVE number, else the tool's own id." },
    { .name = "severity",
      .type = FACT_TEXT,
      .help = "critical, high, medium, low, info or unknown: the graver of CVSS score and the "
              "tool's word." },
    { .name = "score", .type = FACT_TEXT, .help = "CVSS base score; may be empty." },
    { .name = "vector", .type = FACT_TEXT, .help = "CVSS vector as given; may be empty." },
    { .name = "component", .type = FACT_TEXT, .help = "Package URL, or name and version." },
    { .name = "where", .type = FACT_TEXT, .help = "Address and port; empty for packages." },
    { .name = "source", .type = FACT_TEXT, .help = "The tool that found it." },
    { .name = "covered",
      .type = FACT_BOOL,
      .help = "A justified VEX statement covers it and none admits it." },
    { .name = "justification", .type = FACT_TEXT, .help = "State and justification; or empty." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "reports",
      .type = FACT_INT,
      .help = "Files of the clause's documents that look like reports, bills or VEX." },
    { .name = "reports_read", .type = FACT_INT, .help = "Those that were read to the end." },
    { .name = "unreadable", .type = FACT_TEXTS, .help = "File and reason, for the others." },
    { .name = "other_documents",
      .type = FACT_TEXTS,
      .help = "Files that are neither XML nor JSON: for people." },
    { .name = "documents",
      .type = FACT_ROWS,
      .columns = document_columns,
      .help = "What was read." },
    { .name = "tools", .type = FACT_TEXTS, .help = "What made the files, such as trivy 0.50." },
    { .name = "report_dates",
      .type = FACT_TEXTS,
      .help = "Dates that the files carry, as they stand; files without one add none." },
    { .name = "has_scan",
      .type = FACT_BOOL,
      .help = "One file at least is a scanner's report; a bill of materials is none." },
    { .name = "scans_complete",
      .type = FACT_INT,
      .help = "Scanner reports that came to their end and show what they looked at." },
    { .name = "scans_of_device",
      .type = FACT_INT,
      .help = "Those of them that name an address of the device or its model." },
    { .name = "incomplete", .type = FACT_TEXTS, .help = "File and reason, for other reports." },
    { .name = "findings",
      .type = FACT_ROWS,
      .columns = finding_columns,
      .help = "Uncovered and grave ones first; the first 4,000. Left out when no file was read, "
              "as are the facts after it." },
    { .name = "findings_count", .type = FACT_INT, .help = "All findings about the device." },
    { .name = "findings_covered", .type = FACT_INT, .help = "Those that a statement covers." },
    { .name = "findings_elsewhere",
      .type = FACT_INT,
      .help = "Findings at addresses that are not the device's; not counted otherwise." },
    { .name = "uncovered_grave",
      .type = FACT_TEXTS,
      .help = "Ids of uncovered findings of the severity `grave` or worse; at most 5,000." },
    { .name = "uncovered_high",
      .type = FACT_TEXTS,
      .help = "Ids of uncovered findings of severity high or critical; at most 5,000." },
    { .name = "uncovered_ids",
      .type = FACT_TEXTS,
      .help = "Ids of uncovered findings of any severity but info; at most 5,000." },
    FACT_END,
};

const struct probe probe_known_vulnerabilities = {
    .decl = {
        .name = "known_vulnerabilities",
        .summary = { .ja = "脆弱性検査の結果、SBOM、VEXを読み、既知の脆弱性を記録する",
                     .en = "Reads scanner reports, SBOMs and VEX of the profile and records known vulnerabilities" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 120000,
    },
    .run = run,
};
