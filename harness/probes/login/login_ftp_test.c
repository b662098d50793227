#include "probe/data.h"
#include "support/mock_ftp.h"
#include "support/peer_run.h"
#include "support/run_facts.h"

extern const struct probe probe_login;

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_ftp, .init = root_set, .timeout = 60);

enum { END_MS = 40000 };

#define ALL "{\"scheme\":\"ftp\",\"budget\":100,\"timeout_ms\":2000}"
#define ALONE "{\"scheme\":\"ftp\",\"budget\":100,\"timeout_ms\":2000,\"connections\":1}"
#define RANDOM                                                                                     \
    "{\"scheme\":\"ftp\",\"candidates\":[\"random\"],\"timeout_ms\":500,\"lock_max_s\":1}"

static void sound(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ 0 });
}

static void anonymous(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .anonymous = true });
}

static void impatient(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .tries = 3 });
}

static void pretender(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .pretends = true });
}

static void full(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .greeting = "421 Too many users.\r\n" });
}

static void busy(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .busy = true });
}

static void tls_only(int fd)
{
    char line[64];

    for (mock_ftp_say(fd, "220 x\r\n"); mock_ftp_hear(fd, line, sizeof line);) {
        mock_ftp_say(fd, "534 Policy requires TLS.\r\n");
    }
}

static void web_server(int fd)
{
    mock_ftp_say(fd, "HTTP/1.0 400 Bad Request\r\n\r\n");
    (void) sleep(5);
}

Test(login_ftp, a_common_pair_is_found_and_proven_by_a_command)
{
    struct probe_run run = peer_run(&probe_login, NULL, sound, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "(user root): a command was carried out"),
                       "%s", first(&run, "proofs"));
    cr_expect_eq(number(&run, "attempts"), number(&run, "candidates_total"));
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, "xc3511"));
    probe_run_done(&run);
}

Test(login_ftp, anonymous_is_found)
{
    struct probe_run run = peer_run(&probe_login, NULL, anonymous, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 3); /* two ways of anonymous, and root */
    probe_run_done(&run);
    run = peer_run(&probe_login, NULL, anonymous, RANDOM, END_MS);
    cr_expect_eq(number(&run, "rejected_count"), 2);
    probe_run_done(&run);
}

Test(login_ftp, a_device_that_hangs_up_unseen_is_asked_again_and_every_try_counts)
{
    struct probe_run run = peer_run(&probe_login, NULL, impatient, ALONE, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_gt(number(&run, "attempts"), number(&run, "candidates_total"));
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ftp, a_welcome_that_leads_nowhere_is_no_log_in)
{
    struct probe_run run = peer_run(&probe_login, NULL, pretender, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ftp, service_not_available_is_a_lock_and_no_refusal)
{
    void (*const peers[])(int fd) = { full, busy };

    for (size_t i = 0; i < 2; i++) {
        struct probe_run run = peer_run(&probe_login, NULL, peers[i], RANDOM, END_MS);

        cr_expect(is(&run, "locked"), "%zu", i);
        cr_expect_eq(number(&run, "rejected_count"), 0, "%zu", i);
        cr_expect_not(is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}

Test(login_ftp, what_wants_tls_or_is_no_ftp_is_unclear)
{
    void (*const peers[])(int fd) = { tls_only, web_server };

    for (size_t i = 0; i < 2; i++) {
        struct probe_run run = peer_run(&probe_login, NULL, peers[i], RANDOM, END_MS);

        cr_expect_eq(number(&run, "rejected_count"), 0, "%zu", i);
        cr_expect_eq(number(&run, "unclear_count"), 2, "%zu", i);
        cr_expect_not(is(&run, "complete"), "%zu", i);
        probe_run_done(&run);
    }
}
