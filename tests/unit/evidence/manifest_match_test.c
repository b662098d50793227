/* Cases of the attack list that set a manifest against its container: 1 to 6, 46,
 * 127 to 133. */
#include "craft.h"

#include "evidence/manifest.h"
#include "evidence/withhold.h"

#include <stdio.h>

static const struct withhold_salt salts[2] = { { { 1 } }, { { 2 } } };

enum { RESULT, LOG, KEYLOG, CAPTURE, ENTRIES };

/* A bundle before it is put together; each test changes one thing. */
struct scene {
    struct manifest manifest;
    struct manifest_entry entries[ENTRIES];
    const char *content[ENTRIES]; /* NULL: not in the container */
    const char *path[ENTRIES];    /* in the container */
    bool with_salt[ENTRIES];
    const char *extra; /* one more file, holding "x" */
    const char *extra_content;
};

struct heard {
    unsigned present;
    unsigned withheld;
    unsigned notes;
    char code[40];
};

static void entry_set(struct scene *scene, size_t index, const char *id, const char *path,
                      const char *class, const char *content)
{
    struct manifest_entry *entry = &scene->entries[index];

    *entry = (struct manifest_entry){ .id = id, .path = path, .class = class };
    entry->size = strlen(content);
    entry->has_sha256 = strcmp(class, "secret") != 0;
    cr_assert_eq(digest_of(content, strlen(content), &entry->sha256, NULL), STATUS_OK);
    scene->content[index] = content;
    scene->path[index] = path;
    if (index >= KEYLOG) {
        entry->disclosure = MANIFEST_WITHHOLDABLE;
        entry->has_commit = true;
        cr_assert_eq(withhold_commit(&salts[index - KEYLOG], id, content, strlen(content),
                                     &entry->commit, NULL),
                     STATUS_OK);
        scene->with_salt[index] = true;
    }
}

static struct scene scene_sound(void)
{
    struct scene scene = { .extra = NULL, .extra_content = "x" };

    entry_set(&scene, RESULT, "e0001", "run/result.json", "result", "{}");
    entry_set(&scene, LOG, "e0002", "log/events.jsonl", "log", "{\"a\":1}\n");
    entry_set(&scene, KEYLOG, "e0003", "wire/tls.keylog", "secret", "CLIENT_RANDOM");
    entry_set(&scene, CAPTURE, "e0004", "wire/tls.pcapng", "wire", "capture");
    return scene;
}

static const char *salt_name(size_t index, const char *id)
{
    static char names[2][WITHHOLD_NAME_SIZE];

    withhold_salt_name(id, names[index]);
    return names[index];
}

static struct bytes scene_build(struct scene *scene)
{
    struct craft craft = { .count = 0 };
    struct bytes texts[2];
    struct bytes out;

    craft_add(&craft, "mimetype", CONTAINER_MEDIA_TYPE, strlen(CONTAINER_MEDIA_TYPE));
    craft_add(&craft, CONTAINER_MANIFEST, "{}", 2);
    for (size_t i = 0; i < 2; i++) {
        const char *id = scene->entries[KEYLOG + i].id;

        texts[i] = bytes_bounded(1000);
        cr_assert_eq(withhold_salt_write(&salts[i], id, &texts[i], NULL), STATUS_OK);
        if (scene->with_salt[KEYLOG + i]) {
            craft_add(&craft, salt_name(i, id), texts[i].data, texts[i].length);
        }
    }
    if (scene->extra != NULL && strncmp(scene->extra, "META-INF", 8) == 0) {
        craft_add(&craft, scene->extra, scene->extra_content, strlen(scene->extra_content));
    }
    if (scene->content[LOG] != NULL) {
        craft_add(&craft, scene->path[LOG], scene->content[LOG], strlen(scene->content[LOG]));
    }
    if (scene->content[RESULT] != NULL) {
        craft_add(&craft, scene->path[RESULT], scene->content[RESULT],
                  strlen(scene->content[RESULT]));
    }
    for (size_t i = KEYLOG; i < ENTRIES; i++) {
        if (scene->content[i] != NULL) {
            craft_add(&craft, scene->path[i], scene->content[i], strlen(scene->content[i]));
        }
    }
    if (scene->extra != NULL && strncmp(scene->extra, "META-INF", 8) != 0) {
        craft_add(&craft, scene->extra, scene->extra_content, strlen(scene->extra_content));
    }
    out = craft_build(&craft);
    bytes_done(&texts[0]);
    bytes_done(&texts[1]);
    return out;
}

