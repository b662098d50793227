#include "model/language.h"

#include "model/grading.h"
#include "model/label_tables.h"
#include "model/policy_tables.h"
#include "model/profile_tables.h"
#include "model/reference.h"
#include "model/selector.h"
#include "model/suite_tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 2048 };

static const char introduction[] =
    "# The language of profiles and suites\n"
    "\n"
    "This page is printed from the tables that the program reads files with; `hoshitori lint "
    "FILE`\n"
    "checks a file against the same tables.\n"
    "\n"
    "A **profile** says what a vendor declares about one product. A **suite** says which "
    "questions\n"
    "are asked of which declared things, which probe observes the answer, and what is expected. A\n"
    "**clauses** file lists what the scheme asks, each with how sure that is. A **params** file\n"
    "replaces parameters of a suite. A **policy** file grades cryptography. A **label** file holds "
    "the\n"
    "words of the self-test summary.\n"
    "\n"
    "## What every file obeys\n"
    "\n"
    "YAML, UTF-8, without a byte order mark; at most 1 MiB, 32 levels and 100,000 values; one\n"
    "document; no anchors, aliases, tags or directives. Unknown, repeated and missing keys are\n"
    "errors with `file:line:column`. Numbers are whole; a text that looks like a fraction, such "
    "as\n"
    "a version `\"1.0\"` among free values, is written in quotes. Texts for people may be given in "
    "two\n"
    "languages: `{ja: ..., en: ...}`. Paths are seen from the folder of the file that names them.\n"
    "\n"
    "## How a check is judged\n"
    "\n"
    "1. The device must be there, and be the declared one, before and after: else `error`.\n"
    "2. The probe must end well and report only what it declares: else `error`.\n"
    "3. Every control must hold: else `inconc`. A control is the same probe asked something whose\n"
    "   answer is known, or a condition on the check's own observation.\n"
    "4. Each condition is true, false, or unknown because a fact was not observed. Unknown gives\n"
    "   `inconc`; false gives what `otherwise` says, `fail` unless given. The worst one decides; "
    "an\n"
    "   advisory condition is only noted.\n"
    "5. All true: `pass`. Nothing is a pass by default.\n"
    "\n"
    "A check that claims an absence (`empty: true`, `excludes`, `subset_of`, `not_in`,\n"
    "`matches_none`, `not`, `equals: false`, `exists: false`) must have a control, so that a "
    "probe\n"
    "that saw nothing at all is never taken for a device that has nothing.\n"
    "\n"
    "A path names a fact (`open`), a column of a table, in every row (`certificates.key_bits`), "
    "one\n"
    "named list (`suites.TLSv1.2`), or all of them together (`suites.*`). Over a column, an "
    "operator\n"
    "on single values must hold in every row; without rows it is unknown.\n"
    "\n"
    "A clause is what its checks and gaps add up to: a failure outweighs everything, then "
    "`error`,\n"
    "`inconc`, `review`, `not_tested`; `pass` needs all to pass. `na` needs a reason in the "
    "profile,\n"
    "and a clause that says when it does not apply.\n"
    "\n";

static const char part_introduction[] = "### A part of a suite (`suite-part/1`)\n"
                                        "\n"
                                        "A suite may be written in several files: those that it "
                                        "includes, and the suite of a lower level\n"
                                        "that it extends, with all of its own. Names of "
                                        "parameters, clauses and checks are known in all of\n"
                                        "them, and each is given once. A suite adds checks to its "
                                        "own clauses only: what a lower level\n"
                                        "asks is asked unchanged.\n"
                                        "\n";

static const char policy_introduction[] =
    "## A policy (`policy/1`)\n"
    "\n"
    "A policy gives names of algorithms a grade, each entry with its basis. A kind of names may "
    "have\n"
    "several parts, such as the key exchange and the encryption of a suite. In each part the first "
    "rule\n"
    "that fits speaks; a part without such a rule is unknown; the worst part is the name's grade, "
    "and\n"
    "the worst name the result. One name known to be below what is demanded is enough to say so; "
    "that\n"
    "everything is good enough can only be said when everything is known. "
    "[grading.md](grading.md)\n"
    "tells of the policies that are shipped.\n"
    "\n";

