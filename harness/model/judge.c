#include "model/judge.h"

#include "model/expect.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 240 };

static const char *const liveness_words[] = {
    [LIVENESS_UNKNOWN] = "unknown",
    [LIVENESS_ALIVE] = "alive",
    [LIVENESS_SILENT] = "silent",
    [LIVENESS_OTHER] = "other",
};

static const char *const ending_words[] = {
    [ENDING_NONE] = "none",       [ENDING_OBSERVED] = "observed", [ENDING_FAULT] = "fault",
    [ENDING_CRASHED] = "crashed", [ENDING_TIMEOUT] = "timeout",
};

const char *liveness_word(enum liveness_state state)
{
    return liveness_words[state];
}

bool liveness_from_word(const char *word, enum liveness_state *ret_state)
{
    for (size_t i = 0; i < sizeof liveness_words / sizeof liveness_words[0]; i++) {
        if (strcmp(liveness_words[i], word) == 0) {
            *ret_state = (enum liveness_state) i;
            return true;
        }
    }
    return false;
}

const char *ending_word(enum check_ending ending)
{
    return ending_words[ending];
}

bool ending_from_word(const char *word, enum check_ending *ret_ending)
{
    for (size_t i = 0; i < sizeof ending_words / sizeof ending_words[0]; i++) {
        if (strcmp(ending_words[i], word) == 0) {
            *ret_ending = (enum check_ending) i;
            return true;
        }
    }
    return false;
}

void check_record_done(struct check_record *record)
{
    json_decref(record->facts);
    for (size_t i = 0; i < record->control_count; i++) {
        json_decref(record->controls[i]);
    }
    free(record->controls);
    *record = (struct check_record){ .ending = ENDING_NONE };
}

/* One line whatever it was made of. */
static char *one_line(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char) *at < 0x20 || *at == 0x7f) {
            *at = ' ';
        }
    }
    return text;
}

static const char *shortened(struct arena *arena, const char *text)
{
    return arena_shortened(arena, text, SHOWN_MAX);
}

static const char *json_text(struct arena *arena, const json_t *value)
{
    char *dump = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *text;

    if (dump == NULL) {
        abort();
    }
    text = one_line(arena_text(arena, dump));
    free(dump);
    return text;
}

/* One expectation and what became of it. */
struct held {
    const struct expectation *expectation;
    const struct grade_result *grade; /* NULL: not a graded one */
    enum truth truth;
};

static void set_value(json_t *values, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(values, name, value) != 0) {
        abort();
    }
}

static void collect_values(const struct expectation *expectation, const json_t *facts,
                           json_t *values)
{
    json_t *value;

    for (size_t i = 0; i < expectation->part_count; i++) {
        collect_values(&expectation->parts[i], facts, values);
    }
    if (expectation->path == NULL) {
        return;
    }
    value = expectation_value(expectation, facts);
    if (value != NULL) {
        set_value(values, expectation->path, value);
    }
}

/* {"cryptrec-list of suites.*":{"because":["..."],"result":"monitored"}} */
static void collect_grade(const struct grade_result *grade, json_t *values, struct arena *arena)
{
    const struct grading *grading = grade->expectation->grading;
    bool unknown = grade->state == GRADE_UNKNOWN;
    json_t *value = json_pack("{s:s, s:O}", "result", grade_word(grade), "because",
                              unknown ? grade->unknown : grade->because);

    if (grade->state == GRADE_NOT_OBSERVED) {
        set_value(value, "fact", json_string(grade->fact));
    }
    set_value(values, grading_text(grading, arena), value);
}

static const char *observed_text(struct arena *arena, const struct held *held, size_t count,
                                 const json_t *facts)
{
    json_t *values = json_object();
    const char *text;

    for (size_t i = 0; i < count; i++) {
        if (held[i].grade != NULL) {
            collect_grade(held[i].grade, values, arena);
        } else {
            collect_values(held[i].expectation, facts, values);
        }
    }
    text = json_text(arena, values);
    json_decref(values);
    return text;
}

