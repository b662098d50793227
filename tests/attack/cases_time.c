/* Trusted times: cases 100 to 102 and 105 to 118.  The honest bundle was made on 2026-04-01. */
#include "attack.h"

#include "base/text.h"
#include "evidence/archive.h"
#include "evidence/digest.h"
#include "evidence/opening.h"
#include "evidence/sigstore.h"
#include "support/tsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds since 1970. */
static const int64_t march_2026 = 1772323200;   /* 2026-03-01 */
static const int64_t second_april = 1775088000; /* 2026-04-02 */
static const int64_t may_2026 = 1777593600;     /* 2026-05-01 */
static const int64_t tenth_may = 1778371200;    /* 2026-05-10 */
static const int64_t year_2027 = 1798761600;
static const int64_t february_2027 = 1801440000; /* 2027-02-01 */

static const char *const statements[] = { BUNDLE_ATT_RUN, BUNDLE_ATT_RESULT };

/* ---- the store ---- */

static void put_certificate(X509 *certificate, struct bytes *out)
{
    size_t length = 0;
    uint8_t *der = tsa_certificate(certificate, &length);
    struct error error = { 0 };

    must(bytes_append(out, der, length, &error), &error);
    free(der);
}

/* Makes the store name an authority, or two; `compromised` is since when the first is not. */
static void trust_authorities(struct attempt *attempt, const struct tsa *const *authorities,
                              size_t count, struct world_store store, const char *compromised)
{
    struct bytes certificates[WORLD_AUTHORITIES_MAX];

    for (size_t i = 0; i < count; i++) {
        certificates[i] = bytes_bounded(1 << 16);
        put_certificate(authorities[i]->ca, &certificates[i]);
        store.authorities[i] = &certificates[i];
    }
    store.authority_compromised = compromised;
    attempt_trust(attempt, &store);
    for (size_t i = 0; i < count; i++) {
        bytes_done(&certificates[i]);
    }
}

static void trust_authority(struct attempt *attempt, const struct tsa *tsa)
{
    const struct world_store store = { 0 };

    trust_authorities(attempt, &tsa, 1, store, NULL);
}

/* ---- tokens ---- */

static void add_token(struct attempt *attempt, const char *name, const void *token, size_t length)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4 << 20);
    struct raw_entry *entry = raw_zip_find(&attempt->zip, name);
    struct error error = { 0 };

    must(sigstore_stamp(entry->data, entry->length, token, length, &out, &error), &error);
    raw_entry_set(entry, out.data, out.length);
}

/* A token over the signature of `of`, put into `into`. */
static void stamp_into(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how,
                       const char *of, const char *into)
{
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, of);
    struct error error = { 0 };
    size_t length = 0;
    uint8_t *token;

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    token = tsa_stamp(tsa, envelope.signature.der, envelope.signature.length, how, &length);
    add_token(attempt, into, token, length);
    free(token);
}

static void stamp_all(struct attempt *attempt, const struct tsa *tsa, const struct tsa_stamp *how)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        stamp_into(attempt, tsa, how, statements[i], statements[i]);
    }
}

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

/* ---- the token that the run begins with ---- */

/* A bundle whose log begins with the authority's token.  `said` of the opening is what the token is
 * over, `logged` what the log says. */
static void opened_by(struct attempt *attempt, const struct tsa *tsa, int64_t opened,
                      const char *said, const char *logged)
{
    DEFER(bytes_done) struct bytes stamped = bytes_bounded(OPENING_MAX);
    json_t *opening = json_pack("{s:s}", "run", said);
    const struct world_bundle how = { .opening = opening };
    struct error error = { 0 };
    size_t length = 0;
    uint8_t *token;

    must(opening_stamped(opening, &stamped, &error), &error);
    token = tsa_stamp(tsa, stamped.data, stamped.length, &(const struct tsa_stamp){ .time = opened },
                      &length);
    (void) json_object_set_new(opening, "run", json_string(logged));
    opening_anchor(opening, token, length);
    free(token);
    attempt_bundle(attempt, &how);
    json_decref(opening);
}

static void opened_at(struct attempt *attempt, int64_t opened, int64_t signed_at, const char *said,
                      const char *logged)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });

    trust_authority(attempt, &tsa);
    opened_by(attempt, &tsa, opened, said, logged);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = signed_at });
}

