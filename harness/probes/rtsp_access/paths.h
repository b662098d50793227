/* paths.h - which streams of a service are asked for, and what the profile says of each. */
#pragma once

#include "base/arena.h"
#include "probe/standing.h"

#include <stdbool.h>
#include <stddef.h>

struct stream_path {
    const char *path;
    enum standing standing;  /* undeclared: the usual ones, and one made up */
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
