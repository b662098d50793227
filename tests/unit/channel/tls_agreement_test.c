#include "channel/tls_agreement.h"

#include <criterion/criterion.h>
#include <string.h>

/* The other side of it is what the harness does as a client. */
Test(tls_agreement, both_sides_arrive_at_one_secret)
{
    static const uint8_t client_random[32] = { 1 };
    static const uint8_t server_random[32] = { 2 };
    const struct tls_cipher *cipher = tls_ciphers_find(0xc030);
    struct error error = { .status = STATUS_OK };
    struct tls_agreement *agreement = NULL;
    uint8_t params[TLS_POINT_MAX];
    uint8_t point[TLS_POINT_MAX];
    uint8_t shared[TLS_SHARED_MAX];
    uint8_t ours[TLS_MASTER_LENGTH];
    uint8_t theirs[TLS_MASTER_LENGTH];
    uint8_t randoms[64];
    uint64_t seed = 7;
    size_t params_length = 0;
    size_t point_length = 0;
    size_t shared_length = 0;

    cr_assert_eq(tls_agreement_new(&agreement, params, &params_length, &error), STATUS_OK);
    cr_expect_eq(params_length, 3 + 1 + 65);
    cr_assert(
        tls_keys_agree(params, params_length, &seed, point, &point_length, shared, &shared_length));
    memcpy(randoms, client_random, 32);
    memcpy(randoms + 32, server_random, 32);
    cr_assert_eq(tls_keys_derive(TLS_VERSION_12, true, shared, shared_length, "master secret",
                                 randoms, sizeof randoms, theirs, sizeof theirs, &error),
                 STATUS_OK);
    cr_assert(tls_agreement_master(agreement, cipher, point, point_length, client_random,
                                   server_random, ours));
    cr_expect_arr_eq(ours, theirs, sizeof ours);
    tls_agreement_done(&agreement);
    cr_expect_null(agreement);
}

Test(tls_agreement, a_point_off_the_curve_is_of_no_use)
{
    static const uint8_t random[32] = { 0 };
    const uint8_t point[66] = { 65, 4, [65] = 1 };
    struct error error = { .status = STATUS_OK };
    struct tls_agreement *agreement = NULL;
    uint8_t params[TLS_POINT_MAX];
    uint8_t master[TLS_MASTER_LENGTH];
    size_t length = 0;

    cr_assert_eq(tls_agreement_new(&agreement, params, &length, &error), STATUS_OK);
    cr_expect_not(tls_agreement_master(agreement, tls_ciphers_find(0xc02f), point, sizeof point,
                                       random, random, master));
    cr_expect_not(tls_agreement_master(agreement, tls_ciphers_find(0xc02f), point, 0, random,
                                       random, master));
    tls_agreement_done(&agreement);
}
