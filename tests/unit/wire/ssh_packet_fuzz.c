/* Any bytes as an identification, as packets, and each payload as every message that is read. */
#include "wire/ssh_keys.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void messages_read(struct ssh_span body)
{
    struct ssh_kexinit kexinit;
    struct ssh_kex_reply reply;
    struct ssh_key key;
    struct ssh_span prime;
    const char *why = NULL;
    char text[192];

    if (wire_ssh_kexinit_read(body, &kexinit, &why)) {
        for (size_t i = 0; i < SSH_LISTS; i++) {
            struct ssh_span name;

            while (wire_ssh_name_next(&kexinit.lists[i], &name)) {
                (void) wire_ssh_is_marker(name);
                (void) wire_ssh_is_post_quantum(name);
                (void) wire_ssh_kex_find(name);
            }
        }
    } else if (why == NULL) {
        abort();
    }
    if (wire_ssh_kex_reply_read(body, &reply)) {
        (void) wire_ssh_key_read(reply.host_key, &key);
    }
    (void) wire_ssh_key_read(body, &key);
    if (wire_ssh_group_read(body, &prime) && wire_ssh_bits(prime) == 0) {
        abort();
    }
    wire_ssh_disconnect_text(body, text, sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ssh_ident ident;
    struct ssh_packet packet;
    const char *why = NULL;
    size_t at = 0;

    if (wire_ssh_ident_read(data, size, &ident, &why) == SSH_PARSE_OK) {
        at = ident.used;
    }
    messages_read((struct ssh_span){ data, size });
    while (at < size && wire_ssh_packet_read(data + at, size - at, &packet, &why) == SSH_PARSE_OK) {
        if (packet.used == 0 || packet.used > size - at) {
            abort();
        }
        at += packet.used;
        messages_read(packet.body);
    }
    return 0;
}
