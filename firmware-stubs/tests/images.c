/* Reads what a genuine image becomes when octets change, are missing or too many: whatever it is,
 * nothing outside it is read (the sanitizers watch), and no part of it is believed that is not
 * there.  usage: stub-images IMAGE */
#include "camera/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20000, CHANGES_MAX = 4, FILE_MAX = 1 << 20 };

static uint64_t random_state = 0x9e3779b97f4a7c15U;

static size_t random_below(size_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t) (random_state % most);
}

/* Mostly in the header, where the lengths and names are. */
static void spoil(uint8_t *data, size_t length)
{
    for (size_t i = random_below(CHANGES_MAX + 1); i > 0 && length > 0; i--) {
        size_t reach = random_below(2) == 0 && length > IMAGE_HEADER ? IMAGE_HEADER : length;
        data[random_below(reach)] = (uint8_t) random_below(256);
    }
}

static bool judged_rightly(const uint8_t *data, size_t length, const uint8_t *genuine,
                           size_t genuine_length)
{
    struct image image;

    if (!image_read(data, length, &image)) {
        return length < IMAGE_HEADER || memcmp(data, genuine, IMAGE_HEADER) != 0;
    }
    (void) image_signature_formed(&image);
    bool payload_same = length >= genuine_length - IMAGE_TRAILER &&
                        memcmp(data + IMAGE_HEADER, genuine + IMAGE_HEADER,
                               genuine_length - IMAGE_HEADER - IMAGE_TRAILER) == 0 &&
                        memcmp(data + IMAGE_DIGEST_AT, genuine + IMAGE_DIGEST_AT,
                               IMAGE_HEADER - IMAGE_DIGEST_AT) == 0;
    bool length_same = image.payload_length == genuine_length - IMAGE_HEADER - IMAGE_TRAILER;
    return strlen(image.product) <= IMAGE_NAME && strlen(image.version) <= IMAGE_NAME &&
           (length == IMAGE_HEADER + image.payload_length + IMAGE_TRAILER) == image_whole(&image) &&
           (payload_same || !length_same || !image_digest_right(&image)) &&
           (!payload_same || !length_same || image_digest_right(&image));
}

int main(int argc, char **argv)
{
    static uint8_t genuine[FILE_MAX];
    FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
    size_t length = file == NULL ? 0 : fread(genuine, 1, sizeof genuine, file);

    if (length <= IMAGE_HEADER + IMAGE_TRAILER || fclose(file) != 0) {
        return EXIT_FAILURE;
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t kept = random_below(4) == 0 ? random_below(2 * length) : length;
        /* Of exactly this size, so that one octet too far is seen. */
        uint8_t *data = malloc(kept == 0 ? 1 : kept);
        if (data == NULL) {
            return EXIT_FAILURE;
        }
        memset(data, 0, kept);
        memcpy(data, genuine, kept < length ? kept : length);
        spoil(data, kept);
        bool right = judged_rightly(data, kept, genuine, length);
        free(data);
        if (!right) {
            fprintf(stderr, "round %zu: %zu octets are judged wrongly\n", round, kept);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
