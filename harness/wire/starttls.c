#include "wire/starttls.h"

#include "wire/starttls_text.h"

#include <stdio.h>
#include <string.h>

static const char *const words[STARTTLS_COUNT] = {
    [STARTTLS_NONE] = "none", [STARTTLS_SMTP] = "smtp", [STARTTLS_IMAP] = "imap",
    [STARTTLS_POP3] = "pop3", [STARTTLS_FTP] = "ftp",   [STARTTLS_LDAP] = "ldap",
    [STARTTLS_XMPP] = "xmpp",
};

const char *wire_starttls_word(enum starttls_protocol protocol)
{
    return words[protocol];
}

enum starttls_protocol wire_starttls_find(const char *word)
{
    for (int i = 0; i < STARTTLS_COUNT && word != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum starttls_protocol) i;
        }
    }
    return STARTTLS_NONE;
}

static bool is_host_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

    return name != NULL && name[0] != '\0' && strlen(name) <= 253 &&
           strspn(name, allowed) == strlen(name);
}

struct starttls wire_starttls_start(enum starttls_protocol protocol, const char *server_name)
{
    struct starttls talk = { .protocol = protocol };

    (void) snprintf(talk.name, sizeof talk.name, "%s",
                    is_host_name(server_name) ? server_name : "localhost");
    return talk;
}

static enum starttls_step say(struct starttls *talk, const char *before, const char *middle,
                              const char *after)
{
    int length = snprintf(talk->message, sizeof talk->message, "%s%s%s", before, middle, after);

    talk->message_length = length > 0 ? (size_t) length : 0;
    talk->sent++;
    return STARTTLS_SEND;
}

static enum starttls_step step_smtp(struct starttls *talk, struct starttls_text stream)
{
    enum starttls_step step;
    unsigned code = wire_starttls_reply(talk, stream, &step);

    if (code == 0) {
        return step;
    }
    if (talk->sent == 0 && code == 220) {
        return say(talk, "EHLO ", "hoshitori.invalid", "\r\n");
    }
    if (talk->sent == 1 && code == 250) {
        return say(talk, "STARTTLS\r\n", "", "");
    }
    return talk->sent == 2 && code == 220 ? STARTTLS_GO : STARTTLS_REFUSED;
}

static enum starttls_step step_ftp(struct starttls *talk, struct starttls_text stream)
{
    enum starttls_step step;
    unsigned code = wire_starttls_reply(talk, stream, &step);

    if (code == 0) {
        return step;
    }
    if (talk->sent == 0 && code == 220) {
        return say(talk, "AUTH TLS\r\n", "", "");
    }
    return talk->sent == 1 && code == 234 ? STARTTLS_GO : STARTTLS_REFUSED;
}

static enum starttls_step step_imap(struct starttls *talk, struct starttls_text stream)
{
    enum starttls_step step;
    struct starttls_text line;

    while (wire_starttls_line(talk, stream, &line, &step)) {
        if (wire_starttls_begins(line, "* BYE") || wire_starttls_begins(line, "* PREAUTH")) {
            return STARTTLS_REFUSED; /* PREAUTH: too late for TLS (RFC 9051 section 7.1.4) */
        }
        if (talk->sent == 0 && wire_starttls_begins(line, "* OK")) {
            return say(talk, "h1 STARTTLS\r\n", "", "");
        }
        if (talk->sent == 1 && wire_starttls_begins(line, "h1 ")) {
            return wire_starttls_begins(line, "h1 OK") ? STARTTLS_GO : STARTTLS_REFUSED;
        }
        if (talk->sent == 0 || !wire_starttls_begins(line, "* ")) {
            return STARTTLS_GARBLED;
        }
    }
    return step;
}

static enum starttls_step step_pop3(struct starttls *talk, struct starttls_text stream)
{
    enum starttls_step step;
    struct starttls_text line;

    if (!wire_starttls_line(talk, stream, &line, &step)) {
        return step;
    }
    if (wire_starttls_begins(line, "-ERR")) {
        return STARTTLS_REFUSED;
    }
    if (!wire_starttls_begins(line, "+OK")) {
        return STARTTLS_GARBLED;
    }
    return talk->sent == 0 ? say(talk, "STLS\r\n", "", "") : STARTTLS_GO;
}

