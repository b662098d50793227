/* The fixture's declarations through the probe, and what the shipped policies make of them. */
#include "name.h"

#include "model/grade.h"
#include "model/suite.h"
#include "probe/data.h"
#include "probe/registry.h"
#include "support/fixture.h"
#include "support/probe_run.h"

extern const struct probe probe_storage_scheme;

static const char head[] =
    "hoshitori: profile/1\n"
    "product: {vendor: {name: Example}, model: HC-1, type: other}\n"
    "reach: {addresses: [127.0.0.1], liveness: {service: admin}}\n"
    "services: [{id: admin, transport: tcp, port: 443, protocol: https, purpose: p, reason: r}]\n"
    "roles: [owner]\n"
    "assets: [{id: settings, kind: communication-setting}, {id: log, kind: other}]\n";

static struct probe_run observed(struct arena *arena, size_t i)
{
    static char text[8192];
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };
    struct subject subject = { .address = "127.0.0.1" };
    size_t length = sizeof head - 1;

    memcpy(text, head, length);
    length += fixture("storage.yaml", text + length, sizeof text - length);
    cr_assert_eq(profile_from_source(
                     &(struct source_file){ .path = "p.yaml", .data = text, .length = length },
                     PROFILE_SECRETS_SKIP, arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    subject.profile = profile;
    subject.storage = &profile->storage[i];
    return probe_run(&probe_storage_scheme, &subject, "127.0.0.1", 0, "{}", 1000);
}

Test(storage_scheme, names_are_those_of_the_policies)
{
    char room[NAME_SIZE];

    name_join("AES", "GCM", room);
    cr_assert_str_eq(room, "aes-gcm");
    name_join("MD5", NULL, room);
    cr_assert_str_eq(room, "md5");
}

Test(storage_scheme, writes_down_what_is_declared)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct probe_run aes = observed(arena, 0);
    struct probe_run hash = observed(arena, 3);
    struct probe_run chip = observed(arena, 4);
    struct probe_run words = observed(arena, 5);
    const json_t *cipher = json_array_get(json_object_get(aes.facts, "ciphers"), 0);

    cr_expect_str_eq(json_string_value(json_object_get(cipher, "name")), "aes-gcm");
    cr_expect_eq(json_integer_value(json_object_get(cipher, "bits")), 256);
    cr_expect_null(json_object_get(aes.facts, "hashes"));
    cr_expect_str_eq(
        json_string_value(json_array_get(json_object_get(aes.facts, "assets_unspoken"), 0)), "log");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(hash.facts, "hashes"), 0)),
                     "pbkdf2-hmac-sha256");
    cr_expect(json_is_true(json_object_get(hash.facts, "salted")));
    cr_expect_str_eq(json_string_value(json_object_get(chip.facts, "relies_on")), "hardware");
    cr_expect_str_eq(json_string_value(json_object_get(words.facts, "words")), "see the manual");
    cr_expect_str_eq(json_string_value(json_object_get(words.facts, "relies_on")), "words");
    probe_run_done(&aes);
    probe_run_done(&hash);
    probe_run_done(&chip);
    probe_run_done(&words);
}
