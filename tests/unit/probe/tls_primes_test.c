#include "channel/sha256.h"
#include "probe/tls_primes.h"

#include <criterion/criterion.h>
#include <mbedtls/dhm.h>

/* Against Mbed TLS's own copies of the primes. */
Test(tls_primes, shared_primes_have_names)
{
    static const uint8_t modp_2048[] = MBEDTLS_DHM_RFC3526_MODP_2048_P_BIN;
    static const uint8_t modp_3072[] = MBEDTLS_DHM_RFC3526_MODP_3072_P_BIN;
    static const uint8_t modp_4096[] = MBEDTLS_DHM_RFC3526_MODP_4096_P_BIN;
    static const uint8_t ffdhe_2048[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;
    static const uint8_t ffdhe_3072[] = MBEDTLS_DHM_RFC7919_FFDHE3072_P_BIN;
    static const uint8_t ffdhe_4096[] = MBEDTLS_DHM_RFC7919_FFDHE4096_P_BIN;
    static const uint8_t ffdhe_6144[] = MBEDTLS_DHM_RFC7919_FFDHE6144_P_BIN;
    static const uint8_t ffdhe_8192[] = MBEDTLS_DHM_RFC7919_FFDHE8192_P_BIN;
    static const struct {
        const uint8_t *prime;
        size_t length;
        const char *name;
    } wanted[] = {
        { modp_2048, sizeof modp_2048, "RFC 3526 group 14" },
        { modp_3072, sizeof modp_3072, "RFC 3526 group 15" },
        { modp_4096, sizeof modp_4096, "RFC 3526 group 16" },
        { ffdhe_2048, sizeof ffdhe_2048, "RFC 7919 ffdhe2048" },
        { ffdhe_3072, sizeof ffdhe_3072, "RFC 7919 ffdhe3072" },
        { ffdhe_4096, sizeof ffdhe_4096, "RFC 7919 ffdhe4096" },
        { ffdhe_6144, sizeof ffdhe_6144, "RFC 7919 ffdhe6144" },
        { ffdhe_8192, sizeof ffdhe_8192, "RFC 7919 ffdhe8192" },
    };
    char digest[SHA256_TEXT_SIZE];

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        cr_assert_eq(sha256_text(wanted[i].prime, wanted[i].length, digest, NULL), STATUS_OK);
        cr_expect_str_eq(tls_server_prime_name(digest), wanted[i].name);
    }
    digest[0] = 'x';
    cr_expect_null(tls_server_prime_name(digest));
}
