#include "evidence/published.h"

#include <criterion/criterion.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
#define EC_DER "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAECAwQFBgcICQoL"
#define PEM(label) "-----BEGIN " label "-----\nMIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7\n"

static const char *const secrets[][2] = {
    { PEM("PRIVATE KEY"), "a private key in PEM" },
    { PEM("RSA PRIVATE KEY"), "a private key in PEM" },
    { PEM("ENCRYPTED PRIVATE KEY"), "a private key in PEM" },
    { "{\"a\":\"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxg\"}",
      "a private key in PEM" },
    { "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "a private key in PEM" },
    { "key: " EC_DER "\n", "a private key in base64" },
    { "{\"k\":\"MHcCAQEEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\"}",
      "a private key in base64" },
    { "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
      "a private key in base64" },
    { "MIIEowIBAAKCAQEAwJKXJKXJKXJKXJKXJKXJKXJKXJKXJKXJKXJKXJKX", "a private key in base64" },
    { "url: https://admin:hunter2@camera.example/", "credentials in a URL" },
    { "rtsp://u:p@10.0.0.1/1", "credentials in a URL" },
    { "see http://h/login?user=a&password=hunter2", "a value given for a secret" },
    { "GET /?access_token=0123456789abcdef", "a value given for a secret" },
    { "GET /?token=abcd", "a value given for a secret" },
    { "client_secret='tr0ub4dor'", "a value given for a secret" },
    { "X-API-Key: 0a1b2c3d4e5f", "a value given for a secret" },
    { "{\"password\":\"tr0ub4dor\"}", "a value given for a secret" },
    { "{\"text\":\"{\\\"password\\\": \\\"tr0ub4dor\\\"}\"}", "a value given for a secret" },
    { "password: tr0ub4dor", "a value given for a secret" },
    { "Authorization: Basic YWRtaW46aHVudGVyMg==", "HTTP Basic credentials" },
    { "authorization: basic YWRtaW46aHVudGVyMg", "HTTP Basic credentials" },
    { "Authorization: Bearer mF_9.B5f-4.1JqMabcd", "a bearer token" },
    { "cookie " JWT, "a JSON Web Token" },
    { "x=" JWT, "a JSON Web Token" },
};

static const char *const harmless[] = {
    "",
    "-----BEGIN PRIVATE KEY----- is how a private key begins",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQ\n",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAECAwQFBgcICQoLDA0ODxAR\n",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAECAwQFBgcICQoLDA0ODxARCCqGSM49",
    "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAGA1UE",
    "https://camera.example:8443/a@b",
    "https://user@host/",
    "https://${user}:${password}@host/",
    "mailto:someone@example.org",
    "POST /login?user=${user}&password=${password}",
    "password=(withheld: repeats a secret)",
    "password=********",
    "password: <yours>",
    "{\"password\":\"(withheld)\"}",
    "secret_file: admin.password1234",
    "passwords=12345",
    "the password: at least 8 characters",
    "{\"token\":\"login\"}",
    "Basic authentication was offered; Basic cG9zc2libGU= says nothing",
    "Bearer token of the kind that RFC 6750 describes",
    "eyJhbGciOiJIUzI1NiJ9 alone is a header",
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
};

static const char *shape_of(const char *text)
{
    return published_shape(text, strlen(text), NULL);
}

Test(published, sees_what_looks_like_a_secret)
{
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const char *shape = shape_of(secrets[i][0]);

        cr_expect(shape != NULL && strcmp(shape, secrets[i][1]) == 0, "%s: %s", secrets[i][0],
                  shape == NULL ? "nothing" : shape);
    }
}

Test(published, is_silent_about_what_does_not)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        const char *shape = shape_of(harmless[i]);

        cr_expect_null(shape, "%s: %s", harmless[i], shape);
    }
}

/* Wherever the pieces are cut, and wherever in a long text it stands. */
Test(published, finds_it_across_every_cut)
{
    enum { LONG = 3 * PUBLISHED_ROOM };
    char *text = malloc(LONG);
    struct published *published = malloc(sizeof *published);
    const size_t places[] = {
        0, 1, PUBLISHED_ROOM - 2048 - 3, PUBLISHED_ROOM - 30, PUBLISHED_ROOM, LONG - sizeof JWT
    };
    const size_t steps[] = { 1, 7, 4096, LONG };

    cr_assert(text != NULL && published != NULL);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memset(text, ' ', LONG);
        memcpy(text + places[i], JWT, strlen(JWT));
        for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++) {
            published_open(published);
            for (size_t at = 0; at < LONG; at += steps[j]) {
                published_feed(published, text + at, LONG - at < steps[j] ? LONG - at : steps[j]);
            }
            published_close(published);
            cr_expect_not_null(published->shape, "%zu by %zu", places[i], steps[j]);
            cr_expect_eq(published->offset, places[i] + 2);
        }
    }
    free(text);
    free(published);
}

Test(published, what_is_not_text_is_passed_over)
{
    static const char mixed[] = "\0 password=hunter2";

    cr_assert_null(published_shape(mixed, sizeof mixed, NULL));
}

Test(published, replaces_inside_json)
{
    json_t *value = json_pack("{s:[s, s], s:{s:s}, s:i}", "list", "fine", JWT, "deep", "url",
                              "http://a:b@c/", "n", 1);

    published_json(value);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(value, "list"), 0)), "fine");
    cr_assert_null(
        strstr(json_string_value(json_array_get(json_object_get(value, "list"), 1)), "eyJ"));
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(value, "deep"), "url")),
                     "(withheld: looks like a secret)");
    json_decref(value);
}

static void scan_file(const char *path)
{
    static char room[4 << 20];
    FILE *file = fopen(path, "rbe");
    size_t length;
    size_t offset = 0;
    const char *shape;

    cr_assert_not_null(file, "%s", path);
    length = fread(room, 1, sizeof room, file);
    (void) fclose(file);
    shape = published_shape(room, length, &offset);
    cr_expect_null(shape, "%s: %s at %zu", path, shape, offset);
}

/* What every bundle carries must be silent, or none could be sealed. */
Test(published, our_own_suites_and_profiles_are_silent)
{
    char *folders[] = { SOURCE_ROOT "/testsuites", SOURCE_ROOT "/profiles", SOURCE_ROOT "/labels",
                        NULL };
    FTS *walk = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *item;
    size_t files = 0;

    cr_assert_not_null(walk);
    while ((item = fts_read(walk)) != NULL) {
        if (item->fts_info == FTS_F) {
            scan_file(item->fts_path);
            files++;
        }
    }
    (void) fts_close(walk);
    cr_assert_gt(files, 5);
}
