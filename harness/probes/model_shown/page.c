#include "page.h"

#include "base/text.h"
#include "reading/finder.h"

#include <stdlib.h>

struct page page_read(const void *data, size_t length, const char *content_type, const char *model,
                      struct arena *arena)
{
    DEFER(finder_done) struct finder *finder = NULL;
    struct page page = { .quote = "" };
    struct finding finding = { .found = false };
    struct reading *reading = NULL;
    json_t *elements = json_pack("[s]", "model: <model>");

    if (elements == NULL || finder_new(elements, model, 0, &finder, NULL) != STATUS_OK) {
        abort();
    }
    json_decref(elements);
    if (reading_of(data, length, content_type, arena, &reading, NULL) != STATUS_OK ||
        reading->count == 0) {
        return page;
    }
    finder_look(finder, reading, 0, arena, &finding);
    page.readable = true;
    page.named = finding.found;
    page.quote =
        finding.found ? finding.quote : arena_shortened(arena, reading->blocks[0].text, 120);
    return page;
}
