/* Manifest cases of the attack list (43 to 48, 128, 134): one change each to
 * fixtures/manifest.json. */
#include "evidence/manifest.h"

#include "evidence/fault.h"
#include "evidence/json_strict.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct notes {
    unsigned count;
    char last[200];
};

static void take_note(void *context, const char *code, const char *text)
{
    struct notes *notes = context;

    notes->count++;
    (void) snprintf(notes->last, sizeof notes->last, "%s %s", code, text);
}

static struct bytes fixture(void)
{
    struct bytes out = bytes_bounded(1 << 16);
    FILE *file = fopen(FIXTURES "manifest.json", "rbe");
    uint8_t *room;

    cr_assert_not_null(file);
    cr_assert_eq(bytes_reserve(&out, 1 << 15, &room, NULL), STATUS_OK);
    bytes_commit(&out, fread(room, 1, 1 << 15, file));
    (void) fclose(file);
    return out;
}

static json_t *sample(void)
{
    DEFER(bytes_done) struct bytes text = fixture();
    json_t *root = NULL;

    cr_assert_eq(json_strict_parse(text.data, text.length, &root, NULL), STATUS_OK);
    return root;
}

/* Goes down a path such as "entries/0/sha256"; returns the parent of its last part. */
static json_t *parent_of(json_t *root, const char *path, const char **ret_last)
{
    const char *slash;

    while ((slash = strchr(path, '/')) != NULL) {
        char part[40] = "";

        memcpy(part, path, (size_t) (slash - path));
        root = json_is_array(root) ? json_array_get(root, (size_t) (part[0] - '0'))
                                   : json_object_get(root, part);
        cr_assert_not_null(root, "%s", path);
        path = slash + 1;
    }
    *ret_last = path;
    return root;
}

static void set(json_t *root, const char *path, json_t *value)
{
    const char *last;
    json_t *parent = parent_of(root, path, &last);

    cr_assert_eq(json_object_set_new(parent, last, value), 0);
}

static void removed(json_t *root, const char *path)
{
    const char *last;
    json_t *parent = parent_of(root, path, &last);

    cr_assert_eq(json_object_del(parent, last), 0, "%s", path);
}

/* Reads and frees root. */
static void expect(json_t *root, enum status status, const char *code)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(1 << 20);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";

    cr_assert_eq(json_strict_write(root, &text, NULL), STATUS_OK);
    json_decref(root);
    cr_assert_eq(manifest_read(text.data, text.length, arena, NULL, NULL, &manifest, &error),
                 status, "%s", error.message);
    if (status != STATUS_OK) {
        fault_code(&error, found);
        cr_assert_null(manifest);
    }
    cr_assert_str_eq(found, code, "%s", error.message);
}

static void expect_with(const char *path, json_t *value, const char *code)
{
    json_t *root = sample();

    set(root, path, value);
    expect(root, code[0] == '\0' ? STATUS_OK : STATUS_BAD_INPUT, code);
}

