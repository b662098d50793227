#include "evidence/tst.h"
#include "support/tsa.h"

#include <criterion/criterion.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* 2026-06-01, and the time of most tokens here. */
enum { AT = 1780272000, STAMPED = 1777000000 };

static const char message[] = "the signature of a statement";

/* One authority, one answer of it. */
struct bench {
    struct tsa tsa;
    struct trust_timestamp_authority authority;
    uint8_t *certificate;
    uint8_t *answer;
    size_t length;
    struct tst_context context;
};

static void bench_trust(struct bench *bench, X509 *certificate)
{
    free(bench->certificate);
    bench->authority =
        (struct trust_timestamp_authority){ .not_before = INT64_MIN, .not_after = INT64_MAX };
    bench->certificate = tsa_certificate(certificate, &bench->authority.certificate_length);
    bench->authority.certificate = bench->certificate;
}

static void bench_open(struct bench *bench, const struct tsa_how *how)
{
    *bench = (struct bench){ .tsa = tsa_open(how) };
    bench_trust(bench, bench->tsa.ca);
    bench->context = (struct tst_context){ .authorities = &bench->authority,
                                           .authority_count = 1,
                                           .at_ms = AT * 1000LL,
                                           .as_of_ms = AT * 1000LL };
}

static void bench_stamp(struct bench *bench, const struct tsa_stamp *how)
{
    free(bench->answer);
    bench->answer = tsa_stamp(&bench->tsa, message, sizeof message, how, &bench->length);
}

static void bench_done(struct bench *bench)
{
    tsa_done(&bench->tsa);
    free(bench->certificate);
    free(bench->answer);
}

static enum tst_outcome outcome(const struct bench *bench, const char *code)
{
    struct tst_verdict verdict = { 0 };
    struct error error = { 0 };
    struct tst tst;

    cr_assert_eq(tst_read(bench->answer, bench->length, &tst, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(tst_judge(&tst, message, sizeof message, &bench->context, &verdict, &error),
                 STATUS_OK, "%s", error.message);
    cr_expect_eq(strncmp(verdict.detail, code, strlen(code)), 0, "%s, not %s", verdict.detail,
                 code);
    return verdict.outcome;
}

static void expect(const struct tsa_how *how, const struct tsa_stamp *stamp,
                   enum tst_outcome wanted, const char *code)
{
    DEFER(bench_done) struct bench bench;

    bench_open(&bench, how);
    bench_stamp(&bench, stamp);
    cr_expect_eq(outcome(&bench, code), wanted);
}

Test(tst, is_good_with_an_elliptic_or_an_rsa_key)
{
    const struct tsa_stamp stamp = { .time = STAMPED };

    expect(&(const struct tsa_how){ .rsa = false }, &stamp, TST_GOOD, "");
    expect(&(const struct tsa_how){ .rsa = true }, &stamp, TST_GOOD, "");
}

Test(tst, states_its_time_and_repeats_the_nonce)
{
    static const uint8_t nonce[] = { 0x12, 0x34 };
    const struct tsa_stamp stamp = { .time = STAMPED,
                                     .nonce = nonce,
                                     .nonce_length = sizeof nonce };
    DEFER(bench_done) struct bench bench;
    struct tst tst;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &stamp);
    cr_assert_eq(tst_read(bench.answer, bench.length, &tst, NULL), STATUS_OK);
    cr_expect_eq(tst.time_ms, STAMPED * 1000LL);
    cr_expect(der_equals(&tst.nonce, nonce, sizeof nonce));
    cr_expect_eq(tst.imprint_hash, TST_SHA256);
}

Test(tst, is_judged_at_its_own_time)
{
    /* Over today, and good then. */
    expect(&(const struct tsa_how){ .to = STAMPED + 10 },
           &(const struct tsa_stamp){ .time = STAMPED }, TST_GOOD, "");
    expect(&(const struct tsa_how){ .to = STAMPED - 10 },
           &(const struct tsa_stamp){ .time = STAMPED }, TST_POLICY, "timestamp.window");
    expect(&(const struct tsa_how){ .from = STAMPED + 10 },
           &(const struct tsa_stamp){ .time = STAMPED }, TST_POLICY, "timestamp.window");
    expect(&(const struct tsa_how){ 0 }, &(const struct tsa_stamp){ .time = AT + 3600 }, TST_POLICY,
           "timestamp.future");
}

Test(tst, refuses_certificates_that_are_not_for_time_stamps_alone)
{
    const struct tsa_stamp stamp = { .time = STAMPED };

    expect(&(const struct tsa_how){ .usage = TSA_USAGE_MISSING }, &stamp, TST_POLICY,
           "timestamp.purpose");
    expect(&(const struct tsa_how){ .usage = TSA_USAGE_LAX }, &stamp, TST_POLICY,
           "timestamp.purpose");
    expect(&(const struct tsa_how){ .usage = TSA_USAGE_MANY }, &stamp, TST_POLICY,
           "timestamp.purpose");
    expect(&(const struct tsa_how){ .leaf_is_ca = true }, &stamp, TST_POLICY, "timestamp.purpose");
}

Test(tst, refuses_sha1_and_forgery)
{
    expect(&(const struct tsa_how){ 0 }, &(const struct tsa_stamp){ .time = STAMPED, .sha1 = true },
           TST_POLICY, "timestamp.weak");
    expect(&(const struct tsa_how){ .rsa = true },
           &(const struct tsa_stamp){ .time = STAMPED, .bent = true }, TST_WRONG,
           "timestamp.signature");
}

Test(tst, tolerates_attribute_certificates)
{
    expect(&(const struct tsa_how){ 0 },
           &(const struct tsa_stamp){ .time = STAMPED, .attribute_certificate = true }, TST_GOOD,
           "");
}

Test(tst, finds_the_real_signer_whatever_lies_in_the_bag)
{
    DEFER(bench_done) struct bench bench;
    X509 *forged;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    forged = tsa_forge(&bench.tsa);
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED, .extra = forged });
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
    X509_free(forged);
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED, .no_certificates = true });
    cr_expect_eq(outcome(&bench, "timestamp.signer"), TST_POLICY);
    bench_trust(&bench, bench.tsa.leaf); /* a trusted certificate need not be in the bag */
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
}

