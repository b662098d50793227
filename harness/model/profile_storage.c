/* How stored assets are protected, and what is exported. */
#include "model/profile_tables.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct range key_range = { 1, 65536 };
static const struct range rounds_range = { 1, 1 << 30 };

static const struct field scheme_fields[] = {
    { .key = "cipher", .kind = &kind_text, AT(storage, cipher), .help = "aes, camellia, ..." },
    { .key = "mode", .kind = &kind_text, AT(storage, mode), .help = "gcm, cbc, xts, ..." },
    { .key = "key_bits",
      .kind = &kind_unsigned,
      AT(storage, key_bits),
      .detail = &key_range,
      .help = "length of the key" },
    { .key = "hash",
      .kind = &kind_text,
      AT(storage, hash),
      .help = "of a password: sha512-crypt, hmac-sha256, bcrypt, ..." },
    { .key = "kdf",
      .kind = &kind_text,
      AT(storage, kdf),
      .help = "what stretches a password: pbkdf2, scrypt, ..." },
    { .key = "rounds",
      .kind = &kind_unsigned,
      AT(storage, rounds),
      .detail = &rounds_range,
      .help = "how often it does" },
    { .key = "salt", .kind = &kind_bool, AT(storage, salt), .help = "a salt for each value" },
    { .key = "hardware",
      .kind = &kind_bool,
      AT(storage, hardware),
      .help = "kept by a secure element, a TPM or fuses, out of reach of the software" },
    FIELD_END,
};
static const struct record scheme_record = { "scheme", scheme_fields, sizeof(struct storage),
                                             false };

static void decode_scheme(struct decoder *decoder, const struct node *node,
                          const struct field *field, void *target)
{
    struct storage *storage = target;

    if (node->kind == NODE_MAP) {
        decode_record(decoder, node, &scheme_record, storage);
        if (storage->mode != NULL && storage->cipher == NULL) {
            problem_at(decoder->problems, node->mark, "a mode needs its cipher");
        }
        if (node->count == 0) {
            problem_at(decoder->problems, node->mark, "'%s' says nothing", field->key);
        }
    } else if (node->kind == NODE_SCALAR && node->text[0] != '\0') {
        storage->text = node->text;
    } else {
        problem_at(decoder->problems, node->mark, "'%s' must be a text or a mapping", field->key);
    }
}

static const struct kind kind_scheme = {
    "text, or {cipher, mode, key_bits, hash, kdf, rounds, salt, hardware}", decode_scheme
};

static const struct field storage_fields[] = {
    { .key = "id", .kind = &kind_marked, AT(storage_raw, id), .help = "the asset's unless given" },
    { .key = "asset",
      .kind = &kind_marked,
      AT(storage_raw, asset),
      .flags = FIELD_REQUIRED,
      .help = "id of the asset" },
    { .key = "where",
      .kind = &kind_text,
      AT(storage_raw, storage.where),
      .flags = FIELD_REQUIRED,
      .help = "in which memory, such as eMMC partition 5" },
    { .key = "scheme",
      .kind = &kind_scheme,
      AT(storage_raw, storage),
      .flags = FIELD_REQUIRED,
      .help = "how it is protected there: in words, or part by part; a password's value is hashed, "
              "everything else encrypted, or kept by hardware" },
    { .key = "removable",
      .kind = &kind_bool,
      AT(storage_raw, storage.removable),
      .flags = FIELD_REQUIRED,
      .help = "the memory can be taken out without tools, like a card" },
    { .key = "external_access",
      .kind = &kind_bool,
      AT(storage_raw, storage.external_access),
      .flags = FIELD_REQUIRED,
      .help = "it can be read from outside: over USB, a debugging port, a share" },
    FIELD_END,
};
const struct record profile_storage_record = { "a stored asset", storage_fields,
                                               sizeof(struct storage_raw), true };

static const char *const export_kinds[] = { "config", "backup", "log", NULL };

