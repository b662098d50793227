#include "wire/tls_names.h"
#include "wire/tls_share.h"

#include <criterion/criterion.h>
#include <string.h>

/* The share is what the server computes with a private value of 1, so that the secret of our own
 * share is that value again. */
Test(tls_share, lengths_and_secrets)
{
    static const struct {
        uint16_t group;
        size_t length;
        size_t secret;
    } wanted[] = { { 0x001d, 32, 32 },    { 0x001e, 56, 56 },   { 0x0017, 65, 32 },
                   { 0x0018, 97, 48 },    { 0x0019, 133, 66 },  { 0x0100, 256, 256 },
                   { 0x0101, 384, 384 },  { 0x0102, 512, 512 }, { 0x0103, 768, 768 },
                   { 0x0104, 1024, 1024 } };
    size_t known = 0;

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        uint8_t room[TLS_SHARE_MAX];
        struct builder builder = builder_over(room, sizeof room);
        const uint8_t *secret = NULL;
        size_t length = 0;

        wire_tls_share_put(&builder, wanted[i].group);
        cr_expect_eq(builder.length, wanted[i].length);
        cr_expect(wire_tls_share_secret(wanted[i].group, room, builder.length, &secret, &length));
        cr_expect_eq(length, wanted[i].secret);
        cr_expect_eq(secret, wanted[i].length == wanted[i].secret ? room : room + 1);
        cr_expect_not(
            wire_tls_share_secret(wanted[i].group, room, builder.length - 1, &secret, &length));
        cr_expect_not(wire_tls_share_secret(wanted[i].group, NULL, 0, &secret, &length));
    }
    for (size_t i = 0; i < wire_tls_groups_count; i++) {
        known += wire_tls_share_known(wire_tls_groups[i].code) ? 1 : 0;
    }
    cr_expect_eq(known, sizeof wanted / sizeof wanted[0]);
}

Test(tls_share, a_compressed_point_is_malformed)
{
    uint8_t room[65] = { 2 };
    const uint8_t *secret;
    size_t length;

    cr_expect_not(wire_tls_share_secret(0x0017, room, sizeof room, &secret, &length));
}

Test(tls_share, an_unknown_group_has_none)
{
    uint8_t room[8];
    struct builder builder = builder_over(room, sizeof room);

    wire_tls_share_put(&builder, 0x11ec);
    cr_expect_eq(builder.length, 0);
    cr_expect_not(wire_tls_share_known(0x11ec));
}
