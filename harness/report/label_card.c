#include "report/label_card.h"

#include "base/clock.h"
#include "evidence/json_make.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* ---- levels ---- */

/* A clause that does not say its level is of the run's own. */
static unsigned level_of(const json_t *clause, unsigned run_level)
{
    const json_t *level = json_object_get(clause, "level");

    return json_is_integer(level) ? (unsigned) json_integer_value(level) : run_level;
}

static enum overall overall_up_to(const json_t *result, unsigned level, unsigned run_level,
                                  struct arena *arena)
{
    const json_t *clauses = json_object_get(result, "clauses");
    struct clause_outcome *outcomes =
        arena_array(arena, json_array_size(clauses) + 1, sizeof *outcomes);
    const json_t *clause;
    size_t count = 0;
    size_t i;

    json_array_foreach(clauses, i, clause)
    {
        struct clause_outcome outcome = {
            .verdict = VERDICT_ERROR,
            .mandatory = json_is_true(json_object_get(clause, "mandatory")),
        };

        if (level_of(clause, run_level) <= level) {
            (void) verdict_from_word(text_of(clause, "verdict"), &outcome.verdict);
            outcomes[count++] = outcome;
        }
    }
    return overall_of_level(outcomes, count);
}

static unsigned parameters_replaced(const json_t *result)
{
    const json_t *parameter;
    unsigned count = 0;
    size_t i;

    json_array_foreach(json_object_get(result, "parameters"), i, parameter)
    {
        count += strcmp(text_of(parameter, "origin"), "suite") == 0 ? 0 : 1;
    }
    return count;
}

/* ---- days ---- */

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/* The day before the same day so many months later. */
static unsigned number_at(const char *day, size_t at, size_t length)
{
    char digits[8] = "";
    unsigned long long number = 1;

    (void) memcpy(digits, day + at, length);
    return text_to_unsigned(digits, 9999, &number) == STATUS_OK ? (unsigned) number : 1;
}

static void day_after_months(const char *day, unsigned months, char room[LABEL_DAY_SIZE])
{
    unsigned year = number_at(day, 0, 4);
    unsigned month = number_at(day, 5, 2) + months;
    unsigned date = number_at(day, 8, 2);
    char text[64];

    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    if (date > days_in(year, month)) {
        date = days_in(year, month);
    } else if (--date == 0) {
        year -= month == 1 ? 1 : 0;
        month = month == 1 ? 12 : month - 1;
        date = days_in(year, month);
    }
    (void) snprintf(text, sizeof text, "%04u-%02u-%02u", year, month, date);
    (void) memcpy(room, text, LABEL_DAY_SIZE - 1);
    room[LABEL_DAY_SIZE - 1] = '\0';
}

static void day_of(const char *time, char room[LABEL_DAY_SIZE])
{
    (void) snprintf(room, LABEL_DAY_SIZE, "%.*s", LABEL_DAY_SIZE - 1, time);
}

/* ---- who declares it ---- */

/* The evaluation that counts and says what the label does, or NULL. */
static const json_t *evaluation_of(const json_t *report)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(report, "evaluations"), i, one)
    {
        if (json_is_true(json_object_get(one, "counts")) &&
            strcmp(text_of(one, "role"), "evaluator") == 0 &&
            strcmp(text_of(one, "overall"), overall_word(OVERALL_CONFORMANT)) == 0) {
            return one;
        }
    }
    return NULL;
}

static const char *vendor_of(const struct verified_bundle *bundle)
{
    for (size_t i = 0; i < bundle->signer_count; i++) {
        if (strcmp(bundle->signers[i].role, "vendor") == 0) {
            return bundle->signers[i].organisation;
        }
    }
    return "";
}

static enum status declare(struct label_card *card, const json_t *report, struct error *reterr)
{
    const json_t *evaluation = evaluation_of(report);
    const char *until = text_of(evaluation, "not_after");

    card->declared_by = vendor_of(card->bundle);
    card->method = "";
    if (card->label->declared_by == LABEL_BY_VENDOR || card->overall != OVERALL_CONFORMANT) {
        return STATUS_OK;
    }
    if (evaluation == NULL) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "level %u is an evaluator's to declare, and this bundle has no evaluation "
                    "saying conformant by an evaluator whom your trust store names (see "
                    "hoshitori evaluate, and give --trust)",
                    card->label->level);
    }
    card->declared_by = text_of(evaluation, "by");
    card->method = text_of(evaluation, "method");
    if (until[0] != '\0' && strncmp(until, card->valid_until, LABEL_DAY_SIZE - 1) < 0) {
        day_of(until, card->valid_until);
    }
    return STATUS_OK;
}

