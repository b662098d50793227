#include "engine/dossier.h"

#include "base/clock.h"
#include "engine/budget.h"
#include "engine/digests.h"
#include "engine/packets.h"
#include "engine/papers.h"
#include "engine/result.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/seal.h"
#include "model/policy.h"
#include "probe/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    FIXED_ENTRIES = 10,
    JSON_MAX = 16 << 20,
    VOUCHED_MAX = PAPER_SIZE_MAX + (1 << 20),
    PATH_ROOM = 4096
};

/* The entries of one bundle while they are gathered. */
struct gathering {
    struct arena *arena;
    struct bundle_entry *entries;
    size_t count;
};

enum status uuid_new(int64_t wall_ms, char room[UUID_SIZE], struct error *reterr)
{
    uint8_t octets[16];
    char hex[33];

    if (getrandom(octets, sizeof octets, 0) != (ssize_t) sizeof octets) {
        return fail(reterr, STATUS_IO, "no random numbers: %s", strerror(errno));
    }
    for (int i = 0; i < 6; i++) {
        octets[i] = (uint8_t) (wall_ms >> (8 * (5 - i)));
    }
    octets[6] = (uint8_t) (0x70 | (octets[6] & 0x0f));
    octets[8] = (uint8_t) (0x80 | (octets[8] & 0x3f));
    text_hex(octets, sizeof octets, hex);
    (void) snprintf(room, UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
                    hex + 20);
    return STATUS_OK;
}

/* ---- digests ---- */

static enum status hex_of(const void *data, size_t length, char room[DIGEST_HEX_SIZE],
                          struct error *reterr)
{
    struct digest digest;

    TRY(digest_of(data, length, &digest, reterr));
    digest_to_hex(&digest, room);
    return STATUS_OK;
}

enum status dossier_suite_digest(const struct suite *suite, struct digest *ret_digest,
                                 struct error *reterr)
{
    struct digest_stream stream;

    digest_open(&stream);
    for (size_t i = 0; i < suite->file_count; i++) {
        digest_update(&stream, suite->files[i].source.data, suite->files[i].source.length);
    }
    for (size_t i = 0; i < suite->policy_count; i++) {
        digest_update(&stream, suite->policies[i]->source.data, suite->policies[i]->source.length);
    }
    return digest_close(&stream, ret_digest, reterr);
}

static enum status plan_digest(const struct plan *plan, char room[DIGEST_HEX_SIZE],
                               struct error *reterr)
{
    DEFER(json_strict_done) json_t *json = plan_to_json(plan);
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(JSON_MAX);

    TRY(json_strict_write(json, &bytes, reterr));
    return hex_of(bytes.data, bytes.length, room, reterr);
}

enum status dossier_identity(const struct plan *plan, const struct source_file *params,
                             const struct source_file *answers, json_t **ret_identity,
                             struct error *reterr)
{
    struct digest suite;
    struct digest program;
    char suite_hex[DIGEST_HEX_SIZE];
    char program_hex[DIGEST_HEX_SIZE];
    char profile_hex[DIGEST_HEX_SIZE];
    char plan_hex[DIGEST_HEX_SIZE];
    char params_hex[DIGEST_HEX_SIZE] = "";
    char answers_hex[DIGEST_HEX_SIZE];

    TRY(dossier_suite_digest(plan->suite, &suite, reterr));
    TRY(digest_of_file("/proc/self/exe", &program, NULL, reterr));
    digest_to_hex(&suite, suite_hex);
    digest_to_hex(&program, program_hex);
    TRY(hex_of(plan->profile->source.data, plan->profile->source.length, profile_hex, reterr));
    TRY(plan_digest(plan, plan_hex, reterr));
    if (params != NULL && params->data != NULL) {
        TRY(hex_of(params->data, params->length, params_hex, reterr));
    }
    *ret_identity =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "suite", suite_hex, "profile", profile_hex, "plan",
                  plan_hex, "params", params_hex, "program", program_hex);
    if (*ret_identity != NULL && answers != NULL && answers->data != NULL) {
        TRY(hex_of(answers->data, answers->length, answers_hex, reterr));
        json_put(*ret_identity, "answers", json_string(answers_hex));
    }
    return *ret_identity == NULL ? fail(reterr, STATUS_INTERNAL, "the run's identity") : STATUS_OK;
}

