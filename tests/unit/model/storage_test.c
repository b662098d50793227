/* What is stored and exported: in a profile, and as what a check is about. */
#include "sample.h"

#include "model/selector.h"
#include "model/subject.h"

#include <criterion/criterion.h>
#include <string.h>

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

static bool relies_on(const struct profile *profile, size_t i, const char *way)
{
    const char *id = NULL;
    struct subject subject = subject_at(profile, SUBJECT_STORAGE, i, &id);
    json_t *values = json_pack("[s]", way);
    const struct selector selector = { .field = "relies_on", .values = values };
    bool match = selectors_match(&selector, 1, &subject);

    json_decref(values);
    return match;
}

Test(storage, says_by_what_it_is_protected)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct storage *storage;

    cr_assert_eq(
        profile_of("storage:\n"
                   "  - {id: a, asset: settings, where: flash, removable: true, external_access: "
                   "true, scheme: {cipher: aes, mode: gcm, key_bits: 256}}\n"
                   "  - {id: b, asset: settings, where: chip, removable: true, external_access: "
                   "true, scheme: {hardware: true}}\n"
                   "  - {id: c, asset: settings, where: flash, removable: false, "
                   "external_access: false, scheme: {hash: md5}}\n"
                   "  - {id: d, asset: settings, where: card, removable: true, "
                   "external_access: false, scheme: {hash: sha512-crypt, salt: true}}\n"
                   "  - {asset: settings, where: card, removable: false, external_access: true, "
                   "scheme: as the manual says}\n",
                   arena, &profile, &error),
        STATUS_OK, "%s", error.message);
    cr_assert_eq(subject_count(profile, SUBJECT_STORAGE), 5);
    storage = profile->storage;
    cr_expect_str_eq(storage[0].cipher, "aes");
    cr_expect_str_eq(storage[0].mode, "gcm");
    cr_expect_eq(storage[0].key_bits, 256);
    cr_expect(storage[3].salt);
    cr_expect_not(storage[2].salt);
    cr_expect_str_eq(storage[4].id, "settings");
    cr_expect_str_eq(storage[4].text, "as the manual says");
    cr_expect(relies_on(profile, 0, "encryption"));
    cr_expect(relies_on(profile, 1, "hardware"));
    cr_expect(relies_on(profile, 2, "closed"));
    cr_expect(relies_on(profile, 3, "hash"));
    cr_expect(relies_on(profile, 4, "words"));
    profile_done(profile);
}

Test(storage, exports_are_asked_for_or_given)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct export *export;
    const char *id = NULL;
    struct subject subject;

    cr_assert_eq(profile_of("exports:\n"
                            "  - {id: backup, kind: backup, auth: page, role: owner, contains: "
                            "HC-100, request: {method: POST, path: /api/backup, json: {all: 1}}}\n"
                            "  - {id: card, file: card.tar}\n",
                            arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(profile->export_count, 2);
    export = profile->exports;
    cr_expect_str_eq(export[0].access.read.method, "POST");
    cr_expect_not_null(export[0].access.auth);
    cr_expect_eq(export[0].access.service, export[0].access.auth->service);
    cr_expect_str_eq(export[0].contains, "HC-100");
    cr_expect_str_eq(export[1].kind, "config");
    cr_expect_not_null(strstr(export[1].file, "card.tar"));
    subject = subject_at(profile, SUBJECT_EXPORT, 0, &id);
    cr_expect_str_eq(id, "backup");
    cr_expect_str_eq(subject_text(&subject, arena), "backup backup");
    profile_done(profile);
}

Test(storage, slips_of_the_pen_are_refused)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "storage: [{asset: x, where: y, removable: true, external_access: true, scheme: z}]\n",
          "no asset is declared" },
        { "storage: [{asset: settings, where: y, removable: true, scheme: z}]\n",
          "external_access" },
        { "storage: [{asset: settings, where: y, removable: true, external_access: true, scheme: "
          "{mode: cbc}}]\n",
          "a mode needs its cipher" },
        { "storage: [{asset: settings, where: y, removable: true, external_access: true, scheme: "
          "{}}]\n",
          "says nothing" },
        { "storage: [{asset: settings, where: y, removable: true, external_access: true, scheme: "
          "{ciper: aes}}]\n",
          "ciper" },
        { "storage: [{asset: settings, where: y, removable: true, external_access: true, scheme: "
          "[aes]}]\n",
          "a text or a mapping" },
        { "exports: [{id: a}]\n", "needs 'request' or 'file'" },
        { "exports: [{id: a, request: {path: /x}}]\n", "needs 'auth' and 'role'" },
        { "exports: [{id: a, request: {path: /x}, auth: nobody, role: owner}]\n",
          "no mechanism is declared" },
        { "exports: [{id: a, request: {path: /x}, auth: page, role: king}]\n",
          "not among the declared roles" },
        { "exports: [{id: a, file: f}, {id: a, file: g}]\n", "another export" },
        { "exports: [{id: a, kind: song, file: f}]\n", "kind" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct error error = { .status = STATUS_OK };
        struct profile *profile = NULL;

        cr_expect_eq(profile_of(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT, "%zu",
                     i);
        cr_expect(strstr(error.message, refusals[i].message) != NULL, "%zu: %s", i, error.message);
    }
}
