/* The token that a log begins with, renewals and revocation lists: cases 105, 112, 113 and 116. */
#include "stamps.h"

#include "base/text.h"
#include "evidence/archive.h"
#include "evidence/digest.h"
#include "evidence/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    token = tsa_stamp(tsa, stamped.data, stamped.length,
                      &(const struct tsa_stamp){ .time = opened }, &length);
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
