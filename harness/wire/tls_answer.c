#include "wire/tls_answer.h"

#include <string.h>

enum {
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_HEARTBEAT = 15,
    EXTENSION_ALPN = 16,
    EXTENSION_ENCRYPT_THEN_MAC = 22,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_COOKIE = 44,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_CONNECTION_ID = 54,
    EXTENSION_RENEGOTIATION_INFO = 0xff01
};

/* SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3). */
static const uint8_t retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                          0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                          0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                          0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

static bool answer_alpn(struct reader body, struct tls_server_hello *hello)
{
    struct reader list = reader_sub(&body, reader_u16(&body));
    uint8_t length = reader_u8(&list);
    const uint8_t *name = reader_take(&list, length);

    if (!reader_ok(&body) || !reader_ok(&list) || length == 0 || reader_left(&list) != 0) {
        return false;
    }
    hello->alpn = name;
    hello->alpn_length = length;
    return true;
}

static bool answer_cookie(struct reader body, struct tls_server_hello *hello)
{
    size_t length = reader_u16(&body);
    const uint8_t *cookie = reader_take(&body, length);

    if (!reader_ok(&body) || length == 0 || reader_left(&body) != 0) {
        return false;
    }
    hello->cookie = cookie;
    hello->cookie_length = length;
    return true;
}

static bool answer_extension(uint16_t type, struct reader body, struct tls_server_hello *hello)
{
    switch (type) {
    case EXTENSION_ALPN:
        return answer_alpn(body, hello);
    case EXTENSION_ENCRYPT_THEN_MAC:
        hello->encrypt_then_mac = true;
        return true;
    case EXTENSION_EXTENDED_MASTER_SECRET:
        hello->extended_master_secret = true;
        return true;
    case EXTENSION_SESSION_TICKET:
        hello->ticket = true;
        return true;
    case EXTENSION_HEARTBEAT:
        hello->heartbeat = true;
        return true;
    case EXTENSION_SUPPORTED_VERSIONS:
        hello->version = reader_u16(&body);
        return reader_ok(&body) && reader_left(&body) == 0;
    case EXTENSION_KEY_SHARE:
        /* In a ServerHello a point follows, in a HelloRetryRequest nothing does. */
        hello->group = reader_u16(&body);
        if (reader_ok(&body) && reader_left(&body) > 0) {
            hello->share_length = reader_u16(&body);
            hello->share = reader_take(&body, hello->share_length);
        }
        return reader_ok(&body);
    case EXTENSION_COOKIE:
        return answer_cookie(body, hello);
    case EXTENSION_CONNECTION_ID:
        hello->connection_id = true;
        return true;
    case EXTENSION_RENEGOTIATION_INFO:
        hello->renegotiation_info = true;
        return true;
    default:
        return true;
    }
}

static bool answer_extensions(struct reader *reader, struct tls_server_hello *hello)
{
    struct reader list = reader_sub(reader, reader_u16(reader));

    if (!reader_ok(reader) || reader_left(reader) != 0) {
        return false;
    }
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);
        struct reader body = reader_sub(&list, reader_u16(&list));

        if (!reader_ok(&list) || !answer_extension(type, body, hello)) {
            return false;
        }
    }
    return true;
}

static bool answer_hello(const struct tls_message *message, unsigned major,
                         struct tls_server_hello *ret_hello)
{
    struct reader reader = reader_over(message->body, message->length);
    struct tls_server_hello hello = { 0 };

    if (message->type != TLS_HANDSHAKE_SERVER_HELLO) {
        return false;
    }
    hello.legacy_version = reader_u16(&reader);
    hello.version = hello.legacy_version;
    hello.random = reader_take(&reader, 32);
    hello.session_id_length = reader_u8(&reader);
    hello.session_id = reader_take(&reader, hello.session_id_length);
    hello.suite = reader_u16(&reader);
    hello.compression = reader_u8(&reader);
    if (!reader_ok(&reader) || hello.legacy_version >> 8 != (int) major) {
        return false;
    }
    hello.retry_request = memcmp(hello.random, retry_random, sizeof retry_random) == 0;
    /* Before TLS 1.3 the extensions may be missing altogether (RFC 5246 section 7.4.1.3). */
    if (reader_left(&reader) > 0 && !answer_extensions(&reader, &hello)) {
        return false;
    }
    *ret_hello = hello;
    return true;
}

bool wire_tls_server_hello_read(const struct tls_message *message,
                                struct tls_server_hello *ret_hello)
{
    return answer_hello(message, 3, ret_hello);
}

bool wire_dtls_server_hello_read(const struct tls_message *message,
                                 struct tls_server_hello *ret_hello)
{
    if (!answer_hello(message, 0xfe, ret_hello)) {
        return false;
    }
    ret_hello->legacy_version = wire_dtls_version(ret_hello->legacy_version);
    ret_hello->version = wire_dtls_version(ret_hello->version);
    return true;
}

