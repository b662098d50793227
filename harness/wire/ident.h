/* ident.h - which protocol a TCP service speaks, judged by what it said and by nothing
 * else: the port number is no evidence.
 *
 * Pure: the caller connects, sends wire_ident_hello's bytes (or nothing) and asks again
 * each time more has come.  An answer counts whatever was sent, unless it could then be
 * an echo or chance: a CONNACK must follow a CONNECT. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_IDENT_LIST(X)                                                                         \
    X(NONE, "none")                                                                                \
    X(TLS, "tls")                                                                                  \
    X(HTTPS, "https") /* application named by ALPN (RFC 7301) */                                   \
    X(MQTTS, "mqtts")                                                                              \
    X(SSH, "ssh")                                                                                  \
    X(TELNET, "telnet")                                                                            \
    X(HTTP, "http")                                                                                \
    X(RTSP, "rtsp")                                                                                \
    X(MQTT, "mqtt")                                                                                \
    X(FTP, "ftp")                                                                                  \
    X(SMTP, "smtp")                                                                                \
    X(POP3, "pop3")                                                                                \
    X(IMAP, "imap")                                                                                \
    X(VNC, "vnc")                                                                                  \
    X(MODBUS, "modbus")

enum wire_protocol {
#define X(name, word) WIRE_PROTOCOL_##name,
    WIRE_IDENT_LIST(X)
#undef X
};

/* What was sent on the connection before the answer. */
enum wire_hello {
    WIRE_HELLO_NOTHING,
    WIRE_HELLO_TLS,
    WIRE_HELLO_HTTP,
    WIRE_HELLO_RTSP,
    WIRE_HELLO_MQTT_311,
    WIRE_HELLO_MQTT_5,
    WIRE_HELLO_MODBUS,
    WIRE_HELLO_SYST, /* after a 220 greeting that names neither FTP nor SMTP */
    WIRE_HELLO_EHLO,
    WIRE_HELLO_HELO /* for those who do not know EHLO (RFC 5321 section 3.2) */
};

enum wire_ident_answer {
    WIRE_IDENT_WAIT, /* undecided; more may come */
    WIRE_IDENT_NO,   /* nothing that we know */
    WIRE_IDENT_FOUND,
    WIRE_IDENT_ASK /* send ret->ask on this same connection, then come again */
};

enum { WIRE_IDENT_DETAIL_SIZE = 121, WIRE_HELLO_MAX = 1024 };

struct wire_ident {
    enum wire_protocol protocol;
    bool tls;
    enum wire_hello ask;
    char detail[WIRE_IDENT_DETAIL_SIZE]; /* printable ASCII */
};

const char *wire_protocol_word(enum wire_protocol protocol);

/* data: all that came on this connection, ended: nothing more will. */
enum wire_ident_answer wire_identify(enum wire_hello sent, const void *data, size_t length,
                                     bool ended, struct wire_ident *ret_ident);

/* What to send.  host is numeric; seed makes the few bytes that have to differ between
 * two runs.  Nothing for WIRE_HELLO_NOTHING. */
void wire_ident_hello(enum wire_hello hello, const char *host, uint64_t seed,
                      struct builder *builder);
