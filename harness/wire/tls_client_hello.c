#include "wire/tls_client_hello.h"

#include "base/text.h"
#include "wire/tls_hello.h"

#include <string.h>

enum {
    DTLS_MAJOR = 0xfe,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_STATUS_REQUEST = 5,
    EXTENSION_SUPPORTED_GROUPS = 10,
    EXTENSION_ALPN = 16,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_RENEGOTIATION_INFO = 0xff01
};

/* RFC 8701 section 2. */
static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static bool numbers_read(struct reader list, uint16_t *numbers, size_t most, size_t *ret_count)
{
    bool whole = true;

    while (reader_left(&list) >= 2) {
        uint16_t number = reader_u16(&list);

        if (is_grease(number)) {
            continue;
        }
        if (*ret_count == most) {
            whole = false;
        } else {
            numbers[(*ret_count)++] = number;
        }
    }
    return whole;
}

static void name_read(struct reader body, struct tls_client_hello *hello)
{
    struct reader list = reader_sub(&body, reader_u16(&body));

    while (reader_left(&list) > 0) {
        uint8_t type = reader_u8(&list);
        uint16_t length = reader_u16(&list);
        const uint8_t *name = reader_take(&list, length);

        if (name != NULL && type == 0) {
            text_printable(name, length, hello->server_name, sizeof hello->server_name);
            return;
        }
    }
}

static void alpn_read(struct reader body, struct tls_client_hello *hello)
{
    struct reader list = reader_sub(&body, reader_u16(&body));

    while (reader_left(&list) > 0) {
        uint8_t length = reader_u8(&list);
        const uint8_t *name = reader_take(&list, length);

        if (name == NULL) {
            return;
        }
        if (length >= 2 && is_grease((uint16_t) (name[0] << 8 | name[1])) && length == 2) {
            continue;
        }
        if (hello->alpn_count == TLS_CLIENT_ALPN_MAX) {
            hello->cut = true;
            return;
        }
        text_printable(name, length, hello->alpn[hello->alpn_count++], TLS_CLIENT_NAME_SIZE);
    }
}

static void extension_read(uint16_t type, struct reader body, struct tls_client_hello *hello)
{
    bool whole = true;

    switch (type) {
    case EXTENSION_SERVER_NAME:
        name_read(body, hello);
        break;
    case EXTENSION_STATUS_REQUEST:
        hello->status_request = true;
        break;
    case EXTENSION_SUPPORTED_GROUPS:
        whole = numbers_read(reader_sub(&body, reader_u16(&body)), hello->groups,
                             TLS_CLIENT_GROUPS_MAX, &hello->group_count);
        break;
    case EXTENSION_ALPN:
        alpn_read(body, hello);
        break;
    case EXTENSION_EXTENDED_MASTER_SECRET:
        hello->extended_master_secret = true;
        break;
    case EXTENSION_SUPPORTED_VERSIONS:
        whole = numbers_read(reader_sub(&body, reader_u8(&body)), hello->versions,
                             TLS_CLIENT_VERSIONS_MAX, &hello->version_count);
        break;
    case EXTENSION_RENEGOTIATION_INFO:
        hello->renegotiation_info = true;
        break;
    default:
        break;
    }
    hello->cut = hello->cut || !whole;
}

bool wire_tls_client_hello_read(const struct tls_message *message,
                                struct tls_client_hello *ret_hello)
{
    struct reader reader = reader_over(message->body, message->length);
    struct reader suites;
    struct reader compressions;
    struct reader extensions;
    const uint8_t *random;

    memset(ret_hello, 0, sizeof *ret_hello);
    if (message->type != TLS_HANDSHAKE_CLIENT_HELLO) {
        return false;
    }
    ret_hello->legacy_version = reader_u16(&reader);
    random = reader_take(&reader, sizeof ret_hello->random);
    ret_hello->session_id_length = reader_u8(&reader);
    ret_hello->session_id = reader_take(&reader, ret_hello->session_id_length);
    if (ret_hello->legacy_version >> 8 == DTLS_MAJOR) {
        (void) reader_sub(&reader, reader_u8(&reader)); /* the cookie */
    }
    suites = reader_sub(&reader, reader_u16(&reader));
    compressions = reader_sub(&reader, reader_u8(&reader));
    if (!reader_ok(&reader) || ret_hello->session_id_length > 32 || reader_left(&suites) < 2) {
        return false;
    }
    memcpy(ret_hello->random, random, sizeof ret_hello->random);
    ret_hello->cut =
        !numbers_read(suites, ret_hello->suites, TLS_CLIENT_SUITES_MAX, &ret_hello->suite_count);
    ret_hello->renegotiation_info = wire_tls_client_hello_offers(ret_hello, TLS_SCSV_RENEGOTIATION);
    while (reader_left(&compressions) > 0) {
        ret_hello->compression = reader_u8(&compressions) != 0 || ret_hello->compression;
    }
    if (reader_left(&reader) == 0) {
        return true;
    }
    extensions = reader_sub(&reader, reader_u16(&reader));
    while (reader_left(&extensions) > 0) {
        uint16_t type = reader_u16(&extensions);
        struct reader body = reader_sub(&extensions, reader_u16(&extensions));

        if (reader_ok(&extensions)) {
            extension_read(type, body, ret_hello);
        }
    }
    return reader_ok(&reader) && reader_ok(&extensions);
}

bool wire_tls_client_hello_offers(const struct tls_client_hello *hello, uint16_t suite)
{
    for (size_t i = 0; i < hello->suite_count; i++) {
        if (hello->suites[i] == suite) {
            return true;
        }
    }
    return false;
}
