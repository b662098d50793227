/* Container cases 29 and 30 of the attack list: bombs, and compressed data that does not
 * end where it should. */
#include "craft.h"

Test(container_content, case_29_bomb_by_ratio)
{
    struct craft craft = craft_sound();
    size_t length = 4 << 20;
    uint8_t *plain = calloc(1, length);
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, length);

    craft_packed(&craft.files[3], &packed, plain, length);
    craft_refused(&craft, "container.limit.ratio");
    free(plain);
}

Test(container_content, case_29_ratio_is_free_up_to_1_mib)
{
    struct craft craft = craft_sound();
    size_t length = 1 << 20;
    uint8_t *plain = calloc(1, length);
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, length);

    cr_assert_lt(packed.length * 100, length);
    craft_packed(&craft.files[3], &packed, plain, length);
    craft_refused(&craft, "");
    free(plain);
}

Test(container_content, case_29_bomb_that_declares_little)
{
    struct craft craft = craft_sound();
    size_t length = 4 << 20;
    uint8_t *plain = calloc(1, length);
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, length);

    craft_packed(&craft.files[3], &packed, plain, 1000);
    craft_refused(&craft, "container.size");
    free(plain);
}

Test(container_content, case_29_bomb_by_overlap)
{
    struct craft craft = craft_sound();

    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = { "x1", "x2", "x3", "x4" };
        struct craft_file *file = craft_add(&craft, names[i], "beta\n", 5);

        file->skip_local = true;
        file->offset_given = true;
        file->offset = craft.files[3].offset;
    }
    craft_refused(&craft, "container.overlap");
}

Test(container_content, case_29_bombs_by_size_and_count)
{
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes container = craft_build(&craft);
    struct container_reader *reader = NULL;
    struct error error;
    char code[FAULT_CODE_SIZE];
    struct container_limits limits = container_limits_default;

    limits.total_size = 40;
    cr_assert_eq(
        container_read_open_memory(container.data, container.length, &limits, &reader, &error),
        STATUS_LIMIT);
    fault_code(&error, code);
    cr_assert_str_eq(code, "container.limit.total");
    limits = container_limits_default;
    limits.entry_size = 35;
    cr_assert_eq(
        container_read_open_memory(container.data, container.length, &limits, &reader, &error),
        STATUS_LIMIT);
    fault_code(&error, code);
    cr_assert_str_eq(code, "container.limit.entry");
    limits = container_limits_default;
    limits.manifest_size = 1;
    cr_assert_eq(
        container_read_open_memory(container.data, container.length, &limits, &reader, &error),
        STATUS_LIMIT);
    limits = container_limits_default;
    limits.entries = 3;
    cr_assert_eq(
        container_read_open_memory(container.data, container.length, &limits, &reader, &error),
        STATUS_LIMIT);
    fault_code(&error, code);
    cr_assert_str_eq(code, "container.limit.entries");
    cr_assert_null(reader);
}

Test(container_content, case_30_declared_size_is_not_the_inflated)
{
    static const char plain[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, sizeof plain);
    struct craft craft = craft_sound();

    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "");
    craft_packed(&craft.files[3], &packed, plain, sizeof plain - 1);
    craft_refused(&craft, "container.size");
    craft.files[3].local.size = craft.files[3].central.size = sizeof plain + 1;
    craft_refused(&craft, "container.size");
}

Test(container_content, case_30_junk_after_deflate_or_no_end)
{
    static const char plain[] = "abcabcabcabcabcabcabcabcabcabc";
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, sizeof plain);

    craft_put(&packed, "", 1);
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate_end");
    packed.length -= 2;
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate_end");
    packed.length = 0;
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate_end");
    craft_put(&packed, "\xff\xff\xff", 3);
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate");
}

Test(container_content, case_30_junk_far_behind_deflate)
{
    static uint8_t junk[64 * 1024];
    static const char plain[] = "abcabcabcabcabcabcabcabcabcabc";
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes packed = craft_deflate(plain, sizeof plain);

    craft_put(&packed, junk, sizeof junk);
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate_end");
}

Test(container_content, case_30_junk_in_the_next_chunk)
{
    enum { CHUNK = 16 * 1024, PLAIN = CHUNK - 5 };
    static uint8_t plain[PLAIN];
    /* RFC 1951 section 3.2.4: one last block, stored. */
    const uint8_t head[] = { 1, PLAIN & 0xff, PLAIN >> 8, (uint8_t) ~(PLAIN & 0xff),
                             (uint8_t) ~(PLAIN >> 8) };
    struct craft craft = craft_sound();
    DEFER(bytes_done) struct bytes packed = bytes_bounded(1 << 16);

    craft_put(&packed, head, sizeof head);
    craft_put(&packed, plain, sizeof plain);
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "");
    craft_put(&packed, "x", 1);
    craft_packed(&craft.files[3], &packed, plain, sizeof plain);
    craft_refused(&craft, "container.deflate_end");
}
