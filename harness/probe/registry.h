/* registry.h - every probe that was compiled in; generated from the folder names. */
#pragma once

#include "probe/probe.h"

/* NULL-ended and sorted by name. */
extern const struct probe *const probe_registry[];

const struct probe *probe_find(const char *name);

/* The declarations alone, for model/: static, built on first use. */
const struct catalogue *probe_catalogue(void);