Test(tst, knows_whom_the_reader_trusts)
{
    DEFER(bench_done) struct bench bench;
    DEFER(bench_done) struct bench other;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_open(&other, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    bench.context.authorities = &other.authority;
    cr_expect_eq(outcome(&bench, "timestamp.untrusted"), TST_POLICY);
    bench.context.authority_count = 0;
    cr_expect_eq(outcome(&bench, "timestamp.untrusted"), TST_POLICY);
    bench.context.authorities = &bench.authority;
    bench.context.authority_count = 1;
    bench.authority.not_after = STAMPED * 1000LL;
    cr_expect_eq(outcome(&bench, "timestamp.authority"), TST_POLICY);
    bench.authority.not_after = INT64_MAX;
    bench.authority.revoked = true;
    bench.authority.revoked_at = (STAMPED + 10) * 1000LL;
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
    bench.authority.compromised = true;
    cr_expect_eq(outcome(&bench, "timestamp.authority"), TST_POLICY);
    bench.context.as_of_ms = (STAMPED + 5) * 1000LL; /* renewed before the theft */
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
}

Test(tst, lasts_when_the_authority_rolls_over)
{
    DEFER(bench_done) struct bench bench;

    bench_open(&bench, &(const struct tsa_how){ .to = STAMPED + 10 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    tsa_roll(&bench.tsa, &(const struct tsa_how){ .from = STAMPED + 5 }, true);
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED + 20 });
    cr_expect_eq(outcome(&bench, ""), TST_GOOD);
}

static enum tst_outcome revoked(struct bench *bench, int64_t when, int reason, const char *code)
{
    size_t length = 0;
    uint8_t *der = tsa_revoke(&bench->tsa, when, reason, &length);
    const struct tst_blob blob = { der, length };
    enum tst_outcome found;

    bench->context.lists = &blob;
    bench->context.list_count = 1;
    found = outcome(bench, code);
    bench->context.lists = NULL;
    bench->context.list_count = 0;
    free(der);
    return found;
}

Test(tst, heeds_a_revocation_list_beside_it)
{
    DEFER(bench_done) struct bench bench;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    cr_expect_eq(revoked(&bench, STAMPED - 10, CRL_REASON_SUPERSEDED, "timestamp.revoked"),
                 TST_POLICY);
    cr_expect_eq(revoked(&bench, STAMPED + 10, CRL_REASON_SUPERSEDED, ""), TST_GOOD);
    cr_expect_eq(revoked(&bench, STAMPED + 10, CRL_REASON_KEY_COMPROMISE, "timestamp.revoked"),
                 TST_POLICY);
    cr_expect_eq(revoked(&bench, STAMPED + 10, -1, "timestamp.revoked"), TST_POLICY);
}

Test(tst, of_other_bytes_is_wrong)
{
    DEFER(bench_done) struct bench bench;
    struct tst_verdict verdict = { 0 };
    struct tst tst;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    cr_assert_eq(tst_read(bench.answer, bench.length, &tst, NULL), STATUS_OK);
    cr_assert_eq(tst_judge(&tst, "other", 5, &bench.context, &verdict, NULL), STATUS_OK);
    cr_expect_eq(verdict.outcome, TST_WRONG);
}

Test(tst, refusals_and_pieces_are_not_tokens)
{
    DEFER(bench_done) struct bench bench;
    struct error error = { 0 };
    struct tst tst;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED, .status = 2 });
    cr_expect_eq(tst_read(bench.answer, bench.length, &tst, &error), STATUS_BAD_INPUT);
    cr_expect_not_null(strstr(error.message, "timestamp.status"));
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    for (size_t i = 0; i < bench.length; i++) {
        uint8_t *piece = malloc(i + 1); /* of this size, so that AddressSanitizer sees its end */

        memcpy(piece, bench.answer, i);
        cr_expect_eq(tst_read(piece, i, &tst, NULL), STATUS_BAD_INPUT, "%zu bytes", i);
        free(piece);
    }
}

/* Turning any one bit never makes another good token of it. */
Test(tst, no_bit_can_be_turned)
{
    DEFER(bench_done) struct bench bench;
    struct tst_verdict verdict = { 0 };
    struct tst first;
    struct tst tst;
    size_t good = 0;

    bench_open(&bench, &(const struct tsa_how){ 0 });
    bench_stamp(&bench, &(const struct tsa_stamp){ .time = STAMPED });
    cr_assert_eq(tst_read(bench.answer, bench.length, &first, NULL), STATUS_OK);
    for (size_t i = 0; i < bench.length; i++) {
        bench.answer[i] ^= (uint8_t) (1U << (i % 8));
        if (tst_read(bench.answer, bench.length, &tst, NULL) == STATUS_OK) {
            cr_assert_eq(tst_judge(&tst, message, sizeof message, &bench.context, &verdict, NULL),
                         STATUS_OK);
            if (verdict.outcome == TST_GOOD) {
                /* Fields that nothing covers: versions, the list of hashes, the status. */
                cr_expect_eq(tst.time_ms, STAMPED * 1000LL);
                cr_expect_eq(tst.content.data, first.content.data);
                good++;
            }
        }
        bench.answer[i] ^= (uint8_t) (1U << (i % 8));
    }
    cr_expect_leq(good, 40, "%zu", good);
}
