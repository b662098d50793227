#include "model/grade.h"

#include "model/decode.h"

#include <stdlib.h>
#include <string.h>

/* One evaluation while it goes on. */
struct grader {
    const struct grading *grading;
    const json_t *facts;
    const struct grade_years *years;
    struct arena *arena;
    struct grade_result *result;
    size_t graded;
};

static void add_once(json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (text_equal(json_string_value(json_array_get(list, i)), text)) {
            return;
        }
    }
    if (json_array_append_new(list, json_string(text)) != 0) {
        abort();
    }
}

static void not_observed(struct grader *grader, const char *fact)
{
    if (grader->result->fact == NULL) {
        grader->result->fact = fact;
    }
}

/* "RSA-2048 (112 bits) in 2036" */
static const char *thing_text(const struct grader *grader, const struct policy_thing *thing,
                              const char *why)
{
    const char *text = thing->name;

    if (thing->number > 0) {
        text = arena_format(grader->arena, "%s-%lld", text, thing->number);
    }
    if (why != NULL) {
        text = arena_format(grader->arena, "%s (%s)", text, why);
    }
    if (grader->grading->moment == GRADING_UNTIL && thing->year > 0) {
        text = arena_format(grader->arena, "%s in %u", text, thing->year);
    }
    return text;
}

static void grade_thing(struct grader *grader, const struct policy_thing *thing)
{
    struct policy_finding finding = policy_look_up(grader->grading->policy, thing, grader->arena);
    struct grade_result *result = grader->result;

    grader->graded += finding.graded ? 1 : 0;
    if (finding.unknown != NULL) {
        add_once(result->unknown, thing_text(grader, thing, finding.unknown));
    }
    if (finding.grade == POLICY_UNKNOWN || finding.grade < result->grade) {
        return;
    }
    if (finding.grade > result->grade) {
        (void) json_array_clear(result->because);
        result->grade = finding.grade;
        result->basis = finding.basis;
        result->year = thing->year;
    }
    add_once(result->because, thing_text(grader, thing, finding.why));
}

/* The first four digits of an RFC 3339 date; 0 when it is none. */
static unsigned year_of(const char *date)
{
    unsigned year = 0;

    for (size_t i = 0; i < 4; i++) {
        if (date[i] < '0' || date[i] > '9') {
            return 0;
        }
        year = year * 10 + (unsigned) (date[i] - '0');
    }
    return year;
}

/* What is past already is judged as of now. */
static unsigned year_or_later(const struct grader *grader, unsigned year)
{
    return year > 0 && year < grader->years->run ? grader->years->run : year;
}

static unsigned year_for(const struct grader *grader, const struct grading_item *item,
                         const json_t *row)
{
    const char *until;

    switch (grader->grading->moment) {
    case GRADING_RUN:
        break;
    case GRADING_SUPPORT:
        return year_or_later(grader, grader->years->support);
    case GRADING_UNTIL:
        until = json_string_value(json_object_get(row, item->until));
        return until == NULL ? 0 : year_or_later(grader, year_of(until));
    }
    return grader->years->run;
}

static void grade_row(struct grader *grader, const struct grading_item *item, const json_t *row)
{
    const json_t *name = item->name == NULL ? NULL : json_object_get(row, item->name);
    const json_t *number = item->number == NULL ? NULL : json_object_get(row, item->number);
    struct policy_thing thing = { .kind = item->kind,
                                  .name = item->called,
                                  .number = -1,
                                  .use = grader->grading->use,
                                  .year = year_for(grader, item, row) };

    if (item->name != NULL) {
        thing.name = json_string_value(name);
    }
    if (item->number != NULL) {
        thing.number = json_integer_value(number);
    }
    if (thing.name == NULL || (item->number != NULL && number == NULL)) {
        not_observed(grader, item->path);
        return;
    }
    grade_thing(grader, &thing);
}

static void grade_member(struct grader *grader, const struct grading_item *item,
                         const json_t *member)
{
    struct policy_thing thing = { .kind = item->kind,
                                  .name = item->called,
                                  .number = -1,
                                  .use = grader->grading->use,
                                  .year = year_for(grader, item, NULL) };

    if (json_is_object(member)) {
        grade_row(grader, item, member);
        return;
    }
    if (json_is_integer(member)) {
        thing.number = json_integer_value(member);
    } else {
        thing.name = json_string_value(member);
    }
    if (thing.name == NULL) {
        not_observed(grader, item->path);
        return;
    }
    grade_thing(grader, &thing);
}

static void grade_item(struct grader *grader, const struct grading_item *item)
{
    const struct expectation path = { .path = item->path };
    json_t *value = expectation_value(&path, grader->facts);
    json_t *member;
    size_t i;

    if (value == NULL) {
        if (!item->when_observed) {
            not_observed(grader, item->path);
        }
        return;
    }
    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            grade_member(grader, item, member);
        }
    } else {
        grade_member(grader, item, value);
    }
    json_decref(value);
}

/* One witness refutes, whatever else is not known; without one, everything has to be known. */
static void settle(struct grade_result *result, const struct policy *policy)
{
    int demand = grading_demand(result->expectation);
    bool last = result->grade == (int) policy->grade_count - 1;
    bool below = demand >= 0 && result->grade > demand;
    bool unknown = json_array_size(result->unknown) > 0;

    result->decides = demand != GRADING_ANY;
    result->truth = TRUTH_TRUE;
    if (below) {
        result->truth = TRUTH_FALSE;
    } else if (unknown || result->fact != NULL || demand == GRADING_NO_SUCH) {
        result->truth = TRUTH_UNKNOWN;
    }
    if (below || last) {
        result->state = GRADE_KNOWN;
    } else if (result->fact != NULL) {
        result->state = GRADE_NOT_OBSERVED;
    } else {
        result->state = unknown ? GRADE_UNKNOWN : GRADE_KNOWN;
    }
}

struct grade_result grade_facts(const struct expectation *expectation, const json_t *facts,
                                const struct grade_years *years, struct arena *arena)
{
    const struct grading *grading = expectation->grading;
    struct grade_result result = { .expectation = expectation,
                                   .state = GRADE_NOT_DECLARED,
                                   .truth = TRUTH_UNKNOWN,
                                   .grade = POLICY_UNKNOWN,
                                   .because = json_kept(arena, json_array()),
                                   .unknown = json_kept(arena, json_array()) };
    struct grader grader = {
        .grading = grading, .facts = facts, .years = years, .arena = arena, .result = &result
    };

    if (grading->moment == GRADING_SUPPORT && years->support == 0) {
        return result;
    }
    for (size_t i = 0; i < grading->item_count; i++) {
        grade_item(&grader, &grading->items[i]);
    }
    if (grader.graded == 0 && grading->item_count > 0) {
        not_observed(&grader, grading->items[0].path);
    }
    settle(&result, grading->policy);
    return result;
}

const char *grade_word(const struct grade_result *result)
{
    switch (result->state) {
    case GRADE_KNOWN:
        return result->expectation->grading->policy->grades[result->grade].id;
    case GRADE_UNKNOWN:
        return "unknown";
    case GRADE_NOT_OBSERVED:
        return "not-observed";
    case GRADE_NOT_DECLARED:
        break;
    }
    return "not-declared";
}
