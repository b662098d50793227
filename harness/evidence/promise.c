#include "evidence/promise.h"

void promise_open(struct promise *promise, const char *area, const struct manifest_entry *entry,
                  const struct withhold_salt *salt)
{
    *promise = (struct promise){ .entry = entry, .area = area, .has_salt = salt != NULL };
    if (entry->has_sha256) {
        digest_open(&promise->plain);
    }
    if (promise->has_salt) {
        withhold_open(&promise->keyed, salt, entry->id);
    }
}

void promise_feed(struct promise *promise, const void *data, size_t length)
{
    promise->size += length;
    if (promise->entry->has_sha256) {
        digest_update(&promise->plain, data, length);
    }
    if (promise->has_salt) {
        digest_update(&promise->keyed, data, length);
    }
}

void promise_abandon(struct promise *promise)
{
    if (promise->entry == NULL) {
        return;
    }
    if (promise->entry->has_sha256) {
        digest_abandon(&promise->plain);
    }
    if (promise->has_salt) {
        digest_abandon(&promise->keyed);
    }
    promise->entry = NULL;
}

static enum status compare(struct promise *promise, struct error *reterr)
{
    const struct manifest_entry *entry = promise->entry;
    struct digest found;

    if (entry->has_sha256) {
        TRY(digest_close(&promise->plain, &found, reterr));
        if (!digest_equal(&found, &entry->sha256)) {
            return fail(reterr, STATUS_BAD_INPUT, "%s.digest: %s is not the file that was signed",
                        promise->area, entry->path);
        }
    }
    if (!promise->has_salt) {
        return STATUS_OK;
    }
    TRY(digest_close(&promise->keyed, &found, reterr));
    if (!entry->has_commit || !digest_equal(&found, &entry->commit)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s.commit: %s is not what the bundle committed to",
                    promise->area, entry->path);
    }
    return STATUS_OK;
}

enum status promise_close(struct promise *promise, struct error *reterr)
{
    enum status status =
        promise->size == promise->entry->size
            ? compare(promise, reterr)
            : fail(reterr, STATUS_BAD_INPUT, "%s.size: %s has %llu bytes, not %llu", promise->area,
                   promise->entry->path, (unsigned long long) promise->size,
                   (unsigned long long) promise->entry->size);

    promise_abandon(promise);
    return status;
}
