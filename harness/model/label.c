#include "model/label.h"

#include "model/label_tables.h"
#include "model/source.h"
#include "model/suite_tables.h"

#include <string.h>

static const char *const overalls[] = {
    [OVERALL_INCONCLUSIVE] = "inconclusive",
    [OVERALL_CONFORMANT] = "conformant",
    [OVERALL_NONCONFORMANT] = "nonconformant",
    NULL,
};
static const char *const formats[] = { "label/1", NULL };
static const char *const declarers[] = {
    [LABEL_BY_VENDOR] = "vendor",
    [LABEL_BY_EVALUATOR] = "evaluator",
    NULL,
};
static const struct range level_range = { 1, 4 };
static const struct range months_range = { 1, 120 };

static const struct field summary_fields[] = {
    { .key = "id",
      .kind = &kind_text,
      .offset = offsetof(struct summary_raw, summary.id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "earned_by",
      .kind = &kind_choice,
      .offset = offsetof(struct summary_raw, summary.earned_by),
      .detail = overalls,
      .flags = FIELD_REQUIRED,
      .help = "overall result of the level" },
    { .key = "title",
      .kind = &kind_words,
      .offset = offsetof(struct summary_raw, summary.title),
      .flags = FIELD_REQUIRED,
      .help = "in both languages" },
    { .key = "text",
      .kind = &kind_words,
      .offset = offsetof(struct summary_raw, summary.text),
      .flags = FIELD_REQUIRED,
      .help = "in both languages" },
    { .key = "colour",
      .kind = &kind_marked,
      .offset = offsetof(struct summary_raw, colour),
      .flags = FIELD_REQUIRED,
      .help = "\"#rrggbb\"" },
    FIELD_END,
};
static const struct record summary_record = { "a summary", summary_fields,
                                              sizeof(struct summary_raw), true };

static const struct field label_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      .offset = offsetof(struct label_raw, format),
      .detail = formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "id",
      .kind = &kind_text,
      .offset = offsetof(struct label_raw, label.id),
      .flags = FIELD_REQUIRED,
      .help = "name of the label" },
    { .key = "scheme",
      .kind = &kind_text,
      .offset = offsetof(struct label_raw, label.scheme),
      .flags = FIELD_REQUIRED,
      .help = "such as jc-star" },
    { .key = "level",
      .kind = &kind_unsigned,
      .offset = offsetof(struct label_raw, label.level),
      .detail = &level_range,
      .flags = FIELD_REQUIRED,
      .help = "stars" },
    { .key = "declared_by",
      .kind = &kind_choice,
      .offset = offsetof(struct label_raw, label.declared_by),
      .detail = declarers,
      .flags = FIELD_REQUIRED,
      .help = "who must have signed that the level is reached" },
    { .key = "declared_basis",
      .kind = &kind_basis,
      .offset = offsetof(struct label_raw, label.declared_basis),
      .flags = FIELD_REQUIRED,
      .help = "where that comes from" },
    { .key = "valid_months",
      .kind = &kind_unsigned,
      .offset = offsetof(struct label_raw, label.valid_months),
      .detail = &months_range,
      .flags = FIELD_REQUIRED,
      .help = "how long a summary says something, from the end of the run" },
    { .key = "valid_basis",
      .kind = &kind_basis,
      .offset = offsetof(struct label_raw, label.valid_basis),
      .flags = FIELD_REQUIRED,
      .help = "where that comes from" },
    { .key = "provisional",
      .kind = &kind_words,
      .offset = offsetof(struct label_raw, label.provisional),
      .help = "in both languages: what is said large where the criteria are not official ones" },
    { .key = "notice",
      .kind = &kind_words,
      .offset = offsetof(struct label_raw, label.notice),
      .flags = FIELD_REQUIRED,
      .help = "what the artwork is not; in both languages, always shown" },
    { .key = "summaries",
      .kind = &kind_records,
      .offset = offsetof(struct label_raw, summaries),
      .count_offset = offsetof(struct label_raw, summary_count),
      .detail = &summary_record,
      .flags = FIELD_REQUIRED,
      .help = "one for each overall result" },
    FIELD_END,
};
const struct record label_record = { "a label file", label_fields, sizeof(struct label_raw), true };

const char *label_declarer_word(enum label_declarer declarer)
{
    return declarers[declarer];
}

const struct label_summary *label_summary(const struct label *label, enum overall overall)
{
    for (size_t i = 0; i < label->summary_count; i++) {
        if (label->summaries[i].earned_by == overall) {
            return &label->summaries[i];
        }
    }
    return NULL;
}

static void check_summary(struct problems *problems, const struct label *label,
                          const struct summary_raw *raw)
{
    const char *colour = raw->colour.text;

    if (strlen(colour) != 7 || colour[0] != '#' || strspn(colour + 1, "0123456789abcdef") != 6) {
        problem_at(problems, raw->colour.node->mark, "a colour is \"#rrggbb\", lower case");
    }
    if (!words_complete(&raw->summary.title) || !words_complete(&raw->summary.text)) {
        problem_at(problems, raw->head.node->mark, "'title' and 'text' are needed in ja and en");
    }
    if (label_summary(label, raw->summary.earned_by) != NULL) {
        problem_at(problems, raw->head.node->mark, "there is another summary for '%s'",
                   overall_word(raw->summary.earned_by));
    }
}

static void resolve(struct problems *problems, const struct label_raw *raw,
                    struct label_summary *summaries, struct label *label)
{
    label->summaries = summaries;
    for (size_t i = 0; i < raw->summary_count; i++) {
        check_summary(problems, label, &raw->summaries[i]);
        summaries[i] = raw->summaries[i].summary;
        summaries[i].colour = raw->summaries[i].colour.text;
        label->summary_count = i + 1;
    }
    for (size_t i = 0; overalls[i] != NULL; i++) {
        if (label_summary(label, (enum overall) i) == NULL) {
            problem_at(problems, raw->head.node->mark, "there is no summary for '%s'", overalls[i]);
        }
    }
    if (!words_complete(&label->notice)) {
        problem_at(problems, raw->head.node->mark, "'notice' is needed in ja and en");
    }
    if ((label->provisional.ja == NULL) != (label->provisional.en == NULL)) {
        problem_at(problems, raw->head.node->mark, "'provisional' is needed in ja and en");
    }
}

enum status label_decode(const struct source_file *source, struct problems *problems,
                         struct arena *arena, struct label **ret_label, struct error *reterr)
{
    struct label_raw raw = { .format = NULL };
    struct decoder decoder = { .problems = problems, .arena = arena };
    struct label *label = arena_alloc(arena, sizeof *label);
    const struct node *root = NULL;

    TRY(node_parse(source, arena, &root, reterr));
    decode_record(&decoder, root, &label_record, &raw);
    TRY(problems_status(problems, reterr));
    *label = raw.label;
    label->source = *source;
    resolve(problems, &raw, arena_array(arena, raw.summary_count, sizeof(struct label_summary)),
            label);
    TRY(problems_status(problems, reterr));
    *ret_label = label;
    return STATUS_OK;
}

enum status label_load(const char *path, struct arena *arena, struct label **ret_label,
                       struct error *reterr)
{
    struct source_file source = { 0 };
    struct problems problems = { .path = path };

    TRY(source_file_read(path, arena, &source, reterr));
    return label_decode(&source, &problems, arena, ret_label, reterr);
}
