#include "base/text.h"
#include "channel/snmp_usm.h"
#include "support/fixture.h"
#include "wire/snmp_message.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct wire_snmp_oid oid_of(const char *text)
{
    struct wire_snmp_oid oid = { .length = 0 };

    cr_assert(wire_snmp_oid_parse(text, &oid), "%s", text);
    return oid;
}

Test(snmp_message, reads_an_answer_of_net_snmp)
{
    uint8_t data[1500];
    size_t length = fixture("v2c-response.bin", data, sizeof data);
    const struct wire_snmp_oid sys_descr = oid_of("1.3.6.1.2.1.1.1.0");
    struct wire_snmp_pdu pdu;

    cr_assert(wire_snmp_read(data, length, &pdu));
    cr_assert_eq(pdu.kind, WIRE_SNMP_RESPONSE);
    cr_assert_eq(pdu.id, 0x12345678);
    cr_assert_eq(pdu.error, 0);
    cr_assert(pdu.has_binding);
    cr_assert(wire_snmp_oid_within(&pdu.name, &sys_descr));
    cr_assert_eq(pdu.value_length, strlen("reference agent"));
    cr_assert_arr_eq(pdu.value, "reference agent", pdu.value_length);
    for (size_t i = 0; i < length; i++) {
        cr_assert_not(wire_snmp_read(data, i, &pdu), "cut to %zu", i);
    }
}

Test(snmp_message, reads_a_report_of_net_snmp)
{
    uint8_t data[1500];
    size_t length = fixture("v3-report.bin", data, sizeof data);
    const struct wire_snmp_oid unknown_engines = oid_of("1.3.6.1.6.3.15.1.1.4.0");
    struct wire_snmp_usm usm;
    struct wire_snmp_pdu pdu;
    const uint8_t *scoped = NULL;
    size_t scoped_length = 0;

    cr_assert(wire_snmp_v3_read(data, length, &usm, &scoped, &scoped_length));
    cr_assert_eq(usm.id, 0x12345678);
    cr_assert_eq(usm.engine_length, 17);
    cr_assert_eq(usm.user_length, 0);
    cr_assert_eq(usm.flags & WIRE_SNMP_FLAG_AUTH, 0);
    cr_assert(wire_snmp_scoped_read(scoped, scoped_length, &pdu));
    cr_assert_eq(pdu.kind, WIRE_SNMP_REPORT);
    cr_assert(wire_snmp_oid_within(&pdu.name, &unknown_engines));
    for (size_t i = 0; i < length; i++) {
        cr_assert_not(wire_snmp_v3_read(data, i, &usm, &scoped, &scoped_length) &&
                          wire_snmp_scoped_read(scoped, scoped_length, &pdu),
                      "cut to %zu", i);
    }
}

Test(snmp_message, writes_what_it_reads)
{
    static const uint32_t ids[] = { 0, 0x7f, 0x80, 0x7fff, 0x8000, 0x800000, 0x7fffffff, ~0U };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        uint8_t room[256];
        struct builder builder = builder_over(room, sizeof room);
        const struct wire_snmp_pdu asked = { .kind = WIRE_SNMP_SET,
                                             .id = ids[i],
                                             .name = oid_of("1.3.6.1.4.1.4294967295.128.0"),
                                             .tag = WIRE_SNMP_TAG_OCTETS,
                                             .value = (const uint8_t *) "here",
                                             .value_length = 4 };
        struct wire_snmp_pdu read;

        wire_snmp_write(&builder, WIRE_SNMP_V1, "word", 4, &asked);
        cr_assert_not(builder.overflow);
        cr_assert(wire_snmp_read(room, builder.length, &read));
        cr_assert_eq(read.id, ids[i]);
        cr_assert_eq(read.name.length, asked.name.length);
        cr_assert_arr_eq(read.name.data, asked.name.data, asked.name.length);
        cr_assert_arr_eq(read.value, "here", 4);
    }
}

Test(snmp_message, names_have_their_order)
{
    static const char *const order[] = { "1.3",           "1.3.6.1.127",   "1.3.6.1.128",
                                         "1.3.6.1.16383", "1.3.6.1.16384", "1.3.6.1.16384.0",
                                         "1.3.6.2" };

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
            const struct wire_snmp_oid a = oid_of(order[i]);
            const struct wire_snmp_oid b = oid_of(order[k]);

            cr_assert_eq(wire_snmp_oid_before(&a, &b), i < k, "%s %s", order[i], order[k]);
        }
    }
}

Test(snmp_message, refuses_what_is_no_name)
{
    static const char *const bad[] = {
        "", "1", "1.", "3.1", "1.40", "1.3.", "1..3", "1.3.x", "1.3.4294967296", " 1.3"
    };
    struct wire_snmp_oid oid;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(wire_snmp_oid_parse(bad[i], &oid), "'%s'", bad[i]);
    }
}

/* RFC 3414 appendices A.3.1 and A.3.2. */
Test(snmp_usm, makes_the_keys_of_the_rfc)
{
    static const uint8_t engine[12] = { [11] = 2 };
    static const struct {
        enum snmp_hash hash;
        const char *key;
    } known[] = { { SNMP_MD5, "526f5eed9fcce26f8964c2930787d82b" },
                  { SNMP_SHA1, "6695febc9288e36282235fc7151f128497b38f3f" } };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint8_t key[SNMP_KEY_MAX];
        char text[2 * SNMP_KEY_MAX + 1];
        size_t length = 0;
        struct error error;

        cr_assert_eq(
            snmp_key(known[i].hash, "maplesyrup", engine, sizeof engine, key, &length, &error),
            STATUS_OK);
        text_hex(key, length, text);
        cr_assert_str_eq(text, known[i].key);
    }
}

Test(snmp_usm, deciphers_what_it_enciphers)
{
    static const enum snmp_cipher ciphers[] = { SNMP_AES, SNMP_DES };
    static const uint8_t key[SNMP_KEY_MAX] = "sixteen octets, or more of them";
    static const uint8_t salt[WIRE_SNMP_SALT_SIZE] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        const struct snmp_privacy privacy = {
            .cipher = ciphers[i], .key = key, .boots = 3, .time = 77, .salt = salt
        };
        uint8_t data[64] = "an object's name and value";
        size_t length = 27;
        struct error error;

        cr_assert_eq(snmp_encipher(&privacy, data, &length, &error), STATUS_OK);
        cr_assert_eq(length, ciphers[i] == SNMP_DES ? 32 : 27);
        cr_assert_neq(memcmp(data, "an object's name and value", 26), 0);
        cr_assert_eq(snmp_decipher(&privacy, data, length, &error), STATUS_OK);
        cr_assert_str_eq((const char *) data, "an object's name and value");
    }
}
