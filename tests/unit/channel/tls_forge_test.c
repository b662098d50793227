#include "channel/tls_forge.h"

#include <criterion/criterion.h>
#include <mbedtls/x509_crt.h>
#include <time.h>

/* Without a test authority: what is wrong besides the issuer. */
static uint32_t flags_of(struct forge *forge, enum forge_flaw flaw, const char *host,
                         size_t *ret_count)
{
    static struct forged forged;
    struct error error = { .status = STATUS_OK };
    const uint8_t *der = forged.ders;
    mbedtls_x509_crt chain;
    mbedtls_x509_crt none;
    uint32_t flags = 0;

    mbedtls_x509_crt_init(&chain);
    mbedtls_x509_crt_init(&none);
    cr_assert_eq(forge_chain(forge, flaw, &forged, &error), STATUS_OK, "%s", error.message);
    for (size_t i = 0; i < forged.count; i++) {
        cr_assert_eq(mbedtls_x509_crt_parse_der(&chain, der, forged.lengths[i]), 0);
        der += forged.lengths[i];
    }
    (void) mbedtls_x509_crt_verify(&chain, &none, NULL, host, &flags, NULL, NULL);
    mbedtls_x509_crt_free(&chain);
    *ret_count = forged.count;
    return flags;
}

Test(tls_forge, each_flaw_is_the_one_that_it_is_named_after)
{
    const struct forge_plan plan = { .host = "cloud.example.test", .now_s = time(NULL) };
    const uint32_t unknown = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    DEFER(forge_done) struct forge *forge = NULL;
    struct error error = { .status = STATUS_OK };
    size_t count = 0;

    cr_assert_eq(forge_new(&plan, &forge, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(flags_of(forge, FORGE_VALID, plan.host, &count), unknown);
    cr_expect_eq(flags_of(forge, FORGE_SELF_SIGNED, plan.host, &count), unknown);
    cr_expect_eq(flags_of(forge, FORGE_WRONG_HOST, plan.host, &count),
                 unknown | MBEDTLS_X509_BADCERT_CN_MISMATCH);
    cr_expect_eq(flags_of(forge, FORGE_EXPIRED, plan.host, &count),
                 unknown | MBEDTLS_X509_BADCERT_EXPIRED);
    cr_expect_eq(flags_of(forge, FORGE_NOT_YET_VALID, plan.host, &count),
                 unknown | MBEDTLS_X509_BADCERT_FUTURE);
    cr_expect_eq(flags_of(forge, FORGE_UNKNOWN_CA, plan.host, &count), unknown);
    cr_expect_eq(count, 1);
    cr_expect_eq(flags_of(forge, FORGE_LEAF_AS_CA, plan.host, &count), unknown);
    cr_expect_eq(count, 2);
    cr_expect_eq(flags_of(forge, FORGE_SHA1, plan.host, &count) & MBEDTLS_X509_BADCERT_BAD_MD,
                 MBEDTLS_X509_BADCERT_BAD_MD);
    cr_expect_eq(flags_of(forge, FORGE_RSA1024, plan.host, &count) & MBEDTLS_X509_BADCERT_BAD_KEY,
                 MBEDTLS_X509_BADCERT_BAD_KEY);
}

Test(tls_forge, an_address_is_named_as_one)
{
    const struct forge_plan plan = { .host = "192.0.2.7", .now_s = time(NULL) };
    DEFER(forge_done) struct forge *forge = NULL;
    struct error error = { .status = STATUS_OK };
    size_t count = 0;

    cr_assert_eq(forge_new(&plan, &forge, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(flags_of(forge, FORGE_VALID, "192.0.2.7", &count),
                 MBEDTLS_X509_BADCERT_NOT_TRUSTED);
}
