/* The documents of the profile as this unit's maker has them: the reference ones, but for what a
 * defect says of the software. */
#include "camera/camera.h"
#include "support/files.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

bool camera_document_write(const struct stub *stub, const char *name, const void *data,
                           size_t length)
{
    DEFER(text_free) char *path = path_join(stub->state, name);

    if (stub_has(stub, DEFECT_KNOWN_VULNERABILITY) && strcmp(name, SCAN) == 0) {
        return scan_write(path, data, length);
    }
    return file_write(path, 0600, data, length);
}
