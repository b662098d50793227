#include "model/answers.h"

#include "model/decode.h"
#include "model/source.h"

#include <ctype.h>
#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

struct answer_raw {
    struct record_head head;
    struct answer answer;
    struct marked_text to;
    struct marked_text at;
    struct marked_text sha256;
};

struct answers_raw {
    const char *format;
    const char *by;
    struct answer_raw *items;
    size_t count;
};

static const struct field answer_fields[] = {
    { .key = "to",
      .kind = &kind_marked,
      AT(answer_raw, to),
      .flags = FIELD_REQUIRED,
      .help = "a check, with its subject after '@' or without" },
    { .key = "answer",
      .kind = &kind_text,
      AT(answer_raw, answer.answer),
      .flags = FIELD_REQUIRED,
      .help = "one of the words that the check asks for, or a text" },
    { .key = "at",
      .kind = &kind_marked,
      AT(answer_raw, at),
      .flags = FIELD_REQUIRED,
      .help = "the day on which the unit was looked at, YYYY-MM-DD" },
    { .key = "why",
      .kind = &kind_words,
      AT(answer_raw, answer.why),
      .flags = FIELD_REQUIRED,
      .help = "how it was found out" },
    { .key = "file",
      .kind = &kind_path,
      AT(answer_raw, answer.file),
      .help = "a photograph or the like; its digest is recorded" },
    { .key = "sha256",
      .kind = &kind_marked,
      AT(answer_raw, sha256),
      .help = "of the copy of the document that was looked at: the answer counts for no other" },
    FIELD_END,
};
static const struct record answer_record = { "an answer", answer_fields, sizeof(struct answer_raw),
                                             true };

static const char *const formats[] = { "answers/1", NULL };

static const struct field answers_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      AT(answers_raw, format),
      .detail = formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "by",
      .kind = &kind_text,
      AT(answers_raw, by),
      .flags = FIELD_REQUIRED,
      .help = "who answers" },
    { .key = "answers",
      .kind = &kind_records,
      AT(answers_raw, items),
      COUNT(answers_raw, count),
      .detail = &answer_record,
      .flags = FIELD_REQUIRED,
      .help = "one for each question" },
    FIELD_END,
};
static const struct record answers_record = { "answers", answers_fields, sizeof(struct answers_raw),
                                              false };

static bool is_day(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned year;
    unsigned month;
    unsigned day;
    bool leap;
    size_t i = 0;

    while (shape[i] != '\0' &&
           (shape[i] == 'd' ? isdigit((unsigned char) text[i]) != 0 : text[i] == shape[i])) {
        i++;
    }
    if (shape[i] != '\0' || text[i] != '\0') {
        return false;
    }
    year = (unsigned) (text[0] - '0') * 1000 + (unsigned) (text[1] - '0') * 100 +
           (unsigned) (text[2] - '0') * 10 + (unsigned) (text[3] - '0');
    month = (unsigned) (text[5] - '0') * 10 + (unsigned) (text[6] - '0');
    day = (unsigned) (text[8] - '0') * 10 + (unsigned) (text[9] - '0');
    if (month < 1 || month > 12) {
        return false;
    }
    leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year > 0 && day >= 1 && day <= days[month - 1] + (leap ? 1u : 0u);
}

static bool is_digest(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static void answer_load(const struct answers_raw *raw, size_t i, struct problems *problems,
                        struct answer *items)
{
    const struct answer_raw *from = &raw->items[i];

    items[i] = from->answer;
    items[i].mark = from->head.node->mark;
    items[i].to = from->to.text;
    items[i].at = from->at.text;
    if (from->at.text != NULL && !is_day(from->at.text)) {
        problem_at(problems, from->at.node->mark, "'at' must be a day, YYYY-MM-DD");
    }
    items[i].sha256 = from->sha256.text;
    if (from->sha256.text != NULL && !is_digest(from->sha256.text)) {
        problem_at(problems, from->sha256.node->mark, "'sha256' must be 64 lower-case hex digits");
    }
    for (size_t j = 0; j < i; j++) {
        if (text_equal(items[j].to, items[i].to)) {
            problem_at(problems, from->to.node->mark, "this is answered twice");
        }
    }
}

enum status answers_from_source(const struct source_file *source, struct arena *arena,
                                struct answers **ret_answers, struct error *reterr)
{
    struct problems problems = { .path = source->path };
    struct decoder decoder = { .problems = &problems, .arena = arena };
    struct answers *answers = arena_alloc(arena, sizeof *answers);
    struct answers_raw *raw = arena_alloc(arena, sizeof *raw);
    const struct node *root = NULL;
    struct answer *items;

    TRY(node_parse(source, arena, &root, reterr));
    decode_record(&decoder, root, &answers_record, raw);
    items = arena_array(arena, raw->count + 1, sizeof *items);
    for (size_t i = 0; problems.count == 0 && i < raw->count; i++) {
        answer_load(raw, i, &problems, items);
    }
    TRY(problems_status(&problems, reterr));
    *answers =
        (struct answers){ .source = *source, .by = raw->by, .items = items, .count = raw->count };
    *ret_answers = answers;
    return STATUS_OK;
}

enum status answers_load(const char *path, struct arena *arena, struct answers **ret_answers,
                         struct error *reterr)
{
    struct source_file source = { 0 };

    TRY(source_file_read(path, arena, &source, reterr));
    return answers_from_source(&source, arena, ret_answers, reterr);
}

const struct answer *answers_to(const struct answers *answers, const char *check)
{
    const char *at = strchr(check, '@');
    size_t length = at != NULL ? (size_t) (at - check) : strlen(check);
    const struct answer *found = NULL;

    for (size_t i = 0; answers != NULL && i < answers->count; i++) {
        const char *to = answers->items[i].to;

        if (strcmp(to, check) == 0) {
            return &answers->items[i];
        }
        if (strlen(to) == length && memcmp(to, check, length) == 0) {
            found = &answers->items[i];
        }
    }
    return found;
}
