#include "support/run_facts.h"

#include "probe/paper.h"

extern const struct probe probe_document;

#define ELEMENTS                                                                                   \
    "\"elements\": [\"contact: (窓口|連絡|contact) && <email>\", "                             \
    "\"acknowledgement: (受領|受け取|受付|acknowledg) && <days>\", "                        \
    "\"status-updates: (状況|status) && <days>\"]"

/* A profile with one document, which is a fixture. */
struct bench {
    struct document document;
    struct profile profile;
    struct subject subject;
    char path[512];
};

static const char *const clauses[] = { "C-1" };
static const char *const addresses[] = { "127.0.0.1" };

static struct probe_run bench_run(struct bench *bench, const char *file, const char *kind,
                                  const char *params)
{
    (void) snprintf(bench->path, sizeof bench->path, "%s%s", FIXTURES, file);
    bench->document = (struct document){
        .id = "paper", .clauses = clauses, .clause_count = 1, .file = bench->path, .kind = kind
    };
    bench->profile = (struct profile){ .model = "HC-100",
                                       .addresses = addresses,
                                       .address_count = 1,
                                       .documents = &bench->document,
                                       .document_count = 1 };
    bench->subject = (struct subject){ .profile = &bench->profile };
    return probe_run(&probe_document, &bench->subject, "127.0.0.1", 0, params, 30000);
}

static const json_t *row(const struct probe_run *run, const char *table, const char *column,
                         const char *value)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(run->facts, table), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, column)), value) == 0) {
            return one;
        }
    }
    cr_assert_fail("%s has no row %s", table, value);
    return NULL;
}

static const char *cell(const json_t *one, const char *column)
{
    return json_string_value(json_object_get(one, column));
}

Test(document, a_policy_is_read_in_every_form_it_comes_in)
{
    static const struct {
        const char *file;
        const char *format;
    } papers[] = {
        { "policy.ja.html", "html" },  { "policy.sjis.html", "html" },
        { "policy.sjis.txt", "text" }, { "policy.eucjp.txt", "text" },
        { "policy.jis.txt", "text" },  { "policy.ja.pdf", "pdf" },
        { "policy.en.pdf", "pdf" },
    };

    for (size_t i = 0; i < sizeof papers / sizeof papers[0]; i++) {
        struct bench bench;
        struct probe_run run =
            bench_run(&bench, papers[i].file, NULL, "{\"clause\": \"C-1\", " ELEMENTS "}");

        cr_assert_eq(run.status, STATUS_OK, "%s: %s", papers[i].file, run.error.message);
        cr_expect_eq(json_array_size(json_object_get(run.facts, "missing")), 0, "%s",
                     papers[i].file);
        cr_expect_eq(number(&run, "acknowledgement_days"), 7, "%s", papers[i].file);
        cr_expect_eq(number(&run, "status_days"), 30, "%s", papers[i].file);
        cr_expect_str_eq(cell(row(&run, "documents", "document", "paper"), "format"),
                         papers[i].format);
        cr_expect_str_eq(cell(row(&run, "documents", "document", "paper"), "language"),
                         strstr(papers[i].file, ".en.") != NULL ? "en" : "ja");
        cr_expect_null(json_object_get(run.facts, "statement"));
        probe_run_done(&run);
    }
}

