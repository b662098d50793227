#include "search.h"

#include "base/text.h"

#include <stdlib.h>

/* What has no kind told may be any but a statement of compliance, which stands for others. */
static bool kind_fits(const struct document *document, const json_t *kinds)
{
    const json_t *kind;
    size_t i;

    if (document->kind == NULL) {
        return !text_equal(json_string_value(json_array_get(kinds, 0)), "psti-statement");
    }
    json_array_foreach(kinds, i, kind)
    {
        if (text_equal(json_string_value(kind), document->kind)) {
            return true;
        }
    }
    return json_array_size(kinds) == 0;
}

static void json_drop(void *value)
{
    json_decref(value);
}

static enum status source_read(const struct probe_call *call, struct arena *arena,
                               struct source *source, struct error *reterr)
{
    DEFER(paper_taken_done) struct paper_taken taken = { .said = NULL };
    struct error why = { 0 };

    TRY(paper_take(call, source->document, &taken, reterr));
    source->said = taken.said;
    arena_defer(arena, json_drop, taken.said);
    if (taken.content.length == 0) {
        source->reason = json_string_value(json_object_get(taken.said, "fault"));
    } else if (reading_of(taken.content.data, taken.content.length,
                          json_string_value(json_object_get(taken.said, "content_type")), arena,
                          &source->reading, &why) != STATUS_OK) {
        source->reading = NULL;
        source->reason = arena_text(arena, why.message);
    } else if (source->reading->count == 0) {
        source->reason = "there is no text in it; a scanned page is a picture";
    }
    taken.said = NULL;
    return STATUS_OK;
}

enum status sources_read(const struct probe_call *call, const char *clause, const json_t *kinds,
                         struct arena *arena, struct sources *ret_sources, struct error *reterr)
{
    const struct profile *profile = call->subject->profile;

    *ret_sources = (struct sources){ .all = arena_array(arena, profile->document_count + 1,
                                                        sizeof *ret_sources->all) };
    for (size_t i = 0; i < profile->document_count; i++) {
        const struct document *document = &profile->documents[i];
        const struct document *subject = call->subject->document;
        struct source *source = &ret_sources->all[ret_sources->count];

        probe_progress(call, (unsigned) i, (unsigned) profile->document_count);
        if (subject != NULL ? document != subject
                            : !document_serves(document, clause) || !kind_fits(document, kinds)) {
            continue;
        }
        *source = (struct source){ .document = document };
        TRY(source_read(call, arena, source, reterr));
        ret_sources->count++;
    }
    return STATUS_OK;
}

struct place sources_find(const struct sources *sources, const struct finder *finder, size_t at,
                          struct arena *arena)
{
    struct place place = { .finding = { .element = finder_element(finder, at) } };

    for (size_t i = 0; i < sources->count && !place.finding.found; i++) {
        if (sources->all[i].reading != NULL) {
            finder_look(finder, sources->all[i].reading, at, arena, &place.finding);
            place.source = place.finding.found ? &sources->all[i] : NULL;
        }
    }
    return place;
}
