#include "import/read.h"
#include "base/text.h"
#include "import/formats.h"
#include "import/json.h"
#include "xml/xml.h"

#include <string.h>

struct span {
    const char *data;
    size_t length;
};

static struct span skip_blanks(struct span span)
{
    if (span.length >= 3 && memcmp(span.data, "\xef\xbb\xbf", 3) == 0) {
        span.data += 3;
        span.length -= 3;
    }
    while (span.length > 0 && memchr(" \t\r\n", span.data[0], 4) != NULL) {
        span.data++;
        span.length--;
    }
    return span;
}

bool import_looks_like_report(const void *data, size_t length)
{
    struct span span = skip_blanks((struct span){ .data = data, .length = length });

    return span.length == 0 || memchr("<{[", span.data[0], 3) != NULL;
}

static bool is_nuclei(const json_t *object)
{
    return (member_text(object, "template-id") != NULL ||
            member_text(object, "templateID") != NULL) &&
           json_is_object(json_object_get(object, "info"));
}

static enum status nuclei_lines(struct span span, struct import_report *report,
                                struct error *reterr)
{
    size_t number = 0;

    while (span.length > 0) {
        DEFER(import_json_done) json_t *object = NULL;
        const char *end = memchr(span.data, '\n', span.length);
        size_t line = end == NULL ? span.length : (size_t) (end - span.data);
        struct span rest = skip_blanks((struct span){ .data = span.data, .length = line });

        number++;
        if (rest.length > 0) {
            struct error error = { 0 };

            if (import_json_parse(rest.data, rest.length, &object, &error) != STATUS_OK ||
                !is_nuclei(object)) {
                return fail(reterr, STATUS_BAD_INPUT, "line %zu is no result of Nuclei: %s", number,
                            error.message);
            }
            TRY(nuclei_read(object, report, reterr));
        }
        line += end == NULL ? 0 : 1;
        span.data += line;
        span.length -= line;
    }
    return STATUS_OK;
}

static enum status nuclei_array(const json_t *root, struct import_report *report,
                                struct error *reterr)
{
    size_t index;
    json_t *object;

    json_array_foreach(root, index, object)
    {
        if (!is_nuclei(object)) {
            return fail(reterr, STATUS_BAD_INPUT, "element %zu is no result of Nuclei", index);
        }
        TRY(nuclei_read(object, report, reterr));
    }
    return STATUS_OK;
}

typedef enum status (*json_reader)(const json_t *root, struct import_report *report,
                                   struct error *reterr);

/* NULL: of no known kind. */
static json_reader json_recognise(const json_t *root, enum import_kind *ret_kind)
{
    const char *context = member_text(root, "@context");

    if (text_equal(member_text(root, "bomFormat"), "CycloneDX")) {
        *ret_kind = IMPORT_CYCLONEDX;
        return cyclonedx_read;
    }
    if (context != NULL && text_starts_with(context, "https://openvex.dev/ns")) {
        *ret_kind = IMPORT_OPENVEX;
        return openvex_read;
    }
    if (json_is_array(json_object_get(root, "matches")) &&
        json_is_object(json_object_get(root, "descriptor"))) {
        *ret_kind = IMPORT_GRYPE;
        return grype_read;
    }
    if (json_is_integer(json_object_get(root, "SchemaVersion")) &&
        member_text(root, "ArtifactName") != NULL) {
        *ret_kind = IMPORT_TRIVY;
        return trivy_read;
    }
    return NULL;
}

static enum status json_read(struct span span, struct arena *arena,
                             struct import_report **ret_report, struct error *reterr)
{
    DEFER(import_json_done) json_t *first = NULL;
    DEFER(import_json_done) json_t *root = NULL;
    const char *end = memchr(span.data, '\n', span.length);
    enum import_kind kind = IMPORT_NUCLEI;
    json_reader reader;

    /* JSON lines: the first line is a whole object by itself. */
    if (span.data[0] == '{' &&
        import_json_parse(span.data, end == NULL ? span.length : (size_t) (end - span.data), &first,
                          NULL) == STATUS_OK &&
        is_nuclei(first)) {
        *ret_report = import_report_new(kind, arena);
        return nuclei_lines(span, *ret_report, reterr);
    }
    TRY(import_json_parse(span.data, span.length, &root, reterr));
    if (json_is_array(root) && json_array_size(root) > 0 && is_nuclei(json_array_get(root, 0))) {
        *ret_report = import_report_new(kind, arena);
        return nuclei_array(root, *ret_report, reterr);
    }
    if (is_nuclei(root)) {
        *ret_report = import_report_new(kind, arena);
        return nuclei_read(root, *ret_report, reterr);
    }
    reader = json_recognise(root, &kind);
    if (reader == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "JSON, but no report of a known kind");
    }
    *ret_report = import_report_new(kind, arena);
    return reader(root, *ret_report, reterr);
}

static enum status xml_read(struct span span, struct arena *arena,
                            struct import_report **ret_report, struct error *reterr)
{
    char root[64];

    xml_root(span.data, span.length, root, sizeof root);
    if (text_equal(root, "nmaprun")) {
        *ret_report = import_report_new(IMPORT_NMAP, arena);
        return nmap_read(span.data, span.length, *ret_report, reterr);
    }
    if (text_equal(root, "report") || text_equal(root, "get_reports_response")) {
        *ret_report = import_report_new(IMPORT_OPENVAS, arena);
        return openvas_read(span.data, span.length, *ret_report, reterr);
    }
    return fail(reterr, STATUS_BAD_INPUT, "XML, but no report of a known kind");
}

enum status import_read(const void *data, size_t length, struct arena *arena,
                        struct import_report **ret_report, struct error *reterr)
{
    struct span span = skip_blanks((struct span){ .data = data, .length = length });

    *ret_report = NULL;
    if (length > IMPORT_FILE_MAX) {
        return fail(reterr, STATUS_LIMIT, "larger than %d bytes", IMPORT_FILE_MAX);
    }
    if (span.length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "empty, which proves nothing");
    }
    if (span.data[0] == '{' || span.data[0] == '[') {
        return json_read(span, arena, ret_report, reterr);
    }
    if (span.data[0] == '<') {
        return xml_read(span, arena, ret_report, reterr);
    }
    return fail(reterr, STATUS_BAD_INPUT, "neither XML nor JSON");
}