Test(document, a_place_is_quoted_with_its_page_and_line)
{
    struct bench bench;
    struct probe_run run =
        bench_run(&bench, "manual.ja.pdf", NULL,
                  "{\"clause\": \"C-1\", \"elements\": [\"support-end: サポート && <date>\", "
                  "\"disposal: 廃棄 && 消去\", \"model: <model>\", \"nothing: 有線放送\"]}");
    const json_t *support = row(&run, "elements", "element", "support-end");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(json_integer_value(json_object_get(support, "page")), 2);
    cr_expect_eq(json_integer_value(json_object_get(support, "line")), 1);
    cr_expect_str_eq(cell(support, "value"), "2029-12-31");
    cr_expect_not_null(
        strstr(cell(support, "quote"), "セキュリティ更新の提供終了日:2029年12月31日"), "%s",
        cell(support, "quote"));
    cr_expect_eq(
        json_integer_value(json_object_get(row(&run, "elements", "element", "model"), "page")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "support_end")), "2029-12-31");
    cr_expect_eq(json_array_size(json_object_get(run.facts, "missing")), 1);
    cr_expect_eq(
        json_integer_value(json_object_get(row(&run, "documents", "document", "paper"), "pages")),
        2);
    probe_run_done(&run);
}

Test(document, a_picture_of_text_says_nothing)
{
    struct bench bench;
    struct probe_run run =
        bench_run(&bench, "scanned.pdf", NULL, "{\"clause\": \"C-1\", " ELEMENTS "}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(number(&run, "readable"), 0);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "unreadable")), 1);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "missing")), 3);
    probe_run_done(&run);
}

Test(document, a_file_that_is_not_there_is_no_document)
{
    struct bench bench;
    struct probe_run run =
        bench_run(&bench, "nothing.txt", NULL, "{\"clause\": \"C-1\", " ELEMENTS "}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(number(&run, "readable"), 0);
    cr_expect_str_eq(cell(row(&run, "documents", "document", "paper"), "from"), "none");
    probe_run_done(&run);
}

Test(document, no_document_is_no_fact_about_what_it_says)
{
    struct bench bench;
    struct probe_run run =
        bench_run(&bench, "policy.sjis.txt", NULL, "{\"clause\": \"C-2\", " ELEMENTS "}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_eq(number(&run, "document_count"), 0);
    cr_expect_null(json_object_get(run.facts, "missing"));
    cr_expect_null(json_object_get(run.facts, "elements"));
    probe_run_done(&run);
}

Test(document, a_statement_of_compliance_is_known_by_all_that_it_has_to_say)
{
    static const char asked[] =
        "{\"clause\": \"C-1\", \"statement\": [\"product: <model>\", \"law: product security and "
        "telecommunications\", \"opinion: opinion of the manufacturer\", \"support: support period "
        "&& <date>\", \"issued: date of issue && <date>\"%s]}";
    struct bench bench;
    struct probe_run run;
    char params[512];

    (void) snprintf(params, sizeof params, asked, "");
    run = bench_run(&bench, "statement.txt", "psti-statement", params);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(json_is_true(json_object_get(run.facts, "statement")));
    probe_run_done(&run);

    (void) snprintf(params, sizeof params, asked, ", \"more: recycling\"");
    run = bench_run(&bench, "statement.txt", "psti-statement", params);
    cr_expect(json_is_false(json_object_get(run.facts, "statement")));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "statement_missing")), 1);
    probe_run_done(&run);

    run = bench_run(&bench, "statement.txt", "manual", params);
    cr_expect(json_is_false(json_object_get(run.facts, "statement")), "a manual is none");
    probe_run_done(&run);
}

Test(document, a_copy_that_is_not_the_collected_one_is_our_fault)
{
    char path[] = FIXTURES "statement.txt";
    json_t *said = json_pack("{s:s, s:s}", "document", "paper", "sha256", "00");
    struct paper paper = { .id = "paper", .path = path, .said = said };
    struct papers papers = { .all = &paper, .count = 1 };
    struct document document = { .id = "paper" };
    struct probe_call call = { .papers = &papers };
    struct paper_taken taken = { .said = NULL };
    struct error error = { 0 };

    cr_expect_eq(paper_take(&call, &document, &taken, &error), STATUS_IO);
    cr_expect_not_null(strstr(error.message, "has changed"));
    paper_taken_done(&taken);
    document.id = "other";
    cr_expect_eq(paper_take(&call, &document, &taken, &error), STATUS_INTERNAL);
    json_decref(said);
}