/* "open subset_of [80,443]" */
static const char *condition_text(struct arena *arena, const struct expectation *expectation)
{
    const char *text = "";

    if (expectation->grading != NULL) {
        return arena_format(arena, "%s at_least %s", grading_text(expectation->grading, arena),
                            json_text(arena, expectation->operand));
    }
    if (expectation->path != NULL && expectation->operand != NULL) {
        return arena_format(arena, "%s %s %s", expectation->path, expect_op_word(expectation->op),
                            shortened(arena, json_text(arena, expectation->operand)));
    }
    for (size_t i = 0; i < expectation->part_count; i++) {
        text = arena_format(arena, "%s%s%s", text, i > 0 ? ", " : "",
                            condition_text(arena, &expectation->parts[i]));
    }
    return arena_format(arena, "%s(%s)", expect_op_word(expectation->op), text);
}

static struct words words_of(const char *ja, const char *en)
{
    return (struct words){ .ja = ja, .en = en };
}

static void error_set(struct judgement *judgement, struct words reason, struct words fix)
{
    judgement->verdict = VERDICT_ERROR;
    judgement->reason = reason;
    judgement->fix = fix;
}

static const char *detail_text(struct arena *arena, const char *detail)
{
    return detail[0] == '\0' ? "" : one_line(arena_format(arena, " (%s)", detail));
}

static bool alive(enum liveness_state state, const char *detail, bool before, struct arena *arena,
                  struct judgement *judgement)
{
    static const struct words hints = {
        "電源、配線、プロファイルのreachを確かめ、もう一度実行してください。",
        "Check power, cabling and 'reach' in the profile, then run again.",
    };
    const char *ja = before ? "検査の前" : "検査の後";
    const char *en = before ? "before" : "after";
    const char *more = detail_text(arena, detail);

    switch (state) {
    case LIVENESS_ALIVE:
        return true;
    case LIVENESS_SILENT:
        error_set(
            judgement,
            words_of(arena_format(arena, "%sに機器が応答しなかった%s", ja, more),
                     arena_format(arena, "the device did not answer %s the check%s", en, more)),
            hints);
        return false;
    case LIVENESS_OTHER:
        error_set(
            judgement,
            words_of(arena_format(arena, "%sに、宣言された機器ではないものが応答した%s", ja, more),
                     arena_format(arena,
                                  "something other than the declared device answered %s the "
                                  "check%s",
                                  en, more)),
            hints);
        return false;
    case LIVENESS_UNKNOWN:
        break;
    }
    error_set(
        judgement,
        words_of(arena_format(arena, "%sに機器の生存を確かめていない", ja),
                 arena_format(arena, "nobody asked whether the device was there %s the check", en)),
        hints);
    return false;
}

static bool ended_well(const struct check_record *record, struct arena *arena,
                       struct judgement *judgement)
{
    static const struct words hints = {
        "検査器側の障害です。機器の不適合ではありません。もう一度実行してください。",
        "This is a fault of the harness, not of the device. Run again.",
    };
    const char *more = detail_text(arena, record->fault);
    struct words reason = { NULL, NULL };

    switch (record->ending) {
    case ENDING_OBSERVED:
        return true;
    case ENDING_NONE:
        reason = words_of("検査の終わりが報告されなかった", "the check never reported its end");
        break;
    case ENDING_FAULT:
        reason = words_of(arena_format(arena, "検査器が役目を果たせなかった%s", more),
                          arena_format(arena, "the harness could not do its part%s", more));
        break;
    case ENDING_CRASHED:
        reason = words_of(arena_format(arena, "検査プロセスが異常終了した%s", more),
                          arena_format(arena, "the process of the check crashed%s", more));
        break;
    case ENDING_TIMEOUT:
        reason = words_of("検査が期限までに終わらず、打ち切られた",
                          "the check was stopped at its deadline, unfinished");
        break;
    }
    error_set(judgement, reason, hints);
    return false;
}

