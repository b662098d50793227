#include "wire/tls_hello.h"

#include "wire/tls_record.h"
#include "wire/tls_share.h"

#include <string.h>

enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_SUPPORTED_GROUPS = 10,
    EXTENSION_EC_POINT_FORMATS = 11,
    EXTENSION_SIGNATURE_ALGORITHMS = 13,
    EXTENSION_HEARTBEAT = 15,
    EXTENSION_ALPN = 16,
    EXTENSION_PADDING = 21,
    EXTENSION_ENCRYPT_THEN_MAC = 22,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_COOKIE = 44,
    EXTENSION_PSK_KEY_EXCHANGE_MODES = 45,
    EXTENSION_SIGNATURE_ALGORITHMS_CERT = 50,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_CONNECTION_ID = 54,
    EXTENSION_PRIVATE = 0xfe5a, /* of the range that RFC 8701 and IANA leave to experiments */
    EXTENSION_RENEGOTIATION_INFO = 0xff01
};

enum { EXTENSION_HEADER = 4, RECORD_MOST = 1 << 14 };

/* Any of the reserved values do; these are one for each place (RFC 8701 section 2). */
enum {
    GREASE_SUITE = 0x0a0a,
    GREASE_EXTENSION = 0x1a1a,
    GREASE_EXTENSION_LAST = 0x2a2a,
    GREASE_IN_LIST = 0x3a3a,
    GREASE_VERSION = 0x4a4a
};

/* grease: a value that goes before the list; 0: none. */
static void hello_u16_list(struct builder *builder, uint16_t grease, const uint16_t *list,
                           size_t count)
{
    size_t place = builder_open(builder, 2);

    if (grease != 0) {
        builder_u16(builder, grease);
    }
    for (size_t i = 0; i < count; i++) {
        builder_u16(builder, list[i]);
    }
    builder_close(builder, place, 2);
}

/* An extension that is one list of 16-bit numbers. */
static void hello_list_extension(struct builder *builder, bool grease, uint16_t type,
                                 const uint16_t *list, size_t count)
{
    size_t place;

    if (count == 0) {
        return;
    }
    builder_u16(builder, type);
    place = builder_open(builder, 2);
    hello_u16_list(builder, grease ? GREASE_IN_LIST : 0, list, count);
    builder_close(builder, place, 2);
}

static void hello_fixed_extension(struct builder *builder, uint16_t type, const void *data,
                                  size_t length)
{
    builder_u16(builder, type);
    builder_u16(builder, (uint16_t) length);
    builder_put(builder, data, length);
}

/* RFC 6066 section 3. */
static void hello_server_name(struct builder *builder, const char *name)
{
    size_t extension;
    size_t list;
    size_t text;

    builder_u16(builder, EXTENSION_SERVER_NAME);
    extension = builder_open(builder, 2);
    list = builder_open(builder, 2);
    builder_u8(builder, 0);
    text = builder_open(builder, 2);
    builder_put(builder, name, strlen(name));
    builder_close(builder, text, 2);
    builder_close(builder, list, 2);
    builder_close(builder, extension, 2);
}

/* RFC 7301 section 3.1. */
static void hello_alpn(struct builder *builder, const char *const *names, size_t count)
{
    size_t extension;
    size_t list;

    builder_u16(builder, EXTENSION_ALPN);
    extension = builder_open(builder, 2);
    list = builder_open(builder, 2);
    for (size_t i = 0; i < count; i++) {
        size_t text = builder_open(builder, 1);

        builder_put(builder, names[i], strlen(names[i]));
        builder_close(builder, text, 1);
    }
    builder_close(builder, list, 2);
    builder_close(builder, extension, 2);
}

/* RFC 8446 section 4.2.8. */
static void hello_share(struct builder *builder, uint16_t group)
{
    size_t share;

    builder_u16(builder, group);
    share = builder_open(builder, 2);
    wire_tls_share_put(builder, group);
    builder_close(builder, share, 2);
}

static void hello_key_share(struct builder *builder, const struct tls_hello *hello)
{
    size_t extension;
    size_t list;

    builder_u16(builder, EXTENSION_KEY_SHARE);
    extension = builder_open(builder, 2);
    list = builder_open(builder, 2);
    if (hello->share_group != 0) {
        hello_share(builder, hello->share_group);
    } else if (hello->key_shares) {
        hello_share(builder, 0x001d);
        hello_share(builder, 0x0017);
    }
    builder_close(builder, list, 2);
    builder_close(builder, extension, 2);
}

/* RFC 8446 section 4.2.2. */
static void hello_cookie(struct builder *builder, const struct tls_hello *hello)
{
    size_t extension;
    size_t cookie;

    builder_u16(builder, EXTENSION_COOKIE);
    extension = builder_open(builder, 2);
    cookie = builder_open(builder, 2);
    builder_put(builder, hello->cookie, hello->cookie_length);
    builder_close(builder, cookie, 2);
    builder_close(builder, extension, 2);
}

