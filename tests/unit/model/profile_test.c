#include "model/profile.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct profile *loaded(const char *text, struct arena *arena)
{
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_profile(text, arena, &profile, &error), STATUS_OK, "%s", error.message);
    return profile;
}

Test(profile, names_become_pointers)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct profile *profile = loaded(SAMPLE_PROFILE, arena);

    cr_expect_str_eq(profile->model, "HC-1");
    cr_expect_eq(profile->address_count, 2);
    cr_expect_eq(profile->service_count, 2);
    cr_expect_eq(profile->services[1].transport, TRANSPORT_UDP);
    cr_expect(profile->services[0].carries_assets, "true unless declared false");
    cr_expect_not(profile->services[1].carries_assets);
    cr_expect_eq(profile->liveness.service, profile_service(profile, "admin"));
    cr_expect_eq(profile->auths[0].service, &profile->services[0]);
    cr_expect_str_eq(profile->auths[0].account_of, "page");
    cr_expect_eq(profile->auths[0].lockout.after, 5);
    cr_expect_str_eq(profile->accesses[0].id, "settings@admin");
    cr_expect_str_eq(profile->accesses[0].read.method, "GET");
    cr_expect_null(profile->accesses[0].write.path);
    cr_expect_eq(profile->accesses[0].auth, &profile->auths[0]);
    cr_expect_eq(profile->limits.concurrency, 4);
    cr_expect_eq(profile->limits.login_attempts, 120);
    cr_expect_null(profile_service(profile, "nothing"));
}

#define CLOUD                                                                                      \
    "associated:\n"                                                                                \
    "  - {id: cloud, name: {ja: c, en: c}, address: \"192.0.2.9\", authorization: {by: b, date: "  \
    "2026-11-21, scope: s}, liveness: {service: api}}\n"
#define API                                                                                        \
    "  - {id: api, of: cloud, transport: tcp, port: 443, protocol: https, purpose: {ja: p, en: "   \
    "p}, reason: {ja: r, en: r}}\n"

Test(profile, associated_services_stand_behind_those_of_the_device)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *services = strstr(SAMPLE_PROFILE, "services:\n") + strlen("services:\n");
    const char *text = arena_format(arena, "%.*s" API "%s" CLOUD, (int) (services - SAMPLE_PROFILE),
                                    SAMPLE_PROFILE, services);
    const struct profile *profile = loaded(text, arena);
    const struct service *api = profile_service(profile, "api");

    cr_expect_eq(profile->service_count, 2);
    cr_expect_eq(profile->service_total, 3);
    cr_assert_eq(api, &profile->services[2]);
    cr_expect_eq(api->of, &profile->associated[0]);
    cr_expect_eq(profile->associated[0].liveness.service, api);
    cr_expect_str_eq(profile_service_address(profile, api), "192.0.2.9");
    cr_expect_str_eq(profile_service_address(profile, &profile->services[0]),
                     profile->addresses[0]);
    cr_expect_str_eq(profile_service_address(profile, NULL), profile->addresses[0]);
}

Test(profile, lower_roles_are_those_listed_behind_with_accounts_of_the_mechanism_or_its_owner)
{
    static const char *const roles[] = { "owner", "admin", "guest", "viewer" };
    struct credential owners[] = { { .role = "owner" }, { .role = "viewer" } };
    struct credential own[] = { { .role = "admin", .user = "own" } };
    struct auth auths[] = {
        { .id = "page", .account_of = "page", .credentials = owners, .credential_count = 2 },
        { .id = "broker", .account_of = "page", .credentials = own, .credential_count = 1 },
    };
    struct profile profile = { .roles = roles, .role_count = 4, .auths = auths, .auth_count = 2 };
    struct access access = { .auth = &auths[1], .role = "owner" };

    cr_expect_eq(access_lower_credential(&profile, &access, 0), &own[0]);
    cr_expect_eq(access_lower_credential(&profile, &access, 1), &owners[1]);
    cr_expect_null(access_lower_credential(&profile, &access, 2));
    access.role = "viewer";
    cr_expect_null(access_lower_credential(&profile, &access, 0));
    access.auth = NULL;
    cr_expect_null(access_lower_credential(&profile, &access, 0));
}