enum status label_card_of(const struct label *label, const struct verified_bundle *bundle,
                          const json_t *report, int64_t at_ms, struct arena *arena,
                          struct label_card *ret_card, struct error *reterr)
{
    const json_t *result = bundle->result;
    const unsigned asked = (unsigned) json_integer_value(json_object_get(result, "level"));
    struct label_card card = { .label = label, .bundle = bundle, .asked = asked };
    char now[CLOCK_TEXT_SIZE];

    if (strcmp(text_of(result, "scheme"), label->scheme) != 0 || asked < label->level) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "this run asked for level %u of %s, the label is "
                    "for level %u of %s",
                    asked, text_of(result, "scheme"), label->level, label->scheme);
    }
    for (unsigned level = 1; level <= LABEL_LEVELS; level++) {
        card.of_level[level] =
            level > asked ? OVERALL_INCONCLUSIVE : overall_up_to(result, level, asked, arena);
    }
    card.overall = card.of_level[label->level];
    card.summary = label_summary(label, card.overall);
    card.replaced = parameters_replaced(result);
    day_of(bundle->manifest->created, card.tested);
    day_after_months(card.tested, label->valid_months, card.valid_until);
    TRY(declare(&card, report, reterr));
    clock_text(at_ms, now);
    if (strncmp(now, card.valid_until, LABEL_DAY_SIZE - 1) > 0) {
        return fail(reterr, STATUS_UNSUPPORTED, "its time is over: it ended with %s; test again",
                    card.valid_until);
    }
    card.qr = verified_qr(bundle, arena);
    *ret_card = card;
    return STATUS_OK;
}

/* ---- as data ---- */

static json_t *words_json(const struct words *words)
{
    return words->en == NULL ? json_null()
                             : json_made(json_pack("{s:s, s:s}", "en", words->en, "ja", words->ja));
}

static json_t *firmware_json(const struct manifest *manifest)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < manifest->dut.firmware_count; i++) {
        const struct manifest_firmware *one = &manifest->dut.firmware[i];

        json_append(list, json_pack("{s:s, s:s, s:o}", "name", one->name, "version", one->version,
                                    "sha256", json_digest(&one->sha256)));
    }
    return list;
}

static json_t *levels_json(const struct label_card *card)
{
    json_t *list = json_made(json_array());

    for (unsigned level = 1; level <= LABEL_LEVELS; level++) {
        json_append(list, json_pack("{s:i, s:s}", "level", (int) level, "overall",
                                    level > card->asked ? "not_asked"
                                                        : overall_word(card->of_level[level])));
    }
    return list;
}

static json_t *clauses_json(const struct label_card *card)
{
    json_t *list = json_made(json_array());
    const json_t *clause;
    size_t i;

    json_array_foreach(json_object_get(card->bundle->result, "clauses"), i, clause)
    {
        if (level_of(clause, card->asked) <= card->label->level) {
            json_append(list, json_pack("{s:s, s:s}", "id", text_of(clause, "id"), "verdict",
                                        text_of(clause, "verdict")));
        }
    }
    return list;
}

json_t *label_card_json(const struct label_card *card)
{
    const struct manifest *manifest = card->bundle->manifest;
    const struct manifest_suite *suite = &manifest->run.suite;
    const struct label *label = card->label;
    json_t *json = json_made(json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:s}", "hoshitori", "label-data/1", "scheme",
        label->scheme, "level", (int) label->level, "overall", overall_word(card->overall),
        "summary", card->summary->id, "tested", card->tested, "valid_until", card->valid_until,
        "parameters_replaced", (int) card->replaced, "qr", card->qr));

    json_put(json, "title", words_json(&card->summary->title));
    json_put(json, "text", words_json(&card->summary->text));
    json_put(json, "notice", words_json(&label->notice));
    json_put(json, "provisional", words_json(&label->provisional));
    json_put(json, "levels", levels_json(card));
    json_put(json, "clauses", clauses_json(card));
    json_put(json, "declared",
             json_pack("{s:s, s:s, s:s}", "as", label_declarer_word(label->declared_by), "by",
                       card->declared_by, "method", card->method));
    json_put(json, "product",
             json_pack("{s:s, s:s, s:o, s:s*}", "vendor", manifest->dut.vendor_name, "model",
                       manifest->dut.model, "firmware", firmware_json(manifest), "hardware",
                       manifest->dut.hw));
    json_put(json, "suite",
             json_pack("{s:s, s:s, s:o}", "id", suite->id, "version", suite->version, "sha256",
                       json_digest(&suite->sha256)));
    return json;
}
