/* Envelope and signature: cases 49 to 68. */
#include "attack.h"

#include "base/text.h"
#include "evidence/digest.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCALAR = 32, DER_ROOM = 96, TEXT_ROOM = 256 };

static const char run_file[] = BUNDLE_ATT_RUN;

static json_t *envelope_of(json_t *json)
{
    return json_object_get(json, "dsseEnvelope");
}

static json_t *signature_of(json_t *json)
{
    return json_array_get(json_object_get(envelope_of(json), "signatures"), 0);
}

static void edit_run(struct attempt *attempt, world_edit edit, void *context)
{
    attempt_edit(attempt, run_file, edit, context);
}

/* The payload as it stands in the run statement's file. */
static void payload_of(struct attempt *attempt, struct sigstore *envelope)
{
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, run_file);
    struct error error = { 0 };

    must(sigstore_read(entry->data, entry->length, envelope, &error), &error);
}

static void put_signature(json_t *json, void *context)
{
    const struct dsse_signature *signature = context;
    char text[TEXT_ROOM];

    text_base64(signature->der, signature->length, text);
    json_put(signature_of(json), "sig", json_string(text));
}

static void change_payload(json_t *json, void *context)
{
    const json_t *payload = json_object_get(envelope_of(json), "payload");
    DEFER(bytes_done) struct bytes bytes = bytes_bounded(1 << 20);
    struct error error = { 0 };
    char *found;
    char *text;

    (void) context;
    must(
        json_strict_base64(json_string_value(payload), json_string_length(payload), &bytes, &error),
        &error);
    must(bytes_append(&bytes, "", 1, &error), &error);
    /* A member that no other check compares with anything: only the signature tells. */
    found = strstr((char *) bytes.data, "\"edition\"");
    if (found == NULL) {
        found = strstr((char *) bytes.data, "operator-honest");
    }
    if (found == NULL) {
        abort();
    }
    found[1] = 'q';
    text = malloc(2 * bytes.length + 8);
    if (text == NULL) {
        abort();
    }
    text_base64(bytes.data, bytes.length - 1, text);
    json_put(envelope_of(json), "payload", json_string(text));
    free(text);
}

void attack_049_payload_changed(struct attempt *attempt)
{
    edit_run(attempt, change_payload, NULL);
}

static void change_type(json_t *json, void *context)
{
    (void) context;
    json_put(envelope_of(json), "payloadType", json_string("application/json"));
}

void attack_050_payload_type(struct attempt *attempt)
{
    edit_run(attempt, change_type, NULL);
}

/* Signs head followed by the payload. */
static void sign_other(struct attempt *attempt, const char *head)
{
    struct sigstore envelope = sigstore_empty();
    struct dsse_signature signature = { 0 };
    struct digest_stream stream;
    struct digest digest;
    struct error error = { 0 };

    payload_of(attempt, &envelope);
    digest_open(&stream);
    digest_update(&stream, head, strlen(head));
    digest_update(&stream, envelope.payload.data, envelope.payload.length);
    must(digest_close(&stream, &digest, &error), &error);
    must(key_sign(attempt_key(attempt, WORLD_VENDOR), digest.octets, signature.der,
                  &signature.length, &error),
         &error);
    sigstore_done(&envelope);
    edit_run(attempt, put_signature, &signature);
}

void attack_051_no_encoding(struct attempt *attempt)
{
    sign_other(attempt, "");
}

void attack_052_leading_zero(struct attempt *attempt)
{
    struct sigstore envelope = sigstore_empty();
    char head[TEXT_ROOM];

    payload_of(attempt, &envelope);
    (void) snprintf(head, sizeof head, "DSSEv1 028 %s %zu ", DSSE_TYPE_STATEMENT,
                    envelope.payload.length);
    sigstore_done(&envelope);
    sign_other(attempt, head);
}

static void drop_signatures(json_t *json, void *context)
{
    (void) context;
    (void) json_object_set_new(envelope_of(json), "signatures", json_array());
}

