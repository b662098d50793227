#include "evidence/verify.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/seal.h"
#include "evidence/verify_private.h"
#include "evidence/verify_published.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_BYTES_MAX = 32 << 20 };

bool verify_record(struct verification *verification, enum verify_check check, enum status status,
                   const struct error *error)
{
    enum finding finding = FINDING_FAIL;

    if (!verify_finding_of(status, &finding)) {
        if (verification->fault.status == STATUS_OK) {
            verification->fault = *error;
            verification->fault.status = status;
        }
        return false;
    }
    verify_say(&verification->report, check, finding, "%s",
               status == STATUS_OK ? "" : error->message);
    return status == STATUS_OK;
}

static void take_note(void *context, const char *code, const char *text)
{
    struct verification *verification = context;

    verify_note(&verification->report, code, text);
}

static void take_presence(void *context, size_t index, const struct manifest_entry *entry,
                          enum manifest_presence presence)
{
    struct verification *verification = context;

    (void) index;
    if (presence == MANIFEST_WITHHELD) {
        verification->withheld[verification->withheld_count++] = entry->path;
    }
}

static bool open_container(struct verification *verification, const char *path)
{
    struct error error = { 0 };
    enum status status =
        container_read_open(path, verification->options->limits, &verification->reader, &error);

    return verify_record(verification, VERIFY_CHECK_CONTAINER, status, &error);
}

static enum status read_manifest(struct verification *verification, struct error *reterr)
{
    const struct container_entry *entry =
        container_read_find(verification->reader, CONTAINER_MANIFEST);
    DEFER(bytes_done) struct bytes content = bytes_bounded(MANIFEST_BYTES_MAX);

    if (entry == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.missing: there is none");
    }
    TRY(container_read_bytes(verification->reader, entry, &content, reterr));
    TRY(digest_of(content.data, content.length, &verification->manifest_sha, reterr));
    return manifest_read(content.data, content.length, verification->arena, take_note, verification,
                         &verification->manifest, reterr);
}

static bool open_manifest(struct verification *verification)
{
    struct error error = { 0 };
    enum status status = read_manifest(verification, &error);

    return verify_record(verification, VERIFY_CHECK_MANIFEST, status, &error);
}

static void match_entries(struct verification *verification)
{
    struct manifest_watch watch;
    struct published_watch *watching = published_watch_new(verification, &watch);
    struct error error = { 0 };
    enum status status;

    verification->withheld =
        arena_array(verification->arena, verification->manifest->entry_count + 1,
                    sizeof *verification->withheld);
    status = manifest_match_watched(verification->manifest, verification->reader, take_presence,
                                    take_note, verification, &watch, &error);
    if (verify_record(verification, VERIFY_CHECK_ENTRIES, status, &error)) {
        published_watch_judge(watching);
    }
}

enum status verify_entry_bytes(const struct container_reader *reader,
                               const struct manifest *manifest, const char *path, struct bytes *out,
                               struct error *reterr)
{
    const struct manifest_entry *listed = manifest_find_path(manifest, path);
    const struct container_entry *entry = container_read_find(reader, path);
    const size_t before = out->length;
    struct digest digest;

    if (listed == NULL || entry == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "entry.missing: there is no %s", path);
    }
    TRY(container_read_bytes(reader, entry, out, reterr));
    if (!listed->has_sha256) {
        return STATUS_OK; /* its commitment was compared when the container was matched */
    }
    TRY(digest_of(out->data + before, out->length - before, &digest, reterr));
    return digest_equal(&digest, &listed->sha256)
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "entry.digest: %s is not what is listed", path);
}

static void judge(struct verification *verification, const char *path)
{
    policy_trust(verification);
    if (!open_container(verification, path) || !open_manifest(verification)) {
        return;
    }
    match_entries(verification);
    verify_result(verification);
    verify_attestations(verification);
    verify_material(verification);
    verify_archive(verification);
    policy_signers(verification);
    verify_opening(verification);
    policy_expectations(verification);
}

