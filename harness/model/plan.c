#include "model/plan.h"

#include "model/decode.h"
#include "model/grading.h"
#include "model/reference.h"
#include "model/selector.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 10000 };

struct planner {
    const struct suite *suite;
    const struct profile *profile;
    const char *const *only;
    struct arena *arena;
    struct plan *plan;
    size_t item_room;
    size_t omission_room;
};

static void *grown(struct planner *planner, void *items, size_t count, size_t *room, size_t size)
{
    void *larger;

    if (count < *room) {
        return items;
    }
    *room = *room == 0 ? 64 : *room * 2;
    larger = arena_array(planner->arena, *room, size);
    if (count > 0) {
        memcpy(larger, items, count * size);
    }
    return larger;
}

static struct plan_item *item_add(struct planner *planner)
{
    struct plan *plan = planner->plan;

    plan->items =
        grown(planner, plan->items, plan->item_count, &planner->item_room, sizeof *plan->items);
    return &plan->items[plan->item_count++];
}

static void omit(struct planner *planner, struct plan_omission omission)
{
    struct plan *plan = planner->plan;

    plan->omissions = grown(planner, plan->omissions, plan->omission_count, &planner->omission_room,
                            sizeof *plan->omissions);
    plan->omissions[plan->omission_count++] = omission;
}

static const struct not_applicable *declared_na(const struct profile *profile, const char *clause)
{
    for (size_t i = 0; i < profile->not_applicable_count; i++) {
        if (strcmp(profile->not_applicable[i].clause, clause) == 0) {
            return &profile->not_applicable[i];
        }
    }
    return NULL;
}

static bool is_named(const char *const *only, const char *id)
{
    for (; only != NULL && *only != NULL; only++) {
        if (strcmp(*only, id) == 0) {
            return true;
        }
    }
    return false;
}

static enum status check_na(const struct planner *planner, const struct clause *clause,
                            const struct not_applicable *na, struct error *reterr)
{
    if (words_in(&clause->not_applicable_when, LANGUAGE_EN)[0] != '\0') {
        return STATUS_OK;
    }
    return fail(reterr, STATUS_BAD_INPUT,
                "%s:%zu:%zu: '%.60s' applies to every product: it cannot be declared not "
                "applicable",
                planner->profile->source.path, na->mark.line, na->mark.column, clause->id);
}

/* Without a condition always; else when the profile declares such a thing. */
static bool gap_counts(const struct profile *profile, const struct gap *gap)
{
    bool counts = !gap->conditional;

    for (size_t i = 0; !counts && i < subject_count(profile, gap->when); i++) {
        const char *id = NULL;
        struct subject subject = subject_at(profile, gap->when, i, &id);

        counts = selectors_match(gap->selectors, gap->selector_count, &subject);
    }
    return counts;
}

static enum status plan_clause(struct planner *planner, const struct clause *clause,
                               struct error *reterr)
{
    const struct not_applicable *na = declared_na(planner->profile, clause->id);
    struct plan_omission omission = {
        .id = clause->id, .clause = clause, .verdict = VERDICT_NOT_TESTED, .counts = true
    };

    if (na != NULL) {
        TRY(check_na(planner, clause, na, reterr));
        omission.verdict = VERDICT_NA;
        omission.reason = na->reason;
        omit(planner, omission);
        return STATUS_OK;
    }
    if (clause->exception.ja != NULL || clause->exception.en != NULL) {
        omission.reason = clause->exception;
        omit(planner, omission);
    }
    for (size_t i = 0; i < clause->gap_count; i++) {
        omission.id = clause->gaps[i].id;
        omission.reason = clause->gaps[i].reason;
        omission.counts = gap_counts(planner->profile, &clause->gaps[i]);
        omit(planner, omission);
    }
    return STATUS_OK;
}

/* NULL when the profile does not declare what is referred to; *ret_name is then it. */
static json_t *resolved(struct planner *planner, json_t *value, const struct subject *subject,
                        const char **ret_name)
{
    json_t *found;

    if (!reference_is(value)) {
        return value;
    }
    found = reference_value(planner->suite, json_string_value(value), subject);
    if (found == NULL) {
        *ret_name = json_string_value(value);
        return NULL;
    }
    return json_kept(planner->arena, found);
}

static struct expectation *resolved_expect(struct planner *planner,
                                           const struct expectation *expect, size_t count,
                                           const struct subject *subject, const char **ret_missing)
{
    struct expectation *copy = arena_array(planner->arena, count, sizeof *copy);

    for (size_t i = 0; i < count; i++) {
        copy[i] = expect[i];
        if (expect[i].operand != NULL) {
            copy[i].operand = resolved(planner, expect[i].operand, subject, ret_missing);
        }
        if (expect[i].part_count > 0) {
            copy[i].parts = resolved_expect(planner, expect[i].parts, expect[i].part_count, subject,
                                            ret_missing);
        }
    }
    return copy;
}

