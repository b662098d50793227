/* Connections that the device opens itself: in a profile, and as what a check is about. */
#include "sample.h"

#include "model/selector.h"

#include <criterion/criterion.h>
#include <string.h>

#define CLIENT "{id: cloud, host: Cloud.example.test, port: 443, protocol: https, purpose: reports"

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

Test(client, what_is_not_given_follows_from_the_rest)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct client *client;

    cr_assert_eq(profile_of("clients: [" CLIENT "}]\n", arena, &profile, &error), STATUS_OK, "%s",
                 error.message);
    client = &profile->clients[0];
    cr_expect_eq(profile->client_count, 1);
    cr_expect_eq(client->listen, 443);
    cr_expect_eq(client->clear_listen, 0);
    cr_expect_eq(client->within_s, 10);
    cr_expect(client->carries_assets);
    cr_expect_null(client->trigger);
    cr_expect_null(client->test_ca);
    cr_expect_null(profile->redirect.address);
    profile_done(profile);
}

Test(client, what_is_given_is_found)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct client *client;

    cr_assert_eq(profile_of("clients: [" CLIENT ", listen: 10443, clear_port: 80, carries_assets: "
                            "false, calls: {within_s: 60, access: settings@admin}}]\n"
                            "redirect: {address: 192.0.2.2, dns: 5300}\n",
                            arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    client = &profile->clients[0];
    cr_expect_eq(client->listen, 10443);
    cr_expect_eq(client->clear_listen, 80);
    cr_expect_eq(client->within_s, 60);
    cr_expect_not(client->carries_assets);
    cr_expect_eq(client->trigger, &profile->accesses[0]);
    cr_expect_str_eq(profile->redirect.address, "192.0.2.2");
    cr_expect_eq(profile->redirect.dns, 5300);
    profile_done(profile);
}

Test(client, slips_of_the_pen_are_refused)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "clients: [" CLIENT "}, " CLIENT "}]\n", "another connection with this id" },
        { "clients: [{id: c, host: 'a b', port: 1, protocol: tls, purpose: p}]\n",
          "neither a host" },
        { "clients: [{id: c, host: 'a..b', port: 1, protocol: tls, purpose: p}]\n",
          "neither a host" },
        { "clients: [{id: c, host: a, port: 1, protocol: ftp, purpose: p}]\n", "protocol" },
        { "clients: [" CLIENT ", calls: {access: nothing}}]\n", "no access path has this id" },
        { "clients: [" CLIENT ", clear_port: 443}]\n", "both TLS and clear" },
        { "clients: [" CLIENT ", test_ca: {certificate: a.pem}}]\n", "key_file" },
        { "redirect: {address: harness.local}\n", "must be numeric" },
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

Test(client, checks_choose_it_by_what_it_carries)
{
    const struct client client = { .id = "cloud", .protocol = "mqtts", .carries_assets = true };
    const struct subject subject = { .client = &client };
    json_t *yes = json_pack("[b]", 1);
    json_t *other = json_pack("[s]", "https");
    const struct selector carries = { .field = "carries_assets", .values = yes };
    const struct selector protocol = { .field = "protocol", .values = other };

    cr_expect(selectors_match(&carries, 1, &subject));
    cr_expect_not(selectors_match(&protocol, 1, &subject));
    cr_expect_null(selector_field_find("transport", SUBJECT_CLIENT));
    json_decref(yes);
    json_decref(other);
}
