/* What follows from the observations under other rules: case 150. */
#include "attack.h"

#include <stdlib.h>

#define WHEN "2026-05-20T00:00:00Z"

static void judge_as(struct attempt *attempt, enum world_who signer, const char *role)
{
    world_judge(attempt->world, &attempt->zip, signer, role, WHEN);
}

void attack_150_judged_again(struct attempt *attempt)
{
    judge_as(attempt, WORLD_VENDOR, "vendor");
}

void attack_150_judged_by_lab(struct attempt *attempt)
{
    judge_as(attempt, WORLD_LAB, "evaluator");
}

void attack_150_judged_by_authority(struct attempt *attempt)
{
    judge_as(attempt, WORLD_AUTHORITY, "evaluator");
}

void attack_150_judged_in_another_role(struct attempt *attempt)
{
    judge_as(attempt, WORLD_VENDOR, "evaluator");
}

void attack_150_judged_tomorrow(struct attempt *attempt)
{
    world_judge(attempt->world, &attempt->zip, WORLD_VENDOR, "vendor", "2026-06-02T00:00:00Z");
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (json_object_set_new(object, name, json_string(text)) != 0) {
        abort();
    }
}

static void say_conformant(json_t *statement, void *context)
{
    json_t *predicate = json_object_get(statement, "predicate");

    (void) context;
    set_text(json_object_get(predicate, "result"), "overall", "conformant");
}

void attack_150_judgement_lies(struct attempt *attempt)
{
    judge_as(attempt, WORLD_VENDOR, "vendor");
    world_edit_statement(&attempt->zip, WORLD_ATT_JUDGEMENT, attempt_key(attempt, WORLD_VENDOR),
                         say_conformant, NULL);
}

static void name_another_run(json_t *statement, void *context)
{
    (void) context;
    set_text(json_object_get(statement, "predicate"), "runId",
             "019d4b3e-0000-7000-8000-000000000009");
}

void attack_150_judgement_of_another_run(struct attempt *attempt)
{
    judge_as(attempt, WORLD_VENDOR, "vendor");
    world_edit_statement(&attempt->zip, WORLD_ATT_JUDGEMENT, attempt_key(attempt, WORLD_VENDOR),
                         name_another_run, NULL);
}
