#include "derive.h"

#include "support/mock_http.h"
#include "support/probe_run.h"

#include "probe/data.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct probe probe_unit_defaults;

static const struct identity unit = {
    .mac = "02:00:5e:ec:04:6f",
    .serial = "HC90A1B2C3D4",
    .ssid = "camera-setup-7742",
    .model = "HC-100",
    .vendor = "Example Electric",
};

static const char *rule_of(const char *password)
{
    static char rule[DERIVE_RULE_SIZE];

    cr_assert_eq(derive_rule(&unit, password, rule, NULL), STATUS_OK);
    return rule;
}

/* Digests by md5sum, sha1sum, sha256sum and openssl base64 of what the comments say. */
Test(derive, what_follows_from_the_outside)
{
    static const struct {
        const char *password;
        const char *rule;
    } cases[] = {
        { "5eec046f", "part of the MAC address" },
        { "5E:EC:04:6F", "part of the MAC address" },
        { "ec046f", "part of the MAC address" },
        { "cam-ec046f", "part of the MAC address" },
        { "f640cee5", "part of the MAC address" }, /* backwards */
        { "5eec0470", "part of the MAC address" }, /* the next address */
        { "15467631", "part of the MAC address" }, /* ec046f in decimal */
        { "a1b2c3d4", "part of the serial number" },
        { "pw-A1B2C3D4", "part of the serial number" },
        { "4d3c2b1a", "part of the serial number" },
        { "setup-7742", "part of the network's name" },
        { "hc-100", "part of the model number" },
        { "Electric", "part of the vendor's name" },
        { "55930b26994d", "MD5 of the MAC address" },     /* 02:00:5e:ec:04:6f */
        { "74f14b2d", "SHA-1 of the MAC address" },       /* 02005EEC046F */
        { "393c61f651", "SHA-256 of the serial number" }, /* HC90A1B2C3D4 and a line end */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_str_eq(rule_of(cases[i].password), cases[i].rule, "%s: '%s'", cases[i].password,
                         rule_of(cases[i].password));
    }
}

Test(derive, what_does_not)
{
    static const char *const passwords[] = { "k7PqMw2ZtX9a",  "83927461", "0418", "b41d77c9",
                                             "orchid-kettle", "774x",     "H",    "" };

    for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
        cr_expect_str_eq(rule_of(passwords[i]), "", "%s: '%s'", passwords[i],
                         rule_of(passwords[i]));
    }
}

Test(derive, chance_seldom_looks_like_a_rule)
{
    static const char *const alphabets[] = { "0123456789", "0123456789abcdef",
                                             "abcdefghijkmnpqrstuvwxyz23456789" };
    uint64_t state = 20261121;

    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++) {
        unsigned found = 0;

        for (unsigned round = 0; round < 300; round++) {
            char password[11] = "";

            for (size_t j = 0; j < sizeof password - 1; j++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                password[j] = alphabets[i][(state >> 33) % strlen(alphabets[i])];
            }
            found += rule_of(password)[0] != '\0';
        }
        cr_expect_leq(found, 1, "%s: %u of 300", alphabets[i], found);
    }
}

Test(derive, how_two_defaults_are_related)
{
    static const struct {
        const char *a;
        const char *b;
        enum relation relation;
    } cases[] = {
        { "k7PqMw2ZtX9a", "k7PqMw2ZtX9a", RELATION_SAME },
        { "ABCDEF", "abcdef", RELATION_SAME },
        { "10000001", "10000002", RELATION_SEQUENTIAL },
        { "09999", "10003", RELATION_SEQUENTIAL },
        { "cam-00af", "cam-00b0", RELATION_SEQUENTIAL },
        { "cam-0017-x", "cam-0018-x", RELATION_SEQUENTIAL },
        { "HC100kq", "HC100zx", RELATION_ALIKE },
        { "factory-k7Pq", "factory-Zt9a", RELATION_ALIKE },
        { "k7PqMw2ZtX9a", "w4TzRb8NcY3d", RELATION_NONE },
        { "12345678", "87654321", RELATION_NONE },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(derive_relation(cases[i].a, cases[i].b), cases[i].relation, "case %zu", i);
        cr_expect_eq(derive_relation(cases[i].b, cases[i].a), cases[i].relation, "case %zu", i);
    }
    cr_expect_eq(derive_classes(""), 0);
    cr_expect_eq(derive_classes("aA1."), 4);
    cr_expect_eq(derive_classes("abc123"), 2);
}

Test(derive, recorded_labels_follow_from_nothing)
{
    FILE *recording = fopen(FIXTURES "labels.tsv", "rbe");
    char passwords[3][64];
    char mac[32];
    char serial[32];
    char rule[DERIVE_RULE_SIZE];
    size_t count = 0;

    cr_assert_not_null(recording);
    while (count < 3 && fscanf(recording, "%31s %31s %63s", mac, serial, passwords[count]) == 3) {
        const struct identity one = { .mac = mac, .serial = serial, .model = "HC-100" };

        cr_assert_eq(derive_rule(&one, passwords[count], rule, NULL), STATUS_OK);
        cr_expect_str_eq(rule, "");
        for (size_t i = 0; i < count; i++) {
            cr_expect_eq(derive_relation(passwords[i], passwords[count]), RELATION_NONE);
        }
        count++;
    }
    (void) fclose(recording);
    cr_expect_eq(count, 3);
}

