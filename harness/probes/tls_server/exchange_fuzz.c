/* What a server may answer to one hello, TLS and SSL 2.0, in two portions; then the
 * certificates in it. */
#include "probe/tls_exchange.h"

#include "wire/x509_facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size, bool ssl2)
{
    struct tls_hello hello = { .version = TLS_VERSION_12 };
    struct exchange exchange = tls_server_exchange(&hello);
    struct x509_facts facts;

    exchange.ssl2 = ssl2;
    exchange.whole_flight = true;
    if (tls_server_exchange_restart(&exchange, NULL) != STATUS_OK ||
        bytes_append(&exchange.stream, data, size / 2, NULL) != STATUS_OK) {
        abort();
    }
    (void) tls_server_exchange_absorb(&exchange);
    if (bytes_append(&exchange.stream, data + size / 2, size - size / 2, NULL) != STATUS_OK) {
        abort();
    }
    (void) tls_server_exchange_absorb(&exchange);
    tls_server_exchange_finish(&exchange, true, TCP_CLOSED);
    for (size_t i = 0; i < exchange.chain_length; i++) {
        (void) wire_x509_facts_read(exchange.chain[i].data, exchange.chain[i].length, &facts);
    }
    tls_server_exchange_done(&exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16) {
        return 0;
    }
    run(data, size, false);
    run(data, size, true);
    return 0;
}