/* messageID 1, extendedReq with the name 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14.1). */
static enum starttls_step say_ldap(struct starttls *talk)
{
    static const char head[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16";

    return say(talk, head, "1.3.6.1.4.1.1466.20037", "");
}

/* The resultCode of an ExtendedResponse to our message; false: it is something else. */
static bool ldap_result(struct reader message, uint8_t *ret_id, uint8_t *ret_code)
{
    bool possible = true;
    uint16_t integer = reader_u16(&message); /* tag and length, of one octet */
    uint16_t enumerated;
    uint8_t choice;

    *ret_id = reader_u8(&message);
    choice = reader_u8(&message);
    (void) wire_starttls_ber_length(&message, &possible);
    enumerated = reader_u16(&message);
    *ret_code = reader_u8(&message);
    return reader_ok(&message) && possible && integer == 0x0201 && choice == 0x78 &&
           enumerated == 0x0a01;
}

static enum starttls_step step_ldap(struct starttls *talk, struct starttls_text stream)
{
    struct reader reader = reader_over(stream.at, stream.length);
    struct reader message;
    bool possible = true;
    uint8_t tag;
    uint8_t id;
    uint8_t code;

    if (talk->sent == 0) {
        return say_ldap(talk);
    }
    tag = reader_u8(&reader);
    message = reader_sub(&reader, wire_starttls_ber_length(&reader, &possible));
    if ((stream.length > 0 && tag != 0x30) || !possible) {
        return STARTTLS_GARBLED;
    }
    if (!reader_ok(&reader)) {
        return STARTTLS_WAIT;
    }
    if (!ldap_result(message, &id, &code)) {
        return STARTTLS_GARBLED;
    }
    (void) snprintf(talk->answer, sizeof talk->answer, "resultCode %u", code);
    talk->used = stream.length - reader_left(&reader);
    /* messageID 0: the server says that it is leaving (section 4.4.1). */
    return code == 0 && id == 1 ? STARTTLS_GO : STARTTLS_REFUSED;
}

static enum starttls_step step_xmpp(struct starttls *talk, struct starttls_text stream)
{
    size_t end;

    if (talk->sent == 0) {
        return say(talk, "<?xml version='1.0'?><stream:stream to='", talk->name,
                   "' version='1.0' xmlns='jabber:client' "
                   "xmlns:stream='http://etherx.jabber.org/streams'>");
    }
    if (stream.length > 0 && stream.at[0] != '<') {
        return STARTTLS_GARBLED;
    }
    end = talk->sent == 1
              ? wire_starttls_after_element(stream, talk->used, "<stream:features",
                                            "</stream:features>")
              : wire_starttls_after_element(stream, talk->used, "<proceed", "</proceed>");
    stream.length = end > 0 ? end : stream.length;
    if (wire_starttls_after(stream, talk->used, "<stream:error") != 0 ||
        wire_starttls_after(stream, talk->used, "<failure") != 0) {
        (void) snprintf(talk->answer, sizeof talk->answer, "a stream error or a failure");
        return STARTTLS_REFUSED;
    }
    if (end == 0) {
        return STARTTLS_WAIT;
    }
    if (talk->sent == 1 && wire_starttls_after(stream, talk->used, "<starttls") == 0) {
        (void) snprintf(talk->answer, sizeof talk->answer, "its features lack starttls");
        return STARTTLS_REFUSED;
    }
    talk->used = end;
    return talk->sent == 1
               ? say(talk, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "", "")
               : STARTTLS_GO;
}

enum starttls_step wire_starttls_step(struct starttls *talk, const void *stream, size_t length)
{
    static enum starttls_step (*const steps[STARTTLS_COUNT])(struct starttls *,
                                                             struct starttls_text) = {
        [STARTTLS_SMTP] = step_smtp, [STARTTLS_IMAP] = step_imap, [STARTTLS_POP3] = step_pop3,
        [STARTTLS_FTP] = step_ftp,   [STARTTLS_LDAP] = step_ldap, [STARTTLS_XMPP] = step_xmpp,
    };
    struct starttls_text text = { .at = length > 0 ? stream : "", .length = length };

    if (talk->protocol == STARTTLS_NONE) {
        return STARTTLS_GO;
    }
    if (length > STARTTLS_STREAM_MAX) {
        return STARTTLS_GARBLED;
    }
    return steps[talk->protocol](talk, text);
}
