/* Any bytes as a document, whole: decoding, HTML and PDF, and every kind of thing looked for. */
#include "base/arena.h"
#include "reading/finder.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(finder_done) struct finder *finder = NULL;
    json_t *elements =
        json_pack("[s, s, s, s, s]", "a: <date> && <days>", "b: <email>", "c: <url> && <phone>",
                  "d: (contact|a.*b|窓口) && <model>", "e: ^$");
    struct reading *reading = NULL;

    if (finder_new(elements, "HC-100", 3, &finder, NULL) != STATUS_OK) {
        abort();
    }
    if (reading_of(data, size, NULL, arena, &reading, NULL) == STATUS_OK) {
        for (size_t i = 0; i < finder_count(finder); i++) {
            struct finding finding;
            char dates[4][VALUE_DATE_SIZE];

            finder_look(finder, reading, i, arena, &finding);
            if (finder_dates(finder, reading, i, dates, 4) > 4) {
                abort();
            }
        }
    }
    json_decref(elements);
    return 0;
}
