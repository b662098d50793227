#include "channel/heartbeat_udp.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/udp.h"
#include "wire/udp_hello.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

/* How profiles and hellos name the same thing differently. */
static const char *hello_name(const char *protocol)
{
    return text_equal(protocol, "coaps") ? "dtls" : protocol;
}

static size_t hellos_of(const char *protocol, const struct wire_udp_hello **room, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; wire_udp_hellos[i] != NULL && count < size; i++) {
        if (text_equal(wire_udp_hellos[i]->protocol, hello_name(protocol))) {
            room[count++] = wire_udp_hellos[i];
        }
    }
    return count;
}

struct talk {
    struct udp udp;
    struct wire_udp_ask ask;
    const struct wire_udp_hello *hellos[4];
    size_t hello_count;
    unsigned connection;
    struct transcript *transcript;
    uint8_t room[UDP_DATAGRAM_MAX];
};

static void talk_done(struct talk *talk)
{
    udp_done(&talk->udp);
}

static enum status send_all(struct talk *talk, struct error *reterr)
{
    for (size_t i = 0; i < talk->hello_count; i++) {
        uint8_t room[WIRE_UDP_HELLO_MAX];
        struct builder builder = builder_over(room, sizeof room);
        enum udp_event event = UDP_NOTHING;

        talk->hellos[i]->write(&talk->ask, &builder);
        TRY(udp_send(&talk->udp, room, builder.length, &event, reterr));
        transcript_sent(talk->transcript, talk->connection, room, builder.length);
    }
    return STATUS_OK;
}

static bool is_answer(const struct talk *talk, size_t length)
{
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (size_t i = 0; i < talk->hello_count; i++) {
        if (talk->hellos[i]->read(&talk->ask, talk->room, length, detail)) {
            return true;
        }
    }
    return false;
}

/* Until an answer, word of a closed port, or the deadline. */
static enum status wait_answer(struct talk *talk, int64_t deadline_ms, const char **ret_word,
                               bool *ret_alive, struct error *reterr)
{
    *ret_word = "no answer";
    while (clock_left_ms(deadline_ms) > 0) {
        enum udp_event event = UDP_NOTHING;
        size_t length = 0;

        TRY(udp_take(&talk->udp, talk->room, sizeof talk->room, &length, &event, reterr));
        if (event == UDP_CLOSED || event == UDP_UNREACHABLE) {
            *ret_word = event == UDP_CLOSED ? "port closed" : "unreachable";
            return STATUS_OK;
        }
        if (event == UDP_ANSWER) {
            transcript_received(talk->transcript, talk->connection, talk->room, length);
            if (is_answer(talk, length)) {
                *ret_word = "answered";
                *ret_alive = true;
                return STATUS_OK;
            }
            *ret_word = "an answer that is not this protocol's";
            continue;
        }
        struct pollfd pollfd = { .fd = talk->udp.fd, .events = POLLIN };

        (void) poll(&pollfd, 1, clock_left_ms(deadline_ms));
    }
    return STATUS_OK;
}

bool heartbeat_udp_knows(const char *protocol)
{
    const struct wire_udp_hello *hello = NULL;

    return hellos_of(protocol, &hello, 1) > 0;
}

enum status heartbeat_ask_udp(const struct heartbeat_ask *ask, struct transcript *transcript,
                              struct heartbeat_answer *answer, struct error *reterr)
{
    DEFER(talk_done)
    struct talk talk = { .udp = { .fd = -1 },
                         .ask = { .host = ask->host, .port = ask->port },
                         .transcript = transcript };
    char peer[160];
    const char *word = "";

    talk.hello_count =
        hellos_of(ask->protocol, talk.hellos, sizeof talk.hellos / sizeof talk.hellos[0]);
    memcpy(talk.ask.nonce, &ask->seed, sizeof ask->seed);
    TRY(udp_open(&talk.udp, ask->host, ask->port, reterr));
    udp_own_ipv4(&talk.udp, talk.ask.own_ipv4);
    (void) snprintf(peer, sizeof peer, "%s:%u/udp", ask->host, ask->port);
    talk.connection = transcript_open(transcript, peer);
    TRY(send_all(&talk, reterr));
    TRY(wait_answer(&talk, ask->deadline_ms, &word, &answer->alive, reterr));
    (void) snprintf(answer->detail, sizeof answer->detail, "%s", word);
    return STATUS_OK;
}
