#include "wire/ftp.h"

#include <criterion/criterion.h>
#include <string.h>

static enum wire_ftp_word read_text(const char *text, struct wire_ftp_reply *reply)
{
    *reply = (struct wire_ftp_reply){ 0 };
    return wire_ftp_reply_read(text, strlen(text), reply);
}

Test(ftp, one_line_is_a_reply)
{
    struct wire_ftp_reply reply;
    const char *text = "530 Login incorrect.\r\n331 next\r\n";

    cr_assert_eq(read_text(text, &reply), WIRE_FTP_WHOLE);
    cr_expect_eq(reply.code, 530);
    cr_expect_eq(reply.length, strlen("530 Login incorrect.\r\n"));
    cr_expect_eq(strncmp(text + reply.text, "Login", 5), 0);
    cr_assert_eq(read_text("230\r\n", &reply), WIRE_FTP_WHOLE);
    cr_assert_eq(read_text("230 bare\n", &reply), WIRE_FTP_WHOLE);
}

Test(ftp, several_lines_end_with_the_code_of_the_first)
{
    struct wire_ftp_reply reply;
    const char *text = "220-Welcome\r\n 331 no\r\n331 not this\r\n220-nor this\r\n220 ready\r\n";

    cr_assert_eq(read_text(text, &reply), WIRE_FTP_WHOLE);
    cr_expect_eq(reply.code, 220);
    cr_expect_eq(reply.length, strlen(text));
    cr_expect_eq(strncmp(text + reply.text, "ready", 5), 0);
}

Test(ftp, every_cut_asks_for_more)
{
    static const char text[] = "220-Welcome\r\nto it\r\n220 ready\r\n";
    struct wire_ftp_reply reply;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        cr_expect_eq(wire_ftp_reply_read(text, i, &reply), WIRE_FTP_MORE, "%zu", i);
    }
}

Test(ftp, other_protocols_are_foreign)
{
    static const char *const texts[] = { "HTTP/1.0 400 Bad\r\n", "SSH-2.0-x\r\n", "999 what\r\n",
                                         "\xff\xfd\x01", "099 low\r\n" };
    struct wire_ftp_reply reply;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_expect_eq(read_text(texts[i], &reply), WIRE_FTP_FOREIGN, "%s", texts[i]);
    }
}

Test(ftp, data_ports_are_read_and_addresses_are_not)
{
    static const struct {
        const char *text;
        uint16_t port;
    } rows[] = {
        { "229 Entering Extended Passive Mode (|||6446|)\r\n", 6446 },
        { "229 Entering (!!!80!)\r\n", 80 },
        { "229 (|||70000|)\r\n", 0 },
        { "229 (|1|10.0.0.1|80|)\r\n", 0 },
        { "229 (|||80\r\n", 0 },
        { "229 none\r\n", 0 },
        { "227 Entering Passive Mode (10,0,0,1,19,137).\r\n", 5001 },
        { "227 =10,0,0,1,0,21\r\n", 21 },
        { "227 (10,0,0,1,256,1)\r\n", 0 },
        { "227 (10,0,0,1)\r\n", 0 },
        { "200 (|||80|)\r\n", 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_ftp_reply reply;

        cr_assert_eq(read_text(rows[i].text, &reply), WIRE_FTP_WHOLE);
        cr_expect_eq(wire_ftp_data_port(rows[i].text, &reply), rows[i].port, "%s", rows[i].text);
    }
}
