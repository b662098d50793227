/* The documents of the profile as this unit's maker has them: the reference ones, but for what a
 * defect says of the software. */
#include "camera/admin.h"
#include "support/files.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAPER_MAX = 64 * 1024, SECURITY_TXT_DAYS = 180 };

static const char SCAN[] = "docs/vulnerability-scan.json";

static void json_free(json_t **value)
{
    json_decref(*value);
}

/* Defect known-vulnerability: an older copy of zlib stands beside the one that the bill of
 * materials lists, and the scan finds it. */
static bool scan_write(const char *path, const void *data, size_t length)
{
    static const char vector[] = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    static const char name[] = "zlib1g";
    static const char version[] = "1:1.2.11.dfsg-2+deb11u1";
    DEFER(json_free) json_t *scan = json_loadb(data, length, 0, NULL);
    json_t *result = json_array_get(json_object_get(scan, "Results"), 0);
    json_t *package = json_pack("{s:s, s:s}", "Name", name, "Version", version);
    json_t *finding =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:{s:s, s:f}}}", "VulnerabilityID",
                  "CVE-2022-37434", "PkgName", name, "InstalledVersion", version, "Title",
                  "zlib: heap overflow by a long extra field of a gzip header", "Severity",
                  "CRITICAL", "CVSS", "nvd", "V3Vector", vector, "V3Score", 9.8);
    bool built = json_array_append_new(json_object_get(result, "Packages"), package) == 0 &&
                 json_array_append_new(json_object_get(result, "Vulnerabilities"), finding) == 0;
    char *text = built ? json_dumps(scan, JSON_INDENT(2) | JSON_REAL_PRECISION(4)) : NULL;
    bool written = text != NULL && file_write(path, 0600, text, strlen(text));

    free(text);
    return built ? written : complain("the reference scan report has another form");
}

/* What a defect leaves out of a document, line by line, or puts there instead. */
static const struct cut {
    enum defect defect;
    const char *document;
    const char *words; /* of the line */
    const char *instead;
} cuts[] = {
    { DEFECT_POLICY_WITHOUT_ACKNOWLEDGEMENT, "docs/disclosure-policy.md", "Acknowledgement:", "" },
    { DEFECT_POLICY_WITHOUT_CONTACT, "docs/disclosure-policy.md", "Contact:", "" },
    { DEFECT_MANUAL_WITHOUT_UPDATE, "docs/manual.ja.md", "更新の手順", "" },
    { DEFECT_MANUAL_WITHOUT_VERSION, "docs/manual.ja.md", "適用されている版", "" },
    { DEFECT_UPDATE_POLICY_WITHOUT_PRIORITY, "docs/update-policy.ja.md", "優先度",
      "脆弱性の報告を受けると、次のとおり対応します。" },
    { DEFECT_UPDATE_POLICY_WITHOUT_PRIORITY, "docs/update-policy.ja.md", "（CVSS",
      "- 報告から7日以内に更新を提供する" },
    { DEFECT_UPDATE_POLICY_WITHOUT_TIMES, "docs/update-policy.ja.md", "日以内",
      "- 緊急（CVSS 9.0 以上）: できるだけ早く更新を提供する" },
    { DEFECT_UPDATE_POLICY_WITHOUT_TIMES, "docs/update-policy.ja.md", "四半期", "" },
    { DEFECT_SUPPORT_END_PAST, "docs/manual.ja.md", "提供終了日",
      "セキュリティ更新の提供終了日: 2025年3月31日" },
    { DEFECT_SUPPORT_END_MISSING, "docs/manual.ja.md", "提供終了日", "" },
    { DEFECT_MANUAL_WITHOUT_DISPOSAL, "docs/manual.ja.md", "廃棄", "" },
};

static const struct cut *cut_of(const struct stub *stub, const char *name, const char *line,
                                size_t length)
{
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        if (stub_has(stub, cuts[i].defect) && strcmp(cuts[i].document, name) == 0 &&
            memmem(line, length, cuts[i].words, strlen(cuts[i].words)) != NULL) {
            return &cuts[i];
        }
    }
    return NULL;
}