void attack_112_opened(struct attempt *attempt)
{
    opened_at(attempt, march_2026, second_april, "run-1", "run-1");
}

void attack_112_opened_after_the_end(struct attempt *attempt)
{
    opened_at(attempt, tenth_may, tenth_may, "run-1", "run-1");
}

void attack_105_other_opening(struct attempt *attempt)
{
    opened_at(attempt, march_2026, second_april, "run-0", "run-1");
}

void attack_105_opening_of_another_run(struct attempt *attempt)
{
    opened_at(attempt, march_2026, second_april, "run-0", "run-0");
}

/* ---- renewal ---- */

/* Record `number`, over all files that it must cover but `without`. */
static void renew_as(struct attempt *attempt, const struct tsa *tsa, size_t number, int64_t time,
                     const char *without)
{
    DEFER(bytes_done) struct bytes record = bytes_bounded(ARCHIVE_FILE_MAX);
    json_t *files = json_object();
    char name[ARCHIVE_NAME_SIZE];
    struct error error = { 0 };
    size_t length = 0;
    uint8_t *token;

    for (size_t i = 0; i < attempt->zip.count; i++) {
        const struct raw_entry *entry = &attempt->zip.entries[i];
        struct digest digest;
        char hex[DIGEST_HEX_SIZE];

        must(digest_of(entry->data, entry->length, &digest, &error), &error);
        digest_to_hex(&digest, hex);
        if (!text_starts_with(entry->central.name, "META-INF/disc/") &&
            !text_starts_with(entry->central.name, "wire/") &&
            !text_equal(entry->central.name, without)) {
            (void) json_object_set_new(files, entry->central.name, json_string(hex));
        }
    }
    must(archive_write(files, &record, &error), &error);
    json_decref(files);
    archive_name(number, "json", name);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, name, record.data, record.length);
    token = tsa_stamp(tsa, record.data, record.length, &(const struct tsa_stamp){ .time = time },
                      &length);
    archive_name(number, "tsr", name);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, name, token, length);
    free(token);
    raw_zip_sort(&attempt->zip);
}

static void renew(struct attempt *attempt, const struct tsa *tsa, int64_t time, const char *without)
{
    renew_as(attempt, tsa, 1, time, without);
}

/* The first authority was found to be broken on 2028-01-01; a second one renewed before, or after,
 * or never (0). */
static void outlive(struct attempt *attempt, int64_t renewed, const char *without)
{
    const struct world_store store = { .expires = "2040-01-01T00:00:00Z" };
    DEFER(tsa_done) struct tsa first = tsa_open(&(const struct tsa_how){ .to = may_2026 });
    DEFER(tsa_done) struct tsa second = tsa_open(&(const struct tsa_how){ .rsa = true });
    const struct tsa *both[] = { &first, &second };

    trust_authorities(attempt, both, 2, store, "2028-01-01T00:00:00Z");
    stamp_all(attempt, &first, &(const struct tsa_stamp){ .time = second_april });
    if (renewed != 0) {
        renew(attempt, &second, renewed, without);
    }
    attempt->at = "2031-01-01T00:00:00Z";
}

void attack_116_renewed(struct attempt *attempt)
{
    outlive(attempt, february_2027, NULL);
}

void attack_116_never_renewed(struct attempt *attempt)
{
    outlive(attempt, 0, NULL);
}

void attack_116_renewed_too_late(struct attempt *attempt)
{
    outlive(attempt, february_2027 + 2 * 365 * 86400, NULL);
}

void attack_116_fewer(struct attempt *attempt)
{
    outlive(attempt, february_2027, BUNDLE_RESULT);
}

void attack_116_without_statement(struct attempt *attempt)
{
    outlive(attempt, february_2027, BUNDLE_ATT_RUN);
}

void attack_116_older_than_tokens(struct attempt *attempt)
{
    outlive(attempt, march_2026, NULL);
}

void attack_116_half(struct attempt *attempt)
{
    outlive(attempt, february_2027, NULL);
    raw_zip_remove(&attempt->zip, "META-INF/arc/0001.tsr");
}

