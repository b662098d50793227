#include "evidence/rollup.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int check_compare(const void *a, const void *b)
{
    const struct rollup_check *one = a;
    const struct rollup_check *other = b;

    return strcmp(one->id, other->id);
}

const struct rollup_check *rollup_find(const struct rollup *rollup, const char *id)
{
    const struct rollup_check wanted = { .id = id };

    if (rollup->check_count == 0) {
        return NULL;
    }
    return bsearch(&wanted, rollup->checks, rollup->check_count, sizeof wanted, check_compare);
}

static size_t count_checks(const json_t *clauses)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        count += json_array_size(json_object_get(json_array_get(clauses, i), "checks"));
    }
    return count;
}

/* Appends one clause's checks to all and its verdict to *clause. */
static enum status read_clause(const json_t *object, struct arena *arena,
                               struct rollup_clause *clause, struct rollup_check *all, size_t *used,
                               struct error *reterr)
{
    const json_t *checks = json_object_get(object, "checks");
    const json_t *mandatory = json_object_get(object, "mandatory");
    enum verdict *verdicts = arena_array(arena, json_array_size(checks) + 1, sizeof *verdicts);

    clause->id = text_of(object, "id");
    if (clause->id == NULL || !json_is_boolean(mandatory) || !json_is_array(checks)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "result.form: a clause without its id, mandatory or checks");
    }
    clause->mandatory = json_is_true(mandatory);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *id = text_of(check, "id");
        const char *word = text_of(check, "verdict");

        if (id == NULL || word == NULL || !verdict_from_word(word, &verdicts[i])) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "result.form: clause %s has a check without an id or a known verdict",
                        clause->id);
        }
        all[(*used)++] = (struct rollup_check){ id, clause->id, verdicts[i] };
    }
    clause->verdict = verdict_of_clause(verdicts, json_array_size(checks));
    return STATUS_OK;
}

static enum status refuse_twins(const struct rollup *rollup, struct error *reterr)
{
    for (size_t i = 1; i < rollup->check_count; i++) {
        if (text_equal(rollup->checks[i - 1].id, rollup->checks[i].id)) {
            return fail(reterr, STATUS_BAD_INPUT, "result.repeated: check %s appears twice",
                        rollup->checks[i].id);
        }
    }
    for (size_t i = 0; i < rollup->clause_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (text_equal(rollup->clauses[i].id, rollup->clauses[j].id)) {
                return fail(reterr, STATUS_BAD_INPUT, "result.repeated: clause %s appears twice",
                            rollup->clauses[i].id);
            }
        }
    }
    return STATUS_OK;
}

static enum overall overall_of(const struct rollup *rollup, struct arena *arena)
{
    struct clause_outcome *outcomes =
        arena_array(arena, rollup->clause_count + 1, sizeof *outcomes);

    for (size_t i = 0; i < rollup->clause_count; i++) {
        outcomes[i].verdict = rollup->clauses[i].verdict;
        outcomes[i].mandatory = rollup->clauses[i].mandatory;
    }
    return overall_of_level(outcomes, rollup->clause_count);
}

enum status rollup_of(const json_t *result, struct arena *arena, struct rollup *ret_rollup,
                      struct error *reterr)
{
    enum { CLAUSES_MAX = 4096 };
    const json_t *clauses = json_object_get(result, "clauses");
    const size_t count = json_array_size(clauses);
    struct rollup_clause *read = arena_array(arena, count + 1, sizeof *read);
    struct rollup_check *checks = arena_array(arena, count_checks(clauses) + 1, sizeof *checks);
    struct rollup rollup = { .clauses = read, .clause_count = count, .checks = checks };

    if (!json_is_array(clauses) || count > CLAUSES_MAX || text_of(result, "scheme") == NULL ||
        json_object_get(result, "level") == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "result.form: scheme, level or clauses are missing");
    }
    for (size_t i = 0; i < count; i++) {
        TRY(read_clause(json_array_get(clauses, i), arena, &read[i], checks, &rollup.check_count,
                        reterr));
        rollup.counts[read[i].verdict]++;
    }
    if (rollup.check_count > 0) {
        qsort(checks, rollup.check_count, sizeof *checks, check_compare);
    }
    TRY(refuse_twins(&rollup, reterr));
    rollup.overall = overall_of(&rollup, arena);
    *ret_rollup = rollup;
    return STATUS_OK;
}

bool rollup_counts_match(const struct rollup *rollup, const json_t *counts)
{
    size_t known = 0;

    if (!json_is_object(counts)) {
        return false;
    }
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        const json_t *stated = json_object_get(counts, verdict_word((enum verdict) i));

        if (stated != NULL && !json_is_integer(stated)) {
            return false;
        }
        if (json_integer_value(stated) != (json_int_t) rollup->counts[i]) {
            return false;
        }
        known += stated != NULL;
    }
    return known == json_object_size(counts);
}

