#include "channel/tls_agreement.h"

#include "base/secret.h"

#include <mbedtls/ecdh.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

struct tls_agreement {
    mbedtls_ecdh_context ecdh;
};

static int random_take(void *context, unsigned char *room, size_t length)
{
    (void) context;
    return psa_generate_random(room, length) == PSA_SUCCESS ? 0 : -1;
}

enum status tls_agreement_random(void *room, size_t length, struct error *reterr)
{
    return psa_crypto_init() == PSA_SUCCESS && random_take(NULL, room, length) == 0
               ? STATUS_OK
               : fail(reterr, STATUS_CRYPTO, "no random numbers");
}

enum status tls_agreement_new(struct tls_agreement **ret_agreement, uint8_t params[TLS_POINT_MAX],
                              size_t *ret_length, struct error *reterr)
{
    struct tls_agreement *agreement = calloc(1, sizeof *agreement);

    if (agreement == NULL) {
        abort();
    }
    *ret_agreement = agreement;
    mbedtls_ecdh_init(&agreement->ecdh);
    if (psa_crypto_init() != PSA_SUCCESS ||
        mbedtls_ecdh_setup(&agreement->ecdh, MBEDTLS_ECP_DP_SECP256R1) != 0 ||
        mbedtls_ecdh_make_params(&agreement->ecdh, ret_length, params, TLS_POINT_MAX, random_take,
                                 NULL) != 0) {
        return fail(reterr, STATUS_CRYPTO, "no key for ECDHE");
    }
    return STATUS_OK;
}

void tls_agreement_done(struct tls_agreement **agreement)
{
    if (*agreement != NULL) {
        mbedtls_ecdh_free(&(*agreement)->ecdh);
        free(*agreement);
        *agreement = NULL;
    }
}

bool tls_agreement_master(struct tls_agreement *agreement, const struct tls_cipher *cipher,
                          const void *exchange, size_t length, const uint8_t client_random[32],
                          const uint8_t server_random[32], uint8_t master[TLS_MASTER_LENGTH])
{
    struct error error = { .status = STATUS_OK };
    uint8_t shared[TLS_SHARED_MAX];
    size_t shared_length = 0;
    uint8_t randoms[64];
    bool made;

    memcpy(randoms, client_random, 32);
    memcpy(randoms + 32, server_random, 32);
    made = mbedtls_ecdh_read_public(&agreement->ecdh, exchange, length) == 0 &&
           mbedtls_ecdh_calc_secret(&agreement->ecdh, &shared_length, shared, sizeof shared,
                                    random_take, NULL) == 0 &&
           tls_keys_derive(TLS_VERSION_12, cipher->hash_384, shared, shared_length, "master secret",
                           randoms, sizeof randoms, master, TLS_MASTER_LENGTH, &error) == STATUS_OK;
    secret_wipe(shared, sizeof shared);
    return made;
}