enum { TABLES_MAX = 256, TABLE_PATH_SIZE = 128 };

struct page {
    struct bytes *bytes;
    enum status status;
    struct error *reterr;
    struct {
        const struct record *record;
        char path[TABLE_PATH_SIZE];
    } printed[TABLES_MAX];
    size_t printed_count;
};

static void put(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);

static void put(struct page *page, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    int length;

    if (page->status != STATUS_OK) {
        return;
    }
    va_start(args, format);
    length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    page->status = length < 0 || (size_t) length >= sizeof line
                       ? fail(page->reterr, STATUS_INTERNAL, "a line is too long")
                       : bytes_append(page->bytes, line, (size_t) length, page->reterr);
}

static void put_kind(struct page *page, const struct field *field)
{
    const char *const *words = field->detail;

    if (field->kind != &kind_word && field->kind != &kind_choice) {
        put(page, "%s", field->kind->word);
        if (field->kind == &kind_unsigned && field->detail != NULL) {
            const struct range *range = field->detail;

            put(page, " from %u to %u", range->minimum, range->maximum);
        }
        return;
    }
    for (size_t i = 0; words[i] != NULL; i++) {
        put(page, "%s`%s`", i > 0 ? ", " : "", words[i]);
    }
}

static bool has_table(const struct field *field)
{
    return field->kind == &kind_record || field->kind == &kind_records ||
           field->kind == &kind_named_records;
}

static void put_fields(struct page *page, const struct record *record, const char *path)
{
    put(page, "| key | value | |\n|---|---|---|\n");
    for (const struct field *field = record->fields; field->key != NULL; field++) {
        put(page, "| `%s%s`%s | ", path, field->key,
            (field->flags & FIELD_REQUIRED) != 0 ? " (required)" : "");
        put_kind(page, field);
        put(page, " | %s |\n", field->help);
    }
    put(page, "\n");
}

/* Where this table stands already, or NULL; from now on it does. */
static const char *printed_at(struct page *page, const struct record *record, const char *path)
{
    for (size_t i = 0; i < page->printed_count; i++) {
        if (page->printed[i].record == record) {
            return page->printed[i].path;
        }
    }
    if (page->printed_count < TABLES_MAX) {
        page->printed[page->printed_count].record = record;
        (void) snprintf(page->printed[page->printed_count++].path, TABLE_PATH_SIZE, "%s", path);
    }
    return NULL;
}

/* Each mapping once, below the one that holds it. */
static void put_record(struct page *page, const struct record *record, const char *path)
{
    put_fields(page, record, "");
    for (const struct field *field = record->fields; field->key != NULL; field++) {
        const struct record *inner = field->detail;
        const char *above;
        char name[TABLE_PATH_SIZE];

        if (!has_table(field)) {
            continue;
        }
        (void) snprintf(name, sizeof name, "%s%s%s", path, path[0] != '\0' ? "." : "", field->key);
        above = printed_at(page, inner, name);
        if (above != NULL) {
            put(page, "`%s`: as `%s`.\n\n", name, above);
            continue;
        }
        put(page, "### `%s`: %s\n\n", name, inner->name);
        put_record(page, inner, name);
    }
}

static void put_shapes(struct page *page, unsigned shapes)
{
    static const char *const words[] = { [PATH_SCALAR] = "single value",
                                         [PATH_COLUMN] = "column",
                                         [PATH_LIST] = "list",
                                         [PATH_GROUPS] = "named lists",
                                         [PATH_ROWS] = "table" };
    const char *before = "";

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((shapes & 1u << i) != 0) {
            put(page, "%s%s", before, words[i]);
            before = ", ";
        }
    }
    if (shapes == 0) {
        put(page, "conditions");
    }
}

