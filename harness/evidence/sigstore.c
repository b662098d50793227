#include "evidence/sigstore.h"

#include "base/text.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/mldsa.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct sigstore sigstore_empty(void)
{
    return (struct sigstore){ .payload = bytes_bounded(SIGSTORE_PAYLOAD_MAX),
                              .pq_signature = bytes_bounded(MLDSA_SIGNATURE_SIZE),
                              .tokens = bytes_bounded(SIGSTORE_TOKENS_MAX) };
}

void sigstore_done(struct sigstore *envelope)
{
    bytes_done(&envelope->payload);
    bytes_done(&envelope->pq_signature);
    bytes_done(&envelope->tokens);
}

/* "" when absent; NULL when it is there but not a text. */
static const char *text_or_empty(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return value == NULL ? "" : json_string_value(value);
}

static enum status read_key(const json_t *material, struct sigstore *envelope, struct error *reterr)
{
    const json_t *named = json_object_get(material, "publicKey");
    const char *hint = json_string_value(json_object_get(named, "hint"));

    if (json_object_get(material, "certificate") != NULL ||
        json_object_get(material, "x509CertificateChain") != NULL) {
        if (named != NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "sigstore.key: both a key and a certificate");
        }
        envelope->carries_certificate = true;
        return STATUS_OK;
    }
    if (hint == NULL || !keyid_is_well_formed(hint)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "sigstore.key: the public-key hint is not a keyid (64 hex digits)");
    }
    memcpy(envelope->keyid, hint, sizeof envelope->keyid);
    return STATUS_OK;
}

static enum status read_timestamps(const json_t *material, struct sigstore *envelope,
                                   struct error *reterr)
{
    const json_t *data = json_object_get(material, "timestampVerificationData");
    const json_t *tokens = json_object_get(data, "rfc3161Timestamps");

    if (data == NULL || (json_is_object(data) && tokens == NULL)) {
        return STATUS_OK;
    }
    if (!json_is_array(tokens) || json_array_size(tokens) > SIGSTORE_TIMESTAMPS_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.timestamps: not a short list");
    }
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        const json_t *token = json_object_get(json_array_get(tokens, i), "signedTimestamp");

        if (!json_is_string(token)) {
            return fail(reterr, STATUS_BAD_INPUT, "sigstore.timestamps: not a signed timestamp");
        }
        TRY(dsse_base64(json_string_value(token), json_string_length(token), &envelope->tokens,
                        reterr));
        envelope->token_at[i + 1] = envelope->tokens.length;
    }
    envelope->timestamps = json_array_size(tokens);
    return STATUS_OK;
}

static enum status read_material(const json_t *root, struct sigstore *envelope,
                                 struct error *reterr)
{
    const json_t *material = json_object_get(root, "verificationMaterial");
    const json_t *entries = json_object_get(material, "tlogEntries");

    if (!json_is_object(material)) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.material: no verificationMaterial");
    }
    if (entries != NULL && !json_is_array(entries)) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.material: tlogEntries is not a list");
    }
    if (json_array_size(entries) != 0) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "sigstore.material: transparency-log entries are not understood");
    }
    TRY(read_key(material, envelope, reterr));
    return read_timestamps(material, envelope, reterr);
}

/* The two algorithms' signatures differ in length by far. */
static bool read_pq(const json_t *sig, struct bytes *out)
{
    if (dsse_base64(json_string_value(sig), json_string_length(sig), out, NULL) == STATUS_OK &&
        out->length == MLDSA_SIGNATURE_SIZE) {
        return true;
    }
    bytes_clear(out);
    return false;
}

static enum status read_signature(const json_t *dsse, struct sigstore *envelope,
                                  struct error *reterr)
{
    const json_t *signatures = json_object_get(dsse, "signatures");
    const json_t *only = json_array_get(signatures, 0);
    const json_t *sig = json_object_get(only, "sig");
    const char *keyid = text_or_empty(only, "keyid");

    if (json_array_size(signatures) != 1) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.signatures: %zu signatures, not one",
                    json_array_size(signatures));
    }
    if (!json_is_string(sig) || keyid == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.signatures: not a signature");
    }
    if (*keyid != '\0' && !text_equal(keyid, envelope->keyid)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "sigstore.keyid: the signature's keyid is not the public-key hint");
    }
    return read_pq(sig, &envelope->pq_signature)
               ? STATUS_OK
               : dsse_signature_read(json_string_value(sig), json_string_length(sig),
                                     &envelope->signature, reterr);
}

