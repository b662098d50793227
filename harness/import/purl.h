/* purl.h - package URLs, "pkg:type/namespace/name@version?qualifiers#subpath" (ECMA-427),
 * as far as telling packages apart needs. */
#pragma once

#include "import/report.h"

bool purl_is(const char *text);

/* Fills in name, version (percent-decoded; NULL when there is none) and purl. */
void purl_component(struct import_report *report, const char *purl, struct component *component);

/* Same type, namespace and name; qualifiers and subpaths are not looked at. */
bool purl_same_package(const char *a, const char *b);

/* False only when both name a version, and not the same one. A Debian epoch is a qualifier,
 * so versions of package URLs compare with each other alone. */
bool purl_versions_agree(const char *a, const char *b);

/* %XX undone, into room; cut at size - 1. */
void purl_decode(const char *text, size_t length, char *room, size_t size);
