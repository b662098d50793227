#include "wire/starttls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A server's side in pieces, each after one message of ours; the last ends the talk. */
struct server {
    enum starttls_protocol protocol;
    const char *pieces[4]; /* NULL-ended */
    enum starttls_step end;
    const char *said; /* all that we sent */
    const char *answer;
};

static const char xmpp_hello[] =
    "<?xml version='1.0'?><stream:stream to='cam.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

static const struct server servers[] = {
    { STARTTLS_SMTP,
      { "220-cam\r\n220 ESMTP\r\n", "250-cam\r\n250-STARTTLS\r\n250 HELP\r\n", "220 go\r\n" },
      STARTTLS_GO,
      "EHLO hoshitori.invalid\r\nSTARTTLS\r\n",
      "220 go" },
    { STARTTLS_SMTP,
      { "220 cam\r\n", "250 cam\r\n", "454 TLS not available\r\n" },
      STARTTLS_REFUSED,
      "EHLO hoshitori.invalid\r\nSTARTTLS\r\n",
      "454 TLS not available" },
    { STARTTLS_SMTP, { "554 go away\r\n" }, STARTTLS_REFUSED, "", "554 go away" },
    { STARTTLS_SMTP, { "HTTP/1.1 400 Bad\r\n" }, STARTTLS_GARBLED, "", "HTTP/1.1 400 Bad" },
    { STARTTLS_IMAP,
      { "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "* NOTE x\r\nh1 OK begin\r\n" },
      STARTTLS_GO,
      "h1 STARTTLS\r\n",
      "h1 OK begin" },
    { STARTTLS_IMAP,
      { "* OK x\r\n", "h1 BAD no\r\n" },
      STARTTLS_REFUSED,
      "h1 STARTTLS\r\n",
      "h1 BAD no" },
    { STARTTLS_IMAP, { "* PREAUTH in\r\n" }, STARTTLS_REFUSED, "", "* PREAUTH in" },
    { STARTTLS_POP3, { "+OK x\r\n", "+OK go\r\n" }, STARTTLS_GO, "STLS\r\n", "+OK go" },
    { STARTTLS_POP3, { "+OK x\r\n", "-ERR no\r\n" }, STARTTLS_REFUSED, "STLS\r\n", "-ERR no" },
    { STARTTLS_FTP,
      { "120 wait\r\n220-x\r\n anything\r\n220 y\r\n", "234 go\r\n" },
      STARTTLS_GO,
      "AUTH TLS\r\n",
      "234 go" },
    { STARTTLS_FTP,
      { "220 y\r\n", "530 Please login with USER and PASS.\r\n" },
      STARTTLS_REFUSED,
      "AUTH TLS\r\n",
      "530 Please login with USER and PASS." },
    { STARTTLS_XMPP,
      { "<?xml version='1.0'?><stream:stream id='1'><stream:features><starttls "
        "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
      STARTTLS_GO,
      xmpp_hello,
      "" },
    { STARTTLS_XMPP,
      { "<stream:stream id='1'><stream:features><starttls/></stream:features>",
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>" },
      STARTTLS_GO,
      xmpp_hello,
      "" },
    { STARTTLS_XMPP,
      { "<stream:stream id='1'><stream:features><starttls/></stream:features>", "<failure/>" },
      STARTTLS_REFUSED,
      xmpp_hello,
      "a stream error or a failure" },
};

/* Gives the pieces, `step` bytes more at a time. */
static enum starttls_step talk_to(const struct server *server, size_t piece, char said[1024],
                                  struct starttls *talk)
{
    char stream[1024] = "";
    size_t length = 0;
    size_t given = 0;
    const char *const *next = server->pieces;
    enum starttls_step step;

    *talk = wire_starttls_start(server->protocol, "cam.example");
    said[0] = '\0';
    if (server->protocol != STARTTLS_XMPP) {
        length += (size_t) snprintf(stream, sizeof stream, "%s", *next++);
    }
    for (;;) {
        step = wire_starttls_step(talk, stream, given);
        if (step == STARTTLS_SEND) {
            strncat(said, talk->message, talk->message_length);
            if (*next != NULL) {
                length += (size_t) snprintf(stream + length, sizeof stream - length, "%s", *next++);
            }
        } else if (step == STARTTLS_WAIT && given < length) {
            given = length - given < piece ? length : given + piece;
        } else {
            return step;
        }
    }
}

Test(starttls, every_protocol_whole_and_in_pieces)
{
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        for (size_t piece = 1; piece < 128; piece += 7) {
            struct starttls talk;
            char said[1024];
            enum starttls_step step = talk_to(&servers[i], piece, said, &talk);

            cr_expect_eq(step, servers[i].end, "%zu: %d", i, (int) step);
            if (servers[i].protocol == STARTTLS_XMPP && servers[i].pieces[1] != NULL) {
                cr_expect_eq(strncmp(said, servers[i].said, strlen(servers[i].said)), 0, "%s",
                             said);
            } else {
                cr_expect_str_eq(said, servers[i].said, "%zu", i);
            }
            cr_expect_str_eq(talk.answer, servers[i].answer, "%zu", i);
        }
    }
}

/* Cut anywhere before its end, no dialogue ends by itself. */
Test(starttls, a_cut_dialogue_is_waited_for)
{
    struct starttls talk = wire_starttls_start(STARTTLS_IMAP, NULL);
    static const char stream[] = "* OK ready\r\nh1 OK begin\r";

    cr_expect_eq(wire_starttls_step(&talk, stream, 10), STARTTLS_WAIT);
    cr_expect_eq(wire_starttls_step(&talk, stream, sizeof stream - 1), STARTTLS_SEND);
    cr_expect_eq(wire_starttls_step(&talk, stream, sizeof stream - 1), STARTTLS_WAIT);
}

Test(starttls, ldap)
{
    static const char asked[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                                "1.3.6.1.4.1.1466.20037";
    static const char go[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x16\x03";
    static const char long_form[] = "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07"
                                    "\x0a\x01\x00\x04\x00\x04\x00";
    static const char refused[] = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
    static const char leaving[] = "\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
    struct starttls talk = wire_starttls_start(STARTTLS_LDAP, NULL);
    struct starttls begun;

    cr_assert_eq(wire_starttls_step(&talk, NULL, 0), STARTTLS_SEND);
    cr_assert_eq(talk.message_length, sizeof asked - 1);
    cr_expect_eq(memcmp(talk.message, asked, sizeof asked - 1), 0);
    for (size_t cut = 0; cut < 14; cut++) {
        cr_expect_eq(wire_starttls_step(&talk, go, cut), STARTTLS_WAIT, "%zu", cut);
    }
    begun = talk;
    cr_expect_eq(wire_starttls_step(&talk, go, sizeof go - 1), STARTTLS_GO);
    cr_expect_eq(talk.used, sizeof go - 1 - 2); /* the rest came too early */
    talk = begun;
    cr_expect_eq(wire_starttls_step(&talk, long_form, sizeof long_form - 1), STARTTLS_GO);
    talk = begun;
    cr_expect_eq(wire_starttls_step(&talk, refused, sizeof refused - 1), STARTTLS_REFUSED);
    cr_expect_str_eq(talk.answer, "resultCode 52");
    talk = begun;
    cr_expect_eq(wire_starttls_step(&talk, leaving, sizeof leaving - 1), STARTTLS_REFUSED);
    talk = begun;
    cr_expect_eq(wire_starttls_step(&talk, "220 x\r\n", 7), STARTTLS_GARBLED);
}

Test(starttls, a_line_without_end_and_a_stream_without_end)
{
    static char endless[STARTTLS_STREAM_MAX + 1];
    struct starttls talk = wire_starttls_start(STARTTLS_SMTP, NULL);

    memset(endless, '2', sizeof endless);
    cr_expect_eq(wire_starttls_step(&talk, endless, 4000), STARTTLS_WAIT);
    cr_expect_eq(wire_starttls_step(&talk, endless, 5000), STARTTLS_GARBLED);
    talk = wire_starttls_start(STARTTLS_XMPP, NULL);
    cr_expect_eq(wire_starttls_step(&talk, NULL, 0), STARTTLS_SEND);
    memset(endless, '<', sizeof endless);
    cr_expect_eq(wire_starttls_step(&talk, endless, sizeof endless - 1), STARTTLS_WAIT);
    cr_expect_eq(wire_starttls_step(&talk, endless, sizeof endless), STARTTLS_GARBLED);
}

Test(starttls, a_name_that_is_no_name_is_not_repeated)
{
    struct starttls talk = wire_starttls_start(STARTTLS_XMPP, "a'/><b");

    cr_expect_eq(wire_starttls_step(&talk, NULL, 0), STARTTLS_SEND);
    cr_expect(strstr(talk.message, "to='localhost'") != NULL);
}

Test(starttls, words)
{
    for (int i = 0; i < STARTTLS_COUNT; i++) {
        enum starttls_protocol protocol = (enum starttls_protocol) i;

        cr_expect_eq(wire_starttls_find(wire_starttls_word(protocol)), protocol);
    }
    cr_expect_eq(wire_starttls_find("https"), STARTTLS_NONE);
    cr_expect_eq(wire_starttls_find(NULL), STARTTLS_NONE);
}
