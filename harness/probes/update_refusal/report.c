#include "refusal.h"

#include "base/text.h"

#include <stdlib.h>

const struct fact refusal_columns[] = {
    { .name = "kind", .type = FACT_TEXT, .help = "Which image." },
    { .name = "length", .type = FACT_INT, .help = "In octets." },
    { .name = "outcome",
      .type = FACT_TEXT,
      .help = "refused, ignored, broken_off, installed or silenced." },
    { .name = "answer", .type = FACT_TEXT, .help = "done, refused, or cut." },
    { .name = "words", .type = FACT_TEXT, .help = "What the device said to a refusal." },
    { .name = "version", .type = FACT_TEXT, .help = "Its version afterwards." },
    { .name = "login",
      .type = FACT_TEXT,
      .help = "A log-in with the declared password afterwards." },
    { .name = "took_ms", .type = FACT_INT, .help = "Until that was known." },
    FACT_END,
};

const struct fact refusal_left_out_columns[] = {
    { .name = "kind", .type = FACT_TEXT, .help = "Which image." },
    { .name = "why", .type = FACT_TEXT, .help = "In words." },
    FACT_END,
};

struct refusal *refusal_new(struct probe_call *call)
{
    struct refusal *refusal = calloc(1, sizeof *refusal);

    if (refusal == NULL) {
        abort();
    }
    refusal->huge_bytes = (size_t) probe_param_int(call, "huge_bytes");
    refusal->watch_ms = probe_param_int(call, "watch_ms");
    refusal->wait_ms = probe_param_int(call, "wait_ms");
    refusal->left_out = json_array();
    return refusal;
}

void refusal_free(struct refusal *refusal)
{
    trial_done(&refusal->trial);
    json_decref(refusal->left_out);
    free(refusal);
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

void refusal_leave_out(struct refusal *refusal, enum firmware_kind kind, const char *why)
{
    json_t *row = json_object();

    put(row, "kind", json_string(firmware_kind_words[kind]));
    put(row, "why", json_string(why));
    probe_list_add(refusal->left_out, row);
}

enum outcome refusal_outcome(enum lever_word word, bool version_known, bool changed)
{
    if (!version_known) {
        return OUTCOME_SILENCED;
    }
    if (changed) {
        return OUTCOME_INSTALLED;
    }
    return word == LEVER_REFUSED ? OUTCOME_REFUSED
           : word == LEVER_DONE  ? OUTCOME_IGNORED
                                 : OUTCOME_BROKEN_OFF;
}

const char *refusal_outcome_word(enum outcome outcome)
{
    static const char *const words[] = {
        [OUTCOME_REFUSED] = "refused",       [OUTCOME_IGNORED] = "ignored",
        [OUTCOME_BROKEN_OFF] = "broken_off", [OUTCOME_INSTALLED] = "installed",
        [OUTCOME_SILENCED] = "silenced",
    };

    return words[outcome];
}

static json_t *row_of(const struct round *round, enum outcome outcome)
{
    json_t *row = json_object();

    put(row, "kind", json_string(firmware_kind_words[round->kind]));
    put(row, "length", json_integer((json_int_t) round->length));
    put(row, "outcome", json_string(refusal_outcome_word(outcome)));
    put(row, "answer", json_string(lever_word_text(round->offer.word)));
    if (round->offer.word == LEVER_REFUSED && round->offer.words[0] != '\0') {
        put(row, "words", json_string(round->offer.words));
    }
    if (round->offer.look.version_known) {
        put(row, "version", json_string(round->offer.look.version));
    }
    if (round->login != NULL) {
        put(row, "login", json_string(round->login));
    }
    put(row, "took_ms", json_integer(round->offer.took_ms));
    return row;
}

void refusal_report(struct refusal *refusal)
{
    struct probe_call *call = refusal->trial.call;
    json_t *lists[OUTCOME_SILENCED + 1];
    json_t *locked_out = json_array();
    json_t *later = json_array();
    json_t *offered = json_array();
    json_t *rows = json_array();

    for (enum outcome i = OUTCOME_REFUSED; i <= OUTCOME_SILENCED; i++) {
        lists[i] = json_array();
    }
    for (size_t i = 0; i < refusal->round_count; i++) {
        const struct round *round = &refusal->rounds[i];
        const char *word = firmware_kind_words[round->kind];
        enum outcome outcome =
            refusal_outcome(round->offer.word, round->offer.look.version_known,
                            trial_is_changed(&refusal->trial, &round->offer.look));

        probe_list_add_text(offered, word);
        probe_list_add_text(lists[outcome], word);
        if (i >= refusal->later_from && i - refusal->later_from < refusal->later_count) {
            probe_list_add_text(later, word);
        }
        if (round->login != NULL && !text_equal(round->login, "accepted")) {
            probe_list_add_text(locked_out, word);
        }
        probe_list_add(rows, row_of(round, outcome));
    }
    for (enum outcome i = OUTCOME_REFUSED; i <= OUTCOME_SILENCED; i++) {
        probe_fact_json(call, refusal_outcome_word(i), lists[i]);
    }
    probe_fact_json(call, "offered", offered);
    probe_fact_json(call, "locked_out", locked_out);
    probe_fact_json(call, "installed_later", later);
    if (trial_has_power(&refusal->trial)) {
        probe_fact_bool(call, "restarted", refusal->restarted);
    }
    probe_fact_json(call, "images", rows);
    probe_fact_json(call, "left_out", json_incref(refusal->left_out));
}
