/* The fixtures are what real daemons said; see README.md. */
#include "support/fixture.h"
#include "wire/ident.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording {
    const char *name;
    enum wire_hello sent;
    enum wire_protocol protocol;
    const char *detail; /* must be in it */
};

static const struct recording recordings[] = {
    { "ssh-openssh", WIRE_HELLO_NOTHING, WIRE_PROTOCOL_SSH, "SSH-2.0-OpenSSH_9.2p1" },
    { "ssh-dropbear", WIRE_HELLO_NOTHING, WIRE_PROTOCOL_SSH, "SSH-2.0-dropbear_2022.83" },
    { "telnet-inetutils", WIRE_HELLO_NOTHING, WIRE_PROTOCOL_TELNET, "TTYPE" },
    { "ftp-vsftpd", WIRE_HELLO_NOTHING, WIRE_PROTOCOL_FTP, "vsFTPd" },
    { "ftp-unnamed-syst", WIRE_HELLO_SYST, WIRE_PROTOCOL_FTP, "camera 7" },
    { "smtp-sink", WIRE_HELLO_NOTHING, WIRE_PROTOCOL_SMTP, "ESMTP" },
    { "smtp-unnamed-helo", WIRE_HELLO_HELO, WIRE_PROTOCOL_SMTP, "camera7" },
    { "mqtt-311-refused", WIRE_HELLO_MQTT_311, WIRE_PROTOCOL_MQTT, "not authorized" },
    { "mqtt-311-accepted", WIRE_HELLO_MQTT_311, WIRE_PROTOCOL_MQTT, "accepted" },
    { "mqtt-5-refused", WIRE_HELLO_MQTT_5, WIRE_PROTOCOL_MQTT, "not authorized" },
    { "mqtt-5-accepted", WIRE_HELLO_MQTT_5, WIRE_PROTOCOL_MQTT, "accepted" },
    { "http-nginx", WIRE_HELLO_HTTP, WIRE_PROTOCOL_HTTP, "HTTP/1.1 200, nginx/1.22.1" },
    { "http-nginx-to-tls", WIRE_HELLO_TLS, WIRE_PROTOCOL_HTTP, "HTTP/1.1 400" },
    { "http-to-https-nginx", WIRE_HELLO_HTTP, WIRE_PROTOCOL_TLS, "HTTP/1.1 400" },
    { "tls12-nginx-alpn", WIRE_HELLO_TLS, WIRE_PROTOCOL_HTTPS, "TLSv1.2, ALPN http/1.1" },
    { "tls12-mosquitto", WIRE_HELLO_TLS, WIRE_PROTOCOL_TLS, "TLSv1.2" },
    { "tls13-only-alert", WIRE_HELLO_TLS, WIRE_PROTOCOL_TLS, "alert 70" },
    { "modbus-pymodbus", WIRE_HELLO_MODBUS, WIRE_PROTOCOL_MODBUS, "Example Electric EX-1 1.0" },
    { "rtsp-gst", WIRE_HELLO_RTSP, WIRE_PROTOCOL_RTSP, "RTSP/1.0 200" },
    { "rtsp-gst-to-tls", WIRE_HELLO_TLS, WIRE_PROTOCOL_RTSP, "GStreamer" },
};

static size_t recording_load(const char *name, uint8_t *room, size_t size)
{
    char file[64];

    (void) snprintf(file, sizeof file, "%s.bin", name);
    return fixture(file, room, size);
}

Test(ident, names_every_recorded_daemon)
{
    for (size_t i = 0; i < sizeof recordings / sizeof recordings[0]; i++) {
        const struct recording *recording = &recordings[i];
        uint8_t room[4096];
        size_t length = recording_load(recording->name, room, sizeof room);
        struct wire_ident ident;

        cr_expect_eq(wire_identify(recording->sent, room, length, true, &ident), WIRE_IDENT_FOUND,
                     "%s", recording->name);
        cr_expect_str_eq(wire_protocol_word(ident.protocol),
                         wire_protocol_word(recording->protocol), "%s", recording->name);
        cr_expect_not_null(strstr(ident.detail, recording->detail), "%s: '%s'", recording->name,
                           ident.detail);
    }
}

/* However the bytes are cut, no beginning of a recording is taken for another protocol
 * while more may come, and the whole is found in the end. */
Test(ident, a_cut_answer_is_never_another_protocol)
{
    for (size_t i = 0; i < sizeof recordings / sizeof recordings[0]; i++) {
        const struct recording *recording = &recordings[i];
        uint8_t room[4096];
        size_t length = recording_load(recording->name, room, sizeof room);
        struct wire_ident ident;

        for (size_t cut = 0; cut < length; cut++) {
            /* An exact copy, so that a read past the end is seen. */
            uint8_t *copy = malloc(cut + 1);

            cr_assert_not_null(copy);
            memcpy(copy, room, cut);
            if (wire_identify(recording->sent, copy, cut, false, &ident) == WIRE_IDENT_FOUND) {
                cr_assert_eq(ident.protocol, recording->protocol, "%s cut at %zu is '%s'",
                             recording->name, cut, wire_protocol_word(ident.protocol));
            }
            free(copy);
        }
    }
}

static enum wire_ident_answer hear(enum wire_hello sent, const char *text, bool ended,
                                   struct wire_ident *ident)
{
    return wire_identify(sent, text, strlen(text), ended, ident);
}

