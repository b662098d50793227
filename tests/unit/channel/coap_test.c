#include "support/coap_peer.h"
#include "support/transcript_text.h"

#include "base/clock.h"
#include "channel/coap.h"

#include <criterion/criterion.h>

enum { DEADLINE_MS = 1200, MARGIN_MS = 3000 };

/* One GET, and what became of it. */
static struct coap_client_answer ask_for(const struct coap_client_target *target, const char *path,
                                         bool observe, struct transcript *transcript)
{
    struct coap_client_answer answer;
    struct coap_client *client;
    struct error error = { .status = STATUS_OK };
    int64_t started_ms = clock_monotonic_ms();

    cr_assert_eq(coap_client_new(target, transcript, &client, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(
        coap_client_ask(client,
                        &(struct coap_client_ask){ .method = COAP_CLIENT_GET,
                                                   .path = path,
                                                   .observe = observe,
                                                   .content_format = -1,
                                                   .answer_is_secret = true,
                                                   .deadline_ms = started_ms + DEADLINE_MS },
                        &answer, &error),
        STATUS_OK, "%s", error.message);
    coap_client_free(client);
    cr_assert_lt(clock_monotonic_ms() - started_ms, DEADLINE_MS + MARGIN_MS);
    return answer;
}

static struct coap_client_answer ask(const struct coap_client_target *target, bool observe,
                                     struct transcript *transcript)
{
    return ask_for(target, "/thing", observe, transcript);
}

static struct coap_client_answer ask_plain(coap_peer_answer peer, bool observe)
{
    struct coap_client_target target = { .host = "127.0.0.1" };
    pid_t child = coap_peer_start(peer, &target.port);
    struct coap_client_answer answer = ask(&target, observe, NULL);

    peer_stop(child);
    return answer;
}

static size_t silence(struct coap_peer_turn *turn)
{
    (void) turn;
    return 0;
}

static size_t content(struct coap_peer_turn *turn)
{
    size_t used = coap_peer_head(turn->request, 2, 0x45, turn->room);

    memcpy(turn->room + used, "\xffvisible-content", 16);
    return used + 16;
}

static size_t wrong_token(struct coap_peer_turn *turn)
{
    size_t used = content(turn);

    turn->room[4] ^= 0x5a;
    return used;
}

static size_t reset(struct coap_peer_turn *turn)
{
    (void) coap_peer_head(turn->request, 3, 0, turn->room);
    turn->room[0] = 0x70;
    return 4;
}

/* Acknowledged again and again, never answered (RFC 7252 section 5.2.2). */
static size_t empty_acknowledgements(struct coap_peer_turn *turn)
{
    static unsigned sent;

    (void) coap_peer_head(turn->request, 2, 0, turn->room);
    turn->room[0] = 0x60;
    turn->again = ++sent % 100 != 0;
    return 4;
}

/* Block 0, 1, 2, ... of 1024 bytes each, always with more to come (RFC 7959 section 2.2). */
static size_t endless_blocks(struct coap_peer_turn *turn)
{
    size_t used = coap_peer_head(turn->request, 2, 0x45, turn->room);
    unsigned block = turn->count << 4 | 0x08 | 6;

    turn->room[used++] = 0xd3; /* option 23 with three bytes: delta 13 + 10 */
    turn->room[used++] = 10;
    turn->room[used++] = (uint8_t) (block >> 16);
    turn->room[used++] = (uint8_t) (block >> 8);
    turn->room[used++] = (uint8_t) block;
    turn->room[used++] = 0xff;
    memset(turn->room + used, 'x', 1024);
    return used + 1024;
}

static size_t first_block_alone(struct coap_peer_turn *turn)
{
    return turn->count == 0 ? endless_blocks(turn) : 0;
}

/* An option that claims 65,804 bytes, and one with the reserved length 15. */
static size_t huge_options(struct coap_peer_turn *turn)
{
    size_t used = coap_peer_head(turn->request, 2, 0x45, turn->room);

    memcpy(turn->room + used,
           turn->count % 2 == 0 ? "\xee\xff\xff\xff\xff" : "\x1f\xff\xff\xff\xff", 5);
    memset(turn->room + used + 5, 0xaa, 1200);
    return used + 1205;
}

/* 1,200 bytes of options of one byte each, then content. */
static size_t many_options(struct coap_peer_turn *turn)
{
    size_t used = coap_peer_head(turn->request, 2, 0x45, turn->room);

    turn->room[used++] = 0x40; /* ETag, then the same again */
    memset(turn->room + used, 0x00, 1200);
    used += 1200;
    turn->room[used++] = 0xff;
    memcpy(turn->room + used, "end", 3);
    return used + 3;
}

/* Takes the registration, then sends notifications as fast as it can; nothing else is answered. */
static size_t flood(struct coap_peer_turn *turn)
{
    static uint8_t first[COAP_PEER_ROOM];
    static uint16_t sent;
    size_t used;

    if (turn->count == 0 && sent == 0) {
        memcpy(first, turn->request, turn->length);
    }
    used = coap_peer_head(first, sent == 0 ? 2 : 1, 0x45, turn->room);
    if (sent > 0) {
        turn->room[2] = (uint8_t) (sent >> 8);
        turn->room[3] = (uint8_t) sent;
    }
    turn->room[used++] = 0x61; /* Observe: option 6 */
    turn->room[used++] = (uint8_t) ++sent;
    memcpy(turn->room + used, "\xffnews", 5);
    turn->again = sent < 2000;
    return used + 5;
}

static size_t garbage(struct coap_peer_turn *turn)
{
    memset(turn->room, (int) (turn->count + turn->length), 900);
    return 900;
}

/* The options of the request as content. */
static size_t options(struct coap_peer_turn *turn)
{
    size_t used = coap_peer_head(turn->request, 2, 0x45, turn->room);
    size_t head = 4 + (turn->request[0] & 0x0fu);

    turn->room[used++] = 0xff;
    memcpy(turn->room + used, turn->request + head, turn->length - head);
    return used + turn->length - head;
}

Test(coap, every_part_of_a_path_is_an_option)
{
    /* Uri-Path is option 11, Uri-Query 15: a delta of 4. */
    static const struct {
        const char *path;
        const char *options;
    } rows[] = {
        { "/a", "\xb1"
                "a" },
        { "/a/b", "\xb1"
                  "a"
                  "\x01"
                  "b" },
        { "/a%2Fb/?x=%20&y", "\xb3"
                             "a/b"
                             "\x00"
                             "\x43"
                             "x= "
                             "\x01"
                             "y" },
        { "/?q", "\xd1\x02"
                 "q" },
    };
    static const size_t lengths[] = { 2, 4, 11, 3 };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct coap_client_target target = { .host = "127.0.0.1" };
        pid_t child = coap_peer_start(options, &target.port);
        DEFER(coap_client_answer_done)
        struct coap_client_answer answer = ask_for(&target, rows[i].path, false, NULL);

        peer_stop(child);
        cr_expect_eq(answer.body.length, lengths[i], "%s", rows[i].path);
        cr_expect(answer.body.length == lengths[i] &&
                      memcmp(answer.body.data, rows[i].options, lengths[i]) == 0,
                  "%s", rows[i].path);
    }
}

Test(coap, an_answer_is_taken_whole_and_withheld)
{
    DEFER(transcript_done) struct transcript transcript = transcript_start(1 << 16);
    struct coap_client_target target = { .host = "127.0.0.1" };
    pid_t child = coap_peer_start(content, &target.port);
    DEFER(coap_client_answer_done)
    struct coap_client_answer answer = ask(&target, false, &transcript);

    peer_stop(child);
    cr_assert_eq(answer.event, COAP_CLIENT_ANSWERED);
    cr_assert_eq(answer.code, 205);
    cr_assert_eq(answer.body.length, 15);
    cr_assert_not(answer.body_cut);
    cr_assert_not(answer.observed);
    cr_assert(transcript_holds(&transcript, "GET /thing"));
    cr_assert_not(transcript_holds(&transcript, "visible-content"), "a secret payload is withheld");
}

Test(coap, silence_and_what_is_no_answer_end_at_the_deadline)
{
    static const coap_peer_answer peers[] = { silence, wrong_token, empty_acknowledgements,
                                              huge_options, garbage };

    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        DEFER(coap_client_answer_done)
        struct coap_client_answer answer = ask_plain(peers[i], false);

        cr_expect_eq(answer.event, COAP_CLIENT_TIMEOUT, "peer %zu: %s", i,
                     coap_client_event_word(answer.event));
        cr_expect_eq(answer.body.length, 0);
    }
}