/* ---- entries ---- */

static struct bundle_entry *add(struct gathering *all, const char *path, const char *class)
{
    struct bundle_entry *entry = &all->entries[all->count++];

    *entry = (struct bundle_entry){ .path = path, .class = class, .disclosure = MANIFEST_REQUIRED };
    return entry;
}

static void add_source(struct gathering *all, const char *path, const struct source_file *source)
{
    struct bundle_entry *entry = add(all, path, "input");

    entry->data = source->data;
    entry->length = source->length;
}

/* Takes over the reference. */
static enum status add_json(struct gathering *all, const char *path, const char *class,
                            json_t *value, struct error *reterr)
{
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(JSON_MAX);
    struct bundle_entry *entry = add(all, path, class);
    enum status status = value == NULL ? fail(reterr, STATUS_INTERNAL, "%s cannot be built", path)
                                       : json_strict_write(value, &bytes, reterr);

    json_decref(value);
    TRY(status);
    entry->data = arena_text_n(all->arena, (const char *) bytes.data, bytes.length);
    entry->length = bytes.length;
    return STATUS_OK;
}

/* run/plan.json: every check and every part left out that counts, each under its clause. */
static json_t *plan_json(const struct plan *plan)
{
    json_t *full = plan_to_json(plan);
    json_t *checks = json_array();
    json_t *clauses = json_array();

    for (size_t i = 0; i < plan->item_count; i++) {
        (void) json_array_append_new(checks, json_pack("{s:s, s:s}", "id", plan->items[i].id,
                                                       "clause", plan->items[i].check->clause->id));
    }
    for (size_t i = 0; i < plan->omission_count; i++) {
        if (plan->omissions[i].counts) {
            (void) json_array_append_new(checks,
                                         json_pack("{s:s, s:s}", "id", plan->omissions[i].id,
                                                   "clause", plan->omissions[i].clause->id));
        }
    }
    for (size_t i = 0; i < plan->suite->clause_count; i++) {
        (void) json_array_append_new(clauses, json_pack("{s:s, s:b}", "id",
                                                        plan->suite->clauses[i].id, "mandatory",
                                                        (int) plan->suite->clauses[i].mandatory));
    }
    return json_pack("{s:o, s:o, s:o}", "checks", checks, "clauses", clauses, "detail", full);
}

static json_t *dut_json(const struct profile *profile)
{
    json_t *firmware = json_array();
    json_t *addresses = json_array();

    for (size_t i = 0; i < profile->firmware_count; i++) {
        (void) json_array_append_new(firmware, json_pack("{s:s, s:s, s:s*}", "name",
                                                         profile->firmware[i].name, "version",
                                                         profile->firmware[i].version, "sha256",
                                                         profile->firmware[i].sha256));
    }
    for (size_t i = 0; i < profile->address_count; i++) {
        (void) json_array_append_new(addresses, json_string(profile->addresses[i]));
    }
    return json_pack("{s:s, s:s*, s:s, s:s*, s:s, s:o, s:o}", "vendor",
                     words_in(&profile->vendor_name, LANGUAGE_EN), "corporate_number",
                     profile->vendor_corporate_number, "model", profile->model, "hardware",
                     profile->hardware, "type", profile->type, "firmware", firmware, "addresses",
                     addresses);
}

/* Of what the verdicts rest on; the suite's and the program's are in the manifest as well. */
static enum status digests_json(const struct plan *plan, const struct dossier *dossier,
                                const json_t *result, json_t **ret_digests, struct error *reterr)
{
    DEFER(json_strict_done) json_t *digests = NULL;
    char hex[DIGEST_HEX_SIZE];

    TRY(dossier_identity(plan, dossier->params, dossier->answers, &digests, reterr));
    TRY(digests_of_catalogue(probe_catalogue(), hex, reterr));
    if (dossier->params == NULL || dossier->params->data == NULL) {
        (void) json_object_del(digests, "params");
    }
    json_put(digests, "catalogue", json_string(hex));
    TRY(digests_of_json(json_object_get(result, "parameters"), hex, reterr));
    json_put(digests, "parameters", json_string(hex));
    *ret_digests = digests;
    digests = NULL;
    return STATUS_OK;
}