enum status rollup_matches(const struct rollup *rollup, const json_t *result, struct error *reterr)
{
    const json_t *clauses = json_object_get(result, "clauses");
    const char *overall = text_of(result, "overall");

    for (size_t i = 0; i < rollup->clause_count; i++) {
        const char *stated = text_of(json_array_get(clauses, i), "verdict");
        const char *computed = verdict_word(rollup->clauses[i].verdict);

        if (!text_equal(stated, computed)) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "result.clause: %s is stated as %s, but its checks add up to %s",
                        rollup->clauses[i].id, stated == NULL ? "nothing" : stated, computed);
        }
    }
    if (!rollup_counts_match(rollup, json_object_get(result, "counts"))) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "result.counts: the stated counts are not those of the clauses");
    }
    if (!text_equal(overall, overall_word(rollup->overall))) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "result.overall: stated as %s, but the clauses add up to %s",
                    overall == NULL ? "nothing" : overall, overall_word(rollup->overall));
    }
    return STATUS_OK;
}

json_t *rollup_counts(const struct rollup *rollup)
{
    json_t *counts = json_object();

    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (json_object_set_new(counts, verdict_word((enum verdict) i),
                                json_integer((json_int_t) rollup->counts[i])) != 0) {
            abort();
        }
    }
    return counts;
}

enum status rollup_fill(json_t *result, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *clauses = json_object_get(result, "clauses");
    struct rollup rollup = { 0 };
    bool set = true;

    TRY(rollup_of(result, arena, &rollup, reterr));
    for (size_t i = 0; i < rollup.clause_count; i++) {
        set = set && json_object_set_new(json_array_get(clauses, i), "verdict",
                                         json_string(verdict_word(rollup.clauses[i].verdict))) == 0;
    }
    set = set && json_object_set_new(result, "counts", rollup_counts(&rollup)) == 0;
    set = set &&
          json_object_set_new(result, "overall", json_string(overall_word(rollup.overall))) == 0;
    return set ? STATUS_OK : fail(reterr, STATUS_INTERNAL, "result.form: cannot be filled in");
}

static enum status covers_clauses(const struct rollup *rollup, const json_t *clauses,
                                  struct error *reterr)
{
    if (clauses == NULL) {
        return STATUS_OK;
    }
    if (!json_is_array(clauses) || json_array_size(clauses) != rollup->clause_count) {
        return fail(reterr, STATUS_BAD_INPUT, "plan.clauses: %zu planned, %zu in the result",
                    json_array_size(clauses), rollup->clause_count);
    }
    for (size_t i = 0; i < rollup->clause_count; i++) {
        bool found = false;

        for (size_t j = 0; j < rollup->clause_count && !found; j++) {
            const json_t *planned = json_array_get(clauses, j);
            const json_t *mandatory = json_object_get(planned, "mandatory");

            found = text_equal(text_of(planned, "id"), rollup->clauses[i].id) &&
                    json_is_boolean(mandatory) &&
                    json_is_true(mandatory) == rollup->clauses[i].mandatory;
        }
        if (!found) {
            return fail(reterr, STATUS_BAD_INPUT, "plan.clauses: %s is not in the plan as it is",
                        rollup->clauses[i].id);
        }
    }
    return STATUS_OK;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

enum status rollup_covers(const struct rollup *rollup, const json_t *plan, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const json_t *planned = json_object_get(plan, "checks");
    const size_t count = json_array_size(planned);
    const char **ids = arena_array(arena, count + 1, sizeof *ids);

    if (!json_is_array(planned)) {
        return fail(reterr, STATUS_BAD_INPUT, "plan.form: no list of checks");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(planned, i);
        const struct rollup_check *check;

        ids[i] = text_of(item, "id");
        if (ids[i] == NULL || text_of(item, "clause") == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "plan.form: a check without id or clause");
        }
        check = rollup_find(rollup, ids[i]);
        if (check == NULL || !text_equal(check->clause, text_of(item, "clause"))) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "plan.missing: check %s is not in the result under its clause", ids[i]);
        }
    }
    if (count > 0) {
        qsort(ids, count, sizeof *ids, text_compare);
    }
    for (size_t i = 1; i < count; i++) {
        if (text_equal(ids[i - 1], ids[i])) {
            return fail(reterr, STATUS_BAD_INPUT, "plan.form: check %s is planned twice", ids[i]);
        }
    }
    /* All planned ones are there and distinct, so any more in the result are extra. */
    if (rollup->check_count != count) {
        return fail(reterr, STATUS_BAD_INPUT, "plan.extra: %zu checks planned, %zu in the result",
                    count, rollup->check_count);
    }
    return covers_clauses(rollup, json_object_get(plan, "clauses"), reterr);
}
