/* Container cases of the attack list, at the level of the reader: one wrong thing each. */
#include "craft.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void refused_name(const char *name, size_t length, const char *code)
{
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";

    cr_assert_eq(container_name_check(name, length, &error), STATUS_BAD_INPUT, "%s", name);
    fault_code(&error, found);
    cr_assert_str_eq(found, code, "%s: %s", name, error.message);
}

static void refused_text_name(const char *name, const char *code)
{
    refused_name(name, strlen(name), code);
}

static void renamed(struct craft_file *file, const char *name, size_t length)
{
    file->local.name = file->central.name = name;
    file->local.name_length = file->central.name_length = length;
}

/* The last file gets this name in both headers. */
static void refused_with_name(const char *name, size_t length, const char *code)
{
    struct craft craft = craft_sound();

    renamed(&craft.files[3], name, length);
    craft_refused(&craft, code);
}

Test(container_read, sound_one_is_read)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes container = craft_build(&craft);
    DEFER(bytes_done) struct bytes content = bytes_bounded(100);
    DEFER(container_read_done) struct container_reader *reader = NULL;
    const struct container_entry *entry;

    cr_assert_eq(container_read_open_memory(container.data, container.length, NULL, &reader, NULL),
                 STATUS_OK);
    cr_assert_eq(container_read_count(reader), 4);
    entry = container_read_find(reader, "log/events.jsonl");
    cr_assert_not_null(entry);
    cr_assert_eq(container_read_bytes(reader, entry, &content, NULL), STATUS_OK);
    cr_assert_eq(content.length, 6);
    cr_assert_arr_eq(content.data, "alpha\n", 6);
    cr_assert_null(container_read_find(reader, "log/events.json"));
    cr_assert_not_null(container_read_find(reader, "mimetype"));
    cr_assert_not_null(container_read_find(reader, "META-INF/manifest.json"));
    cr_assert_str_eq(container_read_at(reader, 3)->name, "run/result.json");
    cr_assert_eq(container_read_check(reader, NULL), STATUS_OK);
}

Test(container_read, read_over_its_bound_is_a_limit)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes container = craft_build(&craft);
    DEFER(bytes_done) struct bytes content = bytes_bounded(5);
    DEFER(container_read_done) struct container_reader *reader = NULL;

    cr_assert_eq(container_read_open_memory(container.data, container.length, NULL, &reader, NULL),
                 STATUS_OK);
    cr_assert_eq(container_read_bytes(reader, container_read_at(reader, 2), &content, NULL),
                 STATUS_LIMIT);
}

Test(container_read, case_01_content_changed)
{
    struct craft craft = craft_sound();

    craft.files[2].data = "Alpha\n";
    craft_refused(&craft, "container.crc");
}

Test(container_read, case_07_reordered)
{
    struct craft craft = craft_sound();
    struct craft_file swapped = craft.files[2];

    craft.files[2] = craft.files[3];
    craft.files[3] = swapped;
    craft_refused(&craft, "container.order");
}

Test(container_read, case_07_mimetype_or_manifest_not_in_front)
{
    struct craft craft = craft_sound();
    struct craft_file swapped = craft.files[0];

    craft.files[0] = craft.files[1];
    craft.files[1] = swapped;
    craft_refused(&craft, "container.order");
    craft = craft_sound();
    swapped = craft.files[1];
    craft.files[1] = craft.files[2];
    craft.files[2] = swapped;
    craft_refused(&craft, "container.order");
}

Test(container_read, case_08_duplicate_name)
{
    struct craft craft = craft_sound();

    craft_add(&craft, "run/result.json", "other\n", 6);
    craft_refused(&craft, "container.name.duplicate");
    for (size_t i = 0; i < 2; i++) {
        craft = craft_sound();
        renamed(&craft.files[2], craft.files[i].local.name, craft.files[i].local.name_length);
        craft_refused(&craft, "container.name.duplicate");
    }
}