static void put_operators(struct page *page)
{
    static const char *const operands[] = {
        [OPERAND_VALUE] = "a value like the fact's",
        [OPERAND_VALUES] = "a list of such values",
        [OPERAND_EITHER] = "one or a list of such values",
        [OPERAND_NUMBER] = "whole number",
        [OPERAND_BOOL] = "true or false",
        [OPERAND_PATTERN] = "extended regular expression without `{}` and backslash",
        [OPERAND_GRADING] = "a mapping, as below",
        [OPERAND_PARTS] = "list of conditions",
    };

    put(page, "## Operators\n\nA condition names a fact and has exactly one of these.\n\n"
              "| operator | of a | operand | holds when the fact ... |\n|---|---|---|---|\n");
    for (size_t i = 0; i <= EXPECT_NOT; i++) {
        put(page, "| `%s` | ", expect_operators[i].word);
        if (expect_operators[i].operand == OPERAND_GRADING) {
            put(page, "what `of` names");
        } else {
            put_shapes(page, expect_operators[i].shapes);
        }
        put(page, " | %s | %s |\n", operands[expect_operators[i].operand],
            expect_operators[i].help);
    }
    put(page, "\n");
}

static void put_kinds(struct page *page, unsigned kinds)
{
    const char *before = "";

    for (unsigned i = 0; subject_kind_words[i] != NULL; i++) {
        if ((kinds & 1u << i) != 0) {
            put(page, "%s`%s`", before, subject_kind_words[i]);
            before = ", ";
        }
    }
}

static void put_references(struct page *page)
{
    put(page, "## References\n\nAn operand, or a member of `with`, may be one of these texts "
              "instead of a value. When the profile\ndoes not declare what is referred to, the "
              "check is `not_tested`.\n\n| reference | type | under `for_each` | |\n"
              "|---|---|---|---|\n");
    put(page, "| `$param.NAME` | of the parameter | any | parameter of this suite, or what "
              "`--params` put in its place |\n");
    for (const struct reference *at = references; at->name != NULL; at++) {
        put(page, "| `%s` | %s | ", at->name, fact_type_word(at->type));
        put_kinds(page, at->kinds);
        put(page, " | %s |\n", at->help);
    }
    put(page, "\n");
}

static void put_selectors(struct page *page)
{
    put(page,
        "## What `for_each` can choose by\n\nOne kind of thing, in the order of the profile; each "
        "selector gives a value, a list of\naccepted values, or `{not: value or list}` of values "
        "that are "
        "not, and all must agree.\nServices are asked at the first address.\n\n"
        "| selector | type | under | |\n|---|---|---|---|\n");
    for (const struct selector_field *at = selector_fields; at->name != NULL; at++) {
        put(page, "| `%s` | %s | ", at->name, fact_type_word(at->type));
        put_kinds(page, at->kinds);
        put(page, " | %s |\n", at->help);
    }
    put(page, "\n");
}

/* Tables of another file are not the reader's to look up. */
static void put_file(struct page *page, const char *heading, const struct record *record)
{
    page->printed_count = 0;
    put(page, "%s", heading);
    put_record(page, record, "");
}

enum status suite_language_markdown(struct bytes *ret_page, struct error *reterr)
{
    struct page page = { .bytes = ret_page, .status = STATUS_OK, .reterr = reterr };

    page.status = bytes_append_text(ret_page, introduction, reterr);
    put_file(&page, "## A profile (`profile/1`)\n\n", &profile_record);
    put_file(&page, "## A suite (`suite/1`)\n\n", &suite_record);
    put(&page, "%s", part_introduction);
    put_fields(&page, &suite_part_record, "");
    put(&page, "### A condition in `expect`\n\n");
    put_fields(&page, &expect_record, "");
    put_operators(&page);
    put_references(&page);
    put_selectors(&page);
    put(&page, "## What `graded` says\n\n");
    put_record(&page, &grading_record, "");
    put_file(&page, "## Clauses (`clauses/1`)\n\n", &clauses_record);
    put_file(&page, "## Parameters of a lab (`params/1`)\n\n", &params_record);
    put_file(&page, policy_introduction, &policy_record);
    put_file(&page, "## A label (`label/1`)\n\n", &label_record);
    return page.status;
}
