/* standing.h - what a profile says of a thing that a stranger found open. */
#pragma once

#include "probe/probe.h"

enum standing {
    STANDING_GUARDED, /* behind a declared mechanism */
    STANDING_PUBLIC,  /* declared public */
    STANDING_UNDECLARED
};

enum { STANDINGS = STANDING_UNDECLARED + 1 };

/* Rows of a fact table that follow the list of all that is open. */
#define STANDING_FACTS                                                                             \
    { .name = "guarded_open",                                                                      \
      .type = FACT_TEXTS,                                                                          \
      .help = "Those among them which the profile declares to be behind a mechanism." },           \
        { .name = "public_open",                                                                   \
          .type = FACT_TEXTS,                                                                      \
          .help = "Those among them which the profile declares public." },                         \
    {                                                                                              \
        .name = "undeclared_open", .type = FACT_TEXTS,                                             \
        .help = "Those among them which the profile does not declare."                             \
    }

/* open: a list of each standing; they stay the caller's. */
void standing_report(struct probe_call *call, json_t *const open[STANDINGS]);