static bool facts_fit(const struct check *check, const json_t *facts, struct arena *arena,
                      struct judgement *judgement)
{
    struct error error = { .status = STATUS_OK };

    if (facts_check(check->probe->facts, facts, &error) == STATUS_OK) {
        return true;
    }
    error_set(judgement,
              words_of("観測結果がプローブの宣言と合わない",
                       one_line(arena_format(arena, "the observation is not what '%s' declares: %s",
                                             check->probe->name, error.message))),
              words_of(NULL, NULL));
    return false;
}

static void control_failed(const struct plan_control *control, const struct expectation *unmet,
                           const json_t *facts, struct arena *arena, struct judgement *judgement)
{
    const struct control *declared = control->control;
    const struct held held = { .expectation = unmet };
    const char *observed = unmet == NULL ? "{}" : observed_text(arena, &held, 1, facts);
    const char *seen = unmet == NULL ? "" : shortened(arena, observed);

    judgement->verdict = VERDICT_INCONC;
    judgement->control = arena_format(arena, "not held: %s", declared->id);
    judgement->observed = observed;
    judgement->expected = declared->says;
    judgement->reason = words_of(
        arena_format(arena, "対照「%s」が成り立たず、この検査の答えは信頼できない %s", declared->id,
                     seen),
        arena_format(arena, "the control '%s' did not hold, so the answer proves nothing %s",
                     declared->id, seen));
}

static bool control_holds(const struct plan_item *item, size_t i, const struct check_record *record,
                          struct arena *arena, struct judgement *judgement)
{
    const struct plan_control *control = &item->controls[i];
    const json_t *facts = record->facts;

    if (control->params != NULL) {
        facts = i < record->control_count ? record->controls[i] : NULL;
    }
    if (facts == NULL || control->control->expect_count == 0) {
        control_failed(control, NULL, NULL, arena, judgement);
        return false;
    }
    if (!facts_fit(item->check, facts, arena, judgement)) {
        return false;
    }
    for (size_t j = 0; j < control->control->expect_count; j++) {
        if (expectation_holds(&control->expect[j], facts) != TRUTH_TRUE) {
            control_failed(control, &control->expect[j], facts, arena, judgement);
            return false;
        }
    }
    return true;
}

static bool controls_hold(const struct plan_item *item, const struct check_record *record,
                          struct arena *arena, struct judgement *judgement)
{
    for (size_t i = 0; i < item->check->control_count; i++) {
        if (!control_holds(item, i, record, arena, judgement)) {
            return false;
        }
    }
    judgement->control = item->check->control_count > 0 ? "held" : "none declared";
    return true;
}

static enum verdict verdict_of(const struct held *held)
{
    const char *otherwise = held->expectation->otherwise;
    enum verdict verdict = VERDICT_FAIL;

    if (held->truth == TRUTH_TRUE) {
        return VERDICT_PASS;
    }
    if (otherwise != NULL) {
        (void) verdict_from_word(otherwise, &verdict);
    }
    if (held->truth == TRUTH_FALSE) {
        return verdict;
    }
    /* A name that no policy knows was observed well enough: a person can judge it. */
    return held->grade != NULL && held->grade->state == GRADE_UNKNOWN && verdict == VERDICT_REVIEW
               ? VERDICT_REVIEW
               : VERDICT_INCONC;
}

static struct words unmet_reason(const struct held *held, const char *seen, struct arena *arena)
{
    const char *condition = condition_text(arena, held->expectation);

    if (held->truth == TRUTH_FALSE) {
        return words_of(arena_format(arena, "満たされない条件: %s、観測 %s", condition, seen),
                        arena_format(arena, "not met: %s; observed %s", condition, seen));
    }
    if (held->grade != NULL && held->grade->state == GRADE_UNKNOWN) {
        return words_of(
            arena_format(arena, "方針ファイルが知らない名前があり、判断できない: %s、観測 %s",
                         condition, seen),
            arena_format(arena, "the policy does not know what would decide: %s; observed %s",
                         condition, seen));
    }
    return words_of(
        arena_format(arena, "判断に必要な事実が観測されなかった: %s、観測 %s", condition, seen),
        arena_format(arena, "what is needed to decide was not observed: %s; observed %s", condition,
                     seen));
}