static const struct field export_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(export_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "kind",
      .kind = &kind_word,
      AT(export_raw, export.kind),
      .detail = export_kinds,
      .help = "what it is for; config unless given" },
    { .key = "request",
      .kind = &kind_record,
      AT(export_raw, request),
      .detail = &profile_request_record,
      .help = "what is asked for it over HTTP" },
    { .key = "file",
      .kind = &kind_path,
      AT(export_raw, export.file),
      .help = "one that was saved by hand, where no request gives it" },
    { .key = "auth",
      .kind = &kind_marked,
      AT(export_raw, auth),
      .help = "id of the mechanism that guards it" },
    { .key = "role", .kind = &kind_marked, AT(export_raw, role), .help = "who may have it" },
    { .key = "contains",
      .kind = &kind_text,
      AT(export_raw, export.contains),
      .help = "a text that stands in it once it is unpacked, by which one knows that it was read" },
    FIELD_END,
};
const struct record profile_export_record = { "an export", export_fields, sizeof(struct export_raw),
                                              true };

/* By which of the ways that the criteria know the protection stands. */
static const char *relied_on(const struct storage *storage)
{
    if (storage->hardware) {
        return "hardware";
    }
    if (!storage->removable && !storage->external_access) {
        return "closed";
    }
    if (storage->cipher != NULL) {
        return "encryption";
    }
    if (storage->hash != NULL) {
        return "hash";
    }
    return storage->text != NULL ? "words" : "nothing";
}

static void storages_resolve(const struct profile_raw *raw, struct problems *problems,
                             struct arena *arena, struct profile *profile)
{
    struct storage *list = arena_array(arena, raw->storage_count, sizeof *list);

    for (size_t i = 0; i < raw->storage_count; i++) {
        const struct storage_raw *from = &raw->storage[i];

        list[i] = from->storage;
        list[i].asset = from->asset.text;
        list[i].id = from->id.text != NULL ? from->id.text : from->asset.text;
        list[i].relies_on = relied_on(&list[i]);
        if (profile_asset(profile, list[i].asset) == NULL) {
            problem_at(problems, from->asset.node->mark, "no asset is declared with the id '%s'",
                       text_shown(arena, list[i].asset));
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list[j].id, list[i].id) == 0) {
                problem_at(problems, from->head.node->mark,
                           "there is another storage '%s'; give this one an 'id'",
                           text_shown(arena, list[i].id));
            }
        }
    }
    profile->storage = list;
    profile->storage_count = raw->storage_count;
}

static void export_resolve(const struct export_raw *raw, struct problems *problems,
                           const struct profile *profile, struct export *export)
{
    *export = raw->export;
    export->id = raw->id.text;
    export->kind = export->kind != NULL ? export->kind : "config";
    export->access = (struct access){ .id = export->id, .role = raw->role.text };
    if ((raw->request.head.node != NULL) == (export->file != NULL)) {
        problem_at(problems, raw->head.node->mark, "an export needs 'request' or 'file'");
        return;
    }
    if (export->file != NULL) {
        return;
    }
    export->access.read = profile_request_resolve(&raw->request, problems);
    if (raw->auth.text == NULL || raw->role.text == NULL) {
        problem_at(problems, raw->head.node->mark, "a request needs 'auth' and 'role'");
        return;
    }
    export->access.auth = profile_auth(profile, raw->auth.text);
    if (export->access.auth == NULL) {
        problem_at(problems, raw->auth.node->mark, "no mechanism is declared with the id '%.60s'",
                   raw->auth.text);
        return;
    }
    export->access.service = export->access.auth->service;
    for (size_t i = 0; i < profile->role_count; i++) {
        if (strcmp(profile->roles[i], raw->role.text) == 0) {
            return;
        }
    }
    problem_at(problems, raw->role.node->mark, "not among the declared roles: '%.60s'",
               raw->role.text);
}

void profile_storage_resolve(const struct profile_raw *raw, struct problems *problems,
                             struct arena *arena, struct profile *profile)
{
    struct export *exports = arena_array(arena, raw->export_count, sizeof *exports);

    storages_resolve(raw, problems, arena, profile);
    for (size_t i = 0; i < raw->export_count; i++) {
        export_resolve(&raw->exports[i], problems, profile, &exports[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(exports[j].id, exports[i].id) == 0) {
                problem_at(problems, raw->exports[i].id.node->mark,
                           "there is another export with this id");
            }
        }
    }
    profile->exports = exports;
    profile->export_count = raw->export_count;
}
