#include "cli/run_seal.h"

#include "base/clock.h"
#include "engine/history.h"
#include "evidence/disk.h"
#include "evidence/json_strict.h"
#include "evidence/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char folder_suffix[] = ".partial";

/* ---- sealing ---- */

/* What was found first. */
static const char *first_fault(const json_t *report)
{
    const json_t *check;
    size_t i;

    json_array_foreach(json_object_get(report, "checks"), i, check)
    {
        const char *outcome = json_string_value(json_object_get(check, "outcome"));
        const char *detail = json_string_value(json_object_get(check, "detail"));

        if (!text_equal(outcome, "ok") && !text_equal(outcome, "skipped") && detail != NULL) {
            return detail;
        }
    }
    return "without a reason";
}

static enum status examine(const char *path, const struct public_key *signer, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    const struct verify_options options = { .signer = signer, .at_ms = clock_wall_ms() };

    if (bundle_verify(path, &options, arena, NULL, &report, reterr) == VERIFY_OK) {
        return STATUS_OK;
    }
    (void) unlink(path);
    return fail(reterr, STATUS_INTERNAL,
                "the sealed bundle does not verify and was removed; the journal is kept (%.300s)",
                first_fault(report));
}

/* False: they lie on different disks, so that the bundle cannot be renamed into its place. */
static bool same_disk(const char *folder, const char *out)
{
    const char *slash = strrchr(out, '/');
    char beside[PATH_MAX];
    struct stat here;
    struct stat there;

    (void) snprintf(beside, sizeof beside, "%.*s", slash == NULL ? 1 : (int) (slash - out) + 1,
                    slash == NULL ? "." : out);
    return stat(folder, &here) == 0 && stat(beside, &there) == 0 && here.st_dev == there.st_dev;
}

static enum status name_bundle(const char *from, const char *to, struct error *reterr)
{
    int result = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

    /* File systems without that flag: a look before the leap has to do. */
    if (result != 0 && (errno == EINVAL || errno == ENOSYS) && access(to, F_OK) != 0) {
        result = rename(from, to);
    }
    if (result != 0) {
        return fail(reterr, errno == EEXIST ? STATUS_BAD_INPUT : STATUS_IO, "%s: %s", to,
                    strerror(errno));
    }
    return disk_sync_folder(to, reterr);
}

enum status run_seal(struct dossier *dossier, struct run *run, const struct plan *plan,
                     const struct key *key, const char *out, json_t **ret_result,
                     struct error *reterr)
{
    DEFER(json_strict_done) json_t *result = NULL;
    char inside[PATH_MAX];

    TRY(journal_sealed_path(run_journal(run), inside, sizeof inside, reterr));
    dossier->replace = same_disk(journal_folder(run_journal(run)), out);
    if (dossier->replace) {
        TRY(dossier_seal(dossier, run, plan, key, inside, &result, reterr));
        TRY(examine(inside, &key->public_half, reterr));
        TRY(name_bundle(inside, out, reterr));
    } else {
        TRY(dossier_seal(dossier, run, plan, key, out, &result, reterr));
        TRY(examine(out, &key->public_half, reterr));
    }
    *ret_result = result;
    result = NULL;
    return STATUS_OK;
}

/* ---- sealed, and killed before the folder was gone ---- */

static enum status result_of(const char *path, const char *run_id, json_t **ret_result,
                             struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    DEFER(verified_done) struct verified_bundle *bundle = NULL;
    const struct verify_options options = { .unknown_signer_allowed = true,
                                            .at_ms = clock_wall_ms() };

    if (bundle_verify(path, &options, arena, &bundle, &report, reterr) == VERIFY_IO) {
        return reterr->status;
    }
    if (bundle == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: is there already and does not verify; see hoshitori verify", path);
    }
    if (run_id != NULL && !text_equal(bundle->manifest->run.id, run_id)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: is there already, from another run; a bundle is never overwritten", path);
    }
    *ret_result = json_deep_copy(bundle->result);
    return STATUS_OK;
}

/* What the log says of bringing back: check to whether that is still to be done. */
static enum status note_restore(void *context, const struct evlog_event *event,
                                struct error *reterr)
{
    (void) reterr;
    if (event->check != NULL && text_equal(event->kind, "restore")) {
        bool done = json_is_true(json_object_get(event->data, "restored"));

        (void) json_object_set_new(context, event->check, json_boolean(!done));
    }
    return STATUS_OK;
}

static bool owes(json_t *restores)
{
    const char *check;
    json_t *owed;
    bool any = false;

    json_object_foreach(restores, check, owed)
    {
        any = any || json_is_true(owed);
    }
    return any;
}

enum status run_sealed_before(const char *folder, const char *out, const char *run_id,
                              const char *history, json_t **ret_result, bool *ret_owes,
                              struct error *reterr)
{
    DEFER(json_strict_done) json_t *restores = json_object();
    DEFER(json_strict_done) json_t *result = NULL;
    DEFER(journal_done) struct journal *journal = NULL;

    TRY(result_of(out, run_id, &result, reterr));
    TRY(journal_reopen(folder, note_restore, restores, &journal, NULL, reterr));
    *ret_owes = owes(restores);
    TRY(history_say(history, run_id, "sealed",
                    json_string_value(json_object_get(result, "overall")), out, reterr));
    if (!*ret_owes) {
        TRY(journal_remove(&journal, reterr));
    }
    *ret_result = result;
    result = NULL;
    return STATUS_OK;
}

enum status run_sealed_without_log(const char *folder, char *room, size_t size, json_t **ret_result,
                                   struct error *reterr)
{
    size_t length = strlen(folder);
    size_t suffix = strlen(folder_suffix);

    while (length > 1 && folder[length - 1] == '/') {
        length--;
    }
    if (length <= suffix || strncmp(folder + length - suffix, folder_suffix, suffix) != 0 ||
        length - suffix >= size) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no run", folder);
    }
    (void) snprintf(room, size, "%.*s", (int) (length - suffix), folder);
    if (access(room, F_OK) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no run", folder);
    }
    TRY(result_of(room, NULL, ret_result, reterr));
    /* The log goes last: what is left of the folder is empty. */
    if (rmdir(folder) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no run, and something else", folder);
    }
    return STATUS_OK;
}
