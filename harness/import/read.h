/* read.h - one file of a scanner, a bill of materials or a VEX document, by its content.
 *
 * Known: nmap XML, OpenVAS/GVM XML reports, Nuclei JSON lines or array, Trivy JSON
 * (SchemaVersion 2), Grype JSON, CycloneDX JSON 1.4 to 1.7, OpenVEX JSON. Any bytes are taken. */
#pragma once

#include "import/report.h"

/* Does it begin like XML or JSON? Anything else is some other kind of document. An empty
 * file counts: it is what a scanner leaves that found nothing or never ran. */
bool import_looks_like_report(const void *data, size_t length);

/* *ret_report lives in arena. BAD_INPUT: broken, or of no known kind; LIMIT: too much. */
enum status import_read(const void *data, size_t length, struct arena *arena,
                        struct import_report **ret_report, struct error *reterr) MUST_CHECK;
