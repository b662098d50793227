/* mdns.h - what a device says of its services by multicast DNS (RFC 6762, RFC 6763), asked and
 * answered by unicast.  Any bytes are accepted as an answer. */
#pragma once

#include "wire/udp_hello.h"

enum { WIRE_MDNS_NAME_SIZE = 128, WIRE_MDNS_TEXT_SIZE = 512, WIRE_MDNS_RECORDS_MAX = 32 };

struct wire_mdns_record {
    bool is_pointer; /* PTR: text is a name; else TXT: its strings, each in a line */
    char name[WIRE_MDNS_NAME_SIZE];
    char text[WIRE_MDNS_TEXT_SIZE];
};

/* A question for the instances of a service type, such as "_http._tcp.local". */
void wire_mdns_question_write(const struct wire_udp_ask *ask, const char *name,
                              struct builder *builder);

/* The PTR and TXT records of an answer to ask, in all of its sections; at most RECORDS_MAX.
 * 0: it is no answer, or has none. */
size_t wire_mdns_records_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                              struct wire_mdns_record *records);
