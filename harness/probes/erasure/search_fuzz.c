#include "erasure.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An answer of a device that was erased, or says so. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char marker[] = "hoshitori-k3v9x0q2mz";
    DEFER(http_answer_done)
    struct http_answer answer = { .event = HTTP_ANSWERED,
                                  .status = 200,
                                  .body = bytes_bounded(1 << 20),
                                  .headers = json_object() };
    static struct erasure erasure;
    struct plant *plant = &erasure.plants[0];
    bool there;

    if (bytes_append(&answer.body, data, size, NULL) != STATUS_OK) {
        return 0;
    }
    erasure.plant_count = 1;
    *plant = (struct plant){ .id = "account", .planted = true, .state = PLANT_UNREAD };
    memcpy(plant->marker, marker, sizeof marker);
    there = size > 0 && memmem(data, size, marker, strlen(marker)) != NULL;
    search_look_through(&erasure, &answer, "accounts");
    if ((plant->state == PLANT_FOUND) != there) {
        abort();
    }
    (void) search_settles(&answer, "/api/accounts");
    return 0;
}
