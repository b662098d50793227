/* What a server may send through a whole handshake, in clear and afterwards under its keys, with
 * every reader that the questions have. */
#include "talk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size, bool protected)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    struct bench bench = { .seed = 1 };
    uint16_t suites[TALK_SUITES_MAX];
    struct tls_hello hello = talk_hello_of(&bench, suites, talk_suites(SUITES_ALL, suites));
    char text[TALK_TEXT_SIZE];
    bool step = false;

    talk_begin(&talk, &bench);
    talk.in =
        (struct tls_direction){ .cipher = tls_ciphers_find(0xc013), .version = TLS_VERSION_12 };
    talk.in_protected = protected;
    if (talk_hello(&talk, &hello, NULL) != STATUS_OK ||
        bytes_append(&talk.stream, data, size, NULL) != STATUS_OK ||
        talk_flight(&talk, &step, NULL) != STATUS_OK) {
        abort();
    }
    if (step && (talk_key_exchange(&talk, &step, NULL) != STATUS_OK ||
                 (step && talk_finish(&talk, TLS_RECORD_RIGHT, &step, NULL) != STATUS_OK))) {
        abort();
    }
    talk_text(&talk, text);
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
