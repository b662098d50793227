/* suites.h - the suites that are installed. */
#pragma once

#include "base/arena.h"
#include "model/suite.h"

enum { SUITES_MAX = 64 };

/* Paths of every testsuites/<scheme>/star<N>/suite.yaml, sorted. */
enum status suites_find(struct arena *arena, const char *paths[SUITES_MAX], size_t *ret_count,
                        struct error *reterr) MUST_CHECK;

/* A suite.yaml, or the folder that it lies in. */
enum status suites_open(const char *path, struct arena *arena, struct suite **ret_suite,
                        struct error *reterr) MUST_CHECK;

/* The first loaded suite that has a clause, a check or a policy of this id. */
enum status suites_with(const char *id, struct arena *arena, struct suite **ret_suite,
                        struct error *reterr) MUST_CHECK;
