/* Answers that were written down for a run. */
#include "sample.h"

#include "model/answers.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD "hoshitori: answers/1\nby: QA\nanswers:\n"
#define ONE(to, answer) "  - {to: " to ", answer: " answer ", at: '2026-11-21', why: seen}\n"

static enum status answers_of(const char *text, struct arena *arena, struct answers **ret_answers,
                              struct error *reterr)
{
    const struct source_file source = sample_source("answers.yaml", text);

    return answers_from_source(&source, arena, ret_answers, reterr);
}

Test(answers, the_one_with_the_subject_comes_first)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct error error = { .status = STATUS_OK };
    struct answers *answers = NULL;

    cr_assert_eq(answers_of(HEAD ONE("S1/look", "'yes'") ONE("S1/look@usb", "'no'"), arena,
                            &answers, &error),
                 STATUS_OK, "%s", error.message);
    cr_expect_str_eq(answers->by, "QA");
    cr_expect_str_eq(answers_to(answers, "S1/look@usb")->answer, "no");
    cr_expect_str_eq(answers_to(answers, "S1/look@uart")->answer, "yes");
    cr_expect_str_eq(answers_to(answers, "S1/look")->answer, "yes");
    cr_expect_null(answers_to(answers, "S1/loo@usb"));
    cr_expect_null(answers_to(answers, "S1/looks@usb"));
    cr_expect_null(answers_to(NULL, "S1/look@usb"));
}

Test(answers, slips_of_the_pen_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        const char *message;
    } refusals[] = {
        { "hoshitori: answers/2\nby: QA\nanswers: []\n", "answers.yaml:1:" },
        { "hoshitori: answers/1\nanswers: []\n", "'by' is missing" },
        { "hoshitori: answers/1\nby: ' '\nanswers: []\n", "'by' must be" },
        { HEAD "  - {to: a, answer: b, at: '2026-11-21'}\n", "'why' is missing" },
        { HEAD "  - {to: a, answer: b, at: '2026-11-21', why: ''}\n", "why" },
        { HEAD "  - {to: a, answer: '', at: '2026-11-21', why: w}\n", "'answer' must be" },
        { HEAD "  - {to: a, answer: b, at: today, why: w}\n", "must be a day" },
        { HEAD "  - {to: a, answer: b, at: '2026-13-01', why: w}\n", "must be a day" },
        { HEAD "  - {to: a, answer: b, at: '2026-11-211', why: w}\n", "must be a day" },
        { HEAD "  - {to: a, answer: b, at: '2026-02-29', why: w}\n", "must be a day" },
        { HEAD ONE("a", "b") ONE("a", "c"), "answered twice" },
        { HEAD "  - {to: a, answer: b, at: '2026-11-21', why: w, sha256: 'AB'}\n",
          "'sha256' must be" },
        { HEAD "  - {to: a, answer: b, at: '2026-11-21', why: w, because: x}\n", "unknown key" },
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct error error = { .status = STATUS_OK };
        struct answers *answers = NULL;

        cr_expect_eq(answers_of(refusals[i].text, arena, &answers, &error), STATUS_BAD_INPUT, "%zu",
                     i);
        cr_expect(strstr(error.message, refusals[i].message) != NULL, "%zu: %s", i, error.message);
    }
}