static void paper_make(const struct stub *stub, const char *name, const char *text, size_t length,
                       struct buffer *paper)
{
    const char *end = text + length;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t) (end - text));
        size_t line = (size_t) ((stop == NULL ? end : stop) - text);
        const struct cut *cut = cut_of(stub, name, text, line);

        if (cut != NULL) {
            buffer_text(paper, cut->instead);
        } else {
            buffer_append(paper, text, line);
        }
        buffer_text(paper, "\n");
        text += line + 1;
    }
}

bool camera_document_write(const struct stub *stub, const char *name, const void *data,
                           size_t length)
{
    DEFER(text_free) char *path = path_join(stub->state, name);

    if (stub_has(stub, DEFECT_KNOWN_VULNERABILITY) && strcmp(name, SCAN) == 0) {
        return scan_write(path, data, length);
    }
    if (strstr(name, ".md") != NULL) {
        DEFER(buffer_done) struct buffer paper = buffer_bounded(PAPER_MAX);

        paper_make(stub, name, data, length, &paper);
        return !paper.overflowed && file_write(path, 0600, paper.data, paper.length);
    }
    return file_write(path, 0600, data, length);
}

/* ---- what the vendor publishes; the camera gives it in the vendor's place ---- */

static struct http_answer answer_paper(struct camera *camera, const char *type, const char *text)
{
    free(camera->reply);
    camera->reply = strdup(text);
    if (camera->reply == NULL) {
        abort();
    }
    return (struct http_answer){
        .status = 200, .type = type, .body = camera->reply, .body_length = strlen(camera->reply)
    };
}

static struct http_answer policy_get(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    DEFER(text_free) char *path = path_join(camera->stub->state, "docs/disclosure-policy.md");
    DEFER(buffer_done) struct buffer paper = buffer_bounded(PAPER_MAX);

    if (stub_has(camera->stub, DEFECT_POLICY_UNPUBLISHED) || !file_read(path, &paper)) {
        return answer_error(camera, 404, "no such page");
    }
    buffer_append(&paper, "", 1);
    return answer_paper(camera, "text/markdown; charset=utf-8", (const char *) paper.data);
}

/* RFC 9116. */
static struct http_answer security_txt_get(const struct visit *visit)
{
    time_t until = time(NULL) + SECURITY_TXT_DAYS * 86400L;
    char text[512];
    char day[32];
    struct tm utc;

    if (gmtime_r(&until, &utc) == NULL ||
        strftime(day, sizeof day, "%Y-%m-%dT00:00:00Z", &utc) == 0) {
        return answer_error(visit->camera, 500, "no date");
    }
    snprintf(text, sizeof text,
             "Contact: mailto:psirt@vendor.example.invalid\nExpires: %s\n"
             "Policy: https://vendor.example.invalid/disclosure-policy\n"
             "Preferred-Languages: ja, en\n",
             day);
    return answer_paper(visit->camera, "text/plain; charset=utf-8", text);
}

static const struct route ROUTES[] = {
    ROUTE("GET", "/disclosure-policy", NEED_NOTHING, policy_get),
    ROUTE("GET", "/.well-known/security.txt", NEED_NOTHING, security_txt_get),
};

const struct route_table document_routes = { ROUTES, sizeof ROUTES / sizeof *ROUTES };

/* Another name, or none, where the model's should be. */
struct http_answer camera_page(struct camera *camera, const char *page)
{
    const char *instead = stub_has(camera->stub, DEFECT_UI_WITHOUT_MODEL) ? "カメラ" : "HC-900";
    DEFER(buffer_done) struct buffer text = buffer_bounded(PAPER_MAX);
    const char *next;

    while ((next = strstr(page, CAMERA_MODEL)) != NULL) {
        buffer_append(&text, page, (size_t) (next - page));
        buffer_text(&text, instead);
        page = next + sizeof CAMERA_MODEL - 1;
    }
    buffer_append(&text, page, strlen(page) + 1);
    return answer_paper(camera, "text/html; charset=utf-8", (const char *) text.data);
}
