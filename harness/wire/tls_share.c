#include "wire/tls_share.h"

#include "wire/nist_points.h"

#include <string.h>

/* Length of the share, and of the secret at its start or behind its first byte. */
struct share {
    uint16_t group;
    size_t length;
    const uint8_t *point; /* NULL: all zero but for the generator */
    uint8_t generator;
    bool little_endian;
};

static const struct share shares[] = {
    { 0x001d, 32, NULL, 9, true }, /* RFC 7748 section 4.1 */
    { 0x0017, sizeof wire_point_p256, wire_point_p256, 0, false },
    { 0x001e, 56, NULL, 5, true }, /* RFC 7748 section 4.2 */
    { 0x0018, sizeof wire_point_p384, wire_point_p384, 0, false },
    { 0x0019, sizeof wire_point_p521, wire_point_p521, 0, false },
    { 0x0100, 256, NULL, 2, false }, /* RFC 7919 appendix A */
    { 0x0101, 384, NULL, 2, false },
    { 0x0102, 512, NULL, 2, false },
    { 0x0103, 768, NULL, 2, false },
    { 0x0104, 1024, NULL, 2, false },
};

static const struct share *share_find(uint16_t group)
{
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        if (shares[i].group == group) {
            return &shares[i];
        }
    }
    return NULL;
}

bool wire_tls_share_known(uint16_t group)
{
    return share_find(group) != NULL;
}

void wire_tls_share_put(struct builder *builder, uint16_t group)
{
    const struct share *share = share_find(group);
    uint8_t room[TLS_SHARE_MAX] = { 0 };

    if (share == NULL) {
        return;
    }
    if (share->point != NULL) {
        memcpy(room, share->point, share->length);
    } else {
        room[share->little_endian ? 0 : share->length - 1] = share->generator;
    }
    builder_put(builder, room, share->length);
}

bool wire_tls_share_secret(uint16_t group, const uint8_t *share, size_t length,
                           const uint8_t **ret_secret, size_t *ret_length)
{
    const struct share *known = share_find(group);

    if (known == NULL || share == NULL || length != known->length ||
        (known->point != NULL && share[0] != 4)) {
        return false;
    }
    /* The x coordinate alone (RFC 8446 section 7.4.2). */
    *ret_secret = known->point != NULL ? share + 1 : share;
    *ret_length = known->point != NULL ? (length - 1) / 2 : length;
    return true;
}
