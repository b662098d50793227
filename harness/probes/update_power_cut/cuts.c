#include "cuts.h"

#include "base/text.h"

#include <stdlib.h>

const struct fact cuts_columns[] = {
    { .name = "at_ms", .type = FACT_INT, .help = "After the upload began." },
    { .name = "gone", .type = FACT_BOOL, .help = "The device was seen to be off." },
    { .name = "answer", .type = FACT_TEXT, .help = "To the upload: done, refused, or cut." },
    { .name = "outcome", .type = FACT_TEXT, .help = "old, new, other or silent." },
    { .name = "version", .type = FACT_TEXT, .help = "Afterwards." },
    { .name = "login",
      .type = FACT_TEXT,
      .help = "A log-in with the declared password afterwards." },
    FACT_END,
};

enum cut_outcome cuts_outcome(const struct trial *trial, const struct trial_look *look)
{
    if (!look->version_known) {
        return CUT_SILENT;
    }
    if (trial_is_new(trial, look)) {
        return CUT_NEW;
    }
    return trial_is_changed(trial, look) ? CUT_OTHER : CUT_OLD;
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

static const char *const outcome_words[] = {
    [CUT_OLD] = "old", [CUT_NEW] = "new", [CUT_OTHER] = "other", [CUT_SILENT] = "silent"
};

static json_t *row_of(const struct cut *cut)
{
    json_t *row = json_object();

    put(row, "at_ms", json_integer(cut->at_ms));
    put(row, "gone", json_boolean(cut->gone));
    put(row, "answer", json_string(lever_word_text(cut->answer)));
    put(row, "outcome", json_string(outcome_words[cut->outcome]));
    if (cut->look.version_known) {
        put(row, "version", json_string(cut->look.version));
    }
    if (cut->login != NULL) {
        put(row, "login", json_string(cut->login));
    }
    return row;
}

void cuts_report(struct probe_call *call, const struct cut *cuts, size_t count)
{
    unsigned outcomes[CUT_SILENT + 1] = { 0 };
    json_t *rows = json_array();
    unsigned locked_out = 0;
    unsigned gone = 0;

    for (size_t i = 0; i < count; i++) {
        gone += cuts[i].gone;
        outcomes[cuts[i].outcome]++;
        locked_out += cuts[i].login != NULL && !text_equal(cuts[i].login, "accepted");
        probe_list_add(rows, row_of(&cuts[i]));
    }
    for (enum cut_outcome i = CUT_OLD; i <= CUT_SILENT; i++) {
        probe_fact_int(call, outcome_words[i], outcomes[i]);
    }
    probe_fact_int(call, "cuts", gone);
    probe_fact_int(call, "not_gone", (long long) count - gone);
    probe_fact_int(call, "locked_out", locked_out);
    probe_fact_json(call, "moments", rows);
}
