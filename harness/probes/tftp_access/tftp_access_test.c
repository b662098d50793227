#include "support/fixture.h"
#include "support/run_facts.h"
#include "support/udp_peer.h"
#include "wire/tftp_read.h"

extern const struct probe probe_tftp_access;

TestSuite(tftp_access, .timeout = 60);

enum manner { SOUND, HANDS_OUT, SILENT, NOISE, ILLEGAL, UNKNOWN_TRANSFER, NO_OPTIONS };

static const char found[] = { 0, 3, 0, 1, 'k', 'e', 'y' };
static const char refused[] = { 0, 5, 0, 1, 'n', 'o', 0 };
static const char codes[] = { [ILLEGAL] = 4, [UNKNOWN_TRANSFER] = 5, [NO_OPTIONS] = 8 };

/* Answers from a port of its own (RFC 1350 section 4). */
static void answer(void *context, const struct udp_peer *at)
{
    static const char name[] = "config.bin";
    const enum manner manner = *(const enum manner *) context;
    struct udp_peer own = *at;
    uint16_t port;
    bool secret = at->length > 2 + sizeof name && memcmp(at->data + 2, name, sizeof name) == 0;

    own.fd = udp_peer_bound(&port);

    if (manner == NOISE) {
        udp_peer_say(&own, false, "\0\3\0", 3);
    } else if (manner == HANDS_OUT && secret) {
        struct timeval patience = { .tv_sec = 2 };
        char request[600];

        (void) setsockopt(own.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        udp_peer_say(&own, false, found, sizeof found);
        (void) !recv(own.fd, request, sizeof request, 0);
    } else if (manner >= ILLEGAL) {
        const char foreign[] = { 0, 5, 0, codes[manner], 0 };

        udp_peer_say(&own, false, foreign, sizeof foreign);
    } else if (manner != SILENT) {
        udp_peer_say(&own, false, refused, sizeof refused);
    }
    (void) close(own.fd);
}

static struct probe_run ask(enum manner manner)
{
    static const struct subject nothing = { 0 };
    uint16_t port = 0;
    pid_t child = udp_peer_begin(answer, &manner, &port);
    struct probe_run run =
        probe_run(&probe_tftp_access, &nothing, "127.0.0.1", port,
                  "{\"names\":[\"a\",\"config.bin\",\"b\"],\"tries\":2,\"timeout_ms\":100}", 20000);

    udp_peer_end(child);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

Test(tftp_access, a_server_that_refuses_hands_out_nothing)
{
    struct probe_run run = ask(SOUND);

    cr_expect(json_is_true(json_object_get(run.facts, "answered")));
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "handed_out")), 0);
    cr_expect_eq(number(&run, "refused"), 3);
    cr_expect_eq(json_integer_value(json_array_get(json_object_get(run.facts, "error_codes"), 0)),
                 1);
    probe_run_done(&run);
}

Test(tftp_access, what_is_handed_out_is_named)
{
    struct probe_run run = ask(HANDS_OUT);
    const json_t *names = json_object_get(run.facts, "handed_out");

    cr_assert_eq(json_array_size(names), 1);
    cr_expect_str_eq(json_string_value(json_array_get(names, 0)), "config.bin");
    cr_expect_not(transcript_holds(&run.transcript, "key"));
    probe_run_done(&run);
}

Test(tftp_access, silence_and_noise_are_no_refusal)
{
    enum manner manners[] = { SILENT, NOISE };

    for (size_t i = 0; i < 2; i++) {
        struct probe_run run = ask(manners[i]);

        cr_expect_null(json_object_get(run.facts, "answered"));
        cr_expect(json_is_false(json_object_get(run.facts, "complete")));
        cr_expect_eq(number(&run, "silent"), 3);
        probe_run_done(&run);
    }
}

/* RFC 1350 section 5, RFC 2347: errors of the exchange, whatever the file is. */
Test(tftp_access, an_error_of_the_exchange_is_no_refusal_of_a_file)
{
    enum manner manners[] = { ILLEGAL, UNKNOWN_TRANSFER, NO_OPTIONS };

    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        struct probe_run run = ask(manners[i]);

        cr_expect(json_is_false(json_object_get(run.facts, "complete")));
        cr_expect_eq(number(&run, "refused"), 0);
        cr_expect_eq(number(&run, "unclear"), 3);
        cr_expect_eq(number(&run, "silent"), 0);
        probe_run_done(&run);
    }
}

static struct wire_tftp_answer recorded(const char *name)
{
    char data[600];
    size_t length = fixture(name, data, sizeof data);

    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(wire_tftp_answer_read(data, i).word, WIRE_TFTP_FOREIGN);
    }
    return wire_tftp_answer_read(data, length);
}

Test(tftp_access, tftpd_is_read_as_it_speaks)
{
    cr_expect_eq(recorded("tftpd_data.bin").word, WIRE_TFTP_DATA);
    cr_expect_eq(recorded("tftpd_data.bin").length, 9);
    cr_expect_eq(recorded("tftpd_not_found.bin").word, WIRE_TFTP_ERROR);
    cr_expect_eq(recorded("tftpd_not_found.bin").code, 1);
}
