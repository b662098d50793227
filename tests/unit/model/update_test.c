/* How software is updated: in a profile, and as what a check is about. */
#include "sample.h"

#include "model/selector.h"

#include <criterion/criterion.h>
#include <string.h>

#define SIGNATURE "signature: {from: end, at: 64, length: 64}"
#define SIGNING "signing: {scheme: ecdsa-p256-sha256, " SIGNATURE "}"

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

static const struct update *update_of(const char *rest, struct arena *arena)
{
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;

    cr_assert_eq(profile_of(rest, arena, &profile, &error), STATUS_OK, "%s", error.message);
    cr_assert_not_null(profile->update);
    return profile->update;
}

Test(update, little_need_be_declared)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct update *update = update_of("update: {network: true}\n", arena);

    cr_expect(update->network);
    cr_expect_not(update->stays);
    cr_expect_null(update->image);
    cr_expect_not(update->signing.declared);
    cr_expect_not(update_has_signature(update));
    cr_expect_not(update_can_sign(update));
    cr_expect_null(update->server.client);
}

Test(update, what_is_given_is_found)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct update *update = update_of(
        "clients: [{id: up, host: update.example.test, port: 443, protocol: https, purpose: "
        "updates}]\n"
        "update:\n"
        "  network: true\n"
        "  image: a.img\n"
        "  image_version: 2.0.0\n"
        "  older_image: old.img\n"
        "  older_version: 0.9.0\n"
        "  signing:\n"
        "    scheme: ecdsa-p256-sha256\n"
        "    " SIGNATURE "\n"
        "    digest: {algorithm: sha256, at: 64, covers: {from: 96, before_end: 64}}\n"
        "    version: {at: 24, length: 16}\n"
        "    product: {at: 8, length: 16}\n"
        "  server: {client: up, manifest: {path: /m, json: {v: \"${version}\"}}, image_path: /i}\n"
        "  stays: true\n",
        arena);

    cr_expect(strstr(update->image, "a.img") != NULL);
    cr_expect_str_eq(update->older_version, "0.9.0");
    cr_expect(update->signing.at_end);
    cr_expect_not(update->signing.der);
    cr_expect_eq(update->signing.covers.before_end, 64, "all but the signature");
    cr_expect_eq(update->signing.digest_covers.from, 96);
    cr_expect_eq(update_digest_length(update->signing.digest_algorithm), 32);
    cr_expect_eq(update->signing.version.length, 16);
    cr_expect(update_can_sign(update));
    cr_expect_str_eq(update->server.client->id, "up");
    cr_expect_str_eq(update->server.manifest_path, "/m");
    cr_expect(update->stays);
}

Test(update, a_signature_at_the_start_leaves_the_rest_to_be_signed)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct update *update =
        update_of("update: {network: false, signing: {scheme: ed25519, signature: {from: start, "
                  "at: 8, length: 64}}}\n",
                  arena);

    cr_expect_eq(update->signing.covers.from, 72);
    cr_expect(update_has_signature(update));
    cr_expect_not(update_can_sign(update), "Ed25519 is not spoken");
}

Test(update, a_check_chooses_by_what_can_be_made)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct update *update = update_of(
        "update: {network: true, image: a.img, image_version: 2.0.0, " SIGNING "}\n", arena);
    const struct subject subject = { .update = update };
    static const struct {
        const char *field;
        bool value;
    } all[] = {
        { "network", true },   { "image", true },   { "signature", true },
        { "other_key", true }, { "older", false },  { "other_product", false },
        { "version", false },  { "server", false },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct selector_field *field = selector_field_find(all[i].field, SUBJECT_UPDATE);
        json_t *value;

        cr_assert_not_null(field, "%s", all[i].field);
        value = field->value(&subject);
        cr_expect_eq(json_is_true(value), all[i].value, "%s", all[i].field);
        json_decref(value);
    }
}

static const struct {
    const char *text;
    const char *message;
} refusals[] = {
    { "update: {}\n", "profile.yaml:14:9: 'network' is missing in update" },
    { "update: {network: true, image: a.img}\n",
      "profile.yaml:14:32: 'image' and 'image_version' belong together" },
    { "update: {network: true, older_version: 0.1}\n",
      "profile.yaml:14:40: 'older_image' and 'older_version' belong together" },
    { "update: {network: true, signing: {scheme: rot13}}\n",
      "profile.yaml:14:43: 'scheme' must be ecdsa-p256-sha256, ecdsa-p384-sha384, "
      "rsa-pkcs1-sha256, rsa-pss-sha256, ed25519, other or none" },
    { "update: {network: true, signing: {scheme: none, " SIGNATURE "}}\n",
      "profile.yaml:14:34: a signature of this scheme has at least 0 octets" },
    { "update: {network: true, signing: {scheme: rsa-pss-sha256, " SIGNATURE "}}\n",
      "profile.yaml:14:34: a signature of this scheme has at least 256 octets" },
    { "update: {network: true, signing: {scheme: ed25519, signature: {at: 60, length: 64}}}\n",
      "profile.yaml:14:34: the signature ends behind the end of the file" },
    { "update: {network: true, signing: {scheme: other, covers: {from: 1}}}\n",
      "profile.yaml:14:34: 'covers' needs a 'signature'" },
    { "update: {network: true, signing: {scheme: ed25519, " SIGNATURE ", covers: {from: 9, to: "
      "3}}}\n",
      "profile.yaml:14:34: covers: 'to' lies behind 'from' and stands without 'before_end'" },
    { "update: {network: true, component: boot}\n",
      "profile.yaml:14:36: no component of product.firmware has this name" },
    { "update: {network: true, server: {client: up, image_path: /i}}\n",
      "profile.yaml:14:42: no connection of the device's own over TCP has this id" },
};

Test(update, refuses_in_exact_words)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct profile *profile = NULL;
        struct error error = { .status = STATUS_OK };

        cr_expect_eq(profile_of(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT,
                     "case %zu", i);
        cr_expect_str_eq(error.message, refusals[i].message, "case %zu: '%s'", i, error.message);
    }
}
