/* The profile that fits this unit: the reference profile's text with this unit's facts in it. */
#include "camera/camera.h"
#include "client/client.h"
#include "support/embedded.h"
#include "support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROFILE_MAX = 64 * 1024, FACTS_MAX = 32, FACT_SIZE = 1024 };

/* Where the camera has no default password. */
static const char FIRST_USE[] =
    "default:\n"
    "      policy: set-at-first-use\n"
    "      user: admin\n"
    "      first_use:\n"
    "        waiting: {request: {path: /api/setup}, contains: '\"first_use\":true'}\n"
    "        set:\n"
    "          request: {method: POST, path: /api/setup, json: {password: \"${password}\"}}\n"
    "          accepted: 204\n"
    "          refused: 422\n"
    "        reset: {method: POST, path: /api/reset}";

static const char TEMPLATE[] = "reference-camera/profile.yaml";

/* The second unit of the reference profile: --seed 1 has this one for its neighbour. */
static const char SIBLING_MAC[] = "02:00:5e:f1:d3:10";

/* One text of the reference profile, and what stands there for this unit. */
struct fact {
    const char *from;
    bool used;
    char to[FACT_SIZE];
};

static const struct embedded *embedded_find(const char *name)
{
    const struct embedded *file = embedded_files;

    while (file->name != NULL && strcmp(file->name, name) != 0) {
        file++;
    }
    return file->name == NULL ? NULL : file;
}

/* The address to reach a socket bound to "any". */
static const char *address_of(const struct stub *stub)
{
    const char *bind = stub->options.bind;

    if (strcmp(bind, "0.0.0.0") == 0) {
        return "127.0.0.1";
    }
    return strcmp(bind, "::") == 0 ? "::1" : bind;
}

/* A camera with an update server calls it, and can be made to. */
static size_t update_facts_fill(const struct stub *stub, struct fact *facts)
{
    char host[CLIENT_HOST_SIZE] = "";
    uint16_t ports[2] = { 443, 0 };
    size_t count = 0;

    if (stub->options.update_server == NULL ||
        client_place_read(stub->options.update_server + strlen("https://"), host, sizeof host,
                          ports) == 0) {
        return 0;
    }
    facts[count].from = "  # With --update-server: what the camera asks there.\n";
    snprintf(facts[count++].to, FACT_SIZE,
             "  server:\n"
             "    client: update\n"
             "    manifest: {path: /hc100/latest.json, json: {version: \"${version}\", url: "
             "\"${url}\", sha256: \"${sha256}\"}}\n"
             "    image_path: /hc100/image.img\n"
             "\n"
             "clients:\n"
             "  - id: update\n"
             "    host: %s\n"
             "    port: %u\n"
             "    protocol: https\n"
             "    purpose: {ja: ソフトウェアの更新, en: software updates}\n",
             host, ports[0]);
    if (stub->options.bench) {
        facts[count].from = "  settle_s: 5";
        snprintf(facts[count++].to, FACT_SIZE,
                 "  check_update: {request: {method: POST, path: /api/update/check}, auth: "
                 "admin-login, role: admin, refused: [409]}\n"
                 "  client_start: {command: [\"tools/lever\", client-start], within_s: 10}\n"
                 "  client_stop: {command: [\"tools/lever\", client-stop], within_s: 10}\n"
                 "  settle_s: 5");
    }
    return count;
}

static size_t facts_fill(const struct stub *stub, const struct camera *camera, struct fact *facts)
{
    const struct lockout *lockout = &stub->options.lockout;
    const char *froms[] = { "port: 18400", "port: 18401", "port: 18402" };
    size_t count = 0;

    for (size_t i = 0; i < sizeof froms / sizeof *froms; i++) {
        facts[count].from = froms[i];
        snprintf(facts[count++].to, FACT_SIZE, "port: %u", stub->ports[i]);
    }
    facts[count].from = "https://127.0.0.1:18400/";
    snprintf(facts[count++].to, FACT_SIZE,
             strchr(address_of(stub), ':') != NULL ? "https://[%s]:%u/" : "https://%s:%u/",
             address_of(stub), stub->ports[SERVICE_ADMIN]);
    facts[count].from = "[\"127.0.0.1\"]";
    snprintf(facts[count++].to, FACT_SIZE, "[\"%s\"]", address_of(stub));
    facts[count].from = "02:00:5e:ec:04:6f";
    snprintf(facts[count++].to, FACT_SIZE, "%s", camera->mac);
    facts[count].from = SIBLING_MAC;
    snprintf(facts[count++].to, FACT_SIZE, "%s", unit_sibling(camera).mac);
    facts[count].from = "after: 10, delay_s: 1, growth: doubling, max_s: 3600";
    snprintf(facts[count++].to, FACT_SIZE, "after: %u, delay_s: %u, growth: doubling, max_s: %u",
             lockout->after, lockout->delay_s, lockout->delay_max_s);
    facts[count].from = "default: {policy: unique-per-unit, user: admin, password: label}";
    snprintf(facts[count].to, FACT_SIZE, "%s",
             stub->options.first_use ? FIRST_USE : facts[count].from);
    count++;
    facts[count].from = "logout: {method: POST, path: /api/logout}";
    snprintf(facts[count].to, FACT_SIZE, "%s", facts[count].from);
    if (stub->options.session_lifetime_told) {
        snprintf(facts[count].to, FACT_SIZE, "%s\n    session_lifetime_s: %u", facts[count].from,
                 stub->options.session_lifetime_s);
    }
    count++;
    return count + update_facts_fill(stub, facts + count);
}