static void put_resolved(struct planner *planner, json_t *params, json_t *with,
                         const struct subject *subject, const char **ret_missing)
{
    const char *name;
    json_t *value;

    json_object_foreach(with, name, value)
    {
        json_t *found = resolved(planner, value, subject, ret_missing);

        if (found != NULL && json_object_set(params, name, found) != 0) {
            abort();
        }
    }
}

static enum status resolved_params(struct planner *planner, const struct check *check,
                                   json_t *overrides, const struct subject *subject,
                                   const char **ret_missing, json_t **ret_params,
                                   struct error *reterr)
{
    json_t *given = json_kept(planner->arena, json_object());
    struct error error = { .status = STATUS_OK };
    json_t *full = NULL;

    put_resolved(planner, given, check->with, subject, ret_missing);
    if (overrides != NULL) {
        put_resolved(planner, given, overrides, subject, ret_missing);
    }
    if (*ret_missing != NULL) {
        return STATUS_OK;
    }
    if (params_complete(check->probe->params, given, &full, &error) != STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: %s", check->path, check->mark.line,
                    check->mark.column, error.message);
    }
    *ret_params = json_kept(planner->arena, full);
    return STATUS_OK;
}

/* A parameter that a lab replaced may name a grade that there is not. */
static enum status check_demands(const struct plan_item *item, struct error *reterr)
{
    for (size_t i = 0; i < item->check->expect_count; i++) {
        const struct expectation *expectation = &item->expect[i];

        if (expectation->grading != NULL && expectation->operand != NULL &&
            grading_demand(expectation) == GRADING_NO_SUCH) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "%s:%zu:%zu: the policy '%s' has no grade '%.40s'", item->check->path,
                        expectation->mark.line, expectation->mark.column,
                        expectation->grading->policy->id, json_string_value(expectation->operand));
        }
    }
    return STATUS_OK;
}

static enum status fill_item(struct planner *planner, struct plan_item *item,
                             const char **ret_missing, struct error *reterr)
{
    const struct check *check = item->check;

    TRY(resolved_params(planner, check, NULL, &item->subject, ret_missing, &item->params, reterr));
    item->expect =
        resolved_expect(planner, check->expect, check->expect_count, &item->subject, ret_missing);
    TRY(check_demands(item, reterr));
    item->controls = arena_array(planner->arena, check->control_count, sizeof *item->controls);
    for (size_t i = 0; i < check->control_count; i++) {
        const struct control *control = &check->controls[i];

        item->controls[i].control = control;
        item->controls[i].expect = resolved_expect(planner, control->expect, control->expect_count,
                                                   &item->subject, ret_missing);
        if (control->with != NULL) {
            TRY(resolved_params(planner, check, control->with, &item->subject, ret_missing,
                                &item->controls[i].params, reterr));
        }
    }
    return STATUS_OK;
}

static const struct words not_chosen = { "この実行では選ばれていない", "not chosen in this run" };

static struct words without_lever(const struct planner *planner, const char *lever)
{
    return (struct words){
        .ja = arena_format(planner->arena, "プロファイルに操作手段%sの宣言がない", lever),
        .en = arena_format(planner->arena, "the profile declares no lever %s", lever),
    };
}

static enum status plan_one(struct planner *planner, const struct check *check,
                            struct subject subject, const char *subject_id, bool chosen,
                            struct error *reterr)
{
    struct plan_item item = {
        .id = arena_format(planner->arena, "%s@%s", check->id, subject_id),
        .check = check,
        .subject = subject,
    };
    struct plan_omission omission = { .id = item.id,
                                      .clause = check->clause,
                                      .verdict = VERDICT_NOT_TESTED,
                                      .counts = true,
                                      .reason = not_chosen };
    const char *missing = NULL;

    if (!chosen && !is_named(planner->only, item.id)) {
        omit(planner, omission);
        return STATUS_OK;
    }
    for (size_t i = 0; i < check->need_count; i++) {
        if (!profile_has_lever(planner->profile, check->needs[i], NULL)) {
            omission.reason = without_lever(planner, check->needs[i]);
            omit(planner, omission);
            return STATUS_OK;
        }
    }
    TRY(fill_item(planner, &item, &missing, reterr));
    if (missing != NULL) {
        omission.reason = (struct words){
            arena_format(planner->arena, "プロファイルに%sの宣言がない", missing + 1),
            arena_format(planner->arena, "the profile does not declare %s", missing + 1),
        };
        omit(planner, omission);
        return STATUS_OK;
    }
    if (planner->plan->item_count == ITEMS_MAX) {
        return fail(reterr, STATUS_LIMIT, "more than %d checks in one plan", ITEMS_MAX);
    }
    *item_add(planner) = item;
    return STATUS_OK;
}

