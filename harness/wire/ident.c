#include "wire/ident.h"

#include "base/text.h"
#include "wire/http_head.h"
#include "wire/login_prompt.h"
#include "wire/modbus.h"
#include "wire/mqtt_connect.h"
#include "wire/telnet.h"
#include "wire/tls_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 4096, TLS_ROOM = 4096, LINES_MAX = 64 };

/* What all that came looks like to one recognizer. */
struct heard {
    enum wire_hello sent;
    const uint8_t *data;
    size_t length;
    bool ended;
};

const char *wire_protocol_word(enum wire_protocol protocol)
{
    static const char *const words[] = {
#define X(name, word) [WIRE_PROTOCOL_##name] = word,
        WIRE_IDENT_LIST(X)
#undef X
    };

    return words[protocol];
}

static enum wire_ident_answer found(struct wire_ident *ident, enum wire_protocol protocol,
                                    const void *detail, size_t length)
{
    ident->protocol = protocol;
    ident->tls = protocol == WIRE_PROTOCOL_TLS || protocol == WIRE_PROTOCOL_HTTPS ||
                 protocol == WIRE_PROTOCOL_MQTTS;
    if (detail != NULL) {
        text_printable(detail, length, ident->detail, sizeof ident->detail);
    }
    return WIRE_IDENT_FOUND;
}

/* Whether what came is the beginning of prefix, or begins with it. */
static bool may_begin_with(const struct heard *heard, const char *prefix)
{
    size_t wanted = strlen(prefix);

    return memcmp(heard->data, prefix, heard->length < wanted ? heard->length : wanted) == 0;
}

static bool begins_with(const struct heard *heard, const char *prefix)
{
    return heard->length >= strlen(prefix) && may_begin_with(heard, prefix);
}

/* The line that begins at `from`; its end may be missing when nothing more will come. */
static bool line_at(const struct heard *heard, size_t from, size_t *ret_length)
{
    const uint8_t *at = heard->data + from;
    const uint8_t *stop = memchr(at, '\n', heard->length - from);

    if (stop == NULL && !heard->ended) {
        return false;
    }
    *ret_length = stop != NULL ? (size_t) (stop - at) : heard->length - from;
    while (*ret_length > 0 && at[*ret_length - 1] == '\r') {
        (*ret_length)--;
    }
    return true;
}

static bool holds_word(const void *data, size_t length, const char *word)
{
    const char *text = data;
    size_t wanted = strlen(word);

    for (size_t i = 0; i + wanted <= length; i++) {
        size_t same = 0;

        while (same < wanted && toupper((unsigned char) text[i + same]) == word[same]) {
            same++;
        }
        if (same == wanted) {
            return true;
        }
    }
    return false;
}

static enum wire_ident_answer tls_hear(const struct heard *heard, struct wire_ident *ident)
{
    uint8_t room[TLS_ROOM];
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
    struct tls_message message;
    struct tls_server_hello hello;
    char text[WIRE_IDENT_DETAIL_SIZE];
    enum wire_protocol protocol = WIRE_PROTOCOL_TLS;

    if (heard->sent != WIRE_HELLO_TLS) {
        return WIRE_IDENT_NO;
    }
    wire_tls_flight_absorb(&flight, heard->data, heard->length);
    if (wire_tls_flight_message(&flight, &message) && message.type == TLS_HANDSHAKE_SERVER_HELLO &&
        wire_tls_server_hello_read(&message, &hello)) {
        const char *version = wire_tls_version_name(hello.version);

        if (hello.alpn != NULL && hello.alpn_length == 8 &&
            memcmp(hello.alpn, "http/1.1", 8) == 0) {
            protocol = WIRE_PROTOCOL_HTTPS;
        } else if (hello.alpn != NULL && hello.alpn_length == 4 &&
                   memcmp(hello.alpn, "mqtt", 4) == 0) {
            protocol = WIRE_PROTOCOL_MQTTS;
        }
        (void) snprintf(text, sizeof text, "ServerHello %s%s%s",
                        version != NULL ? version : "of an unknown version",
                        hello.alpn != NULL ? ", ALPN " : "",
                        protocol == WIRE_PROTOCOL_HTTPS   ? "http/1.1"
                        : protocol == WIRE_PROTOCOL_MQTTS ? "mqtt"
                        : hello.alpn != NULL              ? "of another name"
                                                          : "");
        return found(ident, protocol, text, strlen(text));
    }
    if (flight.end == TLS_FLIGHT_ALERT && flight.records == 1) {
        (void) snprintf(text, sizeof text, "alert %u (level %u)", (unsigned) flight.alert,
                        (unsigned) flight.alert_level);
        return found(ident, protocol, text, strlen(text));
    }
    return flight.end == TLS_FLIGHT_OPEN ? WIRE_IDENT_WAIT : WIRE_IDENT_NO;
}

