#include "engine/host.h"

#include "channel/capture.h"
#include "channel/versions.h"
#include "engine/sandbox.h"
#include "evidence/container_write.h"
#include "evidence/json_make.h"
#include "model/node.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>

enum { LINE_SIZE = 256 };

/* The rest of the first line that begins so, without quotes; "" when there is none. */
static void line_of(const char *path, const char *beginning, char room[LINE_SIZE])
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");

    room[0] = '\0';
    while (file != NULL && room[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        if (text_starts_with(line, beginning)) {
            const char *from = line + strlen(beginning);

            from += strspn(from, "\"");
            text_printable(from, strcspn(from, "\"\n"), room, LINE_SIZE);
        }
    }
    if (file != NULL) {
        (void) fclose(file);
    }
}

static json_t *clock_json(void)
{
    struct timex now = { 0 };
    int state = adjtimex(&now);
    json_t *json =
        json_made(json_pack("{s:b}", "synchronised", (int) (state >= 0 && state != TIME_ERROR)));
    char source[LINE_SIZE];

    line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource", "", source);
    if (source[0] != '\0') {
        json_put(json, "source", json_string(source));
    }
    return json;
}

static json_t *capture_json(const struct profile *profile)
{
    struct capture *capture = NULL;
    struct error error = { 0 };
    bool permitted = capture_open(profile->addresses[0], &capture, &error) == STATUS_OK;
    json_t *json = json_made(json_pack("{s:b}", "permitted", (int) permitted));

    capture_free(capture);
    if (!permitted) {
        json_put(json, "reason", json_string(error.message));
    }
    return json;
}

static json_t *libraries_json(void)
{
    const struct scmp_version *seccomp = seccomp_version();
    json_t *json =
        json_made(json_pack("{s:s, s:s, s:s}", "jansson", jansson_version_str(), "libyaml",
                            node_yaml_version(), "zlib", container_zlib_version()));

    if (seccomp != NULL) {
        json_put(json, "libseccomp",
                 json_sprintf("%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro));
    }
    versions_add(json);
    return json;
}

json_t *host_json(const struct profile *profile)
{
    struct utsname machine = { 0 };
    char distribution[LINE_SIZE];
    json_t *json;

    (void) uname(&machine);
    line_of("/etc/os-release", "PRETTY_NAME=", distribution);
    json = json_made(json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o}", "system",
                               machine.sysname, "release", machine.release, "version",
                               machine.version, "machine", machine.machine, "clock", clock_json(),
                               "capture", capture_json(profile), "seccomp",
                               (int) sandbox_has_seccomp(), "libraries", libraries_json()));
    if (distribution[0] != '\0') {
        json_put(json, "distribution", json_string(distribution));
    }
    return json;
}