static void omit_empty(struct planner *planner, const struct check *check)
{
    struct words kind = subject_kind_title(check->subject_kind);

    omit(planner,
         (struct plan_omission){
             .id = check->id,
             .clause = check->clause,
             .verdict = VERDICT_NOT_TESTED,
             .counts = !check->skip_when_none,
             .reason = { arena_format(planner->arena, "プロファイルに該当する%sの宣言がない",
                                      kind.ja),
                         arena_format(planner->arena, "the profile declares no %s of this kind",
                                      kind.en) },
         });
}

/* Is any "check@subject" of this check named? */
static bool named_in_part(const char *const *only, const char *check)
{
    size_t length = strlen(check);

    for (; only != NULL && *only != NULL; only++) {
        if (strncmp(*only, check, length) == 0 && (*only)[length] == '@') {
            return true;
        }
    }
    return false;
}

/* What the profile itself declares cannot be declared not applicable. */
static enum status contradicts_na(const struct planner *planner, const struct check *check,
                                  struct error *reterr)
{
    const struct profile *profile = planner->profile;
    const struct not_applicable *na = declared_na(profile, check->clause->id);

    if (check->subject_kind == SUBJECT_ADDRESS) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < subject_count(profile, check->subject_kind); i++) {
        const char *id = NULL;
        struct subject subject = subject_at(profile, check->subject_kind, i, &id);

        if (selectors_match(check->selectors, check->selector_count, &subject)) {
            return fail(
                reterr, STATUS_BAD_INPUT,
                "%s:%zu:%zu: '%.60s' cannot be not applicable: the profile declares '%.60s', "
                "which it is about",
                profile->source.path, na->mark.line, na->mark.column, na->clause, id);
        }
    }
    return STATUS_OK;
}

static enum status plan_check(struct planner *planner, const struct check *check,
                              struct error *reterr)
{
    const struct profile *profile = planner->profile;
    bool chosen = planner->only == NULL || is_named(planner->only, check->id) ||
                  is_named(planner->only, check->clause->id);
    bool any = false;

    if (declared_na(profile, check->clause->id) != NULL) {
        return contradicts_na(planner, check, reterr);
    }
    if (!chosen && !named_in_part(planner->only, check->id)) {
        omit(planner, (struct plan_omission){ .id = check->id,
                                              .clause = check->clause,
                                              .verdict = VERDICT_NOT_TESTED,
                                              .counts = true,
                                              .reason = not_chosen });
        return STATUS_OK;
    }
    for (size_t i = 0; i < subject_count(profile, check->subject_kind); i++) {
        const char *id = NULL;
        struct subject subject = subject_at(profile, check->subject_kind, i, &id);

        if (selectors_match(check->selectors, check->selector_count, &subject)) {
            any = true;
            TRY(plan_one(planner, check, subject, id, chosen, reterr));
        }
    }
    if (!any) {
        omit_empty(planner, check);
    }
    return STATUS_OK;
}

/* A name that keeps nothing is a slip of the pen, not a wish for an empty run. */
static enum status check_only(const struct planner *planner, struct error *reterr)
{
    for (const char *const *name = planner->only; name != NULL && *name != NULL; name++) {
        bool known = suite_clause(planner->suite, *name) != NULL ||
                     suite_check(planner->suite, *name) != NULL;

        for (size_t i = 0; !known && i < planner->plan->item_count; i++) {
            known = strcmp(planner->plan->items[i].id, *name) == 0;
        }
        for (size_t i = 0; !known && i < planner->plan->omission_count; i++) {
            known = strcmp(planner->plan->omissions[i].id, *name) == 0;
        }
        if (!known) {
            return fail(reterr, STATUS_BAD_INPUT, "the suite '%s' has no check or clause '%.80s'",
                        planner->suite->id, *name);
        }
    }
    return STATUS_OK;
}

enum status plan_build(const struct suite *suite, const struct profile *profile,
                       const char *const *only, struct arena *arena, struct plan **ret_plan,
                       struct error *reterr)
{
    struct planner planner = {
        .suite = suite_for_product(suite, profile->type, arena),
        .profile = profile,
        .only = only,
        .arena = arena,
        .plan = arena_alloc(arena, sizeof *planner.plan),
    };

    *planner.plan = (struct plan){ .suite = planner.suite, .profile = profile };
    for (size_t i = 0; i < planner.suite->clause_count; i++) {
        TRY(plan_clause(&planner, &planner.suite->clauses[i], reterr));
    }
    for (size_t i = 0; i < planner.suite->check_count; i++) {
        TRY(plan_check(&planner, &planner.suite->checks[i], reterr));
    }
    TRY(check_only(&planner, reterr));
    *ret_plan = planner.plan;
    return STATUS_OK;
}
