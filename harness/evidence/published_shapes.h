/* published_shapes.h - the shapes themselves; for published.c only. */
#pragma once

#include <stdint.h>

struct published_text {
    const uint8_t *start;
    const uint8_t *end;
};

/* The next character that a shape may be recognised by, or NULL. */
const uint8_t *published_next(const struct published_text *text, const uint8_t *at,
                              const uint8_t *end);

/* The shape that `at` gives away, or NULL. */
const char *published_shape_at(const struct published_text *text, const uint8_t *at);
