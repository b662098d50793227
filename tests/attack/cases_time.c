/* Trusted times: cases 100 to 102 and 105 to 118.  The honest bundle was made on 2026-04-01. */
#include "stamps.h"

/* The usual case: one authority, which the reader trusts, and both statements stamped. */
static void stamped(struct attempt *attempt, const struct tsa_how *authority,
                    const struct tsa_stamp *how)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(authority);

    trust_authority(attempt, &tsa);
    stamp_all(attempt, &tsa, how);
}

static void signed_and_stamped(struct attempt *attempt, enum world_who who, int64_t time)
{
    const struct world_bundle how = { .signer = who };
    const struct tsa_stamp stamp = { .time = time };

    attempt_bundle(attempt, &how);
    stamped(attempt, &(const struct tsa_how){ 0 }, &stamp);
}

/* ---- what a trusted time is good for ---- */

static void long_after(struct attempt *attempt, bool with_tokens)
{
    const struct world_store store = { .expires = "2040-01-01T00:00:00Z" };
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    const struct tsa *only = &tsa;

    trust_authorities(attempt, &only, 1, store, NULL);
    if (with_tokens) {
        stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
    }
    attempt->at = "2031-01-01T00:00:00Z"; /* the vendor's key ended in 2030 */
}

void attack_100_unstamped(struct attempt *attempt)
{
    long_after(attempt, false);
}

void attack_100_stamped(struct attempt *attempt)
{
    long_after(attempt, true);
}

void attack_100_timestamp_given(struct attempt *attempt)
{
    const struct world_store store = { .require_timestamp = true };
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ .rsa = true });
    const struct tsa *only = &tsa;

    trust_authorities(attempt, &only, 1, store, NULL);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
}

void attack_100_one_unstamped(struct attempt *attempt)
{
    const struct world_store store = { .require_timestamp = true };
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    const struct tsa *only = &tsa;

    trust_authorities(attempt, &only, 1, store, NULL);
    stamp_into(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april }, BUNDLE_ATT_RUN,
               BUNDLE_ATT_RUN);
}

void attack_101_stamped_before(struct attempt *attempt)
{
    signed_and_stamped(attempt, WORLD_REVOKED, second_april);
}

void attack_101_stamped_after(struct attempt *attempt)
{
    signed_and_stamped(attempt, WORLD_REVOKED, tenth_may);
}

void attack_102_stamped_before(struct attempt *attempt)
{
    signed_and_stamped(attempt, WORLD_COMPROMISED, second_april);
}

void attack_102_stamped_after(struct attempt *attempt)
{
    signed_and_stamped(attempt, WORLD_COMPROMISED, february_2027);
    attempt->at = "2027-06-01T00:00:00Z";
}

/* ---- tokens that are not what they should be ---- */

void attack_105_other_signature(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });

    trust_authority(attempt, &tsa);
    stamp_into(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april }, BUNDLE_ATT_RESULT,
               BUNDLE_ATT_RUN);
}

void attack_106_not_granted(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 },
            &(const struct tsa_stamp){ .time = second_april, .status = 2 });
}

void attack_107_untrusted(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    DEFER(tsa_done) struct tsa other = tsa_open(&(const struct tsa_how){ 0 });

    trust_authority(attempt, &other);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
}

void attack_108_outside_window(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .to = second_april - 60 },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_109_forged_first(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    X509 *forged = tsa_forge(&tsa);

    trust_authority(attempt, &tsa);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april, .extra = forged });
    X509_free(forged);
}

void attack_110_leaf_is_ca(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .leaf_is_ca = true },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_110_no_usage(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .usage = TSA_USAGE_MISSING },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_110_lax_usage(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .usage = TSA_USAGE_LAX },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_110_many_usages(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .usage = TSA_USAGE_MANY },
            &(const struct tsa_stamp){ .time = second_april });
}

/* The reader trusts a root, one of whose CAs issued the certificate. */
static void below(struct attempt *attempt, const char *above)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ .above = above });

    trust_authority(attempt, &tsa);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april, .extra = tsa.ca });
}

void attack_110_below_a_root(struct attempt *attempt)
{
    below(attempt, "timeStamping");
}

void attack_110_below_another_purpose(struct attempt *attempt)
{
    below(attempt, "serverAuth");
}

void attack_111_sha1_certificate(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .sha1 = true },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_111_small_key(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .small_key = true },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_111_explicit_curve(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .explicit_curve = true },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_111_sha1(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 },
            &(const struct tsa_stamp){ .time = second_april, .sha1 = true });
}

void attack_112_before_the_run(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 }, &(const struct tsa_stamp){ .time = march_2026 });
}

/* The authority's certificate began in May: the second token, of April, was made up later. */
void attack_113_one_back_dated(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ .from = may_2026 });

    trust_authority(attempt, &tsa);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = tenth_may });
    stamp_into(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april }, BUNDLE_ATT_RUN,
               BUNDLE_ATT_RUN);
}

/* The reader no longer believes in one certificate, whose key was stolen; the key has another one,
 * by a CA that the reader believes in. */
void attack_113_certified_again(struct attempt *attempt)
{
    const struct world_store store = { 0 };
    const struct tsa_how how = { 0 };
    DEFER(tsa_done) struct tsa tsa = tsa_open(&how);
    X509 *stolen = X509_dup(tsa.leaf);
    const struct tsa first = { .ca = stolen };
    const struct tsa *both[] = { &first, &tsa };

    trust_authorities(attempt, both, 2, store, "2026-04-01T00:00:00Z");
    tsa_roll(&tsa, &how, false);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
    X509_free(stolen);
}

void attack_114_future(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 }, &(const struct tsa_stamp){ .time = year_2027 });
}

void attack_115_expired_since(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ .to = may_2026 },
            &(const struct tsa_stamp){ .time = second_april });
}

void attack_117_attribute_certificate(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 },
            &(const struct tsa_stamp){ .time = second_april, .attribute_certificate = true });
}

void attack_118_malformed(struct attempt *attempt)
{
    static const uint8_t pieces[] = { 0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x30, 0x03, 0x02 };

    add_token(attempt, BUNDLE_ATT_RUN, pieces, sizeof pieces);
}

void attack_118_bent(struct attempt *attempt)
{
    stamped(attempt, &(const struct tsa_how){ 0 },
            &(const struct tsa_stamp){ .time = second_april, .bent = true });
}

/* ---- since when a second signature is required ---- */

static void require_pq(json_t *payload, void *context)
{
    (void) context;
    (void) json_object_set_new(json_object_get(payload, "policy"), "pqRequiredFrom",
                               json_string("2026-05-01T00:00:00Z"));
}

/* Asked about in June, with tokens of that time. */
static void pq_required(struct attempt *attempt, int64_t time)
{
    const struct world_store store = { .edit = require_pq };
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    const struct tsa *only = &tsa;

    trust_authorities(attempt, &only, 1, store, NULL);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = time });
}

void attack_149_pq_stamped_before(struct attempt *attempt)
{
    pq_required(attempt, second_april);
}

void attack_149_pq_stamped_after(struct attempt *attempt)
{
    pq_required(attempt, tenth_may);
}