static void settle_unmet(const struct held *held, const json_t *facts, struct arena *arena,
                         struct judgement *judgement)
{
    judgement->verdict = verdict_of(held);
    judgement->expected = held->expectation->expected;
    judgement->fix = held->expectation->fix;
    judgement->observed = observed_text(arena, held, 1, facts);
    judgement->reason = unmet_reason(held, shortened(arena, judgement->observed), arena);
}

static const char *joined(struct arena *arena, const char *so_far, const char *next)
{
    if (next == NULL) {
        return so_far;
    }
    return so_far == NULL ? next : arena_format(arena, "%s; %s", so_far, next);
}

/* Is this one of those that the verdict rests on? */
static bool decides(const struct held *held)
{
    return !held->expectation->advisory && (held->grade == NULL || held->grade->decides);
}

static void settle_met(const struct held *held, size_t count, const json_t *facts,
                       struct arena *arena, struct judgement *judgement)
{
    judgement->verdict = VERDICT_PASS;
    judgement->reason =
        words_of("すべての条件が満たされた", "every condition was observed to hold");
    judgement->observed = observed_text(arena, held, count, facts);
    for (size_t i = 0; i < count; i++) {
        const struct words *expected = &held[i].expectation->expected;

        if (decides(&held[i])) {
            judgement->expected.ja = joined(arena, judgement->expected.ja, expected->ja);
            judgement->expected.en = joined(arena, judgement->expected.en, expected->en);
        }
    }
}

static void add_note(const struct held *held, const json_t *facts, struct arena *arena,
                     struct judgement *judgement, const char **notes)
{
    const char *how = held->truth == TRUTH_UNKNOWN ? "not observed" : "not met";

    if (held->grade != NULL && held->grade->state == GRADE_UNKNOWN) {
        how = "unknown";
    }
    notes[judgement->note_count++] = arena_format(
        arena, "advisory, %s: %s; observed %s", how, condition_text(arena, held->expectation),
        shortened(arena, observed_text(arena, held, 1, facts)));
    judgement->notes = notes;
}

/* What each expectation came to; grades are kept for the record. */
static struct held *hold_all(const struct plan_item *item, const struct check_record *record,
                             struct arena *arena, struct judgement *judgement)
{
    const size_t count = item->check->expect_count;
    struct grade_result *grades = arena_array(arena, count, sizeof *grades);
    struct held *all = arena_array(arena, count, sizeof *all);
    const struct profile *profile = item->subject.profile;
    const struct grade_years years = { .run = record->year,
                                       .support = profile == NULL ? 0 : profile->support_year };

    for (size_t i = 0; i < count; i++) {
        all[i].expectation = &item->expect[i];
        if (item->expect[i].grading == NULL) {
            all[i].truth = expectation_holds(&item->expect[i], record->facts);
            continue;
        }
        all[i].grade = &grades[judgement->grade_count];
        grades[judgement->grade_count++] =
            grade_facts(&item->expect[i], record->facts, &years, arena);
        all[i].truth = all[i].grade->truth;
    }
    judgement->grades = grades;
    return all;
}

static void settle(const struct plan_item *item, const struct check_record *record,
                   struct arena *arena, struct judgement *judgement)
{
    const size_t count = item->check->expect_count;
    const struct held *all = hold_all(item, record, arena, judgement);
    const char **notes = arena_array(arena, count + 1, sizeof *notes);
    const struct held *decider = NULL;
    enum verdict worst = VERDICT_PASS;
    size_t decided = 0;

    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = verdict_of(&all[i]);

