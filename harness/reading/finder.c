#include "reading/finder.h"

#include "base/text.h"
#include "reading/sentence.h"

#include <glib.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum part_kind { PART_REGEX, PART_DATE, PART_DAYS, PART_EMAIL, PART_URL, PART_PHONE, PART_MODEL };

struct part {
    enum part_kind kind;
    regex_t regex; /* PART_REGEX */
};

struct rule {
    size_t element;
    struct part parts[FINDER_PARTS_MAX];
    size_t part_count;
};

struct finder {
    char *names[FINDER_ELEMENTS_MAX];
    size_t name_count;
    struct rule *rules;
    size_t rule_count;
    char *model; /* folded, in lower case */
    unsigned near;
};

void finder_free(struct finder *finder)
{
    if (finder == NULL) {
        return;
    }
    for (size_t i = 0; i < finder->rule_count; i++) {
        for (size_t j = 0; j < finder->rules[i].part_count; j++) {
            if (finder->rules[i].parts[j].kind == PART_REGEX) {
                regfree(&finder->rules[i].parts[j].regex);
            }
        }
    }
    for (size_t i = 0; i < finder->name_count; i++) {
        free(finder->names[i]);
    }
    free(finder->rules);
    free(finder->model);
    free(finder);
}

void finder_done(struct finder **finder)
{
    finder_free(*finder);
    *finder = NULL;
}

/* From malloc. */
static char *folded_lower(const char *text, size_t length)
{
    char *composed = g_utf8_normalize(text, (gssize) length, G_NORMALIZE_ALL_COMPOSE);
    char *lower = composed == NULL ? NULL : g_ascii_strdown(composed, -1);
    char *copy = strdup(lower == NULL ? "" : lower);

    g_free(composed);
    g_free(lower);
    if (copy == NULL) {
        abort();
    }
    return copy;
}

/* ---- the patterns ---- */

static enum status part_read(const char *text, size_t length, struct part *part,
                             struct error *reterr)
{
    static const struct {
        const char *word;
        enum part_kind kind;
    } words[] = { { "<date>", PART_DATE }, { "<days>", PART_DAYS },   { "<email>", PART_EMAIL },
                  { "<url>", PART_URL },   { "<phone>", PART_PHONE }, { "<model>", PART_MODEL } };
    char *pattern;
    int result;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (length == strlen(words[i].word) && memcmp(text, words[i].word, length) == 0) {
            part->kind = words[i].kind;
            return STATUS_OK;
        }
    }
    if (length == 0 || memchr(text, '\\', length) != NULL || memchr(text, '{', length) != NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "a part is empty, or has a backslash or a brace: '%.*s'",
                    length < 60 ? (int) length : 60, text);
    }
    pattern = folded_lower(text, length);
    part->kind = PART_REGEX;
    result = regcomp(&part->regex, pattern, REG_EXTENDED);
    free(pattern);
    return result == 0 ? STATUS_OK
                       : fail(reterr, STATUS_BAD_INPUT, "not a regular expression: '%.*s'",
                              length < 60 ? (int) length : 60, text);
}

static enum status element_of(struct finder *finder, const char *name, size_t length,
                              size_t *ret_element, struct error *reterr)
{
    for (size_t i = 0; i < finder->name_count; i++) {
        if (strlen(finder->names[i]) == length && memcmp(finder->names[i], name, length) == 0) {
            *ret_element = i;
            return STATUS_OK;
        }
    }
    if (finder->name_count == FINDER_ELEMENTS_MAX) {
        return fail(reterr, STATUS_LIMIT, "more than %d elements", FINDER_ELEMENTS_MAX);
    }
    *ret_element = finder->name_count;
    finder->names[finder->name_count++] = strndup(name, length);
    return STATUS_OK;
}

static enum status rule_read(struct finder *finder, const char *text, struct error *reterr)
{
    struct rule *rule = &finder->rules[finder->rule_count++];
    size_t name = text == NULL ? 0 : strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    const char *at;

