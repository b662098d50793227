#include "evidence/cosign.h"

#include "base/text.h"
#include "evidence/container_write.h"
#include "evidence/dsse.h"
#include "evidence/seal.h"
#include "evidence/sigstore.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 4 << 20, ENCODED_MAX = SIGSTORE_PAYLOAD_MAX + 256 };

static const char att_prefix[] = "META-INF/att/";

enum status cosign_name(const char *name, char room[CONTAINER_NAME_MAX + 1], struct error *reterr)
{
    const size_t stem = strlen(name) - (sizeof BUNDLE_ATT_SUFFIX - 1);
    int got =
        snprintf(room, CONTAINER_NAME_MAX + 1, "%.*s%s", (int) stem, name, BUNDLE_ATT_PQ_SUFFIX);

    return got > 0 && got <= CONTAINER_NAME_MAX
               ? STATUS_OK
               : fail(reterr, STATUS_LIMIT, "cosign.name: the name beside %s is too long", name);
}

enum status cosign_payload(const struct mldsa_key *key, const struct bytes *payload,
                           struct bytes *out, struct error *reterr)
{
    DEFER(bytes_done) struct bytes message = bytes_bounded(ENCODED_MAX);
    uint8_t signature[MLDSA_SIGNATURE_SIZE];

    TRY(dsse_encode(DSSE_TYPE_STATEMENT, payload->data, payload->length, &message, reterr));
    TRY(mldsa_key_sign(key, message.data, message.length, signature, reterr));
    return sigstore_write_signed(key->public_half.keyid, signature, sizeof signature, payload->data,
                                 payload->length, out, reterr);
}

/* *ret_ours is set when `beside` signed it, and then its signature is good. */
static enum status read_statement(const struct container_reader *reader,
                                  const struct container_entry *entry,
                                  const struct public_key *beside, struct sigstore *envelope,
                                  bool *ret_ours, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(FILE_MAX);
    enum signature_outcome outcome = SIGNATURE_BAD;

    *ret_ours = false;
    TRY(container_read_bytes(reader, entry, &content, reterr));
    TRY(sigstore_read(content.data, content.length, envelope, reterr));
    if (!text_equal(envelope->keyid, beside->keyid)) {
        return STATUS_OK;
    }
    TRY(dsse_verify(beside, DSSE_TYPE_STATEMENT, envelope->payload.data, envelope->payload.length,
                    &envelope->signature, &outcome, reterr));
    *ret_ours = outcome == SIGNATURE_GOOD;
    return *ret_ours ? STATUS_OK
                     : fail(reterr, STATUS_BAD_INPUT,
                            "cosign.signature: the signature of %s is not good; nothing was signed",
                            entry->name);
}

/* Adds the file beside one statement, if it is ours and has none. */
static enum status cosign_one(const struct container_reader *reader,
                              const struct container_entry *entry, const struct mldsa_key *key,
                              const struct public_key *beside, struct container_writer *writer,
                              size_t *count, struct error *reterr)
{
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    DEFER(bytes_done) struct bytes file = bytes_bounded(2 * (size_t) SIGSTORE_PAYLOAD_MAX);
    char name[CONTAINER_NAME_MAX + 1];
    bool ours = false;

    TRY(cosign_name(entry->name, name, reterr));
    if (container_read_find(reader, name) != NULL) {
        return STATUS_OK;
    }
    TRY(read_statement(reader, entry, beside, &envelope, &ours, reterr));
    if (!ours) {
        return STATUS_OK;
    }
    TRY(cosign_payload(key, &envelope.payload, &file, reterr));
    TRY(container_write_bytes(writer, name, file.data, file.length, reterr));
    (*count)++;
    return STATUS_OK;
}

enum status cosign_bundle(const char *path, const struct mldsa_key *key,
                          const struct public_key *beside, const char *out_path, size_t *ret_count,
                          struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    DEFER(container_write_done) struct container_writer *writer = NULL;

    *ret_count = 0;
    TRY(container_read_open(path, NULL, &reader, reterr));
    TRY(container_write_open(out_path, false, &writer, reterr));
    TRY(container_write_all(writer, reader, reterr));
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);

        if (text_starts_with(entry->name, att_prefix) &&
            text_ends_with(entry->name, BUNDLE_ATT_SUFFIX) &&
            !text_ends_with(entry->name, BUNDLE_ATT_PQ_SUFFIX)) {
            TRY(cosign_one(reader, entry, key, beside, writer, ret_count, reterr));
        }
    }
    if (*ret_count == 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "cosign.nothing: no statement by key %.16s... lacks its second signature",
                    beside->keyid);
    }
    return container_write_commit(writer, reterr);
}