/* The authority that is broken today gave the log its beginning as well. */
static void outlive_opened(struct attempt *attempt, int64_t renewed)
{
    const struct world_store store = { .expires = "2040-01-01T00:00:00Z" };
    DEFER(tsa_done) struct tsa first = tsa_open(&(const struct tsa_how){ 0 });
    DEFER(tsa_done) struct tsa second = tsa_open(&(const struct tsa_how){ .rsa = true });
    const struct tsa *both[] = { &first, &second };

    trust_authorities(attempt, both, 2, store, "2028-01-01T00:00:00Z");
    opened_by(attempt, &first, march_2026, "run-1", "run-1");
    stamp_all(attempt, &second, &(const struct tsa_stamp){ .time = second_april });
    renew(attempt, &second, renewed, NULL);
    attempt->at = "2031-01-01T00:00:00Z";
}

void attack_116_opened_and_renewed(struct attempt *attempt)
{
    outlive_opened(attempt, february_2027);
}

void attack_116_opened_renewed_too_late(struct attempt *attempt)
{
    outlive_opened(attempt, february_2027 + 2 * 365 * 86400);
}

/* Two records by one authority, at these times. */
static void renew_twice(struct attempt *attempt, int64_t first, int64_t second, const char *without)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });

    trust_authority(attempt, &tsa);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
    renew_as(attempt, &tsa, 1, first, NULL);
    renew_as(attempt, &tsa, 2, second, without);
}

void attack_116_renewed_twice(struct attempt *attempt)
{
    renew_twice(attempt, may_2026, tenth_may, NULL);
}

void attack_116_out_of_order(struct attempt *attempt)
{
    renew_twice(attempt, tenth_may, may_2026, NULL);
}

void attack_116_forgets_the_first(struct attempt *attempt)
{
    renew_twice(attempt, may_2026, tenth_may, "META-INF/arc/0001.tsr");
}

/* Covered under its name, with the octets that it had before. */
void attack_116_changed_since(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });

    trust_authority(attempt, &tsa);
    renew(attempt, &tsa, may_2026, NULL);
    stamp_all(attempt, &tsa, &(const struct tsa_stamp){ .time = second_april });
}

/* ---- revocation lists ---- */

/* Beside good tokens lies a list, named by its digest, that takes the authority's certificate back:
 * `lister` signed it. */
static void listed(struct attempt *attempt, const struct tsa *tsa, const struct tsa *lister,
                   int64_t when, int reason, bool bent)
{
    struct error error = { 0 };
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];
    char name[CONTAINER_NAME_MAX + 1];
    size_t length = 0;
    uint8_t *list = tsa_revoke(lister, when, reason, &length);

    list[length - 1] ^= bent;
    must(digest_of(list, length, &digest, &error), &error);
    digest_to_hex(&digest, hex);
    (void) snprintf(name, sizeof name, "META-INF/val/%s.crl", hex);
    trust_authority(attempt, tsa);
    stamp_all(attempt, tsa, &(const struct tsa_stamp){ .time = second_april });
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, name, list, length);
    raw_zip_sort(&attempt->zip);
    free(list);
}

static void revoked(struct attempt *attempt, int64_t when, int reason, bool bent)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });

    listed(attempt, &tsa, &tsa, when, reason, bent);
}

enum { KEY_COMPROMISE = 1, SUPERSEDED = 4 };

void attack_113_taken_back(struct attempt *attempt)
{
    revoked(attempt, may_2026, KEY_COMPROMISE, false);
}

void attack_113_superseded_later(struct attempt *attempt)
{
    revoked(attempt, may_2026, SUPERSEDED, false);
}

void attack_113_superseded_before(struct attempt *attempt)
{
    revoked(attempt, march_2026, SUPERSEDED, false);
}

/* Anybody can put one there: it does not count against the authority. */
void attack_113_list_unsigned(struct attempt *attempt)
{
    revoked(attempt, march_2026, KEY_COMPROMISE, true);
}

void attack_113_list_by_another(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    DEFER(tsa_done) struct tsa other = tsa_open(&(const struct tsa_how){ 0 });

    X509_free(other.leaf);
    other.leaf = X509_dup(tsa.leaf);
    listed(attempt, &tsa, &other, march_2026, KEY_COMPROMISE, false);
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
