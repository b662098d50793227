/* document - reads the documents of the profile that are evidence for a clause and looks for what
 * they have to say; quotes each place.  It sends nothing to the device.
 *
 * By hand: hoshitori probe document --profile profile.yaml --param clause=S1.1-05 \
 *     --param 'elements=contact: <email>,status-updates: update && <days>'
 */
#include "base/clock.h"
#include "base/text.h"
#include "probe/paper.h"
#include "probe/review.h"
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_document;

enum { DATES_MAX = 16, DAY_MS = 24 * 60 * 60 * 1000 };

static json_t *text_of(const json_t *said, const char *name)
{
    const char *value = json_string_value(json_object_get(said, name));

    return json_string(value == NULL ? "" : value);
}

/* ---- the documents ---- */

static json_t *source_row(const struct source *source)
{
    const struct reading *reading = source->reading;
    json_t *row = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:s, s:I, s:s, s:b}", "document", source->document->id, "kind",
        source->document->kind == NULL ? "" : source->document->kind, "from",
        text_of(source->said, "from"), "sha256", text_of(source->said, "sha256"), "url",
        text_of(source->said, "final_url"), "format", reading == NULL ? "" : reading->format,
        "pages", (json_int_t) (reading == NULL ? 0 : reading->pages), "language",
        reading == NULL ? "" : reading->language, "whole",
        (int) (reading != NULL && !reading->cut));

    if (row == NULL) {
        abort();
    }
    return row;
}

/* A document is readable when its text was: a place in it can be quoted. */
static bool is_readable(const struct source *source)
{
    return source->reading != NULL && source->reading->count > 0;
}

static size_t documents_facts(struct probe_call *call, const struct sources *sources)
{
    json_t *rows = json_array();
    json_t *unreadable = json_array();
    size_t readable = 0;

    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->all[i];

        probe_list_add(rows, source_row(source));
        readable += is_readable(source) ? 1 : 0;
        if (!is_readable(source)) {
            probe_list_add(unreadable, json_sprintf("%s: %s", source->document->id,
                                                    source->reason == NULL ? "" : source->reason));
        }
    }
    probe_fact_json(call, "documents", rows);
    probe_fact_json(call, "unreadable", unreadable);
    probe_fact_int(call, "document_count", (long long) sources->count);
    probe_fact_int(call, "readable", (long long) readable);
    return readable;
}

/* Of the one document that the check is about. */
static void publication_facts(struct probe_call *call, const struct source *source)
{
    const json_t *https = json_object_get(source->said, "https");
    const json_t *reached = json_object_get(source->said, "reached");

    if (source->document->url == NULL) {
        return;
    }
    if (reached != NULL) {
        probe_fact_bool(call, "reached", json_is_true(reached));
    }
    if (json_is_true(reached)) {
        probe_fact_bool(
            call, "published",
            text_equal(json_string_value(json_object_get(source->said, "from")), "url"));
    }
    if (https != NULL) {
        probe_fact_bool(call, "https", json_is_true(https));
    }
}

/* ---- the elements ---- */

static json_t *place_row(const struct place *place)
{
    const struct finding *finding = &place->finding;
    char value[32] = "";

    if (finding->has_date) {
        (void) snprintf(value, sizeof value, "%s", finding->date);
    } else if (finding->has_days) {
        (void) snprintf(value, sizeof value, "%u days", finding->days);
    }
    json_t *row = json_pack("{s:s, s:b, s:s, s:I, s:I, s:s, s:s}", "element", finding->element,
                            "found", (int) finding->found, "document",
                            place->source == NULL ? "" : place->source->document->id, "page",
                            (json_int_t) finding->page, "line", (json_int_t) finding->line, "value",
                            value, "quote", finding->quote == NULL ? "" : finding->quote);

    if (row == NULL) {
        abort();
    }
    return row;
}

static void days_fact(struct probe_call *call, const struct finding *finding)
{
    if (!finding->has_days) {
        return;
    }
    if (text_equal(finding->element, "acknowledgement")) {
        probe_fact_int(call, "acknowledgement_days", finding->days);
    } else if (text_equal(finding->element, "status-updates")) {
        probe_fact_int(call, "status_days", finding->days);
    }
}

