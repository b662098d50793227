#include "wire/ssh_keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static enum ssh_parse ident(const char *text, struct ssh_ident *ret_ident)
{
    const char *why = "";

    return wire_ssh_ident_read(text, strlen(text), ret_ident, &why);
}

Test(ssh_packet, an_identification_and_its_parts)
{
    struct ssh_ident parts;

    cr_assert_eq(ident("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nrest", &parts), SSH_PARSE_OK);
    cr_expect(wire_ssh_span_is(parts.line, "SSH-2.0-OpenSSH_9.2p1 Debian-2"));
    cr_expect(wire_ssh_span_is(parts.protocol, "2.0"));
    cr_expect(wire_ssh_span_is(parts.software, "OpenSSH_9.2p1"));
    cr_expect(wire_ssh_span_is(parts.comments, "Debian-2"));
    cr_expect_eq(parts.used, strlen("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"));
    cr_assert_eq(ident("hello\r\n\nSSH-1.99-Cisco-1.25\n", &parts), SSH_PARSE_OK);
    cr_expect(wire_ssh_span_is(parts.protocol, "1.99"));
    cr_expect(wire_ssh_span_is(parts.software, "Cisco-1.25"));
    cr_expect_eq(parts.comments.length, 0);
    cr_expect_eq(parts.lines_before, 2);
}

Test(ssh_packet, identifications_that_are_none)
{
    struct ssh_ident parts;
    char lines[SSH_BEFORE_MAX + 16];

    cr_expect_eq(ident("", &parts), SSH_PARSE_MORE);
    cr_expect_eq(ident("SSH-2.0-x", &parts), SSH_PARSE_MORE);
    cr_expect_eq(ident("hello\n", &parts), SSH_PARSE_MORE);
    cr_expect_eq(ident("SSH-2.0\r\n", &parts), SSH_PARSE_BAD);
    cr_expect_eq(ident("SSH--x\r\n", &parts), SSH_PARSE_BAD);
    memset(lines, 'x', sizeof lines - 1);
    lines[sizeof lines - 1] = '\0';
    cr_expect_eq(ident(lines, &parts), SSH_PARSE_BAD);
    memcpy(lines, "SSH-2.0-", 8);
    lines[SSH_IDENT_MAX + 1] = '\0';
    cr_expect_eq(ident(lines, &parts), SSH_PARSE_BAD);
    lines[SSH_IDENT_MAX - 1] = '\n';
    cr_expect_eq(ident(lines, &parts), SSH_PARSE_OK);
}

Test(ssh_packet, what_is_built_is_read)
{
    uint8_t payload[64] = { SSH_MSG_DEBUG, 1, 2, 3 };
    uint8_t room[128];

    for (size_t length = 1; length <= sizeof payload; length++) {
        struct ssh_packet packet;
        const char *why = "";
        size_t whole = wire_ssh_packet_build(payload, length, room, sizeof room);

        cr_assert_gt(whole, length + 4);
        cr_assert_eq(whole % SSH_BLOCK, 0);
        cr_assert_eq(wire_ssh_packet_read(room, whole, &packet, &why), SSH_PARSE_OK, "%s", why);
        cr_expect_eq(packet.message, SSH_MSG_DEBUG);
        cr_expect_eq(packet.body.length, length - 1);
        cr_expect_eq(packet.used, whole);
        for (size_t cut = 0; cut < whole; cut++) {
            cr_expect_eq(wire_ssh_packet_read(room, cut, &packet, &why), SSH_PARSE_MORE);
        }
    }
    cr_expect_eq(wire_ssh_packet_build(payload, sizeof payload, room, 64), 0);
}

Test(ssh_packet, lengths_and_paddings_that_cannot_be)
{
    static const uint8_t bad[][8] = {
        { 0xff, 0xff, 0xff, 0xf4, 4 },
        { 0, 1, 0, 4, 4 },
        { 0, 0, 0, 11, 4 },
        { 0, 0, 0, 4, 4 },
        { 0, 0, 0, 12, 3 },
        { 0, 0, 0, 12, 11 },
        { 0, 0, 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ssh_packet packet;
        const char *why = NULL;

        cr_expect_eq(wire_ssh_packet_read(bad[i], 5, &packet, &why), SSH_PARSE_BAD, "%zu", i);
        cr_expect_not_null(why);
    }
}

Test(ssh_packet, numbers)
{
    static const struct {
        uint8_t wire[8];
        size_t length;
        unsigned bits;
    } cases[] = { { { 0, 0, 0, 0 }, 4, 0 },
                  { { 0, 0, 0, 1, 1 }, 5, 1 },
                  { { 0, 0, 0, 2, 0, 0x80 }, 6, 8 },
                  { { 0, 0, 0, 1, 0x80 }, 5, 8 },
                  { { 0, 0, 0, 2, 0x7f, 0xff }, 6, 15 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reader reader = reader_over(cases[i].wire, cases[i].length);

        cr_expect_eq(wire_ssh_bits(wire_ssh_mpint(&reader)), cases[i].bits, "%zu", i);
        cr_expect(reader_ok(&reader));
    }
}
