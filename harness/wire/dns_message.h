/* dns_message.h - one question for a name, and the answers that a small name server gives to it
 * (RFC 1035 section 4, RFC 3596).  Any bytes are accepted as a question. */
#pragma once

#include "base/bytes.h"

enum { DNS_NAME_SIZE = 256, DNS_MESSAGE_MAX = 512, DNS_TYPE_A = 1, DNS_TYPE_AAAA = 28 };

struct dns_question {
    uint16_t id;
    uint16_t type;
    bool internet; /* class IN */
    bool recursion_desired;
    char name[DNS_NAME_SIZE]; /* lower case, no final dot; what is no letter, digit, '-' or '_' of a
                                 label is '?', so that it equals no host's name */
    const uint8_t *raw;       /* the question as it came, inside the message */
    size_t raw_length;
};

/* False: not a standard query with one question. */
bool wire_dns_question_read(const void *message, size_t length, struct dns_question *ret_question);

enum dns_reply {
    DNS_REPLY_ADDRESS, /* one record of the question's type */
    DNS_REPLY_NO_DATA, /* the name is there, but has no such record (RFC 2308 section 2.2) */
    DNS_REPLY_NO_NAME  /* NXDOMAIN */
};

/* address: 4 or 16 bytes, for DNS_REPLY_ADDRESS.  The record may be kept for no time at all. */
bool wire_dns_reply_build(const struct dns_question *question, enum dns_reply reply,
                          const uint8_t *address, size_t address_length, struct builder *builder);
