#include "control/bench.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/frame.h"
#include "control/way.h"
#include "probe/place.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BROKER_PATIENCE_MS = 5000,
    PERSON_PATIENCE_MS = 3600000,
    POLL_SLICE_MS = 250,
    READ_STEP = 65536
};

struct bench_task {
    const struct lever_way *way;
    struct way_run *run; /* NULL: the broker's */
    unsigned ticket;
    int64_t patience_ms;
};

static bool is_brokers(const struct lever_way *way)
{
    return way->by == LEVER_BY_COMMAND || way->by == LEVER_BY_PERSON;
}

/* A person may be asked by others first. */
static int64_t patience_until(bool person, unsigned within_s)
{
    return clock_monotonic_ms() + (int64_t) within_s * 1000 +
           (person ? PERSON_PATIENCE_MS : BROKER_PATIENCE_MS);
}

static bool bench_can(const struct levers *levers, const struct lever_way *way)
{
    const struct bench *bench = (const struct bench *) levers;

    return !is_brokers(way) || bench->ask_fd >= 0;
}

static size_t place_of(const struct profile *profile, const struct lever_way *way)
{
    return (size_t) (way - profile->levers);
}

static enum status broker_ask(struct bench *bench, const struct probe_call *call,
                              const struct lever_way *way, const struct lever_input *input,
                              struct bench_task *task, struct error *reterr)
{
    static const char nothing[1] = "";
    json_t *ask = json_pack("{s:I, s:I, s:b}", "ticket", (json_int_t) ++bench->last_ticket, "lever",
                            (json_int_t) place_of(call->subject->profile, way), "image",
                            (int) (input->image != NULL));
    enum status status;

    if (ask == NULL) {
        abort();
    }
    if (input->value != NULL) {
        (void) json_object_set_new(ask, "value", json_string(input->value));
    }
    if (input->user != NULL) {
        (void) json_object_set_new(ask, "user", json_string(input->user));
    }
    if (input->image != NULL && input->image->length > LEVER_IMAGE_MAX) {
        status = fail(reterr, STATUS_LIMIT, "an image of more than %d octets", LEVER_IMAGE_MAX);
    } else {
        status = frame_write(bench->ask_fd, ask,
                             input->image == NULL ? nothing : (const char *) input->image->data,
                             input->image == NULL ? 0 : input->image->length,
                             input->secret == NULL ? nothing : secret_reveal(input->secret),
                             input->secret == NULL ? 0 : input->secret->length, reterr);
    }
    json_decref(ask);
    task->ticket = bench->last_ticket;
    task->patience_ms = patience_until(way->by == LEVER_BY_PERSON, way->within_s);
    return status;
}

static struct bench_answer *stashed(struct bench *bench, unsigned ticket)
{
    for (size_t i = 0; i < BENCH_STASH_MAX; i++) {
        if (bench->stash[i].ticket == ticket) {
            return &bench->stash[i];
        }
    }
    return NULL;
}

static enum status stash_answer(struct bench *bench, const struct frame *frame,
                                struct error *reterr)
{
    json_int_t ticket = json_integer_value(json_object_get(frame->json, "ticket"));
    const char *word = json_string_value(json_object_get(frame->json, "word"));
    const char *detail = json_string_value(json_object_get(frame->json, "detail"));
    struct bench_answer *free_one = stashed(bench, 0);

    if (json_is_true(json_object_get(frame->json, "asking")) ||
        json_is_false(json_object_get(frame->json, "asking"))) {
        if (bench->levers.asking != NULL) {
            bench->levers.asking(bench->levers.context,
                                 json_is_true(json_object_get(frame->json, "asking")));
        }
        return STATUS_OK;
    }
    if (free_one == NULL || ticket <= 0 || word == NULL || detail == NULL) {
        return fail(reterr, STATUS_INTERNAL, "the broker of levers is not understood");
    }
    *free_one = (struct bench_answer){ .ticket = (unsigned) ticket,
                                       .output = lever_output_empty(),
                                       .failed = text_equal(word, "failed") };
    free_one->output.word = text_equal(word, "done")      ? LEVER_DONE
                            : text_equal(word, "refused") ? LEVER_REFUSED
                                                          : LEVER_CUT;
    (void) snprintf(free_one->output.detail, sizeof free_one->output.detail, "%s", detail);
    return bytes_append(&free_one->output.text, frame->bulk, frame->bulk_length, reterr);
}

static enum status broker_hear(struct bench *bench, struct error *reterr)
{
    struct pollfd polled = { .fd = bench->answer_fd, .events = POLLIN };
    uint8_t *room = NULL;
    ssize_t got;

    if (poll(&polled, 1, POLL_SLICE_MS) <= 0) {
        return STATUS_OK;
    }
    TRY(bytes_reserve(&bench->heard, READ_STEP, &room, reterr));
    got = read(bench->answer_fd, room, READ_STEP);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        return fail(reterr, STATUS_IO, "the broker of levers is gone");
    }
    bytes_commit(&bench->heard, got > 0 ? (size_t) got : 0);
    for (;;) {
        struct frame frame;
        size_t length = 0;
        enum status status;

        TRY(frame_parse(&bench->heard, LEVER_TEXT_MAX, &frame, &length, reterr));
        if (length == 0) {
            return STATUS_OK;
        }
        status = stash_answer(bench, &frame, reterr);
        frame_done(&frame);
        TRY(status);
        memmove(bench->heard.data, bench->heard.data + length, bench->heard.length - length);
        bench->heard.length -= length;
    }
}