static enum status read_envelope(const json_t *root, struct sigstore *envelope,
                                 struct error *reterr)
{
    const json_t *dsse = json_object_get(root, "dsseEnvelope");
    const json_t *payload = json_object_get(dsse, "payload");
    const char *type = json_string_value(json_object_get(dsse, "payloadType"));

    if (json_object_get(root, "messageSignature") != NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "sigstore.content: messageSignature says nothing about what is signed");
    }
    if (!json_is_object(dsse) || !json_is_string(payload)) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.content: no DSSE envelope");
    }
    if (!text_equal(type, DSSE_TYPE_STATEMENT)) {
        return fail(reterr, STATUS_BAD_INPUT, "sigstore.type: payloadType is not %s",
                    DSSE_TYPE_STATEMENT);
    }
    TRY(read_signature(dsse, envelope, reterr));
    return dsse_base64(json_string_value(payload), json_string_length(payload), &envelope->payload,
                       reterr);
}

enum status sigstore_read(const void *data, size_t length, struct sigstore *ret_envelope,
                          struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    const char *media_type;

    TRY(json_strict_parse(data, length, &root, reterr));
    media_type = json_string_value(json_object_get(root, "mediaType"));
    if (!text_equal(media_type, SIGSTORE_MEDIA_TYPE)) {
        return fail(reterr, STATUS_UNSUPPORTED, "sigstore.media_type: not %s", SIGSTORE_MEDIA_TYPE);
    }
    TRY(read_material(root, ret_envelope, reterr));
    return read_envelope(root, ret_envelope, reterr);
}

enum status sigstore_write_signed(const char *keyid, const void *signature, size_t signature_length,
                                  const void *payload, size_t length, struct bytes *out,
                                  struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;

    root = json_pack("{s:s, s:{s:{s:s}, s:[]}, s:{s:o, s:s, s:[{s:o, s:s}]}}", "mediaType",
                     SIGSTORE_MEDIA_TYPE, "verificationMaterial", "publicKey", "hint", keyid,
                     "tlogEntries", "dsseEnvelope", "payload", json_base64(payload, length),
                     "payloadType", DSSE_TYPE_STATEMENT, "signatures", "sig",
                     json_base64(signature, signature_length), "keyid", keyid);
    if (root == NULL) {
        abort();
    }
    return json_strict_write(root, out, reterr);
}

enum status sigstore_write(const struct key *key, const void *payload, size_t length,
                           struct bytes *out, struct error *reterr)
{
    struct dsse_signature signature = { 0 };

    if (length > SIGSTORE_PAYLOAD_MAX) {
        return fail(reterr, STATUS_LIMIT, "sigstore.payload: a statement of %zu bytes", length);
    }
    TRY(dsse_sign(key, DSSE_TYPE_STATEMENT, payload, length, &signature, reterr));
    return sigstore_write_signed(key->public_half.keyid, signature.der, signature.length, payload,
                                 length, out, reterr);
}

enum status sigstore_stamp(const void *data, size_t length, const void *token, size_t token_length,
                           struct bytes *out, struct error *reterr)
{
    DEFER(sigstore_done) struct sigstore before = sigstore_empty();
    DEFER(json_strict_done) json_t *root = NULL;
    json_t *material;
    json_t *list;

    TRY(sigstore_read(data, length, &before, reterr));
    if (before.timestamps == SIGSTORE_TIMESTAMPS_MAX ||
        before.tokens.length + token_length > SIGSTORE_TOKENS_MAX) {
        return fail(reterr, STATUS_LIMIT, "sigstore.timestamps: there is no room for another one");
    }
    TRY(json_strict_parse(data, length, &root, reterr));
    material = json_object_get(root, "verificationMaterial");
    if (json_object_get(material, "timestampVerificationData") == NULL) {
        json_put(material, "timestampVerificationData", json_object());
    }
    material = json_object_get(material, "timestampVerificationData");
    list = json_object_get(material, "rfc3161Timestamps");
    if (list == NULL) {
        list = json_array();
        json_put(material, "rfc3161Timestamps", list);
    }
    json_append(list,
                json_made(json_pack("{s:o}", "signedTimestamp", json_base64(token, token_length))));
    return json_strict_write(root, out, reterr);
}