Test(container_read, case_09_equal_after_case_folding)
{
    refused_with_name("meta-inf/manifest.json", 22, "container.name.case");
    refused_with_name("run/Result.json", 15, "container.name.chars");
    refused_text_name("META-INF/ATT/01-x.sigstore.json", "container.name.chars");
    refused_text_name("Meta-inf/x", "container.name.chars");
}

Test(container_read, case_10_non_ascii_name)
{
    refused_with_name("run/\xe7\xb5\x90.json", 12, "container.name.chars");
    refused_text_name("run/\xc0\xaf", "container.name.chars");
}

Test(container_read, case_11_dot_dot)
{
    refused_with_name("run/../x", 8, "container.name.chars");
    refused_with_name("../x", 4, "container.name.chars");
    refused_text_name("./x", "container.name.chars");
    refused_text_name("run/.hidden", "container.name.chars");
}

Test(container_read, case_12_absolute)
{
    refused_with_name("/etc/passwd", 11, "container.name.segment");
    refused_text_name("run//x", "container.name.segment");
}

Test(container_read, case_13_backslash_drive_unc)
{
    refused_with_name("run\\x", 5, "container.name.chars");
    refused_with_name("c:/x", 4, "container.name.chars");
    refused_with_name("\\\\host\\x", 8, "container.name.chars");
    refused_text_name("run/x:stream", "container.name.chars");
}

Test(container_read, case_14_nul_in_name)
{
    refused_with_name("run/x\0.json", 11, "container.name.chars");
    refused_name("\0", 1, "container.name.chars");
}

Test(container_read, case_15_windows_device_or_trailing_dot)
{
    static const char *const devices[] = { "con",  "prn",  "aux",          "nul",         "com0",
                                           "com9", "lpt1", "run/con.json", "nul.tar.gz/x" };

    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        refused_text_name(devices[i], "container.name.device");
    }
    refused_text_name("run/x.", "container.name.dot");
    refused_text_name("run./x", "container.name.dot");
    refused_with_name("run/nul.txt", 11, "container.name.device");
    cr_assert_eq(container_name_check("console/com10.nul", 17, NULL), STATUS_OK);
}

Test(container_read, case_16_symlink_or_mode_bits)
{
    struct craft craft = craft_sound();

    craft.files[3].external = 0120777u << 16;
    craft_refused(&craft, "container.attributes");
    craft = craft_sound();
    craft.files[3].external = 0x10;
    craft_refused(&craft, "container.attributes");
    craft = craft_sound();
    craft.files[3].internal = 1;
    craft_refused(&craft, "container.attributes");
    craft = craft_sound();
    craft.files[3].made_by = 3 << 8 | 20;
    craft_refused(&craft, "container.made_by");
}

Test(container_read, case_17_directory_entry)
{
    struct craft craft = craft_sound();

    craft_add(&craft, "wire/", "", 0);
    craft_refused(&craft, "container.name.segment");
    refused_text_name("META-INF/", "container.name.segment");
    refused_text_name("META-INF", "container.name.chars");
}

Test(container_read, case_17_file_that_is_a_folder)
{
    struct craft craft = craft_sound();

    craft_add(&craft, "wire/a", "1", 1);
    craft_add(&craft, "wire/a-b", "2", 1);
    craft_add(&craft, "wire/a/b", "3", 1);
    craft_refused(&craft, "container.name.folder");
}

Test(container_read, name_length_and_depth)
{
    char name[CONTAINER_NAME_MAX + 2];

    memset(name, 'a', sizeof name);
    cr_assert_eq(container_name_check(name, CONTAINER_NAME_MAX, NULL), STATUS_OK);
    refused_name(name, CONTAINER_NAME_MAX + 1, "container.name.length");
    refused_name(name, 0, "container.name.length");
    cr_assert_eq(container_name_check("a/b/c/d/e/f/g/h", 15, NULL), STATUS_OK);
    refused_text_name("a/b/c/d/e/f/g/h/i", "container.name.depth");
    refused_with_name(name, sizeof name, "container.name.length");
    refused_with_name("", 0, "container.name.length");
}

Test(container_read, case_18_local_name_differs)
{
    struct craft craft = craft_sound();

    craft.files[3].local.name = "run/resulT.json";
    craft_refused(&craft, "container.local_name");
}