        if (!decides(&all[i])) {
            if (all[i].truth != TRUTH_TRUE && (all[i].grade == NULL || all[i].grade->decides)) {
                add_note(&all[i], record->facts, arena, judgement, notes);
            }
            continue;
        }
        decided++;
        if (verdict != VERDICT_PASS && verdict_worse(worst, verdict) != worst) {
            worst = verdict;
            decider = &all[i];
        }
    }
    if (decider != NULL) {
        settle_unmet(decider, record->facts, arena, judgement);
    } else if (decided > 0) {
        settle_met(all, count, record->facts, arena, judgement);
    } else {
        judgement->reason =
            words_of("判定する条件がない", "the check has no condition that decides");
    }
}

/* Silence after a check that may bring it about is an observation of the device. */
static bool silenced(const struct plan_item *item, const struct check_record *record)
{
    return item->check->may_silence && record->after == LIVENESS_SILENT;
}

/* Where the profile does not lower a check's own bound, only an earlier attempt can have spent
 * it: raising a limit would not help. */
static void shortage_fix(const char *limit, bool spent_before, struct arena *arena,
                         struct judgement *judgement)
{
    if (spent_before) {
        judgement->fix = words_of("中断の前に予算が使われています。新しく実行してください。",
                                  "The attempt before the interruption spent it. Run anew.");
        return;
    }
    judgement->fix = words_of(
        arena_format(
            arena,
            "機器が耐えられるなら、プロファイルのlimits.%sを増やし、新しく実行してください。",
            limit),
        arena_format(arena, "Raise limits.%s in the profile if the device bears it, then run anew.",
                     limit));
}

/* What could not be decided for want of log-ins says which limit that was. */
static void say_shortage(const struct plan_item *item, const struct check_record *record,
                         struct arena *arena, struct judgement *judgement)
{
    const struct limits *limits = &item->subject.profile->limits;
    const char *own = item->check->probe->own_attempts;
    const char *limit = own != NULL ? "brute_force_attempts" : "login_attempts";
    json_int_t bound = own != NULL ? json_integer_value(json_object_get(item->params, own)) : 0;
    json_int_t now = own != NULL ? limits->brute_force_attempts : limits->login_attempts;
    bool lowered = own == NULL || (now > 0 && now < bound);
    const char *name = lowered ? arena_format(arena, "limits.%s", limit) : own;

    now = lowered ? now : bound;
    judgement->reason = words_of(
        arena_format(arena, "%s。誤ったログインの予算%s（%lld回）の残りは%u回で、%u回に足りない",
                     judgement->reason.ja, name, (long long) now, record->logins_granted,
                     record->logins_wanted),
        arena_format(arena, "%s; %s (%lld) had %u wrong log-ins left where %u were wanted",
                     judgement->reason.en, name, (long long) now, record->logins_granted,
                     record->logins_wanted));
    shortage_fix(limit, !lowered, arena, judgement);
}

struct judgement judge(const struct plan_item *item, const struct check_record *record,
                       struct arena *arena)
{
    struct judgement judgement = {
        .verdict = VERDICT_INCONC,
        .observed = "{}",
        .control = item->check->control_count > 0 ? "not asked" : "none declared",
    };

    if (record->before != LIVENESS_ALIVE) {
        (void) alive(record->before, record->before_detail, true, arena, &judgement);
    } else if (ended_well(record, arena, &judgement) &&
               (silenced(item, record) ||
                alive(record->after, record->after_detail, false, arena, &judgement)) &&
               facts_fit(item->check, record->facts, arena, &judgement) &&
               controls_hold(item, record, arena, &judgement)) {
        settle(item, record, arena, &judgement);
        if (judgement.verdict == VERDICT_PASS) {
            (void) alive(record->after, record->after_detail, false, arena, &judgement);
        }
    }
    if (judgement.verdict == VERDICT_INCONC && record->logins_granted < record->logins_wanted &&
        item->subject.profile != NULL) {
        say_shortage(item, record, arena, &judgement);
    }
    return judgement;
}
