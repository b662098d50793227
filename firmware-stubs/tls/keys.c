#include "tls/gateway.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_LENGTH = 32, SEED_MAX = 128 };

/* RFC 5246 section 5. */
void tls_prf(const unsigned char *secret, size_t secret_length, const char *label,
             const unsigned char *seed, size_t seed_length, unsigned char *out, size_t length)
{
    unsigned char step[HASH_LENGTH + SEED_MAX];
    unsigned char made[HASH_LENGTH];
    size_t labelled = strlen(label) + seed_length;

    if (labelled > SEED_MAX) {
        abort();
    }
    memcpy(step + HASH_LENGTH, label, strlen(label));
    memcpy(step + HASH_LENGTH + strlen(label), seed, seed_length);
    HMAC(EVP_sha256(), secret, (int) secret_length, step + HASH_LENGTH, labelled, step, NULL);
    for (size_t at = 0; at < length; at += HASH_LENGTH) {
        HMAC(EVP_sha256(), secret, (int) secret_length, step, HASH_LENGTH + labelled, made, NULL);
        memcpy(out + at, made, length - at < HASH_LENGTH ? length - at : HASH_LENGTH);
        HMAC(EVP_sha256(), secret, (int) secret_length, step, HASH_LENGTH, made, NULL);
        memcpy(step, made, HASH_LENGTH);
    }
}

/* RFC 5246 section 6.3.  master_length 0: what comes of defect ccs. */
void keys_make(struct tls_side *side, size_t master_length)
{
    unsigned char block[2 * (MAC_LENGTH + KEY_LENGTH)];
    unsigned char seed[64];

    memcpy(seed, side->server_random, 32);
    memcpy(seed + 32, side->client_random, 32);
    tls_prf(side->master, master_length, "key expansion", seed, sizeof seed, block, sizeof block);
    side->next_in = (struct protection){ .on = true };
    side->next_out = side->next_in;
    memcpy(side->next_in.mac_key, block, MAC_LENGTH);
    memcpy(side->next_out.mac_key, block + MAC_LENGTH, MAC_LENGTH);
    memcpy(side->next_in.key, block + 2 * MAC_LENGTH, KEY_LENGTH);
    memcpy(side->next_out.key, block + 2 * MAC_LENGTH + KEY_LENGTH, KEY_LENGTH);
}

void verify_make(const struct tls_side *side, bool client, unsigned char verify[VERIFY_LENGTH])
{
    unsigned char digest[HASH_LENGTH];

    if (EVP_Digest(side->said, side->said_length, digest, NULL, EVP_sha256(), NULL) != 1) {
        abort();
    }
    tls_prf(side->master, MASTER_LENGTH, client ? "client finished" : "server finished", digest,
            sizeof digest, verify, VERIFY_LENGTH);
}

static size_t block_decrypt(const struct gateway *gateway, const unsigned char *block,
                            size_t length, unsigned char plain[512])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(gateway->key, NULL);
    size_t plain_length = 512;
    bool right = context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
                 EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
                 EVP_PKEY_decrypt(context, plain, &plain_length, block, length) == 1;

    EVP_PKEY_CTX_free(context);
    return right ? plain_length : 0;
}

bool premaster_open(const struct gateway *gateway, const unsigned char *block, size_t length,
                    unsigned char premaster[MASTER_LENGTH])
{
    unsigned char plain[512] = { 0 };
    size_t plain_length = block_decrypt(gateway, block, length, plain);
    const unsigned char *secret = plain + plain_length - MASTER_LENGTH;
    bool starts = plain_length > MASTER_LENGTH + 11 && plain[0] == 0 && plain[1] == 2;
    bool right = starts && secret[-1] == 0 && secret[0] == 3 && secret[1] == 3 &&
                 memchr(plain + 2, 0, plain_length - MASTER_LENGTH - 3) == NULL;

    if (RAND_bytes(premaster, MASTER_LENGTH) != 1) {
        abort();
    }
    if (right) {
        memcpy(premaster, secret, MASTER_LENGTH);
    }
    if (stub_has(gateway->stub, DEFECT_ROBOT_STRONG)) {
        return starts;
    }
    return right || !stub_has(gateway->stub, DEFECT_ROBOT_WEAK);
}