#define WITH_CHANGE                                                                                \
    SAMPLE_PRODUCT SAMPLE_REACH SAMPLE_SERVICES                                                    \
        "roles: [admin]\n"                                                                         \
        "auth:\n"                                                                                  \
        "  - {id: page, kind: password, service: admin, scheme: basic, path: /, change: "

Test(profile, how_a_password_is_changed_is_read)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct profile *profile =
        loaded(WITH_CHANGE "{request: {method: PUT, path: /p, json: {new: \"${new}\"}}, success: "
                           "{status: 204}, role: admin, documented: manual, csrf: {path: /s, "
                           "field: token}, password: {length: 16, symbols: \"\"}}}\n",
               arena);
    const struct change *change = &profile->auths[0].change;

    cr_expect_str_eq(change->request.method, "PUT");
    cr_expect_str_eq(change->request.path, "/p");
    cr_expect_not_null(change->request.json);
    cr_expect_eq(change->success_status, 204);
    cr_expect_str_eq(change->role, "admin");
    cr_expect_str_eq(change->documented, "manual");
    cr_expect_not(change->forbidden);
    cr_expect_str_eq(change->csrf.path, "/s");
    cr_expect_str_eq(change->csrf.place.field, "token");
    cr_expect_null(change->csrf.send_header);
    cr_expect_null(profile->auths[0].csrf.path);
    cr_expect_eq(change->length, 16);
    cr_expect_str_eq(change->symbols, "");
}

#define WITH_TOKEN(CHANGE)                                                                         \
    WITH_CHANGE CHANGE                                                                             \
        ", login: {request: {method: POST, path: /l}, success: {status: 200}, failure: {status: "  \
        "401}, csrf: {path: /t, json: /guard/csrf, send_header: X-T}}}\n"

Test(profile, a_change_repeats_the_token_of_the_log_in_unless_it_has_its_own)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct profile *profile = loaded(WITH_TOKEN("{request: {path: /p}}"), arena);
    const struct csrf *csrf = &profile->auths[0].change.csrf;

    cr_expect_str_eq(csrf->path, "/t");
    cr_expect_str_eq(csrf->place.json, "/guard/csrf");
    cr_expect_str_eq(csrf->send_header, "X-T");
    profile = loaded(WITH_TOKEN("{request: {path: /p}, csrf: {path: /s, cookie: c}}"), arena);
    csrf = &profile->auths[0].change.csrf;
    cr_expect_str_eq(csrf->path, "/s");
    cr_expect_str_eq(csrf->place.cookie, "c");
    cr_expect_null(csrf->place.json);
    cr_expect_null(csrf->send_header);
    cr_expect_str_eq(profile->auths[0].csrf.path, "/t");
}

struct refusal {
    const char *text;
    const char *message;
};

#define AFTER_REACH SAMPLE_PRODUCT SAMPLE_REACH
#define WITH_SERVICES AFTER_REACH "services:\n"

#define AFTER_MQTT                                                                                 \
    WITH_SERVICES SAMPLE_ADMIN                                                                     \
        "  - {id: broker, transport: tcp, port: 1883, protocol: mqtt, purpose: p, reason: r}\n"    \
        "assets: [{id: settings, kind: communication-setting}]\n"                                  \
        "access:\n  - {id: b, asset: settings, service: broker, auth: none, "