static void see(void *context, size_t index, const struct manifest_entry *entry,
                enum manifest_presence presence)
{
    struct heard *heard = context;

    cr_assert_lt(index, ENTRIES);
    cr_assert_not_null(entry->id);
    heard->present += presence == MANIFEST_PRESENT;
    heard->withheld += presence == MANIFEST_WITHHELD;
}

static void take_note(void *context, const char *code, const char *text)
{
    struct heard *heard = context;

    cr_assert_not_null(text);
    heard->notes++;
    (void) snprintf(heard->code, sizeof heard->code, "%s", code);
}

static struct heard expect(struct scene *scene, const char *code)
{
    DEFER(bytes_done) struct bytes container = scene_build(scene);
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct heard heard = { 0 };
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";
    enum status status;

    scene->manifest.entries = scene->entries;
    scene->manifest.entry_count = ENTRIES;
    cr_assert_eq(
        container_read_open_memory(container.data, container.length, NULL, &reader, &error),
        STATUS_OK, "%s", error.message);
    status = manifest_match(&scene->manifest, reader, see, take_note, &heard, &error);
    if (status != STATUS_OK) {
        cr_assert_eq(status, STATUS_BAD_INPUT);
        fault_code(&error, found);
    }
    cr_assert_str_eq(found, code, "wanted '%s', got '%s'", code, error.message);
    return heard;
}

Test(manifest_match, sound_bundle)
{
    struct scene scene = scene_sound();
    struct heard heard = expect(&scene, "");

    cr_assert_eq(heard.present, 4);
    cr_assert_eq(heard.withheld, 0);
    cr_assert_eq(heard.notes, 0);
}

Test(manifest_match, case_01_content_changed)
{
    struct scene scene = scene_sound();

    scene.content[RESULT] = "[]";
    expect(&scene, "manifest.digest");
}

Test(manifest_match, case_02_required_entry_removed)
{
    struct scene scene = scene_sound();

    scene.content[RESULT] = NULL;
    expect(&scene, "manifest.missing");
}

Test(manifest_match, case_03_unlisted_entry_added)
{
    struct scene scene = scene_sound();

    scene.extra = "zz/extra.txt";
    expect(&scene, "manifest.unlisted");
}

Test(manifest_match, case_04_unlisted_under_meta_inf)
{
    static const char *const names[] = {
        "META-INF/extra.json",  "META-INF/att/x.json",    "META-INF/att/1-x.sigstore.json",
        "META-INF/val/abc.crt", "META-INF/zz/0001.json",  "META-INF/disc/e003.json",
        "META-INF/disc/x.json", "META-INF/manifest.json2"
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct scene scene = scene_sound();

        /* Keeps the order whatever the name. */
        scene.with_salt[KEYLOG] = scene.with_salt[CAPTURE] = false;
        scene.content[KEYLOG] = scene.content[CAPTURE] = NULL;
        scene.extra = names[i];
        expect(&scene, "manifest.unlisted");
    }
}

Test(manifest_match, allowed_names_outside_the_manifest)
{
    static const char *const yes[] = {
        "META-INF/att/01-vendor-run.sigstore.json",
        "META-INF/att/10-x.sigstore.json",
        "META-INF/att/01-vendor-run-mldsa65.sigstore.json",
        "META-INF/val/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.crl",
        "META-INF/arc/0001.json",
        "META-INF/arc/0001.tsr",
        "META-INF/disc/e0001.json",
        "META-INF/disc/e10001.json",
        "META-INF/disc/unit.json"
    };
    static const char *const no[] = {
        "META-INF/att/.sigstore.json",
        "META-INF/att/01-.sigstore.json",
        "META-INF/att/01-a--b.sigstore.json",
        "META-INF/att/01-a-.sigstore.json",
        "META-INF/att/01-a/b.sigstore.json",
        "META-INF/att/011-a.sigstore.json",
        "META-INF/att/01--a.sigstore.json",
        "META-INF/arc/001.json",
        "META-INF/arc/00001.json",
        "META-INF/disc/.json",
        "META-INF/disc/e0001.jso",
        "META-INF/disc/units.json",
        "META-INF/val/E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.crl",
        "att/01-a.sigstore.json"
    };

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        cr_assert(manifest_is_unlisted_name(yes[i]), "%s", yes[i]);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        cr_assert_not(manifest_is_unlisted_name(no[i]), "%s", no[i]);
    }
}

