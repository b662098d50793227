/* vex.h - which findings a maker's own statements cover.
 *
 * A statement covers a finding when it names the vulnerability (or the tool's own id for
 * it) and the component, and says not affected, false positive or resolved with a
 * justification. One that admits the vulnerability, or is still looking into it, outweighs
 * all that cover it. What a statement's target cannot be traced to covers nothing. */
#pragma once

#include "import/report.h"

/* What the device is, as its profile has it; members may be NULL. A statement about
 * another version of the product says nothing. */
struct vex_product {
    const char *model;
    const char *const *versions;
    size_t version_count;
};

/* Resolves references between the reports (BOM-Link "urn:cdx:serial/version#ref" too) and
 * fills in `covered` and `justification` of every finding. Also gives findings of a bill
 * of materials the name of their component. */
void vex_apply(struct import_report *const *reports, size_t count,
               const struct vex_product *product);