static enum status add_harness(struct gathering *all, const struct dossier *dossier,
                               const struct plan *plan, const json_t *result, struct error *reterr)
{
    json_t *digests = NULL;

    TRY(digests_json(plan, dossier, result, &digests, reterr));
    return add_json(all, "run/harness.json", "identity",
                    json_pack("{s:s, s:s, s:s, s:o, s:O}", "name", "hoshitori", "version",
                              dossier->harness_version, "built_with", dossier->harness_libraries,
                              "digests", digests, "host", dossier->host),
                    reterr);
}

static json_t *authorization_json(const struct authorization *given)
{
    return json_pack("{s:s*, s:s*, s:s*}", "by", given->by, "date", given->date, "scope",
                     given->scope);
}

static json_t *operator_json(const struct dossier *dossier, const struct profile *profile)
{
    json_t *associated = json_array();

    for (size_t i = 0; i < profile->associated_count; i++) {
        const struct associated *one = &profile->associated[i];

        (void) json_array_append_new(
            associated, json_pack("{s:s, s:s, s:o}", "id", one->id, "address", one->address,
                                  "authorization", authorization_json(&one->authorization)));
    }
    return json_pack("{s:s*, s:o, s:o}", "operator", dossier->operator_name, "authorization",
                     authorization_json(&profile->authorization), "associated", associated);
}

/* A file of the journal as the log vouches for it; anything else in its place is refused. */
static enum status read_vouched(struct gathering *all, const char *path, const char *sha256,
                                struct bundle_entry *entry, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(VOUCHED_MAX);
    char hex[DIGEST_HEX_SIZE];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum status status = STATUS_OK;
    uint8_t *room = NULL;
    ssize_t got = 0;

    do {
        status = bytes_reserve(&content, 65536, &room, reterr);
        got = status == STATUS_OK && fd >= 0 ? read(fd, room, 65536) : -1;
        bytes_commit(&content, got > 0 ? (size_t) got : 0);
    } while (got > 0);
    if (fd >= 0) {
        (void) close(fd);
    }
    if (got < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: cannot be read", path);
    }
    TRY(hex_of(content.data, content.length, hex, reterr));
    if (!text_equal(hex, sha256)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: has changed since it was recorded", path);
    }
    entry->data = arena_text_n(all->arena, (const char *) content.data, content.length);
    entry->length = content.length;
    return STATUS_OK;
}

static enum status add_wire(struct gathering *all, struct run *run, const char *name,
                            const char *sha256, char ret_id[BUNDLE_ENTRY_ID_SIZE],
                            struct error *reterr)
{
    char path[PATH_ROOM];
    struct bundle_entry *entry;

    TRY(journal_path(run_journal(run), name, path, sizeof path, reterr));
    bundle_entry_id(all->count, ret_id);
    entry = add(all, name, "wire");
    entry->disclosure = MANIFEST_WITHHOLDABLE;
    return read_vouched(all, path, sha256, entry, reterr);
}

/* What is published is no secret of its vendor; another paper may be for the laboratory alone. */
static enum status add_documents(struct gathering *all, struct run *run, struct error *reterr)
{
    const struct papers *papers = run_papers(run);

    for (size_t i = 0; i < papers->count; i++) {
        const json_t *said = papers->all[i].said;
        const char *name = json_string_value(json_object_get(said, "path"));
        bool published = text_equal(json_string_value(json_object_get(said, "from")), "url");
        struct bundle_entry *entry;

        if (papers->all[i].path == NULL || name == NULL) {
            continue;
        }
        entry = add(all, arena_text(all->arena, name), "document");
        entry->disclosure = published ? MANIFEST_REQUIRED : MANIFEST_WITHHOLDABLE;
        TRY(read_vouched(all, papers->all[i].path,
                         json_string_value(json_object_get(said, "sha256")), entry, reterr));
    }
    return STATUS_OK;
}

/* Those of attempts that were cut short are evidence as well. */
static enum status add_earlier_wires(struct gathering *all, struct run *run, json_t *earlier,
                                     struct error *reterr)
{
    json_t *attempt;
    size_t i;

