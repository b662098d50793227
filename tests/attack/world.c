#include "world.h"

#include "base/text.h"
#include "evidence/digest.h"
#include "evidence/evlog.h"
#include "evidence/json_strict.h"
#include "evidence/opening.h"
#include "evidence/rollup.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 64 << 20 };

void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        (void) fprintf(stderr, "attack: the world could not be made: %s: %s\n", status_name(status),
                       error->message);
        exit(70);
    }
}

static void must_be(bool good, const char *what)
{
    if (!good) {
        (void) fprintf(stderr, "attack: the world could not be made: %s\n", what);
        exit(70);
    }
}

void world_path(const struct world *world, const char *name, char room[WORLD_PATH])
{
    int got = snprintf(room, WORLD_PATH, "%s/%s", world->folder, name);

    must_be(got > 0 && got < WORLD_PATH, "a path is too long");
}

/* A key whose scalar is one byte over and over: the same in every run, and nobody's secret. */
static void make_key(const struct world *world, enum world_who who, struct key *ret_key)
{
    static const uint8_t head[] = { 0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07,
                                    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
                                    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
                                    0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20 };
    uint8_t der[sizeof head + 32];
    char base64[128];
    char path[WORLD_PATH];
    struct error error = { 0 };
    int fd;

    memcpy(der, head, sizeof head);
    memset(der + sizeof head, 0x11 + (int) who, 32);
    text_base64(der, sizeof der, base64);
    world_path(world, "key", path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must_be(fd >= 0, path);
    must_be(dprintf(fd, "-----BEGIN PRIVATE KEY-----\n%.64s\n%s\n-----END PRIVATE KEY-----\n",
                    base64, base64 + 64) > 0,
            path);
    (void) close(fd);
    must(key_load(path, NULL, ret_key, &error), &error);
    (void) unlink(path);
}

void world_open(struct world *world)
{
    const char *base = getenv("TMPDIR");
    struct error error = { 0 };
    char path[WORLD_PATH];

    (void) snprintf(world->folder, sizeof world->folder, "%s/hoshi-attack-XXXXXX",
                    base == NULL ? "/tmp" : base);
    must_be(mkdtemp(world->folder) != NULL, world->folder);
    for (size_t i = 0; i < WORLD_WHO_COUNT; i++) {
        make_key(world, (enum world_who) i, &world->keys[i]);
    }
    world_path(world, "vendor.pub", path);
    must(public_key_save(&world->keys[WORLD_VENDOR].public_half, path, &error), &error);
    world_path(world, "stranger.pub", path);
    must(public_key_save(&world->keys[WORLD_STRANGER].public_half, path, &error), &error);
}

void world_done(struct world *world)
{
    static const char *const names[] = { "vendor.pub",     "stranger.pub", "honest.hoshi",
                                         "other.hoshi",    "case.hoshi",   "trust.json",
                                         "trust-old.json", "state.json",   "events.jsonl",
                                         "newer.json",     "report.json" };
    char path[WORLD_PATH];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        world_path(world, names[i], path);
        (void) unlink(path);
    }
    (void) rmdir(world->folder);
    for (size_t i = 0; i < WORLD_WHO_COUNT; i++) {
        key_done(&world->keys[i]);
    }
}

/* ---- the bundle ---- */

struct ticking {
    int64_t wall_ms;
    int64_t step_ms;
};

static void tick(void *context, int64_t *ret_wall_ms, int64_t *ret_monotonic_ms)
{
    struct ticking *ticking = context;

    ticking->wall_ms += ticking->step_ms;
    *ret_wall_ms = ticking->wall_ms;
    *ret_monotonic_ms = ticking->wall_ms - 1774999000000; /* well above zero */
}

static void append(struct evlog *log, const char *kind, const char *check, json_t *data)
{
    struct error error = { 0 };

    must(evlog_append(log, kind, check, data, &error), &error);
    json_decref(data);
}

static void append_verdict(struct evlog *log, const char *check, const char *verdict, int attempt)
{
    append(log, "verdict", check,
           json_pack("{s:s, s:s, s:i}", "check", check, "verdict", verdict, "attempt", attempt));
}

