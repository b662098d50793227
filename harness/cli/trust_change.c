#include "cli/trust_change.h"

#include "base/clock.h"
#include "cli/run_inputs.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = TRUST_FILE_MAX };

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

void trust_change_done(struct trust_change *change)
{
    for (size_t i = 0; i < change->key_count; i++) {
        key_done(&change->keys[i]);
    }
    json_decref(change->payload);
    change->payload = NULL;
}

enum status trust_change_time(const struct trust_change *change, const char *option,
                              unsigned days_from_now, const char **ret_time, struct error *reterr)
{
    const char *given = argument_text(change->arguments, option);
    char *room = arena_alloc(change->arena, CLOCK_TEXT_SIZE);

    if (given == NULL) {
        clock_text(change->now_ms + days_from_now * day_ms, room);
        *ret_time = room;
        return STATUS_OK;
    }
    *ret_time =
        strchr(given, 'T') != NULL ? given : arena_format(change->arena, "%sT00:00:00Z", given);
    return json_strict_is_time(*ret_time)
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE,
                      "--%s is a day such as 2027-03-31 or a time such as 2027-03-31T00:00:00Z, "
                      "not '%s'",
                      option, given);
}

enum status trust_change_keys(struct trust_change *change, struct error *reterr)
{
    const char *path;

    for (size_t i = 0; (path = argument_nth(change->arguments, "key", i)) != NULL; i++) {
        if (change->key_count == TRUST_SIGNERS_MAX) {
            return fail(reterr, STATUS_USAGE, "more than %d root keys", TRUST_SIGNERS_MAX);
        }
        TRY(run_key_load(path, &change->keys[change->key_count], reterr));
        change->key_count++;
    }
    return STATUS_OK;
}

enum status trust_change_open(struct trust_change *change, struct error *reterr)
{
    const struct trust_options options = { .at_ms = change->now_ms };
    const char *expires = NULL;

    TRY(trust_load(change->path, &options, change->arena, &change->old, reterr));
    TRY(trust_draft_of(change->path, &change->payload, reterr));
    TRY(trust_change_time(change, "expires", 365, &expires, reterr));
    return trust_draft_next(change->payload, change->now, expires, reterr);
}

struct progress {
    size_t fresh; /* of the roots that the new version names */
    size_t fresh_needed;
    size_t old; /* of those that the version before named */
    size_t old_needed;
};

static enum status count_signers(const struct bytes *file, const struct trust *fresh,
                                 const struct trust *old, struct progress *ret_progress,
                                 struct error *reterr)
{
    *ret_progress = (struct progress){ .fresh_needed = fresh->root_threshold };
    TRY(trust_signed_by(file->data, file->length, fresh->roots, fresh->root_count,
                        &ret_progress->fresh, reterr));
    if (old == NULL) {
        return STATUS_OK;
    }
    ret_progress->old_needed = old->root_threshold;
    return trust_signed_by(file->data, file->length, old->roots, old->root_count,
                           &ret_progress->old, reterr);
}

static bool is_complete(const struct progress *progress)
{
    return progress->fresh >= progress->fresh_needed && progress->old >= progress->old_needed;
}

static bool is_root(const struct trust *trust, const struct public_key *key)
{
    for (size_t i = 0; trust != NULL && i < trust->root_count; i++) {
        if (public_key_equal(&trust->roots[i], key)) {
            return true;
        }
    }
    return false;
}

static enum status refuse_strangers(const struct trust_change *change, const struct trust *fresh,
                                    struct error *reterr)
{
    for (size_t i = 0; i < change->key_count; i++) {
        const struct public_key *key = &change->keys[i].public_half;

        if (!is_root(fresh, key) && !is_root(change->old, key)) {
            return fail(reterr, STATUS_USAGE, "key %.16s... is no root key of this store",
                        key->keyid);
        }
    }
    return STATUS_OK;
}

static void say_progress(const struct progress *progress)
{
    (void) fprintf(stderr, "signed by %zu of the %zu root keys needed", progress->fresh,
                   progress->fresh_needed);
    if (progress->old_needed > 0) {
        (void) fprintf(stderr, ", and by %zu of the %zu of the version before", progress->old,
                       progress->old_needed);
    }
    (void) fputs("\n", stderr);
}

