/* Renewals: each proves that all it lists existed by its time, and so keeps older tokens good when
 * their authority no longer is. */
#include "base/text.h"
#include "evidence/archive.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

#include <stdio.h>

bool renewal_covers(const struct renewal *renewal, const char *path)
{
    return json_object_get(renewal->files, path) != NULL;
}

/* What a record lists is there as listed; the newest lists all that is there. */
static enum status compare(const json_t *listed, const json_t *there, const char *name, bool all,
                           struct error *reterr)
{
    const char *path;
    json_t *value;

    json_object_foreach((json_t *) (uintptr_t) listed, path, value)
    {
        if (!json_equal(value, json_object_get(there, path))) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "archive.digest: %s covers a %.200s that is not here", name, path);
        }
    }
    json_object_foreach((json_t *) (uintptr_t) there, path, value)
    {
        const bool needed =
            all || text_equal(path, CONTAINER_MANIFEST) || text_starts_with(path, "META-INF/arc/");

        if (needed && json_object_get(listed, path) == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "archive.fewer: %s does not cover %.200s", name,
                        path);
        }
    }
    return STATUS_OK;
}

/* Records of this number and above are not yet there when it is made. */
static void drop_later(json_t *files, size_t number, size_t count)
{
    char name[ARCHIVE_NAME_SIZE];

    for (size_t i = number; i <= count; i++) {
        archive_name(i, "json", name);
        (void) json_object_del(files, name);
        archive_name(i, "tsr", name);
        (void) json_object_del(files, name);
    }
}

static enum status read_record(struct verification *verification, size_t number, size_t count,
                               const json_t *there, struct bytes *record, json_t **ret_files,
                               struct error *reterr)
{
    DEFER(json_strict_done) json_t *before = json_copy((json_t *) (uintptr_t) there);
    char name[ARCHIVE_NAME_SIZE];

    archive_name(number, "json", name);
    TRY(verify_file(verification, name, record, reterr));
    TRY(archive_read(record->data, record->length, ret_files, reterr));
    drop_later(before, number, count);
    return compare(*ret_files, before, name, number == count, reterr);
}

/* What renewal_covers will be asked about: of 64 records over 20,000 files each, the whole would be
 * too much to keep. */
static json_t *statements_of(const json_t *files)
{
    json_t *kept = json_made(json_object());
    const char *path;
    json_t *value;

    json_object_foreach((json_t *) (uintptr_t) files, path, value)
    {
        if (text_starts_with(path, "META-INF/att/")) {
            json_put(kept, path, json_incref(value));
        }
    }
    return kept;
}

/* From the newest to the oldest: what the newer proves decides at which time the older is judged.
 */
static void judge_record(struct verification *verification, size_t number, size_t count,
                         const json_t *there, int64_t *as_of_ms)
{
    DEFER(json_strict_done) json_t *files = NULL;
    struct error error = { 0 };
    DEFER(bytes_done) struct bytes record = bytes_bounded(ARCHIVE_FILE_MAX);
    DEFER(bytes_done) struct bytes token = bytes_bounded(TST_SIZE_MAX);
    char name[ARCHIVE_NAME_SIZE];
    struct tst tst;
    enum status status = read_record(verification, number, count, there, &record, &files, &error);

    archive_name(number, "tsr", name);
    if (status == STATUS_OK) {
        status = verify_file(verification, name, &token, &error);
    }
    if (status != STATUS_OK) {
        (void) verify_record(verification, VERIFY_CHECK_ARCHIVE, status, &error);
        return;
    }
    if (!verify_token(verification, VERIFY_CHECK_ARCHIVE,
                      &(const struct tst_blob){ token.data, token.length },
                      &(const struct tst_blob){ record.data, record.length }, *as_of_ms, &tst)) {
        return;
    }
    if (number < count && tst.time_ms - TST_SLACK_MS > *as_of_ms) {
        verify_say(&verification->report, VERIFY_CHECK_ARCHIVE, FINDING_FAIL,
                   "archive.order: %s is younger than the renewal after it", name);
        return;
    }
    *as_of_ms = verify_token_latest(&tst) < *as_of_ms ? verify_token_latest(&tst) : *as_of_ms;
    verification->renewals[verification->renewal_count++] =
        (struct renewal){ .time_ms = verify_token_latest(&tst), .files = statements_of(files) };
}

void verify_archive(struct verification *verification)
{
    DEFER(json_strict_done) json_t *there = NULL;
    int64_t as_of_ms = verification->options->at_ms;
    struct error error = { 0 };
    size_t count = 0;
    enum status status = archive_count(verification->reader, &count, &error);

    if (status == STATUS_OK && count > VERIFY_RENEWALS_MAX) {
        status =
            fail(&error, STATUS_LIMIT, "archive.number: more than %d records", VERIFY_RENEWALS_MAX);
    }
    if (status == STATUS_OK && count > 0) {
        status = archive_files(verification->reader, verification->manifest, NULL, &there, &error);
    }
    if (status != STATUS_OK) {
        (void) verify_record(verification, VERIFY_CHECK_ARCHIVE, status, &error);
        return;
    }
    for (size_t number = count; number > 0; number--) {
        judge_record(verification, number, count, there, &as_of_ms);
    }
}
