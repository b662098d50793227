/* Any bytes as a profile, as a suite with good clauses, as clauses, as a policy and as parameters.
 */
#include "model/label_tables.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/suite_tables.h"

#include "sample.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_suite(const struct source_file *source, struct arena *arena)
{
    const struct suite_layer layer = { .suite = *source,
                                       .clauses = sample_source("clauses.yaml", sample_clauses) };
    const struct suite_sources sources = { .layers = &layer,
                                           .layer_count = 1,
                                           .policies = sample_policies(sample_policy),
                                           .policy_count = 1 };
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;

    if (suite_from_sources(&sources, &sample_catalogue, arena, &suite, NULL) == STATUS_OK &&
        sample_profile(SAMPLE_PROFILE, arena, &profile, NULL) == STATUS_OK &&
        plan_build(suite, profile, NULL, arena, &plan, NULL) == STATUS_OK) {
        json_decref(plan_to_json(plan));
    }
}

/* What a suite includes, and what it extends. */
static void as_part(const struct source_file *source, struct arena *arena)
{
    const struct suite_part part = { .name = "part.yaml", .source = *source };
    const struct suite_layer layers[] = {
        { .suite = sample_source("suite.yaml", SAMPLE_SUITE),
          .clauses = sample_source("clauses.yaml", sample_clauses),
          .parts = &part,
          .part_count = 1 },
        { .folder = "star1",
          .suite = *source,
          .clauses = sample_source("clauses.yaml", sample_clauses) },
    };
    struct suite *suite = NULL;

    for (size_t count = 1; count <= 2; count++) {
        const struct suite_sources sources = { .layers = layers,
                                               .layer_count = count,
                                               .policies = sample_policies(sample_policy),
                                               .policy_count = 1 };

        (void) !suite_from_sources(&sources, &sample_catalogue, arena, &suite, NULL);
    }
}

static void as_profile(const struct source_file *source, struct arena *arena)
{
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;

    if (profile_from_source(source, PROFILE_SECRETS_SKIP, arena, &profile, NULL) == STATUS_OK &&
        sample_suite(SAMPLE_SUITE, sample_clauses, arena, &suite, NULL) == STATUS_OK &&
        plan_build(suite, profile, NULL, arena, &plan, NULL) == STATUS_OK) {
        json_decref(plan_to_json(plan));
    }
    profile_done(profile);
}

static void as_the_rest(const struct source_file *source, struct arena *arena)
{
    const struct suite_layer layer = { .suite = sample_source("suite.yaml", SAMPLE_SUITE),
                                       .clauses = *source };
    const struct suite_sources clauses = { .layers = &layer,
                                           .layer_count = 1,
                                           .policies = sample_policies(sample_policy),
                                           .policy_count = 1 };
    struct suite *suite = NULL;
    struct label *label = NULL;
    struct problems problems = { .path = source->path };

    (void) !suite_from_sources(&clauses, &sample_catalogue, arena, &suite, NULL);
    (void) !label_decode(source, &problems, arena, &label, NULL);
    if (sample_suite(SAMPLE_SUITE, sample_clauses, arena, &suite, NULL) == STATUS_OK) {
        (void) !suite_override_source(suite, source, arena, NULL);
    }
}

/* What decodes can be asked about any name. */
static void as_policy(const struct source_file *source, struct arena *arena)
{
    struct problems problems = { .path = source->path };
    struct policy *policy = NULL;

    if (policy_decode(source, &problems, arena, &policy, NULL) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < policy->part_count; i++) {
        const struct policy_thing thing = { .kind = policy->parts[i].kind,
                                            .name = policy->parts[i].part,
                                            .number = 2048,
                                            .year = 2026 };

        (void) policy_look_up(policy, &thing, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct source_file source = { .path = "fuzz.yaml", .data = data, .length = size };

    as_profile(&source, arena);
    as_suite(&source, arena);
    as_part(&source, arena);
    as_policy(&source, arena);
    as_the_rest(&source, arena);
    return 0;
}
