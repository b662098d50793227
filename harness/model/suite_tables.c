#include "model/suite_tables.h"

#include "model/expect.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

static const char *const levels[] = { "official", "secondary", "unconfirmed",
                                      "project",  "document",  NULL };

static const struct field basis_fields[] = {
    { .key = "level",
      .kind = &kind_word,
      AT(basis, level),
      .detail = levels,
      .help = "how sure this is; document unless given" },
    { .key = "document",
      .kind = &kind_text,
      AT(basis, document),
      .flags = FIELD_REQUIRED,
      .help = "what it rests on" },
    { .key = "edition", .kind = &kind_text, AT(basis, edition), .help = "which edition of it" },
    { .key = "section", .kind = &kind_text, AT(basis, section), .help = "where in it" },
    { .key = "read", .kind = &kind_text, AT(basis, read), .help = "when it was read, YYYY-MM" },
    FIELD_END,
};

static void decode_basis(struct decoder *decoder, const struct node *node,
                         const struct field *field, void *target)
{
    static const struct record record = { "basis", basis_fields, sizeof(struct basis), false };
    struct basis *basis = target;

    if (node->kind == NODE_MAP) {
        basis->level = "document";
        decode_record(decoder, node, &record, basis);
        return;
    }
    for (size_t i = 0; node->kind == NODE_SCALAR && levels[i + 1] != NULL; i++) {
        if (strcmp(levels[i], node->text) == 0) {
            basis->level = levels[i];
            return;
        }
    }
    problem_at(decoder->problems, node->mark,
               "'%s' must be official, secondary, unconfirmed, project, or {document, ...}",
               field->key);
}

const struct kind kind_basis = {
    "official, secondary, unconfirmed, project, or {level, document, edition, section, read}",
    decode_basis
};

static const struct field parameter_fields[] = {
    { .key = "value",
      .kind = &kind_node,
      AT(parameter_raw, value),
      .flags = FIELD_REQUIRED,
      .help = "a whole number, a text, or a list of either" },
    { .key = "unit", .kind = &kind_text, AT(parameter_raw, unit), .help = "what it counts" },
    { .key = "basis",
      .kind = &kind_basis,
      AT(parameter_raw, basis),
      .flags = FIELD_REQUIRED,
      .help = "where the value comes from" },
    FIELD_END,
};
static const struct record parameter_record = { "a parameter", parameter_fields,
                                                sizeof(struct parameter_raw), true };

static const struct field control_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(control_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name, unique in the check" },
    { .key = "says",
      .kind = &kind_words,
      AT(control_raw, says),
      .flags = FIELD_REQUIRED,
      .help = "what it proves" },
    { .key = "with",
      .kind = &kind_node,
      AT(control_raw, with),
      .help = "replaces members of the check's 'with' and runs the probe again; without it, the "
              "check's own observation is judged" },
    { .key = "expect",
      .kind = &kind_node,
      AT(control_raw, expect),
      .flags = FIELD_REQUIRED,
      .help = "list of conditions that must hold, or the check is inconc" },
    FIELD_END,
};
static const struct record control_record = { "a control", control_fields,
                                              sizeof(struct control_raw), true };

static const char *const exclusives[] = {
    [EXCLUSIVE_NONE] = "none", [EXCLUSIVE_ACCOUNT] = "account", [EXCLUSIVE_DEVICE] = "device", NULL
};

