/* summary.h - what a set of scanner reports, bills of materials and VEX documents says of
 * one device, as facts. No I/O: files come in read. */
#pragma once

#include "import/report.h"
#include "import/vex.h"

#include <jansson.h>

/* More are counted, and not listed: the record of one check is bounded. */
enum { SUMMARY_ROWS_MAX = 4000, SUMMARY_IDS_MAX = 5000 };

/* One file that the profile names. */
struct source {
    const char *file;             /* its name without folders */
    const char *sha256;           /* or NULL: not read */
    struct import_report *report; /* NULL: `reason` says why not */
    const char *reason;
    bool is_other; /* some other kind of document: for people, not for us */
};

/* By what reports may know the device, and what is grave. */
struct device_names {
    const char *const *hosts; /* addresses and names */
    size_t host_count;
    struct vex_product product;
    enum severity grave; /* the least severity listed as uncovered_grave */
};

/* Applies the VEX statements and sets every fact in `facts`. */
void summary_facts(const struct source *sources, size_t count, const struct device_names *device,
                   json_t *facts);
