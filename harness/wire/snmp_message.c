#include "wire/snmp_message.h"

#include "wire/snmp_ber.h"

#include <string.h>

enum { SECURITY_USM = 3, ARC_MORE = 0x80, TAG_LENGTH_MAX = 64 };

/* One arc of a name, the highest bits first (X.690 section 8.19). */
static void arc_put(struct builder *builder, uint32_t arc)
{
    for (unsigned shift = 28; shift > 0; shift -= 7) {
        if (arc >> shift != 0) {
            builder_u8(builder, (uint8_t) (ARC_MORE | ((arc >> shift) & 0x7f)));
        }
    }
    builder_u8(builder, arc & 0x7f);
}

/* The digits up to the next dot; false when there are none or too many. */
static bool arc_parse(const char **at, uint32_t *ret_arc)
{
    uint64_t arc = 0;
    const char *begin = *at;

    for (; **at >= '0' && **at <= '9' && arc <= UINT32_MAX; (*at)++) {
        arc = arc * 10 + (unsigned) (**at - '0');
    }
    *ret_arc = (uint32_t) arc;
    return *at != begin && arc <= UINT32_MAX && (**at == '.' || **at == '\0');
}

bool wire_snmp_oid_parse(const char *text, struct wire_snmp_oid *ret_oid)
{
    struct builder builder = builder_over(ret_oid->data, sizeof ret_oid->data);
    uint32_t first = 0;
    uint32_t arc = 0;

    if (!arc_parse(&text, &first) || first > 2 || *text != '.') {
        return false;
    }
    text++;
    if (!arc_parse(&text, &arc) || arc > (first < 2 ? 39U : UINT32_MAX - 80)) {
        return false;
    }
    arc_put(&builder, first * 40 + arc);
    while (*text == '.') {
        text++;
        if (!arc_parse(&text, &arc)) {
            return false;
        }
        arc_put(&builder, arc);
    }
    ret_oid->length = builder.length;
    return !builder.overflow;
}

bool wire_snmp_oid_within(const struct wire_snmp_oid *oid, const struct wire_snmp_oid *root)
{
    return oid->length >= root->length && memcmp(oid->data, root->data, root->length) == 0;
}

static uint32_t arc_read(struct reader *reader)
{
    uint32_t arc = 0;
    uint8_t byte;

    do {
        byte = reader_u8(reader);
        arc = arc << 7 | (byte & 0x7f);
    } while ((byte & ARC_MORE) != 0 && reader_left(reader) > 0);
    return arc;
}

bool wire_snmp_oid_before(const struct wire_snmp_oid *a, const struct wire_snmp_oid *b)
{
    struct reader left = reader_over(a->data, a->length);
    struct reader right = reader_over(b->data, b->length);

    while (reader_left(&left) > 0 && reader_left(&right) > 0) {
        uint32_t one = arc_read(&left);
        uint32_t other = arc_read(&right);

        if (one != other) {
            return one < other;
        }
    }
    return reader_left(&left) == 0 && reader_left(&right) > 0;
}

static void pdu_write(struct builder *builder, const struct wire_snmp_pdu *pdu)
{
    size_t whole = ber_open(builder, (uint8_t) pdu->kind);
    size_t list;
    size_t binding;

    ber_put_integer(builder, pdu->id);
    ber_put_integer(builder, 0);
    ber_put_integer(builder, 0);
    list = ber_open(builder, BER_SEQUENCE);
    if (pdu->name.length > 0) { /* the discovery of an engine asks for nothing */
        binding = ber_open(builder, BER_SEQUENCE);
        ber_put(builder, BER_OBJECT, pdu->name.data, pdu->name.length);
        ber_put(builder, pdu->tag, pdu->value, pdu->value_length);
        ber_close(builder, binding);
    }
    ber_close(builder, list);
    ber_close(builder, whole);
}

static bool pdu_read(struct reader *reader, struct wire_snmp_pdu *ret_pdu)
{
    uint8_t kind = 0;
    struct reader pdu = ber_read_any(reader, &kind);
    struct reader list;
    struct reader binding;
    struct reader name;
    struct reader value;

    *ret_pdu = (struct wire_snmp_pdu){ .kind = (enum wire_snmp_kind) kind };
    ret_pdu->id = ber_read_integer(&pdu);
    ret_pdu->error = ber_read_integer(&pdu);
    (void) ber_read_integer(&pdu);
    list = ber_read(&pdu, BER_SEQUENCE);
    if (!reader_ok(reader) || !reader_ok(&pdu)) {
        return false;
    }
    binding = ber_read(&list, BER_SEQUENCE);
    name = ber_read(&binding, BER_OBJECT);
    value = ber_read_any(&binding, &ret_pdu->tag);
    if (reader_ok(&list) && reader_ok(&binding) && reader_left(&name) <= WIRE_SNMP_OID_MAX) {
        ret_pdu->has_binding = true;
        ret_pdu->name.length = reader_left(&name);
        memcpy(ret_pdu->name.data, name.at, reader_left(&name));
        ret_pdu->value = value.at;
        ret_pdu->value_length = reader_left(&value);
    }
    return true;
}

void wire_snmp_write(struct builder *builder, unsigned version, const void *community,
                     size_t community_length, const struct wire_snmp_pdu *pdu)
{
    size_t message = ber_open(builder, BER_SEQUENCE);

    ber_put_integer(builder, version);
    ber_put(builder, BER_OCTETS, community, community_length);
    pdu_write(builder, pdu);
    ber_close(builder, message);
}