static void write_log(const struct world *world, const struct world_bundle *how,
                      char path[WORLD_PATH])
{
    struct ticking ticking = { 1775000000000, how->clock_backwards ? -1000 : 1000 };
    const struct evlog_clock clock = { tick, &ticking };
    const char *first = how->event_of_first == NULL ? "pass" : how->event_of_first;
    struct error error = { 0 };
    struct evlog *log = NULL;

    world_path(world, "events.jsonl", path);
    (void) unlink(path);
    must(evlog_create(path, &log, &error), &error);
    evlog_clock_set(log, &clock);
    append(log, how->opening == NULL ? "run.start" : "run-opened", NULL,
           how->opening == NULL ? json_object() : json_deep_copy(how->opening));
    if (how->second_attempt) {
        append_verdict(log, "S1.1-01/a", "error", 1);
        append_verdict(log, "S1.1-01/a", first, 2);
    } else {
        append_verdict(log, "S1.1-01/a", first, 1);
    }
    append_verdict(log, "S1.1-01/b", "pass", 1);
    append_verdict(log, "S1.1-02/a", "pass", 1);
    append_verdict(log, "S1.1-03/a", "inconc", 1);
    if (how->strange_verdict) {
        append_verdict(log, "S1.1-09/x", "fail", 1);
    }
    evlog_sync_every_set(log, 1000);
    for (size_t i = 0; i < how->events; i++) {
        append(log, "probe.note", "S1.1-01/a",
               json_pack("{s:s, s:I}", "what", "the service answered on this port as before",
                         "port", (json_int_t) (i % 65536)));
    }
    append(log, "run.end", NULL, json_object());
    must(evlog_close(&log, &error), &error);
}

static json_t *clause(const char *id, int mandatory, json_t *checks)
{
    return json_pack("{s:s, s:b, s:{s:s}, s:o}", "id", id, "mandatory", mandatory, "basis", "level",
                     "unconfirmed", "checks", checks);
}

static json_t *check(const char *id, const char *verdict)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:[s]}", "id", id, "probe", "tls_server", "verdict",
                     verdict, "attempt", 1, "evidence", "e0004");
}

static json_t *make_result(const struct world_bundle *how)
{
    const char *first = how->verdict_of_first == NULL ? "pass" : how->verdict_of_first;
    struct error error = { 0 };
    json_t *result = json_pack(
        "{s:s, s:i, s:s, s:[], s:[o, o, o, o]}", "scheme", "jc-star", "level", 1, "product_type",
        "camera", "parameters", "clauses",
        clause("S1.1-01", 1,
               json_pack("[o, o]", check("S1.1-01/a", first), check("S1.1-01/b", "pass"))),
        clause("S1.1-02", 1, json_pack("[o]", check("S1.1-02/a", "pass"))),
        clause("S1.1-03", 0, json_pack("[o]", check("S1.1-03/a", "inconc"))),
        clause("S1.1-04", 1, json_pack("[o]", check("S1.1-04/a", "na"))));

    must_be(result != NULL, "the result");
    must(rollup_fill(result, &error), &error);
    return result;
}

static const char plan[] =
    "{\"checks\":[{\"clause\":\"S1.1-01\",\"id\":\"S1.1-01/a\"},"
    "{\"clause\":\"S1.1-01\",\"id\":\"S1.1-01/b\"},{\"clause\":\"S1.1-02\",\"id\":\"S1.1-02/a\"},"
    "{\"clause\":\"S1.1-03\",\"id\":\"S1.1-03/a\"},{\"clause\":\"S1.1-04\",\"id\":\"S1.1-04/a\"}],"
    "\"clauses\":[{\"id\":\"S1.1-01\",\"mandatory\":true},{\"id\":\"S1.1-02\",\"mandatory\":true},"
    "{\"id\":\"S1.1-03\",\"mandatory\":false},{\"id\":\"S1.1-04\",\"mandatory\":true}]}";
static const char wire[] = "{\"at\":1,\"sent\":\"16030100\"}\n";
static const char keylog[] = "CLIENT_RANDOM 00 11\n";
static const char view[] = "<!doctype html><title>report</title><p>conformant</p>\n";

static struct digest digest_of_text(const char *text)
{
    struct digest digest;
    struct error error = { 0 };

    must(digest_of(text, strlen(text), &digest, &error), &error);
    return digest;
}

/* The manifest names the token that the log begins with. */
static struct manifest_opened opened_of(const struct world_bundle *how)
{
    struct manifest_opened opened = { .time = "2026-03-31T23:00:00Z" };
    DEFER(bytes_done) struct bytes token = bytes_bounded(1 << 16);
    struct error error = { 0 };

    if (how->opening != NULL) {
        must(opening_token(how->opening, &token, &error), &error);
        must(digest_of(token.data, token.length, &opened.sha256, &error), &error);
        opened.has_sha256 = true;
        opened.anchor = MANIFEST_ANCHOR_TSA;
    }
    return opened;
}

