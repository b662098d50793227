#include "base/clock.h"
#include "probe/liveness.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* A UDP device that answers each datagram in one way. */
struct device {
    int fd;
    uint16_t port;
    void (*answer)(const struct device *device, uint8_t *said, size_t length,
                   const struct sockaddr_in *from);
    pthread_t thread;
};

static void *device_serve(void *context)
{
    const struct device *device = context;
    uint8_t room[2048];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t got = 0;

    while ((got = recvfrom(device->fd, room, sizeof room, 0, (struct sockaddr *) &from,
                           &from_length)) > 0) {
        device->answer(device, room, (size_t) got, &from);
        from_length = sizeof from;
    }
    return NULL;
}

static void device_start(struct device *device)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    device->fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq(bind(device->fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(device->fd, (struct sockaddr *) &address, &length), 0);
    device->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&device->thread, NULL, device_serve, device), 0);
}

static void device_stop(struct device *device)
{
    (void) shutdown(device->fd, SHUT_RDWR);
    (void) pthread_join(device->thread, NULL);
    (void) close(device->fd);
}

/* RFC 7252 section 4.3: a ping is reset. */
static void answer_coap(const struct device *device, uint8_t *said, size_t length,
                        const struct sockaddr_in *from)
{
    if (length >= 4 && said[1] == 0) {
        said[0] = 0x70;
        (void) sendto(device->fd, said, 4, 0, (const struct sockaddr *) from, sizeof *from);
    }
}

static void answer_nonsense(const struct device *device, uint8_t *said, size_t length,
                            const struct sockaddr_in *from)
{
    memset(said, 'x', length);
    (void) sendto(device->fd, said, length, 0, (const struct sockaddr *) from, sizeof *from);
}

static enum status ask(uint16_t port, const char *protocol, struct liveness_answer *answer)
{
    static const char *const addresses[] = { "127.0.0.1" };
    struct service service = {
        .id = "s", .transport = TRANSPORT_UDP, .port = port, .protocol = protocol
    };
    struct profile profile = { .addresses = addresses,
                               .address_count = 1,
                               .liveness = { .service = &service } };
    struct transcript transcript = transcript_start(1 << 16);
    struct error error = { 0 };
    enum status status = liveness_ask(&profile, NULL, 1, 400, &transcript, answer, &error);

    transcript_done(&transcript);
    return status;
}

Test(liveness, a_udp_service_that_answers_its_protocol_is_alive)
{
    struct device device = { .answer = answer_coap };
    struct liveness_answer answer;

    device_start(&device);
    cr_assert_eq(ask(device.port, "coap", &answer), STATUS_OK);
    cr_assert_eq(answer.state, LIVENESS_ALIVE, "%s", answer.detail);
    device_stop(&device);
}

Test(liveness, an_answer_in_another_tongue_is_not_life)
{
    struct device device = { .answer = answer_nonsense };
    struct liveness_answer answer;

    device_start(&device);
    cr_assert_eq(ask(device.port, "coap", &answer), STATUS_OK);
    cr_assert_eq(answer.state, LIVENESS_SILENT);
    cr_assert_not_null(strstr(answer.detail, "not this protocol's"), "%s", answer.detail);
    device_stop(&device);
}

Test(liveness, a_closed_udp_port_is_silent_and_says_so)
{
    struct device device = { .answer = answer_nonsense };
    struct liveness_answer answer;

    device_start(&device);
    device_stop(&device);
    cr_assert_eq(ask(device.port, "coap", &answer), STATUS_OK);
    cr_assert_eq(answer.state, LIVENESS_SILENT);
    cr_assert_not_null(strstr(answer.detail, "port closed"), "%s", answer.detail);
}

Test(liveness, a_protocol_without_a_question_is_our_limit_not_the_devices)
{
    struct liveness_answer answer;

    cr_assert_eq(ask(9, "carrier-pigeon", &answer), STATUS_UNSUPPORTED);
    cr_assert_eq(answer.state, LIVENESS_UNKNOWN);
}