static void verification_free(struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        verify_attestation_done(&verification->attestations[i]);
    }
    for (size_t i = 0; i < verification->cosignature_count; i++) {
        sigstore_done(&verification->cosignatures[i].envelope);
    }
    for (size_t i = 0; i < verification->renewal_count; i++) {
        json_decref(verification->renewals[i].files);
    }
    json_decref(verification->opening);
    json_decref(verification->result);
    verify_report_done(&verification->report);
    container_read_done(&verification->reader);
    free(verification);
}

static enum verify_exit exit_of(enum finding settled)
{
    static const enum verify_exit exits[] = {
        [FINDING_SKIPPED] = VERIFY_FAIL,  [FINDING_OK] = VERIFY_OK,
        [FINDING_POLICY] = VERIFY_POLICY, [FINDING_UNSUPPORTED] = VERIFY_UNSUPPORTED,
        [FINDING_FAIL] = VERIFY_FAIL,
    };

    return exits[settled];
}

static struct verified_bundle *bundle_of(struct verification *verification, enum verify_exit exit)
{
    struct verified_bundle *bundle = arena_alloc(verification->arena, sizeof *bundle);

    bundle->exit = exit;
    bundle->authentic = verify_is_authentic(verification);
    bundle->manifest = verification->manifest;
    digest_to_hex(&verification->manifest_sha, bundle->manifest_sha256);
    bundle->result = verification->result;
    bundle->overall = verification->rollup.overall;
    bundle->signers = verify_signers(verification, &bundle->signer_count);
    bundle->withheld = verification->withheld;
    bundle->withheld_count = verification->withheld_count;
    bundle->verification = verification;
    return bundle;
}

static enum verify_exit refuse(struct error *reterr, enum status status, const char *words)
{
    return fail(reterr, status, "%s", words) == STATUS_OK ? VERIFY_OK : VERIFY_IO;
}

enum verify_exit bundle_verify(const char *path, const struct verify_options *options,
                               struct arena *arena, struct verified_bundle **ret_bundle,
                               json_t **ret_report, struct error *reterr)
{
    struct verification *verification;
    enum finding settled;
    enum verify_exit exit;

    if (ret_bundle != NULL) {
        *ret_bundle = NULL;
    }
    if (options->trust_path != NULL && options->signer != NULL) {
        return refuse(reterr, STATUS_USAGE, "either a trust store or one signer's key, not both");
    }
    verification = calloc(1, sizeof *verification);
    if (verification == NULL) {
        abort();
    }
    verification->options = options;
    verification->arena = arena;
    verify_report_open(&verification->report);
    judge(verification, path);
    if (verification->fault.status != STATUS_OK) {
        exit = refuse(reterr, verification->fault.status, verification->fault.message);
        verification_free(verification);
        return exit;
    }
    settled = verify_settle(&verification->report);
    exit = exit_of(settled);
    *ret_report = verify_report_json(verification, settled);
    if (ret_bundle != NULL &&
        (exit == VERIFY_OK ||
         (exit == VERIFY_POLICY && verification->rolled_up &&
          (verify_is_authentic(verification) || options->unknown_signer_allowed)))) {
        *ret_bundle = bundle_of(verification, exit);
        verification->options = NULL;
    } else {
        verification_free(verification);
    }
    return exit;
}

void verified_done(struct verified_bundle **bundle)
{
    if (*bundle != NULL) {
        verification_free((*bundle)->verification);
    }
    *bundle = NULL;
}

enum status verified_entry(const struct verified_bundle *bundle, const char *path,
                           struct bytes *out, struct error *reterr)
{
    return verify_entry_bytes(bundle->verification->reader, bundle->manifest, path, out, reterr);
}

const struct container_reader *verified_reader(const struct verified_bundle *bundle)
{
    return bundle->verification->reader;
}

const char *verified_qr(const struct verified_bundle *bundle, struct arena *arena)
{
    return arena_format(arena, "hoshitori:1:%s:%s", bundle->manifest->bundle_id,
                        bundle->manifest_sha256);
}