static const struct field check_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(check_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "the clause id, '/', and a short name" },
    { .key = "clause",
      .kind = &kind_marked,
      AT(check_raw, clause),
      .flags = FIELD_REQUIRED,
      .help = "id in the clauses file" },
    { .key = "title",
      .kind = &kind_words,
      AT(check_raw, title),
      .flags = FIELD_REQUIRED,
      .help = "what is checked, in a line" },
    { .key = "for_each",
      .kind = &kind_node,
      AT(check_raw, for_each),
      .flags = FIELD_REQUIRED,
      .help = "one of address, service, auth and access: {selector: value or list of values}" },
    { .key = "probe",
      .kind = &kind_marked,
      AT(check_raw, probe),
      .flags = FIELD_REQUIRED,
      .help = "name of the probe that observes" },
    { .key = "with",
      .kind = &kind_node,
      AT(check_raw, with),
      .help = "the probe's parameters: values or references" },
    { .key = "needs",
      .kind = &kind_texts,
      AT(check_raw, needs),
      COUNT(check_raw, need_count),
      .help = "levers, such as power, network or erase; where the profile does not declare one of "
              "them, the check is not_tested" },
    { .key = "product_types",
      .kind = &kind_texts,
      AT(check_raw, product_types),
      COUNT(check_raw, product_type_count),
      .help = "asked of products of these types only; of all unless given" },
    { .key = "exclusive",
      .kind = &kind_choice,
      AT(check_raw, exclusive),
      .detail = exclusives,
      .help = "what nothing else may use meanwhile; none unless given" },
    { .key = "skip_when_none",
      .kind = &kind_bool,
      AT(check_raw, skip_when_none),
      .help = "true: when the profile declares nothing to check, the roll-up does not count it" },
    { .key = "may_silence",
      .kind = &kind_bool,
      AT(check_raw, may_silence),
      .help = "true: what is sent may silence the device; when it is silent afterwards the "
              "expectations still decide, but never for a pass" },
    { .key = "controls",
      .kind = &kind_records,
      AT(check_raw, controls),
      COUNT(check_raw, control_count),
      .detail = &control_record,
      .help = "questions whose answers are known; required for a claim that something is absent" },
    { .key = "expect",
      .kind = &kind_node,
      AT(check_raw, expect),
      .flags = FIELD_REQUIRED,
      .help = "list of conditions" },
    FIELD_END,
};
static const struct record check_record_table = { "a check", check_fields, sizeof(struct check_raw),
                                                  true };

static const char *const part_formats[] = { "suite-part/1", NULL };

static const struct field part_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      AT(part_raw, format),
      .detail = part_formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "parameters",
      .kind = &kind_named_records,
      AT(part_raw, parameters),
      COUNT(part_raw, parameter_count),
      .detail = &parameter_record,
      .help = "as in the suite; every name once in all files" },
    { .key = "checks",
      .kind = &kind_records,
      AT(part_raw, checks),
      COUNT(part_raw, check_count),
      .detail = &check_record_table,
      .flags = FIELD_REQUIRED,
      .help = "as in the suite" },
    FIELD_END,
};
const struct record suite_part_record = { "a part of a suite", part_fields, sizeof(struct part_raw),
                                          true };

static const char *const suite_formats[] = { "suite/1", NULL };
static const struct range level_range = { 1, 4 };

static const struct field suite_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      AT(suite_raw, own.format),
      .detail = suite_formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "id",
      .kind = &kind_text,
      AT(suite_raw, suite.id),
      .flags = FIELD_REQUIRED,
      .help = "name of the suite" },
    { .key = "version",
      .kind = &kind_text,
      AT(suite_raw, suite.version),
      .flags = FIELD_REQUIRED,
      .help = "of the suite" },
    { .key = "scheme",
      .kind = &kind_text,
      AT(suite_raw, suite.scheme),
      .flags = FIELD_REQUIRED,
      .help = "such as jc-star" },
    { .key = "level",
      .kind = &kind_unsigned,
      AT(suite_raw, suite.level),
      .detail = &level_range,
      .flags = FIELD_REQUIRED,
      .help = "stars" },
    { .key = "clauses",
      .kind = &kind_marked,
      AT(suite_raw, clauses),
      .flags = FIELD_REQUIRED,
      .help = "the clauses file, relative to this one" },
    { .key = "extends",
      .kind = &kind_text,
      AT(suite_raw, extends),
      .help = "the suite of a lower level that this one contains: ../FOLDER/suite.yaml" },
    { .key = "include",
      .kind = &kind_texts,
      AT(suite_raw, parts),
      COUNT(suite_raw, part_count),
      .help = "its parts, files in the same folder; their checks are planned in this order" },
    { .key = "policies",
      .kind = &kind_texts,
      AT(suite_raw, policies),
      COUNT(suite_raw, policy_count),
      .help = "policy files, relative to this one" },
    { .key = "parameters",
      .kind = &kind_named_records,
      AT(suite_raw, own.parameters),
      COUNT(suite_raw, own.parameter_count),
      .detail = &parameter_record,
      .help = "every number and list that a lab may replace" },
    { .key = "checks",
      .kind = &kind_records,
      AT(suite_raw, own.checks),
      COUNT(suite_raw, own.check_count),
      .detail = &check_record_table,
      .help = "in the order in which they are planned, before those of the parts" },
    FIELD_END,
};
const struct record suite_record = { "a suite", suite_fields, sizeof(struct suite_raw), true };

