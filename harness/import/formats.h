/* formats.h - one reader a format, for import_read alone. Each fills a report whose kind
 * was recognised; a status other than OK leaves it unusable. */
#pragma once

#include "import/report.h"

#include <jansson.h>

enum status nmap_read(const char *data, size_t length, struct import_report *report,
                      struct error *reterr) MUST_CHECK;
enum status openvas_read(const char *data, size_t length, struct import_report *report,
                         struct error *reterr) MUST_CHECK;
enum status trivy_read(const json_t *root, struct import_report *report,
                       struct error *reterr) MUST_CHECK;
enum status grype_read(const json_t *root, struct import_report *report,
                       struct error *reterr) MUST_CHECK;
enum status cyclonedx_read(const json_t *root, struct import_report *report,
                           struct error *reterr) MUST_CHECK;
enum status openvex_read(const json_t *root, struct import_report *report,
                         struct error *reterr) MUST_CHECK;

/* One object of its output; called once a line, or once an element of an array. */
enum status nuclei_read(const json_t *object, struct import_report *report,
                        struct error *reterr) MUST_CHECK;