    json_array_foreach(earlier, i, attempt)
    {
        const char *name = json_string_value(json_object_get(attempt, "wire"));
        const char *sha256 = json_string_value(json_object_get(attempt, "sha256"));
        char id[BUNDLE_ENTRY_ID_SIZE];

        if (name != NULL) {
            TRY(add_wire(all, run, name, sha256, id, reterr));
            json_put(attempt, "entry", json_string(id));
        }
    }
    return STATUS_OK;
}

static enum status add_wires(struct gathering *all, struct run *run, const struct plan *plan,
                             struct error *reterr)
{
    /* The run owns its outcomes; that an entry now has an id is not a change of them. */
    struct outcome *outcomes = run_outcomes_for_sealing(run);

    for (size_t i = 0; i < plan->item_count; i++) {
        TRY(add_earlier_wires(all, run, outcomes[i].earlier, reterr));
        if (outcomes[i].wire_name[0] != '\0') {
            TRY(add_wire(all, run, outcomes[i].wire_name, outcomes[i].wire_sha256,
                         outcomes[i].wire_entry, reterr));
        }
    }
    return STATUS_OK;
}

/* One file a session, where packets were kept; class secret: its digest stands nowhere. */
static enum status add_packets(struct gathering *all, struct run *run, json_t *ids,
                               struct error *reterr)
{
    for (unsigned session = 1; session <= run_interruptions(run) + 1; session++) {
        char *name = arena_alloc(all->arena, PACKETS_NAME_SIZE);
        char id[BUNDLE_ENTRY_ID_SIZE];
        char path[PATH_ROOM];
        struct bundle_entry *entry;

        packets_name(session, name);
        TRY(journal_path(run_journal(run), name, path, sizeof path, reterr));
        if (access(path, F_OK) != 0) {
            continue;
        }
        bundle_entry_id(all->count, id);
        json_append(ids, json_string(id));
        entry = add(all, name, MANIFEST_CLASS_SECRET);
        entry->disclosure = MANIFEST_WITHHOLDABLE;
        entry->file = arena_text(all->arena, path);
    }
    return STATUS_OK;
}

static size_t wires_at_most(const struct outcome *outcomes, size_t count)
{
    size_t wires = count;

    for (size_t i = 0; i < count; i++) {
        wires += json_array_size(outcomes[i].earlier);
    }
    return wires;
}

static enum status gather(struct gathering *all, const struct dossier *dossier, struct run *run,
                          const struct plan *plan, struct error *reterr)
{
    char path[PATH_ROOM];

    TRY(add_json(all, BUNDLE_PLAN, "plan", plan_json(plan), reterr));
    for (size_t i = 0; i < plan->suite->file_count; i++) {
        add_source(all, plan->suite->files[i].entry, &plan->suite->files[i].source);
    }
    for (size_t i = 0; i < plan->suite->policy_count; i++) {
        const struct policy *policy = plan->suite->policies[i];

        add_source(all, arena_format(all->arena, BUNDLE_POLICY_FOLDER "%s.yaml", policy->id),
                   &policy->source);
    }
    add_source(all, "run/profile.yaml", &plan->profile->source);
    if (dossier->params != NULL && dossier->params->data != NULL) {
        add_source(all, "run/params.yaml", dossier->params);
    }
    if (dossier->answers != NULL) {
        add_source(all, "run/answers.yaml", dossier->answers);
    }
    TRY(add_json(all, "run/dut.json", "identity", dut_json(plan->profile), reterr));
    TRY(add_json(all, "run/operator.json", "identity", operator_json(dossier, plan->profile),
                 reterr));
    TRY(journal_path(run_journal(run), "events.jsonl", path, sizeof path, reterr));
    add(all, BUNDLE_LOG, "log")->file = arena_text(all->arena, path);
    TRY(add_documents(all, run, reterr));
    return add_wires(all, run, plan, reterr);
}

/* ---- the manifest's part ---- */

static enum status fill_firmware(struct arena *arena, const struct profile *profile,
                                 struct manifest_dut *dut, struct error *reterr)
{
    struct manifest_firmware *list = arena_array(arena, profile->firmware_count + 1, sizeof *list);

