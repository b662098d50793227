#include "paths.h"

#include "base/text.h"

static void path_add(struct stream_paths *paths, const char *path, enum standing standing,
                     const struct auth *auth)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (text_equal(paths->items[i].path, path)) {
            return;
        }
    }
    paths->items[paths->count++] =
        (struct stream_path){ .path = path, .standing = standing, .auth = auth };
}

/* A path that is declared public for one asset and guarded for another is guarded. */
static void declared_add(const struct profile *profile, const struct service *service,
                         struct stream_paths *paths)
{
    for (size_t i = 0; i < profile->auth_count; i++) {
        const struct auth *auth = &profile->auths[i];

        if (auth->service == service && auth->path != NULL) {
            path_add(paths, auth->path, STANDING_GUARDED, auth);
        }
    }
    for (int public = 0; public <= 1; public ++) {
        for (size_t i = 0; i < profile->access_count; i++) {
            const struct access *access = &profile->accesses[i];

            if (access->service == service && access->read.path != NULL &&
                (access->auth == NULL) == (public == 1)) {
                path_add(paths, access->read.path, public == 1 ? STANDING_PUBLIC : STANDING_GUARDED,
                         access->auth);
            }
        }
    }
}

struct stream_paths stream_paths_gather(const struct profile *profile,
                                        const struct service *service, const json_t *usual,
                                        struct arena *arena)
{
    struct stream_paths paths = { .count = 0 };
    size_t most = json_array_size(usual);
    size_t i;
    json_t *value;

    if (profile != NULL) {
        most += profile->auth_count + profile->access_count;
    }
    paths.items = arena_alloc(arena, (most + 1) * sizeof *paths.items);
    if (profile != NULL && service != NULL) {
        declared_add(profile, service, &paths);
    }
    json_array_foreach((json_t *) usual, i, value)
    {
        path_add(&paths, json_string_value(value), STANDING_UNDECLARED, NULL);
    }
    return paths;
}

const struct stream_path *stream_paths_main(const struct stream_paths *paths)
{
    const struct stream_path *main_path = NULL;

    for (size_t i = 0; i < paths->count; i++) {
        const struct stream_path *path = &paths->items[i];

        if (path->standing == STANDING_GUARDED) {
            return path;
        }
        if (path->standing == STANDING_PUBLIC && main_path == NULL) {
            main_path = path;
        }
    }
    return main_path;
}