/* YYYY-MM-DD sorts as it reads. */
static int date_order(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. */
static long long day_number(const char *date)
{
    long long year = strtol(date, NULL, 10);
    long long month = strtol(date + 5, NULL, 10);
    long long day = strtol(date + 8, NULL, 10);

    year -= month <= 2 ? 1 : 0;
    month += month <= 2 ? 12 : 0;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day -
           719469;
}

/* Every end that any document names: two that differ are a finding. */
static void support_facts(struct probe_call *call, const struct sources *sources,
                          const struct finder *finder, size_t at)
{
    char dates[DATES_MAX][VALUE_DATE_SIZE];
    json_t *list = json_array();
    size_t count = 0;

    for (size_t i = 0; i < sources->count; i++) {
        if (sources->all[i].reading != NULL) {
            count +=
                finder_dates(finder, sources->all[i].reading, at, dates + count, DATES_MAX - count);
        }
    }
    qsort(dates, count, sizeof dates[0], date_order);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(dates[i], dates[i - 1]) != 0) {
            probe_list_add_text(list, dates[i]);
        }
    }
    if (count > 0) {
        probe_fact_text(call, "support_end", dates[0]);
        probe_fact_int(call, "support_days_left", day_number(dates[0]) - clock_wall_ms() / DAY_MS);
        probe_fact_json(call, "support_ends", list);
    } else {
        json_decref(list);
    }
}

static void elements_facts(struct probe_call *call, const struct sources *sources,
                           const struct finder *finder, struct arena *arena)
{
    json_t *rows = json_array();
    json_t *found = json_array();
    json_t *missing = json_array();

    for (size_t i = 0; i < finder_count(finder); i++) {
        struct place place = sources_find(sources, finder, i, arena);

        probe_list_add(rows, place_row(&place));
        probe_list_add_text(place.finding.found ? found : missing, place.finding.element);
        days_fact(call, &place.finding);
        if (text_equal(place.finding.element, "support-end")) {
            support_facts(call, sources, finder, i);
        }
    }
    probe_fact_json(call, "elements", rows);
    probe_fact_json(call, "found", found);
    probe_fact_json(call, "missing", missing);
}

static enum status statement_facts(struct probe_call *call, const char *clause, unsigned near,
                                   struct arena *arena, struct error *reterr)
{
    const json_t *wanted = probe_param_list(call, "statement");
    DEFER(finder_done) struct finder *finder = NULL;
    struct sources sources = { 0 };
    json_t *kinds = json_pack("[s]", "psti-statement");
    json_t *missing = json_array();
    enum status status = STATUS_OK;
    size_t readable = 0;

    if (json_array_size(wanted) > 0 && call->subject->document == NULL) {
        status = sources_read(call, clause, kinds, arena, &sources, reterr);
    }
    if (status == STATUS_OK) {
        status = finder_new(wanted, call->subject->profile->model, near, &finder, reterr);
    }
    for (size_t i = 0; i < sources.count; i++) {
        readable += is_readable(&sources.all[i]) ? 1 : 0;
    }
    for (size_t i = 0; readable > 0 && i < finder_count(finder); i++) {
        if (!sources_find(&sources, finder, i, arena).finding.found) {
            probe_list_add_text(missing, finder_element(finder, i));
        }
    }
    if (status == STATUS_OK && json_array_size(wanted) > 0) {
        probe_fact_bool(call, "statement", readable > 0 && json_array_size(missing) == 0);
        if (readable > 0) {
            probe_fact_json(call, "statement_missing", json_incref(missing));
        }
    }
    json_decref(kinds);
    json_decref(missing);
    return status;
}

/* A reviewer's word is about the copies that this run has. */
static enum status review_of_sources(struct probe_call *call, const struct sources *sources,
                                     struct error *reterr)
{
    json_t *digests = json_array();
    enum status status;

    for (size_t i = 0; i < sources->count; i++) {
        probe_list_add(digests, text_of(sources->all[i].said, "sha256"));
    }
    status = review_facts(call, digests, reterr);
    json_decref(digests);
    return status;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(finder_done) struct finder *finder = NULL;
    const char *clause = probe_param_text(call, "clause");
    unsigned near = (unsigned) probe_param_int(call, "near");
    struct sources sources;

    if (call->subject->profile == NULL || (clause == NULL && call->subject->document == NULL)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "a profile names the documents: give --profile, and clause or --document");
    }
    TRY(finder_new(probe_param_list(call, "elements"), call->subject->profile->model, near, &finder,
                   reterr));
    TRY(sources_read(call, clause, probe_param_list(call, "kinds"), arena, &sources, reterr));
    if (call->subject->document != NULL && sources.count == 1) {
        publication_facts(call, &sources.all[0]);
    }
    if (documents_facts(call, &sources) > 0 || sources.count > 0) {
        elements_facts(call, &sources, finder, arena);
    }
    TRY(statement_facts(call, clause, near, arena, reterr));
    return review_of_sources(call, &sources, reterr);
}

