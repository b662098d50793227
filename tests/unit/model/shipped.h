/* shipped.h - the suite that is shipped, for the tests that ask it something. */
#pragma once

#include "model/suite.h"
#include "probe/registry.h"

#include <criterion/criterion.h>

#define TREE FIXTURES "../../../../"

static inline struct suite *shipped_star1(struct arena *arena)
{
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(suite_load(TREE "testsuites/jc-star/star1/suite.yaml", probe_catalogue(), arena,
                            &suite, &error),
                 STATUS_OK, "%s", error.message);
    return suite;
}