static const struct refusal refusals[] = {
    { "[]", "profile.yaml:1:1: a profile must be a mapping" },
    { SAMPLE_PROFILE "colour: red\n", "profile.yaml:14:1: unknown key 'colour' in a profile" },
    { SAMPLE_PROFILE "role: [a]\n",
      "profile.yaml:14:1: unknown key 'role'; did you mean 'roles'?" },
    { SAMPLE_PROFILE "roles: [a]\n", "profile.yaml:14:1: 'roles' is given twice" },
    { WITH_SERVICES SAMPLE_ADMIN API,
      "profile.yaml:6:19: no associated service is declared with the id 'cloud'" },
    { WITH_SERVICES SAMPLE_ADMIN CLOUD,
      "profile.yaml:7:133: 'api' is no service of the associated service 'cloud'" },
    { WITH_CHANGE "{request: {path: p}}}\n", "profile.yaml:9:97: a path begins with '/'" },
    { WITH_CHANGE "{role: owner}}\n", "profile.yaml:9:87: not among the declared roles: 'owner'" },
    { WITH_CHANGE "{csrf: {field: t}}}\n", "profile.yaml:9:87: 'path' is missing in csrf" },
    { WITH_CHANGE "{csrf: {path: s, field: t}}}\n", "profile.yaml:9:94: a path begins with '/'" },
    { WITH_CHANGE "{csrf: {path: /s}}}\n",
      "profile.yaml:9:87: name one place where the value stands" },
    { WITH_CHANGE "{csrf: {path: /s, field: t, cookie: t}}}\n",
      "profile.yaml:9:87: name one place where the value stands" },
    { WITH_CHANGE "{csrf: {path: /s, json: t}}}\n",
      "profile.yaml:9:87: a JSON pointer begins with '/'" },
    { WITH_CHANGE "{password: {length: 7}}}\n",
      "profile.yaml:9:100: 'length' must be a number from 8 to 64" },
    { SAMPLE_PRODUCT SAMPLE_SERVICES, "profile.yaml:1:1: 'reach' is missing in a profile" },
    { "hoshitori: profile/2\n", "profile.yaml:1:12: 'hoshitori' must be profile/1" },
    { WITH_SERVICES
      "  - {id: admin, transport: tcp, port: 0, protocol: http, purpose: x, reason: y}\n",
      "profile.yaml:5:39: 'port' must be a number from 1 to 65535" },
    { WITH_SERVICES
      "  - {id: admin, transport: tcp, port: 65536, protocol: http, purpose: x, reason: y}\n",
      "profile.yaml:5:39: 'port' must be a number from 1 to 65535" },
    { WITH_SERVICES
      "  - {id: admin, transport: tcp, port: \"80\", protocol: http, purpose: x, reason: y}\n",
      "profile.yaml:5:39: 'port' must be a number from 1 to 65535" },
    { WITH_SERVICES
      "  - {id: admin, transport: sctp, port: 80, protocol: http, purpose: x, reason: y}\n",
      "profile.yaml:5:28: 'transport' must be tcp or udp" },
    { WITH_SERVICES
      "  - {id: admin, transport: tcp, port: 80, protocol: http, purpose: x, reason: }\n",
      "profile.yaml:5:79: 'reason' must be a text, or texts under 'ja' and 'en'" },
    { WITH_SERVICES
      "  - {id: admin, transport: tcp, port: 80, protocol: http, purpose: x, reason: \" \"}\n",
      "profile.yaml:5:79: 'reason' must be a text, or texts under 'ja' and 'en'" },
    { WITH_SERVICES "  - {id: admin, transport: tcp, port: 80, protocol: http, purpose: x, "
                    "reason: {ja: \"\u3000\", en: y}}\n",
      "profile.yaml:5:84: 'ja' must be a text, not empty" },
    { WITH_SERVICES SAMPLE_ADMIN SAMPLE_ADMIN,
      "profile.yaml:6:10: there is another service 'admin'" },
    { WITH_SERVICES SAMPLE_ADMIN
      "  - {id: b, transport: tcp, port: 443, protocol: http, purpose: x, reason: y}\n",
      "profile.yaml:6:5: port 443 is declared twice" },
    { SAMPLE_PRODUCT
      "reach: {addresses: [camera.local], liveness: {service: admin}}\nservices:\n" SAMPLE_ADMIN,
      "profile.yaml:3:21: an address must be numeric" },
    { SAMPLE_PRODUCT "reach: {addresses: [], liveness: {service: admin}}\nservices:\n" SAMPLE_ADMIN,
      "profile.yaml:3:20: 'addresses' must be a list, not empty" },
    { SAMPLE_PRODUCT
      "reach: {addresses: [\"::1\"], liveness: {service: web}}\nservices:\n" SAMPLE_ADMIN,
      "profile.yaml:3:49: no service is declared with the id 'web'" },
    { SAMPLE_PROFILE
      "  - {asset: video, service: admin, auth: page, role: owner, read: {path: /v}}\n",
      "profile.yaml:14:13: no asset is declared with the id 'video'" },
    { SAMPLE_PROFILE
      "  - {asset: settings, service: admin, auth: page, role: owner, read: {path: /v}}\n",
      "profile.yaml:14:5: there is another access path 'settings@admin'; give this one an 'id'" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: pin, role: owner, read: {path: /v}}\n",
      "profile.yaml:14:52: no mechanism is declared with the id 'pin'" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: page, role: guest, read: {path: /v}}\n",
      "profile.yaml:14:64: not among the declared roles: 'guest'" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: page, read: {path: /v}}\n",
      "profile.yaml:14:5: 'role' is missing in an access path with a mechanism" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: none}\n",
      "profile.yaml:14:5: an access path needs 'read' or 'write'" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: none, read: {path: v}}\n",
      "profile.yaml:14:71: a path begins with '/'" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: none, read: {topic: a/b}}\n",
      "profile.yaml:14:64: this needs 'path', and no 'topic'" },
    { AFTER_MQTT "read: {path: /a}}\n",
      "profile.yaml:9:65: over MQTT this needs 'topic', and no 'path'" },
    { AFTER_MQTT "write: {topic: \"a/+\"}}\n", "profile.yaml:9:74: not a topic" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: none, read: {path: /v, "
                     "method: \"G T\"}}\n",
      "profile.yaml:14:83: not an HTTP method" },
    { SAMPLE_PROFILE "not_applicable: [{clause: S1.1-04, reason: \"\"}]\n",
      "profile.yaml:14:44: 'reason' must be a text, or texts under 'ja' and 'en'" },
    { SAMPLE_PROFILE "not_applicable: [{clause: S1.1-04}]\n",
      "profile.yaml:14:18: 'reason' is missing in not_applicable" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: none, write: {method: PUT, path: /v, "
      "json: {size: 1.5}}}\n",
      "profile.yaml:14:102: fractions are not accepted; write it in quotes if it is a text" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: none, write: {method: PUT, path: /v, "
      "json: {size: ~}}}\n",
      "profile.yaml:14:102: a value is missing here" },
    { SAMPLE_PROFILE
      "  - {id: b, asset: settings, service: admin, auth: none, write: {method: PUT, path: /v, "
      "json: {a: 1, a: 2}}}\n",
      "profile.yaml:14:102: 'a' is given twice" },
    { SAMPLE_PROFILE "limits: {login_attempts: 0}\n",
      "profile.yaml:14:26: 'login_attempts' must be a number from 1 to 2000" },
    { SAMPLE_PROFILE "limits: {fragile: \"true\"}\n",
      "profile.yaml:14:19: 'fragile' must be true or false" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: none, read: {path: /v}, "
                     "value: {json: /a, field: b}}\n",
      "profile.yaml:14:83: name one place where the value stands" },
    { SAMPLE_PROFILE "  - {id: b, asset: settings, service: admin, auth: none, read: {path: /v}, "
                     "value: {json: a}}\n",
      "profile.yaml:14:83: a JSON pointer begins with '/'" },
    { SAMPLE_PROFILE "documents: [{id: a, clause: S1.1-05}]\n",
      "profile.yaml:14:13: document 'a' needs 'url' or 'file'" },
};

Test(profile, refuses_in_exact_words)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct profile *profile = NULL;
        struct error error = { .status = STATUS_OK };

        cr_expect_eq(sample_profile(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT,
                     "case %zu", i);
        cr_expect_str_eq(error.message, refusals[i].message, "case %zu: '%s'", i, error.message);
        cr_expect_null(profile);
    }
}

Test(profile, free_values_keep_their_types)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct profile *profile =
        loaded(SAMPLE_PROFILE
               "  - {id: b, asset: settings, service: admin, auth: none, write: {method: PUT, "
               "path: /v, json: {n: 7, t: \"7\", v: 1.4.2, b: true, l: [1, a], d: 2026-11-21}}}\n",
               arena);
    json_t *wanted = json_pack("{s:i, s:s, s:s, s:b, s:[i, s], s:s}", "n", 7, "t", "7", "v",
                               "1.4.2", "b", 1, "l", 1, "a", "d", "2026-11-21");

    cr_expect(json_equal(profile->accesses[profile->access_count - 1].write.json, wanted));
    json_decref(wanted);
}

