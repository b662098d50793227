#include "evidence/container_write.h"

#include "evidence/fault.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hoshi-write-XXXXXX";
static char bundle[64];
static char source[64];

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void) snprintf(bundle, sizeof bundle, "%s/a.hoshi", folder);
    (void) snprintf(source, sizeof source, "%s/source", folder);
}

static void teardown(void)
{
    (void) unlink(bundle);
    (void) unlink(source);
    /* Fails, and the test with it, when something was left behind. */
    cr_assert_eq(rmdir(folder), 0);
}

static void put_file(const char *path, const void *data, size_t length)
{
    FILE *file = fopen(path, "wbe");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static struct bytes get_file(const char *path)
{
    struct bytes out = bytes_bounded(64 << 20);
    FILE *file = fopen(path, "rbe");
    uint8_t *room;
    size_t got;

    cr_assert_not_null(file);
    do {
        cr_assert_eq(bytes_reserve(&out, 1 << 16, &room, NULL), STATUS_OK);
        got = fread(room, 1, 1 << 16, file);
        bytes_commit(&out, got);
    } while (got > 0);
    (void) fclose(file);
    return out;
}

static void must(enum status status, const struct error *error)
{
    cr_assert_eq(status, STATUS_OK, "%s", error->message);
}

static size_t files_in_folder(void)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    while (readdir(dir) != NULL) {
        count++;
    }
    (void) closedir(dir);
    return count - 2;
}

/* A bundle of several kinds of content, added in no order. */
static void write_sample(const char *path, bool backwards)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    struct error error;
    static char text[100000];
    static uint8_t zeros[3 << 20];
    uint8_t noise[5000];
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char) ('a' + i * i % 26);
    }
    for (size_t i = 0; i < sizeof noise; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (uint8_t) (state >> 24);
    }
    must(container_write_open(path, false, &writer, &error), &error);
    for (int step = 0; step < 5; step++) {
        switch (backwards ? 4 - step : step) {
        case 0:
            must(container_write_bytes(writer, "wire/noise.pcapng", noise, sizeof noise, &error),
                 &error);
            break;
        case 1:
            must(container_write_bytes(writer, "log/events.jsonl", text, sizeof text, &error),
                 &error);
            break;
        case 2:
            must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
            break;
        case 3:
            must(container_write_bytes(writer, "docs/empty", NULL, 0, &error), &error);
            break;
        default:
            must(container_write_bytes(writer, "docs/zeros", zeros, sizeof zeros, &error), &error);
            break;
        }
    }
    must(container_write_commit(writer, &error), &error);
}

Test(container_write, what_is_written_is_read_back, .init = setup, .fini = teardown)
{
    static const char *const names[] = {
        "mimetype",   "META-INF/manifest.json", "docs/empty",
        "docs/zeros", "log/events.jsonl",       "wire/noise.pcapng"
    };
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct error error;
    struct stat facts;

    write_sample(bundle, false);
    must(container_read_open(bundle, NULL, &reader, &error), &error);
    must(container_read_check(reader, &error), &error);
    cr_assert_eq(container_read_count(reader), 6);
    for (size_t i = 0; i < 6; i++) {
        cr_assert_str_eq(container_read_at(reader, i)->name, names[i]);
    }
    cr_assert(container_read_find(reader, "log/events.jsonl")->deflated);
    cr_assert_not(container_read_find(reader, "wire/noise.pcapng")->deflated);
    cr_assert_not(container_read_find(reader, "docs/empty")->deflated);
    cr_assert_eq(stat(bundle, &facts), 0);
    cr_assert_eq(facts.st_mode & 0777, 0600);
    cr_assert_eq(files_in_folder(), 1);
}

/* Deflated it would be refused as a bomb. */
Test(container_write, case_29_honest_zeros_are_stored, .init = setup, .fini = teardown)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct error error;

    write_sample(bundle, false);
    must(container_read_open(bundle, NULL, &reader, &error), &error);
    cr_assert_not(container_read_find(reader, "docs/zeros")->deflated);
    cr_assert_eq(container_read_find(reader, "docs/zeros")->size, 3 << 20);
}

Test(container_write, same_entries_same_bytes, .init = setup, .fini = teardown)
{
    struct bytes first;
    struct bytes second;

    write_sample(bundle, false);
    write_sample(source, true);
    first = get_file(bundle);
    second = get_file(source);
    cr_assert_eq(first.length, second.length);
    cr_assert_eq(memcmp(first.data, second.data, first.length), 0);
    bytes_done(&first);
    bytes_done(&second);
}

Test(container_write, from_files_and_from_another_container, .init = setup, .fini = teardown)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    DEFER(container_read_done) struct container_reader *copied = NULL;
    DEFER(container_write_done) struct container_writer *writer = NULL;
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 20);
    struct digest digest;
    struct error error;

    put_file(source, "hello\n", 6);
    must(digest_of_file(source, &digest, NULL, &error), &error);
    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_file(writer, "docs/hello", source, &digest, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_commit(writer, &error), &error);
    container_write_done(&writer);
    (void) unlink(source);

    must(container_read_open(bundle, NULL, &reader, &error), &error);
    must(container_write_open(bundle, true, &writer, &error), &error);
    for (size_t i = 1; i < container_read_count(reader); i++) {
        must(container_write_entry(writer, reader, container_read_at(reader, i), &error), &error);
    }
    must(container_write_bytes(writer, "docs/more", "more", 4, &error), &error);
    must(container_write_commit(writer, &error), &error);

    must(container_read_open(bundle, NULL, &copied, &error), &error);
    must(container_read_check(copied, &error), &error);
    cr_assert_eq(container_read_count(copied), 4);
    must(container_read_bytes(copied, container_read_find(copied, "docs/hello"), &content, &error),
         &error);
    cr_assert_eq(content.length, 6);
    cr_assert_arr_eq(content.data, "hello\n", 6);
}