Test(manifest_match, an_attestation_may_be_there_but_must_be_whole)
{
    struct scene scene = scene_sound();

    scene.with_salt[KEYLOG] = scene.with_salt[CAPTURE] = false;
    scene.content[KEYLOG] = scene.content[CAPTURE] = NULL;
    scene.extra = "META-INF/att/01-vendor-run.sigstore.json";
    expect(&scene, "");
}

Test(manifest_match, case_05_contents_swapped)
{
    struct scene scene = scene_sound();

    entry_set(&scene, RESULT, "e0001", "run/result.json", "result", "{\"b\":2}\n");
    scene.content[RESULT] = "{\"a\":1}\n";
    scene.content[LOG] = "{\"b\":2}\n";
    expect(&scene, "manifest.digest");
}

Test(manifest_match, case_06_renamed)
{
    struct scene scene = scene_sound();

    scene.path[RESULT] = "run/results.json";
    expect(&scene, "manifest.unlisted");
}

Test(manifest_match, case_46_wrong_size_right_digest)
{
    struct scene scene = scene_sound();

    scene.entries[RESULT].size++;
    expect(&scene, "manifest.size");
}

Test(manifest_match, case_127_withholdable_absent)
{
    struct scene scene = scene_sound();
    struct heard heard;

    scene.content[KEYLOG] = NULL;
    scene.with_salt[KEYLOG] = false;
    heard = expect(&scene, "");
    cr_assert_eq(heard.present, 3);
    cr_assert_eq(heard.withheld, 1);
}

Test(manifest_match, case_128_required_entry_withheld)
{
    struct scene scene = scene_sound();

    scene.content[LOG] = NULL;
    expect(&scene, "manifest.missing");
}

Test(manifest_match, case_129_withheld_but_salt_left)
{
    struct scene scene = scene_sound();

    scene.content[KEYLOG] = NULL;
    expect(&scene, "manifest.salt_left");
}

Test(manifest_match, case_130_content_without_salt)
{
    struct scene scene = scene_sound();

    scene.with_salt[CAPTURE] = false;
    expect(&scene, "manifest.no_salt");
}

Test(manifest_match, case_132_other_content_under_a_commitment)
{
    struct scene scene = scene_sound();

    scene.content[KEYLOG] = "CLIENT_RANDUM";
    expect(&scene, "manifest.commit");
    scene = scene_sound();
    scene.entries[KEYLOG].commit = scene.entries[CAPTURE].commit;
    expect(&scene, "manifest.commit");
    /* Right commitment, wrong plain digest. */
    scene = scene_sound();
    scene.entries[CAPTURE].sha256.octets[0] ^= 1;
    expect(&scene, "manifest.digest");
}

Test(manifest_match, case_133_equal_commitments_are_noted)
{
    struct scene scene = scene_sound();
    struct heard heard;

    scene.content[KEYLOG] = scene.content[CAPTURE] = NULL;
    scene.with_salt[KEYLOG] = scene.with_salt[CAPTURE] = false;
    scene.entries[CAPTURE].commit = scene.entries[KEYLOG].commit;
    heard = expect(&scene, "");
    cr_assert_eq(heard.notes, 1);
    cr_assert_str_eq(heard.code, "manifest.equal_commitments");
}

Test(manifest_match, salt_that_belongs_to_nothing)
{
    struct scene scene = scene_sound();

    scene.content[KEYLOG] = scene.content[CAPTURE] = NULL;
    scene.with_salt[KEYLOG] = scene.with_salt[CAPTURE] = false;
    scene.extra = "META-INF/disc/e0001.json";
    expect(&scene, "manifest.stray_salt");
    scene.extra = "META-INF/disc/e0099.json";
    expect(&scene, "manifest.stray_salt");
    scene.extra = "META-INF/disc/unit.json";
    expect(&scene, "manifest.stray_salt");
    scene.manifest.dut.has_unit = true;
    scene.extra_content = "{\"hoshi\":1,\"id\":\"unit\",\"salt\":"
                          "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}";
    expect(&scene, "");
    scene.extra_content = "{\"hoshi\":1,\"id\":\"unit\",\"salt\":\"AAEC\"}";
    expect(&scene, "withhold.salt_length");
}