/* RFC 4253 section 4.2: other lines may come before the identification. */
static enum wire_ident_answer ssh_hear(const struct heard *heard, struct wire_ident *ident)
{
    size_t from = 0;

    for (unsigned line = 0; line < LINES_MAX && from < heard->length; line++) {
        struct heard rest = { .data = heard->data + from,
                              .length = heard->length - from,
                              .ended = heard->ended };
        size_t length = 0;

        if (!line_at(heard, from, &length)) {
            return may_begin_with(&rest, "SSH-") ? WIRE_IDENT_WAIT : WIRE_IDENT_NO;
        }
        if (begins_with(&rest, "SSH-2.0-") || begins_with(&rest, "SSH-1.")) {
            return found(ident, WIRE_PROTOCOL_SSH, rest.data, length);
        }
        while (from < heard->length && heard->data[from] != '\n') {
            from++;
        }
        from++;
    }
    return WIRE_IDENT_NO;
}

static void telnet_describe(const struct wire_telnet *telnet, const uint8_t *text, size_t length,
                            struct wire_ident *ident)
{
    char line[WIRE_IDENT_DETAIL_SIZE];
    size_t used;
    size_t skip = 0;

    used = (size_t) snprintf(line, sizeof line, "%u option requests", telnet->requests);
    for (unsigned option = 0; option < 50 && used + 24 < sizeof line; option++) {
        if ((telnet->asked[option / 8] >> option % 8 & 1) != 0) {
            used += (size_t) snprintf(line + used, sizeof line - used, " %s",
                                      wire_telnet_option_name((uint8_t) option));
        }
    }
    while (skip < length && isspace(text[skip])) {
        skip++;
    }
    if (skip < length && used + 8 < sizeof line) {
        (void) snprintf(line + used, sizeof line - used, "; ");
        text_printable(text + skip, length - skip, line + used + 2, sizeof line - used - 2);
    }
    (void) found(ident, WIRE_PROTOCOL_TELNET, NULL, 0);
    memcpy(ident->detail, line, sizeof line);
}

static bool is_plain_text(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] == 0 || (data[i] < 0x20 && strchr("\r\n\t\a\b\x1b", data[i]) == NULL)) {
            return false;
        }
    }
    return length > 0;
}

/* Option requests, or a question for a name or a password that waits on its line.  Text
 * alone, such as a boot log, is not telnet. */
static enum wire_ident_answer telnet_hear(const struct heard *heard, struct wire_ident *ident)
{
    struct wire_telnet telnet = { 0 };
    uint8_t text[TEXT_ROOM];
    size_t length = heard->length < sizeof text ? heard->length : sizeof text;
    size_t text_length = 0;
    struct wire_dialogue dialogue;

    wire_telnet_feed(&telnet, heard->data, length, text, &text_length, NULL);
    if (telnet.commands > 0) {
        if (telnet.odd > 0 || (text_length > 0 && !is_plain_text(text, text_length))) {
            return WIRE_IDENT_NO;
        }
        if (!wire_telnet_is_certain(&telnet)) {
            return WIRE_IDENT_WAIT;
        }
        telnet_describe(&telnet, text, text_length, ident);
        return WIRE_IDENT_FOUND;
    }
    if (!is_plain_text(text, text_length) || text[text_length - 1] == '\n' ||
        text[text_length - 1] == '\r') {
        return WIRE_IDENT_NO;
    }
    dialogue = wire_login_read(text, text_length);
    if (dialogue.prompt == WIRE_PROMPT_USER || dialogue.prompt == WIRE_PROMPT_PASSWORD) {
        telnet_describe(&telnet, text, text_length, ident);
        return WIRE_IDENT_FOUND;
    }
    return WIRE_IDENT_NO;
}

static enum wire_ident_answer http_hear(const struct heard *heard, struct wire_ident *ident)
{
    struct wire_http_head head;
    char line[WIRE_IDENT_DETAIL_SIZE];
    const char *server = "";
    size_t server_length = 0;

