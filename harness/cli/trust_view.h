/* trust_view.h - a trust store for people, and as JSON. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* On stdout.  The store's own signatures must hold; one that has expired says so. */
enum status trust_view(const char *path, bool json, enum language language, int64_t now_ms,
                       struct arena *arena, struct error *reterr) MUST_CHECK;
