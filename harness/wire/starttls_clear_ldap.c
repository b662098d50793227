#include "wire/starttls_clear.h"
#include "wire/starttls_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    BER_BOOLEAN = 0x01,
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_ENUMERATED = 0x0a,
    BER_SEQUENCE = 0x30,
    BER_SET = 0x31,
    LDAP_BIND = 0x60,
    LDAP_BOUND = 0x61,
    LDAP_SEARCH = 0x63,
    LDAP_ENTRY = 0x64,
    LDAP_SEARCHED = 0x65
};

/* RFC 4511 appendix A. */
enum { RESULT_SUCCESS = 0, RESULT_CONFIDENTIALITY = 13, RESULT_CREDENTIALS = 49 };

static const char naming_contexts[] = "namingContexts";

/* The content of the next element if it has this tag. */
static bool element(struct reader *reader, uint8_t tag, struct reader *ret_content)
{
    bool possible = true;
    bool expected = reader_u8(reader) == tag;

    *ret_content = reader_sub(reader, wire_starttls_ber_length(reader, &possible));
    return expected && possible && reader_ok(reader);
}

/* Of the root DSE's entry (RFC 4512 section 5.1): the first naming context that has a name. */
static void context_find(struct starttls_clear *clear, struct reader entry)
{
    struct reader name;
    struct reader attributes;
    struct reader attribute;
    struct reader values;
    struct reader value;

    if (!element(&entry, BER_OCTETS, &name) || !element(&entry, BER_SEQUENCE, &attributes)) {
        return;
    }
    while (element(&attributes, BER_SEQUENCE, &attribute)) {
        size_t length = 0;

        if (!element(&attribute, BER_OCTETS, &name) || !element(&attribute, BER_SET, &values)) {
            return;
        }
        length = reader_left(&name);
        if (length != strlen(naming_contexts) ||
            strncasecmp((const char *) reader_take(&name, length), naming_contexts, length) != 0) {
            continue;
        }
        while (clear->context[0] == '\0' && element(&values, BER_OCTETS, &value)) {
            length = reader_left(&value);
            if (length > 0 && length < sizeof clear->context) {
                memcpy(clear->context, reader_take(&value, length), length);
                clear->context[length] = '\0';
            }
        }
    }
}

static enum starttls_clear_step said(struct starttls_clear *clear, struct builder *builder)
{
    clear->talk.message_length = builder->length;
    clear->talk.sent++;
    return CLEAR_SEND;
}

static void put(struct builder *builder, uint8_t tag, const char *text)
{
    builder_u8(builder, tag);
    builder_u8(builder, (uint8_t) strlen(text));
    builder_put(builder, text, strlen(text));
}

/* A search of the root DSE alone, for its naming contexts (RFC 4511 section 4.5.1). */
static enum starttls_clear_step say_search(struct starttls_clear *clear)
{
    /* baseObject "", scope baseObject, never dereference, no limits, types and values. */
    static const uint8_t base[] = { BER_OCTETS, 0, BER_ENUMERATED, 1, 0, BER_ENUMERATED,
                                    1,          0, BER_INTEGER,    1, 0, BER_INTEGER,
                                    1,          0, BER_BOOLEAN,    1, 0 };
    struct builder builder = builder_over(clear->talk.message, sizeof clear->talk.message);
    size_t whole;
    size_t search;
    size_t list;

    builder_u8(&builder, BER_SEQUENCE);
    whole = builder_open(&builder, 1);
    builder_put(&builder, (const uint8_t[]){ BER_INTEGER, 1, 1, LDAP_SEARCH }, 4);
    search = builder_open(&builder, 1);
    builder_put(&builder, base, sizeof base);
    put(&builder, 0x87, "objectClass"); /* present */
    builder_u8(&builder, BER_SEQUENCE);
    list = builder_open(&builder, 1);
    put(&builder, BER_OCTETS, naming_contexts);
    builder_close(&builder, list, 1);
    builder_close(&builder, search, 1);
    builder_close(&builder, whole, 1);
    return said(clear, &builder);
}

/* A name that does not exist, with a word that is nobody's password: with none at all the bind
 * would be an unauthenticated one, which servers refuse for its own sake (RFC 4513 section 5.1.2).
 * The lengths stay below 128, so one octet each. */
static enum starttls_clear_step say_bind(struct starttls_clear *clear)
{
    struct builder builder = builder_over(clear->talk.message, sizeof clear->talk.message);
    char name[STARTTLS_CLEAR_USER_MAX + STARTTLS_CLEAR_CONTEXT_MAX + 4];
    size_t whole;
    size_t bind;

    (void) snprintf(name, sizeof name, "cn=%s,%s", clear->user, clear->context);
    builder_u8(&builder, BER_SEQUENCE);
    whole = builder_open(&builder, 1);
    builder_put(&builder, (const uint8_t[]){ BER_INTEGER, 1, 2, LDAP_BIND }, 4);
    bind = builder_open(&builder, 1);
    builder_put(&builder, (const uint8_t[]){ BER_INTEGER, 1, 3 }, 3);
    put(&builder, BER_OCTETS, name);
    put(&builder, 0x80, clear->user); /* simple */
    builder_close(&builder, bind, 1);
    builder_close(&builder, whole, 1);
    return said(clear, &builder);
}

static enum starttls_clear_step result(struct starttls_clear *clear, struct reader *operation)
{
    struct reader number;
    uint8_t code;

    if (!element(operation, BER_ENUMERATED, &number)) {
        return CLEAR_UNKNOWN;
    }
    code = reader_u8(&number);
    if (!reader_ok(&number)) {
        return CLEAR_UNKNOWN;
    }
    (void) snprintf(clear->talk.answer, sizeof clear->talk.answer, "resultCode %u", code);
    if (code == RESULT_CONFIDENTIALITY) {
        return CLEAR_ENFORCED;
    }
    if (clear->talk.sent == 1) {
        return code == RESULT_SUCCESS && clear->context[0] != '\0' ? say_bind(clear)
                                                                   : CLEAR_UNKNOWN;
    }
    return code == RESULT_CREDENTIALS ? CLEAR_OPEN : CLEAR_UNKNOWN;
}

enum starttls_clear_step wire_starttls_clear_ldap(struct starttls_clear *clear,
                                                  struct starttls_text stream)
{
    if (clear->talk.sent == 0) {
        return say_search(clear);
    }
    for (;;) {
        size_t used = clear->talk.used;
        struct reader reader = reader_over(stream.at + used, stream.length - used);
        struct reader message;
        struct reader number;
        struct reader operation;
        bool possible = true;
        uint8_t tag = reader_u8(&reader);

        message = reader_sub(&reader, wire_starttls_ber_length(&reader, &possible));
        if ((stream.length > used && tag != BER_SEQUENCE) || !possible) {
            return CLEAR_UNKNOWN;
        }
        if (!reader_ok(&reader)) {
            return CLEAR_WAIT;
        }
        clear->talk.used = stream.length - reader_left(&reader);
        if (!element(&message, BER_INTEGER, &number) || reader_u8(&number) != clear->talk.sent) {
            return CLEAR_UNKNOWN;
        }
        tag = reader_left(&message) > 0 ? message.at[0] : 0;
        if (!element(&message, tag, &operation)) {
            return CLEAR_UNKNOWN;
        }
        if (clear->talk.sent == 1 && tag == LDAP_ENTRY) {
            context_find(clear, operation);
        } else {
            return tag == (clear->talk.sent == 1 ? LDAP_SEARCHED : LDAP_BOUND)
                       ? result(clear, &operation)
                       : CLEAR_UNKNOWN;
        }
    }
}