static const struct field gap_fields[] = {
    { .key = "id",
      .kind = &kind_text,
      AT(gap_raw, gap.id),
      .flags = FIELD_REQUIRED,
      .help = "the clause id, '/', and a short name" },
    { .key = "reason",
      .kind = &kind_words,
      AT(gap_raw, gap.reason),
      .flags = FIELD_REQUIRED,
      .help = "what is not checked yet" },
    { .key = "when",
      .kind = &kind_node,
      AT(gap_raw, when),
      .help = "as 'for_each' of a check: counts only for a profile that declares such a thing" },
    FIELD_END,
};
static const struct record gap_record = { "a gap", gap_fields, sizeof(struct gap_raw), true };

static const char *const methods[] = { "document", "device", "both", NULL };
static const char *const automations[] = { "automatic", "assisted", "document", NULL };

static const struct field clause_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(clause_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "such as S1.1-04" },
    { .key = "title",
      .kind = &kind_words,
      AT(clause_raw, clause.title),
      .flags = FIELD_REQUIRED,
      .help = "short name, in our words" },
    { .key = "gist",
      .kind = &kind_words,
      AT(clause_raw, clause.gist),
      .flags = FIELD_REQUIRED,
      .help = "what it asks, in our words" },
    { .key = "why",
      .kind = &kind_words,
      AT(clause_raw, clause.why),
      .help = "what that is good for" },
    { .key = "basis",
      .kind = &kind_basis,
      AT(clause_raw, clause.basis),
      .flags = FIELD_REQUIRED,
      .help = "how sure that is" },
    { .key = "method",
      .kind = &kind_word,
      AT(clause_raw, clause.method),
      .detail = methods,
      .flags = FIELD_REQUIRED,
      .help = "how it is evaluated" },
    { .key = "automation",
      .kind = &kind_word,
      AT(clause_raw, clause.automation),
      .detail = automations,
      .flags = FIELD_REQUIRED,
      .help = "how far a machine can go" },
    { .key = "maps",
      .kind = &kind_json_map,
      AT(clause_raw, clause.maps),
      .help = "related items elsewhere: scheme: [ids]; informative" },
    { .key = "not_applicable_when",
      .kind = &kind_words,
      AT(clause_raw, clause.not_applicable_when),
      .help = "without it, a profile cannot declare the clause not applicable" },
    { .key = "na_basis",
      .kind = &kind_basis,
      AT(clause_raw, clause.na_basis),
      .help = "how sure that is" },
    { .key = "product_types",
      .kind = &kind_texts,
      AT(clause_raw, clause.product_types),
      COUNT(clause_raw, clause.product_type_count),
      .help = "asked of products of these types only; of all unless given" },
    { .key = "optional",
      .kind = &kind_bool,
      AT(clause_raw, optional),
      .help = "true: not mandatory for the level" },
    { .key = "exception",
      .kind = &kind_words,
      AT(clause_raw, clause.exception),
      .help = "why no check exists; required when none does" },
    { .key = "gaps",
      .kind = &kind_records,
      AT(clause_raw, gaps),
      COUNT(clause_raw, gap_count),
      .detail = &gap_record,
      .help = "parts that no check covers yet; each is not_tested" },
    FIELD_END,
};
static const struct record clause_record = { "a clause", clause_fields, sizeof(struct clause_raw),
                                             true };

static const char *const clauses_formats[] = { "clauses/1", NULL };

