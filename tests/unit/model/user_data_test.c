/* What users leave on the device, in a profile. */
#include "sample.h"

#include "model/selector.h"

#include <criterion/criterion.h>
#include <string.h>

#define ASKS                                                                                       \
    "write: {method: POST, path: /accounts, json: {name: '${marker}', password: '${new}'}}, "

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

Test(user_data, what_is_declared_is_found)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct user_datum *datum;

    cr_assert_eq(profile_of("user_data:\n"
                            "  stays_erased: true\n"
                            "  planted:\n"
                            "    - {id: account, kind: account, auth: page, role: owner, " ASKS
                            "read: {path: /accounts}, remove: {method: DELETE, path: "
                            "'/accounts/${marker}'}, token: {json: /token}}\n"
                            "control:\n"
                            "  erase: [{id: page, person: push}]\n"
                            "  factory_reset: {person: hold}\n",
                            arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    cr_expect(profile->user_data.stays_erased);
    cr_assert_eq(profile->user_data.count, 1);
    datum = &profile->user_data.planted[0];
    cr_expect_str_eq(datum->access.id, "account");
    cr_expect_eq(datum->access.service, datum->access.auth->service);
    cr_expect_str_eq(datum->access.write.method, "POST");
    cr_expect_str_eq(datum->access.read.method, "GET");
    cr_expect_str_eq(datum->remove.method, "DELETE");
    cr_expect_str_eq(datum->token.json, "/token");
    cr_expect_str_eq(erasure_name(profile_erasure(profile, 0)), "page");
    cr_expect_str_eq(erasure_name(profile_erasure(profile, 1)), "factory-reset");
    cr_expect_null(profile_erasure(profile, 2));
    profile_done(profile);
}

Test(user_data, slips_of_the_pen_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "user_data: {}\n", "'planted' is missing" },
        { "user_data: {planted: [{kind: account}]}\n", "'id' is missing" },
        { "user_data: {planted: [{id: a, kind: wifi, auth: page, role: owner, " ASKS
          "read: {path: /a}}]}\n",
          "kind" },
        { "user_data: {planted: [{id: a, kind: name, auth: nobody, role: owner, " ASKS
          "read: {path: /a}}]}\n",
          "no mechanism" },
        { "user_data: {planted: [{id: a, kind: name, auth: page, role: king, " ASKS
          "read: {path: /a}}]}\n",
          "not among the declared roles" },
        { "user_data: {planted: [{id: a, kind: name, auth: page, role: owner, " ASKS
          "read: {path: a}}]}\n",
          "begins with '/'" },
        { "user_data: {planted: [{id: a, kind: name, auth: page, role: owner, " ASKS
          "read: {path: /a}, token: {json: /a, field: b}}]}\n",
          "one place" },
        { "user_data: {planted: [{id: a, kind: name, auth: page, role: owner, " ASKS
          "read: {path: /a}}, {id: a, kind: name, auth: page, role: owner, " ASKS
          "read: {path: /a}}]}\n",
          "other planted data" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct error error = { .status = STATUS_OK };
        struct profile *profile = NULL;

        cr_expect_eq(profile_of(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT,
                     "%zu: %s", i, refusals[i].text);
        cr_expect(strstr(error.message, refusals[i].message) != NULL, "%zu: %s", i, error.message);
    }
}

Test(user_data, checks_choose_it)
{
    const struct profile profile = { .role_count = 0 };
    const struct user_datum datum = { .access = { .id = "note", .role = "admin" },
                                      .kind = "other",
                                      .remove = { .path = "/note" } };
    const struct subject subject = { .profile = &profile, .user_datum = &datum };
    const struct lever_way reset = { .lever = LEVER_FACTORY_RESET };
    const struct subject erasure = { .profile = &profile, .erasure = &reset };
    struct selector removable = { .field = "removable", .values = json_pack("[b]", 1) };
    struct selector resets = { .field = "resets", .values = json_pack("[b]", 1) };

    cr_expect(selectors_match(&removable, 1, &subject));
    cr_expect(selectors_match(&resets, 1, &erasure));
    json_decref(removable.values);
    json_decref(resets.values);
}
