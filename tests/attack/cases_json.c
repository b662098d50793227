/* The manifest as JSON: cases 33 to 48, and 134. */
#include "attack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 100000 };

static const char manifest[] = CONTAINER_MANIFEST;

/* Puts text at the start of the manifest's object. */
static void open_with(struct attempt *attempt, const char *text)
{
    attempt_replace(attempt, manifest, "{", text);
}

void attack_033_duplicate_key(struct attempt *attempt)
{
    open_with(attempt, "{\"hoshi\":1,");
}

void attack_034_escaped_duplicate(struct attempt *attempt)
{
    open_with(attempt, "{\"h\\u006fshi\":1,");
}

void attack_035_nested_duplicate(struct attempt *attempt)
{
    attempt_replace(attempt, manifest, "\"dut\":{", "\"dut\":{\"model\":\"HC-200\",");
}

void attack_036_case_twin(struct attempt *attempt)
{
    open_with(attempt, "{\"Hoshi\":1,");
}

void attack_036_nested_case_twin(struct attempt *attempt)
{
    attempt_replace(attempt, manifest, "\"dut\":{", "\"dut\":{\"Model\":\"HC-200\",");
}

void attack_037_lone_surrogate(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":\"\\ud800\",");
}

void attack_037_low_surrogate(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":\"\\udc00\\ud800\",");
}

/* U+002F in two bytes and U+D800 in three: RFC 3629 sections 3 and 10. */
void attack_037_overlong(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":\"\xc0\xaf\",");
}

void attack_037_surrogate_in_utf8(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":\"\xed\xa0\x80\",");
}

void attack_037_bom(struct attempt *attempt)
{
    open_with(attempt, "\xef\xbb\xbf{");
}

void attack_038_raw_nul(struct attempt *attempt)
{
    struct raw_entry *entry = raw_zip_find(&attempt->zip, manifest);
    uint8_t *at = memmem(entry->data, entry->length, "HC-100", 6);

    if (at == NULL) {
        abort();
    }
    at[2] = '\0';
    raw_entry_set(entry, entry->data, entry->length);
}

void attack_038_nul(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":\"\\u0000\",");
}

void attack_039_fraction(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":1.0,");
}

void attack_039_too_large(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":9007199254740992,");
}

void attack_039_minus_zero(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":-0,");
}

void attack_039_exponent(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":1e400,");
}

void attack_039_leading_zero(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":01,");
}

void attack_039_too_small(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":-9007199254740992,");
}

void attack_039_many_digits(struct attempt *attempt)
{
    open_with(attempt, "{\"x\":18446744073709551617,"); /* 1 modulo 2^64 */
}

/* A member in front of the others, its text so many bytes long. */
static void put_long_text(struct attempt *attempt, size_t length)
{
    static const char before[] = "{\"x\":\"";
    static const char after[] = "\",";
    char *text = malloc(length + sizeof before + sizeof after);

    if (text == NULL) {
        abort();
    }
    memcpy(text, before, sizeof before - 1);
    memset(text + sizeof before - 1, 'a', length);
    memcpy(text + sizeof before - 1 + length, after, sizeof after);
    open_with(attempt, text);
    free(text);
}

void attack_040_long_string(struct attempt *attempt)
{
    put_long_text(attempt, 2000000);
}

void attack_040_huge_string(struct attempt *attempt)
{
    put_long_text(attempt, 100000000);
}

void attack_040_depth(struct attempt *attempt)
{
    enum { DEPTH = 1000 };
    char text[2 * DEPTH + 16] = "{\"x\":";
    size_t start = strlen(text);

    memset(text + start, '[', DEPTH);
    memset(text + start + DEPTH, ']', DEPTH);
    memcpy(text + start + 2 * DEPTH, ",", 2);
    open_with(attempt, text);
}

void attack_041_trailing(struct attempt *attempt)
{
    struct raw_entry *entry = raw_zip_find(&attempt->zip, manifest);
    char *longer = malloc(entry->length + 2);

    if (longer == NULL) {
        abort();
    }
    memcpy(longer, entry->data, entry->length);
    memcpy(longer + entry->length, "{}", 2);
    raw_entry_set(entry, longer, entry->length + 2);
    free(longer);
}

static void add_member(json_t *json, void *context)
{
    (void) json_object_set_new(json, context, json_integer(1));
}

static void reseal_with(struct attempt *attempt, world_edit edit, void *context)
{
    world_reseal(&attempt->zip, attempt_key(attempt, WORLD_VENDOR), edit, context);
}

