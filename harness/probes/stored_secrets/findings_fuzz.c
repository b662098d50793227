/* Any image through the walk and the search; no row holds the declared secret. */
#include "findings.h"

#include "base/clock.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *passwords[] = { "", "admin" };
    static struct image_report report;
    static struct findings findings;
    static struct crypt_data room;
    struct guesser guesser = {
        .passwords = passwords, .count = 2, .room = &room, .deadline_ms = INT64_MAX
    };
    const struct image_limits limits = {
        .total = 8 << 20, .part = 2 << 20, .count = 200, .deadline_ms = clock_monotonic_ms() + 2000
    };
    struct error error = { .status = STATUS_OK };
    struct veil *veil = veil_new();

    veil_add_as(veil, "a secret", "admin", "open-sesame-42");
    findings = (struct findings){ .veil = veil, .guesser = &guesser, .contains = "HC-100" };
    findings_start(&findings);
    if (image_walk("image", data, size, &limits, findings_search, &findings, &report, &error) !=
        STATUS_OK) {
        abort();
    }
    findings_done(&findings);
    veil_free(veil);
    return 0;
}
