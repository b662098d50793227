/* snmp_message.h - SNMP messages: v1 and v2c (RFC 1157, RFC 1901, RFC 3416) and v3 with the
 * user-based security model (RFC 3412, RFC 3414).  Pure; a request asks for one object.  What
 * is hashed and ciphered is the caller's: the codec says where it stands. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_SNMP_V1 = 0, WIRE_SNMP_V2C = 1, WIRE_SNMP_V3 = 3 };

enum wire_snmp_kind {
    WIRE_SNMP_GET = 0xa0,
    WIRE_SNMP_NEXT = 0xa1,
    WIRE_SNMP_RESPONSE = 0xa2,
    WIRE_SNMP_SET = 0xa3,
    WIRE_SNMP_REPORT = 0xa8
};

enum { WIRE_SNMP_FLAG_AUTH = 1, WIRE_SNMP_FLAG_PRIV = 2, WIRE_SNMP_FLAG_REPORTABLE = 4 };

enum {
    WIRE_SNMP_MESSAGE_MAX = 1472,
    WIRE_SNMP_OID_MAX = 128,
    WIRE_SNMP_ENGINE_MAX = 32, /* RFC 3411 section 5 */
    WIRE_SNMP_USER_MAX = 32,   /* RFC 3414 section 2.4 */
    WIRE_SNMP_SALT_SIZE = 8,
    WIRE_SNMP_TAG_NULL = 0x05,
    WIRE_SNMP_TAG_OCTETS = 0x04,
    WIRE_SNMP_TAG_EXCEPTION = 0x80 /* noSuchObject, noSuchInstance, endOfMibView and up */
};

/* The content of a BER OBJECT IDENTIFIER: a prefix of the bytes is a prefix of the name. */
struct wire_snmp_oid {
    uint8_t data[WIRE_SNMP_OID_MAX];
    size_t length;
};

struct wire_snmp_pdu {
    enum wire_snmp_kind kind;
    uint32_t id;
    uint32_t error; /* error-status (RFC 3416 section 3) */
    struct wire_snmp_oid name;
    uint8_t tag; /* of the value */
    const uint8_t *value;
    size_t value_length;
    bool has_binding; /* read: the four members above were there */
};

/* msgGlobalData and the security parameters of v3. */
struct wire_snmp_usm {
    uint32_t id;
    uint8_t flags;
    uint8_t engine[WIRE_SNMP_ENGINE_MAX];
    size_t engine_length;
    uint32_t boots;
    uint32_t time;
    uint8_t user[WIRE_SNMP_USER_MAX];
    size_t user_length;
    size_t tag_length; /* of the message's authentication code; 0: none */
    size_t tag_place;  /* read and written: where it begins in the message */
    uint8_t salt[WIRE_SNMP_SALT_SIZE];
    size_t salt_length;
};

/* "1.3.6.1.2.1.1.1.0"; false for anything that is no name of at most that room. */
bool wire_snmp_oid_parse(const char *text, struct wire_snmp_oid *ret_oid);
bool wire_snmp_oid_within(const struct wire_snmp_oid *oid, const struct wire_snmp_oid *root);
/* In the order of names (RFC 3416 section 4.2.2): whether a comes before b. */
bool wire_snmp_oid_before(const struct wire_snmp_oid *a, const struct wire_snmp_oid *b);

void wire_snmp_write(struct builder *builder, unsigned version, const void *community,
                     size_t community_length, const struct wire_snmp_pdu *pdu);
/* The version of a message; false when it is none of SNMP. */
bool wire_snmp_version(const void *data, size_t length, unsigned *ret_version);
/* v1 and v2c; pdu->value points into data. */
bool wire_snmp_read(const void *data, size_t length, struct wire_snmp_pdu *ret_pdu);

/* The scoped PDU, which privacy enciphers. */
void wire_snmp_scoped_write(struct builder *builder, const struct wire_snmp_usm *usm,
                            const struct wire_snmp_pdu *pdu);
bool wire_snmp_scoped_read(const void *data, size_t length, struct wire_snmp_pdu *ret_pdu);
/* Around it the message; the authentication code is zeros at usm->tag_place. */
void wire_snmp_v3_write(struct builder *builder, struct wire_snmp_usm *usm, const void *scoped,
                        size_t scoped_length);
/* *ret_scoped: the scoped PDU, or what it is enciphered as by usm->flags. */
bool wire_snmp_v3_read(const void *data, size_t length, struct wire_snmp_usm *ret_usm,
                       const uint8_t **ret_scoped, size_t *ret_scoped_length);
