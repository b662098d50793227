#include "cases.h"
#include "damage.h"
#include "support/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *protocol;
    bool udp;
} known[] = {
    { "http", false },  { "https", false },  { "rtsp", false }, { "mqtt", false },
    { "mqtts", false }, { "tls", false },    { "ssh", false },  { "ftp", false },
    { "smtp", false },  { "telnet", false }, { "coap", true },  { "coaps", true },
    { "dns", true },    { "snmp", true },    { "tftp", true },  { "ssdp", true },
    { "mdns", true },   { "ntp", true },     { "sip", true },
};

enum { KNOWN = sizeof known / sizeof known[0], DAMAGED = 300 };

static struct malformed one;
static struct malformed other;

Test(cases, every_protocol_of_the_suite_has_cases_and_nobody_elses_has)
{
    for (size_t i = 0; i < KNOWN; i++) {
        cr_expect(cases_know(known[i].protocol, known[i].udp), "%s", known[i].protocol);
    }
    cr_expect_not(cases_know("carrier-pigeon", false));
    cr_expect_not(cases_know("dhcp", true));
    cr_expect_not(cases_make("carrier-pigeon", false, "127.0.0.1", 0, 1, &one));
}

Test(cases, what_is_written_by_hand_is_whole_and_has_a_name_of_its_own)
{
    for (size_t i = 0; i < KNOWN; i++) {
        size_t count = cases_written(known[i].protocol, known[i].udp);

        for (size_t a = 0; a < count; a++) {
            cr_assert(cases_make(known[i].protocol, known[i].udp, "127.0.0.1", a, 1, &one));
            cr_expect_gt(one.length, 0);
            cr_expect_leq(one.length, CASE_SIZE_MAX);
            cr_expect(cases_is_harmless(known[i].protocol, one.bytes, one.length), "%s", one.name);
            for (size_t b = 0; b < a; b++) {
                (void) cases_make(known[i].protocol, known[i].udp, "127.0.0.1", b, 1, &other);
                cr_expect_str_neq(one.name, other.name);
            }
        }
    }
}

Test(cases, the_same_seed_damages_the_same_way_and_another_differently)
{
    size_t differing = 0;

    for (size_t number = 100; number < 100 + DAMAGED; number++) {
        (void) cases_make("http", false, "127.0.0.1", number, 7, &one);
        (void) cases_make("http", false, "127.0.0.1", number, 7, &other);
        cr_assert_eq(one.length, other.length);
        cr_assert_arr_eq(one.bytes, other.bytes, one.length);
        (void) cases_make("http", false, "127.0.0.1", number, 8, &other);
        differing += one.length != other.length || memcmp(one.bytes, other.bytes, one.length) != 0;
    }
    cr_expect_gt(differing, DAMAGED * 9 / 10);
}

Test(cases, no_damage_makes_a_command_that_changes_something)
{
    for (size_t i = 0; i < KNOWN; i++) {
        for (size_t number = 0; number < 5000; number++) {
            const char *protocol = known[i].protocol;

            if (!cases_make(protocol, known[i].udp, "127.0.0.1", number, 3, &one)) {
                continue;
            }
            if (strcmp(protocol, "tftp") == 0) {
                cr_assert_not(one.length > 1 && one.bytes[0] == 0 && one.bytes[1] == 2);
            }
            if (strcmp(protocol, "coap") == 0 && one.length > 1) {
                cr_assert_not(one.bytes[1] >= 2 && one.bytes[1] <= 7, "%s", one.name);
            }
            if (strcmp(protocol, "http") == 0 || strcmp(protocol, "rtsp") == 0) {
                cr_assert_neq(strncasecmp((char *) one.bytes, "PUT", 3), 0);
                cr_assert_neq(strncasecmp((char *) one.bytes, "POST", 4), 0);
            }
            if (known[i].udp) {
                cr_assert_leq(one.length, 1400);
            }
        }
    }
}

Test(cases, what_writes_is_not_harmless)
{
    cr_expect_not(cases_is_harmless("tftp", "\0\2file\0octet", 13));
    cr_expect(cases_is_harmless("tftp", "\0\1file\0octet", 13));
    cr_expect_not(cases_is_harmless("coap", "\x40\x03\x12\x34", 4));
    cr_expect(cases_is_harmless("coap", "\x40\x01\x12\x34", 4));
    cr_expect_not(cases_is_harmless("snmp", "\x30\x03\xa3\x01\x00", 5));
    cr_expect_not(cases_is_harmless("mqtt", "\x31\x05\x00\x01/x", 6));
    cr_expect_not(cases_is_harmless("http", "delete / HTTP/1.1", 17));
    cr_expect(cases_is_harmless("http", "GET / HTTP/1.1", 14));
}

/* A seed is all that a message needs to be made again, on any machine: these are the bytes. */
Test(cases, dice_are_the_same_everywhere)
{
    struct dice dice = { 1 };

    cr_expect_eq(dice_next(&dice), 0x910a2dec89025cc1u);
    cr_expect_eq(dice_next(&dice), 0xbeeb8da1658eec67u);
}

Test(cases, a_damaged_message_is_the_recorded_one)
{
    uint8_t recorded[CASE_SIZE_MAX];
    size_t length = fixture("ftp-damaged-0.bin", recorded, sizeof recorded);

    cr_assert(cases_make("ftp", false, "127.0.0.1", cases_written("ftp", false), 1, &one));
    cr_assert_str_eq(one.name, "ftp/damaged-0");
    cr_assert_eq(one.length, length);
    cr_assert_arr_eq(one.bytes, recorded, length);
}
