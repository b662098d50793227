/* Certificates as a stranger sends them. */
#include "wire/x509_facts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct x509_facts facts;
    char text[128];

    if (!wire_x509_facts_read(data, size, &facts)) {
        return 0;
    }
    wire_x509_alternatives_text(&facts, text, sizeof text);
    (void) wire_x509_names_host(&facts, "cam.lan.example");
    (void) wire_x509_names_host(&facts, "192.0.2.1");
    (void) wire_x509_strength_bits(facts.key_kind, facts.key_bits);
    if (strlen(facts.subject) >= sizeof facts.subject || strlen(text) >= sizeof text) {
        abort();
    }
    return 0;
}