Test(manifest, sample_is_read_whole)
{
    DEFER(bytes_done) struct bytes text = fixture();
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    struct notes notes = { 0 };
    struct error error = { .message = "" };
    const struct manifest_entry *entry;

    cr_assert_eq(manifest_read(text.data, text.length, arena, take_note, &notes, &manifest, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(notes.count, 0);
    cr_assert_eq(manifest->requires_count, 2);
    cr_assert_str_eq(manifest->run.suite.id, "jc-star-star1");
    cr_assert_str_eq(manifest->run.harness.version, "0.1.0");
    cr_assert_eq(manifest->run.opened.anchor, MANIFEST_ANCHOR_NONCE);
    cr_assert_str_eq(manifest->dut.vendor_name, "\xe6\x98\x9f\xe9\x9b\xbb\xe6\xa9\x9f");
    cr_assert_str_eq(manifest->dut.vendor_number, "1234567890123");
    cr_assert_str_eq(manifest->dut.hw, "B2");
    cr_assert_eq(manifest->dut.firmware_count, 1);
    cr_assert_str_eq(manifest->dut.firmware[0].version, "1.4.2");
    cr_assert(manifest->dut.has_unit);
    cr_assert_eq(manifest->log.count, 4);
    cr_assert_eq(manifest->entry_count, 4);
    entry = manifest_find_path(manifest, "wire/tls-03.keylog");
    cr_assert_str_eq(entry->id, "e0003");
    cr_assert_eq(entry->size, 912);
    cr_assert_eq(entry->disclosure, MANIFEST_WITHHOLDABLE);
    cr_assert(entry->has_commit && !entry->has_sha256);
    cr_assert_eq(manifest_find_id(manifest, "e0003"), entry);
    cr_assert_null(manifest_find_id(manifest, "e0009"));
    cr_assert_null(manifest_find_path(manifest, "wire"));
}

/* The fixture was not written by this code. */
Test(manifest, written_form_is_canonical)
{
    DEFER(bytes_done) struct bytes text = fixture();
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 16);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    struct error error = { .message = "" };

    cr_assert_eq(manifest_read(text.data, text.length, arena, NULL, NULL, &manifest, NULL),
                 STATUS_OK);
    cr_assert_eq(manifest_write(manifest, &out, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(out.length, text.length);
    cr_assert_arr_eq(out.data, text.data, out.length);
}

Test(manifest, what_is_optional_may_be_missing)
{
    static const char *const optional[] = { "dut/hw", "dut/unit", "dut/vendor/corporateNumber",
                                            "entries/3/sha256" };
    DEFER(bytes_done) struct bytes text = bytes_bounded(1 << 16);
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 16);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    json_t *root = sample();

    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
        removed(root, optional[i]);
    }
    removed(root, "run/opened/sha256");
    set(root, "run/opened/anchor", json_string("none"));
    set(root, "dut/firmware", json_array());
    cr_assert_eq(json_strict_write(root, &text, NULL), STATUS_OK);
    json_decref(root);
    cr_assert_eq(manifest_read(text.data, text.length, arena, NULL, NULL, &manifest, NULL),
                 STATUS_OK);
    cr_assert_null(manifest->dut.hw);
    cr_assert_not(manifest->dut.has_unit);
    cr_assert_eq(manifest_write(manifest, &out, NULL), STATUS_OK);
    cr_assert_eq(out.length, text.length);
    cr_assert_arr_eq(out.data, text.data, out.length);
}

Test(manifest, what_is_needed_must_be_there)
{
    static const char *const needed[] = { "hoshi",
                                          "requires",
                                          "bundleId",
                                          "created",
                                          "run",
                                          "dut",
                                          "log",
                                          "entries",
                                          "run/id",
                                          "run/suite",
                                          "run/suite/id",
                                          "run/suite/version",
                                          "run/harness",
                                          "run/harness/name",
                                          "run/harness/version",
                                          "run/opened",
                                          "run/opened/time",
                                          "run/opened/anchor",
                                          "dut/vendor",
                                          "dut/vendor/name",
                                          "dut/model",
                                          "dut/firmware",
                                          "dut/firmware/0/name",
                                          "dut/firmware/0/version",
                                          "log/path",
                                          "log/count",
                                          "entries/0/id",
                                          "entries/0/path",
                                          "entries/0/size",
                                          "entries/0/class",
                                          "entries/0/disclosure" };
    static const char *const digests[] = {
        "run/suite/sha256", "run/harness/sha256", "dut/firmware/0/sha256",
        "dut/unit/commit",  "log/root",           "log/head"
    };

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        json_t *root = sample();

        removed(root, needed[i]);
        expect(root, STATUS_BAD_INPUT, "manifest.member");
        expect_with(needed[i], json_true(), "manifest.member");
    }
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        json_t *root = sample();

        removed(root, digests[i]);
        expect(root, STATUS_BAD_INPUT, "manifest.digest_form");
    }
}

Test(manifest, case_43_unknown_member_is_noted_and_ignored)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(1 << 16);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    struct notes notes = { 0 };
    json_t *root = sample();

    set(root, "entries/1/colour\n", json_string("blue"));
    set(root, "dut/weight", json_integer(3));
    cr_assert_eq(json_strict_write(root, &text, NULL), STATUS_OK);
    json_decref(root);
    cr_assert_eq(manifest_read(text.data, text.length, arena, take_note, &notes, &manifest, NULL),
                 STATUS_OK);
    cr_assert_eq(notes.count, 2);
    cr_assert_str_eq(notes.last, "manifest.unknown_member entries[1].colour\\x0a");
}

Test(manifest, case_44_unknown_requirement)
{
    json_t *root = sample();

    set(root, "requires", json_pack("[s,s]", "merkle/1", "merkle/2"));
    expect(root, STATUS_UNSUPPORTED, "manifest.requires");
    /* Even when much else is not as this version expects. */
    root = json_pack("{s:i,s:[s]}", "hoshi", 1, "requires", "future/1");
    expect(root, STATUS_UNSUPPORTED, "manifest.requires");
    root = json_pack("{s:i}", "hoshi", 2);
    expect(root, STATUS_UNSUPPORTED, "manifest.version");
}

Test(manifest, case_45_one_path_or_id_twice)
{
    expect_with("entries/3/id", json_string("e0003"), "manifest.duplicate");
    expect_with("entries/3/path", json_string("wire/tls-03.keylog"), "manifest.duplicate");
}

Test(manifest, case_47_digest_forms)
{
    static const char *const wrong[] = {
        "",
        "abc",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555",
        "sha256:3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b785"
    };
    static const char *const places[] = { "entries/0/sha256", "entries/2/commit",
                                          "run/suite/sha256", "log/root", "run/opened/sha256" };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            expect_with(places[k], json_string(wrong[i]), "manifest.digest_form");
        }
    }
    expect_with("entries/0/sha256", json_null(), "manifest.digest_form");
}

Test(manifest, case_48_lists_itself)
{
    expect_with("entries/3/path", json_string("META-INF/manifest.json"), "manifest.self");
    expect_with("entries/3/path", json_string("META-INF/att/01-x.sigstore.json"), "manifest.path");
    expect_with("entries/3/path", json_string("mimetype"), "manifest.path");
    expect_with("entries/3/path", json_string("wire/../x"), "manifest.path");
    expect_with("entries/3/path", json_string("wire/\xe6\x98\x9f"), "manifest.path");
}

