/* import - reads scanner reports, bills of materials and VEX by hand: what the probe
 * known_vulnerabilities would see in them, for any device. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "import/load.h"
#include "import/read.h"
#include "import/vex.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_UNCOVERED = 1, FILES_MAX = 200, LINE_ROOM = 400 };

struct shelf {
    struct import_report *reports[FILES_MAX];
    const char *paths[FILES_MAX];
    size_t count;
};

static enum status shelf_fill(const struct arguments *arguments, struct arena *arena,
                              struct shelf *shelf, struct error *reterr)
{
    for (size_t i = 0; i < argument_positional_count(arguments); i++) {
        DEFER(bytes_done) struct bytes content = bytes_bounded(IMPORT_FILE_MAX);
        const char *path = argument_positional(arguments, i);
        struct error error = { 0 };
        enum status status = import_load(path, &content, &error);

        if (status == STATUS_OK) {
            status = import_read(content.data, content.length, arena, &shelf->reports[shelf->count],
                                 &error);
        }
        if (status != STATUS_OK) {
            return fail(reterr, status == STATUS_LIMIT ? STATUS_BAD_INPUT : status, "%s: %s", path,
                        error.message);
        }
        shelf->paths[shelf->count++] = path;
    }
    return STATUS_OK;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static json_t *finding_json(const struct import_report *report, const struct finding *finding)
{
    return json_pack(
        "{s:s, s:s?, s:s, s:s?, s:s?, s:{s:s?, s:s?, s:s?}, s:s?, s:i, s:s?, s:s?, s:s, s:b, s:s?}",
        "id", finding->id, "alias", finding->alias, "severity", severity_word(finding->severity),
        "score", finding->score, "vector", finding->vector, "component", "name",
        finding->component.name, "version", finding->component.version, "purl",
        finding->component.purl, "host", finding->host, "port", (int) finding->port, "protocol",
        finding->protocol, "title", finding->title, "source", report->tool, "covered",
        (int) finding->covered, "justification", finding->justification);
}

static int print_json(const struct shelf *shelf)
{
    json_t *files = json_array();
    json_t *findings = json_array();
    json_t *out = json_object();
    char *text;
    int wrong = 0;

    for (size_t i = 0; i < shelf->count; i++) {
        const struct import_report *report = shelf->reports[i];

        wrong |= json_array_append_new(
            files, json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:b, s:b, s:s?, s:I}", "file",
                             shelf->paths[i], "kind", import_kind_word(report->kind), "tool",
                             report->tool, "version", report->tool_version, "date", report->date,
                             "about", report->about, "scan", (int) report->is_scan, "complete",
                             (int) report->ended, "incomplete_because", report->not_ended,
                             "looked_at", (json_int_t) report->looked_at));
        for (size_t k = 0; k < report->finding_count; k++) {
            wrong |= json_array_append_new(findings, finding_json(report, &report->findings[k]));
        }
    }
    wrong |= json_object_set_new(out, "files", files);
    wrong |= json_object_set_new(out, "findings", findings);
    text = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
    if (wrong == 0 && text != NULL) {
        printf("%s\n", text);
    }
    wrong |= text == NULL ? 1 : 0;
    free(text);
    json_decref(out);
    return wrong;
}

static void print_clean(const char *text, int width)
{
    char room[LINE_ROOM];

    text_printable(text, strlen(text), room, sizeof room);
    printf("%-*s", width, room);
}

static void print_finding(const struct finding *finding)
{
    const struct component *component = &finding->component;

    printf("  %-8s ", severity_word(finding->severity));
    print_clean(finding->id, 18);
    printf(" ");
    print_clean(component->purl != NULL ? component->purl : or_empty(component->name), 1);
    if (component->purl == NULL && component->version != NULL) {
        printf(" ");
        print_clean(component->version, 1);
    }
    if (finding->host != NULL) {
        printf(" ");
        print_clean(finding->host, 1);
    }
    if (finding->port > 0) {
        printf(" %u/", finding->port);
        print_clean(or_empty(finding->protocol), 1);
    }
    if (finding->covered) {
        printf(" (");
        print_clean(finding->justification, 1);
        printf(")");
    }
    printf("\n");
}

static void print_text(const struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct import_report *report = shelf->reports[i];

        printf("%s: ", shelf->paths[i]);
        print_clean(report->tool, 1);
        if (report->tool_version != NULL) {
            printf(" ");
            print_clean(report->tool_version, 1);
        }
        printf(", %zu finding(s)", report->finding_count);
        if (report->is_scan) {
            printf(report->ended ? ", a complete scan" : ", not a complete scan: %s",
                   report->not_ended);
        }
        printf("\n");
        for (size_t k = 0; k < report->finding_count; k++) {
            print_finding(&report->findings[k]);
        }
    }
}

static bool grave_is_uncovered(const struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        for (size_t k = 0; k < shelf->reports[i]->finding_count; k++) {
            const struct finding *finding = &shelf->reports[i]->findings[k];

            if (!finding->covered && finding->severity >= SEVERITY_HIGH) {
                return true;
            }
        }
    }
    return false;
}

static int import_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct shelf *shelf = arena_alloc(arena, sizeof *shelf);
    const struct vex_product product = { .model = argument_text(arguments, "model") };
    struct error error = { 0 };

    if (shelf_fill(arguments, arena, shelf, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    vex_apply(shelf->reports, shelf->count, &product);
    if (argument_given(arguments, "json")) {
        if (print_json(shelf) != 0) {
            return exit_saying(STATUS_INTERNAL, "the findings cannot be written as JSON");
        }
    } else {
        print_text(shelf);
    }
    return grave_is_uncovered(shelf) ? EXIT_UNCOVERED : EXIT_OK;
}

static const struct option options[] = {
    { "model",
      "NAME",
      { .en = "the product's name in VEX statements", .ja = "VEXの中での製品名" },
      false },
    { "json", NULL, { .en = "one JSON object on one line", .ja = "1行のJSONで出力" }, false },
    OPTION_END,
};

const struct command command_import = {
    .name = "import",
    .summary = { .en = "reads scanner reports, SBOMs and VEX; lists what they found",
                 .ja = "脆弱性検査の結果、SBOM、VEXを読み、内容を一覧表示" },
    .positionals = "FILE...",
    .positional_least = 1,
    .positional_most = FILES_MAX,
    .options = options,
    .about = { .en = "nmap and OpenVAS XML, Nuclei, Trivy, Grype, CycloneDX and OpenVEX JSON, "
                     "known by\n"
                     "their content. VEX statements among the files are applied to all of them.\n"
                     "No profile is asked: findings at any address are listed.",
               .ja = "nmapとOpenVASのXML、Nuclei、Trivy、Grype、CycloneDX、OpenVEXのJSONを内容で判"
                     "別します。\n"
                     "VEXの記述は渡したすべてのファイルに適用します。プロファイルは見ません。" },
    .example = "  hoshitori import scan.json sbom.cdx.json vex.cdx.json --json",
    .exits = "  0 read  1 a finding of severity high or critical is not covered  64 usage\n"
             "  65 a file is no report that can be read",
    .main = import_main,
};
