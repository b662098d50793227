/* Levers and interfaces in a profile. */
#include "sample.h"

#include "model/selector.h"

#include <criterion/criterion.h>
#include <string.h>

static enum status profile_of(const char *rest, struct arena *arena, struct profile **ret_profile,
                              struct error *reterr)
{
    return sample_profile(arena_format(arena, "%s%s", SAMPLE_PROFILE, rest), arena, ret_profile,
                          reterr);
}

Test(lever, what_is_declared_is_found)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct profile *profile = NULL;
    const struct lever_way *way;
    bool known = false;

    cr_assert_eq(
        profile_of(
            "control:\n"
            "  power_off: {command: [tools/lever, power-off, '${unit}'], within_s: 10}\n"
            "  power_on: {command: [/bin/true]}\n"
            "  network_down: {person: {ja: 抜く, en: unplug}}\n"
            "  erase: [{id: page, request: {method: POST, path: /erase}}, {id: button, "
            "person: push, within_s: 60}]\n"
            "  install_image: {request: {method: POST, path: /u}, body: image, refused: "
            "[400, 422]}\n"
            "  settings: [{id: name, read: {request: {path: /s}, json: /name}, write: "
            "{command: [w, '${value}']}}]\n"
            "  client_start: {mqtt: {topic: a/b, message: 'on'}, at: {address: 192.168.0.9}}\n"
            "  settle_s: 20\n"
            "interfaces: [{kind: usb, state: none}, {id: log, kind: uart, state: protected, "
            "purpose: repair}]\n",
            arena, &profile, &error),
        STATUS_OK, "%s", error.message);
    cr_expect_eq(profile->settle_s, 20);
    way = profile_lever(profile, LEVER_POWER_OFF, NULL, 0);
    cr_assert_not_null(way);
    cr_expect_eq(way->by, LEVER_BY_COMMAND);
    cr_expect_eq(way->within_s, 10);
    cr_expect(text_ends_with(way->command[0], "tools/lever"));
    cr_expect_str_eq(way->command[2], "${unit}");
    cr_expect_null(way->command[3]);
    cr_expect_eq(profile_lever(profile, LEVER_NETWORK_DOWN, NULL, 0)->within_s, 300);
    cr_expect_str_eq(profile_lever(profile, LEVER_ERASE, NULL, 1)->id, "button");
    cr_expect_null(profile_lever(profile, LEVER_ERASE, "other", 0));
    way = profile_lever(profile, LEVER_INSTALL_IMAGE, NULL, 0);
    cr_expect_eq(way->body, LEVER_BODY_IMAGE);
    cr_expect_eq(way->refused_count, 2);
    cr_expect_eq(way->service, profile->liveness.service);
    cr_expect_eq(profile_lever(profile, LEVER_CLIENT_START, NULL, 0)->at.port, 1883);
    cr_expect_str_eq(profile_lever(profile, LEVER_READ_SETTING, "name", 0)->json, "/name");
    cr_expect(profile_has_lever(profile, "power", &known));
    cr_expect(known);
    cr_expect(profile_has_lever(profile, "erase", NULL));
    cr_expect(profile_has_lever(profile, "settings", NULL));
    cr_expect(profile_has_lever(profile, "install", NULL));
    cr_expect_not(profile_has_lever(profile, "network", &known), "half of it is declared");
    cr_expect(known);
    cr_expect_not(profile_has_lever(profile, "reinstall", NULL));
    cr_expect_not(profile_has_lever(profile, "levitate", &known));
    cr_expect_not(known);
    cr_expect_eq(profile->interface_count, 2);
    cr_expect_str_eq(profile->interfaces[0].id, "usb");
    profile_done(profile);
}

