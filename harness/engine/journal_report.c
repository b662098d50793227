#include "engine/journal_report.h"

#include "base/clock.h"
#include "base/text.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct reading {
    json_t *report;
    json_t *checks; /* id to its row, which the report lists */
    json_t *transcripts;
    json_int_t interruptions;
    json_int_t sealings;
    char last[CLOCK_TEXT_SIZE];
};

/* The log may not be ours, and what it says reaches a terminal. */
static json_t *printable(const char *text)
{
    char room[256] = "";

    if (text != NULL) {
        text_printable(text, strlen(text), room, sizeof room);
    }
    return json_string(room);
}

static json_t *row_of(struct reading *reading, const char *id)
{
    json_t *row = json_object_get(reading->checks, id);

    if (row == NULL) {
        row = json_made(json_pack("{s:s, s:i, s:s}", "id", id, "attempts", 0, "state", "begun"));
        json_put(reading->checks, id, row);
        json_append(json_object_get(reading->report, "checks"), json_incref(row));
    }
    return row;
}

static void read_check(struct reading *reading, const struct evlog_event *event)
{
    json_t *row = row_of(reading, event->check);

    if (text_equal(event->kind, "check-started")) {
        json_put(row, "attempts",
                 json_integer(json_integer_value(json_object_get(row, "attempts")) + 1));
        json_put(row, "state", json_string("begun"));
    } else if (text_equal(event->kind, "ended")) {
        json_put(row, "state", json_string("ended"));
    } else if (text_equal(event->kind, "verdict")) {
        const char *word = json_string_value(json_object_get(event->data, "verdict"));

        json_put(row, "state", json_string("judged"));
        json_put(row, "verdict", printable(word));
    } else if (text_equal(event->kind, "restore")) {
        json_put(row, "restored",
                 json_boolean(json_is_true(json_object_get(event->data, "restored"))));
    } else if (text_equal(event->kind, "transcript")) {
        json_append(reading->transcripts, json_incref((json_t *) event->data));
    }
}

static enum status read_event(void *context, const struct evlog_event *event, struct error *reterr)
{
    struct reading *reading = context;

    (void) reterr;
    (void) snprintf(reading->last, sizeof reading->last, "%s", event->time);
    if (event->check != NULL) {
        read_check(reading, event);
    } else if (text_equal(event->kind, "run-opened")) {
        const char *run = json_string_value(json_object_get(event->data, "run"));

        json_put(reading->report, "run", printable(run));
        json_put(reading->report, "started", json_string(event->time));
    }
    reading->interruptions += text_equal(event->kind, "run-resumed") ? 1 : 0;
    reading->sealings += text_equal(event->kind, "run-closed") ? 1 : 0;
    return STATUS_OK;
}

/* Only names that a run gives: the log may not be ours. */
static const char *transcript_state(const char *folder, const char *name, const char *sha256)
{
    char path[PATH_MAX];
    char hex[DIGEST_HEX_SIZE];
    struct digest digest;

    if (name == NULL || !text_starts_with(name, "wire/") || strstr(name, "..") != NULL ||
        (size_t) snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
        return "missing";
    }
    if (digest_of_file(path, &digest, NULL, NULL) != STATUS_OK) {
        return "missing";
    }
    digest_to_hex(&digest, hex);
    return text_equal(hex, sha256) ? "as recorded" : "changed";
}

static bool look_at_transcripts(const char *folder, const struct reading *reading)
{
    json_t *list = json_made(json_array());
    const json_t *said;
    bool good = true;
    size_t i;

    json_array_foreach(reading->transcripts, i, said)
    {
        const char *name = json_string_value(json_object_get(said, "path"));
        const char *state =
            transcript_state(folder, name, json_string_value(json_object_get(said, "sha256")));

        json_append(list, json_pack("{s:o, s:s}", "path", printable(name), "state", state));
        good = good && text_equal(state, "as recorded");
    }
    json_put(reading->report, "transcripts", list);
    return good;
}

enum status journal_report(const char *folder, json_t **ret_report, struct error *reterr)
{
    DEFER(json_strict_done)
    json_t *report = json_made(json_pack("{s:s, s:[]}", "journal", folder, "checks"));
    DEFER(json_strict_done) json_t *checks = json_made(json_object());
    DEFER(json_strict_done) json_t *transcripts = json_made(json_array());
    struct reading reading = { .report = report, .checks = checks, .transcripts = transcripts };
    struct evlog_summary summary = { 0 };
    struct error fault = { 0 };
    char log[PATH_MAX];
    uint64_t torn = 0;
    bool whole;

    if ((size_t) snprintf(log, sizeof log, "%s/" JOURNAL_LOG, folder) >= sizeof log ||
        access(log, R_OK) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no run", folder);
    }
    whole = journal_visit(folder, read_event, &reading, &summary, &torn, &fault) == STATUS_OK;
    json_put(report, "events", json_integer((json_int_t) summary.count));
    json_put(report, "head", json_digest(&summary.head));
    json_put(report, "root", json_digest(&summary.root));
    json_put(report, "chain", json_string(whole ? "unbroken" : "broken"));
    if (!whole) {
        json_put(report, "fault", json_string(fault.message));
    }
    json_put(report, "torn_bytes", json_integer((json_int_t) torn));
    json_put(report, "last", json_string(reading.last));
    json_put(report, "interruptions", json_integer(reading.interruptions));
    json_put(report, "sealings", json_integer(reading.sealings));
    whole = look_at_transcripts(folder, &reading) && whole;
    json_put(report, "whole", json_boolean(whole));
    *ret_report = report;
    report = NULL;
    return STATUS_OK;
}