Test(coap, a_reset_and_a_closed_port_are_said)
{
    struct coap_client_target closed = { .host = "127.0.0.1" };
    DEFER(coap_client_answer_done) struct coap_client_answer one = ask_plain(reset, false);
    struct coap_client_answer other;

    (void) close(udp_peer_bound(&closed.port));
    other = ask(&closed, false, NULL);
    cr_assert_eq(one.event, COAP_CLIENT_RESET);
    cr_assert_eq(other.event, COAP_CLIENT_CLOSED);
    coap_client_answer_done(&other);
}

Test(coap, blocks_without_end_are_cut)
{
    DEFER(coap_client_answer_done)
    struct coap_client_answer answer = ask_plain(endless_blocks, false);

    cr_assert_eq(answer.event, COAP_CLIENT_ANSWERED);
    cr_assert(answer.body_cut);
    cr_assert_leq(answer.body.length, COAP_CLIENT_BODY_MAX);
    cr_assert_geq(answer.body.length, 1024);
}

Test(coap, blocks_that_stop_are_said)
{
    DEFER(coap_client_answer_done)
    struct coap_client_answer answer = ask_plain(first_block_alone, false);

    cr_assert_eq(answer.event, COAP_CLIENT_ANSWERED);
    cr_assert(answer.body_cut);
    cr_assert_eq(answer.body.length, 1024);
}