static void expect_commit(struct container_writer *writer, enum status status, const char *code)
{
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE];

    cr_assert_eq(container_write_commit(writer, &error), status, "%s", error.message);
    fault_code(&error, found);
    cr_assert_str_eq(found, code);
}

Test(container_write, source_that_changed_fails_the_commit, .init = setup, .fini = teardown)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    struct digest digest;
    struct error error;

    put_file(source, "hello\n", 6);
    must(digest_of_file(source, &digest, NULL, &error), &error);
    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_file(writer, "docs/hello", source, &digest, &error), &error);
    put_file(source, "hallo\n", 6);
    expect_commit(writer, STATUS_BAD_INPUT, "container.changed");
    container_write_done(&writer);
    cr_assert_eq(files_in_folder(), 1);
    cr_assert_neq(access(bundle, F_OK), 0);
}

Test(container_write, failures_leave_nothing, .init = setup, .fini = teardown)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    struct error error;

    must(container_write_open(bundle, false, &writer, &error), &error);
    cr_assert_eq(files_in_folder(), 1);
    container_write_done(&writer);
    cr_assert_eq(files_in_folder(), 0);

    must(container_write_open(bundle, false, &writer, &error), &error);
    expect_commit(writer, STATUS_BAD_INPUT, "container.order");
    container_write_done(&writer);

    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_bytes(writer, "docs/a", "1", 1, &error), &error);
    must(container_write_bytes(writer, "docs/a", "2", 1, &error), &error);
    expect_commit(writer, STATUS_BAD_INPUT, "container.name.duplicate");
    container_write_done(&writer);

    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_bytes(writer, "docs/a", "1", 1, &error), &error);
    must(container_write_bytes(writer, "docs/a/b", "2", 1, &error), &error);
    expect_commit(writer, STATUS_BAD_INPUT, "container.name.folder");
    container_write_done(&writer);

    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_file(writer, "docs/a", source, NULL, &error), &error);
    expect_commit(writer, STATUS_IO, "container.io");
    container_write_done(&writer);
    cr_assert_eq(files_in_folder(), 0);
}

Test(container_write, names_are_checked_when_given, .init = setup, .fini = teardown)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    struct error error;

    must(container_write_open(bundle, false, &writer, &error), &error);
    cr_assert_eq(container_write_bytes(writer, "../a", "", 0, NULL), STATUS_BAD_INPUT);
    cr_assert_eq(container_write_bytes(writer, "mimetype", "", 0, NULL), STATUS_BAD_INPUT);
    cr_assert_eq(container_write_file(writer, "Docs/a", source, NULL, NULL), STATUS_BAD_INPUT);
}

Test(container_write, an_existing_file_is_kept_unless_told, .init = setup, .fini = teardown)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    DEFER(bytes_done) struct bytes kept = bytes_bounded(1);
    struct error error;

    /* It appears between open and commit. */
    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    put_file(bundle, "mine", 4);
    expect_commit(writer, STATUS_IO, "disk.exists");
    container_write_done(&writer);
    cr_assert_eq(container_write_open(bundle, false, &writer, &error), STATUS_IO);
    kept = get_file(bundle);
    cr_assert_eq(kept.length, 4);
    must(container_write_open(bundle, true, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_commit(writer, &error), &error);
    cr_assert_eq(files_in_folder(), 1);
}

Test(container_write, folder_that_is_not_there)
{
    struct container_writer *writer = NULL;

    cr_assert_eq(container_write_open("/tmp/hoshi-no-such-folder/a.hoshi", false, &writer, NULL),
                 STATUS_IO);
    cr_assert_null(writer);
}

/* Entries longer than every buffer on the way. */
Test(container_write, large_entries, .init = setup, .fini = teardown)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;
    DEFER(container_read_done) struct container_reader *reader = NULL;
    DEFER(bytes_done) struct bytes content = bytes_bounded(8 << 20);
    size_t length = (3 << 20) + 17;
    uint8_t *noise = malloc(length);
    uint32_t state = 7;
    struct error error;

    for (size_t i = 0; i < length; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (uint8_t) (state >> 24 & (i < length / 2 ? 0xff : 0x07));
    }
    must(container_write_open(bundle, false, &writer, &error), &error);
    must(container_write_bytes(writer, CONTAINER_MANIFEST, "{}", 2, &error), &error);
    must(container_write_bytes(writer, "docs/half", noise, length, &error), &error);
    must(container_write_bytes(writer, "docs/noise", noise, length / 2, &error), &error);
    must(container_write_commit(writer, &error), &error);
    must(container_read_open(bundle, NULL, &reader, &error), &error);
    must(container_read_check(reader, &error), &error);
    cr_assert(container_read_find(reader, "docs/half")->deflated);
    cr_assert_not(container_read_find(reader, "docs/noise")->deflated);
    must(container_read_bytes(reader, container_read_find(reader, "docs/half"), &content, &error),
         &error);
    cr_assert_eq(content.length, length);
    cr_assert_eq(memcmp(content.data, noise, length), 0);
    free(noise);
}
