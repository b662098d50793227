#include "cli/explain_clause.h"

#include "base/columns.h"
#include "cli/explain_turns.h"
#include "model/grading.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 16, WIDTH = 100 };

static void line(const char *label, const char *text)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(65536);

    if (text == NULL || text[0] == '\0') {
        return;
    }
    if (columns_put(&out, label, LABEL, true, NULL) != STATUS_OK ||
        bytes_append_text(&out, " ", NULL) != STATUS_OK ||
        columns_wrap(&out, text, LABEL + 1, WIDTH - LABEL, NULL) != STATUS_OK) {
        printf("%s %s\n", label, text);
        return;
    }
    (void) fwrite(out.data, 1, out.length, stdout);
}

static void said(enum language language, struct words label, const char *text)
{
    line(words_in(&label, language), text);
}

static const struct words *level_words(const char *level)
{
    static const struct {
        const char *level;
        struct words words;
    } all[] = {
        { "official", { "正文を読んで確かめた", "the official text was read" } },
        { "secondary", { "正文についての頁で読んだ", "read on pages about the text, not in it" } },
        { "unconfirmed", { "未確認", "unconfirmed" } },
        { "project", { "本プロジェクトの判断", "this project's own choice" } },
        { "document", { "公開文書による", "a public document says so" } },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (text_equal(all[i].level, level)) {
            return &all[i].words;
        }
    }
    return &all[2].words;
}

void explain_basis(const char *label, const struct basis *basis, enum language language)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    line(label,
         arena_format(arena, "%s (%s)%s%s%s%s%s%s%s", basis->level,
                      words_in(level_words(basis->level), language),
                      basis->document == NULL ? "" : ": ",
                      basis->document == NULL ? "" : basis->document,
                      basis->section == NULL ? "" : " section ",
                      basis->section == NULL ? "" : basis->section, basis->read == NULL ? "" : " [",
                      basis->read == NULL ? "" : basis->read, basis->read == NULL ? "" : "]"));
}

static const struct words basis_label = { "根拠", "basis" };

/* ---- checks ---- */

static void put_graded(const struct expectation *expectation)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char *demand = json_dumps(expectation->operand, JSON_ENCODE_ANY | JSON_COMPACT);

    printf("%s at_least %s%s\n", grading_text(expectation->grading, arena),
           demand == NULL ? "" : demand, expectation->advisory ? "  (advisory)" : "");
    free(demand);
}

static void put_expectation(const struct expectation *expectation, unsigned depth,
                            enum language language)
{
    char *operand = NULL;

    printf("%*s", (int) (4 + 2 * depth), "");
    if (expectation->part_count > 0) {
        printf("%s:\n", expect_op_word(expectation->op));
    } else if (expectation->grading != NULL) {
        put_graded(expectation);
    } else {
        operand = json_dumps(expectation->operand, JSON_ENCODE_ANY | JSON_COMPACT);
        printf("%s %s %s%s\n", expectation->path, expect_op_word(expectation->op),
               operand == NULL ? "" : operand, expectation->advisory ? "  (advisory)" : "");
        free(operand);
    }
    for (size_t i = 0; i < expectation->part_count; i++) {
        put_expectation(&expectation->parts[i], depth + 1, language);
    }
    if (depth == 0) {
        said(language, (struct words){ "      期待", "      expected" },
             words_in(&expectation->expected, language));
        said(language, (struct words){ "      対策", "      how to fix" },
             words_in(&expectation->fix, language));
        if (expectation->otherwise != NULL && !text_equal(expectation->otherwise, "fail")) {
            said(language, (struct words){ "      さもなければ", "      otherwise" },
                 expectation->otherwise);
        }
    }
}

static void put_levers(const struct check *check, enum language language)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *names = "";

    for (size_t i = 0; i < check->need_count; i++) {
        names = arena_format(arena, "%s%s%s", names, i > 0 ? ", " : "", check->needs[i]);
    }
    said(language, (struct words){ "  操作手段", "  levers" }, names);
}

