/* Any bytes as a timestamp: no crash, and no token is good where nobody is trusted.  Digests are
 * too high a wall for a fuzzer, so a second pass puts right the three that the token states and
 * trusts the last certificate in its bag: certificates, algorithms, signature and path are then
 * reached. What that pass answers means nothing. */
#include "evidence/tst.h"

#include <openssl/evp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_right(struct der_item *digest, uint8_t *ret_right, enum tst_hash hash,
                      const void *data, size_t length)
{
    static const char *const names[] = { [TST_SHA1] = "SHA1",
                                         [TST_SHA256] = "SHA256",
                                         [TST_SHA384] = "SHA384",
                                         [TST_SHA512] = "SHA512" };
    size_t right_length = 0;

    if (EVP_Q_digest(NULL, names[hash], NULL, data, length, ret_right, &right_length) != 1) {
        __builtin_trap();
    }
    digest->data = ret_right;
    digest->length = right_length;
}

static void judge_past_digests(const struct tst *read, struct tst_context context)
{
    struct tst tst = *read;
    const struct der_item *last = tst.bag_count > 0 ? &tst.bag[tst.bag_count - 1] : NULL;
    const struct trust_timestamp_authority authority = {
        .name = "any",
        .certificate = last == NULL ? NULL : last->whole,
        .certificate_length = last == NULL ? 0 : last->whole_length,
        .not_before = INT64_MIN,
        .not_after = INT64_MAX,
    };
    uint8_t imprint[TST_HASH_MAX];
    uint8_t message[TST_HASH_MAX];
    uint8_t signer[TST_HASH_MAX];
    struct tst_verdict verdict;

    if (last == NULL) {
        return;
    }
    put_right(&tst.imprint, imprint, tst.imprint_hash, "", 0);
    put_right(&tst.message_digest, message, tst.hash, tst.content.data, tst.content.length);
    put_right(&tst.signer_digest, signer, tst.signer_hash, tst.bag[0].whole,
              tst.bag[0].whole_length);
    context.authorities = &authority;
    context.authority_count = 1;
    if (tst_judge(&tst, "", 0, &context, &verdict, NULL) != STATUS_OK) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tst_context context = { .at_ms = 1800000000000, .as_of_ms = 1800000000000 };
    struct tst_verdict verdict;
    struct tst tst;

    if (tst_read(data, size, &tst, NULL) != STATUS_OK) {
        return 0;
    }
    if (tst_judge(&tst, "", 0, &context, &verdict, NULL) != STATUS_OK ||
        verdict.outcome == TST_GOOD) {
        __builtin_trap(); /* nobody is trusted */
    }
    judge_past_digests(&tst, context);
    return 0;
}