struct folder {
    char path[64];
};

static void put_file(const struct folder *folder, const char *name, const char *text, mode_t mode)
{
    char path[128];
    int fd;

    (void) snprintf(path, sizeof path, "%s/%s", folder->path, name);
    fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    (void) close(fd);
}

static void folder_done(struct folder *folder)
{
    DIR *listing = opendir(folder->path);
    struct dirent *entry;

    cr_assert_not_null(listing);
    while ((entry = readdir(listing)) != NULL) {
        (void) unlinkat(dirfd(listing), entry->d_name, 0);
    }
    (void) closedir(listing);
    cr_expect_eq(rmdir(folder->path), 0);
}

#define WITH_SECRET                                                                                \
    SAMPLE_PRODUCT SAMPLE_REACH SAMPLE_SERVICES                                                    \
        "roles: [owner]\n"                                                                         \
        "auth:\n"                                                                                  \
        "  - {id: page, kind: password, service: admin, scheme: basic, path: /,\n"                 \
        "     credentials: [{role: owner, user: owner, secret_file: owner.password}]}\n"

static enum status load_with_secret(const struct folder *folder, struct arena *arena,
                                    struct profile **ret_profile, struct error *reterr)
{
    char path[128];

    (void) snprintf(path, sizeof path, "%s/profile.yaml", folder->path);
    put_file(folder, "profile.yaml", WITH_SECRET, 0644);
    return profile_load(path, arena, ret_profile, reterr);
}

