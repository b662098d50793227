#include "tls/gateway.h"

#include "support/certificate.h"
#include "support/files.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_HEADER = 5,
    HEARTBEAT_REQUEST = 1,
    HEARTBEAT_RESPONSE = 2,
    HEARTBEAT_PADDING = 16,
    HEARTBEAT_MAX = 1 << 15
};

static const char PAGE[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                           "Content-Length: 6\r\n\r\nGW-20\n";

/* RFC 6520 section 4: a request whose payload is longer than itself is discarded.  Defect
 * heartbleed answers it out of what lies behind it. */
static void heartbeat_take(struct connection *connection, size_t length)
{
    const struct gateway *gateway = connection->device;
    struct tls_side *side = connection->state;
    bool bleeds = stub_has(gateway->stub, DEFECT_HEARTBLEED);
    unsigned char answer[3 + HEARTBEAT_MAX + HEARTBEAT_PADDING];
    size_t payload;
    size_t whole;

    if (!side->heartbeats || length < 3 || side->plain[0] != HEARTBEAT_REQUEST) {
        return;
    }
    payload = (size_t) side->plain[1] << 8 | side->plain[2];
    whole = 3 + payload + HEARTBEAT_PADDING;
    if (payload > HEARTBEAT_MAX || (!bleeds && (side->phase != STANDS || whole > length))) {
        return;
    }
    memset(answer, 'M', whole);
    answer[0] = HEARTBEAT_RESPONSE;
    answer[1] = side->plain[1];
    answer[2] = side->plain[2];
    memcpy(answer + 3, side->plain + 3, length - 3 < payload ? length - 3 : payload);
    for (size_t at = 0; at < whole; at += PLAIN_MAX) {
        record_put(connection, CONTENT_HEARTBEAT, answer + at,
                   whole - at < PLAIN_MAX ? whole - at : PLAIN_MAX);
    }
}

static bool data_take(struct connection *connection, size_t length)
{
    struct tls_side *side = connection->state;

    if (side->phase != STANDS) {
        alert_put(connection, true, ALERT_UNEXPECTED);
        return false;
    }
    side->plain[length] = '\0';
    if (strstr((const char *) side->plain, "\r\n\r\n") != NULL) {
        record_put(connection, CONTENT_DATA, PAGE, sizeof PAGE - 1);
        alert_put(connection, false, ALERT_CLOSE);
        return false;
    }
    return true;
}

/* False: this was the last. */
static bool record_take(struct connection *connection, enum content type, size_t length)
{
    struct tls_side *side = connection->state;

    if (!record_open(connection, type, &length)) {
        return false;
    }
    switch (type) {
    case CONTENT_CHANGE:
        return change_take(connection);
    case CONTENT_ALERT:
        return length == 2 && side->plain[0] == 1 && side->plain[1] != ALERT_CLOSE;
    case CONTENT_HANDSHAKE:
        return handshake_take(connection, length);
    case CONTENT_DATA:
        return data_take(connection, length);
    case CONTENT_HEARTBEAT:
        heartbeat_take(connection, length);
        return true;
    default:
        alert_put(connection, true, ALERT_UNEXPECTED);
        return false;
    }
}

static enum next_step gateway_input(struct connection *connection)
{
    struct tls_side *side = connection->state;
    struct buffer *in = &connection->in;

    while (in->length >= RECORD_HEADER) {
        const unsigned char *header = (const unsigned char *) in->data;
        size_t length = (size_t) header[3] << 8 | header[4];
        enum content type = header[0];

        if (header[1] != 3 || length > PLAIN_MAX - RECORD_HEADER) {
            return STEP_CLOSE;
        }
        if (in->length < RECORD_HEADER + length) {
            return STEP_GO_ON;
        }
        memcpy(side->plain, in->data + RECORD_HEADER, length);
        buffer_consume(in, RECORD_HEADER + length);
        if (!record_take(connection, type, length) || side->closing) {
            return STEP_CLOSE;
        }
    }
    return STEP_GO_ON;
}

const struct protocol gateway_tls = {
    .name = "https", .idle_ms = 10000, .state_size = sizeof(struct tls_side), .input = gateway_input
};

static const struct service_row SERVICES[] = { { "page", 0, DEFECT_NONE, false, &gateway_tls } };

/* Our own are read: they are as certificate_provide wrote them. */
static bool identity_read(struct gateway *gateway)
{
    DEFER(text_free) char *certificate_path = path_join(gateway->stub->state, "certs/server.pem");
    DEFER(text_free) char *key_path = path_join(gateway->stub->state, "keys/server.key");
    FILE *certificate_file = fopen(certificate_path, "r");
    FILE *key_file = fopen(key_path, "r");
    X509 *certificate = NULL;
    unsigned char *at = gateway->certificate;
    int length = -1;

    if (certificate_file != NULL && key_file != NULL) {
        certificate = PEM_read_X509(certificate_file, NULL, NULL, NULL);
        gateway->key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
        length = certificate == NULL ? -1 : i2d_X509(certificate, NULL);
    }
    if (length > 0 && length <= CERTIFICATE_MAX) {
        gateway->certificate_length = (size_t) i2d_X509(certificate, &at);
    }
    X509_free(certificate);
    if (certificate_file != NULL) {
        fclose(certificate_file);
    }
    if (key_file != NULL) {
        fclose(key_file);
    }
    return (gateway->key != NULL && gateway->certificate_length > 0) ||
           complain("%s: the certificate or its key cannot be read", gateway->stub->state);
}

static void gateway_free(void *device)
{
    struct gateway *gateway = device;

    EVP_PKEY_free(gateway->key);
    free(gateway);
}

static bool gateway_make(struct stub *stub, void **ret_device)
{
    static const struct certificate_request request = {
        .organisation = "Example Electric",
        .common_name = "gw-20.local",
        .alternative_name = "DNS:gw-20.local,IP:127.0.0.1,IP:::1",
        .rsa = true,
    };
    struct gateway *gateway = calloc(1, sizeof *gateway);

    if (gateway == NULL) {
        abort();
    }
    gateway->stub = stub;
    if (!certificate_provide(stub->state, &request) || !identity_read(gateway)) {
        gateway_free(gateway);
        return false;
    }
    *ret_device = gateway;
    return true;
}

static char *gateway_profile_write(const struct stub *stub, const void *device)
{
    static const char words[] = "purpose: {ja: 利用者が使うため, en: the user needs it},"
                                " reason: {ja: 利用者が使うため, en: the user needs it}";
    const char *bind = stub->options.bind;
    const char *path = stub->options.profile_out;
    DEFER(buffer_done) struct buffer profile = buffer_bounded(4096);
    DEFER(text_free) char *inside = path_join(stub->state, "profile.yaml");

    (void) device;
    path = path == NULL ? inside : path;
    buffer_format(&profile,
                  "hoshitori: profile/1\n"
                  "product:\n"
                  "  vendor: {name: {ja: 例示電機, en: Example Electric}}\n"
                  "  model: GW-20\n"
                  "  type: communication-equipment\n"
                  "  firmware: [{name: main, version: \"1.0\"}]\n"
                  "reach:\n"
                  "  addresses: [\"%s\"]\n"
                  "  liveness: {service: page}\n"
                  "services:\n"
                  "  - {id: page, transport: tcp, port: %u, protocol: https, %s}\n"
                  "roles: [user]\n",
                  strcmp(bind, "0.0.0.0") == 0 ? "127.0.0.1"
                  : strcmp(bind, "::") == 0    ? "::1"
                                               : bind,
                  stub->ports[0], words);
    return file_write(path, 0644, profile.data, profile.length) ? realpath(path, NULL) : NULL;
}

const struct product product_gateway = {
    .name = "tls",
    .summary = "GW-20, one page behind a TLS 1.2 server that can be wrong as no library is.",
    .services = SERVICES,
    .service_count = sizeof SERVICES / sizeof *SERVICES,
    .make = gateway_make,
    .profile_write = gateway_profile_write,
    .free = gateway_free,
};
