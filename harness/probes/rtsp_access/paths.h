/* paths.h - which streams of a service are asked for, and what the profile says of each. */
#pragma once

#include "base/arena.h"
#include "probe/probe.h"

#include <stdbool.h>
#include <stddef.h>

enum path_kind {
    PATH_GUARDED,   /* behind a declared mechanism */
    PATH_PUBLIC,    /* declared public */
    PATH_UNDECLARED /* usual ones, and one made up */
};

struct stream_path {
    const char *path;
    enum path_kind kind;
    const struct auth *auth; /* of a guarded one */
};

struct stream_paths {
    struct stream_path *items;
    size_t count;
};

/* The declared ones of the service first, then `usual` (a list of texts, or NULL), each once. */
struct stream_paths stream_paths_gather(const struct profile *profile,
                                        const struct service *service, const json_t *usual,
                                        struct arena *arena);

/* The one by which a role is tried: the first guarded one, else the first public one; NULL. */
const struct stream_path *stream_paths_main(const struct stream_paths *paths);
