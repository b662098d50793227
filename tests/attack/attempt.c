/* What recipes do to an attempt; part of attack.h. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONTENT_MAX = 256 << 20 };

const struct key *attempt_key(const struct attempt *attempt, enum world_who who)
{
    return &attempt->world->keys[who];
}

void attempt_trust(struct attempt *attempt, const struct world_store *how)
{
    world_store(attempt->world, how, "trust.json");
}

void attempt_bundle(struct attempt *attempt, const struct world_bundle *how)
{
    char path[WORLD_PATH];
    struct error error = { 0 };

    world_bundle(attempt->world, how, "honest.hoshi");
    world_path(attempt->world, "honest.hoshi", path);
    raw_zip_done(&attempt->zip);
    must(raw_zip_load(&attempt->zip, path, &error), &error);
}

void attempt_edit(struct attempt *attempt, const char *name, world_edit edit, void *context)
{
    world_edit_entry(&attempt->zip, name, edit, context);
}

void attempt_reseal(struct attempt *attempt)
{
    world_reseal(&attempt->zip, attempt_key(attempt, WORLD_VENDOR), NULL, NULL);
}

void attempt_render(struct attempt *attempt)
{
    struct error error = { 0 };

    must(raw_zip_write(&attempt->zip, &attempt->raw, &error), &error);
}

void attempt_replace(struct attempt *attempt, const char *name, const char *from, const char *to)
{
    struct raw_entry *entry = raw_zip_find(&attempt->zip, name);
    const size_t cut = strlen(from);
    DEFER(bytes_done) struct bytes content = bytes_bounded(CONTENT_MAX);
    const uint8_t *found = memmem(entry->data, entry->length, from, cut);
    struct error error = { 0 };
    size_t before;

    if (found == NULL) {
        (void) fprintf(stderr, "attack: '%s' is not in %s\n", from, name);
        exit(70);
    }
    before = (size_t) (found - entry->data);
    must(bytes_append(&content, entry->data, before, &error), &error);
    must(bytes_append_text(&content, to, &error), &error);
    must(bytes_append(&content, found + cut, entry->length - before - cut, &error), &error);
    raw_entry_set(entry, content.data, content.length);
}

json_t *result_check(json_t *result, size_t clause, size_t check)
{
    json_t *checks =
        json_object_get(json_array_get(json_object_get(result, "clauses"), clause), "checks");

    return json_array_get(checks, check);
}

void attempt_write_file(const char *path, const struct bytes *bytes)
{
    FILE *file = fopen(path, "wbe");

    if (file == NULL || fwrite(bytes->data, 1, bytes->length, file) != bytes->length ||
        fclose(file) != 0) {
        perror(path);
        exit(70);
    }
}

bool attempt_read_file(const char *path, struct bytes *out)
{
    FILE *file = fopen(path, "rbe");
    struct error error = { 0 };
    uint8_t *room = NULL;
    struct stat facts;

    if (file == NULL || fstat(fileno(file), &facts) != 0) {
        return false;
    }
    must(bytes_reserve(out, (size_t) facts.st_size + 1, &room, &error), &error);
    bytes_commit(out, fread(room, 1, (size_t) facts.st_size, file));
    (void) fclose(file);
    return true;
}

int attempt_put(char *const *names)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(CONTENT_MAX);
    DEFER(bytes_done) struct bytes out = bytes_bounded(CONTENT_MAX);
    struct raw_zip zip = { 0 };
    struct error error = { 0 };

    must(raw_zip_load(&zip, names[0], &error), &error);
    if (!attempt_read_file(names[2], &content)) {
        perror(names[2]);
        return 70;
    }
    (void) raw_zip_insert(&zip, zip.count, names[1], content.data, content.length);
    raw_zip_sort(&zip);
    must(raw_zip_write(&zip, &out, &error), &error);
    attempt_write_file(names[3], &out);
    raw_zip_done(&zip);
    return 0;
}
