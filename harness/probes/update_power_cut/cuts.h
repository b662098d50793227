/* cuts.h - what came of each loss of power. */
#pragma once

#include "control/update_trial.h"

enum { CUTS_MAX = 50 };

enum cut_outcome { CUT_OLD, CUT_NEW, CUT_OTHER, CUT_SILENT };

struct cut {
    int64_t at_ms; /* after the upload began */
    bool gone;     /* the device was seen to be off */
    enum lever_word answer;
    struct trial_look look;
    enum cut_outcome outcome;
    const char *login; /* NULL: not tried */
};

extern const struct fact cuts_columns[];

enum cut_outcome cuts_outcome(const struct trial *trial, const struct trial_look *look);

void cuts_report(struct probe_call *call, const struct cut *cuts, size_t count);
