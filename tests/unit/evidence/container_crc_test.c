#include "evidence/container_crc.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <zlib.h>

enum { ROOM = 4096 };

static uint8_t *noise(void)
{
    uint8_t *room = malloc(ROOM);
    uint32_t state = 2463534242u;

    cr_assert_not_null(room);
    for (size_t i = 0; i < ROOM; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        room[i] = (uint8_t) state;
    }
    return room;
}

/* The check value of CRC-32 as catalogues of CRCs give it. */
Test(container_crc, check_value)
{
    cr_assert_eq(container_crc(0, "123456789", 9), 0xcbf43926u);
    cr_assert_eq(container_crc(0, NULL, 0), 0u);
}

/* Each length and alignment around the block sizes, against another implementation. */
Test(container_crc, agrees_with_zlib)
{
    uint8_t *room = noise();

    for (size_t offset = 0; offset < 17; offset++) {
        for (size_t length = 0; length < 400; length++) {
            cr_assert_eq(container_crc(0, room + offset, length),
                         (uint32_t) crc32(0, room + offset, (uInt) length), "%zu at %zu", length,
                         offset);
        }
    }
    free(room);
}

Test(container_crc, in_pieces)
{
    uint8_t *room = noise();
    uint32_t whole = container_crc(0, room, ROOM);

    for (size_t cut = 0; cut <= ROOM; cut += 7) {
        uint32_t crc = container_crc(0, room, cut);

        cr_assert_eq(container_crc(crc, room + cut, ROOM - cut), whole, "cut at %zu", cut);
    }
    free(room);
}