static const struct param params[] = {
    { .name = "clause",
      .type = FACT_TEXT,
      .help = "Documents of the profile that are evidence for this clause are read together. "
              "Without it, or under `for_each: document`, the document in question." },
    { .name = "kinds",
      .type = FACT_TEXTS,
      .help = "Only documents of these kinds; any unless given.",
      .fallback = "[]" },
    { .name = "elements",
      .type = FACT_TEXTS,
      .help = "What to look for: \"id: part && part\"; several of one id are alternatives. A part "
              "is an extended regular expression, or <date>, <days>, <email>, <url>, <phone> or "
              "<model>.",
      .fallback = "[]" },
    { .name = "near",
      .type = FACT_INT,
      .help = "How many paragraphs behind the first part the others may stand, when that is in a "
              "heading or before a colon.",
      .fallback = "3",
      .minimum = 0,
      .maximum = 50 },
    { .name = "statement",
      .type = FACT_TEXTS,
      .help = "What a statement of compliance (kind psti-statement) for this clause has to say, "
              "written as elements are.",
      .fallback = "[]" },
    PARAM_END,
};

static const struct fact document_columns[] = {
    { .name = "document", .type = FACT_TEXT, .help = "Id of the document." },
    { .name = "kind", .type = FACT_TEXT, .help = "As the profile says; may be empty." },
    { .name = "from", .type = FACT_TEXT, .help = "url, file or none: where it was got." },
    { .name = "sha256", .type = FACT_TEXT, .help = "Of the copy; empty when there is none." },
    { .name = "url", .type = FACT_TEXT, .help = "Where it was found in the end; may be empty." },
    { .name = "format", .type = FACT_TEXT, .help = "html, pdf or text; empty: not readable." },
    { .name = "pages", .type = FACT_INT, .help = "Of a PDF; else 0." },
    { .name = "language", .type = FACT_TEXT, .help = "ja, en or empty, by its letters." },
    { .name = "whole", .type = FACT_BOOL, .help = "All of its text was within our bounds." },
    FACT_END,
};

static const struct fact element_columns[] = {
    { .name = "element", .type = FACT_TEXT, .help = "Id of the element." },
    { .name = "found", .type = FACT_BOOL, .help = "It was found." },
    { .name = "document", .type = FACT_TEXT, .help = "Where; empty when it was not found." },
    { .name = "page", .type = FACT_INT, .help = "From 1; 0 where there are no pages." },
    { .name = "line", .type = FACT_INT, .help = "In the page or the file, from 1." },
    { .name = "value",
      .type = FACT_TEXT,
      .help = "A date, YYYY-MM-DD, or calendar days, or empty." },
    { .name = "quote",
      .type = FACT_TEXT,
      .help = "What stands there, folded by NFKC, at most 160 characters." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "document_count", .type = FACT_INT, .help = "Documents that were looked at." },
    { .name = "readable", .type = FACT_INT, .help = "Those whose text could be read." },
    { .name = "unreadable", .type = FACT_TEXTS, .help = "Document and reason, for the others." },
    { .name = "documents",
      .type = FACT_ROWS,
      .columns = document_columns,
      .help = "What was looked at." },
    { .name = "reached",
      .type = FACT_BOOL,
      .help = "Of one document with a URL: a server answered there. false says as much of the "
              "network here as of the server." },
    { .name = "published",
      .type = FACT_BOOL,
      .help = "Of one document whose server answered: it gave the document, to a stranger." },
    { .name = "https",
      .type = FACT_BOOL,
      .help = "Of one document that was answered: over TLS, with a certificate that fits." },
    { .name = "elements",
      .type = FACT_ROWS,
      .columns = element_columns,
      .help = "What was looked for, and where it was found first. Left out without documents, as "
              "is what follows from it." },
    { .name = "found", .type = FACT_TEXTS, .help = "Ids of the elements that were found." },
    { .name = "missing",
      .type = FACT_TEXTS,
      .help = "Ids of those that were not: they may be said in other words, or in a picture." },
    { .name = "acknowledgement_days",
      .type = FACT_INT,
      .help = "Of the element acknowledgement: calendar days, rounded up." },
    { .name = "status_days",
      .type = FACT_INT,
      .help = "Of the element status-updates: calendar days, rounded up." },
    { .name = "support_end",
      .type = FACT_TEXT,
      .help = "Of the element support-end: the earliest that any document names, YYYY-MM-DD." },
    { .name = "support_ends", .type = FACT_TEXTS, .help = "All that are named." },
    { .name = "support_days_left",
      .type = FACT_INT,
      .help = "Days from the observation to support_end; below 0: it has passed." },
    { .name = "statement",
      .type = FACT_BOOL,
      .help = "A statement of compliance for this clause has all that `statement` asks for. Left "
              "out when nothing is asked." },
    { .name = "statement_missing",
      .type = FACT_TEXTS,
      .help = "What was not found in it; left out without a readable one." },
    REVIEW_FACTS,
    FACT_END,
};

const struct probe probe_document = {
    .decl = {
        .name = "document",
        .summary = { .ja = "文書を読み、求められる記載を探して引用する",
                     .en = "Reads documents of the profile, looks for what they have to say and quotes it" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 120000,
    },
    .run = run,
    .wants_papers = true,
};
