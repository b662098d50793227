#include "control/control.h"

#include "base/clock.h"
#include "base/text.h"
#include "probe/liveness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct control_task {
    const struct lever_way *way;
    void *inner;
    int64_t started_ms;
};

const char *lever_word_text(enum lever_word word)
{
    static const char *const words[] = {
        [LEVER_DONE] = "done", [LEVER_REFUSED] = "refused", [LEVER_CUT] = "cut"
    };

    return words[word];
}

struct lever_output lever_output_empty(void)
{
    return (struct lever_output){ .text = bytes_bounded(LEVER_TEXT_MAX) };
}

void lever_output_done(struct lever_output *output)
{
    bytes_done(&output->text);
    *output = lever_output_empty();
}

void lever_output_text(const struct lever_output *output, char *room, size_t size)
{
    text_printable(output->text.data, output->text.length, room, size);
}

static const struct lever_way *way_of(const struct probe_call *call, enum lever lever,
                                      const char *id)
{
    const struct profile *profile = call->subject->profile;

    return profile == NULL ? NULL : profile_lever(profile, lever, id, 0);
}

bool control_has(const struct probe_call *call, enum lever lever, const char *way)
{
    const struct lever_way *declared = way_of(call, lever, way);

    return call->levers != NULL && declared != NULL && call->levers->can(call->levers, declared);
}

/* One event of the log.  What a device or a command said is not in it but for a refusal. */
static void tell(const struct levers *levers, const struct control_task *task, const char *word,
                 const char *words)
{
    json_t *event;

    if (levers->said == NULL) {
        return;
    }
    event = json_pack("{s:s, s:s, s:s, s:I, s:s}", "lever", lever_words[task->way->lever], "by",
                      lever_by_words[task->way->by], "word", word, "elapsed_ms",
                      (json_int_t) (clock_monotonic_ms() - task->started_ms), "words", words);
    if (event != NULL && task->way->id != NULL) {
        (void) json_object_set_new(event, "way", json_string(task->way->id));
    }
    levers->said(levers->context, event);
}

enum status control_begin(struct probe_call *call, enum lever lever,
                          const struct lever_input *input, struct control_task **ret_task,
                          struct error *reterr)
{
    static const struct lever_input nothing = { 0 };
    const struct lever_way *way = way_of(call, lever, input == NULL ? NULL : input->way);
    struct error error = { .status = STATUS_OK };
    struct control_task *task;
    enum status status;

    if (call->levers == NULL || way == NULL || !call->levers->can(call->levers, way)) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile declares no lever %s%s%.40s",
                    lever_words[lever], input != NULL && input->way != NULL ? " " : "",
                    input != NULL && input->way != NULL ? input->way : "");
    }
    task = calloc(1, sizeof *task);
    if (task == NULL) {
        abort();
    }
    *task = (struct control_task){ .way = way, .started_ms = clock_monotonic_ms() };
    status = call->levers->begin(call->levers, call, way, input == NULL ? &nothing : input,
                                 &task->inner, &error);
    if (status != STATUS_OK) {
        tell(call->levers, task, "failed", error.message);
        free(task);
        return fail(reterr, status, "the lever %s: %s", lever_words[lever], error.message);
    }
    *ret_task = task;
    return STATUS_OK;
}

void control_give_up(struct probe_call *call, struct control_task *task)
{
    if (call->levers->give_up != NULL) {
        call->levers->give_up(call->levers, task->inner);
    }
}

enum status control_end(struct probe_call *call, struct control_task **task_place,
                        struct lever_output *output, struct error *reterr)
{
    struct control_task *task = *task_place;
    const enum lever lever = task->way->lever;
    struct error error = { .status = STATUS_OK };
    enum status status;

    *task_place = NULL;
    output->detail[0] = '\0';
    status = call->levers->end(call->levers, call, &task->inner, output, &error);
    output->elapsed_ms = clock_monotonic_ms() - task->started_ms;
    tell(call->levers, task, status != STATUS_OK ? "failed" : lever_word_text(output->word),
         status != STATUS_OK ? error.message : output->detail);
    free(task);
    if (status != STATUS_OK) {
        return fail(reterr, status, "the lever %s: %s", lever_words[lever], error.message);
    }
    return STATUS_OK;
}

enum status control_pull(struct probe_call *call, enum lever lever, const struct lever_input *input,
                         struct lever_output *output, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output own = lever_output_empty();
    struct lever_output *into = output != NULL ? output : &own;
    struct control_task *task = NULL;

    TRY(control_begin(call, lever, input, &task, reterr));
    TRY(control_end(call, &task, into, reterr));
    if (into->word == LEVER_CUT || (output == NULL && into->word == LEVER_REFUSED)) {
        return fail(reterr, STATUS_IO, "the lever %s failed: %s", lever_words[lever], into->detail);
    }
    return STATUS_OK;
}

