#include "evidence/withhold.h"

#include "evidence/fault.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct withhold_salt zero_to_31 = { { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                   11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                   22, 23, 24, 25, 26, 27, 28, 29, 30, 31 } };

static void expect_refused(const char *text, const char *id, const char *code)
{
    struct withhold_salt salt;
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE];

    cr_assert_neq(withhold_salt_read(text, strlen(text), id, &salt, &error), STATUS_OK, "%s", text);
    fault_code(&error, found);
    cr_assert_str_eq(found, code, "%s", error.message);
}

/* printf 'hoshi/entry/1\0e0207\0secret' |
 * openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f */
Test(withhold, commitment_is_the_one_openssl_computes)
{
    struct digest commit;
    char hex[DIGEST_HEX_SIZE];

    cr_assert_eq(withhold_commit(&zero_to_31, "e0207", "secret", 6, &commit, NULL), STATUS_OK);
    digest_to_hex(&commit, hex);
    cr_assert_str_eq(hex, "831b46d9f45a408d1a27e944f3a30b452e9aeadd5bd635cc1cb573d180560833");
}

/* The NULs keep id and content from running into each other. */
Test(withhold, case_132_id_and_content_are_bound)
{
    struct digest first;
    struct digest second;

    cr_assert_eq(withhold_commit(&zero_to_31, "e0001", "2x", 2, &first, NULL), STATUS_OK);
    cr_assert_eq(withhold_commit(&zero_to_31, "e00012", "x", 1, &second, NULL), STATUS_OK);
    cr_assert_not(digest_equal(&first, &second));
    cr_assert_eq(withhold_commit(&zero_to_31, "e0002", "2x", 2, &second, NULL), STATUS_OK);
    cr_assert_not(digest_equal(&first, &second));
}

Test(withhold, salts_are_fresh)
{
    struct withhold_salt first;
    struct withhold_salt second;

    cr_assert_eq(withhold_salt_new(&first, NULL), STATUS_OK);
    cr_assert_eq(withhold_salt_new(&second, NULL), STATUS_OK);
    cr_assert_neq(memcmp(first.octets, second.octets, WITHHOLD_SALT_SIZE), 0);
    withhold_salt_wipe(&first);
    cr_assert_eq(first.octets[0] | first.octets[31], 0);
}

Test(withhold, salt_file_round_trip)
{
    static const char wanted[] = "{\"hoshi\":1,\"id\":\"e0207\",\"salt\":"
                                 "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}";
    DEFER(bytes_done) struct bytes text = bytes_bounded(1000);
    struct withhold_salt salt;
    char name[WITHHOLD_NAME_SIZE];

    cr_assert_eq(withhold_salt_write(&zero_to_31, "e0207", &text, NULL), STATUS_OK);
    cr_assert_eq(text.length, strlen(wanted));
    cr_assert_arr_eq(text.data, wanted, text.length);
    cr_assert_eq(withhold_salt_read(text.data, text.length, "e0207", &salt, NULL), STATUS_OK);
    cr_assert_arr_eq(salt.octets, zero_to_31.octets, WITHHOLD_SALT_SIZE);
    withhold_salt_name("e0207", name);
    cr_assert_str_eq(name, "META-INF/disc/e0207.json");
}

Test(withhold, case_131_salt_of_31_or_33_bytes)
{
    expect_refused("{\"hoshi\":1,\"id\":\"e0207\",\"salt\":"
                   "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\"}",
                   "e0207", "withhold.salt_length");
    expect_refused("{\"hoshi\":1,\"id\":\"e0207\",\"salt\":"
                   "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\"}",
                   "e0207", "withhold.salt_length");
    expect_refused("{\"hoshi\":1,\"id\":\"e0207\",\"salt\":\"\"}", "e0207", "withhold.salt_length");
}

Test(withhold, salt_file_of_another_kind)
{
    static const char sound[] = "{\"hoshi\":1,\"id\":\"e0207\",\"salt\":"
                                "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}";

    expect_refused(sound, "e0208", "withhold.id");
    expect_refused("{\"hoshi\":2,\"id\":\"e0207\",\"salt\":\"\"}", "e0207", "withhold.version");
    expect_refused("{\"hoshi\":1,\"id\":\"e0207\"}", "e0207", "withhold.salt");
    expect_refused("{\"hoshi\":1,\"salt\":\"\"}", "e0207", "withhold.id");
    expect_refused("{\"hoshi\":1,\"id\":\"e0207\",\"salt\":\"-_==\"}", "e0207", "json.base64");
    expect_refused("{\"hoshi\":1,\"hoshi\":1}", "e0207", "json.duplicate");
}