bool wire_snmp_version(const void *data, size_t length, unsigned *ret_version)
{
    struct reader reader = reader_over(data, length);
    struct reader message = ber_read(&reader, BER_SEQUENCE);

    *ret_version = ber_read_integer(&message);
    return reader_ok(&reader) && reader_ok(&message);
}

bool wire_snmp_read(const void *data, size_t length, struct wire_snmp_pdu *ret_pdu)
{
    struct reader reader = reader_over(data, length);
    struct reader message = ber_read(&reader, BER_SEQUENCE);
    uint32_t version = ber_read_integer(&message);

    (void) ber_read(&message, BER_OCTETS);
    return pdu_read(&message, ret_pdu) && reader_ok(&reader) && reader_ok(&message) &&
           (version == WIRE_SNMP_V1 || version == WIRE_SNMP_V2C);
}

void wire_snmp_scoped_write(struct builder *builder, const struct wire_snmp_usm *usm,
                            const struct wire_snmp_pdu *pdu)
{
    size_t scoped = ber_open(builder, BER_SEQUENCE);

    ber_put(builder, BER_OCTETS, usm->engine, usm->engine_length);
    ber_put(builder, BER_OCTETS, NULL, 0);
    pdu_write(builder, pdu);
    ber_close(builder, scoped);
}

bool wire_snmp_scoped_read(const void *data, size_t length, struct wire_snmp_pdu *ret_pdu)
{
    struct reader reader = reader_over(data, length);
    struct reader scoped = ber_read(&reader, BER_SEQUENCE);

    (void) ber_read(&scoped, BER_OCTETS);
    (void) ber_read(&scoped, BER_OCTETS);
    return pdu_read(&scoped, ret_pdu) && reader_ok(&reader) && reader_ok(&scoped);
}

void wire_snmp_v3_write(struct builder *builder, struct wire_snmp_usm *usm, const void *scoped,
                        size_t scoped_length)
{
    static const uint8_t zeros[TAG_LENGTH_MAX];
    size_t message = ber_open(builder, BER_SEQUENCE);
    size_t part;
    size_t inner;

    ber_put_integer(builder, WIRE_SNMP_V3);
    part = ber_open(builder, BER_SEQUENCE);
    ber_put_integer(builder, usm->id);
    ber_put_integer(builder, WIRE_SNMP_MESSAGE_MAX);
    ber_put(builder, BER_OCTETS, &usm->flags, 1);
    ber_put_integer(builder, SECURITY_USM);
    ber_close(builder, part);
    part = ber_open(builder, BER_OCTETS);
    inner = ber_open(builder, BER_SEQUENCE);
    ber_put(builder, BER_OCTETS, usm->engine, usm->engine_length);
    ber_put_integer(builder, usm->boots);
    ber_put_integer(builder, usm->time);
    ber_put(builder, BER_OCTETS, usm->user, usm->user_length);
    ber_put(builder, BER_OCTETS, zeros, usm->tag_length);
    usm->tag_place = builder->length - usm->tag_length;
    ber_put(builder, BER_OCTETS, usm->salt, usm->salt_length);
    ber_close(builder, inner);
    ber_close(builder, part);
    if ((usm->flags & WIRE_SNMP_FLAG_PRIV) != 0) {
        ber_put(builder, BER_OCTETS, scoped, scoped_length);
    } else {
        builder_put(builder, scoped, scoped_length);
    }
    ber_close(builder, message);
}

/* Copies an OCTET STRING of at most size bytes. */
static size_t octets_copy(struct reader *reader, uint8_t *room, size_t size)
{
    struct reader octets = ber_read(reader, BER_OCTETS);
    size_t length = reader_left(&octets);

    if (length > size) {
        reader->short_read = true;
        return 0;
    }
    if (length > 0) {
        memcpy(room, octets.at, length);
    }
    return length;
}

bool wire_snmp_v3_read(const void *data, size_t length, struct wire_snmp_usm *ret_usm,
                       const uint8_t **ret_scoped, size_t *ret_scoped_length)
{
    struct wire_snmp_usm *usm = ret_usm;
    struct reader reader = reader_over(data, length);
    struct reader message = ber_read(&reader, BER_SEQUENCE);
    uint32_t version = ber_read_integer(&message);
    struct reader header = ber_read(&message, BER_SEQUENCE);
    struct reader security = ber_read(&message, BER_OCTETS);
    struct reader parameters = ber_read(&security, BER_SEQUENCE);
    struct reader tag;
    struct reader cipher;

    *usm = (struct wire_snmp_usm){ .id = ber_read_integer(&header) };
    (void) ber_read_integer(&header);
    (void) octets_copy(&header, &usm->flags, 1);
    usm->engine_length = octets_copy(&parameters, usm->engine, sizeof usm->engine);
    usm->boots = ber_read_integer(&parameters);
    usm->time = ber_read_integer(&parameters);
    usm->user_length = octets_copy(&parameters, usm->user, sizeof usm->user);
    tag = ber_read(&parameters, BER_OCTETS);
    usm->tag_length = reader_left(&tag);
    usm->salt_length = octets_copy(&parameters, usm->salt, sizeof usm->salt);
    *ret_scoped = message.at;
    *ret_scoped_length = reader_left(&message);
    if ((usm->flags & WIRE_SNMP_FLAG_PRIV) != 0) {
        cipher = ber_read(&message, BER_OCTETS);
        *ret_scoped = cipher.at;
        *ret_scoped_length = reader_left(&cipher);
    }
    if (!reader_ok(&reader) || !reader_ok(&message) || !reader_ok(&header) ||
        !reader_ok(&security) || !reader_ok(&parameters) || version != WIRE_SNMP_V3) {
        return false;
    }
    usm->tag_place = (size_t) (tag.at - (const uint8_t *) data);
    return true;
}
