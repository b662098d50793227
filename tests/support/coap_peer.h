/* coap_peer.h - small CoAP devices for tests, on loopback ports of the kernel's choice; each in a
 * child that ends with the test (or after a minute).  One speaks bytes, so that it can say what no
 * sound device says; one is libcoap's server behind a pre-shared key. */
#pragma once

#include "peer.h"
#include "udp_peer.h"

#include <coap3/coap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { COAP_PEER_ROOM = 2048 };

struct coap_peer_turn {
    const uint8_t *request;
    size_t length;
    unsigned count;               /* datagrams that came before this one */
    uint8_t room[COAP_PEER_ROOM]; /* for what to say */
    bool again;                   /* set: another turn at once, with the same request */
};

/* The length of what to say; 0: nothing. */
typedef size_t (*coap_peer_answer)(struct coap_peer_turn *turn);

__attribute__((unused)) static pid_t coap_peer_start(coap_peer_answer answer, uint16_t *ret_port)
{
    int fd = udp_peer_bound(ret_port);
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child > 0) {
        (void) close(fd);
        return child;
    }
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void) alarm(60);
    for (unsigned count = 0;; count++) {
        static struct coap_peer_turn turn;
        uint8_t request[COAP_PEER_ROOM];
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t got =
            recvfrom(fd, request, sizeof request, 0, (struct sockaddr *) &from, &from_length);

        turn.request = request;
        turn.length = got > 0 ? (size_t) got : 0;
        turn.count = count;
        turn.again = got > 0;
        while (turn.again) {
            size_t length;

            turn.again = false;
            length = answer(&turn);
            if (length > 0) {
                (void) sendto(fd, turn.room, length, 0, (struct sockaddr *) &from, from_length);
            }
        }
    }
}

/* The head of an answer to a request: type 2 is an acknowledgement with the request's message id.
 * Returns its length with the request's token (RFC 7252 section 3). */
__attribute__((unused)) static size_t coap_peer_head(const uint8_t *request, uint8_t type,
                                                     uint8_t code, uint8_t *room)
{
    size_t token = request[0] & 0x0fu;

    room[0] = (uint8_t) (0x40u | (unsigned) type << 4 | token);
    room[1] = code;
    memcpy(room + 2, request + 2, 2 + token);
    return 4 + token;
}

__attribute__((unused)) static void coap_peer_get(coap_resource_t *resource,
                                                  coap_session_t *session,
                                                  const coap_pdu_t *request,
                                                  const coap_string_t *query, coap_pdu_t *response)
{
    (void) resource;
    (void) session;
    (void) request;
    (void) query;
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    (void) coap_add_data(response, 7, (const uint8_t *) "content");
}

/* DTLS with one key, under any identity; /thing is there. */
__attribute__((unused)) static pid_t coap_peer_start_dtls(const char *key, uint16_t *ret_port)
{
    int fd = udp_peer_bound(ret_port);
    coap_dtls_spsk_t setup = { .version = COAP_DTLS_SPSK_SETUP_VERSION };
    coap_address_t address;
    coap_context_t *context;
    coap_resource_t *resource;
    int ready[2];
    char byte;
    pid_t child;

    (void) close(fd); /* the server opens the port itself */
    cr_assert_eq(pipe(ready), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child > 0) {
        (void) close(ready[1]);
        cr_assert_eq(read(ready[0], &byte, 1), 1);
        (void) close(ready[0]);
        return child;
    }
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void) alarm(60);
    coap_startup();
    coap_set_log_level((coap_log_t) 0);
    coap_address_init(&address);
    address.size = sizeof address.addr.sin;
    address.addr.sin = (struct sockaddr_in){ .sin_family = AF_INET,
                                             .sin_port = htons(*ret_port),
                                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setup.psk_info.hint = (coap_bin_const_t){ .s = (const uint8_t *) "hint", .length = 4 };
    setup.psk_info.key = (coap_bin_const_t){ .s = (const uint8_t *) key, .length = strlen(key) };
    context = coap_new_context(NULL);
    resource = coap_resource_init(coap_make_str_const("thing"), 0);
    coap_register_request_handler(resource, COAP_REQUEST_GET, coap_peer_get);
    coap_add_resource(context, resource);
    if (coap_context_set_psk2(context, &setup) == 0 ||
        coap_new_endpoint(context, &address, COAP_PROTO_DTLS) == NULL ||
        write(ready[1], "", 1) != 1) {
        _exit(1);
    }
    for (;;) {
        (void) coap_io_process(context, 1000);
    }
}
