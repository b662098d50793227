/* RFC 1035 section 4: a query for the server's own version, as name servers have answered it since
 * BIND (TXT version.bind, class CHAOS), and RFC 6762 section 5.4: a question for the list of
 * services (RFC 6763 section 9), answered by unicast. */
#include "wire/mdns.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    TYPE_PTR = 12,
    TYPE_TXT = 16,
    CLASS_IN = 1,
    CLASS_CHAOS = 3,
    CLASS_UNICAST_WANTED = 0x8000,
    FLAG_RESPONSE = 0x8000,
    RCODE_MASK = 0x000f,
    OPCODE_MASK = 0x7800,
    LABEL_MAX = 63,
    POINTER = 0xc0,
    POINTERS_MAX = 16,
    NAME_SIZE = WIRE_MDNS_NAME_SIZE
};

static void query_write(const struct wire_udp_ask *ask, struct builder *builder, const char *name,
                        uint16_t type, uint16_t class)
{
    builder_u16(builder, wire_udp_nonce_u16(ask));
    builder_u16(builder, 0); /* a standard query; recursion not desired */
    builder_u16(builder, 1);
    builder_u16(builder, 0);
    builder_u32(builder, 0);
    while (*name != '\0') {
        size_t length = strcspn(name, ".");

        builder_u8(builder, (uint8_t) length);
        builder_put(builder, name, length);
        name += name[length] == '.' ? length + 1 : length;
    }
    builder_u8(builder, 0);
    builder_u16(builder, type);
    builder_u16(builder, class);
}

/* Moves past a name; what it says goes to room, dots between labels.  Pointers (RFC 1035
 * section 4.1.4) are followed only so often, so a loop ends. */
static void name_read(struct reader *reader, const uint8_t *message, size_t length,
                      char room[NAME_SIZE])
{
    struct reader away = *reader;
    struct reader *at = reader;
    unsigned pointers = 0;
    size_t written = 0;

    room[0] = '\0';
    for (;;) {
        uint8_t count = reader_u8(at);

        if (!reader_ok(at) || count == 0) {
            break;
        }
        if (count >= POINTER) {
            size_t target = (size_t) (count & ~POINTER) << 8 | reader_u8(at);

            if (!reader_ok(at) || target >= length || ++pointers > POINTERS_MAX) {
                reader->short_read = true;
                return;
            }
            away = reader_over(message + target, length - target);
            at = &away;
            continue;
        }
        const uint8_t *label = count <= LABEL_MAX ? reader_take(at, count) : NULL;
        if (label == NULL) {
            reader->short_read = true;
            return;
        }
        if (written + count + 2 < NAME_SIZE) {
            written += (size_t) snprintf(room + written, NAME_SIZE - written, "%s%.*s",
                                         written > 0 ? "." : "", (int) count, (const char *) label);
        }
    }
    reader->short_read = reader->short_read || !reader_ok(at);
}

/* The first TXT or PTR record among the answers. */
static void answer_text(struct reader *reader, const uint8_t *message, size_t length,
                        unsigned answers, char *detail)
{
    char name[NAME_SIZE];

    while (answers-- > 0 && reader_ok(reader)) {
        uint16_t type;
        struct reader data;

        name_read(reader, message, length, name);
        type = reader_u16(reader);
        (void) reader_u16(reader);
        (void) reader_u32(reader);
        data = reader_sub(reader, reader_u16(reader));
        if (!reader_ok(reader)) {
            return;
        }
        if (type == TYPE_TXT) {
            struct reader text = reader_sub(&data, reader_u8(&data));

            if (reader_ok(&data)) {
                text_printable(text.at, reader_left(&text), detail, WIRE_UDP_DETAIL_SIZE);
            }
            return;
        }
        if (type == TYPE_PTR) {
            name_read(&data, message, length, name);
            text_printable(name, strlen(name), detail, WIRE_UDP_DETAIL_SIZE);
            return;
        }
    }
}

