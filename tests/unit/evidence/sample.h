/* sample.h - a folder, keys and a small bundle for the tests of this layer. */
#pragma once

#include "base/text.h"
#include "evidence/evlog.h"
#include "evidence/json_strict.h"
#include "evidence/rollup.h"
#include "evidence/seal.h"
#include "evidence/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE_AT 1780272000000 /* 2026-06-01T00:00:00Z */

#define MUST(expr)                                                                                 \
    do {                                                                                           \
        struct error error = { 0 };                                                                \
        enum status must_ = (expr);                                                                \
        cr_assert(must_ == STATUS_OK, "%s: %s", status_name(must_), error.message);                \
    } while (0)

struct sample {
    char folder[64];
    char *paths[8];
    size_t used;
};

static inline struct sample sample_open(void)
{
    struct sample sample = { .folder = "/tmp/hoshi-unit-XXXXXX" };

    cr_assert_not_null(mkdtemp(sample.folder));
    return sample;
}

/* A path in the folder; removed by sample_done. */
static inline const char *sample_path(struct sample *sample, const char *name)
{
    cr_assert(sample->used < 8);
    cr_assert(asprintf(&sample->paths[sample->used], "%s/%s", sample->folder, name) > 0);
    return sample->paths[sample->used++];
}

static inline void sample_done(struct sample *sample)
{
    for (size_t i = 0; i < sample->used; i++) {
        char *pub = NULL;

        cr_assert(asprintf(&pub, "%s.pub", sample->paths[i]) > 0);
        (void) unlink(sample->paths[i]);
        (void) unlink(pub);
        free(pub);
        free(sample->paths[i]);
    }
    (void) rmdir(sample->folder);
}

static inline json_t *sample_result(const char *first)
{
    json_t *result = json_pack(
        "{s:s, s:i, s:[{s:s, s:b, s:[{s:s, s:s}]}, {s:s, s:b, s:[{s:s, s:s}]}]}", "scheme",
        "jc-star", "level", 1, "clauses", "id", "C1", "mandatory", 1, "checks", "id", "C1/a",
        "verdict", first, "id", "C2", "mandatory", 0, "checks", "id", "C2/a", "verdict", "na");

    cr_assert_not_null(result);
    MUST(rollup_fill(result, &error));
    return result;
}

static inline void sample_log(const char *path, const char *first)
{
    struct evlog *log = NULL;
    json_t *data = json_pack("{s:s, s:s, s:i}", "check", "C1/a", "verdict", first, "attempt", 1);

    MUST(evlog_create(path, &log, &error));
    MUST(evlog_append(log, "verdict", "C1/a", data, &error));
    MUST(evlog_close(&log, &error));
    json_decref(data);
}

static const char sample_plan[] =
    "{\"checks\":[{\"clause\":\"C1\",\"id\":\"C1/a\"},{\"clause\":\"C2\",\"id\":\"C2/a\"}]}";

struct sample_seal {
    const json_t *result;
    const char *log;
    const char *out;
    const struct key *key;
    const char *plan;      /* NULL: the usual */
    const char *bundle_id; /* NULL: the usual */
    const char *model;     /* NULL: M1 */
    uint8_t firmware;      /* a byte of its digest */
    uint8_t suite;         /* likewise, beside 1 */
    bool no_firmware;      /* none is named */
    const struct mldsa_key *pq_key;
};

static inline enum status sample_seal(const struct sample_seal *how, struct error *reterr)
{
    static const struct withhold_salt salt = { { 1, 2, 3 } };
    const char *plan = how->plan == NULL ? sample_plan : how->plan;
    const struct manifest_firmware firmware = { "main", "1", { { how->firmware } } };
    const struct bundle_entry entries[] = {
        { .path = BUNDLE_PLAN, .class = "plan", .data = plan, .length = strlen(plan) },
        { .path = BUNDLE_LOG, .class = "log", .file = how->log },
        { .path = "wire/a.keylog",
          .class = "secret",
          .disclosure = MANIFEST_WITHHOLDABLE,
          .data = "k",
          .length = 1,
          .salt = &salt },
    };
    const struct bundle_inputs inputs = {
        .bundle_id =
            how->bundle_id == NULL ? "019d4b3e-0000-7000-8000-000000000001" : how->bundle_id,
        .created = "2026-04-01T00:00:00Z",
        .run = { .id = "run-1",
                 .suite = { "s", "1", { { 1, how->suite } } },
                 .harness = { "h", "1", { { 2 } } },
                 .opened = { .time = "2026-03-31T23:00:00Z" } },
        .dut = { .vendor_name = "ACME",
                 .model = how->model == NULL ? "M1" : how->model,
                 .firmware = &firmware,
                 .firmware_count = how->no_firmware ? 0 : 1 },
        .entries = entries,
        .entry_count = sizeof entries / sizeof entries[0],
        .result = how->result,
        .started_at = "2026-03-31T23:00:00Z",
        .finished_at = "2026-03-31T23:30:00Z",
        .pq_key = how->pq_key,
    };

    return bundle_seal(&inputs, how->key, how->out, reterr);
}
