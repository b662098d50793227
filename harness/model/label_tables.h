/* label_tables.h - a label file as it is written. */
#pragma once

#include "model/decode.h"
#include "model/label.h"

struct summary_raw {
    struct record_head head;
    struct label_summary summary;
    struct marked_text colour;
};

struct label_raw {
    struct record_head head;
    const char *format;
    struct label label;
    struct summary_raw *summaries;
    size_t summary_count;
};

extern const struct record label_record;

/* Every problem to `problems`. */
enum status label_decode(const struct source_file *source, struct problems *problems,
                         struct arena *arena, struct label **ret_label,
                         struct error *reterr) MUST_CHECK;
