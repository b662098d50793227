#include "base/text.h"
#include "evidence/dsse.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

enum status trust_file_read(const char *path, struct bytes *out, struct error *reterr)
{
    uint8_t room[16 * 1024];
    FILE *file = fopen(path, "rbe");
    enum status status = STATUS_OK;
    size_t got;

    if (file == NULL) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    while (status == STATUS_OK && (got = fread(room, 1, sizeof room, file)) > 0) {
        status = bytes_append(out, room, got, reterr);
    }
    if (status == STATUS_OK && ferror(file) != 0) {
        status = fail(reterr, STATUS_IO, "%s: cannot be read", path);
    }
    (void) fclose(file);
    return status;
}

static enum status write_all(int fd, const struct bytes *content)
{
    size_t done = 0;

    while (done < content->length) {
        ssize_t put = write(fd, content->data + done, content->length - done);

        if (put < 0 && errno != EINTR) {
            return STATUS_IO;
        }
        done += put > 0 ? (size_t) put : 0;
    }
    return fsync(fd) == 0 ? STATUS_OK : STATUS_IO;
}

enum status trust_save(const char *path, const struct bytes *content, bool replace,
                       struct error *reterr)
{
    char beside[PATH_ROOM];
    int named = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    enum status status;
    int fd;

    if (named < 0 || (size_t) named >= sizeof beside) {
        return fail(reterr, STATUS_LIMIT, "the path is too long");
    }
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    status = fchmod(fd, 0644) == 0 ? write_all(fd, content) : STATUS_IO;
    (void) close(fd);
    /* link(2) refuses an existing name, rename(2) takes it over. */
    if (status == STATUS_OK && (replace ? rename(beside, path) : link(beside, path)) == 0) {
        if (!replace) {
            (void) unlink(beside);
        }
        return STATUS_OK;
    }
    status = fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    (void) unlink(beside);
    return status;
}

void trust_envelope_done(struct trust_envelope *envelope)
{
    bytes_done(&envelope->payload);
    json_decref(envelope->root);
    envelope->root = NULL;
}

enum status trust_envelope_open(const void *data, size_t length,
                                struct trust_envelope *ret_envelope, struct error *reterr)
{
    const json_t *payload;
    const char *type;

    TRY(json_strict_parse(data, length, &ret_envelope->root, reterr));
    payload = json_object_get(ret_envelope->root, "payload");
    type = json_string_value(json_object_get(ret_envelope->root, "payloadType"));
    ret_envelope->signatures = json_object_get(ret_envelope->root, "signatures");
    if (!text_equal(type, DSSE_TYPE_TRUST) || !json_is_string(payload)) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: not a trust store");
    }
    if (!json_is_array(ret_envelope->signatures) ||
        json_array_size(ret_envelope->signatures) > 2 * (size_t) TRUST_ROOTS_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.signature: no list, or too many");
    }
    return dsse_base64(json_string_value(payload), json_string_length(payload),
                       &ret_envelope->payload, reterr);
}

enum status trust_envelope_read(const void *data, size_t length,
                                struct trust_envelope *ret_envelope, struct error *reterr)
{
    TRY(trust_envelope_open(data, length, ret_envelope, reterr));
    return json_array_size(ret_envelope->signatures) > 0
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "trust.signature: nobody has signed it");
}

enum status trust_signed_by(const void *data, size_t length, const struct public_key *roots,
                            size_t count, size_t *ret_signers, struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };

    TRY(trust_envelope_open(data, length, &envelope, reterr));
    return trust_envelope_signers(&envelope, roots, count, ret_signers, reterr);
}

enum status trust_countersign(const void *data, size_t length, const struct key *key,
                              struct bytes *out, struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };

    TRY(trust_envelope_open(data, length, &envelope, reterr));
    for (size_t i = 0; i < json_array_size(envelope.signatures); i++) {
        const json_t *item = json_array_get(envelope.signatures, i);

        if (text_equal(json_string_value(json_object_get(item, "keyid")), key->public_half.keyid)) {
            return fail(reterr, STATUS_BAD_INPUT, "trust.signature: %.16s... has signed already",
                        key->public_half.keyid);
        }
    }
    TRY(trust_envelope_sign(&envelope, key, reterr));
    return json_strict_write(envelope.root, out, reterr);
}

enum status trust_envelope_sign(const struct trust_envelope *envelope, const struct key *key,
                                struct error *reterr)
{
    struct dsse_signature signature = { 0 };

    TRY(dsse_sign(key, DSSE_TYPE_TRUST, envelope->payload.data, envelope->payload.length,
                  &signature, reterr));
    json_append(envelope->signatures,
                json_pack("{s:s, s:o}", "keyid", key->public_half.keyid, "sig",
                          json_base64(signature.der, signature.length)));
    return STATUS_OK;
}

/* Is there a good signature in this root's name? */
static enum status signed_by(const struct trust_envelope *envelope, const struct public_key *root,
                             bool *ret_signed, struct error *reterr)
{
    *ret_signed = false;
    for (size_t i = 0; i < json_array_size(envelope->signatures); i++) {
        const json_t *item = json_array_get(envelope->signatures, i);
        const json_t *sig = json_object_get(item, "sig");
        enum signature_outcome outcome = SIGNATURE_BAD;
        struct dsse_signature signature;

        if (!text_equal(json_string_value(json_object_get(item, "keyid")), root->keyid)) {
            continue;
        }
        if (!json_is_string(sig)) {
            return fail(reterr, STATUS_BAD_INPUT, "trust.signature: not a signature");
        }
        TRY(dsse_signature_read(json_string_value(sig), json_string_length(sig), &signature,
                                reterr));
        TRY(dsse_verify(root, DSSE_TYPE_TRUST, envelope->payload.data, envelope->payload.length,
                        &signature, &outcome, reterr));
        if (outcome != SIGNATURE_GOOD) {
            return fail(reterr, STATUS_BAD_INPUT, "trust.signature: a root's signature is wrong");
        }
        *ret_signed = true;
    }
    return STATUS_OK;
}

enum status trust_envelope_signers(const struct trust_envelope *envelope,
                                   const struct public_key *roots, size_t count,
                                   size_t *ret_signers, struct error *reterr)
{
    size_t signers = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_signed = false;

        TRY(signed_by(envelope, &roots[i], &is_signed, reterr));
        signers += is_signed;
    }
    *ret_signers = signers;
    return STATUS_OK;
}