/* What the device feels of it, and for how long. */
static void put_effect(const struct check *check, enum language language)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct probe *probe = probe_find(check->probe->name);
    static const struct words changes = { "機器を変更し、元に戻す",
                                          "changes the device and changes it back" };
    static const struct words only_asks = { "問い合わせるだけで、設定は変えない",
                                            "asks; no setting is changed" };
    static const struct words alone = { "。この間は他の検査を行わない",
                                        "; nothing else is tested meanwhile" };
    static const struct words silences = { "。機器が応答しなくなることがある",
                                           "; it may silence the device" };
    const struct words none = { "", "" };

    said(language, (struct words){ "  機器への作用", "  to the device" },
         arena_format(
             arena, "%s%s%s",
             words_in(probe != NULL && probe->restore != NULL ? &changes : &only_asks, language),
             words_in(check->exclusive == EXCLUSIVE_DEVICE ? &alone : &none, language),
             words_in(check->may_silence ? &silences : &none, language)));
    put_levers(check, language);
    said(language, (struct words){ "  時間", "  time" },
         arena_format(arena,
                      language == LANGUAGE_JA ? "対象1件につき最大%u秒" : "at most %u s for each",
                      (unsigned) ((check->probe->deadline_ms + 999) / 1000)));
}

void explain_check(const struct check *check, enum language language)
{
    char *with = json_dumps(check->with, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

    printf("\n%s\n", check->id);
    said(language, (struct words){ "  問い", "  question" }, words_in(&check->title, language));
    said(language, (struct words){ "  プローブ", "  probe" }, check->probe->name);
    said(language, (struct words){ "  方法", "  by" }, words_in(&check->probe->summary, language));
    put_effect(check, language);
    if (json_object_size(check->with) > 0) {
        said(language, (struct words){ "  引数", "  with" }, with);
    }
    free(with);
    for (size_t i = 0; i < check->control_count; i++) {
        said(language, (struct words){ "  対照", "  control" },
             words_in(&check->controls[i].says, language));
    }
    for (size_t i = 0; i < check->expect_count; i++) {
        put_expectation(&check->expect[i], 0, language);
    }
}

/* ---- parameters ---- */

static bool text_mentions(const json_t *value, const char *reference)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    bool mentions = text != NULL && strstr(text, reference) != NULL;

    free(text);
    return mentions;
}

static bool expectation_mentions(const struct expectation *expect, size_t count,
                                 const char *reference)
{
    for (size_t i = 0; i < count; i++) {
        if (text_mentions(expect[i].operand, reference) ||
            expectation_mentions(expect[i].parts, expect[i].part_count, reference)) {
            return true;
        }
    }
    return false;
}

static bool uses_parameter(const struct suite *suite, const struct clause *clause, const char *name)
{
    char reference[128];

    (void) snprintf(reference, sizeof reference, "\"$param.%s\"", name);
    for (size_t i = 0; i < suite->check_count; i++) {
        const struct check *check = &suite->checks[i];

        if (check->clause == clause &&
            (text_mentions(check->with, reference) ||
             expectation_mentions(check->expect, check->expect_count, reference))) {
            return true;
        }
    }
    return false;
}

static void put_parameter(const struct parameter *parameter, enum language language)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char *value = json_dumps(parameter->value, JSON_ENCODE_ANY | JSON_COMPACT);

    printf("\n");
    said(language, (struct words){ "パラメータ", "parameter" }, parameter->name);
    said(language, (struct words){ "  値", "  value" },
         arena_format(arena, "%s%s%s", value == NULL ? "" : value,
                      parameter->unit == NULL ? "" : " ",
                      parameter->unit == NULL ? "" : parameter->unit));
    free(value);
    explain_basis(words_in(&(struct words){ "  根拠", "  basis" }, language), &parameter->basis,
                  language);
}

static void put_parameters(const struct suite *suite, const struct clause *clause,
                           enum language language)
{
    const struct parameter *first = NULL;

