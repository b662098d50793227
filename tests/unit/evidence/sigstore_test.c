#include "evidence/sigstore.h"

#include "sample.h"

static const char payload[] = "{\"_type\":\"x\"}";

static void make(struct bytes *out, struct key *key)
{
    MUST(key_new(key, &error));
    MUST(sigstore_write(key, payload, sizeof payload - 1, out, &error));
}

Test(sigstore, what_is_written_is_read)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(4096);
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    enum signature_outcome outcome = SIGNATURE_BAD;
    struct key key = { 0 };

    make(&file, &key);
    MUST(sigstore_read(file.data, file.length, &envelope, &error));
    cr_assert_str_eq(envelope.keyid, key.public_half.keyid);
    cr_assert_eq(envelope.payload.length, sizeof payload - 1);
    cr_assert(memcmp(envelope.payload.data, payload, sizeof payload - 1) == 0);
    MUST(dsse_verify(&key.public_half, DSSE_TYPE_STATEMENT, envelope.payload.data,
                     envelope.payload.length, &envelope.signature, &outcome, &error));
    cr_assert_eq(outcome, SIGNATURE_GOOD);
    key_done(&key);
}

/* The file with `from` replaced by `to`. */
static enum status read_changed(const struct bytes *file, const char *from, const char *to)
{
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    DEFER(bytes_done) struct bytes changed = bytes_bounded(8192);
    const uint8_t *found = memmem(file->data, file->length, from, strlen(from));
    size_t before;

    cr_assert_not_null(found, "%s", from);
    before = (size_t) (found - file->data);
    MUST(bytes_append(&changed, file->data, before, &error));
    MUST(bytes_append_text(&changed, to, &error));
    MUST(
        bytes_append(&changed, found + strlen(from), file->length - before - strlen(from), &error));
    return sigstore_read(changed.data, changed.length, &envelope, NULL);
}

Test(sigstore, forms_that_are_refused)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(4096);
    struct key key = { 0 };

    make(&file, &key);
    cr_assert_eq(read_changed(&file, "v0.3", "v0.3"), STATUS_OK);
    cr_assert_eq(read_changed(&file, "v0.3", "v0.2"), STATUS_UNSUPPORTED);
    cr_assert_eq(read_changed(&file, "\"mediaType\"", "\"mediatype\""), STATUS_UNSUPPORTED);
    cr_assert_eq(read_changed(&file, "\"tlogEntries\":[]", "\"tlogEntries\":[{}]"),
                 STATUS_UNSUPPORTED);
    cr_assert_eq(read_changed(&file, "\"tlogEntries\":[]", "\"tlogEntries\":{}"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "vnd.in-toto+json", "vnd.in-toto"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "\"hint\":\"", "\"hint\":\"0"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "\"keyid\":\"", "\"keyid\":\"0"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "\"payload\":\"", "\"payload\":\"!"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "\"signatures\":[", "\"signatures\":[{},"), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "\"dsseEnvelope\"", "\"messageSignature\""), STATUS_BAD_INPUT);
    cr_assert_eq(read_changed(&file, "{\"dsse", "{\"dsseEnvelope\":1,\"dsse"), STATUS_BAD_INPUT);
    key_done(&key);
}

Test(sigstore, more_than_a_statement_is_refused)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(4 << 20);
    struct key key = { 0 };
    char *huge = calloc(1, SIGSTORE_PAYLOAD_MAX + 1);

    cr_assert_not_null(huge);
    MUST(key_new(&key, &error));
    cr_assert_eq(sigstore_write(&key, huge, SIGSTORE_PAYLOAD_MAX + 1, &file, NULL), STATUS_LIMIT);
    free(huge);
    key_done(&key);
}