Test(lever, slips_of_the_pen_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "control: {power_of: {command: [a]}}\n", "did you mean 'power_off'" },
        { "control: {power_off: {}}\n", "one of command, request" },
        { "control: {power_off: {command: [a], person: push}}\n", "one of command, request" },
        { "control: {power_off: {command: a b}}\n", "is a list" },
        { "control: {power_off: {command: []}}\n", "is a list" },
        { "control: {power_off: {command: [a, '${password}']}}\n", "${unit} are known" },
        { "control: {power_off: {command: ['${value}']}}\n", "${unit} are known" },
        { "control: {power_off: {command: [a], within_s: 0}}\n", "within_s" },
        { "control: {power_off: {command: [a], refused: [400]}}\n", "belong to a request" },
        { "control: {power_off: {request: {path: nowhere}}}\n", "begins with '/'" },
        { "control: {power_off: {request: {path: /}, refused: [200]}}\n", "400 to 599" },
        { "control: {power_off: {request: {path: /}, auth: nothing}}\n", "no mechanism" },
        { "control: {power_off: {request: {path: /}, service: nothing}}\n", "no service" },
        { "control: {power_off: {request: {path: /, json: {}}, body: image}}\n", "no other body" },
        { "control: {power_off: {mqtt: {topic: a, message: b}}}\n", "needs 'at'" },
        { "control: {power_off: {mqtt: {topic: a, message: b}, at: {address: plug.local}}}\n",
          "private network" },
        { "control: {power_off: {mqtt: {topic: a, message: b}, at: {address: 192.0.2.1}}}\n",
          "private network" },
        { "control: {power_off: {snmp: {oid: 1.3.x, value: 1}, at: {address: 10.0.0.1, "
          "secret_file: s}}}\n",
          "in digits" },
        { "control: {power_off: {snmp: {oid: 1.3, value: 1}, at: {address: 10.0.0.1}}}\n",
          "community" },
        { "control: {power_off: {snmp: {oid: 1.3, value: on}, at: {address: 10.0.0.1, "
          "secret_file: s}}}\n",
          "an integer from 0" },
        { "control: {erase: [{person: push}]}\n", "'id' is missing" },
        { "control: {erase: [{id: a, person: push}, {id: a, person: push}]}\n", "given twice" },
        { "control: {settings: [{id: name}]}\n", "'read' or 'write'" },
        { "interfaces: [{kind: usb}]\n", "'state' is missing" },
        { "interfaces: [{kind: ubs, state: none}]\n", "kind" },
        { "interfaces: [{kind: usb, state: enabled}]\n", "needs 'purpose'" },
        { "interfaces: [{kind: usb, state: none}, {kind: usb, state: none}]\n",
          "another interface 'usb'" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct error error = { .status = STATUS_OK };
        struct profile *profile = NULL;

        cr_expect_eq(profile_of(refusals[i].text, arena, &profile, &error), STATUS_BAD_INPUT,
                     "%zu: %s", i, refusals[i].text);
        cr_expect(strstr(error.message, refusals[i].message) != NULL, "%zu: %s", i, error.message);
        cr_expect(strchr(error.message, ':') != NULL);
    }
}

Test(lever, every_lever_has_a_word)
{
    for (int i = 0; i < LEVER_COUNT; i++) {
        cr_expect_eq(lever_find(lever_words[i]), (enum lever) i);
    }
    cr_expect_eq(lever_find("lever"), LEVER_COUNT);
}

Test(lever, checks_choose_ways_to_erase_and_interfaces)
{
    const struct lever_way way = { .lever = LEVER_ERASE, .id = "page", .by = LEVER_BY_REQUEST };
    const struct interface usb = { .id = "usb", .kind = "usb", .state = "none" };
    const struct subject erasure = { .erasure = &way };
    const struct subject port = { .interface = &usb };
    json_t *by = json_pack("[s]", "request");
    json_t *none = json_pack("[s]", "none");
    const struct selector by_request = { .field = "by", .values = by };
    const struct selector absent = { .field = "state", .values = none };

    cr_expect(selectors_match(&by_request, 1, &erasure));
    cr_expect_not(selectors_match(&by_request, 1, &port));
    cr_expect(selectors_match(&absent, 1, &port));
    json_decref(by);
    json_decref(none);
}