static enum status broker_answer(struct bench *bench, const struct bench_task *task,
                                 struct lever_output *output, struct error *reterr)
{
    struct bench_answer *answer;

    while ((answer = stashed(bench, task->ticket)) == NULL) {
        if (clock_monotonic_ms() > task->patience_ms) {
            return fail(reterr, STATUS_TIMEOUT, "the broker of levers does not answer");
        }
        TRY(broker_hear(bench, reterr));
    }
    answer->ticket = 0;
    if (answer->failed) {
        enum status status = fail(reterr, STATUS_IO, "%s", answer->output.detail);

        lever_output_done(&answer->output);
        return status;
    }
    lever_output_done(output);
    *output = answer->output;
    answer->output = lever_output_empty();
    return STATUS_OK;
}

static enum status bench_begin(struct levers *levers, struct probe_call *call,
                               const struct lever_way *way, const struct lever_input *input,
                               void **ret_task, struct error *reterr)
{
    struct bench *bench = (struct bench *) levers;
    struct bench_task *task = calloc(1, sizeof *task);
    enum status status;

    if (task == NULL) {
        abort();
    }
    task->way = way;
    status = is_brokers(way) ? broker_ask(bench, call, way, input, task, reterr)
                             : way_begin(call, way, input, &task->run, reterr);
    if (status != STATUS_OK) {
        free(task);
        return status;
    }
    *ret_task = task;
    return STATUS_OK;
}

static void bench_give_up(struct levers *levers, void *context)
{
    struct bench_task *task = context;

    (void) levers;
    if (task->run != NULL) {
        way_give_up(task->run);
    }
}

/* Where the way declares a pointer, the text is what stands there in it. */
static enum status text_pick(const struct lever_way *way, struct lever_output *output,
                             struct error *reterr)
{
    json_t *whole;
    const json_t *value;
    char *text = NULL;
    enum status status = STATUS_OK;

    if (way->json == NULL || output->word != LEVER_DONE) {
        return STATUS_OK;
    }
    whole =
        json_loadb((const char *) output->text.data, output->text.length, JSON_DECODE_ANY, NULL);
    value = whole == NULL ? NULL : place_json(whole, way->json);
    if (json_is_string(value)) {
        text = strdup(json_string_value(value));
    } else if (value != NULL) {
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    }
    if (text == NULL) {
        status = fail(reterr, STATUS_IO, "what it answers has nothing at %.80s", way->json);
    } else {
        bytes_clear(&output->text);
        status = bytes_append_text(&output->text, text, reterr);
    }
    free(text);
    json_decref(whole);
    return status;
}

static void line_ends_drop(struct bytes *text)
{
    while (text->length > 0 && strchr("\r\n", text->data[text->length - 1]) != NULL &&
           text->data[text->length - 1] != '\0') {
        text->length--;
    }
}

static enum status bench_end(struct levers *levers, struct probe_call *call, void **task_place,
                             struct lever_output *output, struct error *reterr)
{
    struct bench *bench = (struct bench *) levers;
    struct bench_task *task = *task_place;
    const struct lever_way *way = task->way;
    enum status status = task->run != NULL ? way_end(&task->run, call, output, reterr)
                                           : broker_answer(bench, task, output, reterr);

    free(task);
    *task_place = NULL;
    TRY(status);
    line_ends_drop(&output->text);
    return text_pick(way, output, reterr);
}

static enum status bench_ask(struct levers *levers, const struct person_question *question,
                             struct lever_output *output, struct error *reterr)
{
    struct bench *bench = (struct bench *) levers;
    struct bench_task task = { .ticket = ++bench->last_ticket };
    json_t *ask;
    enum status status;

    if (bench->ask_fd < 0) {
        output->word = LEVER_CUT;
        (void) snprintf(output->detail, sizeof output->detail, "there is nobody to ask");
        return STATUS_OK;
    }
    ask = json_pack("{s:I, s:b, s:s, s:s, s:s, s:s, s:I}", "ticket", (json_int_t) task.ticket,
                    "question", 1, "about", question->about != NULL ? question->about : "", "ja",
                    question->words.ja != NULL ? question->words.ja : "", "en",
                    question->words.en != NULL ? question->words.en : "", "choices",
                    question->choices != NULL ? question->choices : "", "within_s",
                    (json_int_t) question->within_s);
    if (ask == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a question that is not UTF-8");
    }
    task.patience_ms = patience_until(true, question->within_s);
    status = frame_write(bench->ask_fd, ask, "", 0, "", 0, reterr);
    json_decref(ask);
    TRY(status);
    return broker_answer(bench, &task, output, reterr);
}

struct bench bench_over(int ask_fd, int answer_fd)
{
    return (struct bench){
        .levers = { .can = bench_can,
                    .begin = bench_begin,
                    .give_up = bench_give_up,
                    .end = bench_end,
                    .ask = bench_ask },
        .ask_fd = ask_fd,
        .answer_fd = answer_fd,
        .heard = bytes_bounded(FRAME_HEAD + FRAME_JSON_MAX + LEVER_TEXT_MAX + READ_STEP),
    };
}

void bench_done(struct bench *bench)
{
    bytes_done(&bench->heard);
    for (size_t i = 0; i < BENCH_STASH_MAX; i++) {
        lever_output_done(&bench->stash[i].output);
    }
}