static bool response_read(const struct wire_udp_ask *ask, const void *bytes, size_t length,
                          bool id_may_be_zero, char *detail)
{
    static const char *const rcodes[] = {
        "", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"
    };
    struct reader reader = reader_over(bytes, length);
    uint16_t id = reader_u16(&reader);
    uint16_t flags = reader_u16(&reader);
    uint16_t questions = reader_u16(&reader);
    uint16_t answers = reader_u16(&reader);
    unsigned rcode = flags & RCODE_MASK;
    char name[NAME_SIZE];

    (void) reader_u32(&reader);
    if (!reader_ok(&reader) || (flags & FLAG_RESPONSE) == 0 || (flags & OPCODE_MASK) != 0 ||
        questions > 1 || (id != wire_udp_nonce_u16(ask) && !(id_may_be_zero && id == 0))) {
        return false;
    }
    detail[0] = '\0';
    if (rcode > 0) {
        (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "%s",
                        rcode < sizeof rcodes / sizeof *rcodes ? rcodes[rcode] : "error");
    }
    if (questions == 1) {
        name_read(&reader, bytes, length, name);
        (void) reader_u32(&reader);
    }
    answer_text(&reader, bytes, length, answers, detail);
    return true;
}

static void dns_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    query_write(ask, builder, "version.bind", TYPE_TXT, CLASS_CHAOS);
}

static bool dns_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    return response_read(ask, data, length, false, detail);
}

static void mdns_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    query_write(ask, builder, "_services._dns-sd._udp.local", TYPE_PTR,
                CLASS_IN | CLASS_UNICAST_WANTED);
}

/* A unicast answer may repeat the id (RFC 6762 section 6.7) or carry zero (section 18.1). */
static bool mdns_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    return response_read(ask, data, length, true, detail);
}

const struct wire_udp_hello wire_dns_hello = {
    .protocol = "dns", .ports = { 53 }, .write = dns_write, .read = dns_read
};

const struct wire_udp_hello wire_mdns_hello = {
    .protocol = "mdns", .ports = { 5353 }, .write = mdns_write, .read = mdns_read
};

void wire_mdns_question_write(const struct wire_udp_ask *ask, const char *name,
                              struct builder *builder)
{
    query_write(ask, builder, name, TYPE_PTR, CLASS_IN | CLASS_UNICAST_WANTED);
}

/* Strings of one octet of length each (RFC 1035 section 3.3.14). */
static void strings_read(struct reader *data, char *room, size_t size)
{
    size_t used = 0;

    room[0] = '\0';
    while (reader_left(data) > 0 && used + 2 < size) {
        struct reader text = reader_sub(data, reader_u8(data));

        if (!reader_ok(data)) {
            return;
        }
        text_printable(text.at, reader_left(&text), room + used, size - used - 1);
        used += strlen(room + used);
        room[used++] = '\n';
        room[used] = '\0';
    }
}

/* False: the message ends in the middle of it. */
static bool record_read(struct reader *reader, const void *message, size_t length,
                        struct wire_mdns_record *record, bool *ret_kept)
{
    uint16_t type;
    struct reader data;

    name_read(reader, message, length, record->name);
    type = reader_u16(reader);
    (void) reader_u16(reader);
    (void) reader_u32(reader);
    data = reader_sub(reader, reader_u16(reader));
    *ret_kept = reader_ok(reader) && (type == TYPE_PTR || type == TYPE_TXT);
    record->is_pointer = type == TYPE_PTR;
    if (*ret_kept && type == TYPE_TXT) {
        strings_read(&data, record->text, sizeof record->text);
    } else if (*ret_kept) {
        /* A pointer inside the name is an offset into the whole message. */
        name_read(&data, message, length, record->text);
    }
    return reader_ok(reader);
}

size_t wire_mdns_records_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                              struct wire_mdns_record *records)
{
    char detail[WIRE_UDP_DETAIL_SIZE];
    struct reader reader = reader_over(data, length);
    struct wire_mdns_record record;
    unsigned questions;
    unsigned left;
    size_t count = 0;
    bool kept = false;

    if (!response_read(ask, data, length, true, detail)) {
        return 0;
    }
    (void) reader_u32(&reader);
    questions = reader_u16(&reader);
    left = reader_u16(&reader);
    left += reader_u16(&reader);
    left += reader_u16(&reader);
    if (questions == 1) {
        name_read(&reader, data, length, record.name);
        (void) reader_u32(&reader);
    }
    while (left-- > 0 && count < WIRE_MDNS_RECORDS_MAX && reader_ok(&reader) &&
           record_read(&reader, data, length, &record, &kept)) {
        if (kept) {
            records[count++] = record;
        }
    }
    return count;
}