static enum status write_signed(const struct trust_change *change, const struct trust *fresh,
                                const struct bytes *file, struct error *reterr)
{
    const char *out = argument_text(change->arguments, "out");
    const char *draft = argument_text(change->arguments, "draft");
    struct progress progress;
    const char *path;

    TRY(count_signers(file, fresh, change->old, &progress, reterr));
    if (!is_complete(&progress) && draft == NULL) {
        return fail(reterr, STATUS_USAGE,
                    "signed by %zu of %zu root keys (and by %zu of %zu of the version before): "
                    "name more with --key, or write a --draft for the others to sign",
                    progress.fresh, progress.fresh_needed, progress.old, progress.old_needed);
    }
    path = draft != NULL ? draft : out != NULL ? out : change->path;
    TRY(trust_save(path, file, path == change->path && change->old != NULL, reterr));
    (void) fprintf(stderr, "%s: %s, version %llu, expires %s\n", path, fresh->id,
                   (unsigned long long) fresh->version, fresh->expires);
    say_progress(&progress);
    return STATUS_OK;
}

enum status trust_change_save(struct trust_change *change, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(FILE_BYTES_MAX);
    const struct key *keys[TRUST_SIGNERS_MAX];
    struct trust fresh;

    for (size_t i = 0; i < change->key_count; i++) {
        keys[i] = &change->keys[i];
        for (size_t j = 0; j < i; j++) {
            if (public_key_equal(&keys[i]->public_half, &keys[j]->public_half)) {
                return fail(reterr, STATUS_USAGE, "one root key is named twice with --key");
            }
        }
    }
    TRY(trust_sign(change->payload, keys, change->key_count, &file, reterr));
    /* What a reader would refuse is not written. */
    TRY(trust_read_draft(file.data, file.length, change->now_ms, change->arena, &fresh, reterr));
    if (fresh.stale) {
        return fail(reterr, STATUS_USAGE, "it would have expired already: see --expires");
    }
    TRY(refuse_strangers(change, &fresh, reterr));
    return write_signed(change, &fresh, &file, reterr);
}

/* Whoever signs a draft wants to know that it follows from the store in use. */
static enum status compare_with_old(struct trust_change *change, const struct trust *fresh,
                                    struct error *reterr)
{
    const struct trust_options options = { .at_ms = change->now_ms };
    const char *path = argument_text(change->arguments, "old");

    if (path == NULL) {
        return STATUS_OK;
    }
    TRY(trust_load(path, &options, change->arena, &change->old, reterr));
    if (!text_equal(change->old->id, fresh->id) || fresh->version != change->old->version + 1) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the draft is '%s', version %llu; it does not follow on '%s', version %llu",
                    fresh->id, (unsigned long long) fresh->version, change->old->id,
                    (unsigned long long) change->old->version);
    }
    return STATUS_OK;
}

enum status trust_change_countersign(struct trust_change *change, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(FILE_BYTES_MAX);
    struct progress progress;
    struct trust fresh;

    TRY(trust_file_read(change->path, &file, reterr));
    TRY(trust_read_draft(file.data, file.length, change->now_ms, change->arena, &fresh, reterr));
    TRY(compare_with_old(change, &fresh, reterr));
    /* Without the old store, a root that is on its way out cannot be told from a stranger. */
    if (change->old != NULL) {
        TRY(refuse_strangers(change, &fresh, reterr));
    }
    for (size_t i = 0; i < change->key_count; i++) {
        DEFER(bytes_done) struct bytes more = bytes_bounded(FILE_BYTES_MAX);

        TRY(trust_countersign(file.data, file.length, &change->keys[i], &more, reterr));
        file.length = 0;
        TRY(bytes_append(&file, more.data, more.length, reterr));
    }
    TRY(count_signers(&file, &fresh, change->old, &progress, reterr));
    TRY(trust_save(change->path, &file, true, reterr));
    say_progress(&progress);
    return STATUS_OK;
}
