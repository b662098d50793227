/* fake_levers.h - a bench for the test of a probe: notes what was moved, answers as it is told.
 *
 *   struct fake_levers fake = fake_levers_new();
 *   fake.hook = device_does;        what moving a lever does to the test's device
 *   call.levers = &fake.levers;     the subject's profile declares the levers (sample below) */
#pragma once

#include "control/control.h"

#include <stdlib.h>
#include <string.h>

enum { FAKE_LEVERS_MAX = 4096 };

struct fake_levers {
    struct levers levers;
    enum lever pulled[FAKE_LEVERS_MAX];
    size_t pulled_count;
    size_t given_up;
    bool alive;
    /* Sets output->word and text; may be NULL: every lever is done. */
    enum status (*hook)(struct fake_levers *fake, enum lever lever, const struct lever_input *input,
                        struct lever_output *output, struct error *reterr);
    void *context;
};

struct fake_lever_task {
    enum lever lever;
    const struct lever_input *input;
};

__attribute__((unused)) static bool fake_can(const struct levers *levers,
                                             const struct lever_way *way)
{
    (void) levers;
    (void) way;
    return true;
}

__attribute__((unused)) static enum status
fake_begin(struct levers *levers, struct probe_call *call, const struct lever_way *way,
           const struct lever_input *input, void **ret_task, struct error *reterr)
{
    struct fake_levers *fake = (struct fake_levers *) levers;
    struct fake_lever_task *task = malloc(sizeof *task);

    (void) call;
    if (task == NULL || fake->pulled_count == FAKE_LEVERS_MAX) {
        free(task);
        return fail(reterr, STATUS_LIMIT, "too many levers for a fake");
    }
    fake->pulled[fake->pulled_count++] = way->lever;
    *task = (struct fake_lever_task){ .lever = way->lever, .input = input };
    *ret_task = task;
    return STATUS_OK;
}

__attribute__((unused)) static void fake_give_up(struct levers *levers, void *task)
{
    (void) task;
    ((struct fake_levers *) levers)->given_up++;
}

__attribute__((unused)) static enum status fake_end(struct levers *levers, struct probe_call *call,
                                                    void **task_place, struct lever_output *output,
                                                    struct error *reterr)
{
    struct fake_levers *fake = (struct fake_levers *) levers;
    struct fake_lever_task *task = *task_place;
    enum status status = STATUS_OK;

    (void) call;
    output->word = LEVER_DONE;
    if (fake->hook != NULL) {
        status = fake->hook(fake, task->lever, task->input, output, reterr);
    }
    free(task);
    return status;
}

__attribute__((unused)) static enum status
fake_alive(struct levers *levers, struct probe_call *call, bool *ret_alive, struct error *reterr)
{
    (void) call;
    (void) reterr;
    *ret_alive = ((struct fake_levers *) levers)->alive;
    return STATUS_OK;
}

__attribute__((unused)) static struct fake_levers fake_levers_new(void)
{
    return (struct fake_levers){
        .levers = { .can = fake_can,
                    .begin = fake_begin,
                    .give_up = fake_give_up,
                    .end = fake_end,
                    .alive = fake_alive },
        .alive = true,
    };
}

__attribute__((unused)) static bool fake_levers_pulled(const struct fake_levers *fake,
                                                       enum lever lever)
{
    for (size_t i = 0; i < fake->pulled_count; i++) {
        if (fake->pulled[i] == lever) {
            return true;
        }
    }
    return false;
}
