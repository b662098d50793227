#include "model/plan.h"

#include "model/grading.h"

#include <stdlib.h>

static void put(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static void put_text(json_t *object, const char *name, const char *value)
{
    if (value != NULL) {
        put(object, name, json_string(value));
    }
}

static void append(json_t *array, json_t *value)
{
    if (value == NULL || json_array_append_new(array, value) != 0) {
        abort();
    }
}

static json_t *expect_json(const struct expectation *expect, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct expectation *at = &expect[i];
        json_t *one = json_object();

        put_text(one, "fact", at->path);
        if (at->grading != NULL) {
            put(one, expect_op_word(at->op), grading_to_json(at));
        } else {
            put(one, expect_op_word(at->op),
                at->part_count > 0 ? expect_json(at->parts, at->part_count)
                                   : json_deep_copy(at->operand));
        }
        if (at->advisory) {
            put(one, "advisory", json_true());
        }
        put_text(one, "otherwise", at->otherwise);
        append(list, one);
    }
    return list;
}

static json_t *controls_json(const struct plan_item *item)
{
    json_t *list = json_array();

    for (size_t i = 0; i < item->check->control_count; i++) {
        const struct plan_control *control = &item->controls[i];
        json_t *one = json_object();

        put_text(one, "id", control->control->id);
        if (control->params != NULL) {
            put(one, "params", json_deep_copy(control->params));
        }
        put(one, "expect", expect_json(control->expect, control->control->expect_count));
        append(list, one);
    }
    return list;
}

static json_t *item_json(const struct plan_item *item, struct arena *arena)
{
    json_t *one = json_object();

    put_text(one, "id", item->id);
    put_text(one, "clause", item->check->clause->id);
    put_text(one, "probe", item->check->probe->name);
    put_text(one, "subject", subject_text(&item->subject, arena));
    put(one, "params", json_deep_copy(item->params));
    put(one, "controls", controls_json(item));
    put(one, "expect", expect_json(item->expect, item->check->expect_count));
    return one;
}

static json_t *omission_json(const struct plan_omission *omission)
{
    json_t *one = json_object();
    json_t *reason = json_object();

    put_text(reason, "ja", omission->reason.ja);
    put_text(reason, "en", omission->reason.en);
    put_text(one, "id", omission->id);
    put_text(one, "clause", omission->clause->id);
    put_text(one, "verdict", verdict_word(omission->verdict));
    put(one, "counts", json_boolean(omission->counts));
    put(one, "reason", reason);
    return one;
}

json_t *plan_to_json(const struct plan *plan)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *whole = json_object();
    json_t *checks = json_array();
    json_t *omitted = json_array();

    for (size_t i = 0; i < plan->item_count; i++) {
        append(checks, item_json(&plan->items[i], arena));
    }
    for (size_t i = 0; i < plan->omission_count; i++) {
        append(omitted, omission_json(&plan->omissions[i]));
    }
    put(whole, "checks", checks);
    put(whole, "omitted", omitted);
    return whole;
}
