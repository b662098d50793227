/* Wrong images made of a good one. */
#include "channel/image_key.h"
#include "probe/firmware.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* magic[8], product[16], version[16], 24 of nothing, digest[32], content, signature[64] */
enum { PRODUCT_AT = 8, VERSION_AT = 24, DIGEST_AT = 64, CONTENT_AT = 96, CONTENT = 200, R_S = 64 };
enum { LENGTH = CONTENT_AT + CONTENT + R_S, SIGNED = LENGTH - R_S };

static const struct update sample = {
    .signing = { .declared = true,
                 .scheme = UPDATE_ECDSA_P256_SHA256,
                 .at_end = true,
                 .signature = { 64, 64 },
                 .covers = { .before_end = 64 },
                 .digest_algorithm = "sha256",
                 .digest_at = DIGEST_AT,
                 .digest_covers = { .from = CONTENT_AT, .before_end = 64 },
                 .version = { VERSION_AT, 16 },
                 .product = { PRODUCT_AT, 16 } },
};

static struct bytes good_image(struct image_key *key)
{
    struct bytes image = bytes_bounded(LENGTH);
    uint8_t room[LENGTH] = "HOSHIIMG";
    unsigned char signature[IMAGE_SIGNATURE_MAX];
    size_t length;

    memcpy(room + PRODUCT_AT, "HC-1", 4);
    memcpy(room + VERSION_AT, "1.9.9", 5);
    for (size_t i = 0; i < CONTENT; i++) {
        room[CONTENT_AT + i] = (uint8_t) (i * 7);
    }
    cr_assert_eq(
        image_digest("sha256", room + CONTENT_AT, CONTENT, room + DIGEST_AT, &length, NULL),
        STATUS_OK);
    cr_assert_eq(image_key_sign(key, false, room, SIGNED, signature, &length, NULL), STATUS_OK);
    cr_assert_eq(length, R_S);
    memcpy(room + SIGNED, signature, R_S);
    cr_assert_eq(bytes_append(&image, room, sizeof room, NULL), STATUS_OK);
    return image;
}

static bool verifies(struct image_key *key, const struct bytes *image)
{
    return image->length == LENGTH &&
           image_key_verifies(key, false, image->data, SIGNED, image->data + SIGNED, R_S);
}

static bool digest_is_right(const struct bytes *image)
{
    unsigned char digest[IMAGE_DIGEST_MAX];
    size_t length;

    cr_assert_eq(image_digest("sha256", image->data + CONTENT_AT, CONTENT, digest, &length, NULL),
                 STATUS_OK);
    return memcmp(digest, image->data + DIGEST_AT, length) == 0;
}

static size_t differing(const struct bytes *a, const struct bytes *b)
{
    size_t count = 0;

    for (size_t i = 0; i < a->length && i < b->length; i++) {
        count += a->data[i] != b->data[i];
    }
    return count;
}

static struct bytes made(enum firmware_kind kind, const struct bytes *good)
{
    struct bytes image = bytes_bounded(1 << 16);
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(firmware_make(&sample, kind, good, 4096, &firmware_fresh_key, &image, &error),
                 STATUS_OK, "%s: %s", firmware_kind_words[kind], error.message);
    return image;
}

