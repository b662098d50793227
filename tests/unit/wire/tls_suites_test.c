#include "wire/tls_suites.h"

#include <criterion/criterion.h>
#include <string.h>

Test(tls_suites, are_sorted_and_unique_by_code_and_by_name)
{
    cr_assert(wire_tls_suites_count > 350);
    for (size_t i = 1; i < wire_tls_suites_count; i++) {
        cr_assert(wire_tls_suites[i - 1].code < wire_tls_suites[i].code);
        for (size_t at = 0; at < i; at++) {
            cr_assert(strcmp(wire_tls_suites[at].name, wire_tls_suites[i].name) != 0, "%s",
                      wire_tls_suites[i].name);
        }
    }
}

Test(tls_suites, each_is_found_by_its_code_and_no_other_number_is)
{
    size_t found = 0;

    for (unsigned code = 0; code <= 0xffff; code++) {
        const struct tls_suite *suite = wire_tls_suites_find((uint16_t) code);

        if (suite != NULL) {
            cr_assert_eq(suite->code, code);
            found++;
        }
    }
    cr_assert_eq(found, wire_tls_suites_count);
    cr_assert_null(wire_tls_suites_find(0x00ff)); /* a signal, not a suite */
    cr_assert_null(wire_tls_suites_find(0x5600));
}

/* CRYPTREC GL-3001: five suites of TLS 1.3; 17 high and 20 recommended ones of TLS 1.2. */
Test(tls_suites, tiers_have_the_sizes_of_the_guideline)
{
    size_t high = 0;
    size_t recommended = 0;

    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        high += wire_tls_suites[i].tier == TLS_TIER_HIGH ? 1 : 0;
        recommended += wire_tls_suites[i].tier == TLS_TIER_RECOMMENDED ? 1 : 0;
    }
    cr_assert_eq(high, 5 + 17);
    cr_assert_eq(recommended, 20);
}

Test(tls_suites, no_tier_holds_a_suite_without_forward_secrecy_or_authentication)
{
    for (size_t i = 0; i < wire_tls_suites_count; i++) {
        const struct tls_suite *suite = &wire_tls_suites[i];
        bool forward =
            suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_DHE || suite->kx == TLS_KX_TLS13;
        bool authentic = suite->auth == TLS_AUTH_RSA || suite->auth == TLS_AUTH_ECDSA ||
                         suite->auth == TLS_AUTH_TLS13;

        if (suite->tier == TLS_TIER_HIGH || suite->tier == TLS_TIER_RECOMMENDED) {
            cr_assert(forward && authentic && suite->bits >= 128, "%s", suite->name);
        }
        if (suite->tier == TLS_TIER_HIGH) {
            cr_assert_str_eq(suite->mac, "AEAD", "%s", suite->name);
        }
        if (suite->bits < 128 || suite->auth == TLS_AUTH_ANON || !suite->registered) {
            cr_assert_eq(suite->tier, TLS_TIER_NONE, "%s", suite->name);
        }
    }
}

Test(tls_suites, known_members)
{
    cr_assert_str_eq(wire_tls_suites_find(0xc030)->name, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    cr_assert_eq(wire_tls_suites_find(0xc030)->tier, TLS_TIER_HIGH);
    cr_assert_eq(wire_tls_suites_find(0xc014)->tier, TLS_TIER_RECOMMENDED);
    cr_assert_eq(wire_tls_suites_find(0x002f)->tier, TLS_TIER_EXCEPTION);
    cr_assert_eq(wire_tls_suites_find(0xc086)->tier, TLS_TIER_UNKNOWN);
    cr_assert_eq(wire_tls_suites_find(0x000a)->tier, TLS_TIER_NONE);
    cr_assert_eq(wire_tls_suites_find(0x0018)->auth, TLS_AUTH_ANON);
    cr_assert(wire_tls_suites_is_13(wire_tls_suites_find(0x1301)));
    cr_assert_not(wire_tls_suites_is_13(wire_tls_suites_find(0xc030)));
}