Test(profile, secrets_are_read_from_beside_the_profile)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(folder_done) struct folder folder = { "/tmp/hoshitori-profile-XXXXXX" };
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };
    const struct credential *credential;

    cr_assert_not_null(mkdtemp(folder.path));
    put_file(&folder, "owner.password", "hunter2\n", 0600);
    cr_assert_eq(load_with_secret(&folder, arena, &profile, &error), STATUS_OK, "%s",
                 error.message);
    credential = auth_credential(&profile->auths[0], "owner");
    cr_assert_not_null(credential);
    cr_expect_str_eq(secret_reveal(&credential->secret), "hunter2");
    profile_done(profile);
    cr_expect_str_eq(secret_reveal(&credential->secret), "");
}

Test(profile, a_secret_that_others_may_read_is_refused)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(folder_done) struct folder folder = { "/tmp/hoshitori-profile-XXXXXX" };
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(mkdtemp(folder.path));
    put_file(&folder, "owner.password", "hunter2\n", 0644);
    cr_expect_eq(load_with_secret(&folder, arena, &profile, &error), STATUS_BAD_INPUT);
    cr_expect(strstr(error.message, "profile.yaml:10:60: ") != NULL, "%s", error.message);
    cr_expect(strstr(error.message, "others may open it") != NULL, "%s", error.message);
    cr_expect_null(strstr(error.message, "hunter2"));
    cr_expect_null(profile);
}

Test(profile, a_secret_too_long_to_be_looked_for_is_refused)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(folder_done) struct folder folder = { "/tmp/hoshitori-profile-XXXXXX" };
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };
    char secret[SECRET_TEXT_MAX + 2];

    memset(secret, 'a', sizeof secret);
    secret[sizeof secret - 1] = '\0';
    cr_assert_not_null(mkdtemp(folder.path));
    put_file(&folder, "owner.password", secret, 0600);
    cr_expect_eq(load_with_secret(&folder, arena, &profile, &error), STATUS_BAD_INPUT);
    cr_expect_not_null(strstr(error.message, "more than 4095 bytes"), "%s", error.message);
    cr_expect_null(profile);
}

Test(profile, a_missing_secret_is_refused)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(folder_done) struct folder folder = { "/tmp/hoshitori-profile-XXXXXX" };
    struct profile *profile = NULL;

    cr_assert_not_null(mkdtemp(folder.path));
    cr_expect_eq(load_with_secret(&folder, arena, &profile, NULL), STATUS_BAD_INPUT);
}

Test(profile, private_addresses_are_told_apart)
{
    static const char *const ours[] = {
        "127.0.0.1",      "127.255.0.1",  "10.1.2.3",    "172.16.0.1",
        "172.31.255.255", "192.168.0.1",  "169.254.1.1", "::1",
        "fe80::1",        "fe80::1%eth0", "fd00::1",     "fc00::1",
        "::ffff:10.0.0.1"
    };
    static const char *const others[] = {
        "8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "2001:db8::1",
        "::",      "0.0.0.0",    "fec0::1",    "100.64.0.1",  "::ffff:8.8.8.8",
        "",        "localhost",  "127.1",      "10.0.0.1%lo", "fe80::1%"
    };

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        cr_expect(address_is_private(ours[i]), "%s", ours[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect_not(address_is_private(others[i]), "%s", others[i]);
    }
}
