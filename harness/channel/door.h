/* door.h - where the device's own calls come in: a port for TLS or DTLS, one for its attempts in
 * clear, and a small name server that sends it here.
 *
 * A call over UDP is all that comes from one port of the device: it gets a socket of its own that
 * is connected there, of which each tcp_send and each tcp_receive is one datagram.
 *
 * What anybody but the device sends is dropped and counted.  Bytes that the device sends may hold
 * its secrets, so nothing of them is given to the transcript here. */
#pragma once

#include "base/bytes.h"
#include "channel/tcp.h"
#include "channel/transcript.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { DOOR_NAMES_MAX = 16, DOOR_NAME_SIZE = 256, DOOR_DATAGRAM_MAX = 4096 };

struct door_plan {
    const char *const *devices; /* numeric addresses that the device may call from */
    size_t device_count;
    bool datagrams; /* both ports below are of UDP */
    uint16_t tls_port;
    uint16_t clear_port;      /* 0: none */
    uint16_t dns_port;        /* 0: none */
    const char *const *hosts; /* names that are answered for */
    size_t host_count;
    const char *own_address; /* what they are answered with, numeric */
};

struct door {
    struct door_plan plan;
    struct transcript *transcript;
    int tls;
    int clear;
    int dns;
    uint8_t own[16];
    size_t own_length;                /* 4 or 16 */
    uint8_t first[DOOR_DATAGRAM_MAX]; /* what the last call over UDP began with */
    size_t first_length;
    unsigned questions; /* for the declared names */
    unsigned strangers; /* connections, first datagrams, questions of others */
    char other_names[DOOR_NAMES_MAX][DOOR_NAME_SIZE]; /* asked for by the device, not declared */
    size_t other_name_count;
};

enum door_event { DOOR_TIMEOUT, DOOR_TLS, DOOR_CLEAR, DOOR_READABLE };

/* The plan is borrowed.  IO: a port cannot be had; the message says what to do about it. */
enum status door_open(struct door *door, const struct door_plan *plan,
                      struct transcript *transcript, struct error *reterr) MUST_CHECK;
void door_done(struct door *door);

/* Answers questions for names until a connection of the device's came (DOOR_TLS, DOOR_CLEAR: it is
 * *ret_tcp, without a transcript) or the deadline is there.  fd: if not -1, its being readable is
 * waited for instead of connections (DOOR_READABLE). */
enum status door_wait(struct door *door, int fd, int64_t deadline_ms, struct tcp *ret_tcp,
                      enum door_event *ret_event, struct error *reterr) MUST_CHECK;