Test(container_read, case_18_local_name_of_other_length)
{
    struct craft craft = craft_sound();

    craft.files[2].local.name = "log/events.json";
    craft.files[2].local.name_length = 15;
    craft_refused(&craft, "container.local_differs");
}

Test(container_read, case_19_local_and_central_fields_differ)
{
    static const char code[] = "container.local_differs";
    struct craft craft;

#define DIFFERS(field, value)                                                                      \
    craft = craft_sound();                                                                         \
    craft.files[2].local.field = (value);                                                          \
    craft_refused(&craft, code)
    DIFFERS(crc, 1);
    DIFFERS(size, 7);
    DIFFERS(packed, 5);
    DIFFERS(method, 8);
    DIFFERS(flags, 0x800);
    DIFFERS(version, 45);
    DIFFERS(time, 1);
    DIFFERS(date, 0x22);
#undef DIFFERS
}

Test(container_read, case_19_field_wrong_in_both)
{
    struct craft craft;

#define WRONG(field, value, code)                                                                  \
    craft = craft_sound();                                                                         \
    craft.files[2].local.field = craft.files[2].central.field = (value);                           \
    craft_refused(&craft, code)
    WRONG(crc, 1, "container.crc");
    WRONG(size, 7, "container.size");
    WRONG(method, 12, "container.method");
    WRONG(flags, 0x800, "container.flags");
    WRONG(version, 10, "container.version");
    WRONG(time, 1, "container.time");
    WRONG(date, 0, "container.time");
#undef WRONG
}

Test(container_read, case_20_only_in_local_headers)
{
    for (size_t i = 2; i < 4; i++) {
        struct craft craft = craft_sound();

        craft.files[i].skip_central = true;
        craft_refused(&craft, "container.gap");
    }
}

Test(container_read, case_21_only_in_central_directory)
{
    struct craft craft = craft_sound();

    craft.files[3].skip_local = true;
    craft_refused(&craft, "container.overlap");
    craft = craft_sound();
    craft.files[2].skip_local = true;
    craft_refused(&craft, "container.overlap");
    /* Room enough for it, but what lies there is the next entry. */
    craft = craft_sound();
    craft.files[2].skip_local = true;
    craft_add(&craft, "views/x", "0123456789", 10);
    craft_refused(&craft, "container.local_differs");
}

Test(container_read, case_22_two_central_on_one_local)
{
    struct craft craft = craft_sound();

    craft.files[3].skip_local = true;
    craft.files[3].offset_given = true;
    craft.files[3].offset = 0;
    craft_refused(&craft, "container.overlap");
}

Test(container_read, case_23_overlap)
{
    struct craft craft = craft_sound();

    /* The second to last entry claims the last one's header as its content. */
    craft.files[2].local.size = craft.files[2].local.packed = 20;
    craft.files[2].central = craft.files[2].local;
    craft_refused(&craft, "container.overlap");
    craft = craft_sound();
    craft.files[3].local.size = craft.files[3].local.packed = 6;
    craft.files[3].central = craft.files[3].local;
    craft_refused(&craft, "container.overlap");
}

Test(container_read, case_24_gap)
{
    struct craft craft = craft_sound();

    craft.files[3].before = "x";
    craft_refused(&craft, "container.gap");
    craft = craft_sound();
    craft.before_directory = "hidden";
    craft_refused(&craft, "container.gap");
    craft = craft_sound();
    craft.before_end = "hidden";
    craft_refused(&craft, "container.gap");
}

Test(container_read, case_25_prepended)
{
    struct craft craft = craft_sound();

    craft.prefix = "#!/bin/sh\n";
    craft_refused(&craft, "container.start");
    craft.prefix = "PK\3\4";
    craft_refused(&craft, "container.gap");
}

Test(container_read, case_26_appended)
{
    struct craft craft = craft_sound();

    craft.suffix = "x";
    craft_refused(&craft, "container.end");
    craft.suffix = "0123456789012345678901234567890";
    craft_refused(&craft, "container.end");
}