Test(coap, many_options_are_borne)
{
    DEFER(coap_client_answer_done)
    struct coap_client_answer answer = ask_plain(many_options, false);

    /* The library may drop it; what it hands over is whole. */
    cr_assert(answer.event == COAP_CLIENT_ANSWERED || answer.event == COAP_CLIENT_TIMEOUT);
    cr_assert_eq(answer.body.length, answer.event == COAP_CLIENT_ANSWERED ? 3 : 0);
}

Test(coap, a_flood_of_notifications_ends)
{
    DEFER(coap_client_answer_done) struct coap_client_answer answer = ask_plain(flood, true);

    cr_assert_eq(answer.event, COAP_CLIENT_ANSWERED);
    cr_assert(answer.observed);
}

Test(coap, an_observation_that_is_not_taken_is_said)
{
    DEFER(coap_client_answer_done) struct coap_client_answer answer = ask_plain(content, true);

    cr_assert_eq(answer.event, COAP_CLIENT_ANSWERED);
    cr_assert_not(answer.observed);
    cr_assert_not(answer.deregistered);
}

static enum coap_client_event ask_dtls(uint16_t port, const char *key, bool *ret_secured)
{
    struct coap_client_target target = { .host = "127.0.0.1",
                                         .port = port,
                                         .security = key == NULL ? COAP_CLIENT_CERTIFICATE
                                                                 : COAP_CLIENT_PSK,
                                         .identity = "somebody",
                                         .key = key,
                                         .key_length = key == NULL ? 0 : strlen(key) };
    DEFER(coap_client_answer_done) struct coap_client_answer answer = ask(&target, false, NULL);

    *ret_secured = answer.secured;
    return answer.event;
}

Test(coap, only_the_right_key_opens_a_channel)
{
    uint16_t port;
    pid_t child = coap_peer_start_dtls("the-right-key", &port);
    bool secured = false;

    cr_expect_eq(ask_dtls(port, "the-right-key", &secured), COAP_CLIENT_ANSWERED);
    cr_expect(secured);
    cr_expect_eq(ask_dtls(port, "the-right-kez", &secured), COAP_CLIENT_REFUSED);
    cr_expect_not(secured);
    cr_expect_eq(ask_dtls(port, NULL, &secured), COAP_CLIENT_REFUSED, "nobody has a certificate");
    cr_expect_not(secured);
    peer_stop(child);
}

Test(coap, without_a_dtls_server_nothing_is_refused)
{
    uint16_t port;
    pid_t mute = coap_peer_start(silence, &port);
    bool secured = true;

    cr_expect_eq(ask_dtls(port, "any-key", &secured), COAP_CLIENT_TIMEOUT);
    cr_expect_not(secured);
    peer_stop(mute);
    mute = coap_peer_start(garbage, &port);
    cr_expect_eq(ask_dtls(port, "any-key", &secured), COAP_CLIENT_TIMEOUT);
    peer_stop(mute);
    (void) close(udp_peer_bound(&port));
    cr_expect_eq(ask_dtls(port, "any-key", &secured), COAP_CLIENT_CLOSED);
}

Test(coap, a_path_that_cannot_be_sent_is_bad_input)
{
    static const char *const paths[] = { "/a%2", "/a%zz", "/%", "/a%2z", "/a?b=%" };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct coap_client_target target = { .host = "127.0.0.1", .port = 9 };
        struct coap_client_answer answer;
        struct coap_client *client;
        struct error error = { .status = STATUS_OK };

        cr_assert_eq(coap_client_new(&target, NULL, &client, &error), STATUS_OK);
        cr_expect_eq(coap_client_ask(client,
                                     &(struct coap_client_ask){ .method = COAP_CLIENT_GET,
                                                                .path = paths[i],
                                                                .deadline_ms = 0 },
                                     &answer, &error),
                     STATUS_BAD_INPUT, "%s", paths[i]);
        coap_client_answer_done(&answer);
        coap_client_free(client);
    }
}