bool wire_dtls_cookie_read(const struct tls_message *message, const uint8_t **ret_cookie,
                           size_t *ret_length)
{
    struct reader reader = reader_over(message->body, message->length);
    uint16_t version = reader_u16(&reader);
    size_t length = reader_u8(&reader);
    const uint8_t *cookie = reader_take(&reader, length);

    if (message->type != TLS_HANDSHAKE_HELLO_VERIFY_REQUEST || !reader_ok(&reader) ||
        reader_left(&reader) != 0 || version >> 8 != 0xfe || length == 0) {
        return false;
    }
    *ret_cookie = cookie;
    *ret_length = length;
    return true;
}

bool wire_tls_certificates_next(struct reader *list, const uint8_t **ret_der, size_t *ret_length)
{
    uint32_t length = reader_u24(list);
    const uint8_t *der = reader_take(list, length);

    if (!reader_ok(list) || length == 0) {
        return false;
    }
    *ret_der = der;
    *ret_length = length;
    return true;
}

bool wire_tls_certificates_read(const struct tls_message *message, struct reader *ret_list)
{
    struct reader reader = reader_over(message->body, message->length);
    struct reader list = reader_sub(&reader, reader_u24(&reader));
    struct reader walk = list;
    const uint8_t *der;
    size_t length;

    if (message->type != TLS_HANDSHAKE_CERTIFICATE || !reader_ok(&reader) ||
        reader_left(&reader) != 0 || reader_left(&list) == 0) {
        return false;
    }
    while (reader_left(&walk) > 0) {
        if (!wire_tls_certificates_next(&walk, &der, &length)) {
            return false;
        }
    }
    *ret_list = list;
    return true;
}

bool wire_tls13_extensions_read(const struct tls_message *message, struct tls_server_hello *hello)
{
    struct reader reader = reader_over(message->body, message->length);
    struct reader list = reader_sub(&reader, reader_u16(&reader));

    if (!reader_ok(&reader) || reader_left(&reader) != 0) {
        return false;
    }
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);
        struct reader body = reader_sub(&list, reader_u16(&list));

        if (!reader_ok(&list) || (type == EXTENSION_ALPN && !answer_alpn(body, hello))) {
            return false;
        }
    }
    return true;
}

bool wire_tls13_certificates_next(struct reader *list, const uint8_t **ret_der, size_t *ret_length,
                                  const uint8_t **ret_staple, size_t *ret_staple_length)
{
    uint32_t length = reader_u24(list);
    const uint8_t *der = reader_take(list, length);
    struct reader extensions = reader_sub(list, reader_u16(list));

    *ret_staple = NULL;
    *ret_staple_length = 0;
    while (reader_ok(list) && reader_ok(&extensions) && reader_left(&extensions) > 0) {
        uint16_t type = reader_u16(&extensions);
        struct reader body = reader_sub(&extensions, reader_u16(&extensions));

        if (type == EXTENSION_STATUS_REQUEST && reader_ok(&extensions)) {
            (void) reader_u8(&body);
            *ret_staple_length = reader_u24(&body);
            *ret_staple = reader_take(&body, *ret_staple_length);
        }
    }
    if (!reader_ok(list) || !reader_ok(&extensions) || length == 0) {
        return false;
    }
    *ret_der = der;
    *ret_length = length;
    return true;
}

bool wire_tls13_certificates_read(const struct tls_message *message, struct reader *ret_list)
{
    struct reader reader = reader_over(message->body, message->length);
    struct reader walk;
    const uint8_t *der;
    const uint8_t *staple;
    size_t length;

    (void) reader_sub(&reader, reader_u8(&reader)); /* the context, which a server leaves empty */
    *ret_list = reader_sub(&reader, reader_u24(&reader));
    walk = *ret_list;
    if (message->type != TLS_HANDSHAKE_CERTIFICATE || !reader_ok(&reader) ||
        reader_left(&reader) != 0 || reader_left(&walk) == 0) {
        return false;
    }
    while (reader_left(&walk) > 0) {
        if (!wire_tls13_certificates_next(&walk, &der, &length, &staple, &length)) {
            return false;
        }
    }
    return true;
}

bool wire_tls13_verify_read(const struct tls_message *message, uint16_t *ret_scheme)
{
    struct reader reader = reader_over(message->body, message->length);

    *ret_scheme = reader_u16(&reader);
    (void) reader_sub(&reader, reader_u16(&reader));
    return message->type == TLS_HANDSHAKE_CERTIFICATE_VERIFY && reader_ok(&reader) &&
           reader_left(&reader) == 0;
}

bool wire_tls_status_read(const struct tls_message *message, const uint8_t **ret_staple,
                          size_t *ret_length)
{
    struct reader reader = reader_over(message->body, message->length);
    uint8_t type = reader_u8(&reader);

    *ret_length = reader_u24(&reader);
    *ret_staple = reader_take(&reader, *ret_length);
    return message->type == TLS_HANDSHAKE_CERTIFICATE_STATUS && type == 1 && reader_ok(&reader) &&
           reader_left(&reader) == 0;
}

static unsigned answer_bits(const uint8_t *number, size_t length)
{
    unsigned bits;

    while (length > 0 && *number == 0) {
        number++;
        length--;
    }
    if (length == 0) {
        return 0;
    }
    bits = (unsigned) (8 * length);
    for (unsigned mask = 0x80; (*number & mask) == 0; mask >>= 1) {
        bits--;
    }
    return bits;
}