Test(container_read, case_27_comment_and_two_end_records)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes inner = craft_build(&craft);
    DEFER(bytes_done) struct bytes outer = bytes_bounded(1 << 16);

    craft.comment = "a comment";
    craft_refused(&craft, "container.end");
    /* The outer container's comment is a whole container. */
    craft_put(&outer, inner.data, inner.length - 2);
    craft_u16(&outer, (unsigned) inner.length);
    craft_put(&outer, inner.data, inner.length);
    craft_expect(outer.data, outer.length, "container.gap");
    /* A second end record behind the first. */
    bytes_clear(&outer);
    craft_put(&outer, inner.data, inner.length);
    craft_put(&outer, inner.data + inner.length - 22, 22);
    craft_expect(outer.data, outer.length, "container.gap");
}

Test(container_read, case_28_concatenated)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes one = craft_build(&craft);
    DEFER(bytes_done) struct bytes two = bytes_bounded(1 << 16);

    craft_put(&two, one.data, one.length);
    craft_put(&two, one.data, one.length);
    craft_expect(two.data, two.length, "container.gap");
}

/* Junk that lies beyond the reader's input chunk is found as well. */
/* The stream ends exactly where one input chunk of the reader does. */
Test(container_read, case_31_zip64)
{
    struct craft craft = craft_sound();

    craft.before_end = "PK\6\7................";
    craft_refused(&craft, "container.zip64");
    craft = craft_sound();
    craft.files[3].local.size = craft.files[3].central.size = 0xffffffff;
    craft_refused(&craft, "container.zip64");
    craft = craft_sound();
    craft.count_more = 0xffff - 4;
    craft_refused(&craft, "container.zip64");
}

Test(container_read, case_31_count_mismatch)
{
    struct craft craft = craft_sound();

    craft.count_more = 1;
    craft_refused(&craft, "container.count");
    craft.count_more = -1;
    craft_refused(&craft, "container.count");
    craft.count_more = -4;
    craft_refused(&craft, "container.count");
    craft.count_more = 0;
    craft.count_disk_more = 1;
    craft_refused(&craft, "container.count");
    craft.count_disk_more = 0;
    craft.directory_size_more = 1;
    craft_refused(&craft, "container.overlap");
    craft.directory_size_more = -1;
    craft_refused(&craft, "container.gap");
    craft.directory_size_more = 0;
    craft.directory_offset_more = -1;
    craft_refused(&craft, "container.gap");
    craft.directory_offset_more = -1;
    craft.directory_size_more = 1;
    craft_refused(&craft, "container.central");
}

Test(container_read, case_31_encrypted_descriptor_extra_comment_disk)
{
    struct craft craft = craft_sound();

    craft.files[3].local.flags = craft.files[3].central.flags = 1;
    craft_refused(&craft, "container.flags");
    craft.files[3].local.flags = craft.files[3].central.flags = 8;
    craft_refused(&craft, "container.flags");
    craft = craft_sound();
    craft.files[3].central.extra = craft.files[3].local.extra = "\x75\x70\x01\x01x";
    craft_refused(&craft, "container.extra");
    craft = craft_sound();
    craft.files[3].local.extra = "\x75\x70\x01\x01x";
    craft_refused(&craft, "container.local_differs");
    craft = craft_sound();
    craft.files[3].comment = "x";
    craft_refused(&craft, "container.comment");
    craft = craft_sound();
    craft.files[3].disk = 1;
    craft_refused(&craft, "container.disk");
}

Test(container_read, case_32_truncated_at_every_byte_of_the_last_kib)
{
    static char filler[2000];
    struct craft craft = craft_sound();
    struct bytes container;

    for (size_t i = 0; i < sizeof filler; i++) {
        filler[i] = (char) ('a' + i % 26);
    }
    craft_add(&craft, "views/x", filler, sizeof filler);
    container = craft_build(&craft);
    craft_expect(container.data, container.length, "");
    cr_assert_gt(container.length, 1024);
    for (size_t cut = 1; cut <= 1024; cut++) {
        /* An exact copy lets the sanitizer see a read past the end. */
        size_t length = container.length - cut;
        uint8_t *copy = malloc(length);

        memcpy(copy, container.data, length);
        cr_assert_neq(craft_check(copy, length, NULL), STATUS_OK, "cut by %zu", cut);
        free(copy);
    }
    bytes_done(&container);
}

