#include "support/peer.h"
#include "support/probe_run.h"
#include "wire/tftp_read.h"

#include <fcntl.h>

extern const struct probe probe_tftp_access;

TestSuite(tftp_access, .timeout = 60);

enum manner { SOUND, HANDS_OUT, SILENT, NOISE };

static const char found[] = { 0, 3, 0, 1, 'k', 'e', 'y' };
static const char refused[] = { 0, 5, 0, 1, 'n', 'o', 0 };

/* Answers from a port of its own (RFC 1350 section 4). */
static void answer(int fd, enum manner manner)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    char request[600] = { 0 };
    ssize_t got = recvfrom(fd, request, sizeof request - 1, 0, (struct sockaddr *) &peer, &length);
    int own = socket(AF_INET, SOCK_DGRAM, 0);
    bool secret = got > 2 && strcmp(request + 2, "config.bin") == 0;

    if (manner == NOISE) {
        (void) sendto(own, "\0\3\0", 3, 0, (struct sockaddr *) &peer, length);
    } else if (manner == HANDS_OUT && secret) {
        struct timeval patience = { .tv_sec = 2 };

        (void) setsockopt(own, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void) sendto(own, found, sizeof found, 0, (struct sockaddr *) &peer, length);
        got = recv(own, request, sizeof request, 0);
        (void) got;
    } else if (manner != SILENT) {
        (void) sendto(own, refused, sizeof refused, 0, (struct sockaddr *) &peer, length);
    }
    (void) close(own);
}

static struct probe_run ask(enum manner manner)
{
    static const struct subject nothing = { 0 };
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct probe_run run;
    pid_t child;

    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    child = fork();
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(60);
        for (;;) {
            answer(fd, manner);
        }
    }
    run =
        probe_run(&probe_tftp_access, &nothing, "127.0.0.1", ntohs(address.sin_port),
                  "{\"names\":[\"a\",\"config.bin\",\"b\"],\"tries\":2,\"timeout_ms\":100}", 20000);
    peer_stop(child);
    (void) close(fd);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

static long long number(const struct probe_run *run, const char *fact)
{
    return json_integer_value(json_object_get(run->facts, fact));
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

static struct wire_tftp_answer recorded(const char *name)
{
    char path[512];
    char data[600];
    ssize_t length;
    int fd;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    length = read(fd, data, sizeof data);
    (void) close(fd);
    for (ssize_t i = 0; i < 4; i++) {
        cr_expect_eq(wire_tftp_answer_read(data, (size_t) i).word, WIRE_TFTP_FOREIGN);
    }
    return wire_tftp_answer_read(data, (size_t) length);
}

Test(tftp_access, tftpd_is_read_as_it_speaks)
{
    cr_expect_eq(recorded("tftpd_data.bin").word, WIRE_TFTP_DATA);
    cr_expect_eq(recorded("tftpd_data.bin").length, 9);
    cr_expect_eq(recorded("tftpd_not_found.bin").word, WIRE_TFTP_ERROR);
    cr_expect_eq(recorded("tftpd_not_found.bin").code, 1);
}
