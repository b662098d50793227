/* Records of any type one after another, and an RSA key out of anything. */
#include "wire/tls_misuse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader reader = reader_over(data, size);
    struct tls_piece piece;
    struct tls_rsa_key key;

    while (wire_tls_piece_next(&reader, &piece) == TLS_PIECE_WHOLE) {
        (void) wire_tls_heartbeat_answers(&piece);
        if (piece.content < data || piece.content + piece.length > data + size) {
            abort();
        }
    }
    if (wire_tls_rsa_key_read(data, size, &key) &&
        (key.modulus < data || key.modulus + key.modulus_length > data + size ||
         key.exponent < data || key.exponent + key.exponent_length > data + size)) {
        abort();
    }
    return 0;
}
