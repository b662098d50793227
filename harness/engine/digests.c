#include "engine/digests.h"

#include "evidence/json_make.h"
#include "evidence/json_strict.h"

enum { JSON_MAX = 16 << 20 };

enum status digests_of_json(const json_t *value, char room[DIGEST_HEX_SIZE], struct error *reterr)
{
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(JSON_MAX);
    struct digest digest;

    TRY(json_strict_write(value, &bytes, reterr));
    TRY(digest_of(bytes.data, bytes.length, &digest, reterr));
    digest_to_hex(&digest, room);
    return STATUS_OK;
}

static json_t *choices_json(const char *const *choices)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; choices != NULL && choices[i] != NULL; i++) {
        json_append(list, json_string(choices[i]));
    }
    return list;
}

static json_t *params_json(const struct param *params)
{
    json_t *list = json_made(json_array());

    for (const struct param *at = params; at != NULL && at->name != NULL; at++) {
        json_append(list, json_pack("{s:s, s:s, s:s*, s:I, s:I, s:o, s:b}", "name", at->name,
                                    "type", fact_type_word(at->type), "fallback", at->fallback,
                                    "minimum", (json_int_t) at->minimum, "maximum",
                                    (json_int_t) at->maximum, "choices", choices_json(at->choices),
                                    "required", (int) at->required));
    }
    return list;
}

static json_t *facts_json(const struct fact *facts)
{
    json_t *list = json_made(json_array());

    for (const struct fact *at = facts; at != NULL && at->name != NULL; at++) {
        json_t *one =
            json_made(json_pack("{s:s, s:s}", "name", at->name, "type", fact_type_word(at->type)));

        for (const struct fact *column = at->columns; column != NULL && column->name != NULL;
             column++) {
            if (json_object_get(one, "columns") == NULL) {
                json_put(one, "columns", json_array());
            }
            json_append(json_object_get(one, "columns"),
                        json_pack("{s:s, s:s}", "name", column->name, "type",
                                  fact_type_word(column->type)));
        }
        json_append(list, one);
    }
    return list;
}

enum status digests_of_catalogue(const struct catalogue *catalogue, char room[DIGEST_HEX_SIZE],
                                 struct error *reterr)
{
    json_t *probes = json_made(json_array());
    DEFER(json_strict_done) json_t *root = json_made(json_pack("{s:o}", "probes", probes));

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct probe_decl *probe = catalogue->probes[i];

        json_append(probes,
                    json_pack("{s:s, s:I, s:I, s:o, s:o}", "name", probe->name, "needs",
                              (json_int_t) probe->needs, "deadline_ms",
                              (json_int_t) probe->deadline_ms, "params", params_json(probe->params),
                              "facts", facts_json(probe->facts)));
    }
    return digests_of_json(root, room, reterr);
}
