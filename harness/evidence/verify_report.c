#include "evidence/verify_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 1000 };

struct check_facts {
    const char *code;
    bool needed;
    struct words asks;
};

static const struct check_facts facts[VERIFY_CHECK_COUNT] = {
#define X(name, code_, needed_, ja_, en_)                                                          \
    [VERIFY_CHECK_##name] = { code_, needed_, { .ja = ja_, .en = en_ } },
    VERIFY_CHECKS(X)
#undef X
};

struct finding_facts {
    const char *word;
    struct words says;
};

static const struct finding_facts findings[] = {
    [FINDING_SKIPPED] = { "skipped", { .ja = "確認していない", .en = "not examined" } },
    [FINDING_OK] = { "ok", { .ja = "良い", .en = "good" } },
    [FINDING_POLICY] = { "policy",
                         { .ja = "受け入れ条件を満たさない", .en = "not acceptable to you" } },
    [FINDING_UNSUPPORTED] = { "unsupported",
                              { .ja = "この版では判断できない",
                                .en = "not understood by this version" } },
    [FINDING_FAIL] = { "fail", { .ja = "改変または破損", .en = "tampered with or malformed" } },
};

void verify_report_open(struct verify_report *report)
{
    *report = (struct verify_report){ .notes = json_array() };
}

void verify_report_done(struct verify_report *report)
{
    json_decref(report->notes);
    report->notes = NULL;
}

void verify_say(struct verify_report *report, enum verify_check check, enum finding finding,
                const char *format, ...)
{
    struct verify_finding *kept = &report->findings[check];
    va_list args;

    if (finding <= kept->finding) {
        return;
    }
    kept->finding = finding;
    va_start(args, format);
    (void) vsnprintf(kept->detail, sizeof kept->detail, format, args);
    va_end(args);
}

void verify_good(struct verify_report *report, enum verify_check check)
{
    verify_say(report, check, FINDING_OK, "%s", "");
}

/* What a stranger wrote may not make the report as long as it likes. */
static bool is_room_for_note(struct verify_report *report)
{
    const size_t count = json_array_size(report->notes);

    if (count == NOTES_MAX &&
        json_array_append_new(report->notes, json_pack("{s:s, s:s}", "code", "report.notes", "text",
                                                       "there are more, left out here")) != 0) {
        abort();
    }
    return count < NOTES_MAX;
}

void verify_note(struct verify_report *report, const char *code, const char *text)
{
    if (!is_room_for_note(report)) {
        return;
    }
    /* Text that came from the bundle and is cut in the middle of a character is left out. */
    json_t *words = json_string(text);
    json_t *note =
        json_pack("{s:s, s:o}", "code", code, "text", words != NULL ? words : json_string(""));

    if (note == NULL || json_array_append_new(report->notes, note) != 0) {
        abort();
    }
}

bool verify_finding_of(enum status status, enum finding *ret_finding)
{
    switch (status) {
    case STATUS_OK:
        *ret_finding = FINDING_OK;
        return true;
    case STATUS_BAD_INPUT:
    case STATUS_LIMIT:
        *ret_finding = FINDING_FAIL;
        return true;
    case STATUS_UNSUPPORTED:
        *ret_finding = FINDING_UNSUPPORTED;
        return true;
    default:
        return false;
    }
}

enum finding verify_settle(struct verify_report *report)
{
    enum finding worst = FINDING_OK;

    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++) {
        worst = report->findings[i].finding > worst ? report->findings[i].finding : worst;
    }
    for (size_t i = 0; worst == FINDING_OK && i < VERIFY_CHECK_COUNT; i++) {
        if (facts[i].needed && report->findings[i].finding != FINDING_OK) {
            verify_say(report, (enum verify_check) i, FINDING_FAIL,
                       "verify.incomplete: this check was not made");
            worst = FINDING_FAIL;
        }
    }
    return worst;
}

const char *verify_check_code(enum verify_check check)
{
    return facts[check].code;
}

const char *verify_finding_word(enum finding finding)
{
    return findings[finding].word;
}

/* A detail may have been cut in the middle of a character. */
static json_t *detail_json(const char *detail)
{
    size_t length = strlen(detail);

    while (length > 0 && !text_is_utf8(detail, length)) {
        length--;
    }
    return json_stringn(detail, length);
}

json_t *verify_checks_json(const struct verify_report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++) {
        const struct verify_finding *kept = &report->findings[i];
        const struct finding_facts *said = &findings[kept->finding];
        json_t *item = json_pack(
            "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:o}", "code", facts[i].code, "outcome",
            said->word, "asks", "ja", facts[i].asks.ja, "en", facts[i].asks.en, "words", "ja",
            said->says.ja, "en", said->says.en, "detail", detail_json(kept->detail));

        if (item == NULL || json_array_append_new(list, item) != 0) {
            abort();
        }
    }
    return list;
}
