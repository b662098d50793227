/* run_progress.h - a run as it goes, on stderr: one live line on a terminal, plain
 * lines elsewhere, JSON lines for programs, or nothing. */
#pragma once

#include "base/text.h"
#include "engine/run.h"

enum progress_style { PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_LIVE, PROGRESS_JSON };

struct run_progress {
    enum progress_style style;
    enum language language;
    int64_t started_ms;
    int64_t drawn_ms;
    unsigned asking; /* questions to a person that stand on the terminal */
    bool drawn;      /* a live line stands on the terminal */
};

/* "auto", "plain", "json", "none"; auto is live on a terminal. */
bool progress_style_from_word(const char *word, enum progress_style *ret_style);

/* For struct run_setup.watch; context is a struct run_progress. */
void run_progress_watch(void *context, const struct run_event *event);

/* Clears the live line. */
void run_progress_end(struct run_progress *progress);
