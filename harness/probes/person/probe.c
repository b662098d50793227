/* person - asks somebody who can look at the unit.  What was written down for the run
 * (run --answers) counts first, then whoever sits at the terminal; nobody is no answer. */
#include "probe/probe.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "channel/sha256.h"
#include "control/control.h"
#include "question.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { AGAIN_MAX = 3, FILE_MAX = 64 << 20, READ_STEP = 65536, DEADLINE_MS = 7200000 };

static const struct param params[] = {
    { .name = "question_ja",
      .type = FACT_TEXT,
      .help = "In Japanese; {interface} and {state} stand for what the profile declares of the "
              "subject, {interfaces} for all that it declares.",
      .required = true },
    { .name = "question_en", .type = FACT_TEXT, .help = "In English, likewise.", .required = true },
    { .name = "choices",
      .type = FACT_TEXTS,
      .help = "The answers that there are.",
      .fallback = "[\"yes\", \"no\"]" },
    { .name = "within_s",
      .type = FACT_INT,
      .help = "How long somebody at the terminal has.",
      .fallback = "300",
      .minimum = 1,
      .maximum = 3600 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "answered", .type = FACT_BOOL, .help = "Somebody gave one of the answers." },
    { .name = "answer", .type = FACT_TEXT, .help = "Which; \"unanswered\" when there is none." },
    { .name = "question", .type = FACT_TEXT, .help = "What was asked, in English." },
    { .name = "by", .type = FACT_TEXT, .help = "Who answered." },
    { .name = "at", .type = FACT_TEXT, .help = "The day on which the unit was looked at." },
    { .name = "why",
      .type = FACT_TEXT,
      .help = "How it was found out, or why there is no answer." },
    { .name = "from", .type = FACT_TEXT, .help = "answers (the file) or terminal." },
    { .name = "file_sha256",
      .type = FACT_TEXT,
      .help = "Of the photograph or other file that goes with it." },
    FACT_END,
};

/* ---- the answer ---- */

static bool is_choice(const struct probe_call *call, const char *answer)
{
    const json_t *choices = probe_param_list(call, "choices");

    for (size_t i = 0; i < json_array_size(choices); i++) {
        if (text_equal(json_string_value(json_array_get(choices, i)), answer)) {
            return true;
        }
    }
    return false;
}

static enum status choices_text(const struct probe_call *call, struct bytes *into,
                                struct error *reterr)
{
    const json_t *choices = probe_param_list(call, "choices");

    for (size_t i = 0; i < json_array_size(choices); i++) {
        TRY(bytes_append_text(into, i > 0 ? " / " : "", reterr));
        TRY(bytes_append_text(into, json_string_value(json_array_get(choices, i)), reterr));
    }
    return bytes_append(into, "", 1, reterr);
}

static void say_unanswered(struct probe_call *call, const char *why)
{
    probe_fact_bool(call, "answered", false);
    probe_fact_text(call, "answer", "unanswered");
    probe_fact_text(call, "why", why);
}

static enum status file_sha256(const char *path, char room[SHA256_TEXT_SIZE], struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(FILE_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status status = STATUS_OK;
    ssize_t got = fd < 0 ? -1 : 1;

    while (fd >= 0 && got > 0 && status == STATUS_OK) {
        uint8_t *at = NULL;

        status = bytes_reserve(&content, READ_STEP, &at, reterr);
        got = status == STATUS_OK ? read(fd, at, READ_STEP) : 0;
        bytes_commit(&content, got > 0 ? (size_t) got : 0);
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    TRY(status);
    if (got < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%.200s: %s", path, strerror(errno));
    }
    return sha256_text(content.data, content.length, room, reterr);
}

static enum status take_written(struct probe_call *call, const struct answer *answer,
                                struct error *reterr)
{
    if (!is_choice(call, answer->answer)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the file of answers says '%.60s' to %.80s, which is "
                    "none of its choices",
                    answer->answer, answer->to);
    }
    if (answer->sha256 != NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the file of answers gives a document's sha256 to %.80s, which reads none",
                    answer->to);
    }
    probe_fact_bool(call, "answered", true);
    probe_fact_text(call, "answer", answer->answer);
    probe_fact_json(call, "by", json_string(call->answers->by));
    probe_fact_text(call, "at", answer->at);
    probe_fact_json(call, "why", json_string(words_in(&answer->why, LANGUAGE_EN)));
    probe_fact_text(call, "from", "answers");
    if (answer->file != NULL) {
        char hex[SHA256_TEXT_SIZE];

        TRY(file_sha256(answer->file, hex, reterr));
        probe_fact_text(call, "file_sha256", hex);
    }
    return STATUS_OK;
}

/* False: what was typed is none of the choices. */
static bool take_typed(struct probe_call *call, const struct lever_output *output)
{
    char typed[256];
    char now[CLOCK_TEXT_SIZE];

    lever_output_text(output, typed, sizeof typed);
    if (typed[0] == '@' && output->detail[0] != '\0') { /* the answer itself comes next */
        probe_fact_text(call, "file_sha256", output->detail);
        return false;
    }
    if (!is_choice(call, typed)) {
        return false;
    }
    clock_text(clock_wall_ms(), now);
    now[strlen("YYYY-MM-DD")] = '\0';
    probe_fact_bool(call, "answered", true);
    probe_fact_text(call, "answer", typed);
    probe_fact_text(call, "by", "whoever sat at the terminal");
    probe_fact_text(call, "at", now);
    probe_fact_text(call, "why", "asked during the run");
    probe_fact_text(call, "from", "terminal");
    return true;
}

static enum status ask(struct probe_call *call, const char *ja, const char *en,
                       struct error *reterr)
{
    DEFER(bytes_done) struct bytes choices = bytes_bounded(1024);
    bool taken = false;

    TRY(choices_text(call, &choices, reterr));
    for (int i = 0; i < AGAIN_MAX && !taken; i++) {
        DEFER(lever_output_done) struct lever_output output = lever_output_empty();
        const struct person_question question = {
            .about = call->check,
            .words = { .ja = ja, .en = en },
            .choices = (const char *) choices.data,
            .within_s = (unsigned) probe_param_int(call, "within_s"),
        };

        TRY(control_ask(call, &question, &output, reterr));
        if (output.word != LEVER_DONE) {
            say_unanswered(call, output.detail);
            return STATUS_OK;
        }
        taken = take_typed(call, &output);
    }
    if (!taken) {
        say_unanswered(call, "what was typed was none of the choices");
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(bytes_done) struct bytes ja = bytes_bounded(QUESTION_MAX);
    DEFER(bytes_done) struct bytes en = bytes_bounded(QUESTION_MAX);
    const struct answer *written =
        call->check == NULL ? NULL : answers_to(call->answers, call->check);

    TRY(question_fill(call->subject, probe_param_text(call, "question_ja"), &ja, reterr));
    TRY(question_fill(call->subject, probe_param_text(call, "question_en"), &en, reterr));
    probe_fact_text(call, "question", (const char *) en.data);
    if (written != NULL) {
        return take_written(call, written, reterr);
    }
    return ask(call, (const char *) ja.data, (const char *) en.data, reterr);
}

const struct probe probe_person = {
    .decl = { .name = "person",
              .summary = { "人に確認を求める", "Asks somebody who can look at the unit" },
              .guide = "An answer comes from the file of --answers, or from the terminal within "
                       "within_s.\nWithout both, nothing is known: 'answered' is false, and "
                       "nobody passes by it.",
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_ADDRESS,
              .deadline_ms = DEADLINE_MS },
    .run = run,
    .wants_person = true,
};
