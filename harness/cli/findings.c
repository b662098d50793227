#include "cli/findings.h"

#include "model/decode.h"
#include "model/source.h"
#include "model/verdict.h"

struct finding_raw {
    const char *clause;
    const char *verdict;
    const char *remark;
    json_t *entries;
};

struct findings_raw {
    const char *format;
    struct finding_raw *findings;
    size_t count;
};

static const char *const formats[] = { "findings/1", NULL };
static const char *const verdicts[] = {
#define X(name, word) word,
    VERDICT_LIST(X)
#undef X
        NULL,
};

static const struct field finding_fields[] = {
    { .key = "clause",
      .kind = &kind_text,
      .offset = offsetof(struct finding_raw, clause),
      .flags = FIELD_REQUIRED,
      .help = "the clause's id" },
    { .key = "verdict",
      .kind = &kind_word,
      .offset = offsetof(struct finding_raw, verdict),
      .detail = verdicts,
      .flags = FIELD_REQUIRED,
      .help = "the laboratory's own" },
    { .key = "remark",
      .kind = &kind_text,
      .offset = offsetof(struct finding_raw, remark),
      .help = "why" },
    { .key = "entries",
      .kind = &kind_json_list,
      .offset = offsetof(struct finding_raw, entries),
      .help = "ids of the files that it rests on" },
    FIELD_END,
};
static const struct record finding_record = { "a finding", finding_fields,
                                              sizeof(struct finding_raw), false };

static const struct field findings_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      .offset = offsetof(struct findings_raw, format),
      .detail = formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "findings",
      .kind = &kind_records,
      .offset = offsetof(struct findings_raw, findings),
      .count_offset = offsetof(struct findings_raw, count),
      .detail = &finding_record,
      .flags = FIELD_REQUIRED,
      .help = "one a clause" },
    FIELD_END,
};
static const struct record findings_record = { "a findings file", findings_fields,
                                               sizeof(struct findings_raw), false };

enum status findings_load(const char *path, struct arena *arena, json_t **ret_findings,
                          struct error *reterr)
{
    struct findings_raw raw = { .format = NULL };
    struct problems problems = { .path = path };
    struct decoder decoder = { .problems = &problems, .arena = arena };
    struct source_file source = { 0 };
    const struct node *root = NULL;

    TRY(source_file_read(path, arena, &source, reterr));
    TRY(node_parse(&source, arena, &root, reterr));
    decode_record(&decoder, root, &findings_record, &raw);
    TRY(problems_status(&problems, reterr));
    *ret_findings = json_kept(arena, json_array());
    for (size_t i = 0; i < raw.count; i++) {
        const struct finding_raw *one = &raw.findings[i];

        (void) json_array_append_new(
            *ret_findings, json_pack("{s:s, s:s, s:s*, s:O*}", "clause", one->clause, "verdict",
                                     one->verdict, "remark", one->remark, "entries", one->entries));
    }
    return STATUS_OK;
}
