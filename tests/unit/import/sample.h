/* sample.h - fixtures of this folder, read. */
#pragma once

#include "import/load.h"
#include "import/read.h"
#include "import/vex.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* The status of reading; *ret_report may be NULL then. */
__attribute__((unused)) static enum status sample_try(struct arena *arena, const char *name,
                                                      struct import_report **ret_report,
                                                      struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(IMPORT_FILE_MAX);
    char path[512];

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    cr_assert_eq(import_load(path, &content, reterr), STATUS_OK, "%s: %s", path, reterr->message);
    return import_read(content.data, content.length, arena, ret_report, reterr);
}

__attribute__((unused)) static struct import_report *sample(struct arena *arena, const char *name)
{
    struct import_report *report = NULL;
    struct error error = { 0 };

    cr_assert_eq(sample_try(arena, name, &report, &error), STATUS_OK, "%s: %s", name,
                 error.message);
    return report;
}

__attribute__((unused)) static const struct finding *finding_of(const struct import_report *report,
                                                                const char *id)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        if (strcmp(report->findings[i].id, id) == 0) {
            return &report->findings[i];
        }
    }
    cr_assert_fail("there is no finding %s", id);
    return NULL;
}

__attribute__((unused)) static enum status text_try(struct arena *arena, const char *text,
                                                    struct import_report **ret_report,
                                                    struct error *reterr)
{
    return import_read(text, strlen(text), arena, ret_report, reterr);
}