void attack_042_proto(struct attempt *attempt)
{
    char name[] = "__proto__";

    reseal_with(attempt, add_member, name);
}

void attack_043_unknown_member(struct attempt *attempt)
{
    char name[] = "mood";

    reseal_with(attempt, add_member, name);
}

static void require_magic(json_t *json, void *context)
{
    (void) context;
    (void) json_array_append_new(json_object_get(json, "requires"), json_string("magic/1"));
}

void attack_044_unknown_requires(struct attempt *attempt)
{
    reseal_with(attempt, require_magic, NULL);
}

static json_t *listed(json_t *json, size_t index)
{
    return json_array_get(json_object_get(json, "entries"), index);
}

static void repeat_path(json_t *json, void *context)
{
    json_t *twin = json_deep_copy(listed(json, 1));

    (void) context;
    (void) json_object_set_new(twin, "id", json_string("e0099"));
    (void) json_array_append_new(json_object_get(json, "entries"), twin);
}

void attack_045_path_twice(struct attempt *attempt)
{
    reseal_with(attempt, repeat_path, NULL);
}

static void enlarge(json_t *json, void *context)
{
    json_t *size = json_object_get(listed(json, 0), "size");

    (void) context;
    (void) json_integer_set(size, json_integer_value(size) + 1);
}

static void repeat_id(json_t *json, void *context)
{
    (void) context;
    (void) json_object_set(listed(json, 1), "id", json_object_get(listed(json, 2), "id"));
}

void attack_045_id_twice(struct attempt *attempt)
{
    reseal_with(attempt, repeat_id, NULL);
}

void attack_046_wrong_size(struct attempt *attempt)
{
    reseal_with(attempt, enlarge, NULL);
}

static void put_digest(json_t *json, void *context)
{
    (void) json_object_set_new(listed(json, 0), "sha256", json_string(context));
}

void attack_047_upper_case_digest(struct attempt *attempt)
{
    char digest[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    reseal_with(attempt, put_digest, digest);
}

void attack_047_short_digest(struct attempt *attempt)
{
    char digest[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    reseal_with(attempt, put_digest, digest);
}

void attack_047_odd_digest(struct attempt *attempt)
{
    char digest[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    reseal_with(attempt, put_digest, digest);
}

static void list_itself(json_t *json, void *context)
{
    json_t *twin = json_deep_copy(listed(json, 0));

    (void) context;
    (void) json_object_set_new(twin, "id", json_string("e0099"));
    (void) json_object_set_new(twin, "path", json_string(manifest));
    (void) json_array_append_new(json_object_get(json, "entries"), twin);
}

void attack_048_lists_itself(struct attempt *attempt)
{
    reseal_with(attempt, list_itself, NULL);
}

/* Enough notes to fill any report: they may not push the answer out. */
static void add_many(json_t *json, void *context)
{
    (void) context;
    for (size_t i = 0; i < MANY; i++) {
        char name[32];

        (void) snprintf(name, sizeof name, "mood-%zu", i);
        (void) json_object_set_new(json, name, json_true());
    }
}

void attack_043_many_unknown_members(struct attempt *attempt)
{
    reseal_with(attempt, add_many, NULL);
}

enum { HOARDS = 3, HOARD = 45000 };

static void hoard(json_t *json, void *context)
{
    json_t *list = json_array();

    (void) context;
    for (size_t i = 0; i < HOARD; i++) {
        (void) json_array_append_new(list, json_object());
    }
    (void) json_object_set_new(json, "hoard", list);
}

/* Strangers' statements, small in the file and large in memory. */
void attack_043_heavy_statements(struct attempt *attempt)
{
    for (size_t i = 0; i < HOARDS; i++) {
        char name[64];
        const struct world_evaluation how = { .signer = WORLD_STRANGER, .file = name };

        (void) snprintf(name, sizeof name, "META-INF/att/%zu-heavy.sigstore.json", 50 + i);
        world_evaluate(attempt->world, &attempt->zip, &how);
        world_edit_statement(&attempt->zip, name, attempt_key(attempt, WORLD_STRANGER), hoard,
                             NULL);
    }
}

static void tell_secret(json_t *json, void *context)
{
    json_t *entries = json_object_get(json, "entries");

    (void) context;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *item = json_array_get(entries, i);

        if (strcmp(json_string_value(json_object_get(item, "class")), "secret") == 0) {
            (void) json_object_set(item, "sha256", json_object_get(item, "commit"));
        }
    }
}

void attack_134_digest_of_secret(struct attempt *attempt)
{
    reseal_with(attempt, tell_secret, NULL);
}
