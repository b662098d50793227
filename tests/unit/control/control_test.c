/* Levers and what is built of them, with a bench that only notes. */
#include "control/control.h"

#include "base/clock.h"
#include "support/fake_levers.h"

#include <criterion/criterion.h>
#include <jansson.h>

static struct lever_way ways[] = {
    { .lever = LEVER_POWER_OFF, .by = LEVER_BY_COMMAND },
    { .lever = LEVER_POWER_ON, .by = LEVER_BY_COMMAND },
    { .lever = LEVER_NETWORK_UP, .by = LEVER_BY_PERSON },
    { .lever = LEVER_ERASE, .by = LEVER_BY_COMMAND, .id = "page" },
};
static const struct profile profile = { .levers = ways, .lever_count = 4, .settle_s = 1 };
static const struct subject subject = { .profile = &profile, .address = "127.0.0.1" };

static struct probe_call call_of(struct fake_levers *fake)
{
    return (struct probe_call){ .subject = &subject,
                                .levers = fake == NULL ? NULL : &fake->levers,
                                .deadline_ms = clock_monotonic_ms() + 10000 };
}

static json_t *heard;

static void note(void *context, json_t *event)
{
    (void) context;
    json_decref(heard);
    heard = event;
}

Test(control, a_lever_that_is_not_declared_does_not_move)
{
    struct fake_levers fake = fake_levers_new();
    struct probe_call call = call_of(&fake);
    struct probe_call without = call_of(NULL);
    struct error error = { .status = STATUS_OK };

    cr_expect(control_has(&call, LEVER_POWER_OFF, NULL));
    cr_expect(control_has(&call, LEVER_ERASE, "page"));
    cr_expect_not(control_has(&call, LEVER_ERASE, "button"));
    cr_expect_not(control_has(&call, LEVER_REINSTALL, NULL));
    cr_expect_not(control_has(&without, LEVER_POWER_OFF, NULL));
    cr_expect_eq(control_pull(&call, LEVER_REINSTALL, NULL, NULL, &error), STATUS_BAD_INPUT);
    cr_expect(strstr(error.message, "declares no lever reinstall") != NULL, "%s", error.message);
    cr_expect_eq(control_pull(&without, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_BAD_INPUT);
    cr_expect_eq(fake.pulled_count, 0);
}

static enum status refuse(struct fake_levers *fake, enum lever lever,
                          const struct lever_input *input, struct lever_output *output,
                          struct error *reterr)
{
    (void) fake;
    (void) lever;
    (void) input;
    (void) reterr;
    output->word = LEVER_REFUSED;
    (void) snprintf(output->detail, sizeof output->detail, "not signed");
    return STATUS_OK;
}

static enum status cut(struct fake_levers *fake, enum lever lever, const struct lever_input *input,
                       struct lever_output *output, struct error *reterr)
{
    (void) refuse(fake, lever, input, output, reterr);
    output->word = LEVER_CUT;
    return STATUS_OK;
}

Test(control, a_refusal_is_data_and_a_cut_is_one_only_when_it_was_expected)
{
    struct fake_levers fake = fake_levers_new();
    struct probe_call call = call_of(&fake);
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct control_task *task = NULL;
    struct error error = { .status = STATUS_OK };

    fake.levers.said = note;
    fake.hook = refuse;
    cr_expect_eq(control_pull(&call, LEVER_ERASE, NULL, &output, &error), STATUS_OK);
    cr_expect_eq(output.word, LEVER_REFUSED);
    cr_expect_str_eq(json_string_value(json_object_get(heard, "word")), "refused");
    cr_expect_str_eq(json_string_value(json_object_get(heard, "way")), "page");
    cr_expect_eq(control_pull(&call, LEVER_ERASE, NULL, NULL, &error), STATUS_IO,
                 "who does not look at the answer wanted it done");
    fake.hook = cut;
    cr_expect_eq(control_pull(&call, LEVER_ERASE, NULL, &output, &error), STATUS_IO);
    cr_expect(strstr(error.message, "not signed") != NULL);
    cr_assert_eq(control_begin(&call, LEVER_ERASE, NULL, &task, &error), STATUS_OK);
    cr_expect_eq(control_end(&call, &task, &output, &error), STATUS_OK);
    cr_expect_eq(output.word, LEVER_CUT);
    cr_expect_null(task);
    json_decref(heard);
    heard = NULL;
}

static enum status comes_back(struct fake_levers *fake, enum lever lever,
                              const struct lever_input *input, struct lever_output *output,
                              struct error *reterr)
{
    (void) input;
    (void) output;
    (void) reterr;
    fake->alive = fake->alive || lever == LEVER_POWER_ON;
    return STATUS_OK;
}

Test(control, bringing_back_asks_a_person_only_when_nothing_answers)
{
    struct fake_levers fake = fake_levers_new();
    struct probe_call call = call_of(&fake);
    struct error error = { .status = STATUS_OK };

    fake.hook = comes_back;
    cr_expect_eq(control_bring_back(&call, &error), STATUS_OK, "%s", error.message);
    cr_expect(fake_levers_pulled(&fake, LEVER_POWER_ON));
    cr_expect_not(fake_levers_pulled(&fake, LEVER_NETWORK_UP));
    fake.alive = false;
    cr_expect_eq(control_bring_back(&call, &error), STATUS_OK, "%s", error.message);
    cr_expect(fake_levers_pulled(&fake, LEVER_NETWORK_UP));
    fake.alive = false;
    fake.hook = NULL;
    cr_expect_eq(control_bring_back(&call, &error), STATUS_UNREACHABLE);
    cr_expect(strstr(error.message, "does not answer") != NULL);
}

Test(control, a_lever_that_says_done_and_does_nothing_is_seen)
{
    struct fake_levers fake = fake_levers_new();
    struct probe_call call = call_of(&fake);
    struct error error = { .status = STATUS_OK };
    bool gone = true;

    cr_assert_eq(control_pull(&call, LEVER_POWER_OFF, NULL, NULL, &error), STATUS_OK);
    cr_assert_eq(control_wait_gone(&call, 300, &gone, &error), STATUS_OK);
    cr_expect_not(gone);
}