Test(firmware, each_is_wrong_in_its_way)
{
    static const struct {
        enum firmware_kind kind;
        size_t length;
        bool digest_right;
    } all[] = {
        { FIRMWARE_HEADER_FLIPPED, LENGTH, true },    { FIRMWARE_MIDDLE_FLIPPED, LENGTH, false },
        { FIRMWARE_SIGNATURE_FLIPPED, LENGTH, true }, { FIRMWARE_SIGNATURE_ZEROED, LENGTH, true },
        { FIRMWARE_SIGNATURE_CUT, SIGNED, true },     { FIRMWARE_CUT_SHORT, LENGTH / 2, false },
        { FIRMWARE_OTHER_KEY, LENGTH, true },         { FIRMWARE_ALTERED, LENGTH, true },
        { FIRMWARE_ALTERED_OTHER_KEY, LENGTH, true }, { FIRMWARE_VERSION_RAISED, LENGTH, true },
        { FIRMWARE_PRODUCT_RENAMED, LENGTH, true },
    };
    DEFER(image_key_done) struct image_key *key = NULL;
    DEFER(bytes_done) struct bytes good = bytes_bounded(1);

    cr_assert_eq(image_key_new(IMAGE_KEY_P256, 0, &key, NULL), STATUS_OK);
    good = good_image(key);
    cr_assert(verifies(key, &good));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(bytes_done) struct bytes image = made(all[i].kind, &good);
        const char *word = firmware_kind_words[all[i].kind];

        cr_expect_eq(image.length, all[i].length, "%s: %zu", word, image.length);
        cr_expect_not(verifies(key, &image), "%s", word);
        if (image.length >= SIGNED) {
            cr_expect_eq(digest_is_right(&image), all[i].digest_right, "%s", word);
        }
    }
}

Test(firmware, one_bit_is_one_bit)
{
    static const struct {
        enum firmware_kind kind;
        size_t at;
    } all[] = {
        { FIRMWARE_HEADER_FLIPPED, DIGEST_AT - 1 },
        { FIRMWARE_MIDDLE_FLIPPED, CONTENT_AT + CONTENT / 2 },
        { FIRMWARE_SIGNATURE_FLIPPED, SIGNED + R_S / 2 },
    };
    DEFER(image_key_done) struct image_key *key = NULL;
    DEFER(bytes_done) struct bytes good = bytes_bounded(1);

    cr_assert_eq(image_key_new(IMAGE_KEY_P256, 0, &key, NULL), STATUS_OK);
    good = good_image(key);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(bytes_done) struct bytes image = made(all[i].kind, &good);

        cr_expect_eq(differing(&image, &good), 1);
        cr_expect_eq(image.data[all[i].at] ^ good.data[all[i].at], 0x10);
    }
}

Test(firmware, the_rest_is_as_it_was)
{
    DEFER(image_key_done) struct image_key *key = NULL;
    DEFER(bytes_done) struct bytes good = bytes_bounded(1);
    DEFER(bytes_done) struct bytes longer = bytes_bounded(1);
    DEFER(bytes_done) struct bytes empty = bytes_bounded(1);
    DEFER(bytes_done) struct bytes huge = bytes_bounded(1);
    DEFER(bytes_done) struct bytes raised = bytes_bounded(1);
    DEFER(bytes_done) struct bytes renamed = bytes_bounded(1);
    DEFER(bytes_done) struct bytes foreign = bytes_bounded(1);

    cr_assert_eq(image_key_new(IMAGE_KEY_P256, 0, &key, NULL), STATUS_OK);
    good = good_image(key);
    longer = made(FIRMWARE_LONGER, &good);
    cr_expect_eq(longer.length, LENGTH + 1);
    cr_expect_eq(differing(&longer, &good), 0);
    empty = made(FIRMWARE_EMPTY, &good);
    cr_expect_eq(empty.length, 0);
    huge = made(FIRMWARE_HUGE, &good);
    cr_expect_eq(huge.length, 4096);
    cr_expect_eq(huge.data[4095], 0);
    cr_expect_eq(memcmp(huge.data, good.data, LENGTH / 2), 0);
    raised = made(FIRMWARE_VERSION_RAISED, &good);
    cr_expect(firmware_names_version(&sample, &good, "1.9.9"));
    cr_expect(firmware_names_version(&sample, &raised, "2.9.9"));
    renamed = made(FIRMWARE_PRODUCT_RENAMED, &good);
    cr_expect_arr_eq(renamed.data + PRODUCT_AT, "HC-X", 5);
    foreign = made(FIRMWARE_OTHER_KEY, &good);
    cr_expect_eq(memcmp(foreign.data, good.data, SIGNED), 0, "the content is genuine");
}