    if (!may_begin_with(heard, "HTTP/") && !may_begin_with(heard, "RTSP/")) {
        return WIRE_IDENT_NO;
    }
    if (!wire_http_head_read(heard->data, heard->length, &head)) {
        return memchr(heard->data, '\n', heard->length) != NULL ? WIRE_IDENT_NO : WIRE_IDENT_WAIT;
    }
    if (!head.whole && !heard->ended) {
        return WIRE_IDENT_WAIT;
    }
    (void) wire_http_head_field(&head, "server", &server, &server_length);
    (void) snprintf(line, sizeof line, "%s/%u.%u %u%s%.*s",
                    head.kind == WIRE_HTTP_HTTP ? "HTTP" : "RTSP", head.major, head.minor,
                    head.status, server_length > 0 ? ", " : "",
                    (int) (server_length < sizeof line ? server_length : sizeof line), server);
    /* Servers that expect TLS may say so in plain HTTP; they were asked in TLS before, and
     * did not like that hello. */
    if (head.kind == WIRE_HTTP_HTTP && heard->sent == WIRE_HELLO_HTTP && head.status == 400) {
        if (holds_word(heard->data, heard->length, "HTTPS")) {
            return found(ident, WIRE_PROTOCOL_TLS, line, strlen(line));
        }
        if (!heard->ended) {
            return WIRE_IDENT_WAIT;
        }
    }
    return found(ident, head.kind == WIRE_HTTP_HTTP ? WIRE_PROTOCOL_HTTP : WIRE_PROTOCOL_RTSP, line,
                 strlen(line));
}

/* HTTP/0.9: a page and no status line, in answer to a GET. */
static enum wire_ident_answer page_hear(const struct heard *heard, struct wire_ident *ident)
{
    static const char text[] = "HTTP/0.9: a page without a status line";

    if (heard->sent != WIRE_HELLO_HTTP || !heard->ended || heard->data[0] != '<' ||
        !holds_word(heard->data, heard->length < 256 ? heard->length : 256, "HTML")) {
        return WIRE_IDENT_NO;
    }
    return found(ident, WIRE_PROTOCOL_HTTP, text, sizeof text - 1);
}

static enum wire_ident_answer mqtt_hear(const struct heard *heard, struct wire_ident *ident)
{
    struct wire_mqtt_connack connack;
    char line[WIRE_IDENT_DETAIL_SIZE];

    if (heard->sent != WIRE_HELLO_MQTT_311 && heard->sent != WIRE_HELLO_MQTT_5) {
        return WIRE_IDENT_NO;
    }
    switch (wire_mqtt_connack_read(heard->data, heard->length, &connack)) {
    case WIRE_MQTT_SHORT:
        return heard->ended ? WIRE_IDENT_NO : WIRE_IDENT_WAIT;
    case WIRE_MQTT_CONNACK:
        (void) snprintf(line, sizeof line, "CONNACK to MQTT %s: %u (%s)",
                        heard->sent == WIRE_HELLO_MQTT_5 ? "5.0" : "3.1.1", (unsigned) connack.code,
                        connack.reason);
        return found(ident, WIRE_PROTOCOL_MQTT, line, strlen(line));
    case WIRE_MQTT_NOT:
    default:
        return WIRE_IDENT_NO;
    }
}

static enum wire_ident_answer modbus_hear(const struct heard *heard, struct wire_ident *ident)
{
    char detail[WIRE_MODBUS_DETAIL_SIZE];
    char line[WIRE_IDENT_DETAIL_SIZE];

    if (heard->sent != WIRE_HELLO_MODBUS) {
        return WIRE_IDENT_NO;
    }
    switch (wire_modbus_read(heard->data, heard->length, detail)) {
    case WIRE_MODBUS_SHORT:
        return heard->ended ? WIRE_IDENT_NO : WIRE_IDENT_WAIT;
    case WIRE_MODBUS_NAMES:
    case WIRE_MODBUS_EXCEPTION:
        (void) snprintf(line, sizeof line, "device identification: %s", detail);
        return found(ident, WIRE_PROTOCOL_MODBUS, line, strlen(line));
    case WIRE_MODBUS_NOT:
    default:
        return WIRE_IDENT_NO;
    }
}

/* A greeting whose first word settles it. */
static enum wire_ident_answer greeting_hear(const struct heard *heard, struct wire_ident *ident)
{
    static const struct {
        const char *prefix;
        enum wire_protocol protocol;
    } greetings[] = {
        { "+OK", WIRE_PROTOCOL_POP3 },       /* RFC 1939 section 4 */
        { "* OK", WIRE_PROTOCOL_IMAP },      /* RFC 9051 section 7.1 */
        { "* PREAUTH", WIRE_PROTOCOL_IMAP }, /* same */
        { "* BYE", WIRE_PROTOCOL_IMAP },
        { "RFB 003.", WIRE_PROTOCOL_VNC }, /* RFC 6143 section 7.1.1 */
    };
    bool possible = false;

    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
        size_t length = 0;