Test(ident, greetings_of_the_rfcs)
{
    static const struct {
        const char *text;
        enum wire_protocol protocol;
    } cases[] = {
        { "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n", WIRE_PROTOCOL_POP3 },
        { "* OK IMAP4rev2 server ready\r\n", WIRE_PROTOCOL_IMAP },
        { "* PREAUTH IMAP4rev2 server logged in as Smith\r\n", WIRE_PROTOCOL_IMAP },
        { "* BYE Autologout; idle for too long\r\n", WIRE_PROTOCOL_IMAP },
        { "RFB 003.008\n", WIRE_PROTOCOL_VNC },
        { "220-more\r\n220 an FTP server\r\n", WIRE_PROTOCOL_FTP },
        { "554 no SMTP service here\r\n", WIRE_PROTOCOL_SMTP },
        { "Welcome!\r\nOnly for staff\r\nSSH-2.0-x_1\r\n", WIRE_PROTOCOL_SSH },
        { "SSH-1.99-old\n", WIRE_PROTOCOL_SSH },
        { "\r\nrouter login: ", WIRE_PROTOCOL_TELNET },
        { "Password: ", WIRE_PROTOCOL_TELNET },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_ident ident;

        cr_expect_eq(hear(WIRE_HELLO_NOTHING, cases[i].text, false, &ident), WIRE_IDENT_FOUND, "%s",
                     cases[i].text);
        cr_expect_eq(ident.protocol, cases[i].protocol, "%s", cases[i].text);
    }
}

Test(ident, plain_text_is_not_telnet)
{
    static const char *const texts[] = {
        "fw 1.2 debug\r\nheap 1234\r\n> ",
        "boot: done\r\n",
        "login service started\r\n",
        "user 1000 connected: 3 sessions\r\n",
        "# ",
        "ERR unknown command\r\n",
        "\x1b[32mI (312) wifi: mode : sta\x1b[0m\r\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wire_ident ident;

        cr_expect_eq(hear(WIRE_HELLO_NOTHING, texts[i], true, &ident), WIRE_IDENT_NO, "%s",
                     texts[i]);
        cr_expect_eq(ident.protocol, WIRE_PROTOCOL_NONE, "%s", texts[i]);
    }
}

Test(ident, bytes_that_only_look_like_telnet)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        { "\xff\xfb\x90\x44\0\0", 6 },        /* an MPEG audio frame */
        { "\xff\xd8\xff\xe0\0\x10JFIF", 10 }, /* a JPEG image */
        { "\xff\xfeH\0i\0", 6 },              /* UTF-16 */
        { "\xff\xff\xff\xff", 4 },            /* escaped 255s and nothing else */
        { "\0\0\xff\xfb\x01", 5 },            /* binary before it */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_ident ident;

        cr_expect_eq(
            wire_identify(WIRE_HELLO_NOTHING, cases[i].bytes, cases[i].length, true, &ident),
            WIRE_IDENT_NO, "case %zu is '%s'", i, wire_protocol_word(ident.protocol));
    }
}

Test(ident, an_echo_is_nothing)
{
    for (int hello = WIRE_HELLO_TLS; hello <= WIRE_HELLO_HELO; hello++) {
        uint8_t room[WIRE_HELLO_MAX];
        struct builder builder = builder_over(room, sizeof room);
        struct wire_ident ident;

        wire_ident_hello((enum wire_hello) hello, "::1", 42, &builder);
        cr_assert(!builder.overflow && builder.length > 0);
        cr_expect_eq(wire_identify((enum wire_hello) hello, room, builder.length, true, &ident),
                     WIRE_IDENT_NO, "hello %d is '%s'", hello, wire_protocol_word(ident.protocol));
    }
}

Test(ident, a_connack_counts_only_after_a_connect)
{
    struct wire_ident ident;

    cr_expect_eq(wire_identify(WIRE_HELLO_HTTP, "\x20\x02\0\0", 4, true, &ident), WIRE_IDENT_NO);
    cr_expect_eq(wire_identify(WIRE_HELLO_NOTHING, "\x20\x02\0\0", 4, true, &ident), WIRE_IDENT_NO);
}

Test(ident, an_unnamed_greeting_asks_on)
{
    static const struct {
        enum wire_hello sent;
        const char *text;
        enum wire_hello ask;
    } cases[] = {
        { WIRE_HELLO_NOTHING, "220 ready\r\n", WIRE_HELLO_SYST },
        { WIRE_HELLO_SYST, "220 ready\r\n502 what?\r\n", WIRE_HELLO_EHLO },
        { WIRE_HELLO_EHLO, "220 ready\r\n502 what?\r\n502 what?\r\n", WIRE_HELLO_HELO },
    };
    struct wire_ident ident;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(hear(cases[i].sent, cases[i].text, false, &ident), WIRE_IDENT_ASK, "%zu", i);
        cr_expect_eq(ident.ask, cases[i].ask, "%zu", i);
    }
    cr_expect_eq(hear(WIRE_HELLO_SYST, "220 ready\r\n", false, &ident), WIRE_IDENT_WAIT);
    cr_expect_eq(hear(WIRE_HELLO_HELO, "220 a\r\n502 b\r\n502 c\r\n502 d\r\n", true, &ident),
                 WIRE_IDENT_NO);
}

Test(ident, details_are_printable_and_bounded)
{
    char text[600] = "SSH-2.0-\x1b[31m\x01\xff";
    struct wire_ident ident;

    memset(text + strlen(text), 'A', 550 - strlen(text));
    memcpy(text + 550, "\r\n", 3);
    cr_assert_eq(hear(WIRE_HELLO_NOTHING, text, false, &ident), WIRE_IDENT_FOUND);
    cr_expect_leq(strlen(ident.detail), WIRE_IDENT_DETAIL_SIZE - 1);
    for (const char *at = ident.detail; *at != '\0'; at++) {
        cr_assert(*at >= 0x20 && *at < 0x7f);
    }
}
