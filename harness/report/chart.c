#include "report/chart.h"

#include "base/columns.h"
#include "model/verdict.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH_LEAST = 60, TITLE_WIDTH_EN = 34, TITLE_WIDTH_JA = 34, LINE_MAX = 1024 };

struct mark {
    const char *symbol;
    const char *colour;
};

static const struct mark mark_pass = { "○", "\x1b[32m" };
static const struct mark mark_fail = { "×", "\x1b[1;31m" };
static const struct mark mark_open = { "△", "\x1b[33m" };
static const struct mark mark_untested = { "－", "\x1b[2m" };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static const char *words_of(const json_t *object, const char *key, enum language language)
{
    return text_of(json_object_get(object, key), language == LANGUAGE_JA ? "ja" : "en");
}

static enum verdict verdict_of(const json_t *object)
{
    enum verdict verdict = VERDICT_ERROR;

    (void) verdict_from_word(text_of(object, "verdict"), &verdict);
    return verdict;
}

static size_t checks_with(const json_t *clause, enum verdict verdict)
{
    const json_t *check;
    size_t i;
    size_t count = 0;

    json_array_foreach(json_object_get(clause, "checks"), i, check)
    {
        count += verdict_of(check) == verdict ? 1 : 0;
    }
    return count;
}

static const struct mark *mark_of(const json_t *clause)
{
    switch (verdict_of(clause)) {
    case VERDICT_PASS:
        return &mark_pass;
    case VERDICT_FAIL:
        return &mark_fail;
    case VERDICT_NA:
        return &mark_untested;
    case VERDICT_NOT_TESTED:
        return checks_with(clause, VERDICT_PASS) > 0 ? &mark_open : &mark_untested;
    default:
        return &mark_open;
    }
}

/* The first check that decided the clause, or NULL. */
static const json_t *deciding_check(const json_t *clause)
{
    const json_t *check;
    size_t i;

    json_array_foreach(json_object_get(clause, "checks"), i, check)
    {
        if (verdict_of(check) == verdict_of(clause)) {
            return check;
        }
    }
    return NULL;
}

static void clause_line(const json_t *clause, enum language language, char room[LINE_MAX])
{
    bool ja = language == LANGUAGE_JA;
    size_t passed = checks_with(clause, VERDICT_PASS);
    size_t all = json_array_size(json_object_get(clause, "checks"));
    const json_t *check = deciding_check(clause);
    const char *reason = words_of(check, "reason", language);

    if (verdict_of(clause) == VERDICT_PASS) {
        (void) snprintf(room, LINE_MAX,
                        ja ? "%zu/%zu件が期待どおり" : "%zu of %zu checks as expected", passed,
                        all);
    } else if (verdict_of(clause) == VERDICT_NOT_TESTED && passed > 0) {
        (void) snprintf(room, LINE_MAX,
                        ja ? "%zu件は期待どおり。未検査: %s" : "%zu as expected; not tested: %s",
                        passed, reason);
    } else if (verdict_of(clause) == VERDICT_NA) {
        (void) snprintf(room, LINE_MAX, ja ? "対象外: %s" : "not applicable: %s", reason);
    } else if (verdict_of(clause) == VERDICT_FAIL) {
        (void) snprintf(room, LINE_MAX, ja ? "不一致: %s。観測 %s" : "not so: %s; observed %s",
                        words_of(check, "expected", language), text_of(check, "observed"));
    } else {
        (void) snprintf(room, LINE_MAX, "%s", reason);
    }
}

static enum status put_mark(struct bytes *out, const struct mark *mark, bool colour,
                            struct error *reterr)
{
    if (colour) {
        TRY(bytes_append_text(out, mark->colour, reterr));
    }
    TRY(columns_put(out, mark->symbol, 3, true, reterr));
    return colour ? bytes_append_text(out, "\x1b[0m", reterr) : STATUS_OK;
}

static const struct words provisional = { .en = "provisional, not IPA's criteria",
                                          .ja = "暫定・IPAの基準ではない" };

static enum status put_provisional(struct bytes *out, const struct chart_style *style,
                                   struct error *reterr)
{
    TRY(columns_put(out, "", 2 + 3 + 8 + 1, true, reterr));
    TRY(bytes_append_text(out, words_in(&provisional, style->language), reterr));
    return bytes_append_text(out, "\n", reterr);
}

static enum status put_clause(struct bytes *out, const json_t *clause,
                              const struct chart_style *style, size_t width, struct error *reterr)
{
    size_t title = style->language == LANGUAGE_JA ? TITLE_WIDTH_JA : TITLE_WIDTH_EN;
    size_t used = 2 + 3 + 8 + 1 + title + 1;
    char line[LINE_MAX];

    clause_line(clause, style->language, line);
    TRY(bytes_append_text(out, "  ", reterr));
    TRY(put_mark(out, mark_of(clause), style->colour, reterr));
    TRY(columns_put(out, text_of(clause, "id"), 8, true, reterr));
    TRY(bytes_append_text(out, " ", reterr));
    TRY(columns_put(out, words_of(clause, "title", style->language), title, true, reterr));
    TRY(bytes_append_text(out, " ", reterr));
    TRY(columns_put(out, line, width > used ? width - used : 1, false, reterr));
    TRY(bytes_append_text(out, "\n", reterr));
    return json_is_true(json_object_get(clause, "provisional"))
               ? put_provisional(out, style, reterr)
               : STATUS_OK;
}

