/* place.h - finds the value that stands in an answer where the profile says that it does: a
 * token against forged requests, or the setting that a write would change. */
#pragma once

#include "channel/http.h"
#include "model/profile.h"

/* *ret_value stays empty when nothing stands there, or nothing that fits (4 KiB); the answer
 * must have been asked for with place->header as its wanted_header. */
enum status place_find(const struct http_place *place, const struct http_answer *answer,
                       const struct http_client *client, struct secret *ret_value,
                       struct error *reterr) MUST_CHECK;

/* The member of a JSON tree by RFC 6901; NULL: there is none. */
const json_t *place_json(const json_t *tree, const char *pointer);

/* The pointer to the only text that is exactly `text`; false: there is none, or more. */
bool place_pointer_to(const json_t *tree, const char *text, char *room, size_t size);
