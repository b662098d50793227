#include "probe/review.h"

#include "base/text.h"

static bool has_text(const json_t *list, const char *text)
{
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        if (text_equal(json_string_value(value), text)) {
            return true;
        }
    }
    return false;
}

bool review_is_read(const struct probe_decl *probe)
{
    const struct fact *fact = probe->facts;

    while (fact != NULL && fact->name != NULL && !text_equal(fact->name, "reviewer")) {
        fact++;
    }
    return fact != NULL && fact->name != NULL;
}

bool review_is_answer(const char *answer)
{
    return text_equal(answer, "yes") || text_equal(answer, "no") || text_equal(answer, "none");
}

enum status review_facts(struct probe_call *call, const json_t *digests, struct error *reterr)
{
    const struct answer *answer =
        call->check == NULL ? NULL : answers_to(call->answers, call->check);

    if (answer == NULL) {
        return STATUS_OK;
    }
    if (!review_is_answer(answer->answer)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the file of answers says '%.60s' to %.80s, where yes, no or none is expected",
                    answer->answer, answer->to);
    }
    if (answer->sha256 != NULL) {
        probe_fact_text(call, "reviewed_sha256", answer->sha256);
    }
    if (answer->sha256 != NULL && !has_text(digests, answer->sha256)) {
        probe_fact_bool(call, "review_of_another_copy", true);
    } else {
        probe_fact_bool(call, "confirmed", text_equal(answer->answer, "yes"));
    }
    probe_fact_text(call, "reviewer", call->answers->by);
    if (answer->at != NULL) {
        probe_fact_text(call, "reviewed_at", answer->at);
    }
    probe_fact_json(call, "review_why", json_string(words_in(&answer->why, LANGUAGE_EN)));
    return STATUS_OK;
}
