/* client.h - HT-20, a thermometer that reports home: one status page, and a process of its own that
 * sends a report to --calls-home over HTTPS or CoAPS ten times a second. */
#pragma once

#include "stub.h"

#include <sys/types.h>

enum { CLIENT_HOST_SIZE = 254 };

struct client {
    struct stub *stub;
    char host[CLIENT_HOST_SIZE];
    bool datagrams; /* CoAP over DTLS */
    uint16_t port;
    uint16_t clear_port; /* 0: none */
    pid_t caller;        /* 0: none */
};

extern const struct product product_client;

/* "HOST:PORT[:PORT]"; how many ports were read, 0 for anything malformed. */
size_t client_place_read(const char *text, char *ret_host, size_t size, uint16_t ret_ports[2]);

/* Calls until it is killed. */
_Noreturn void client_call_home(const struct client *client);

/* A handshake with a suite for export alone, as far as the client's key exchange. */
void client_export_call(int fd);

/* The first IPv4 address that the resolver "ADDR:PORT" knows for a host; false: none. */
bool client_resolve(const char *resolver, const char *host, uint8_t ret_address[4]);
