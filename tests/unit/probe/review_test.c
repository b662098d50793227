/* What a reviewer wrote down, and of which copy of a document. */
#include "probe/review.h"

#include <criterion/criterion.h>

#define SEEN "1111111111111111111111111111111111111111111111111111111111111111"
#define OLD "2222222222222222222222222222222222222222222222222222222222222222"

static json_t *reviewed(const char *answer, const char *sha256, const json_t *digests,
                        enum status expected)
{
    const struct answer item = { .to = "S1/paper",
                                 .answer = answer,
                                 .at = "2026-11-22",
                                 .why = { "読んだ", "read" },
                                 .sha256 = sha256 };
    const struct answers answers = { .by = "QA", .items = &item, .count = 1 };
    json_t *facts = json_object();
    struct probe_call call = { .check = "S1/paper@127.0.0.1", .answers = &answers, .facts = facts };
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(review_facts(&call, digests, &error), expected, "%s", error.message);
    return facts;
}

Test(review, an_answer_counts_for_the_copy_that_was_looked_at)
{
    json_t *digests = json_pack("[s]", SEEN);
    json_t *facts = reviewed("yes", SEEN, digests, STATUS_OK);

    cr_expect(json_is_true(json_object_get(facts, "confirmed")));
    cr_expect_str_eq(json_string_value(json_object_get(facts, "reviewed_sha256")), SEEN);
    cr_expect_null(json_object_get(facts, "review_of_another_copy"));
    json_decref(facts);

    facts = reviewed("yes", OLD, digests, STATUS_OK);
    cr_expect_null(json_object_get(facts, "confirmed"), "the paper has changed since");
    cr_expect_str_eq(json_string_value(json_object_get(facts, "reviewed_sha256")), OLD);
    cr_expect(json_is_true(json_object_get(facts, "review_of_another_copy")));
    cr_expect_str_eq(json_string_value(json_object_get(facts, "reviewer")), "QA");
    json_decref(facts);

    facts = reviewed("no", OLD, digests, STATUS_OK);
    cr_expect_null(json_object_get(facts, "confirmed"));
    json_decref(facts);

    facts = reviewed("yes", SEEN, NULL, STATUS_OK);
    cr_expect_null(json_object_get(facts, "confirmed"), "no copy was had");
    json_decref(facts);
    json_decref(digests);
}

Test(review, an_answer_without_a_digest_is_of_what_the_run_has)
{
    json_t *facts = reviewed("none", NULL, NULL, STATUS_OK);

    cr_expect(json_is_false(json_object_get(facts, "confirmed")));
    cr_expect_null(json_object_get(facts, "reviewed_sha256"));
    json_decref(facts);
    facts = reviewed("maybe", NULL, NULL, STATUS_BAD_INPUT);
    cr_expect_null(json_object_get(facts, "confirmed"));
    json_decref(facts);
}