        if (begins_with(heard, greetings[i].prefix) && line_at(heard, 0, &length)) {
            return found(ident, greetings[i].protocol, heard->data, length);
        }
        possible = possible || may_begin_with(heard, greetings[i].prefix);
    }
    return possible && !heard->ended ? WIRE_IDENT_WAIT : WIRE_IDENT_NO;
}

/* The code and the length of the last whole reply line, such as "215 UNIX"; 0 for none. */
static unsigned last_reply(const struct heard *heard, unsigned *ret_replies)
{
    unsigned code = 0;
    size_t from = 0;

    *ret_replies = 0;
    while (from < heard->length) {
        const uint8_t *at = heard->data + from;
        size_t length = 0;

        if (!line_at(heard, from, &length)) {
            break;
        }
        if (length >= 3 && isdigit(at[0]) && isdigit(at[1]) && isdigit(at[2]) &&
            (length == 3 || at[3] == ' ')) {
            code = (unsigned) ((at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0'));
            (*ret_replies)++;
        }
        while (from < heard->length && heard->data[from] != '\n') {
            from++;
        }
        from++;
    }
    return code;
}

/* "220 ..." greets in FTP (RFC 959 section 5.4) and in SMTP (RFC 5321 section 4.2).
 * Where the words do not tell, the answer to SYST (FTP alone) and EHLO does. */
static enum wire_ident_answer reply_hear(const struct heard *heard, struct wire_ident *ident)
{
    static const enum wire_hello order[] = { WIRE_HELLO_NOTHING, WIRE_HELLO_SYST, WIRE_HELLO_EHLO,
                                             WIRE_HELLO_HELO };
    unsigned replies = 0;
    unsigned code;
    size_t length = 0;

    if (heard->length >= 3 && !begins_with(heard, "220") && !begins_with(heard, "421") &&
        !begins_with(heard, "554")) {
        return WIRE_IDENT_NO;
    }
    code = last_reply(heard, &replies);
    if (replies == 0 || !line_at(heard, 0, &length)) {
        return isdigit(heard->data[0]) && !heard->ended ? WIRE_IDENT_WAIT : WIRE_IDENT_NO;
    }
    if (holds_word(heard->data, heard->length, "SMTP") || begins_with(heard, "554") ||
        (heard->sent >= WIRE_HELLO_EHLO && code == 250)) {
        return found(ident, WIRE_PROTOCOL_SMTP, heard->data, length);
    }
    if (holds_word(heard->data, heard->length, "FTP") ||
        (heard->sent == WIRE_HELLO_SYST && replies >= 2 && (code == 215 || code == 530))) {
        return found(ident, WIRE_PROTOCOL_FTP, heard->data, length);
    }
    if (heard->ended || begins_with(heard, "421")) {
        return WIRE_IDENT_NO;
    }
    /* The greeting, then one reply to each hello. */
    for (size_t i = 0; i < sizeof order / sizeof order[0] - 1; i++) {
        if (heard->sent == order[i] && replies == i + 1) {
            ident->ask = order[i + 1];
            return WIRE_IDENT_ASK;
        }
    }
    return WIRE_IDENT_WAIT;
}

enum wire_ident_answer wire_identify(enum wire_hello sent, const void *data, size_t length,
                                     bool ended, struct wire_ident *ret_ident)
{
    static enum wire_ident_answer (*const recognizers[])(const struct heard *,
                                                         struct wire_ident *) = {
        tls_hear,      ssh_hear,   telnet_hear, http_hear,   page_hear,
        greeting_hear, reply_hear, mqtt_hear,   modbus_hear,
    };
    const struct heard heard = { .sent = sent, .data = data, .length = length, .ended = ended };

    *ret_ident = (struct wire_ident){ .protocol = WIRE_PROTOCOL_NONE };
    if (length == 0) {
        return ended ? WIRE_IDENT_NO : WIRE_IDENT_WAIT;
    }
    for (size_t i = 0; i < sizeof recognizers / sizeof recognizers[0]; i++) {
        enum wire_ident_answer answer = recognizers[i](&heard, ret_ident);

        if (answer == WIRE_IDENT_FOUND || answer == WIRE_IDENT_ASK) {
            return answer;
        }
    }
    /* What is no beginning of anything may still be followed by something: a debug
     * line before an identification. */
    return ended ? WIRE_IDENT_NO : WIRE_IDENT_WAIT;
}
