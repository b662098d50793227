/* suite_private.h - what the files share that load a suite. */
#pragma once

#include "model/suite_tables.h"

/* A suite.yaml or a part: problems name the file that they are in. */
struct loader_file {
    const struct part_raw *raw;
    struct problems *problems;
    unsigned level;
};

struct loader {
    struct decoder decoder; /* its problems: those of the file at hand */
    const struct problems *given;
    const struct catalogue *catalogue;
    struct suite *suite;
    struct loader_file *files; /* of the lowest level first */
    size_t file_count;
    unsigned level; /* of the file at hand */
};

/* Reads one check of the file at hand. */
void suite_load_check(struct loader *loader, const struct check_raw *raw, struct check *check);
