/* shelf.h - what the played update server has to give: a manifest and an image. */
#pragma once

#include "base/bytes.h"
#include "model/update.h"

struct shelf {
    const struct update *update;
    const struct bytes *image;
    const char *version;  /* which the manifest names */
    struct bytes request; /* of the connection that is open */
    unsigned manifests;   /* times it was given */
    unsigned images;
    unsigned others; /* requests for anything else */
};

/* The manifest with its places filled; appended. */
enum status shelf_manifest(const struct shelf *shelf, struct bytes *text,
                           struct error *reterr) MUST_CHECK;

/* More of a request (RFC 9112); once its head is whole, *reply is the answer. */
enum status shelf_serve(void *context, const void *data, size_t length, struct bytes *reply,
                        struct error *reterr) MUST_CHECK;
