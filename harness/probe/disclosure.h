/* disclosure.h - what a device says of itself to anybody: banners, names, versions.  Each text is
 * searched for what the profile declares as secret or as one unit's own; a text that holds
 * such a thing is left out of the record, and the thing is named by its label. */
#pragma once

#include "probe/probe.h"

#include <jansson.h>
#include <stdint.h>

struct disclosure {
    const struct profile *profile; /* NULL by hand */
    json_t *rows;                  /* {"port", "kind", "text"}; owned */
    json_t *found;                 /* labels, each once; owned */
};

struct disclosure disclosure_start(const struct profile *profile);
void disclosure_done(struct disclosure *disclosure);

/* kind: "banner", "http server", ...; an empty text discloses nothing. */
enum status disclosure_add(struct disclosure *disclosure, uint16_t port, const char *kind,
                           const char *text, struct error *reterr) MUST_CHECK;

extern const struct fact disclosure_columns[];

/* Rows of a fact table, for disclosure_report. */
#define DISCLOSURE_FACTS                                                                           \
    { .name = "disclosed",                                                                         \
      .type = FACT_ROWS,                                                                           \
      .help = "What the services say of themselves to anybody.",                                   \
      .columns = disclosure_columns },                                                             \
    {                                                                                              \
        .name = "disclosed_declared", .type = FACT_TEXTS,                                          \
        .help = "What of that the profile declares as a secret or as one unit's own: serial "      \
                "numbers, hardware addresses, passwords; by label. Left out without a profile."    \
    }

void disclosure_report(struct probe_call *call, const struct disclosure *disclosure);