Test(container_read, short_files)
{
    craft_expect("", 0, "container.end");
    craft_expect("PK\3\4", 4, "container.end");
    craft_expect("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, "container.end");
    craft_expect("PK\3\4PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0", 26, "container.count");
}

Test(container_read, mimetype_must_be_ours_and_stored)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done)
    struct bytes packed = craft_deflate(CONTAINER_MEDIA_TYPE, strlen(CONTAINER_MEDIA_TYPE));
    const char *other = "application/vnd.hoshitori.bundle+zap";

    craft_packed(&craft.files[0], &packed, CONTAINER_MEDIA_TYPE, strlen(CONTAINER_MEDIA_TYPE));
    craft_refused(&craft, "container.mimetype");
    craft = craft_sound();
    craft.files[0].data = other;
    craft.files[0].local.crc = craft.files[0].central.crc =
        (uint32_t) crc32(0, (const Bytef *) other, (uInt) strlen(other));
    craft_refused(&craft, "container.mimetype");
}

/* Each byte of the structure matters: every single-byte change is refused. */
Test(container_read, every_changed_byte_is_refused)
{
    static const char plain[] = "abcabcabcabcabcabcabcabcabcabcabcabcabcabc";
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, sizeof plain);
    DEFER(bytes_done) struct bytes container = bytes_bounded(1 << 16);

    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    bytes_done(&container);
    container = craft_build(&craft);
    craft_expect(container.data, container.length, "");
    for (size_t i = 0; i < container.length; i++) {
        uint8_t kept = container.data[i];

        for (unsigned bit = 0; bit < 8; bit++) {
            container.data[i] = (uint8_t) (kept ^ 1u << bit);
            if (craft_check(container.data, container.length, NULL) == STATUS_OK) {
                /* Spare bits of deflate's last byte hold nothing. */
                cr_assert_eq(i + 1, (size_t) craft.files[3].offset + 30 + 15 + packed.length,
                             "byte %zu bit %u", i, bit);
            }
        }
        container.data[i] = kept;
    }
}

Test(container_read, from_a_path)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes container = craft_build(&craft);
    DEFER(container_read_done) struct container_reader *reader = NULL;
    char path[] = "/tmp/hoshi-read-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, container.data, container.length), (ssize_t) container.length);
    cr_assert_eq(container_read_open(path, NULL, &reader, NULL), STATUS_OK);
    cr_assert_eq(container_read_check(reader, NULL), STATUS_OK);
    container_read_done(&reader);
    cr_assert_eq(container_read_open_fd(fd, NULL, &reader, NULL), STATUS_OK);
    /* A file that shrinks under the reader is our trouble, not a verdict on it. */
    cr_assert_eq(ftruncate(fd, 40), 0);
    cr_assert_eq(container_read_check(reader, NULL), STATUS_IO);
    (void) close(fd);
    (void) unlink(path);
    container_read_done(&reader);
    cr_assert_eq(container_read_open(path, NULL, &reader, NULL), STATUS_IO);
    cr_assert_eq(container_read_open("/tmp", NULL, &reader, NULL), STATUS_IO);
}

/* Written by Python's zipfile with its attributes cleared: the profile is plain ZIP. */
Test(container_read, container_of_another_writer)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 16);
    struct error error = { .message = "" };

    cr_assert_eq(container_read_open(FIXTURES "python.hoshi", NULL, &reader, &error), STATUS_OK,
                 "%s", error.message);
    cr_assert_eq(container_read_check(reader, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(container_read_count(reader), 6);
    cr_assert(container_read_find(reader, "log/events.jsonl")->deflated);
    cr_assert_eq(container_read_bytes(reader, container_read_find(reader, "run/result.json"),
                                      &content, NULL),
                 STATUS_OK);
    cr_assert_arr_eq(content.data, "{}", 2);
}
