#include "cases.h"

#include "base/text.h"
#include "damage.h"
#include "written.h"

#include "wire/ident.h"
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DAMAGES_MAX = 4 };

/* Protocols over TCP whose well-formed first words are known, or given here. */
static const struct tongue {
    const char *protocol;
    enum wire_hello hello; /* NOTHING: words instead */
    const char *words;
    size_t length;
} tongues[] = {
#define WORDS(text) WIRE_HELLO_NOTHING, text, sizeof text - 1
#define HELLO(name) WIRE_HELLO_##name, NULL, 0
    { "http", HELLO(HTTP) },
    { "http", WORDS("GET /index.html?a=1&b=%20 HTTP/1.1\r\nHost: device\r\nAccept: */*\r\n"
                    "Cookie: a=b; c=d\r\nRange: bytes=0-9\r\nConnection: close\r\n\r\n") },
    { "rtsp", HELLO(RTSP) },
    { "rtsp",
      WORDS("DESCRIBE rtsp://device/ RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n") },
    { "mqtt", HELLO(MQTT_311) },
    { "mqtt", HELLO(MQTT_5) },
    { "tls", HELLO(TLS) },
    { "ssh", WORDS("SSH-2.0-client\r\n\x00\x00\x00\x1c\x06\x14"
                   "0123456789abcdef"
                   "\x00\x00\x00\x01"
                   "aAAAAAA") },
    { "ftp", WORDS("FEAT\r\nSYST\r\nHELP NOOP\r\nNOOP\r\n") },
    { "smtp", WORDS("EHLO client\r\nHELP\r\nNOOP\r\n") },
    { "telnet", WORDS("\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"
                      "\xff\xfa\x18\x00vt100\xff\xf0") },
};

enum { TONGUES = sizeof tongues / sizeof tongues[0] };

/* What is inside TLS is what the protocol is without it. */
static const char *bare(const char *protocol, bool udp)
{
    if (text_equal(protocol, "https")) {
        return "http";
    }
    if (text_equal(protocol, "mqtts")) {
        return "mqtt";
    }
    return udp && text_equal(protocol, "coaps") ? "dtls" : protocol;
}

/* The number-th well-formed message, or false when there are fewer. */
static bool sample_tcp(const char *protocol, const char *host, uint64_t seed, size_t number,
                       struct builder *builder)
{
    for (size_t i = 0; i < TONGUES; i++) {
        if (!text_equal(tongues[i].protocol, protocol) || number-- > 0) {
            continue;
        }
        if (tongues[i].words != NULL) {
            builder_put(builder, tongues[i].words, tongues[i].length);
        } else {
            wire_ident_hello(tongues[i].hello, host, seed, builder);
        }
        return true;
    }
    return false;
}

static bool sample_udp(const char *protocol, const char *host, uint64_t seed, size_t number,
                       struct builder *builder)
{
    struct wire_udp_ask ask = { .host = host };

    memcpy(ask.nonce, &seed, sizeof seed);
    /* A DHCP server would lease an address to a request that was meant for none. */
    for (size_t i = 0; wire_udp_hellos[i] != NULL && !text_equal(protocol, "dhcp"); i++) {
        if (text_equal(wire_udp_hellos[i]->protocol, protocol) && number-- == 0) {
            wire_udp_hellos[i]->write(&ask, builder);
            return true;
        }
    }
    return false;
}

static bool sample(const char *protocol, bool udp, const char *host, uint64_t seed, size_t number,
                   struct builder *builder)
{
    return (udp ? sample_udp : sample_tcp)(protocol, host, seed, number, builder);
}

static size_t samples(const char *protocol, bool udp)
{
    uint8_t room[WIRE_UDP_HELLO_MAX + WIRE_HELLO_MAX];
    size_t count = 0;

    for (;;) {
        struct builder builder = builder_over(room, sizeof room);

        if (!sample(protocol, udp, "127.0.0.1", 0, count, &builder)) {
            return count;
        }
        count++;
    }
}

bool cases_know(const char *protocol, bool udp)
{
    return samples(bare(protocol, udp), udp) > 0;
}

size_t cases_written(const char *protocol, bool udp)
{
    return written_count(bare(protocol, udp));
}

static bool starts_with(const uint8_t *data, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp((const char *) data, word, strlen(word)) == 0;
}

/* Methods and commands that write, publish, log in or end something. */
static bool asks_only(const uint8_t *data, size_t length)
{
    static const char *const words[] = { "POST",   "PUT",      "DELETE", "PATCH",  "SETUP",
                                         "PLAY",   "RECORD",   "ANNOUN", "SET_PA", "TEARDO",
                                         "REGIST", "SUBSCRIB", "NOTIFY", "MKCOL",  "MOVE" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (starts_with(data, length, words[i])) {
            return false;
        }
    }
    return true;
}

/* RFC 3416 section 3: the tag of a SetRequest; no other place of a question has that byte, and a
 * damaged message that has it by chance is left out as well. */
static bool has_byte(const uint8_t *data, size_t length, uint8_t byte)
{
    return memchr(data, byte, length) != NULL;
}

bool cases_is_harmless(const char *protocol, const void *data, size_t length)
{
    const uint8_t *at = data;

    if (text_equal(protocol, "tftp")) {
        return length < 2 || at[0] != 0 || at[1] != 2; /* RFC 1350 section 5: WRQ */
    }
    if (text_equal(protocol, "coap")) {
        return length < 2 || at[1] <= 1 || at[1] > 0x1f; /* RFC 7252 section 12.1.1: GET alone */
    }
    if (text_equal(protocol, "snmp")) {
        return !has_byte(at, length, 0xa3);
    }
    if (text_equal(protocol, "mqtt")) {
        return length < 1 || at[0] >> 4 != 3; /* MQTT section 3.3: PUBLISH; more needs a log-in */
    }
    return asks_only(at, length);
}

static bool damaged(const char *protocol, bool udp, const char *host, size_t number, uint64_t seed,
                    struct malformed *made)
{
    struct dice dice = { seed ^ (0x5851f42d4c957f2du * (number + 1)) };
    struct builder builder = builder_over(made->bytes, sizeof made->bytes);
    size_t which = dice_below(&dice, samples(protocol, udp));
    struct damaged message;

    (void) sample(protocol, udp, host, dice_next(&dice), which, &builder);
    message = (struct damaged){ made->bytes, builder.length,
                                udp ? WIRE_UDP_HELLO_MAX : sizeof made->bytes };
    for (size_t times = 1 + dice_below(&dice, DAMAGES_MAX); times > 0; times--) {
        damage(&dice, &message);
    }
    made->length = message.length;
    (void) snprintf(made->name, sizeof made->name, "%s/damaged-%zu", protocol, number);
    return true;
}

bool cases_make(const char *protocol, bool udp, const char *host, size_t number, uint64_t seed,
                struct malformed *ret_case)
{
    const char *what = bare(protocol, udp);
    size_t by_hand = written_count(what);

    ret_case->length = 0;
    ret_case->name[0] = '\0';
    if (number < by_hand) {
        struct builder builder = builder_over(ret_case->bytes, sizeof ret_case->bytes);

        (void) snprintf(ret_case->name, sizeof ret_case->name, "%s/%s", what,
                        written_make(what, number, &builder));
        ret_case->length = builder.length;
        return true;
    }
    if (samples(what, udp) == 0) {
        return false;
    }
    return damaged(what, udp, host, number - by_hand, seed, ret_case) &&
           cases_is_harmless(what, ret_case->bytes, ret_case->length);
}
