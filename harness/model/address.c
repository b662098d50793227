#include "model/profile.h"

#include <arpa/inet.h>
#include <string.h>

static bool ipv4_is_private(const uint8_t at[4])
{
    return at[0] == 127 || at[0] == 10 ||            /* RFC 1122 3.2.1.3, RFC 1918 */
           (at[0] == 172 && (at[1] & 0xf0) == 16) || /* RFC 1918 */
           (at[0] == 192 && at[1] == 168) ||         /* RFC 1918 */
           (at[0] == 169 && at[1] == 254);           /* RFC 3927 */
}

static bool ipv6_is_private(const uint8_t at[16])
{
    static const uint8_t loopback[16] = { [15] = 1 };
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    return memcmp(at, loopback, sizeof loopback) == 0 || (at[0] & 0xfe) == 0xfc || /* RFC 4193 */
           (at[0] == 0xfe && (at[1] & 0xc0) == 0x80) || /* RFC 4291 2.5.6 */
           (memcmp(at, mapped, sizeof mapped) == 0 && ipv4_is_private(at + 12));
}

/* A link-local address may name its interface (RFC 4007 section 11). */
static bool address_parse(const char *address, int *ret_family, uint8_t room[16])
{
    char text[INET6_ADDRSTRLEN];
    const char *zone = strchr(address, '%');
    size_t length = zone != NULL ? (size_t) (zone - address) : strlen(address);

    if (length >= sizeof text || (zone != NULL && (zone[1] == '\0' || strlen(zone) > 16))) {
        return false;
    }
    memcpy(text, address, length);
    text[length] = '\0';
    if (zone == NULL && inet_pton(AF_INET, text, room) == 1) {
        *ret_family = AF_INET;
        return true;
    }
    *ret_family = AF_INET6;
    return inet_pton(AF_INET6, text, room) == 1;
}

bool address_is_numeric(const char *address)
{
    uint8_t room[16];
    int family;

    return address_parse(address, &family, room);
}

bool address_is_private(const char *address)
{
    uint8_t room[16] = { 0 };
    int family = AF_INET6;

    if (!address_parse(address, &family, room)) {
        return false;
    }
    return family == AF_INET ? ipv4_is_private(room) : ipv6_is_private(room);
}
