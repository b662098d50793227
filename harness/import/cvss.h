/* cvss.h - the gravity of a finding from its CVSS scores.
 *
 * CVSS v3.0, v3.1 and v4.0 have a scale of their own (specification v3.1 section 5, v4.0
 * section 6): 0.1 low, 4.0 medium, 7.0 high, 9.0 critical. v2 has none; the national
 * vulnerability database's is used: low, 4.0 medium, 7.0 high. */
#pragma once

#include "import/report.h"

/* The version that a vector names: 4, 3, 2 (no prefix, "Au:"), or 0. */
int cvss_version(const char *vector);

/* SEVERITY_UNKNOWN outside 0 to 10. version 0 is taken for 3. */
enum severity cvss_severity(double score, int version);

/* The scores that were given for one finding, the gravest kept. Starts zeroed. */
struct cvss_choice {
    bool given;
    int version;
    double score;
    const char *vector; /* not copied */
};

/* A v2 score counts only while there is no newer one: it knows no "critical". */
void cvss_offer(struct cvss_choice *choice, int version, double score, const char *vector);

/* Fills in severity, score and vector. The graver of score and the tool's own word: a
 * score of one source must not hide what another one warns of. */
void cvss_settle(struct import_report *report, struct finding *finding,
                 const struct cvss_choice *choice, const char *word);
