/* Whether a log-in is possible before TLS, by every protocol and answer. */
#include "wire/starttls_clear.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A server's side in pieces, each after one message of ours. */
struct server {
    enum starttls_protocol protocol;
    const char *pieces[4]; /* NULL-ended */
    enum starttls_clear_step end;
    const char *said; /* all that we sent; NULL: not looked at */
};

#define XMPP(features)                                                                             \
    "<?xml version='1.0'?><stream:stream id='1'><stream:features>" features "</stream:features>"
#define REQUIRED "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
#define OPTIONAL "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
#define PLAIN                                                                                      \
    "<mechanisms "                                                                                 \
    "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
#define IQ_AUTH "<auth xmlns='http://jabber.org/features/iq-auth'/>"

static const struct server servers[] = {
    { STARTTLS_FTP,
      { "220 x\r\n", "530 Non-anonymous sessions must use encryption.\r\n" },
      CLEAR_ENFORCED,
      "USER madeup\r\n" },
    { STARTTLS_FTP, { "220 x\r\n", "534 Policy\r\n" }, CLEAR_ENFORCED, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "550 SSL/TLS required\r\n" }, CLEAR_ENFORCED, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "503 Use AUTH first.\r\n" }, CLEAR_ENFORCED, NULL },
    { STARTTLS_FTP,
      { "220 x\r\n", "421-Sorry, cleartext sessions\r\n421 are not accepted\r\n" },
      CLEAR_ENFORCED,
      NULL },
    { STARTTLS_FTP, { "220 x\r\n", "331 Please specify\r\n" }, CLEAR_OPEN, NULL },
    { STARTTLS_FTP, { "220 TLS\r\n", "331 TLS is optional\r\n" }, CLEAR_OPEN, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "332 account\r\n" }, CLEAR_OPEN, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "230 in\r\n" }, CLEAR_OPEN, NULL },
    /* The same for a name that a list does not have, and for a server that has no room. */
    { STARTTLS_FTP, { "220 TLS server\r\n", "530 Permission denied.\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "421 Too many users\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_FTP, { "220 x\r\n", "500 What?\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_FTP, { "421 TLS only\r\n" }, CLEAR_UNKNOWN, "" },
    { STARTTLS_FTP, { "hello\r\n" }, CLEAR_UNKNOWN, "" },

    { STARTTLS_POP3,
      { "+OK x\r\n", "+OK\r\nTOP\r\nSTLS\r\nSASL\r\n.\r\n" },
      CLEAR_ENFORCED,
      "CAPA\r\n" },
    { STARTTLS_POP3,
      { "+OK x\r\n", "+OK\r\nSTLS\r\nSASL EXTERNAL\r\n.\r\n" },
      CLEAR_ENFORCED,
      NULL },
    { STARTTLS_POP3,
      { "+OK x\r\n", "+OK\r\nSTLS\r\nSASL PLAIN\r\n.\r\n" },
      CLEAR_OPEN,
      "CAPA\r\n" },
    { STARTTLS_POP3, { "+OK x\r\n", "+OK\r\nTOP\r\n.\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_POP3, { "+OK <1.2@x>\r\n", "+OK\r\nSTLS\r\n.\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_POP3,
      { "+OK x\r\n", "+OK\r\nSTLS\r\nUSER\r\n.\r\n", "+OK\r\n" },
      CLEAR_OPEN,
      "CAPA\r\nUSER madeup\r\n" },
    { STARTTLS_POP3,
      { "+OK x\r\n", "+OK\r\nuser\r\n.\r\n", "-ERR [AUTH] disallowed on non-secure links\r\n" },
      CLEAR_ENFORCED,
      NULL },
    { STARTTLS_POP3, { "+OK x\r\n", "-ERR what\r\n", "+OK\r\n" }, CLEAR_OPEN, NULL },
    { STARTTLS_POP3, { "+OK x\r\n", "-ERR\r\n", "-ERR TLS first\r\n" }, CLEAR_ENFORCED, NULL },
    { STARTTLS_POP3, { "+OK <1@x>\r\n", "-ERR\r\n", "-ERR TLS first\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_POP3, { "+OK x\r\n", "-ERR\r\n", "-ERR no such user\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_POP3, { "-ERR busy\r\n" }, CLEAR_UNKNOWN, "" },
    { STARTTLS_POP3, { "220 x\r\n" }, CLEAR_UNKNOWN, "" },

    { STARTTLS_IMAP,
      { "* OK x\r\n", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nh1 OK x\r\n" },
      CLEAR_ENFORCED,
      "h1 CAPABILITY\r\n" },
    { STARTTLS_IMAP,
      { "* OK x\r\n", "* capability IMAP4rev1 LOGINDISABLED AUTH=EXTERNAL\r\nh1 OK x\r\n" },
      CLEAR_ENFORCED,
      NULL },
    { STARTTLS_IMAP,
      { "* OK x\r\n", "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\nh1 OK x\r\n" },
      CLEAR_OPEN,
      NULL },
    { STARTTLS_IMAP,
      { "* OK x\r\n", "* CAPABILITY IMAP4rev1 STARTTLS\r\nh1 OK x\r\n" },
      CLEAR_OPEN,
      NULL },
    { STARTTLS_IMAP, { "* OK x\r\n", "h1 OK x\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_IMAP, { "* OK x\r\n", "h1 BAD x\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_IMAP, { "* OK x\r\n", "* BYE x\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_IMAP, { "* PREAUTH in\r\n" }, CLEAR_OPEN, "" },
    { STARTTLS_IMAP, { "* BYE x\r\n" }, CLEAR_UNKNOWN, "" },

    { STARTTLS_SMTP,
      { "220 x\r\n", "250-x\r\n250 STARTTLS\r\n", "530 5.7.0 Must issue STARTTLS first\r\n" },
      CLEAR_ENFORCED,
      "EHLO hoshitori.invalid\r\nMAIL FROM:<>\r\n" },
    { STARTTLS_SMTP,
      { "220 x\r\n", "250-x\r\n250-AUTH EXTERNAL\r\n250 STARTTLS\r\n", "530 first\r\n" },
      CLEAR_ENFORCED,
      NULL },
    { STARTTLS_SMTP,
      { "220 x\r\n", "250-x\r\n250-auth PLAIN LOGIN\r\n250 STARTTLS\r\n" },
      CLEAR_OPEN,
      "EHLO hoshitori.invalid\r\n" },
    { STARTTLS_SMTP, { "220 x\r\n", "250-x\r\n250 AUTH=LOGIN\r\n" }, CLEAR_OPEN, NULL },
    { STARTTLS_SMTP, { "220 x\r\n", "250 x\r\n", "250 ok\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_SMTP, { "220 x\r\n", "250 x\r\n", "550 no\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_SMTP, { "220 x\r\n", "502 no\r\n" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_SMTP, { "554 no\r\n" }, CLEAR_UNKNOWN, "" },

    { STARTTLS_XMPP, { XMPP(REQUIRED) }, CLEAR_ENFORCED, NULL },
    { STARTTLS_XMPP, { XMPP(OPTIONAL PLAIN) }, CLEAR_OPEN, NULL },
    { STARTTLS_XMPP, { XMPP(OPTIONAL IQ_AUTH) }, CLEAR_OPEN, NULL },
    { STARTTLS_XMPP, { XMPP(OPTIONAL) }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_XMPP, { XMPP(OPTIONAL "<bind><required/></bind>") }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_XMPP, { XMPP(REQUIRED PLAIN) }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_XMPP, { "<stream:stream><stream:error/>" }, CLEAR_UNKNOWN, NULL },
    { STARTTLS_XMPP, { "220 x\r\n" }, CLEAR_UNKNOWN, NULL },

    { STARTTLS_NONE, { "220 x\r\n" }, CLEAR_UNKNOWN, "" },
};

/* Gives the stream `piece` bytes more at a time; `next` yields what each message is answered. */
static enum starttls_clear_step talk_to(const struct server *server, size_t piece, char said[256])
{
    struct starttls_clear clear =
        wire_starttls_clear_start(server->protocol, "cam.example", "madeup");
    char stream[1024] = "";
    const char *const *next = server->pieces;
    size_t length = 0;
    size_t given = 0;

    said[0] = '\0';
    if (server->protocol != STARTTLS_XMPP) {
        length += (size_t) snprintf(stream, sizeof stream, "%s", *next++);
    }
    for (;;) {
        enum starttls_clear_step step = wire_starttls_clear_step(&clear, stream, given);

        if (step == CLEAR_SEND) {
            strncat(said, clear.talk.message, clear.talk.message_length);
            if (*next != NULL) {
                length += (size_t) snprintf(stream + length, sizeof stream - length, "%s", *next++);
            }
        } else if (step == CLEAR_WAIT && given < length) {
            given = length - given < piece ? length : given + piece;
        } else {
            return step;
        }
    }
}

Test(starttls_clear, every_protocol_and_answer)
{
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        for (size_t piece = 1; piece < 128; piece += 7) {
            char said[256];
            enum starttls_clear_step step = talk_to(&servers[i], piece, said);

            cr_expect_eq(step, servers[i].end, "%zu: %d, said %s", i, (int) step, said);
            if (servers[i].said != NULL) {
                cr_expect_str_eq(said, servers[i].said, "%zu", i);
            }
        }
    }
}

/* Of slapd 2.5: "dc=ex" is its naming context. */
#define ENTRY                                                                                      \
    "\x30\x24\x02\x01\x01\x64\x1f\x04\x00\x30\x1b\x30\x19\x04\x0enamingContexts\x31\x07\x04\x05"   \
    "dc=ex"
#define SEARCHED(code) "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01" code "\x04\x00\x04\x00"
#define BOUND(code) "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01" code "\x04\x00\x04\x00"

struct directory {
    const char *searched;
    size_t searched_length;
    const char *bound;
    size_t bound_length;
    enum starttls_clear_step end;
};

#define TEXT(text) (text), sizeof(text) - 1

static const struct directory directories[] = {
    { TEXT(SEARCHED("\x0d")), TEXT(""), CLEAR_ENFORCED },
    { TEXT(ENTRY SEARCHED("\x00")), TEXT(BOUND("\x0d")), CLEAR_ENFORCED },
    { TEXT(ENTRY SEARCHED("\x00")), TEXT(BOUND("\x31")), CLEAR_OPEN },
    { TEXT(ENTRY SEARCHED("\x00")), TEXT(BOUND("\x35")), CLEAR_UNKNOWN },
    { TEXT(ENTRY SEARCHED("\x00")), TEXT(BOUND("\x08")), CLEAR_UNKNOWN },
    { TEXT(ENTRY SEARCHED("\x00")), TEXT(SEARCHED("\x0d")), CLEAR_UNKNOWN },
    { TEXT(ENTRY SEARCHED("\x32")), TEXT(""), CLEAR_UNKNOWN },
    { TEXT(SEARCHED("\x00")), TEXT(""), CLEAR_UNKNOWN },
    { TEXT("220 x\r\n"), TEXT(""), CLEAR_UNKNOWN },
};

Test(starttls_clear, ldap)
{
    static const char search[] = "\x30\x35\x02\x01\x01\x63\x30\x04\x00\x0a\x01\x00\x0a\x01\x00\x02"
                                 "\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x10\x04"
                                 "\x0enamingContexts";
    static const char bind[] = "\x30\x21\x02\x01\x02\x60\x1c\x02\x01\x03\x04\x0f"
                               "cn=madeup,dc=ex\x80\x06madeup";

    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        const struct directory *directory = &directories[i];
        struct starttls_clear clear = wire_starttls_clear_start(STARTTLS_LDAP, NULL, "madeup");
        char stream[256];
        size_t length = directory->searched_length;
        enum starttls_clear_step step = wire_starttls_clear_step(&clear, NULL, 0);

        cr_assert_eq(step, CLEAR_SEND);
        cr_assert_eq(clear.talk.message_length, sizeof search - 1);
        cr_expect_eq(memcmp(clear.talk.message, search, sizeof search - 1), 0);
        memcpy(stream, directory->searched, length);
        step = wire_starttls_clear_step(&clear, stream, 0);
        for (size_t given = 1; given <= length && step == CLEAR_WAIT; given++) {
            step = wire_starttls_clear_step(&clear, stream, given);
        }
        if (step == CLEAR_SEND) {
            cr_assert_eq(clear.talk.message_length, sizeof bind - 1);
            cr_expect_eq(memcmp(clear.talk.message, bind, sizeof bind - 1), 0);
            cr_expect_eq(clear.talk.used, length);
            memcpy(stream + length, directory->bound, directory->bound_length);
            length += directory->bound_length;
            step = wire_starttls_clear_step(&clear, stream, length);
        }
        cr_expect_eq(step, directory->end, "%zu: %d", i, (int) step);
    }
}

Test(starttls_clear, a_context_without_a_name_or_too_long_is_not_used)
{
    char long_one[256] =
        "\x30\x7f\x02\x01\x01\x64\x7a\x04\x00\x30\x76\x30\x74\x04\x0enamingContexts"
        "\x31\x62\x04\x60";
    static const char nameless[] = "\x30\x1f\x02\x01\x01\x64\x1a\x04\x00\x30\x16\x30\x14\x04\x0e"
                                   "namingContexts\x31\x02\x04\x00" SEARCHED("\x00");
    struct starttls_clear clear = wire_starttls_clear_start(STARTTLS_LDAP, NULL, "madeup");
    struct starttls_clear begun;

    cr_assert_eq(wire_starttls_clear_step(&clear, NULL, 0), CLEAR_SEND);
    begun = clear;
    cr_expect_eq(wire_starttls_clear_step(&clear, nameless, sizeof nameless - 1), CLEAR_UNKNOWN);
    memset(long_one + 33, 'x', 96);
    memcpy(long_one + 129, SEARCHED("\x00"), sizeof SEARCHED("\x00") - 1);
    cr_expect_eq(wire_starttls_clear_step(&begun, long_one, 129 + 14), CLEAR_UNKNOWN);
    cr_expect_eq(begun.talk.used, 129 + 14);
}

Test(starttls_clear, a_stream_without_end)
{
    static char endless[STARTTLS_STREAM_MAX + 1];
    struct starttls_clear clear = wire_starttls_clear_start(STARTTLS_XMPP, NULL, "madeup");

    memset(endless, '<', sizeof endless);
    cr_expect_eq(wire_starttls_clear_step(&clear, NULL, 0), CLEAR_SEND);
    cr_expect_eq(wire_starttls_clear_step(&clear, endless, sizeof endless - 1), CLEAR_WAIT);
    cr_expect_eq(wire_starttls_clear_step(&clear, endless, sizeof endless), CLEAR_UNKNOWN);
}