static void hello_padding(struct builder *builder, size_t length)
{
    size_t place;

    builder_u16(builder, EXTENSION_PADDING);
    place = builder_open(builder, 2);
    for (size_t i = 0; i < length; i++) {
        builder_u8(builder, 0);
    }
    builder_close(builder, place, 2);
}

/* RFC 5746 section 3.2. */
static void hello_renegotiation(struct builder *builder, const struct tls_hello *hello)
{
    size_t extension;
    size_t data;

    builder_u16(builder, EXTENSION_RENEGOTIATION_INFO);
    extension = builder_open(builder, 2);
    data = builder_open(builder, 1);
    builder_put(builder, hello->verify_data, hello->verify_data_length);
    builder_close(builder, data, 1);
    builder_close(builder, extension, 2);
}

/* What only TLS 1.0 to 1.2 know. */
static void hello_old_extensions(struct builder *builder, const struct tls_hello *hello)
{
    static const uint8_t point_formats[] = { 3, 0, 1, 2 };
    static const uint8_t peer_may_send[] = { 1 };
    static const uint8_t empty[] = { 0 };

    hello_fixed_extension(builder, EXTENSION_EC_POINT_FORMATS, point_formats, sizeof point_formats);
    if (!hello->bare) {
        hello_fixed_extension(builder, EXTENSION_ENCRYPT_THEN_MAC, NULL, 0);
        hello_fixed_extension(builder, EXTENSION_EXTENDED_MASTER_SECRET, NULL, 0);
    }
    if (hello->heartbeat) {
        hello_fixed_extension(builder, EXTENSION_HEARTBEAT, peer_may_send, sizeof peer_may_send);
    }
    if (hello->ticket) {
        hello_fixed_extension(builder, EXTENSION_SESSION_TICKET, hello->ticket_data,
                              hello->ticket_length);
    }
    if (!hello->without_renegotiation) {
        hello_renegotiation(builder, hello);
    }
    if (hello->datagram) {
        /* RFC 9146 section 3: we would take any, and ask for none ourselves. */
        hello_fixed_extension(builder, EXTENSION_CONNECTION_ID, empty, sizeof empty);
    }
}

/* start: where the message's body begins. */
static void hello_extensions(struct builder *builder, const struct tls_hello *hello, size_t start)
{
    static const uint8_t only_13[] = { 2, 3, 4 };
    static const uint8_t only_dtls_13[] = { 2, 0xfe, 0xfc };
    static const uint8_t psk_modes[] = { 1, 1 };
    static const uint8_t ocsp[] = { 1, 0, 0, 0, 0 };
    static const uint8_t empty[] = { 0 };
    static const uint8_t greased_13[] = { 4, GREASE_VERSION >> 8, GREASE_VERSION & 0xff, 3, 4 };
    static const uint8_t content[] = "hoshitori";
    size_t place = builder_open(builder, 2);

    if (hello->grease) {
        hello_fixed_extension(builder, GREASE_EXTENSION, NULL, 0);
    }
    if (hello->unknown_extension) {
        hello_fixed_extension(builder, EXTENSION_PRIVATE, content, sizeof content);
    }
    if (hello->server_name != NULL) {
        hello_server_name(builder, hello->server_name);
    }
    hello_list_extension(builder, hello->grease, EXTENSION_SUPPORTED_GROUPS, hello->groups,
                         hello->group_count);
    if (hello->version >= TLS_VERSION_12) {
        hello_list_extension(builder, hello->grease, EXTENSION_SIGNATURE_ALGORITHMS, hello->schemes,
                             hello->scheme_count);
        hello_list_extension(builder, false, EXTENSION_SIGNATURE_ALGORITHMS_CERT,
                             hello->certificate_schemes, hello->certificate_scheme_count);
    }
    if (hello->status_request) {
        hello_fixed_extension(builder, EXTENSION_STATUS_REQUEST, ocsp, sizeof ocsp);
    }
    if (hello->alpn_count > 0) {
        hello_alpn(builder, hello->alpn, hello->alpn_count);
    }
    if (hello->version == TLS_VERSION_13) {
        hello_fixed_extension(builder, EXTENSION_SUPPORTED_VERSIONS,
                              hello->grease     ? greased_13
                              : hello->datagram ? only_dtls_13
                                                : only_13,
                              hello->grease ? sizeof greased_13 : sizeof only_13);
        if (hello->datagram && hello->cookie_in_extension) {
            hello_cookie(builder, hello);
        }
        hello_fixed_extension(builder, EXTENSION_PSK_KEY_EXCHANGE_MODES, psk_modes,
                              sizeof psk_modes);
        hello_key_share(builder, hello);
    } else {
        hello_old_extensions(builder, hello);
    }
    if (hello->grease) {
        hello_fixed_extension(builder, GREASE_EXTENSION_LAST, empty, sizeof empty);
    }
    if (hello->length_least > builder->length - start + EXTENSION_HEADER) {
        hello_padding(builder, hello->length_least - (builder->length - start) - EXTENSION_HEADER);
    }
    builder_close(builder, place, 2);
}