/* RFC 8422 section 5.4. */
static bool answer_curve(struct reader *reader, struct tls_key_exchange *exchange)
{
    uint8_t type = reader_u8(reader);

    if (type == 1 || type == 2) {
        exchange->group = type == 1 ? TLS_GROUP_EXPLICIT_PRIME : TLS_GROUP_EXPLICIT_CHAR2;
        return reader_ok(reader);
    }
    exchange->group = reader_u16(reader);
    (void) reader_sub(reader, reader_u8(reader));
    return type == 3 && reader_ok(reader);
}

static bool answer_prime(struct reader *reader, struct tls_key_exchange *exchange)
{
    uint16_t length = reader_u16(reader);
    const uint8_t *prime = reader_take(reader, length);

    if (prime == NULL) {
        return false;
    }
    exchange->dh_bits = answer_bits(prime, length);
    exchange->prime_length = (exchange->dh_bits + 7) / 8;
    exchange->prime = prime + length - exchange->prime_length;
    (void) reader_sub(reader, reader_u16(reader));
    (void) reader_sub(reader, reader_u16(reader));
    return reader_ok(reader);
}

static bool answer_is_signed(const struct tls_suite *suite)
{
    return (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_DHE) &&
           (suite->auth == TLS_AUTH_RSA || suite->auth == TLS_AUTH_ECDSA ||
            suite->auth == TLS_AUTH_DSS);
}

bool wire_tls_key_exchange_read(const struct tls_message *message, const struct tls_suite *suite,
                                uint16_t version, struct tls_key_exchange *ret_exchange)
{
    struct reader reader = reader_over(message->body, message->length);
    struct tls_key_exchange exchange = { 0 };
    bool understood = true;

    if (message->type != TLS_HANDSHAKE_SERVER_KEY_EXCHANGE) {
        return false;
    }
    if (suite->kx == TLS_KX_PSK || suite->kx == TLS_KX_RSA_PSK || suite->kx == TLS_KX_DHE_PSK ||
        suite->kx == TLS_KX_ECDHE_PSK) {
        exchange.hint_length = reader_u16(&reader);
        exchange.hint = reader_take(&reader, exchange.hint_length);
        exchange.hint = exchange.hint_length > 0 ? exchange.hint : NULL;
    }
    if (suite->kx == TLS_KX_ECDHE || suite->kx == TLS_KX_ECDHE_PSK) {
        understood = answer_curve(&reader, &exchange);
    } else if (suite->kx == TLS_KX_DHE || suite->kx == TLS_KX_DHE_PSK) {
        understood = answer_prime(&reader, &exchange);
    }
    if (!understood || !reader_ok(&reader)) {
        return false;
    }
    if (answer_is_signed(suite) && exchange.group < TLS_GROUP_EXPLICIT_PRIME) {
        struct reader rest;

        if (version == TLS_VERSION_12) {
            exchange.scheme = reader_u16(&reader);
        }
        rest = reader;
        exchange.signature_length = reader_u16(&rest);
    }
    *ret_exchange = exchange;
    return reader_ok(&reader);
}

bool wire_tls_ssl2_hello_read(const void *stream, size_t length, struct tls_ssl2_hello *ret_hello)
{
    struct reader reader = reader_over(stream, length);
    uint16_t header = reader_u16(&reader);
    struct reader body = reader_sub(&reader, header & 0x7fff);
    struct tls_ssl2_hello hello = { 0 };
    uint16_t version;
    uint16_t kinds;
    uint16_t connection;
    uint8_t type;

    if (!reader_ok(&reader) || (header & 0x8000) == 0) {
        return false;
    }
    type = reader_u8(&body);
    (void) reader_u16(&body); /* session id hit, certificate type */
    version = reader_u16(&body);
    hello.certificate_length = reader_u16(&body);
    kinds = reader_u16(&body);
    connection = reader_u16(&body);
    hello.certificate = reader_take(&body, hello.certificate_length);
    hello.kinds = reader_take(&body, kinds);
    (void) reader_take(&body, connection);
    hello.kind_count = kinds / 3;
    if (!reader_ok(&body) || type != 4 || version != TLS_VERSION_SSL2 || kinds % 3 != 0) {
        return false;
    }
    *ret_hello = hello;
    return true;
}

const char *wire_tls_ssl2_kind_name(const uint8_t *kind)
{
    static const char *const names[] = {
        "SSL2_RC4_128_WITH_MD5",          "SSL2_RC4_128_EXPORT40_WITH_MD5",
        "SSL2_RC2_CBC_128_CBC_WITH_MD5",  "SSL2_RC2_128_CBC_EXPORT40_WITH_MD5",
        "SSL2_IDEA_128_CBC_WITH_MD5",     "SSL2_DES_64_CBC_WITH_MD5",
        "SSL2_DES_192_EDE3_CBC_WITH_MD5",
    };

    if (kind[0] < 1 || kind[0] > sizeof names / sizeof names[0]) {
        return NULL;
    }
    return names[kind[0] - 1];
}
