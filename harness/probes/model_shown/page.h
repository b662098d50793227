/* page.h - does what a page shows name the model?  Pure; accepts any bytes. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct page {
    bool readable; /* it has text that a person sees */
    bool named;
    const char *quote; /* where it is named, or the beginning of what is shown */
};

/* content_type: as the device gave it; "": none. */
struct page page_read(const void *data, size_t length, const char *content_type, const char *model,
                      struct arena *arena);