void world_bundle(const struct world *world, const struct world_bundle *how, const char *name)
{
    const struct manifest_firmware firmware = { "main", "1.4.2", digest_of_text("firmware") };
    char log_path[WORLD_PATH];
    const struct bundle_entry usual[] = {
        { .path = BUNDLE_PLAN, .class = "plan", .data = plan, .length = sizeof plan - 1 },
        { .path = BUNDLE_LOG, .class = "log", .file = log_path },
        { .path = "wire/tls-01.jsonl",
          .class = "wire",
          .disclosure = MANIFEST_WITHHOLDABLE,
          .data = wire,
          .length = sizeof wire - 1 },
        { .path = "wire/tls-01.keylog",
          .class = "secret",
          .disclosure = MANIFEST_WITHHOLDABLE,
          .data = keylog,
          .length = sizeof keylog - 1 },
        { .path = "views/report.en.html",
          .class = "view",
          .data = view,
          .length = sizeof view - 1 },
    };
    const size_t usual_count = sizeof usual / sizeof usual[0];
    struct bundle_entry *entries = calloc(usual_count + how->more_count, sizeof *entries);
    json_t *result = make_result(how);
    struct bundle_inputs inputs = {
        .bundle_id =
            how->bundle_id == NULL ? "019d4b3e-0000-7000-8000-000000000001" : how->bundle_id,
        .created = "2026-04-01T00:00:00Z",
        .run = { .id = "run-1",
                 .suite = { "jc-star-star1", "0.1.0", digest_of_text("suite") },
                 .harness = { "hoshitori", "0.1.0", digest_of_text("harness") },
                 .opened = opened_of(how) },
        .dut = { .vendor_name = "ACME",
                 .vendor_number = "1234567890123",
                 .model = WORLD_MODEL,
                 .hw = "rev B",
                 .firmware = &firmware,
                 .firmware_count = 1 },
        .entries = entries,
        .entry_count = usual_count + how->more_count,
        .result = result,
        .started_at = "2026-03-31T23:00:00Z",
        .finished_at = "2026-03-31T23:30:00Z",
        .replace = true,
    };
    char path[WORLD_PATH];
    struct error error = { 0 };

    must_be(entries != NULL, "memory for the entries");
    memcpy(entries, usual, sizeof usual);
    if (how->more_count > 0) {
        memcpy(entries + usual_count, how->more, how->more_count * sizeof *entries);
    }
    write_log(world, how, log_path);
    world_path(world, name, path);
    must(bundle_seal(&inputs, &world->keys[how->signer == WORLD_ROOT ? WORLD_VENDOR : how->signer],
                     path, &error),
         &error);
    free(entries);
    json_decref(result);
}

/* ---- the trust store ---- */

static void add_member(json_t *payload, const struct public_key *key, enum trust_role role,
                       const char *name, const char *organisation, const char *number,
                       const char *not_after)
{
    const struct trust_member member = { .key = key,
                                         .role = role,
                                         .name = name,
                                         .organisation = organisation,
                                         .corporate_number = number,
                                         .not_before = "2026-01-01T00:00:00Z",
                                         .not_after = not_after };
    struct error error = { 0 };

    must(trust_draft_add(payload, &member, &error), &error);
}

/* A P-384 key that nothing here can sign with. */
static void swap_first_key(json_t *payload)
{
    static const char p384[] =
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEV7F5bPWp0Nz6Ri0C5W8NBNiWh7qdH4149BUap/9WFxNtoJWe"
        "RJFqbjyilQPOalX4vaUmEtkAOx9QojkBlGO2kIeDG1kfGm4vvx5fblYuxZY33boB8TCgQX0etSVVU+AY";
    json_t *first = json_array_get(json_object_get(payload, "keys"), 0);

    must_be(json_object_set_new(first, "spki", json_string(p384)) == 0 &&
                json_object_set_new(first, "keyid", json_string(WORLD_P384)) == 0,
            "the P-384 key");
}

/* The last base64 group holds the end of Y. */
static void bend_first_key(json_t *payload)
{
    json_t *first = json_array_get(json_object_get(payload, "keys"), 0);
    char *text = strdup(json_string_value(json_object_get(first, "spki")));

    must_be(text != NULL, "the bent key");
    text[strlen(text) - 4] = text[strlen(text) - 4] == 'A' ? 'B' : 'A';
    must_be(json_object_set_new(first, "spki", json_string(text)) == 0, "the bent key");
    free(text);
}

static void add_authorities(json_t *payload, const struct world_store *how)
{
    struct error error = { 0 };

    for (size_t i = 0; i < WORLD_AUTHORITIES_MAX && how->authorities[i] != NULL; i++) {
        const struct trust_authority_member member = { .name = "Test TSA",
                                                       .certificate = how->authorities[i] };

        must(trust_draft_add_authority(payload, &member, &error), &error);
    }
    if (how->authority_compromised != NULL && how->authorities[0] != NULL) {
        char keyid[DIGEST_HEX_SIZE];
        struct digest digest;

        must(digest_of(how->authorities[0]->data, how->authorities[0]->length, &digest, &error),
             &error);
        digest_to_hex(&digest, keyid);
        must(trust_draft_revoke(payload, keyid, how->authority_compromised, "compromise", &error),
             &error);
    }
}