enum status control_ask(struct probe_call *call, const struct person_question *question,
                        struct lever_output *output, struct error *reterr)
{
    const struct levers *levers = call->levers;
    int64_t started_ms = clock_monotonic_ms();

    output->word = LEVER_CUT;
    if (levers == NULL || levers->ask == NULL) {
        (void) snprintf(output->detail, sizeof output->detail, "there is nobody to ask");
        return STATUS_OK;
    }
    TRY(levers->ask(call->levers, question, output, reterr));
    output->elapsed_ms = clock_monotonic_ms() - started_ms;
    if (levers->said != NULL) {
        levers->said(levers->context,
                     json_pack("{s:s, s:s, s:s, s:I, s:s}", "lever", "question", "by", "person",
                               "word", lever_word_text(output->word), "elapsed_ms",
                               (json_int_t) output->elapsed_ms, "words",
                               output->word == LEVER_DONE ? "" : output->detail));
    }
    return STATUS_OK;
}

/* ---- is the device there ---- */

static enum status alive_now(struct probe_call *call, bool *ret_alive, struct error *reterr)
{
    struct liveness_answer answer = { 0 };

    if (call->levers != NULL && call->levers->alive != NULL) {
        return call->levers->alive(call->levers, call, ret_alive, reterr);
    }
    TRY(liveness_ask(call->subject->profile, NULL, 1, CONTROL_LIVENESS_MS, call->transcript,
                     &answer, reterr));
    *ret_alive = answer.state == LIVENESS_ALIVE;
    return STATUS_OK;
}

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static enum status wait_until(struct probe_call *call, bool wanted, int64_t within_ms,
                              bool *ret_reached, int64_t *ret_took_ms, struct error *reterr)
{
    int64_t started_ms = clock_monotonic_ms();
    int64_t deadline_ms = probe_deadline_within(call, within_ms);
    bool alive = !wanted;

    for (;;) {
        TRY(alive_now(call, &alive, reterr));
        if (alive == wanted || clock_monotonic_ms() + CONTROL_PAUSE_MS >= deadline_ms) {
            break;
        }
        pause_ms(CONTROL_PAUSE_MS);
    }
    *ret_reached = alive == wanted;
    if (ret_took_ms != NULL) {
        *ret_took_ms = clock_monotonic_ms() - started_ms;
    }
    return STATUS_OK;
}

enum status control_wait_alive(struct probe_call *call, int64_t within_ms, bool *ret_alive,
                               int64_t *ret_took_ms, struct error *reterr)
{
    return wait_until(call, true, within_ms, ret_alive, ret_took_ms, reterr);
}

enum status control_wait_gone(struct probe_call *call, int64_t within_ms, bool *ret_gone,
                              struct error *reterr)
{
    return wait_until(call, false, within_ms, ret_gone, NULL, reterr);
}

int64_t control_meanwhile_ms(const struct probe_call *call, enum lever lever, int64_t otherwise_ms)
{
    const struct lever_way *way = way_of(call, lever, NULL);
    const int64_t person_ms =
        way != NULL && way->by == LEVER_BY_PERSON ? (int64_t) way->within_s * 1000 : 0;

    return person_ms > otherwise_ms ? person_ms : otherwise_ms;
}

/* A lever that undoes nothing when there is nothing to undo; its failure is not the end, since
 * the device may be back all the same. */
static void try_lever(struct probe_call *call, enum lever lever, bool alive, char *words,
                      size_t size)
{
    const struct lever_way *way = way_of(call, lever, NULL);
    struct error error = { .status = STATUS_OK };

    if (!control_has(call, lever, NULL) || (alive && way->by == LEVER_BY_PERSON)) {
        return;
    }
    if (control_pull(call, lever, NULL, NULL, &error) != STATUS_OK && words[0] == '\0') {
        (void) snprintf(words, size, "%.*s", (int) size - 1, error.message);
    }
}

enum status control_bring_back(struct probe_call *call, struct error *reterr)
{
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    char words[200] = "";
    bool alive = false;

    TRY(alive_now(call, &alive, reterr));
    try_lever(call, LEVER_POWER_ON, alive, words, sizeof words);
    try_lever(call, LEVER_NETWORK_UP, alive, words, sizeof words);
    if (!control_has(call, LEVER_POWER_ON, NULL) && !alive) {
        try_lever(call, LEVER_POWER_CYCLE, alive, words, sizeof words);
    }
    TRY(control_wait_alive(call, settle_ms, &alive, NULL, reterr));
    if (!alive) {
        return fail(reterr, STATUS_UNREACHABLE,
                    "the device does not answer after power and network were given back%s%s",
                    words[0] != '\0' ? ": " : "", words);
    }
    try_lever(call, LEVER_CLIENT_STOP, alive, words, sizeof words);
    if (words[0] != '\0') {
        return fail(reterr, STATUS_IO, "the device answers, but %s", words);
    }
    return STATUS_OK;
}
