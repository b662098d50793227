/* What contents hold and what is withheld: cases 125, 126, 133, 135 and 136. */
#include "attack.h"

#include "evidence/json_strict.h"
#include "evidence/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char view[] = "views/report.en.html";

/* ---- captures ---- */

/* A section, an interface, a packet of four bytes, in little endian. */
static const uint8_t capture[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 28,  0,   0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1,  0, 0, 0,  0xff,
    0xff, 0xff, 0xff, 255,  255, 255, 255,  28,   0,    0,    0,    1,    0,  0, 0, 20, 0,
    0,    0,    1,    0,    0,   0,   0xff, 0xff, 0,    0,    20,   0,    0,  0, 6, 0,  0,
    0,    36,   0,    0,    0,   0,   0,    0,    0,    0,    0,    0,    0,  0, 0, 0,  0,
    4,    0,    0,    0,    4,   0,   0,    0,    1,    2,    3,    4,    36, 0, 0, 0,
};

/* A Decryption Secrets Block with four bytes of a TLS key log. */
static const uint8_t secrets[] = { 10, 0, 0, 0, 24,  0,   0,   0,   0x4b, 0x53, 0x4c, 0x54,
                                   4,  0, 0, 0, 'k', 'e', 'y', 's', 24,   0,    0,    0 };

enum { CAPTURE_MAX = sizeof capture + sizeof secrets };

/* The honest bundle with one capture more. */
static void with_capture(struct attempt *attempt, const uint8_t *data, size_t length,
                         const char *class)
{
    const struct bundle_entry entry = { .path = "wire/tls-02.pcapng",
                                        .class = class,
                                        .disclosure = MANIFEST_WITHHOLDABLE,
                                        .data = data,
                                        .length = length };
    const struct world_bundle how = { .more = &entry, .more_count = 1 };

    attempt_bundle(attempt, &how);
}

static void with_keys(struct attempt *attempt, const char *class)
{
    uint8_t room[CAPTURE_MAX];

    memcpy(room, capture, sizeof capture);
    memcpy(room + sizeof capture, secrets, sizeof secrets);
    with_capture(attempt, room, sizeof room, class);
}

void attack_125_capture(struct attempt *attempt)
{
    with_capture(attempt, capture, sizeof capture, "wire");
}

void attack_125_last_length(struct attempt *attempt)
{
    uint8_t room[sizeof capture];

    memcpy(room, capture, sizeof capture);
    room[sizeof room - 4] = 32;
    with_capture(attempt, room, sizeof room, "wire");
}

void attack_125_packet_length(struct attempt *attempt)
{
    uint8_t room[sizeof capture];

    memcpy(room, capture, sizeof capture);
    room[68] = 5;
    with_capture(attempt, room, sizeof room, "wire");
}

void attack_125_cut(struct attempt *attempt)
{
    with_capture(attempt, capture, sizeof capture - 4, "wire");
}

void attack_126_keys_in_capture(struct attempt *attempt)
{
    with_keys(attempt, "wire");
}

void attack_126_keys_of_owner(struct attempt *attempt)
{
    with_keys(attempt, "secret");
}

void attack_126_keylog_shown(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, "wire/tls-01.jsonl");
    raw_zip_remove(&attempt->zip, "META-INF/disc/e0004.json");
}

void attack_126_keylog_as_transcript(struct attempt *attempt)
{
    const struct bundle_entry entry = { .path = "wire/tls-02.keylog",
                                        .class = "wire",
                                        .disclosure = MANIFEST_WITHHOLDABLE,
                                        .data = "CLIENT_RANDOM 22 33\n",
                                        .length = strlen("CLIENT_RANDOM 22 33\n") };
    const struct world_bundle how = { .more = &entry, .more_count = 1 };

    attempt_bundle(attempt, &how);
}

/* ---- commitments ---- */

static void same_commitment(json_t *manifest, void *context)
{
    json_t *entries = json_object_get(manifest, "entries");
    const json_t *first = NULL;

    (void) context;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *item = json_array_get(entries, i);
        json_t *commit = json_object_get(item, "commit");

        if (commit != NULL && first != NULL) {
            (void) json_object_set_new(item, "commit", json_string(json_string_value(first)));
        }
        first = first == NULL ? commit : first;
    }
}

/* Only where both are withheld can it go unnoticed. */
void attack_133_equal_commitments(struct attempt *attempt)
{
    world_reseal(&attempt->zip, attempt_key(attempt, WORLD_VENDOR), same_commitment, NULL);
    raw_zip_remove(&attempt->zip, "wire/tls-01.jsonl");
    raw_zip_remove(&attempt->zip, "META-INF/disc/e0004.json");
    raw_zip_remove(&attempt->zip, "wire/tls-01.keylog");
    raw_zip_remove(&attempt->zip, "META-INF/disc/e0005.json");
}

/* The bundle as `redact --all-withholdable` makes it. */
static void redact_all(const struct attempt *attempt, const char *from, const char *to)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    struct verify_options options = { .unknown_signer_allowed = true };
    struct selection selection = { 0 };
    enum verify_exit answer = VERIFY_IO;
    struct error error = { 0 };

    (void) attempt;
    if (!json_strict_time(WORLD_AT, &options.at_ms) ||
        bundle_verify(from, &options, arena, &bundle, &report, &error) != VERIFY_POLICY) {
        must(STATUS_INTERNAL, &error);
    }
    select_all(bundle, arena, &selection);
    must(bundle_redact(bundle, &selection, &options, to, &answer, &error), &error);
}

void attack_135_same_log(struct attempt *attempt)
{
    static const char *const same[] = { CONTAINER_MANIFEST, BUNDLE_LOG };
    struct raw_zip full = attempt->zip;
    char from[WORLD_PATH];
    char to[WORLD_PATH];
    struct error error = { 0 };

    world_path(attempt->world, "honest.hoshi", from);
    world_path(attempt->world, "redacted.hoshi", to);
    redact_all(attempt, from, to);
    attempt->zip = (struct raw_zip){ .count = 0 };
    must(raw_zip_load(&attempt->zip, to, &error), &error);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const struct raw_entry *a = raw_zip_find(&full, same[i]);
        const struct raw_entry *b = raw_zip_find(&attempt->zip, same[i]);

        if (a->length != b->length || memcmp(a->data, b->data, a->length) != 0) {
            (void) fprintf(stderr, "attack: %s differs in the redacted copy\n", same[i]);
            exit(1);
        }
    }
    raw_zip_done(&full);
}

/* ---- secrets in what everybody reads ---- */

static void show(struct attempt *attempt, const char *words)
{
    attempt_replace(attempt, view, "conformant", words);
    attempt_reseal(attempt);
}

void attack_136_url(struct attempt *attempt)
{
    show(attempt, "see https://admin:hunter2@camera.example/");
}

void attack_136_private_key(struct attempt *attempt)
{
    show(attempt, "-----BEGIN PRIVATE KEY-----\n"
                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAECAwQFBgcICQoL\n");
}

void attack_136_token(struct attempt *attempt)
{
    show(attempt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N");
}

void attack_136_password(struct attempt *attempt)
{
    show(attempt, "POST /login password=hunter2");
}

void attack_136_marks(struct attempt *attempt)
{
    show(attempt, "POST /login password=(withheld) https://${user}:${password}@camera.example/");
}
