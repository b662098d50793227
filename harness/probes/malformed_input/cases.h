/* cases.h - malformed messages of a protocol.  Pure: the same protocol, number and seed make the
 * same bytes on every machine.
 *
 * First come the ones that are written by hand, each wrong in one way that parsers are known to
 * trip over; then well-formed messages with seeded damage.  No case is a command that changes the
 * device, should it be understood after all: cases_is_harmless. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CASE_SIZE_MAX = 16384, CASE_NAME_SIZE = 48 };

/* Whether anything is known about the protocol, as profiles name it ("http", "coap", ...). */
bool cases_know(const char *protocol, bool udp);

/* How many are written by hand; damaged ones follow them without end. */
size_t cases_written(const char *protocol, bool udp);

struct malformed {
    char name[CASE_NAME_SIZE]; /* "http/long-header", "http/damaged-17" */
    uint8_t bytes[CASE_SIZE_MAX];
    size_t length;
};

/* host is named in messages that name one.  False when this number's damage came out harmful and
 * is left out. */
bool cases_make(const char *protocol, bool udp, const char *host, size_t number, uint64_t seed,
                struct malformed *ret_case);

/* Would these bytes, if understood, only ask?  False for what writes, publishes or sets. */
bool cases_is_harmless(const char *protocol, const void *data, size_t length);