static enum status put_labelled(struct bytes *out, const char *label, const char *text,
                                size_t width, struct error *reterr)
{
    enum { INDENT = 8, LABEL = 11 };

    if (text[0] == '\0') {
        return STATUS_OK;
    }
    TRY(columns_put(out, "", INDENT, true, reterr));
    TRY(columns_put(out, label, LABEL, true, reterr));
    return columns_wrap(out, text, INDENT + LABEL, width - INDENT - LABEL, reterr);
}

/* Parameters that a file replaced: other questions than the suite's own were asked. */
static enum status put_replaced(struct bytes *out, const json_t *result,
                                const struct chart_style *style, size_t width, struct error *reterr)
{
    const json_t *parameter;
    char line[LINE_MAX];
    size_t used = 0;
    size_t i;

    line[0] = '\0';
    json_array_foreach(json_object_get(result, "parameters"), i, parameter)
    {
        if (!text_equal(text_of(parameter, "origin"), "suite") && used < sizeof line) {
            used += (size_t) snprintf(line + used, sizeof line - used, "%s%s (%s)",
                                      used == 0 ? "" : ", ", text_of(parameter, "name"),
                                      text_of(parameter, "origin"));
        }
    }
    if (used == 0) {
        return STATUS_OK;
    }
    TRY(bytes_append_text(
        out, style->language == LANGUAGE_JA ? "置き換えたパラメータ: " : "Replaced parameters: ",
        reterr));
    return columns_wrap(out, line, 2, width - 22, reterr);
}

static enum status put_notes(struct bytes *out, const json_t *check, size_t width, bool ja,
                             struct error *reterr)
{
    const json_t *note;
    size_t i;

    json_array_foreach(json_object_get(check, "notes"), i, note)
    {
        TRY(put_labelled(out, ja ? "参考" : "note", json_string_value(note), width, reterr));
    }
    return STATUS_OK;
}

/* The first names of a list, and how many more there are. */
static size_t put_names(const json_t *names, const char *before, size_t used, char room[LINE_MAX])
{
    enum { SHOWN = 4 };
    size_t count = json_array_size(names);

    for (size_t i = 0; i < count && i < SHOWN && used < LINE_MAX; i++) {
        used += (size_t) snprintf(room + used, LINE_MAX - used, "%s%s", i == 0 ? before : ", ",
                                  json_string_value(json_array_get(names, i)));
    }
    if (count > SHOWN && used < LINE_MAX) {
        used += (size_t) snprintf(room + used, LINE_MAX - used, " (+%zu)", count - SHOWN);
    }
    return used;
}

/* "tier ..., suites.* = recommended: TLS_... [secondary, CRYPTREC GL-3001]" */
static void grade_line(const json_t *grade, bool ja, char room[LINE_MAX])
{
    static const struct {
        const char *word;
        struct words words;
    } moments[] = {
        { "until", { .en = " at the end of validity", .ja = "（有効期限の年）" } },
        { "support", { .en = " at the end of support", .ja = "（サポート終了の年）" } },
    };
    const json_t *basis = json_object_get(grade, "basis");
    const char *result = text_of(grade, "result");
    const char *moment = "";
    bool unknown = text_equal(result, "unknown");
    size_t used;
    int length;

    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        if (text_equal(text_of(grade, "at"), moments[i].word)) {
            moment = words_in(&moments[i].words, ja ? LANGUAGE_JA : LANGUAGE_EN);
        }
    }
    length = snprintf(room, LINE_MAX, "%s%s",
                      words_of(grade, "title", ja ? LANGUAGE_JA : LANGUAGE_EN), moment);
    used = length < 0 ? LINE_MAX : (size_t) length;
    used = put_names(json_object_get(grade, "of"), ", ", used, room);
    if (used < LINE_MAX) {
        const char *words = words_of(grade, "grade", ja ? LANGUAGE_JA : LANGUAGE_EN);

        used += (size_t) snprintf(room + used, LINE_MAX - used, " = %s%s%s%s", result,
                                  words[0] == '\0' ? "" : " (", words, words[0] == '\0' ? "" : ")");
    }
    used = put_names(json_object_get(grade, unknown ? "unknown" : "because"), ": ", used, room);
    if (basis != NULL && !unknown && used < LINE_MAX) {
        (void) snprintf(room + used, LINE_MAX - used, " [%s, %s]", text_of(basis, "level"),
                        text_of(basis, "document"));
    }
}

