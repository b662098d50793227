#include "import/cvss.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int cvss_version(const char *vector)
{
    if (vector == NULL) {
        return 0;
    }
    if (text_starts_with(vector, "CVSS:4")) {
        return 4;
    }
    if (text_starts_with(vector, "CVSS:3")) {
        return 3;
    }
    return strstr(vector, "Au:") != NULL ? 2 : 0;
}

enum severity cvss_severity(double score, int version)
{
    if (!isfinite(score) || score < 0.0 || score > 10.0) {
        return SEVERITY_UNKNOWN;
    }
    if (score >= 9.0 && version != 2) {
        return SEVERITY_CRITICAL;
    }
    if (score >= 7.0) {
        return SEVERITY_HIGH;
    }
    if (score >= 4.0) {
        return SEVERITY_MEDIUM;
    }
    return score > 0.0 ? SEVERITY_LOW : SEVERITY_INFO;
}

void cvss_offer(struct cvss_choice *choice, int version, double score, const char *vector)
{
    bool older = version == 2;
    bool had_older = choice->given && choice->version == 2;

    if (cvss_severity(score, version) == SEVERITY_UNKNOWN) {
        return;
    }
    if (!choice->given || (had_older && !older) || (had_older == older && score > choice->score)) {
        *choice = (struct cvss_choice){
            .given = true, .version = version, .score = score, .vector = vector
        };
    }
}

void cvss_settle(struct import_report *report, struct finding *finding,
                 const struct cvss_choice *choice, const char *word)
{
    finding->severity = severity_from_word(word);
    if (choice->given) {
        finding->severity =
            severity_worse(finding->severity, cvss_severity(choice->score, choice->version));
        finding->score = arena_format(report->arena, "%.1f", choice->score);
        finding->vector = import_text(report, choice->vector);
    }
}