void attack_053_no_signature(struct attempt *attempt)
{
    edit_run(attempt, drop_signatures, NULL);
}

static void double_signature(json_t *json, void *context)
{
    (void) context;
    (void) json_array_append_new(json_object_get(envelope_of(json), "signatures"),
                                 json_deep_copy(signature_of(json)));
}

void attack_054_two_signatures(struct attempt *attempt)
{
    edit_run(attempt, double_signature, NULL);
}

static void change_hint(json_t *json, void *context)
{
    json_put(json_object_get(json_object_get(json, "verificationMaterial"), "publicKey"), "hint",
             json_string(context));
}

void attack_055_hint_differs(struct attempt *attempt)
{
    char keyid[KEYID_SIZE];

    memcpy(keyid, attempt_key(attempt, WORLD_PARTNER)->public_half.keyid, sizeof keyid);
    edit_run(attempt, change_hint, keyid);
}

/* "+/" become "-_" as far as `count` characters go. */
static void swap_alphabet(json_t *holder, const char *name, size_t count)
{
    const char *text = json_string_value(json_object_get(holder, name));
    char *copy = strdup(text);

    if (copy == NULL) {
        abort();
    }
    for (char *at = copy; *at != '\0' && count > 0; at++) {
        if (*at == '+' || *at == '/') {
            *at = *at == '+' ? '-' : '_';
            count--;
        }
    }
    json_put(holder, name, json_string(copy));
    free(copy);
}

static void make_url_safe(json_t *json, void *context)
{
    const size_t *count = context;

    swap_alphabet(envelope_of(json), "payload", *count);
    swap_alphabet(signature_of(json), "sig", *count);
}

void attack_056_url_safe(struct attempt *attempt)
{
    size_t all = SIZE_MAX;

    edit_run(attempt, make_url_safe, &all);
}

static void mix_alphabets(json_t *json, void *context)
{
    (void) context;
    json_put(signature_of(json), "sig", json_string("MAYCAQECAQ+_"));
}

void attack_056_mixed(struct attempt *attempt)
{
    edit_run(attempt, mix_alphabets, NULL);
}

static void loosen_bits(json_t *json, void *context)
{
    (void) context;
    json_put(signature_of(json), "sig", json_string("MAYCAQECAQF="));
}

void attack_056_loose_bits(struct attempt *attempt)
{
    edit_run(attempt, loosen_bits, NULL);
}

/* ---- thresholds and keys ---- */

/* Another vendor's copy of the run statement, signed by who. */
static void cosign(struct attempt *attempt, enum world_who who)
{
    const char name[] = "META-INF/att/03-vendor-run.sigstore.json";
    const struct raw_entry *run = raw_zip_find(&attempt->zip, run_file);
    char *copy = malloc(run->length);
    size_t length = run->length;

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, run->data, length);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, name, copy, length);
    free(copy);
    raw_zip_sort(&attempt->zip);
    world_edit_statement(&attempt->zip, name, attempt_key(attempt, who), NULL, NULL);
}

void attack_062_stranger_beside(struct attempt *attempt)
{
    cosign(attempt, WORLD_STRANGER);
}

static void ask_for_two(struct attempt *attempt)
{
    const struct world_store store = { .organisations = 2 };

    attempt_trust(attempt, &store);
}

void attack_060_same_key_twice(struct attempt *attempt)
{
    ask_for_two(attempt);
    cosign(attempt, WORLD_VENDOR);
}

void attack_061_one_organisation(struct attempt *attempt)
{
    ask_for_two(attempt);
    cosign(attempt, WORLD_VENDOR_SECOND);
}

/* The second key of ACME: its name alone says whose it is. */
static void leave_out_number(json_t *payload, void *context)
{
    json_t *second = json_array_get(json_object_get(payload, "keys"), 1);

    (void) context;
    (void) json_object_del(json_object_get(second, "organisation"), "corporateNumber");
}

void attack_061_number_left_out(struct attempt *attempt)
{
    const struct world_store store = { .organisations = 2, .edit = leave_out_number };

    attempt_trust(attempt, &store);
    cosign(attempt, WORLD_VENDOR_SECOND);
}

