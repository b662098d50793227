/* What a server may answer to one hello, as up to sixteen datagrams: cut where the length in a
 * record's header says, so that recorded flights are good beginnings. */
#include "probe/tls_exchange.h"

#include "wire/x509_facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tls_hello hello = { .version = TLS_VERSION_12, .datagram = true };
    struct exchange exchange = tls_server_exchange(&hello);
    struct reader reader = reader_over(data, size);
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct x509_facts facts;
    bool over = false;

    exchange.whole_flight = true;
    if (tls_server_exchange_restart(&exchange, NULL) != STATUS_OK) {
        abort();
    }
    for (int i = 0; i < 16 && !over && reader_left(&reader) > 0; i++) {
        size_t left = reader_left(&reader);
        size_t length = left < 13 ? left : 13 + (size_t) (reader.at[11] << 8 | reader.at[12]);
        struct builder builder = builder_over(room, sizeof room);

        if (exchange.talk.hello_due &&
            dtls_server_exchange_hello(&exchange, &builder, NULL) != STATUS_OK) {
            abort();
        }
        length = length < left ? length : left;
        over = dtls_server_exchange_take(&exchange, reader_take(&reader, length), length);
    }
    tls_server_exchange_finish(&exchange, true, TCP_TIMEOUT);
    if (exchange.hello_read && exchange.answer.alpn_length > 255) {
        abort();
    }
    for (size_t i = 0; i < exchange.chain_length; i++) {
        (void) wire_x509_facts_read(exchange.chain[i].data, exchange.chain[i].length, &facts);
    }
    tls_server_exchange_done(&exchange);
    return 0;
}
