#include "evidence/opening.h"

#include "evidence/json_make.h"
#include "evidence/json_strict.h"

static const char anchor[] = "anchor";

enum status opening_stamped(const json_t *opening, struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done) json_t *bare = json_made(json_copy((json_t *) (uintptr_t) opening));

    (void) json_object_del(bare, anchor);
    return json_strict_write(bare, out, reterr);
}

enum status opening_token(const json_t *opening, struct bytes *out, struct error *reterr)
{
    const json_t *token = json_object_get(json_object_get(opening, anchor), "timestamp");

    if (!json_is_string(token)) {
        return fail(reterr, STATUS_BAD_INPUT, "opening.missing: the log begins with no token");
    }
    return json_strict_base64(json_string_value(token), json_string_length(token), out, reterr);
}

void opening_anchor(json_t *opening, const void *token, size_t length)
{
    json_put(opening, anchor,
             json_made(json_pack("{s:o}", "timestamp", json_base64(token, length))));
}