/* The same, followed by an ideographic space. */
static void write_otherwise(json_t *payload, void *context)
{
    json_t *second = json_array_get(json_object_get(payload, "keys"), 1);

    leave_out_number(payload, context);
    json_put(json_object_get(second, "organisation"), "name", json_string("Acme\xe3\x80\x80"));
}

void attack_061_wide_blank(struct attempt *attempt)
{
    const struct world_store store = { .organisations = 2, .edit = write_otherwise };

    attempt_trust(attempt, &store);
    cosign(attempt, WORLD_VENDOR_SECOND);
}

void attack_061_two_organisations(struct attempt *attempt)
{
    ask_for_two(attempt);
    cosign(attempt, WORLD_PARTNER);
}

void attack_062_result_of_other_vendor(struct attempt *attempt)
{
    world_edit_statement(&attempt->zip, BUNDLE_ATT_RESULT, attempt_key(attempt, WORLD_PARTNER),
                         NULL, NULL);
}

static void carry_key(json_t *json, void *context)
{
    json_put(json_object_get(json, "predicate"), "publicKey", json_string(context));
}

void attack_062_stranger(struct attempt *attempt)
{
    const struct key *stranger = attempt_key(attempt, WORLD_STRANGER);
    char pem[KEY_PEM_SIZE];
    struct error error = { 0 };

    must(public_key_to_pem(&stranger->public_half, pem, &error), &error);
    world_edit_statement(&attempt->zip, run_file, stranger, carry_key, pem);
    world_edit_statement(&attempt->zip, BUNDLE_ATT_RESULT, stranger, NULL, NULL);
}

void attack_062_other_vendor(struct attempt *attempt)
{
    const struct world_bundle how = { .signer = WORLD_PARTNER };

    attempt_bundle(attempt, &how);
}

static void carry_certificate(json_t *json, void *context)
{
    json_t *material = json_object_get(json, "verificationMaterial");

    (void) context;
    (void) json_object_del(material, "publicKey");
    (void) json_object_del(signature_of(json), "keyid");
    (void) json_object_set_new(material, "certificate", json_pack("{s:s}", "rawBytes", "MIIB"));
}

void attack_063_certificate(struct attempt *attempt)
{
    edit_run(attempt, carry_certificate, NULL);
}

static void name_p384(json_t *json, void *context)
{
    change_hint(json, context);
    json_put(signature_of(json), "keyid", json_string(context));
}

void attack_064_other_algorithm(struct attempt *attempt)
{
    const struct world_store store = { .other_kind = true };
    char keyid[] = WORLD_P384;

    attempt_trust(attempt, &store);
    edit_run(attempt, name_p384, keyid);
    attempt_edit(attempt, BUNDLE_ATT_RESULT, name_p384, keyid);
}

static void sign_message(json_t *json, void *context)
{
    (void) context;
    (void) json_object_del(json, "dsseEnvelope");
    (void) json_object_set_new(json, "messageSignature",
                               json_pack("{s:{s:s, s:s}, s:s}", "messageDigest", "algorithm",
                                         "SHA2_256", "digest", "AAAA", "signature", "AAAA"));
}

void attack_066_message_signature(struct attempt *attempt)
{
    edit_run(attempt, sign_message, NULL);
}

static void set_media_type(json_t *json, void *context)
{
    if (context == NULL) {
        (void) json_object_del(json, "mediaType");
    } else {
        json_put(json, "mediaType", json_string(context));
    }
}

void attack_067_version_01(struct attempt *attempt)
{
    char type[] = "application/vnd.dev.sigstore.bundle+json;version=0.1";

    edit_run(attempt, set_media_type, type);
}

void attack_067_version_04(struct attempt *attempt)
{
    char type[] = "application/vnd.dev.sigstore.bundle.v0.4+json";

    edit_run(attempt, set_media_type, type);
}

void attack_067_version_absent(struct attempt *attempt)
{
    edit_run(attempt, set_media_type, NULL);
}
