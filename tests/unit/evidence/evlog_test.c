/* Log cases of the attack list (119 to 124), writing, resuming after a kill. */
#include "evidence/evlog.h"

#include "evidence/fault.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/hoshi-evlog-XXXXXX";
static char path[64];

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void) snprintf(path, sizeof path, "%s/events.jsonl", folder);
}

static void teardown(void)
{
    (void) unlink(path);
    (void) rmdir(folder);
}

/* One second and ten milliseconds a call. */
static void step_clock(void *context, int64_t *ret_wall_ms, int64_t *ret_monotonic_ms)
{
    int64_t *calls = context;

    ++*calls;
    *ret_wall_ms = 1763719200000 + *calls * 1000;
    *ret_monotonic_ms = *calls * 10;
}

static void must(enum status status, const struct error *error)
{
    cr_assert_eq(status, STATUS_OK, "%s", error->message);
}

static struct bytes slurp(const char *from)
{
    struct bytes out = bytes_bounded(1 << 22);
    FILE *file = fopen(from, "rbe");
    uint8_t *room;
    size_t got;

    cr_assert_not_null(file, "%s", from);
    do {
        cr_assert_eq(bytes_reserve(&out, 1 << 16, &room, NULL), STATUS_OK);
        got = fread(room, 1, 1 << 16, file);
        bytes_commit(&out, got);
    } while (got > 0);
    (void) fclose(file);
    return out;
}