    if (name == 0 || text[name] != ':' || text[name + 1] != ' ') {
        return fail(reterr, STATUS_BAD_INPUT, "an element is written \"id: pattern\": '%.60s'",
                    text == NULL ? "" : text);
    }
    TRY(element_of(finder, text, name, &rule->element, reterr));
    at = text + name + 2;
    for (;;) {
        const char *end = strstr(at, " && ");

        if (rule->part_count == FINDER_PARTS_MAX) {
            return fail(reterr, STATUS_LIMIT, "more than %d parts: '%.60s'", FINDER_PARTS_MAX,
                        text);
        }
        TRY(part_read(at, end == NULL ? strlen(at) : (size_t) (end - at),
                      &rule->parts[rule->part_count], reterr));
        rule->part_count++;
        if (end == NULL) {
            return STATUS_OK;
        }
        at = end + 4;
    }
}

enum status finder_new(const json_t *elements, const char *model, unsigned near,
                       struct finder **ret_finder, struct error *reterr)
{
    DEFER(finder_done) struct finder *finder = calloc(1, sizeof *finder);
    size_t count = json_array_size(elements);

    if (finder == NULL || (finder->rules = calloc(count + 1, sizeof *finder->rules)) == NULL) {
        abort();
    }
    finder->near = near;
    finder->model = model == NULL ? NULL : folded_lower(model, strlen(model));
    for (size_t i = 0; i < count; i++) {
        TRY(rule_read(finder, json_string_value(json_array_get(elements, i)), reterr));
    }
    *ret_finder = finder;
    finder = NULL;
    return STATUS_OK;
}

size_t finder_count(const struct finder *finder)
{
    return finder->name_count;
}

const char *finder_element(const struct finder *finder, size_t at)
{
    return finder->names[at];
}

/* ---- looking ---- */

/* What one part found in a block. */
struct hit {
    struct span span;
    char date[VALUE_DATE_SIZE];
    unsigned days;
};

/* HC-100 is not in HC-1000: letters and digits around it make another name. */
static bool model_hit(const struct finder *finder, const struct block *block, size_t from,
                      struct hit *hit)
{
    size_t size = finder->model == NULL ? 0 : strlen(finder->model);

    for (size_t at = from; size > 0 && at + size <= block->length; at++) {
        if (memcmp(block->lower + at, finder->model, size) == 0 &&
            (at == 0 || !g_ascii_isalnum(block->lower[at - 1])) &&
            !g_ascii_isalnum(block->lower[at + size])) {
            hit->span = (struct span){ .start = at, .end = at + size };
            return true;
        }
    }
    return false;
}

static bool part_hit(const struct finder *finder, const struct part *part,
                     const struct block *block, size_t from, struct hit *hit)
{
    regmatch_t match;

    if (from > block->length) {
        return false;
    }
    switch (part->kind) {
    case PART_REGEX:
        if (regexec(&part->regex, block->lower + from, 1, &match, from > 0 ? REG_NOTBOL : 0) != 0) {
            return false;
        }
        hit->span = (struct span){ .start = from + (size_t) match.rm_so,
                                   .end = from + (size_t) match.rm_eo };
        return true;
    case PART_DATE:
        return value_date(block->lower, block->length, from, &hit->span, hit->date);
    case PART_DAYS:
        return value_days(block->lower, block->length, from, &hit->span, &hit->days);
    case PART_EMAIL:
        return value_email(block->lower, block->length, from, &hit->span);
    case PART_URL:
        return value_url(block->lower, block->length, from, &hit->span);
    case PART_PHONE:
        return value_phone(block->lower, block->length, from, &hit->span);
    case PART_MODEL:
        return model_hit(finder, block, from, hit);
    }
    return false;
}

/* What follows a sentence may be about anything else. */
static bool introduces(const struct block *block)
{
    return block->heading || (block->length > 0 && block->text[block->length - 1] == ':');
}

static bool is_value(const struct part *part)
{
    return part->kind == PART_DATE || part->kind == PART_DAYS;
}

/* A date or a length of time counts where it is said of the anchor, and not taken back. */
static bool is_meant(const struct part *part, const struct block *block, struct span anchor,
                     const struct hit *hit)
{
    struct span sentence =
        sentence_around(block->lower, block->length, hit->span.start, hit->span.end);

    return !sentence_denies(block->lower, sentence) &&
           (part->kind != PART_DATE ||
            !sentence_dates_otherwise(block->lower, block->length, anchor, hit->span));
}

