#include "cli/run_progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/columns.h"

enum { DRAW_EVERY_MS = 100, COLUMNS_DEFAULT = 80 };

bool progress_style_from_word(const char *word, enum progress_style *ret_style)
{
    static const struct {
        const char *word;
        enum progress_style style;
    } words[] = { { "none", PROGRESS_NONE },
                  { "plain", PROGRESS_PLAIN },
                  { "json", PROGRESS_JSON } };
    const char *term = getenv("TERM");

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_equal(word, words[i].word)) {
            *ret_style = words[i].style;
            return true;
        }
    }
    if (!text_equal(word, "auto")) {
        return false;
    }
    *ret_style = isatty(STDERR_FILENO) && term != NULL && !text_equal(term, "dumb")
                     ? PROGRESS_LIVE
                     : PROGRESS_PLAIN;
    return true;
}

static size_t terminal_columns(void)
{
    struct winsize size = { 0 };

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return COLUMNS_DEFAULT;
}

static void draw_live(struct run_progress *progress, const struct run_event *event)
{
    DEFER(bytes_done) struct bytes line = bytes_bounded(4096);
    int64_t now_ms = clock_monotonic_ms();
    char text[512];
    char share[64] = "";
    char waits[64] = "";

    if (event->kind == RUN_CHECK_PROGRESS && event->waiting_s == 0 &&
        now_ms - progress->drawn_ms < DRAW_EVERY_MS) {
        return;
    }
    progress->drawn_ms = now_ms;
    progress->drawn = true;
    if (event->total > 0) {
        (void) snprintf(share, sizeof share, "  %u/%u", event->done, event->total);
    }
    if (event->waiting_s > 0) {
        (void) snprintf(waits, sizeof waits,
                        progress->language == LANGUAGE_JA ? "  ロックの終わりを%u秒待つ"
                                                          : "  waits %u s for a lock-out to end",
                        event->waiting_s);
    }
    (void) snprintf(text, sizeof text, "[%zu/%zu] %lld s  %s%s%s", event->judged, event->planned,
                    (long long) (now_ms - progress->started_ms) / 1000, event->item->id, share,
                    waits);
    if (columns_put(&line, text, terminal_columns() - 1, false, NULL) == STATUS_OK) {
        (void) fprintf(stderr, "\r\x1b[K%.*s", (int) line.length, (const char *) line.data);
        (void) fflush(stderr);
    }
}

static void print_plain(const struct run_progress *progress, const struct run_event *event)
{
    if (event->kind == RUN_CHECK_JUDGED) {
        (void) fprintf(stderr, "[%zu/%zu] %-10s %s: %s\n", event->judged, event->planned,
                       verdict_word(event->outcome->judgement.verdict), event->item->id,
                       words_in(&event->outcome->judgement.reason, progress->language));
    }
}

static void print_json(const struct run_event *event)
{
    static const char *const kinds[] = { [RUN_CHECK_STARTED] = "started",
                                         [RUN_CHECK_PROGRESS] = "progress",
                                         [RUN_CHECK_JUDGED] = "judged",
                                         [RUN_ASKING] = "asking",
                                         [RUN_ASKED] = "asked" };
    json_t *line =
        json_pack("{s:s, s:s, s:I, s:I}", "event", kinds[event->kind], "check", event->item->id,
                  "judged", (json_int_t) event->judged, "planned", (json_int_t) event->planned);
    char *text;

    if (event->kind == RUN_CHECK_PROGRESS) {
        (void) json_object_set_new(line, "done", json_integer(event->done));
        (void) json_object_set_new(line, "total", json_integer(event->total));
        if (event->waiting_s > 0) {
            (void) json_object_set_new(line, "waiting_s", json_integer(event->waiting_s));
        }
    } else if (event->kind == RUN_CHECK_JUDGED) {
        (void) json_object_set_new(line, "verdict",
                                   json_string(verdict_word(event->outcome->judgement.verdict)));
    }
    text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
    (void) fprintf(stderr, "%s\n", text == NULL ? "{}" : text);
    free(text);
    json_decref(line);
}

void run_progress_watch(void *context, const struct run_event *event)
{
    struct run_progress *progress = context;

    if (event->kind == RUN_ASKING) {
        run_progress_end(progress);
        progress->asking++;
    } else if (event->kind == RUN_ASKED && progress->asking > 0) {
        progress->asking--;
    }
    switch (progress->style) {
    case PROGRESS_LIVE:
        if (progress->asking == 0) {
            draw_live(progress, event);
        }
        break;
    case PROGRESS_PLAIN:
        print_plain(progress, event);
        break;
    case PROGRESS_JSON:
        print_json(event);
        break;
    case PROGRESS_NONE:
        break;
    }
}

void run_progress_end(struct run_progress *progress)
{
    if (progress->drawn) {
        (void) fprintf(stderr, "\r\x1b[K");
        (void) fflush(stderr);
        progress->drawn = false;
    }
}
