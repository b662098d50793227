#include "tls/gateway.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static void mac_make(const struct protection *protection, enum content type,
                     const unsigned char *data, size_t length, unsigned char mac[MAC_LENGTH])
{
    unsigned char room[13 + PLAIN_MAX];

    for (unsigned i = 0; i < 8; i++) {
        room[i] = (unsigned char) (protection->sequence >> (56 - 8 * i));
    }
    room[8] = (unsigned char) type;
    room[9] = 3;
    room[10] = 3;
    room[11] = (unsigned char) (length >> 8);
    room[12] = (unsigned char) length;
    memcpy(room + 13, data, length);
    HMAC(EVP_sha1(), protection->mac_key, MAC_LENGTH, room, 13 + length, mac, NULL);
}

static void cbc_crypt(const struct protection *protection, bool encrypt, const unsigned char *iv,
                      const unsigned char *from, unsigned char *to, size_t length)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;

    if (context == NULL ||
        EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, protection->key, iv, encrypt) != 1 ||
        EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
        EVP_CipherUpdate(context, to, &written, from, (int) length) != 1) {
        abort();
    }
    EVP_CIPHER_CTX_free(context);
}

static void header_put(struct buffer *out, enum content type, size_t length)
{
    const unsigned char header[] = { (unsigned char) type, 3, 3, (unsigned char) (length >> 8),
                                     (unsigned char) length };

    buffer_append(out, header, sizeof header);
}

void record_put(struct connection *connection, enum content type, const void *data, size_t length)
{
    struct tls_side *side = connection->state;
    unsigned char iv[BLOCK_LENGTH];
    unsigned char clear[PLAIN_MAX + MAC_LENGTH + BLOCK_LENGTH];
    unsigned char sealed[sizeof clear];
    size_t whole = length + MAC_LENGTH;
    size_t padding = BLOCK_LENGTH - whole % BLOCK_LENGTH;

    if (!side->out.on) {
        header_put(&connection->out, type, length);
        buffer_append(&connection->out, data, length);
        return;
    }
    if (RAND_bytes(iv, sizeof iv) != 1) {
        abort();
    }
    memcpy(clear, data, length);
    mac_make(&side->out, type, clear, length, clear + length);
    memset(clear + whole, (int) padding - 1, padding);
    cbc_crypt(&side->out, true, iv, clear, sealed, whole + padding);
    header_put(&connection->out, type, sizeof iv + whole + padding);
    buffer_append(&connection->out, iv, sizeof iv);
    buffer_append(&connection->out, sealed, whole + padding);
    side->out.sequence++;
}

void alert_put(struct connection *connection, bool fatal, enum alert alert)
{
    const unsigned char body[] = { fatal ? 2 : 1, (unsigned char) alert };
    struct tls_side *side = connection->state;

    record_put(connection, CONTENT_ALERT, body, sizeof body);
    side->closing = side->closing || fatal;
}

/* RFC 5246 section 6.2.3.2: "The receiver MUST check this padding". */
static bool padding_right(const struct connection *connection, const unsigned char *data,
                          size_t length, size_t padding)
{
    const struct gateway *gateway = connection->device;

    if (padding + 1 + MAC_LENGTH > length) {
        return false;
    }
    if (stub_has(gateway->stub, DEFECT_POODLE_TLS)) {
        return true;
    }
    for (size_t i = 1; i <= padding; i++) {
        if (data[length - 1 - i] != padding) {
            return false;
        }
    }
    return true;
}

bool record_open(struct connection *connection, enum content type, size_t *length)
{
    struct tls_side *side = connection->state;
    unsigned char *data = side->plain;
    unsigned char clear[sizeof side->plain];
    unsigned char mac[MAC_LENGTH];
    size_t whole = 0;
    bool right = *length >= 3 * BLOCK_LENGTH && *length % BLOCK_LENGTH == 0;

    if (!side->in.on) {
        return true;
    }
    if (right) {
        whole = *length - BLOCK_LENGTH;
        cbc_crypt(&side->in, false, data, data + BLOCK_LENGTH, clear, whole);
        size_t padding = clear[whole - 1];
        right = padding_right(connection, clear, whole, padding);
        whole -= right ? padding + 1 + MAC_LENGTH : MAC_LENGTH;
        right = right && whole <= PLAIN_MAX;
    }
    if (right) {
        mac_make(&side->in, type, clear, whole, mac);
        right = memcmp(mac, clear + whole, MAC_LENGTH) == 0;
    }
    if (!right) {
        alert_put(connection, true, ALERT_BAD_MAC);
        return false;
    }
    side->in.sequence++;
    memcpy(data, clear, whole);
    *length = whole;
    return true;
}