static const struct field clauses_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      AT(clauses_raw, format),
      .detail = clauses_formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "scheme",
      .kind = &kind_text,
      AT(clauses_raw, scheme),
      .flags = FIELD_REQUIRED,
      .help = "such as jc-star" },
    { .key = "edition",
      .kind = &kind_basis,
      AT(clauses_raw, edition),
      .flags = FIELD_REQUIRED,
      .help = "the document that the clauses are about, and how it was read" },
    { .key = "notice",
      .kind = &kind_words,
      AT(clauses_raw, notice),
      .flags = FIELD_REQUIRED,
      .help = "what these clauses are not; printed with every result" },
    { .key = "clauses",
      .kind = &kind_records,
      AT(clauses_raw, clauses),
      COUNT(clauses_raw, clause_count),
      .detail = &clause_record,
      .flags = FIELD_REQUIRED,
      .help = "each once" },
    FIELD_END,
};
const struct record clauses_record = { "a clauses file", clauses_fields, sizeof(struct clauses_raw),
                                       true };

static const char *const params_formats[] = { "params/1", NULL };

static const struct field params_fields[] = {
    { .key = "hoshitori",
      .kind = &kind_word,
      AT(params_raw, format),
      .detail = params_formats,
      .flags = FIELD_REQUIRED,
      .help = "what kind of file this is" },
    { .key = "suite",
      .kind = &kind_text,
      AT(params_raw, suite),
      .help = "id of the suite it is for; any unless given" },
    { .key = "parameters",
      .kind = &kind_named_records,
      AT(params_raw, parameters),
      COUNT(params_raw, parameter_count),
      .detail = &parameter_record,
      .flags = FIELD_REQUIRED,
      .help = "values that replace the suite's" },
    FIELD_END,
};
const struct record params_record = { "a parameter file", params_fields, sizeof(struct params_raw),
                                      true };

static const char *const otherwises[] = { "fail", "review", "inconc", NULL };

#define OPERATOR(word, op)                                                                         \
    {                                                                                              \
        .key = word, .kind = &kind_node, AT(expect_raw, operand[op]), .help = "operator"           \
    }

static const struct field expect_fields[] = {
    { .key = "fact",
      .kind = &kind_marked,
      AT(expect_raw, fact),
      .help = "name, name.column, name.group, or name.* for all groups together" },
    OPERATOR("equals", EXPECT_EQUALS),
    OPERATOR("in", EXPECT_IN),
    OPERATOR("not_in", EXPECT_NOT_IN),
    OPERATOR("subset_of", EXPECT_SUBSET_OF),
    OPERATOR("contains", EXPECT_CONTAINS),
    OPERATOR("excludes", EXPECT_EXCLUDES),
    OPERATOR("at_least", EXPECT_AT_LEAST),
    OPERATOR("at_most", EXPECT_AT_MOST),
    OPERATOR("matches", EXPECT_MATCHES),
    OPERATOR("matches_none", EXPECT_MATCHES_NONE),
    OPERATOR("exists", EXPECT_EXISTS),
    OPERATOR("empty", EXPECT_EMPTY),
    OPERATOR("graded", EXPECT_GRADED),
    OPERATOR("all", EXPECT_ALL),
    OPERATOR("any", EXPECT_ANY),
    OPERATOR("not", EXPECT_NOT),
    { .key = "expected",
      .kind = &kind_words,
      AT(expect_raw, expected),
      .help = "what should be, in both languages; required at the top of a check" },
    { .key = "fix",
      .kind = &kind_words,
      AT(expect_raw, fix),
      .help = "how to mend it, in both languages; required at the top of a check" },
    { .key = "advisory",
      .kind = &kind_bool,
      AT(expect_raw, advisory),
      .help = "true: noted when it does not hold, decides nothing" },
    { .key = "otherwise",
      .kind = &kind_word,
      AT(expect_raw, otherwise),
      .detail = otherwises,
      .help = "the verdict when it does not hold; fail unless given" },
    FIELD_END,
};
const struct record expect_record = { "a condition", expect_fields, sizeof(struct expect_raw),
                                      true };
