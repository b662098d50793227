/* Questions to a person: what was written down counts, nobody is no answer. */
#include "support/probe_run.h"

#include "control/control.h"
#include "question.h"

#include <criterion/criterion.h>
#include <string.h>

extern const struct probe probe_person;

static const struct interface interfaces[] = {
    { .id = "usb", .kind = "usb", .state = "none" },
    { .id = "log", .kind = "uart", .state = "disabled" },
};
static const struct profile profile = { .interfaces = interfaces, .interface_count = 2 };
static const struct subject subject = { .profile = &profile, .interface = &interfaces[1] };
static const char question[] = "{\"question_ja\": \"{interface}\", \"question_en\": "
                               "\"{interface} {state}? ({interfaces})\"}";

struct desk {
    struct levers levers;
    const char *types; /* NULL: nobody does */
    struct words seen;
    int asked;
};

static enum status ask(struct levers *levers, const struct person_question *asked,
                       struct lever_output *output, struct error *reterr)
{
    struct desk *desk = (struct desk *) levers;

    desk->asked++;
    cr_expect_str_eq(asked->words.en, "log disabled? (usb none, log disabled)");
    cr_expect_str_eq(asked->choices, "yes / no");
    output->word = desk->types != NULL ? LEVER_DONE : LEVER_CUT;
    (void) snprintf(output->detail, sizeof output->detail, "%s",
                    desk->types != NULL ? "" : "nobody answered in time");
    return desk->types == NULL ? STATUS_OK : bytes_append_text(&output->text, desk->types, reterr);
}

static enum status asked(const char *params_text, const struct answers *answers, struct desk *desk,
                         json_t **ret_facts, struct error *reterr)
{
    struct transcript transcript = transcript_start(4096);
    json_t *given = json_loads(params_text, 0, NULL);
    json_t *params = NULL;
    json_t *facts = json_object();
    struct probe_call call = { .subject = &subject,
                               .check = "S1/look@log",
                               .answers = answers,
                               .levers = desk == NULL ? NULL : &desk->levers,
                               .transcript = &transcript,
                               .deadline_ms = clock_monotonic_ms() + 1000,
                               .facts = facts };
    enum status status;

    cr_assert_eq(params_complete(probe_person.decl.params, given, &params, reterr), STATUS_OK);
    call.params = params;
    status = probe_person.run(&call, reterr);
    if (status == STATUS_OK) {
        cr_assert_eq(facts_check(probe_person.decl.facts, facts, reterr), STATUS_OK, "%s",
                     reterr->message);
    }
    json_decref(given);
    json_decref(params);
    transcript_done(&transcript);
    *ret_facts = facts;
    return status;
}

static const char *text(const json_t *facts, const char *name)
{
    const char *value = json_string_value(json_object_get(facts, name));

    return value != NULL ? value : "";
}

Test(person, nobody_is_no_answer)
{
    struct desk desk = { .levers = { .ask = ask } };
    struct error error = { .status = STATUS_OK };
    json_t *facts;

    cr_assert_eq(asked(question, NULL, NULL, &facts, &error), STATUS_OK);
    cr_expect(json_is_false(json_object_get(facts, "answered")));
    cr_expect_str_eq(text(facts, "answer"), "unanswered");
    json_decref(facts);
    cr_assert_eq(asked(question, NULL, &desk, &facts, &error), STATUS_OK);
    cr_expect(json_is_false(json_object_get(facts, "answered")));
    cr_expect_str_eq(text(facts, "why"), "nobody answered in time");
    cr_expect_eq(desk.asked, 1);
    json_decref(facts);
}

Test(person, what_is_typed_is_one_of_the_choices_or_nothing)
{
    struct desk desk = { .levers = { .ask = ask }, .types = "no" };
    struct error error = { .status = STATUS_OK };
    json_t *facts;

    cr_assert_eq(asked(question, NULL, &desk, &facts, &error), STATUS_OK);
    cr_expect_str_eq(text(facts, "answer"), "no");
    cr_expect_str_eq(text(facts, "from"), "terminal");
    cr_expect_eq(strlen(text(facts, "at")), 10);
    json_decref(facts);
    desk.types = "sure";
    desk.asked = 0;
    cr_assert_eq(asked(question, NULL, &desk, &facts, &error), STATUS_OK);
    cr_expect(json_is_false(json_object_get(facts, "answered")));
    cr_expect_eq(desk.asked, 3);
    json_decref(facts);
}

Test(person, what_was_written_down_counts_before_the_terminal)
{
    const struct answer one = { .to = "S1/look",
                                .answer = "yes",
                                .at = "2026-11-21",
                                .why = { .en = "seen" },
                                .file = "/dev/null" };
    const struct answer strange = { .to = "S1/look@log", .answer = "maybe", .at = "2026-11-21" };
    const struct answers answers = { .by = "QA", .items = &one, .count = 1 };
    const struct answers wrong = { .by = "QA", .items = &strange, .count = 1 };
    struct desk desk = { .levers = { .ask = ask }, .types = "no" };
    struct error error = { .status = STATUS_OK };
    json_t *facts;

    cr_assert_eq(asked(question, &answers, &desk, &facts, &error), STATUS_OK, "%s", error.message);
    cr_expect_str_eq(text(facts, "answer"), "yes");
    cr_expect_str_eq(text(facts, "by"), "QA");
    cr_expect_str_eq(text(facts, "file_sha256"),
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cr_expect_eq(desk.asked, 0);
    json_decref(facts);
    cr_expect_eq(asked(question, &wrong, &desk, &facts, &error), STATUS_BAD_INPUT);
    cr_expect(strstr(error.message, "none of its choices") != NULL, "%s", error.message);
    json_decref(facts);
}

Test(person, every_place_of_a_question_is_filled)
{
    DEFER(bytes_done) struct bytes filled = bytes_bounded(QUESTION_MAX);
    char template[256] = "";
    FILE *file = fopen(FIXTURES "interface.txt", "r");

    cr_assert_not_null(file);
    cr_assert_gt(fread(template, 1, sizeof template - 1, file), 0);
    (void) fclose(file);
    cr_assert_eq(question_fill(&subject, template, &filled, NULL), STATUS_OK);
    cr_expect_str_eq(
        (const char *) filled.data,
        "Look at the unit: is its interface log as declared, disabled, among usb none, "
        "log disabled?");
}

Test(person, a_question_with_an_unknown_place_is_not_asked)
{
    struct error error = { .status = STATUS_OK };
    json_t *facts;

    cr_expect_eq(
        asked("{\"question_ja\": \"{what}\", \"question_en\": \"?\"}", NULL, NULL, &facts, &error),
        STATUS_BAD_INPUT);
    json_decref(facts);
}
