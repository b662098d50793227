/* builder.h - blocks of a reading as they are found; for the formats of this layer. */
#pragma once

#include "base/bytes.h"
#include "reading/reading.h"

struct reading_builder {
    struct arena *arena;
    struct reading *reading;
    size_t room;      /* of reading->blocks */
    struct bytes raw; /* UTF-8 of the block that is open */
    unsigned page;
    unsigned line; /* where the open block begins */
    bool heading;
    unsigned menus; /* that are open */
    size_t total;   /* bytes of all blocks */
};

/* Joined to what is open: without a blank where two ideographs or kana meet. */
void reading_add(struct reading_builder *builder, const char *text, size_t length, unsigned line);

/* The open block ends; without one nothing happens. */
void reading_break(struct reading_builder *builder);

void reading_builder_done(struct reading_builder *builder);

/* UTF-8 only, without a NUL. */
enum status reading_html(struct reading_builder *builder, const char *text, size_t length,
                         struct error *reterr) MUST_CHECK;
void reading_text(struct reading_builder *builder, const char *text, size_t length);
enum status reading_pdf(struct reading_builder *builder, const void *data, size_t length,
                        struct error *reterr) MUST_CHECK;

/* Appends UTF-8; declared: name of an encoding, or NULL.  BAD_INPUT when the bytes are none of
 * the encodings that we know. */
enum status reading_decode(const void *data, size_t length, const char *declared, struct bytes *out,
                           const char **ret_encoding, struct error *reterr) MUST_CHECK;
