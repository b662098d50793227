/* Any image with any description of it: what is made is made within bounds, or refused. */
#include "probe/firmware.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HUGE_LENGTH = 4096 };

static enum status stand_in(void *context, const struct update_signing *signing, const void *data,
                            size_t length, struct bytes *ret_signature, struct error *reterr)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < length; i++) {
        sum ^= ((const uint8_t *) data)[i];
    }
    (void) context;
    (void) signing;
    return bytes_append(ret_signature, &sum, 1, reterr);
}

static struct update_reach reach(struct reader *reader)
{
    struct update_reach made = { .from = reader_u16(reader) };

    made.to = reader_u8(reader) % 2 != 0 ? reader_u16(reader) : 0;
    made.before_end = reader_u16(reader);
    return made;
}

static struct update described(struct reader *reader)
{
    static const char *const algorithms[] = { NULL, "sha256", "sha384", "sha512" };
    struct update update = { .signing = { .declared = true } };
    struct update_signing *signing = &update.signing;

    signing->scheme = (enum update_scheme)(reader_u8(reader) % (UPDATE_UNSIGNED + 1));
    signing->at_end = reader_u8(reader) % 2 != 0;
    signing->signature = (struct update_span){ reader_u16(reader), reader_u8(reader) };
    signing->covers = reach(reader);
    signing->digest_algorithm = algorithms[reader_u8(reader) % 4];
    signing->digest_at = reader_u16(reader);
    signing->digest_covers = reach(reader);
    signing->version = (struct update_span){ reader_u16(reader), reader_u8(reader) % 255 + 1u };
    signing->product = (struct update_span){ reader_u16(reader), reader_u8(reader) % 255 + 1u };
    return update;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = reader_over(data, size);
    const struct update update = described(&reader);
    const struct firmware_signer signer = { .sign = stand_in };
    DEFER(bytes_done) struct bytes good = bytes_bounded(size + 1);
    size_t length = reader_left(&reader);

    if (!reader_ok(&reader) ||
        bytes_append(&good, reader_take(&reader, length), length, NULL) != STATUS_OK) {
        return 0;
    }
    for (enum firmware_kind kind = FIRMWARE_GOOD; kind < FIRMWARE_KIND_COUNT; kind++) {
        DEFER(bytes_done) struct bytes image = bytes_bounded(size + HUGE_LENGTH);

        if (firmware_make(&update, kind, &good, HUGE_LENGTH, &signer, &image, NULL) != STATUS_OK) {
            continue;
        }
        if (image.length > size + HUGE_LENGTH ||
            (kind == FIRMWARE_GOOD && length > 0 && memcmp(image.data, good.data, length) != 0) ||
            (kind == FIRMWARE_MIDDLE_FLIPPED && memcmp(image.data, good.data, length) == 0)) {
            abort();
        }
        (void) firmware_names_version(&update, &image, "1.0");
    }
    return 0;
}
