#include "wire/ssh_kexinit.h"

#include <string.h>

static bool list_is_sound(struct ssh_span list, const char **ret_why)
{
    size_t names = list.length > 0 ? 1 : 0;

    for (size_t i = 0; i < list.length; i++) {
        if (list.data[i] <= ' ' || list.data[i] > '~') {
            *ret_why = "a list in KEXINIT holds other bytes than printable ASCII";
            return false;
        }
        names += list.data[i] == ',' ? 1 : 0;
    }
    if (names > SSH_NAMES_MAX) {
        *ret_why = "a list in KEXINIT has more than 256 names";
        return false;
    }
    return true;
}

bool wire_ssh_kexinit_read(struct ssh_span body, struct ssh_kexinit *ret_kexinit,
                           const char **ret_why)
{
    struct reader reader = reader_over(body.data, body.length);

    *ret_kexinit = (struct ssh_kexinit){ 0 };
    (void) reader_take(&reader, SSH_COOKIE_LENGTH);
    for (size_t i = 0; i < SSH_LISTS; i++) {
        ret_kexinit->lists[i] = wire_ssh_string(&reader);
    }
    ret_kexinit->first_kex_packet_follows = reader_u8(&reader) != 0;
    (void) reader_u32(&reader);
    if (!reader_ok(&reader) || reader_left(&reader) > 0) {
        *ret_why = "KEXINIT is too short or too long for its lists";
        return false;
    }
    for (size_t i = 0; i < SSH_LISTS; i++) {
        if (!list_is_sound(ret_kexinit->lists[i], ret_why)) {
            return false;
        }
    }
    return true;
}

bool wire_ssh_name_next(struct ssh_span *list, struct ssh_span *ret_name)
{
    while (list->length > 0) {
        const uint8_t *comma = memchr(list->data, ',', list->length);
        size_t length = comma != NULL ? (size_t) (comma - list->data) : list->length;
        size_t used = length + (comma != NULL ? 1 : 0);

        *ret_name = (struct ssh_span){ .data = list->data, .length = length };
        list->data += used;
        list->length -= used;
        if (length > 0) {
            return true;
        }
    }
    return false;
}

bool wire_ssh_list_has(struct ssh_span list, const char *name)
{
    struct ssh_span one;

    while (wire_ssh_name_next(&list, &one)) {
        if (wire_ssh_span_is(one, name)) {
            return true;
        }
    }
    return false;
}

size_t wire_ssh_kexinit_build(const struct ssh_kexinit *server, struct ssh_span kex,
                              struct ssh_span host_key, const uint8_t *cookie, void *room,
                              size_t size)
{
    struct builder builder = builder_over(room, size);

    builder_u8(&builder, SSH_MSG_KEXINIT);
    builder_put(&builder, cookie, SSH_COOKIE_LENGTH);
    wire_ssh_put_string(&builder, kex.data, kex.length);
    wire_ssh_put_string(&builder, host_key.data, host_key.length);
    for (size_t i = SSH_LIST_CIPHER_TO_SERVER; i < SSH_LISTS; i++) {
        struct ssh_span list = server->lists[i];
        struct ssh_span first = { 0 };

        if (i < SSH_LIST_LANGUAGE_TO_SERVER) {
            (void) wire_ssh_name_next(&list, &first);
        }
        wire_ssh_put_string(&builder, first.data, first.length);
    }
    builder_u8(&builder, 0); /* no guess follows */
    builder_u32(&builder, 0);
    return builder.overflow ? 0 : builder.length;
}