static void secret_file(char *path, const char *folder, const char *name, const char *text)
{
    int fd;

    (void) snprintf(path, 128, "%.64s/%.32s", folder, name);
    fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    (void) close(fd);
}

Test(derive, facts_hold_labels_and_never_a_password)
{
    char folder[] = "/tmp/hoshitori-units-XXXXXX";
    char first[128];
    char second[128];
    struct unit units[] = { { .id = "a", .mac = "02:00:5e:ec:04:6f" },
                            { .id = "b" },
                            { .id = "c" } };
    struct auth auth = { .id = "x", .scheme = "form", .default_user = "admin" };
    struct profile profile = { .model = "HC-100", .units = units, .unit_count = 3 };
    struct subject subject = { .profile = &profile, .auth = &auth };
    struct probe_run run;
    char *text;

    cr_assert_not_null(mkdtemp(folder));
    secret_file(first, folder, "first", "5eec046f\n");
    secret_file(second, folder, "second", "5EEC046F");
    units[0].label_password_file = first;
    units[1].label_password_file = second;
    data_set_root(FIXTURES "../../../..");
    run = probe_run(&probe_unit_defaults, &subject, "127.0.0.1", 1, "{}", 5000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "unit_count")), 2);
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(run.facts, "same"), 0)),
                     "a, b");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(run.facts, "derived"), 0)),
                     "a: part of the MAC address");
    text = json_dumps(run.facts, 0);
    cr_expect_null(strcasestr(text, "5eec046f"));
    free(text);
    probe_run_done(&run);
    (void) unlink(first);
    (void) unlink(second);
    (void) rmdir(folder);
}

static const char *taken; /* "user:password" in base64 */

static void basic_unit(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *shown = mock_header(request, "Authorization");

    (void) shared;
    if (shown != NULL && strncmp(shown, "Basic ", 6) == 0 && strcmp(shown + 6, taken) == 0) {
        mock_reply(fd, 200, "", "in");
    } else {
        mock_reply(fd, 401, "WWW-Authenticate: Basic realm=x\r\n", "no");
    }
}

Test(derive, a_unit_that_refuses_its_own_default_says_nothing_of_others)
{
    static const struct {
        const char *taken;
        int budget;
        size_t own;
        size_t accepted;
        size_t unclear;
    } cases[] = {
        { "YWRtaW46Zmlyc3Q=", 8, 1, 0, 0 }, /* its own */
        { "YWRtaW46b3RoZXI=", 8, 0, 0, 1 }, /* a password that somebody has set */
        { "YWRtaW46c2Vjb25k", 8, 0, 1, 0 }, /* the other unit's */
        { "YWRtaW46Zmlyc3Q=", 1, 1, 0, 1 }, /* nothing left for the other */
    };
    char folder[] = "/tmp/hoshitori-units-XXXXXX";
    char first[128];
    char second[128];
    struct unit units[] = { { .id = "a", .address = "127.0.0.1" }, { .id = "b" } };

    cr_assert_not_null(mkdtemp(folder));
    secret_file(first, folder, "first", "first");
    secret_file(second, folder, "second", "second");
    units[0].label_password_file = first;
    units[1].label_password_file = second;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mock mock;
        struct service service;
        struct auth auth = { .id = "x", .scheme = "basic", .path = "/in", .default_user = "admin" };
        struct profile profile = { .units = units, .unit_count = 2 };
        struct subject subject = { .profile = &profile, .auth = &auth };
        struct probe_run run;
        char params[64];

        taken = cases[i].taken;
        mock = mock_start(basic_unit);
        service = (struct service){ .id = "web", .port = mock.port, .protocol = "http" };
        auth.service = &service;
        (void) snprintf(params, sizeof params, "{\"trial\":\"cross\",\"budget\":%d}",
                        cases[i].budget);
        run = probe_run(&probe_unit_defaults, &subject, "127.0.0.1", mock.port, params, 5000);
        cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
        cr_expect_eq(json_array_size(json_object_get(run.facts, "own_accepted")), cases[i].own,
                     "case %zu", i);
        cr_expect_eq(json_array_size(json_object_get(run.facts, "crossed_accepted")),
                     cases[i].accepted, "case %zu", i);
        cr_expect_eq(json_array_size(json_object_get(run.facts, "crossed_unclear")),
                     cases[i].unclear, "case %zu", i);
        probe_run_done(&run);
        mock_stop(&mock);
    }
    (void) unlink(first);
    (void) unlink(second);
    (void) rmdir(folder);
}