/* The first value from `from` on that is meant, ending by `to`. */
static bool value_hit(const struct finder *finder, const struct part *part,
                      const struct block *block, struct span anchor, struct span where,
                      struct hit *hit)
{
    size_t at = where.start;

    while (at < where.end && part_hit(finder, part, block, at, hit) && hit->span.end <= where.end) {
        if (is_meant(part, block, anchor, hit)) {
            return true;
        }
        at = hit->span.end;
    }
    return false;
}

/* In the anchor's sentence, behind it if possible; a length of time also in the next one. */
static bool value_in_block(const struct finder *finder, const struct part *part,
                           const struct block *block, struct span anchor, struct hit *hit)
{
    struct span own = sentence_around(block->lower, block->length, anchor.start, anchor.end);
    struct span behind = { .start = anchor.end, .end = own.end };

    if (part->kind == PART_DAYS && own.end < block->length) {
        behind.end = sentence_around(block->lower, block->length, own.end, own.end).end;
    }
    /* The costly question comes last: a hostile text has many anchors. */
    return (value_hit(finder, part, block, anchor, behind, hit) ||
            value_hit(finder, part, block, anchor, own, hit)) &&
           !sentence_denies(block->lower, own);
}

static bool in_block(const struct finder *finder, const struct part *part,
                     const struct block *block, struct span anchor, struct hit *hit)
{
    if (is_value(part)) {
        return value_in_block(finder, part, block, anchor, hit);
    }
    return part_hit(finder, part, block, anchor.end, hit) || part_hit(finder, part, block, 0, hit);
}

static bool in_introduced(const struct finder *finder, const struct part *part,
                          const struct block *block, struct hit *hit)
{
    const struct span whole = { .start = 0, .end = block->length };

    return is_value(part) ? value_hit(finder, part, block, (struct span){ 0 }, whole, hit)
                          : part_hit(finder, part, block, 0, hit);
}

/* Behind the anchor in its block, before it there, or in a block that it introduces. */
static bool near_hit(const struct finder *finder, const struct reading *reading,
                     const struct part *part, size_t anchor, struct span first, size_t *ret_block,
                     struct hit *hit)
{
    *ret_block = anchor;
    if (in_block(finder, part, &reading->blocks[anchor], first, hit)) {
        return true;
    }
    for (size_t i = anchor + 1;
         introduces(&reading->blocks[anchor]) && i < reading->count && i <= anchor + finder->near;
         i++) {
        *ret_block = i;
        if (reading->blocks[i].heading) {
            return false;
        }
        if (reading->blocks[i].menu) {
            continue;
        }
        if (in_introduced(finder, part, &reading->blocks[i], hit)) {
            return true;
        }
    }
    return false;
}

static void take_value(const struct part *part, const struct hit *hit, struct finding *finding)
{
    if (part->kind == PART_DATE && !finding->has_date) {
        finding->has_date = true;
        memcpy(finding->date, hit->date, sizeof finding->date);
    } else if (part->kind == PART_DAYS && !finding->has_days) {
        finding->has_days = true;
        finding->days = hit->days;
    }
}

/* At most so many characters, from a little before the place. */
static const char *quote_of(const struct block *block, size_t start, size_t most,
                            struct arena *arena)
{
    size_t from = start;
    size_t at;
    size_t characters = 0;

    while (from > 0 &&
           (characters < most / 3 || ((unsigned char) block->text[from] & 0xc0) == 0x80)) {
        from--;
        characters += ((unsigned char) block->text[from] & 0xc0) != 0x80 ? 1 : 0;
    }
    characters = 0;
    for (at = from; at < block->length; at++) {
        characters += ((unsigned char) block->text[at] & 0xc0) != 0x80 ? 1 : 0;
        if (characters > most) {
            break;
        }
    }
    return arena_text_n(arena, block->text + from, at - from);
}