Test(firmware, schemes_sign_and_verify)
{
    static const struct {
        enum image_key_kind kind;
        bool der;
    } all[] = {
        { IMAGE_KEY_P256, true },   { IMAGE_KEY_P384, false }, { IMAGE_KEY_P384, true },
        { IMAGE_KEY_PKCS1, false }, { IMAGE_KEY_PSS, false },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(image_key_done) struct image_key *key = NULL;
        unsigned char room[IMAGE_SIGNATURE_MAX];
        size_t length = 0;

        cr_assert_eq(image_key_new(all[i].kind, 2048, &key, NULL), STATUS_OK);
        cr_assert_eq(image_key_sign(key, all[i].der, "abc", 3, room, &length, NULL), STATUS_OK);
        cr_expect(image_key_verifies(key, all[i].der, "abc", 3, room, length), "case %zu", i);
        cr_expect_not(image_key_verifies(key, all[i].der, "abd", 3, room, length), "case %zu", i);
    }
}

Test(firmware, an_image_that_is_not_as_described_makes_none)
{
    static const enum firmware_kind all[] = {
        FIRMWARE_HEADER_FLIPPED, FIRMWARE_MIDDLE_FLIPPED,    FIRMWARE_SIGNATURE_FLIPPED,
        FIRMWARE_SIGNATURE_CUT,  FIRMWARE_ALTERED_OTHER_KEY, FIRMWARE_VERSION_RAISED,
    };
    DEFER(bytes_done) struct bytes tiny = bytes_bounded(16);

    cr_assert_eq(bytes_append(&tiny, "tiny", 4, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(bytes_done) struct bytes image = bytes_bounded(64);

        cr_expect_eq(firmware_make(&sample, all[i], &tiny, 64, &firmware_fresh_key, &image, NULL),
                     STATUS_BAD_INPUT, "%s", firmware_kind_words[all[i]]);
    }
}

Test(firmware, what_the_vendor_has_to_give)
{
    const struct update bare = { .image = "a.img" };
    const struct update odd = { .other_key_image = "k.img",
                                .signing = { .declared = true,
                                             .scheme = UPDATE_ED25519,
                                             .at_end = true,
                                             .signature = { 64, 64 } } };
    const char *path;
    const char *why;

    cr_expect_eq(firmware_source(&bare, FIRMWARE_MIDDLE_FLIPPED, &path, &why), FIRMWARE_MADE);
    cr_expect_eq(firmware_source(&bare, FIRMWARE_SIGNATURE_CUT, &path, &why), FIRMWARE_IMPOSSIBLE);
    cr_expect_str_eq(why, "the profile does not say where the signature stands");
    cr_expect_eq(firmware_source(&bare, FIRMWARE_OLDER, &path, &why), FIRMWARE_IMPOSSIBLE);
    cr_expect_eq(firmware_source(&odd, FIRMWARE_SIGNATURE_CUT, &path, &why), FIRMWARE_MADE);
    cr_expect_eq(firmware_source(&odd, FIRMWARE_ALTERED_OTHER_KEY, &path, &why),
                 FIRMWARE_IMPOSSIBLE);
    cr_expect_eq(firmware_source(&odd, FIRMWARE_OTHER_KEY, &path, &why), FIRMWARE_GIVEN);
    cr_expect_str_eq(path, "k.img");
}

Test(firmware, a_file_is_read_whole_or_not_at_all)
{
    char path[] = "/tmp/firmware-XXXXXX";
    int fd = mkstemp(path);
    DEFER(bytes_done) struct bytes image = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes small = bytes_bounded(64);

    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, "0123456789", 10), 10);
    cr_assert_eq(close(fd), 0);
    cr_expect_eq(firmware_read(path, &image, NULL), STATUS_OK);
    cr_expect_eq(image.length, 10);
    cr_expect_neq(firmware_read("/tmp", &small, NULL), STATUS_OK);
    cr_expect_eq(unlink(path), 0);
    cr_expect_eq(firmware_read(path, &small, NULL), STATUS_BAD_INPUT);
}