static json_t *make_store(const struct world *world, const struct world_store *how)
{
    const struct trust_draft draft = {
        .id = "test-store",
        .created = "2026-01-01T00:00:00Z",
        .expires = how->expires == NULL ? "2030-01-01T00:00:00Z" : how->expires,
        .root = &world->keys[how->root].public_half,
        .policy = { .require_evaluator = how->require_evaluator,
                    .require_timestamp = how->require_timestamp,
                    .require_all_examined = how->require_all_examined,
                    .require_conformant = how->require_conformant,
                    .accept_waivers_of = { [TRUST_EVALUATOR] = how->accept_waivers },
                    .organisations = how->organisations },
    };
    const char *late = "2030-01-01T00:00:00Z";
    const char *acme = "1234567890123";
    struct error error = { 0 };
    json_t *payload = NULL;
    bool set;

    must(trust_draft_new(&draft, &payload, &error), &error);
    add_member(payload, &world->keys[WORLD_VENDOR].public_half, TRUST_VENDOR, "ACME signing",
               "ACME", acme, late);
    add_member(payload, &world->keys[WORLD_VENDOR_SECOND].public_half, TRUST_VENDOR,
               "ACME signing, second", "ACME", acme, late);
    add_member(payload, &world->keys[WORLD_PARTNER].public_half, TRUST_VENDOR, "Partner",
               "Partner KK", "2234567890123", late);
    add_member(payload, &world->keys[WORLD_LAB].public_half, TRUST_EVALUATOR, "Lab",
               how->lab_is == NULL ? "Lab KK" : how->lab_is,
               how->lab_is == NULL ? "3234567890123" : NULL, late);
    add_member(payload, &world->keys[WORLD_AUTHORITY].public_half, TRUST_AUTHORITY, "Scheme",
               "Scheme Owner", "4234567890123", late);
    add_member(payload, &world->keys[WORLD_EXPIRED].public_half, TRUST_VENDOR, "ACME, past", "ACME",
               acme, "2026-02-01T00:00:00Z");
    add_member(payload, &world->keys[WORLD_REVOKED].public_half, TRUST_VENDOR, "ACME, lost", "ACME",
               acme, late);
    add_member(payload, &world->keys[WORLD_COMPROMISED].public_half, TRUST_VENDOR, "ACME, stolen",
               "ACME", acme, late);
    must(trust_draft_revoke(payload, world->keys[WORLD_REVOKED].public_half.keyid,
                            "2026-05-01T00:00:00Z", "superseded", &error),
         &error);
    must(trust_draft_revoke(payload, world->keys[WORLD_COMPROMISED].public_half.keyid,
                            "2027-01-01T00:00:00Z", "compromise", &error),
         &error);
    add_authorities(payload, how);
    if (how->twin || how->two_roles) {
        add_member(payload, &world->keys[WORLD_VENDOR].public_half,
                   how->two_roles ? TRUST_EVALUATOR : TRUST_VENDOR, "ACME signing", "ACME", acme,
                   late);
    }
    if (how->off_curve) {
        bend_first_key(payload);
    }
    if (how->other_kind) {
        swap_first_key(payload);
    }
    set = json_object_set_new(payload, "version",
                              json_integer(how->version == 0 ? 3 : how->version)) == 0 &&
          (how->suite == NULL ||
           json_object_set_new(payload, "suites", json_pack("[s]", how->suite)) == 0) &&
          (how->harness == NULL ||
           json_object_set_new(payload, "harnesses", json_pack("[s]", how->harness)) == 0);
    must_be(set, "the store");
    if (how->edit != NULL) {
        how->edit(payload, how->context);
    }
    return payload;
}

void world_store(const struct world *world, const struct world_store *how, const char *name)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(FILE_MAX);
    const struct key *signers[2] = { &world->keys[how->root], NULL };
    size_t count = how->signer_count == 0 ? 1 : how->signer_count;
    json_t *payload = make_store(world, how);
    struct error error = { 0 };
    char path[WORLD_PATH];

    for (size_t i = 0; i < how->signer_count; i++) {
        signers[i] = &world->keys[how->signers[i]];
    }
    must(trust_sign(payload, signers, count, &content, &error), &error);
    world_path(world, name, path);
    must(trust_save(path, &content, true, &error), &error);
    json_decref(payload);
}