Test(manifest, case_128_what_is_never_withheld)
{
    expect_with("entries/3/path", json_string("run/suite.yaml"), "manifest.disclosure");
    expect_with("entries/3/path", json_string("log/more.jsonl"), "manifest.disclosure");
    expect_with("entries/3/class", json_string("result"), "manifest.disclosure");
    expect_with("entries/3/path", json_string("run/operator.json"), "");
}

Test(manifest, case_134_plain_digest_on_a_secret)
{
    expect_with("entries/3/class", json_string("secret"), "manifest.secret");
    expect_with("entries/0/class", json_string("secret"), "manifest.secret");
}

Test(manifest, disclosure_and_digests_belong_together)
{
    json_t *root = sample();

    removed(root, "entries/0/sha256");
    expect(root, STATUS_BAD_INPUT, "manifest.disclosure");
    root = sample();
    removed(root, "entries/3/commit");
    expect(root, STATUS_BAD_INPUT, "manifest.disclosure");
    root = sample();
    set(root, "entries/0/commit",
        json_string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495"
                    "991b7852b855"));
    expect(root, STATUS_BAD_INPUT, "manifest.disclosure");
    expect_with("entries/3/disclosure", json_string("optional"), "manifest.disclosure");
}

Test(manifest, forms_of_the_small_things)
{
    static const char *const ids[] = { "e001", "e0000001", "x0001", "e00a1", "E0001", "unit" };
    static const char *const uuids[] = { "019aa5c0-1234-4abc-8def-0123456789ab",
                                         "019AA5C0-1234-7abc-8def-0123456789ab",
                                         "019aa5c0-1234-7abc-cdef-0123456789ab",
                                         "019aa5c012347abc8def0123456789ab" };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        expect_with("entries/0/id", json_string(ids[i]), "manifest.id");
    }
    for (size_t i = 0; i < sizeof uuids / sizeof uuids[0]; i++) {
        expect_with("bundleId", json_string(uuids[i]), "manifest.bundle_id");
    }
    expect_with("created", json_string("2025-11-21"), "manifest.time");
    expect_with("run/opened/anchor", json_string("moon"), "manifest.anchor");
    expect_with("run/opened/anchor", json_string("none"), "manifest.anchor");
    expect_with("entries/0/size", json_integer(-1), "manifest.member");
    expect_with("entries/0/class", json_string("Result"), "manifest.class");
    expect_with("dut/model", json_string(""), "manifest.text");
    expect_with("dut/model", json_string("HT\x1b[2J"), "manifest.text");
    expect_with("dut/vendor/corporateNumber", json_string("123456789012x"), "manifest.text");
    expect_with("dut/vendor/corporateNumber", json_string("123"), "manifest.text");
    expect_with("log/path", json_string("log/other.jsonl"), "manifest.log");
    expect_with("log/path", json_string("wire/tls-03.pcapng"), "manifest.log");
}

Test(manifest, firmware_names_are_unique)
{
    json_t *root = sample();
    json_t *firmware = json_object_get(json_object_get(root, "dut"), "firmware");

    cr_assert_eq(json_array_append(firmware, json_array_get(firmware, 0)), 0);
    expect(root, STATUS_BAD_INPUT, "manifest.duplicate");
}

Test(manifest, json_rules_hold_as_well)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *manifest = NULL;
    const char *text = "{\"hoshi\":1,\"hoshi\":1}";

    cr_assert_eq(manifest_read(text, strlen(text), arena, NULL, NULL, &manifest, NULL),
                 STATUS_BAD_INPUT);
}

/* Whatever reading would refuse is not written either. */
Test(manifest, writing_refuses_what_reading_refuses)
{
    DEFER(bytes_done) struct bytes text = fixture();
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 16);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct manifest *sound = NULL;
    struct manifest wrong;
    struct manifest_entry entries[4];

    cr_assert_eq(manifest_read(text.data, text.length, arena, NULL, NULL, &sound, NULL), STATUS_OK);
    wrong = *sound;
    wrong.dut.model = NULL;
    cr_assert_eq(manifest_write(&wrong, &out, NULL), STATUS_BAD_INPUT);
    wrong = *sound;
    wrong.bundle_id = "1";
    cr_assert_eq(manifest_write(&wrong, &out, NULL), STATUS_BAD_INPUT);
    memcpy(entries, sound->entries, sizeof entries);
    wrong = *sound;
    wrong.entries = entries;
    entries[2].path = entries[1].path;
    cr_assert_eq(manifest_write(&wrong, &out, NULL), STATUS_BAD_INPUT);
    entries[2].path = NULL;
    cr_assert_eq(manifest_write(&wrong, &out, NULL), STATUS_BAD_INPUT);
    entries[2] = sound->entries[2];
    entries[2].size = 1ull << 60;
    cr_assert_eq(manifest_write(&wrong, &out, NULL), STATUS_BAD_INPUT);
    cr_assert_eq(out.length, 0);
}