static enum status put_grades(struct bytes *out, const json_t *check, size_t width, bool ja,
                              struct error *reterr)
{
    const json_t *grade;
    size_t i;

    json_array_foreach(json_object_get(check, "grades"), i, grade)
    {
        char line[LINE_MAX];

        grade_line(grade, ja, line);
        TRY(put_labelled(out, ja ? "判定" : "grade", line, width, reterr));
    }
    return STATUS_OK;
}

static enum status put_check(struct bytes *out, const json_t *check,
                             const struct chart_style *style, size_t width, struct error *reterr)
{
    bool ja = style->language == LANGUAGE_JA;
    char heading[LINE_MAX];

    (void) snprintf(heading, sizeof heading, "      %s: %s  %s\n", text_of(check, "verdict"),
                    text_of(check, "id"), words_of(check, "title", style->language));
    TRY(bytes_append_text(out, heading, reterr));
    TRY(put_labelled(out, ja ? "理由" : "reason", words_of(check, "reason", style->language), width,
                     reterr));
    TRY(put_grades(out, check, width, ja, reterr));
    TRY(put_notes(out, check, width, ja, reterr));
    if (verdict_of(check) == VERDICT_PASS) {
        return STATUS_OK;
    }
    TRY(put_labelled(out, ja ? "期待" : "expected", words_of(check, "expected", style->language),
                     width, reterr));
    TRY(put_labelled(out, ja ? "観測" : "observed", text_of(check, "observed"), width, reterr));
    return put_labelled(out, ja ? "対策" : "how to fix", words_of(check, "fix", style->language),
                        width, reterr);
}

static enum status put_heading(struct bytes *out, const json_t *result,
                               const struct chart_style *style, struct error *reterr)
{
    const json_t *product = json_object_get(result, "product");
    const json_t *suite = json_object_get(result, "suite");
    const long long level = (long long) json_integer_value(json_object_get(result, "level"));
    /* A star is the scheme's; what this project asks beyond its criteria earns none. */
    const bool own = json_is_true(json_object_get(result, "provisional"));
    char line[LINE_MAX];
    char name[LINE_MAX / 2];

    (void) snprintf(name, sizeof name,
                    !own                             ? "%s ★%lld"
                    : style->language == LANGUAGE_JA ? "%s レベル%lld相当を目指す独自の検査"
                                                     : "beyond %s, this project's level %lld",
                    text_of(result, "scheme"), level);
    (void) snprintf(line, sizeof line, "%s %s  -  %s%s%s  (%s %s)\n",
                    words_of(product, "vendor", style->language), text_of(product, "model"), name,
                    own ? ": " : "", own ? words_in(&provisional, style->language) : "",
                    text_of(suite, "id"), text_of(suite, "version"));
    return bytes_append_text(out, line, reterr);
}

static enum status put_overall(struct bytes *out, const json_t *result,
                               const struct chart_style *style, size_t width, struct error *reterr)
{
    static const struct {
        const char *word;
        struct words words;
    } sentences[] = {
        { "conformant",
          { .en = "Every mandatory clause is met, as far as this suite tests it.",
            .ja = "必須項目はすべて、この検査項目の範囲で満たされています。" } },
        { "nonconformant",
          { .en = "At least one mandatory clause is not met.",
            .ja = "満たされていない必須項目があります。" } },
        { "inconclusive",
          { .en = "Neither conformant nor nonconformant: mandatory clauses are still open.",
            .ja = "適合とも不適合とも言えません。未確定の必須項目が残っています。" } },
    };
    const char *overall = text_of(result, "overall");

    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (text_equal(overall, sentences[i].word)) {
            TRY(bytes_append_text(out, "\n", reterr));
            TRY(bytes_append_text(out, overall, reterr));
            TRY(bytes_append_text(out, ": ", reterr));
            TRY(bytes_append_text(out, words_in(&sentences[i].words, style->language), reterr));
            TRY(bytes_append_text(out, "\n", reterr));
        }
    }
    TRY(put_replaced(out, result, style, width, reterr));
    return columns_wrap(out, words_of(result, "notice", style->language), 0, width, reterr);
}

enum status chart_put(struct bytes *out, const json_t *result, const struct chart_style *style,
                      struct error *reterr)
{
    size_t width = style->width < WIDTH_LEAST ? WIDTH_LEAST : style->width;
    const json_t *clause;
    const json_t *check;
    size_t i;
    size_t j;

    TRY(put_heading(out, result, style, reterr));
    json_array_foreach(json_object_get(result, "clauses"), i, clause)
    {
        TRY(put_clause(out, clause, style, width, reterr));
        if (!style->details) {
            continue;
        }
        json_array_foreach(json_object_get(clause, "checks"), j, check)
        {
            TRY(put_check(out, check, style, width, reterr));
        }
    }
    return put_overall(out, result, style, width, reterr);
}