    for (size_t i = 0; i < profile->firmware_count; i++) {
        const struct firmware *firmware = &profile->firmware[i];
        struct manifest_firmware *entry = &list[dut->firmware_count];

        *entry = (struct manifest_firmware){ .name = firmware->name, .version = firmware->version };
        if (firmware->image != NULL) {
            TRY(digest_of_file(firmware->image, &entry->sha256, NULL, reterr));
        } else if (firmware->sha256 == NULL || !digest_from_hex(firmware->sha256, &entry->sha256)) {
            continue; /* no digest: named in run/dut.json only */
        }
        dut->firmware_count++;
    }
    dut->firmware = list;
    return STATUS_OK;
}

static const char *time_text(struct arena *arena, int64_t wall_ms)
{
    char room[CLOCK_TEXT_SIZE];

    clock_text(wall_ms, room);
    return arena_text(arena, room);
}

static enum status fill_inputs(struct arena *arena, const struct dossier *dossier,
                               const struct plan *plan, struct bundle_inputs *inputs,
                               struct error *reterr)
{
    const struct profile *profile = plan->profile;

    inputs->bundle_id = dossier->bundle_id;
    inputs->created = time_text(arena, dossier->finished_wall_ms);
    inputs->started_at = time_text(arena, dossier->started_wall_ms);
    inputs->finished_at = inputs->created;
    inputs->criteria_edition = plan->suite->edition.document;
    inputs->run.id = dossier->run_id;
    inputs->run.suite.id = plan->suite->id;
    inputs->run.suite.version = plan->suite->version;
    TRY(dossier_suite_digest(plan->suite, &inputs->run.suite.sha256, reterr));
    inputs->run.harness.name = "hoshitori";
    inputs->run.harness.version = dossier->harness_version;
    TRY(digest_of_file("/proc/self/exe", &inputs->run.harness.sha256, NULL, reterr));
    inputs->run.opened.time = inputs->started_at;
    inputs->run.opened.anchor = dossier->anchored ? MANIFEST_ANCHOR_TSA : MANIFEST_ANCHOR_NONE;
    inputs->run.opened.has_sha256 = dossier->anchored;
    inputs->run.opened.sha256 = dossier->anchor;
    inputs->dut.vendor_name = words_in(&profile->vendor_name, LANGUAGE_EN);
    inputs->dut.vendor_number = profile->vendor_corporate_number;
    inputs->dut.model = profile->model;
    inputs->dut.hw = profile->hardware;
    return fill_firmware(arena, profile, &inputs->dut, reterr);
}

enum status dossier_seal(const struct dossier *dossier, struct run *run, const struct plan *plan,
                         const struct key *key, const char *out_path, json_t **ret_result,
                         struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *result = NULL;
    struct gathering all = { .arena = arena };
    struct bundle_inputs inputs = { 0 };

    all.entries =
        arena_array(arena,
                    wires_at_most(run_outcomes(run), plan->item_count) + plan->suite->policy_count +
                        plan->suite->file_count + run_papers(run)->count + run_interruptions(run) +
                        1 + FIXED_ENTRIES,
                    sizeof *all.entries);
    TRY(journal_say(run_journal(run), "run-closed", NULL,
                    json_pack("{s:I}", "interruptions", (json_int_t) run_interruptions(run)),
                    reterr));
    TRY(gather(&all, dossier, run, plan, reterr));
    TRY(result_build(plan, run_outcomes(run), &result, reterr));
    if (dossier->packets) {
        json_put(result, "packets", json_array());
        TRY(add_packets(&all, run, json_object_get(result, "packets"), reterr));
    }
    TRY(add_harness(&all, dossier, plan, result, reterr));
    TRY(fill_inputs(arena, dossier, plan, &inputs, reterr));
    inputs.entries = all.entries;
    inputs.entry_count = all.count;
    inputs.result = result;
    inputs.environment = dossier->host;
    json_put(result, "budgets", budget_json(run));
    json_put(json_object_get(result, "timing"), "run", budget_traffic_json(run));
    json_put(result, "interruptions", json_integer((json_int_t) run_interruptions(run)));
    inputs.interruptions = run_interruptions(run);
    inputs.previous_runs = dossier->previous.count;
    inputs.previous_unsealed = dossier->previous.unsealed;
    inputs.previous_head = dossier->previous.has_head ? &dossier->previous.head : NULL;
    inputs.replace = dossier->replace;
    inputs.pq_key = dossier->pq_key;
    TRY(bundle_seal(&inputs, key, out_path, reterr));
    *ret_result = result;
    result = NULL;
    return STATUS_OK;
}
