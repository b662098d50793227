/* storage_scheme - what the profile declares of one stored asset, in the names that a policy
 * grades.  Nothing is sent: this is a declaration, and stays one. */
#include "probe/probe.h"

#include "base/text.h"
#include "name.h"

extern const struct probe probe_storage_scheme;

static void cipher_report(struct probe_call *call, const struct storage *storage)
{
    json_t *row;
    json_t *rows = json_array();
    char name[NAME_SIZE];

    name_join(storage->cipher, storage->mode, name);
    row = json_pack("{s:s}", "name", name);
    if (storage->key_bits > 0) {
        (void) json_object_set_new(row, "bits", json_integer(storage->key_bits));
    }
    probe_list_add(rows, row);
    probe_fact_json(call, "ciphers", rows);
}

static void hash_report(struct probe_call *call, const struct storage *storage)
{
    json_t *names = json_array();
    char name[NAME_SIZE];

    if (storage->kdf != NULL) {
        name_join(storage->kdf, storage->hash, name);
    } else {
        name_join(storage->hash, NULL, name);
    }
    probe_list_add_text(names, name);
    probe_fact_json(call, "hashes", names);
    probe_fact_bool(call, "salted", storage->salt);
}

/* Assets of the profile of which no storage speaks. */
static json_t *assets_unspoken(const struct profile *profile)
{
    json_t *list = json_array();

    for (size_t i = 0; i < profile->asset_count; i++) {
        bool spoken = false;

        for (size_t j = 0; j < profile->storage_count; j++) {
            spoken = spoken || text_equal(profile->storage[j].asset, profile->assets[i].id);
        }
        if (!spoken) {
            probe_list_add_text(list, profile->assets[i].id);
        }
    }
    return list;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    const struct storage *storage = call->subject->storage;

    (void) reterr;
    probe_fact_text(call, "asset", storage->asset);
    probe_fact_text(call, "where", storage->where);
    probe_fact_text(call, "relies_on", storage->relies_on);
    probe_fact_bool(call, "removable", storage->removable);
    probe_fact_bool(call, "external_access", storage->external_access);
    probe_fact_bool(call, "hardware", storage->hardware);
    if (storage->text != NULL) {
        probe_fact_text(call, "words", storage->text);
    }
    if (storage->cipher != NULL) {
        cipher_report(call, storage);
    }
    if (storage->hash != NULL) {
        hash_report(call, storage);
    }
    probe_fact_json(call, "assets_unspoken", assets_unspoken(call->subject->profile));
    return STATUS_OK;
}

static const struct param params[] = { PARAM_END };

static const struct fact cipher_columns[] = {
    { .name = "name", .type = FACT_TEXT, .help = "Cipher and mode, such as aes-gcm." },
    { .name = "bits", .type = FACT_INT, .help = "Length of the key; left out when not declared." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "asset", .type = FACT_TEXT, .help = "Id of the asset." },
    { .name = "where", .type = FACT_TEXT, .help = "In which memory it lies." },
    { .name = "relies_on",
      .type = FACT_TEXT,
      .help = "hardware; else closed, when it is neither removable nor reached from outside; else "
              "encryption, hash, words or nothing." },
    { .name = "removable", .type = FACT_BOOL, .help = "The memory can be taken out." },
    { .name = "external_access", .type = FACT_BOOL, .help = "It can be read from outside." },
    { .name = "hardware", .type = FACT_BOOL, .help = "Hardware keeps it from the software." },
    { .name = "words", .type = FACT_TEXT, .help = "The protection, where it is in words." },
    { .name = "ciphers",
      .type = FACT_ROWS,
      .help = "The declared cipher; left out without one.",
      .columns = cipher_columns },
    { .name = "hashes",
      .type = FACT_TEXTS,
      .help = "The declared hash behind what stretches it, such as pbkdf2-hmac-sha256; left out "
              "without one." },
    { .name = "salted", .type = FACT_BOOL, .help = "Each value has a salt; only with a hash." },
    { .name = "assets_unspoken",
      .type = FACT_TEXTS,
      .help = "Assets of the profile of whose storage it says nothing." },
    FACT_END,
};

const struct probe probe_storage_scheme = {
    .decl = {
        .name = "storage_scheme",
        .summary = { .ja = "保存された情報資産の保護方式の宣言を書き出す",
                     .en = "Writes down how a stored asset is declared to be protected" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_STORAGE,
        .deadline_ms = 10000,
    },
    .run = run,
};