    for (size_t i = 0; i < suite->parameter_count; i++) {
        const struct parameter *parameter = &suite->parameters[i];

        if (uses_parameter(suite, clause, parameter->name)) {
            put_parameter(parameter, language);
            first = first == NULL ? parameter : first;
        }
    }
    if (first != NULL) {
        printf(language == LANGUAGE_JA
                   ? "\n変えるには、次のファイルを run --params に渡す(記録に残る):\n"
                   : "\nTo change one, give run --params a file such as this (it is recorded):\n");
        printf(
            "  hoshitori: params/1\n  parameters:\n    %s: {value: ..., basis: {level: official, "
            "document: ..., section: ...}}\n",
            first->name);
    }
}

/* ---- clauses ---- */

static void put_maps(const struct clause *clause, enum language language)
{
    static const struct {
        const char *key;
        const char *name;
    } names[] = { { "etsi_en_303_645", "ETSI EN 303 645" },
                  { "psti", "UK PSTI" },
                  { "nistir_8425", "NISTIR 8425" },
                  { "en_18031", "EN 18031" },
                  { "cls", "Singapore CLS" } };
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *scheme;
    json_t *ids;

    json_object_foreach(clause->maps, scheme, ids)
    {
        const char *text = scheme;

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            text = strcmp(names[i].key, scheme) == 0 ? names[i].name : text;
        }
        for (size_t i = 0; i < json_array_size(ids); i++) {
            text = arena_format(arena, "%s%s%s", text, i == 0 ? ": " : ", ",
                                json_string_value(json_array_get(ids, i)));
        }
        said(language, (struct words){ "関連(非公式)", "related" }, text);
    }
}

static void put_ways(const struct clause *clause, enum language language)
{
    static const struct words automatic = { "人手なしで判定できる", "decided without a person" };
    static const struct words assisted = { "機械が行い、人・操作手段・文書が補う",
                                           "a machine does what it can; a person, a lever or a "
                                           "paper does the rest" };
    static const struct words document = { "文書を機械が探し、人が判断する",
                                           "a paper, found by a machine and judged by a person" };
    const struct words *words = &document;

    if (text_equal(clause->automation, "automatic")) {
        words = &automatic;
    } else if (text_equal(clause->automation, "assisted")) {
        words = &assisted;
    }
    said(language, (struct words){ "評価方法", "method" }, clause->method);
    said(language, (struct words){ "自動化", "automation" }, clause->automation);
    line("", words_in(words, language));
    said(language, (struct words){ "必須", "mandatory" },
         clause->mandatory ? words_in(&(struct words){ "はい", "yes" }, language)
                           : words_in(&(struct words){ "いいえ", "no" }, language));
}

void explain_clause(const struct suite *suite, const struct clause *clause, enum language language)
{
    static const struct words provisional = { "暫定・IPAの基準ではない",
                                              "provisional, not IPA's criteria" };
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *types = "";

    printf("%s  %s\n\n", clause->id, words_in(&clause->title, language));
    if (clause->provisional) {
        printf("%s\n\n", words_in(&provisional, language));
    }
    said(language, (struct words){ "問うこと", "what is asked" },
         words_in(&clause->gist, language));
    said(language, (struct words){ "理由", "why" }, words_in(&clause->why, language));
    explain_basis(words_in(&basis_label, language), &clause->basis, language);
    put_ways(clause, language);
    for (size_t i = 0; i < clause->product_type_count; i++) {
        types = arena_format(arena, "%s%s%s", types, i > 0 ? ", " : "", clause->product_types[i]);
    }
    said(language, (struct words){ "製品種別", "product types" }, types);
    said(language, (struct words){ "対象外の条件", "not applicable" },
         words_in(&clause->not_applicable_when, language));
    put_maps(clause, language);
    said(language, (struct words){ "検査なし", "no checks" },
         words_in(&clause->exception, language));
    for (size_t i = 0; i < clause->gap_count; i++) {
        said(language, (struct words){ "未検査", "not yet tested" },
             words_in(&clause->gaps[i].reason, language));
    }
    put_parameters(suite, clause, language);
    for (size_t i = 0; i < suite->check_count; i++) {
        if (suite->checks[i].clause == clause) {
            explain_check(&suite->checks[i], language);
        }
    }
    explain_turns(clause->id, language);
    printf("\n%s\n", words_in(&suite->notice, language));
}