static void hello_suites(struct builder *builder, const struct tls_hello *hello)
{
    size_t place = builder_open(builder, 2);

    if (hello->grease) {
        builder_u16(builder, GREASE_SUITE);
    }
    for (size_t i = 0; i < hello->suite_count; i++) {
        builder_u16(builder, hello->suites[i]);
    }
    if (hello->version == TLS_VERSION_SSL3) {
        builder_u16(builder, TLS_SCSV_RENEGOTIATION);
    }
    if (hello->fallback) {
        builder_u16(builder, TLS_SCSV_FALLBACK);
    }
    builder_close(builder, place, 2);
}

/* What legacy_version says. */
static uint16_t hello_legacy(const struct tls_hello *hello)
{
    uint16_t legacy = hello->version == TLS_VERSION_13 ? TLS_VERSION_12 : hello->version;

    if (hello->legacy_version != 0) {
        return hello->legacy_version;
    }
    if (!hello->datagram) {
        return legacy;
    }
    return legacy == TLS_VERSION_12 ? DTLS_VERSION_12 : DTLS_VERSION_10;
}

void wire_tls_hello_body(const struct tls_hello *hello, struct builder *builder)
{
    bool is_13 = hello->version == TLS_VERSION_13;
    size_t start = builder->length;

    builder_u16(builder, hello_legacy(hello));
    builder_put(builder, hello->random, sizeof hello->random);
    /* RFC 8446 appendix D.4: a non-empty session id for middleboxes is not needed. */
    builder_u8(builder, (uint8_t) hello->session_id_length);
    builder_put(builder, hello->session_id, hello->session_id_length);
    if (hello->datagram) {
        size_t cookie = builder_open(builder, 1);

        if (!hello->cookie_in_extension) {
            builder_put(builder, hello->cookie, hello->cookie_length);
        }
        builder_close(builder, cookie, 1);
    }
    hello_suites(builder, hello);
    if (hello->compression && !is_13) {
        static const uint8_t methods[] = { 3, 1, 64, 0 };

        builder_put(builder, methods, sizeof methods);
    } else {
        builder_u16(builder, 0x0100);
    }
    if (hello->version != TLS_VERSION_SSL3) {
        hello_extensions(builder, hello, start);
    }
}

/* A message that is longer than a record may be goes into two (RFC 8446 section 5.1). */
static void hello_split(struct builder *builder, size_t record)
{
    size_t most = record + TLS_RECORD_HEADER_LENGTH + RECORD_MOST;
    size_t rest = builder->length > most ? builder->length - most : 0;
    uint8_t *at = builder->start + most;

    if (rest == 0) {
        return;
    }
    builder_put(builder, builder->start + record, TLS_RECORD_HEADER_LENGTH);
    if (builder->overflow) {
        return;
    }
    memmove(at + TLS_RECORD_HEADER_LENGTH, at, rest);
    memcpy(at, builder->start + record, 3);
    at[3] = (uint8_t) (rest >> 8);
    at[4] = (uint8_t) rest;
    builder->start[record + 3] = RECORD_MOST >> 8;
    builder->start[record + 4] = 0;
}

bool wire_tls_hello_build(const struct tls_hello *hello, struct builder *builder)
{
    size_t start = builder->length;
    size_t record;
    size_t message;

    builder_u8(builder, TLS_CONTENT_HANDSHAKE);
    /* RFC 8446 appendix D.2 and RFC 5246 appendix E.1: the oldest for reach. */
    builder_u16(builder, hello->version == TLS_VERSION_SSL3 ? TLS_VERSION_SSL3 : TLS_VERSION_10);
    record = builder_open(builder, 2);
    builder_u8(builder, TLS_HANDSHAKE_CLIENT_HELLO);
    message = builder_open(builder, 3);
    wire_tls_hello_body(hello, builder);
    builder_close(builder, message, 3);
    builder_close(builder, record, 2);
    hello_split(builder, start);
    return !builder->overflow;
}

bool wire_tls_hello_build_ssl2(const uint8_t challenge[16], struct builder *builder)
{
    /* RC4-128, RC4-40, RC2-128, RC2-40, IDEA, DES, 3DES; all with MD5. */
    static const uint8_t kinds[] = { 1,    0, 0x80, 2,    0, 0x80, 3,    0, 0x80, 4,   0,
                                     0x80, 5, 0,    0x80, 6, 0,    0x40, 7, 0,    0xc0 };
    const size_t length = 9 + sizeof kinds + 16;

    builder_u16(builder, (uint16_t) (0x8000 | length));
    builder_u8(builder, 1);
    builder_u16(builder, TLS_VERSION_SSL2);
    builder_u16(builder, sizeof kinds);
    builder_u16(builder, 0);
    builder_u16(builder, 16);
    builder_put(builder, kinds, sizeof kinds);
    builder_put(builder, challenge, 16);
    return !builder->overflow;
}
