#include "cli/journal_page.h"

#include "engine/journal_report.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

bool journal_page_fits(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "-" : text;
}

static long long number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void print_transcripts(const json_t *list, bool ja)
{
    size_t good = 0;
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *state = text_of(one, "state");

        if (text_equal(state, "as recorded")) {
            good++;
        } else {
            printf("  %s: %s\n", text_of(one, "path"), state);
        }
    }
    printf(ja ? "通信記録  %zu件、うち%zu件が記録どおり\n"
              : "transcripts %zu, %zu of them as recorded\n",
           json_array_size(list), good);
}

static void print_checks(const json_t *checks)
{
    const json_t *row;
    size_t i;

    json_array_foreach(checks, i, row)
    {
        bool owed = json_is_false(json_object_get(row, "restored"));

        printf("  %-8s %-10s %lld  %s%s\n", text_of(row, "state"), text_of(row, "verdict"),
               number_of(row, "attempts"), text_of(row, "id"),
               owed ? "  (the device is not as it was)" : "");
    }
}

static void print_page(const json_t *report, bool ja)
{
    bool broken = text_equal(text_of(report, "chain"), "broken");

    printf(ja ? "途中で止まった試験 %s\n" : "a run that did not end: %s\n", text_of(report, "run"));
    printf(ja ? "開始      %s、最後の記録 %s\n" : "began       %s, last event %s\n",
           text_of(report, "started"), text_of(report, "last"));
    printf(ja ? "記録      %lld件、連鎖は%s\n" : "events      %lld, the chain is %s\n",
           number_of(report, "events"),
           !ja      ? text_of(report, "chain")
           : broken ? "切れている"
                    : "切れていない");
    if (broken) {
        printf("  %s\n", text_of(report, "fault"));
    }
    printf("head        %s\nroot        %s\n", text_of(report, "head"), text_of(report, "root"));
    if (number_of(report, "torn_bytes") > 0) {
        printf(ja ? "末尾      書きかけの%lldバイト(続けるときに切り捨て、その旨を記録する)\n"
                  : "tail        %lld bytes of an event half written (dropped, and said to be, on "
                    "--resume)\n",
               number_of(report, "torn_bytes"));
    }
    printf(ja ? "中断      再開%lld回、封印の試み%lld回\n"
              : "interrupted and resumed %lld times, sealing begun %lld times\n",
           number_of(report, "interruptions"), number_of(report, "sealings"));
    print_transcripts(json_object_get(report, "transcripts"), ja);
    printf(ja ? "検査(状態、判定、試行回数)\n" : "checks (state, verdict, attempts)\n");
    print_checks(json_object_get(report, "checks"));
}

enum status journal_page(const struct arguments *arguments, const char *folder, bool *ret_whole,
                         struct error *reterr)
{
    DEFER(json_strict_done) json_t *report = NULL;
    bool ja = argument_language(arguments) == LANGUAGE_JA;
    char *text = NULL;

    TRY(journal_report(folder, &report, reterr));
    *ret_whole = json_is_true(json_object_get(report, "whole"));
    if (argument_given(arguments, "json")) {
        text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
        printf("%s\n", text == NULL ? "" : text);
        free(text);
    } else {
        print_page(report, ja);
    }
    (void) fprintf(
        stderr,
        ja ? "hoshitori: まだ証跡ではなく、署名もありません。続けるには: hoshitori run "
             "--resume %s\n"
           : "hoshitori: not a bundle yet, and signed by nobody; continue with: hoshitori "
             "run --resume %s\n",
        folder);
    return fflush(stdout) == 0 ? STATUS_OK : fail(reterr, STATUS_IO, "stdout cannot be written");
}