static bool starts_path(const char *at, const char *end)
{
    static const char *const folders[] = { "\"secrets/", "\"certs/", "\"docs/", "\"firmware/",
                                           "\"tools/" };

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if ((size_t) (end - at) >= length && memcmp(at, folders[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* Where the section of the bench's levers ends, when `at` stands at its beginning. */
static const char *levers_skip(const char *at, const char *begin, const char *end)
{
    static const char head[] = "\ncontrol:\n";
    const char *next = at;

    if (at == begin || (size_t) (end - at) < sizeof head ||
        memcmp(at, head, sizeof head - 1) != 0) {
        return at;
    }
    do {
        next = memchr(next + 1, '\n', (size_t) (end - next - 1));
    } while (next != NULL && next + 1 < end && next[1] == ' ');
    return next == NULL ? end : next + 1;
}

/* `prefix` goes before every path; empty where the profile stands in the state directory.  False
 * when the reference profile lacks a text that a fact should replace: it would then not fit. */
static bool profile_make(const struct embedded *file, bool bench, struct fact *facts,
                         size_t fact_count, const char *prefix, struct buffer *profile)
{
    const char *at = (const char *) file->data;
    const char *end = at + file->length;

    while (at < end) {
        size_t used = 1;
        at = bench ? at : levers_skip(at, (const char *) file->data, end);
        if (starts_path(at, end)) {
            buffer_format(profile, "\"%s", prefix);
            at++;
            continue;
        }
        struct fact *found = NULL;
        for (size_t i = 0; i < fact_count && found == NULL; i++) {
            size_t length = strlen(facts[i].from);
            if ((size_t) (end - at) >= length && memcmp(at, facts[i].from, length) == 0) {
                found = &facts[i];
                used = length;
            }
        }
        if (found != NULL) {
            found->used = true;
            buffer_text(profile, found->to);
        } else {
            buffer_append(profile, at, 1);
        }
        at += used;
    }
    for (size_t i = 0; i < fact_count; i++) {
        if (!facts[i].used) {
            return complain("the reference profile lacks '%s'", facts[i].from);
        }
    }
    return !profile->overflowed;
}

static bool secrets_write(const struct stub *stub, const struct camera *camera)
{
    const struct account *admin = &camera->accounts.all[0];
    const struct account *viewer = &camera->accounts.all[1];
    const struct label sibling = unit_sibling(camera);
    const struct {
        const char *name;
        const char *text;
    } secrets[] = {
        { "secrets/a.serial", camera->serial },
        { "secrets/a.password", account_default(admin) },
        { "secrets/b.serial", sibling.serial },
        { "secrets/b.password", sibling.password },
        { "secrets/admin.password", account_password(admin) },
        { "secrets/viewer.password", account_password(viewer) },
    };
    DEFER(text_free) char *folder = path_join(stub->state, "secrets");

    if (!directory_make(folder)) {
        return false;
    }
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (!file_write_text(stub->state, secrets[i].name, 0600, secrets[i].text)) {
            return false;
        }
    }
    return true;
}

static bool documents_write(const struct stub *stub)
{
    static const char folder[] = "reference-camera/";
    DEFER(text_free) char *docs = path_join(stub->state, "docs");

    if (!directory_make(docs)) {
        return false;
    }
    for (const struct embedded *file = embedded_files; file->name != NULL; file++) {
        const char *name = file->name + sizeof folder - 1;
        if (strncmp(file->name, folder, sizeof folder - 1) != 0 || strncmp(name, "docs/", 5) != 0) {
            continue;
        }
        if (!camera_document_write(stub, name, file->data, file->length)) {
            return false;
        }
    }
    return true;
}

char *camera_profile_write(const struct stub *stub, const void *device)
{
    const struct embedded *file = embedded_find(TEMPLATE);
    const char *out = stub->options.profile_out;
    struct fact facts[FACTS_MAX] = { 0 };
    DEFER(buffer_done) struct buffer profile = buffer_bounded(PROFILE_MAX);
    DEFER(text_free) char *inside = path_join(stub->state, "profile.yaml");
    DEFER(text_free) char *prefix = path_join(stub->state, "");

    if (file == NULL || (out != NULL && strpbrk(prefix, "\"\\") != NULL)) {
        complain("%s: the profile cannot name this directory", stub->state);
        return NULL;
    }
    size_t count = facts_fill(stub, device, facts);
    const char *path = out == NULL ? inside : out;
    if (!profile_make(file, stub->options.bench, facts, count, out == NULL ? "" : prefix,
                      &profile) ||
        !secrets_write(stub, device) || !documents_write(stub) ||
        !file_write(path, 0600, profile.data, profile.length)) {
        return NULL;
    }
    return realpath(path, NULL);
}