static void spill(const void *data, size_t length, const char *flags)
{
    FILE *file = fopen(path, flags);

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

/* The four events of fixtures/events.jsonl. */
static void append_four(struct evlog *log, size_t first, size_t last)
{
    static const struct {
        const char *kind;
        const char *check;
        const char *data;
    } rows[] = { { "run.start", NULL, "{\"suite\":\"jc-star-star1\"}" },
                 { "check.start", "S1.1-01/a", NULL },
                 { "check.end", "S1.1-01/a", "{\"verdict\":\"pass\",\"facts\":[1,2,3]}" },
                 { "run.end", NULL, "{\"note\":\"\xe7\xb5\x82\xe4\xba\x86\"}" } };

    for (size_t i = first; i < last; i++) {
        struct error error;
        json_t *data = rows[i].data == NULL ? NULL : json_loads(rows[i].data, 0, NULL);

        must(evlog_append(log, rows[i].kind, rows[i].check, data, &error), &error);
        json_decref(data);
    }
}

static void expect_n(const void *data, size_t length, const char *code)
{
    struct evlog_summary summary;
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";
    enum status status = evlog_verify(data, length, NULL, NULL, &summary, &error);

    if (status != STATUS_OK) {
        cr_assert(status == STATUS_BAD_INPUT || status == STATUS_LIMIT);
        fault_code(&error, found);
    }
    cr_assert_str_eq(found, code, "wanted '%s', got '%s'", code, error.message);
}

/* The fixture's lines, LF included. */
struct lines {
    struct bytes all;
    const uint8_t *at[5];
    size_t length[4];
};

static struct lines fixture(void)
{
    struct lines lines = { .all = slurp(FIXTURES "events.jsonl") };
    const uint8_t *at = lines.all.data;

    for (size_t i = 0; i < 4; i++) {
        const uint8_t *end = memchr(at, '\n', lines.all.length);

        lines.at[i] = at;
        lines.length[i] = (size_t) (end + 1 - at);
        at = end + 1;
    }
    return lines;
}

/* A log of these lines, "021" being the first, the third and the second. */
static void expect_lines(const char *order, const char *code)
{
    struct lines lines = fixture();
    DEFER(bytes_done) struct bytes text = bytes_bounded(1 << 16);

    for (const char *at = order; *at != '\0'; at++) {
        size_t i = (size_t) (*at - '0');

        cr_assert_eq(bytes_append(&text, lines.at[i], lines.length[i], NULL), STATUS_OK);
    }
    expect_n(text.data, text.length, code);
    bytes_done(&lines.all);
}

/* The same log with one piece of text replaced wherever it first stands. */
static void expect_replaced(const char *from, const char *to, const char *code)
{
    struct lines lines = fixture();
    DEFER(bytes_done) struct bytes text = bytes_bounded(1 << 16);
    const uint8_t *at = memmem(lines.all.data, lines.all.length, from, strlen(from));
    size_t head = (size_t) (at - lines.all.data);

    cr_assert_not_null(at, "%s", from);
    cr_assert_eq(bytes_append(&text, lines.all.data, head, NULL), STATUS_OK);
    cr_assert_eq(bytes_append_text(&text, to, NULL), STATUS_OK);
    cr_assert_eq(
        bytes_append(&text, at + strlen(from), lines.all.length - head - strlen(from), NULL),
        STATUS_OK);
    expect_n(text.data, text.length, code);
    bytes_done(&lines.all);
}

static enum status count_events(void *context, const struct evlog_event *event,
                                struct error *reterr)
{
    unsigned *count = context;

    (void) reterr;
    cr_assert_eq(event->seq, ++*count);
    cr_assert_eq(event->monotonic_ms, *count * 10);
    cr_assert_eq(event->wall_ms, 1763719200000 + *count * 1000);
    if (*count == 3) {
        cr_assert_str_eq(event->kind, "check.end");
        cr_assert_str_eq(event->check, "S1.1-01/a");
        cr_assert_str_eq(json_string_value(json_object_get(event->data, "verdict")), "pass");
    } else if (*count == 4) {
        cr_assert_null(event->check);
    }
    return STATUS_OK;
}

/* Head and root were computed by another program from the definition. */
Test(evlog, fixture_is_verified)
{
    DEFER(bytes_done) struct bytes text = slurp(FIXTURES "events.jsonl");
    struct evlog_summary summary;
    struct error error;
    char hex[DIGEST_HEX_SIZE];
    unsigned seen = 0;

    must(evlog_verify(text.data, text.length, count_events, &seen, &summary, &error), &error);
    cr_assert_eq(seen, 4);
    cr_assert_eq(summary.count, 4);
    cr_assert_eq(summary.backwards, 0);
    cr_assert_eq(summary.unknown_members, 0);
    digest_to_hex(&summary.head, hex);
    cr_assert_str_eq(hex, "56f740295b4618a43746b01e9aacff382bfb70e2f45c3e247c8f59f744a81802");
    digest_to_hex(&summary.root, hex);
    cr_assert_str_eq(hex, "4a0e8f53b111566e58eeb64a3fdac49e18d96b8d138d426aba3953cb2bc95446");
}

Test(evlog, written_log_is_the_fixture_byte_for_byte, .init = setup, .fini = teardown)
{
    DEFER(bytes_done) struct bytes wanted = slurp(FIXTURES "events.jsonl");
    DEFER(bytes_done) struct bytes found = bytes_bounded(1);
    int64_t calls = 0;
    const struct evlog_clock clock = { .now = step_clock, .context = &calls };
    DEFER(evlog_done) struct evlog *log = NULL;
    struct evlog_summary written;
    struct evlog_summary read;
    struct error error;
    struct stat facts;

    must(evlog_create(path, &log, &error), &error);
    evlog_clock_set(log, &clock);
    append_four(log, 0, 4);
    must(evlog_summary(log, &written, &error), &error);
    must(evlog_close(&log, &error), &error);
    cr_assert_null(log);
    found = slurp(path);
    cr_assert_eq(found.length, wanted.length, "%.*s", (int) found.length, found.data);
    cr_assert_arr_eq(found.data, wanted.data, found.length);
    must(evlog_verify(found.data, found.length, NULL, NULL, &read, &error), &error);
    cr_assert_eq(memcmp(&written, &read, sizeof read), 0);
    cr_assert_eq(stat(path, &facts), 0);
    cr_assert_eq(facts.st_mode & 0777, 0600);
}

Test(evlog, empty_log)
{
    struct evlog_summary summary;

    cr_assert_eq(evlog_verify("", 0, NULL, NULL, &summary, NULL), STATUS_OK);
    cr_assert_eq(summary.count, 0);
    cr_assert(digest_is_zero(&summary.head));
    cr_assert_not(digest_is_zero(&summary.root));
}

Test(evlog, case_119_deleted_inserted_reordered)
{
    expect_lines("0123", "");
    expect_lines("123", "log.seq");
    expect_lines("023", "log.seq");
    expect_lines("00123", "log.seq");
    expect_lines("0213", "log.seq");
    expect_replaced("\"verdict\":\"pass\"", "\"verdict\":\"fail\"", "log.chain");
    expect_replaced("\"suite\"", "\"suitf\"", "log.chain");
}

/* Cutting whole lines leaves a sound log: count, head and root tell. */
Test(evlog, case_119_cut_shows_in_the_summary)
{
    struct lines lines = fixture();
    struct evlog_summary whole;
    struct evlog_summary cut;

    cr_assert_eq(evlog_verify(lines.all.data, lines.all.length, NULL, NULL, &whole, NULL),
                 STATUS_OK);
    cr_assert_eq(
        evlog_verify(lines.all.data, lines.all.length - lines.length[3], NULL, NULL, &cut, NULL),
        STATUS_OK);
    cr_assert_eq(cut.count, 3);
    cr_assert_not(digest_equal(&whole.head, &cut.head));
    cr_assert_not(digest_equal(&whole.root, &cut.root));
    bytes_done(&lines.all);
}

Test(evlog, case_119_last_line_changed_shows_in_the_summary)
{
    struct lines lines = fixture();
    struct evlog_summary whole;
    struct evlog_summary changed;

    cr_assert_eq(evlog_verify(lines.all.data, lines.all.length, NULL, NULL, &whole, NULL),
                 STATUS_OK);
    lines.all.data[lines.all.length - 5] ^= 1; /* in t, before the Z */
    cr_assert_eq(evlog_verify(lines.all.data, lines.all.length, NULL, NULL, &changed, NULL),
                 STATUS_OK);
    cr_assert_not(digest_equal(&whole.head, &changed.head));
    cr_assert_not(digest_equal(&whole.root, &changed.root));
    bytes_done(&lines.all);
}

Test(evlog, case_123_crlf_and_missing_last_lf)
{
    struct lines lines = fixture();

    expect_n(lines.all.data, lines.all.length - 1, "log.torn");
    expect_n(lines.all.data, lines.all.length - 20, "log.torn");
    bytes_done(&lines.all);
    expect_replaced("\n", "\r\n", "log.cr");
    expect_replaced("\n", "\n\n", "log.line");
    expect_replaced("{", "\r{", "log.cr");
    expect_n("\n", 1, "log.line");
}

Test(evlog, case_124_clock_backwards_is_counted, .init = setup, .fini = teardown)
{
    int64_t calls = 5;
    const struct evlog_clock clock = { .now = step_clock, .context = &calls };
    DEFER(evlog_done) struct evlog *log = NULL;
    DEFER(bytes_done) struct bytes text = bytes_bounded(1);
    struct evlog_summary summary;
    struct error error;

    must(evlog_create(path, &log, &error), &error);
    evlog_clock_set(log, &clock);
    append_four(log, 0, 2);
    calls = 0;
    append_four(log, 2, 4);
    must(evlog_close(&log, &error), &error);
    text = slurp(path);
    must(evlog_verify(text.data, text.length, NULL, NULL, &summary, &error), &error);
    cr_assert_eq(summary.backwards, 1);
    cr_assert_eq(summary.first_backwards, 3);
}

Test(evlog, members_have_one_form)
{
    expect_replaced("\"seq\":1", "\"seq\":0", "log.seq");
    expect_replaced("\"seq\":1", "\"seq\":\"1\"", "log.seq");
    expect_replaced("\"seq\":1,", "", "log.seq");
    expect_replaced("\"prev\":\"0", "\"prev\":\"", "log.prev");
    expect_replaced("\"prev\":\"0", "\"prev\":\"1", "log.chain");
    expect_replaced("\"mono\":10", "\"mono\":-1", "log.mono");
    expect_replaced("\"mono\":10", "\"mono\":1.5", "log.line");
    expect_replaced("\"kind\":\"run.start\"", "\"kind\":\"\"", "log.kind");
    expect_replaced("\"kind\":\"run.start\"", "\"kind\":\"Run\"", "log.kind");
    expect_replaced("\"check\":null", "\"check\":\"\"", "log.check");
    expect_replaced("\"check\":null", "\"check\":\"a b\"", "log.check");
    expect_replaced("\"check\":null,", "", "log.check");
    expect_replaced("{\"suite\":\"jc-star-star1\"}", "[]", "log.data");
    expect_replaced("T10:", "T25:", "log.time");
    expect_replaced("\"kind\"", "\"kind\":\"a\",\"kind\"", "log.line");
}

Test(evlog, unknown_members_are_counted)
{
    const char *line =
        "{\"check\":null,\"colour\":1,\"data\":{},\"kind\":\"a\",\"mono\":0,\"prev\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\","
        "\"seq\":1,\"t\":\"2025-11-21T10:00:00Z\"}\n";
    struct evlog_summary summary;

    cr_assert_eq(evlog_verify(line, strlen(line), NULL, NULL, &summary, NULL), STATUS_OK);
    cr_assert_eq(summary.unknown_members, 1);
}

Test(evlog, line_without_end_is_bounded)
{
    size_t length = 2 * EVLOG_LINE_MAX;
    char *text = malloc(length);

    memset(text, ' ', length);
    expect_n(text, length, "log.line_long");
    free(text);
}

Test(evlog, any_piece_size_gives_the_same)
{
    DEFER(bytes_done) struct bytes text = slurp(FIXTURES "events.jsonl");
    struct evlog_summary whole;

    cr_assert_eq(evlog_verify(text.data, text.length, NULL, NULL, &whole, NULL), STATUS_OK);
    for (size_t step = 1; step < 300; step += 13) {
        DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(NULL, NULL);
        struct evlog_summary pieces;

        for (size_t done = 0; done < text.length; done += step) {
            size_t left = text.length - done;

            cr_assert_eq(
                evlog_verify_feed(verifier, text.data + done, left < step ? left : step, NULL),
                STATUS_OK);
        }
        cr_assert_eq(evlog_verify_close(verifier, &pieces, NULL), STATUS_OK);
        cr_assert_eq(memcmp(&whole, &pieces, sizeof whole), 0);
    }
}

static enum status stop_at_two(void *context, const struct evlog_event *event, struct error *reterr)
{
    (void) context;
    return event->seq == 2 ? fail(reterr, STATUS_INTERRUPTED, "enough") : STATUS_OK;
}

Test(evlog, visitor_can_stop_and_a_stopped_verifier_stays_stopped)
{
    DEFER(bytes_done) struct bytes text = slurp(FIXTURES "events.jsonl");
    DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(stop_at_two, NULL);
    struct evlog_summary summary;

    cr_assert_eq(evlog_verify_feed(verifier, text.data, text.length, NULL), STATUS_INTERRUPTED);
    cr_assert_neq(evlog_verify_feed(verifier, "", 0, NULL), STATUS_OK);
    cr_assert_neq(evlog_verify_close(verifier, &summary, NULL), STATUS_OK);
}

/* Cut at every byte: the torn tail goes, and the log goes on to what it would have been. */
Test(evlog, reopened_after_any_cut_ends_as_the_fixture, .init = setup, .fini = teardown)
{
    struct lines lines = fixture();
    size_t three = lines.all.length - lines.length[3];
    size_t two = three - lines.length[2];

    for (size_t cut = two; cut <= three; cut++) {
        DEFER(bytes_done) struct bytes found = bytes_bounded(1);
        size_t lines_left = cut == three ? 3 : 2;
        int64_t calls = (int64_t) lines_left;
        const struct evlog_clock clock = { .now = step_clock, .context = &calls };
        struct evlog *log = NULL;
        struct error error;
        uint64_t torn = 99;

        spill(lines.all.data, cut, "wbe");
        must(evlog_reopen(path, &log, &torn, &error), &error);
        cr_assert_eq(torn, cut == three ? 0 : cut - two);
        evlog_clock_set(log, &clock);
        append_four(log, lines_left, 4);
        must(evlog_close(&log, &error), &error);
        found = slurp(path);
        cr_assert_eq(found.length, lines.all.length);
        cr_assert_arr_eq(found.data, lines.all.data, found.length);
    }
    bytes_done(&lines.all);
}

Test(evlog, reopen_refuses_what_is_broken_elsewhere, .init = setup, .fini = teardown)
{
    struct lines lines = fixture();
    struct evlog *log = NULL;

    lines.all.data[40] ^= 1;
    spill(lines.all.data, lines.all.length, "wbe");
    cr_assert_eq(evlog_reopen(path, &log, NULL, NULL), STATUS_BAD_INPUT);
    cr_assert_null(log);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(evlog_reopen(path, &log, NULL, NULL), STATUS_IO);
    bytes_done(&lines.all);
}

Test(evlog, existing_file_is_not_overwritten, .init = setup, .fini = teardown)
{
    struct evlog *log = NULL;

    spill("x", 1, "wbe");
    cr_assert_eq(evlog_create(path, &log, NULL), STATUS_IO);
    cr_assert_null(log);
}

Test(evlog, one_writer_at_a_time, .init = setup, .fini = teardown)
{
    DEFER(evlog_done) struct evlog *first = NULL;
    struct evlog *second = NULL;
    struct error error;
    char code[FAULT_CODE_SIZE];

    must(evlog_create(path, &first, &error), &error);
    cr_assert_eq(evlog_reopen(path, &second, NULL, &error), STATUS_IO);
    fault_code(&error, code);
    cr_assert_str_eq(code, "log.busy");
    evlog_done(&first);
    must(evlog_reopen(path, &second, NULL, &error), &error);
    evlog_done(&second);
}

Test(evlog, what_no_log_can_hold_is_refused_and_harms_nothing, .init = setup, .fini = teardown)
{
    DEFER(evlog_done) struct evlog *log = NULL;
    DEFER(bytes_done) struct bytes text = bytes_bounded(1);
    struct evlog_summary summary;
    struct error error;
    char *large = calloc(1, EVLOG_LINE_MAX);
    json_t *data;

    must(evlog_create(path, &log, &error), &error);
    cr_assert_eq(evlog_append(log, "", NULL, NULL, NULL), STATUS_INTERNAL);
    cr_assert_eq(evlog_append(log, "Kind", NULL, NULL, NULL), STATUS_INTERNAL);
    cr_assert_eq(evlog_append(log, "kind", "a b", NULL, NULL), STATUS_INTERNAL);
    data = json_array();
    cr_assert_eq(evlog_append(log, "kind", NULL, data, NULL), STATUS_INTERNAL);
    json_decref(data);
    data = json_pack("{s:f}", "x", 1.5);
    cr_assert_eq(evlog_append(log, "kind", NULL, data, NULL), STATUS_BAD_INPUT);
    json_decref(data);
    memset(large, 'x', EVLOG_LINE_MAX - 1);
    data = json_pack("{s:s}", "x", large);
    cr_assert_eq(evlog_append(log, "kind", NULL, data, NULL), STATUS_LIMIT);
    json_decref(data);
    free(large);
    must(evlog_append(log, "kind", NULL, NULL, &error), &error);
    must(evlog_close(&log, &error), &error);
    text = slurp(path);
    must(evlog_verify(text.data, text.length, NULL, NULL, &summary, &error), &error);
    cr_assert_eq(summary.count, 1);
}

/* The limit on the file's size stands in for a full disk. */
Test(evlog, a_failed_write_is_not_forgotten, .init = setup, .fini = teardown)
{
    DEFER(evlog_done) struct evlog *log = NULL;
    struct rlimit kept;
    struct rlimit tight;
    struct error error;
    uint64_t torn = 0;

    must(evlog_create(path, &log, &error), &error);
    must(evlog_append(log, "first", NULL, NULL, &error), &error);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &kept), 0);
    (void) signal(SIGXFSZ, SIG_IGN);
    tight = kept;
    tight.rlim_cur = 200;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
    cr_assert_eq(evlog_append(log, "second", NULL, NULL, NULL), STATUS_IO);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &kept), 0);
    cr_assert_eq(evlog_append(log, "third", NULL, NULL, NULL), STATUS_IO);
    cr_assert_eq(evlog_close(&log, NULL), STATUS_IO);
    must(evlog_reopen(path, &log, &torn, &error), &error);
    cr_assert_gt(torn, 0);
    must(evlog_append(log, "second", NULL, NULL, &error), &error);
}

/* A writer that dies by SIGKILL leaves a log that proves what it had. */
Test(evlog, killed_writer_leaves_a_sound_log, .init = setup, .fini = teardown)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(1);
    struct evlog_summary summary;
    struct error error;
    int ready[2];
    char byte;
    pid_t child;

    cr_assert_eq(pipe(ready), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        struct evlog *log = NULL;

        if (evlog_create(path, &log, NULL) != STATUS_OK) {
            _exit(1);
        }
        for (int i = 0; i < 20; i++) {
            if (evlog_append(log, "tick", NULL, NULL, NULL) != STATUS_OK) {
                _exit(1);
            }
        }
        (void) !write(ready[1], "x", 1);
        for (;;) {
            if (evlog_append(log, "tick", NULL, NULL, NULL) != STATUS_OK) {
                _exit(1);
            }
        }
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    (void) kill(child, SIGKILL);
    (void) waitpid(child, NULL, 0);
    text = slurp(path);
    must(evlog_verify(text.data, text.length, NULL, NULL, &summary, &error), &error);
    cr_assert_geq(summary.count, 20);
}