/* The rule with its first part found at or behind `from` in that block. */
static bool rule_hit(const struct finder *finder, const struct rule *rule,
                     const struct reading *reading, size_t anchor, size_t from, struct arena *arena,
                     size_t *ret_behind, struct finding *finding)
{
    const struct block *block = &reading->blocks[anchor];
    size_t far = anchor;
    struct hit far_hit = { .days = 0 };
    struct hit first = { .days = 0 };

    if (!part_hit(finder, &rule->parts[0], block, from, &first)) {
        *ret_behind = block->length + 1;
        return false;
    }
    *ret_behind = first.span.end > first.span.start ? first.span.end : first.span.end + 1;
    finding->has_date = false;
    finding->has_days = false;
    take_value(&rule->parts[0], &first, finding);
    for (size_t i = 1; i < rule->part_count; i++) {
        struct hit hit = { .days = 0 };
        size_t where = anchor;

        if (!near_hit(finder, reading, &rule->parts[i], anchor, first.span, &where, &hit)) {
            return false;
        }
        take_value(&rule->parts[i], &hit, finding);
        if (where > far) {
            far = where;
            far_hit = hit;
        }
    }
    finding->found = true;
    finding->page = block->page;
    finding->line = block->line;
    if (arena != NULL) {
        finding->quote =
            far == anchor
                ? quote_of(block, first.span.start, FINDER_QUOTE_CHARS, arena)
                : arena_format(arena, "%s ... %s",
                               quote_of(block, first.span.start, FINDER_QUOTE_CHARS / 2 - 3, arena),
                               quote_of(&reading->blocks[far], far_hit.span.start,
                                        FINDER_QUOTE_CHARS / 2 - 3, arena));
    }
    return true;
}

/* A menu may name the product; what it calls the pages that it leads to is no statement. */
static bool is_looked_at(const struct rule *rule, const struct block *block)
{
    return !block->menu || rule->parts[0].kind == PART_MODEL;
}

void finder_look(const struct finder *finder, const struct reading *reading, size_t at,
                 struct arena *arena, struct finding *ret_finding)
{
    *ret_finding = (struct finding){ .element = finder->names[at] };
    for (size_t i = 0; i < finder->rule_count; i++) {
        for (size_t j = 0; finder->rules[i].element == at && j < reading->count; j++) {
            size_t from = 0;

            while (is_looked_at(&finder->rules[i], &reading->blocks[j]) &&
                   from <= reading->blocks[j].length) {
                if (rule_hit(finder, &finder->rules[i], reading, j, from, arena, &from,
                             ret_finding)) {
                    return;
                }
            }
        }
    }
    *ret_finding = (struct finding){ .element = finder->names[at] };
}

/* A page of several products says which end is whose, in a row or under a heading. */
static bool names_model(const struct finder *finder, const struct reading *reading, size_t at)
{
    struct hit hit;

    if (model_hit(finder, &reading->blocks[at], 0, &hit)) {
        return true;
    }
    while (at > 0 && !reading->blocks[at].heading) {
        at--;
    }
    return model_hit(finder, &reading->blocks[at], 0, &hit);
}

struct dates {
    char (*room)[VALUE_DATE_SIZE];
    size_t most;
    size_t count;
};

static void date_add(struct dates *dates, const char *date)
{
    for (size_t i = 0; i < dates->count; i++) {
        if (memcmp(dates->room[i], date, VALUE_DATE_SIZE) == 0) {
            return;
        }
    }
    if (dates->count < dates->most) {
        memcpy(dates->room[dates->count++], date, VALUE_DATE_SIZE);
    }
}

static void dates_of_block(const struct finder *finder, const struct rule *rule,
                           const struct reading *reading, size_t at, struct dates *dates)
{
    size_t from = 0;

    while (!reading->blocks[at].menu && from <= reading->blocks[at].length) {
        struct finding finding = { .found = false };

        if (rule_hit(finder, rule, reading, at, from, NULL, &from, &finding) && finding.has_date) {
            date_add(dates, finding.date);
        }
    }
}

size_t finder_dates(const struct finder *finder, const struct reading *reading, size_t at,
                    char (*ret_dates)[VALUE_DATE_SIZE], size_t most)
{
    struct dates dates = { .room = ret_dates, .most = most };

    for (int named = 1; named >= 0 && dates.count == 0; named--) {
        for (size_t i = 0; i < finder->rule_count; i++) {
            for (size_t j = 0; finder->rules[i].element == at && j < reading->count; j++) {
                if (named == 0 || names_model(finder, reading, j)) {
                    dates_of_block(finder, &finder->rules[i], reading, j, &dates);
                }
            }
        }
    }
    return dates.count;
}
