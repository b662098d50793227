#include "probe/data.h"
#include "support/mock_ssh.h"
#include "support/peer_run.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <stdbool.h>

extern const struct probe probe_login;

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_ssh, .init = root_set, .timeout = 90);

enum { END_MS = 60000 };

static void sound(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD });
}

static void blank_root(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD, .blank = true });
}

static void questions(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_INTERACTIVE });
}

static void keys_only(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PUBLICKEY });
}

static void impatient(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD, .tries = 3 });
}

/* As OpenSSH with MaxAuthTries 1. */
static void one_try(int fd)
{
    mock_ssh_serve(fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD,
                                           .tries = 1,
                                           .looks_at_last = true,
                                           .says_goodbye = true });
}

static void no_sessions(int fd)
{
    mock_ssh_serve(
        fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD, .sessions_refused = true });
}

static void pretender(int fd)
{
    mock_ssh_serve(
        fd, &(struct mock_ssh){ .methods = SSH_AUTH_METHOD_PASSWORD, .hangs_up_after = true });
}

/* ---- what is no SSH server for us ---- */

static void say(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
}

static void too_many(int fd)
{
    say(fd, "Exceeded MaxStartups\r\n");
}

static void mute_refusal(int fd)
{
    (void) fd;
}

static void silent(int fd)
{
    char octet;

    (void) !read(fd, &octet, 1);
    (void) sleep(30);
}

static void web_server(int fd)
{
    for (int i = 0; i < 40; i++) {
        say(fd, "HTTP/1.0 400 Bad Request\r\n");
    }
    (void) sleep(30);
}

static void cut_short(int fd)
{
    say(fd, "SSH-2.0-dropbear_2011.54\r\n\x00\x00\x01\x54\x0a\x14");
    (void) usleep(50000);
}

static void greeter(int fd)
{
    say(fd, "This is a camera.\r\nNobody may log in.\r\n");
    sound(fd);
}

/* ---- tests ---- */

#define ALL "{\"scheme\":\"ssh\",\"budget\":100,\"timeout_ms\":3000}"
#define ALONE "{\"scheme\":\"ssh\",\"budget\":100,\"timeout_ms\":3000,\"connections\":1}"
#define RANDOM                                                                                     \
    "{\"scheme\":\"ssh\",\"candidates\":[\"random\"],\"timeout_ms\":1500,\"lock_max_s\":1}"

Test(login_ssh, a_common_pair_is_found_and_proven_by_a_session)
{
    struct probe_run run = peer_run(&probe_login, NULL, sound, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "(user root): a session was opened"), "%s",
                       first(&run, "proofs"));
    cr_expect_eq(number(&run, "attempts"), number(&run, "candidates_total"));
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, "xc3511"));
    cr_expect(transcript_holds(&run.transcript, "SSH-2.0-libssh"));
    cr_expect(transcript_holds(&run.transcript, "password: denied"));
    probe_run_done(&run);
}

Test(login_ssh, questions_are_answered_where_no_plain_password_is_taken)
{
    struct probe_run run = peer_run(&probe_login, NULL, questions, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1, "%s", text(&run, "detail"));
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, "xc3511"));
    probe_run_done(&run);
}

Test(login_ssh, an_account_without_a_password_is_let_in_by_none)
{
    struct probe_run run = peer_run(&probe_login, NULL, blank_root, ALL, END_MS);

    cr_expect_geq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "no password was asked for"), "%s",
                       first(&run, "proofs"));
    probe_run_done(&run);
}

Test(login_ssh, a_device_that_hangs_up_unseen_is_asked_again_and_every_try_counts)
{
    struct probe_run run = peer_run(&probe_login, NULL, impatient, ALONE, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1, "%s", text(&run, "detail"));
    cr_expect_gt(number(&run, "attempts"), number(&run, "candidates_total"));
    cr_expect_leq(number(&run, "attempts"), number(&run, "candidates_total") + 3);
    cr_expect_eq(number(&run, "unclear_count"), 0);
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ssh, a_goodbye_in_place_of_an_answer_ends_the_connection)
{
    struct probe_run run = peer_run(&probe_login, NULL, one_try, RANDOM, END_MS);

    cr_expect_eq(number(&run, "rejected_count"), 2, "%s", text(&run, "detail"));
    cr_expect_eq(number(&run, "attempts"), 2);
    cr_expect(is(&run, "complete"));
    cr_expect(transcript_holds(&run.transcript, "password: the device ended the connection"));
    probe_run_done(&run);
}

Test(login_ssh, connections_side_by_side_find_the_same)
{
    struct probe_run alone = peer_run(&probe_login, NULL, impatient, ALONE, END_MS);
    struct probe_run beside = peer_run(&probe_login, NULL, impatient, ALL, END_MS);

    cr_expect(json_equal(json_object_get(alone.facts, "accepted"),
                         json_object_get(beside.facts, "accepted")));
    cr_expect_eq(number(&beside, "rejected_count"), number(&alone, "rejected_count"));
    cr_expect_leq(number(&beside, "attempts"), number(&beside, "candidates_total") + 4 * 3);
    cr_expect(is(&beside, "complete"));
    cr_expect(transcript_holds(&beside.transcript, "password: denied"));
    probe_run_done(&alone);
    probe_run_done(&beside);
}

Test(login_ssh, a_refused_session_after_a_log_in_is_a_log_in)
{
    struct probe_run run = peer_run(&probe_login, NULL, no_sessions, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "a session was refused after it"), "%s",
                       first(&run, "proofs"));
    probe_run_done(&run);
}

Test(login_ssh, a_log_in_that_leads_nowhere_is_unclear)
{
    struct probe_run run = peer_run(&probe_login, NULL, pretender, ALL, END_MS);

    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "unclear_count"), 1);
    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ssh, keys_alone_leave_nothing_tried)
{
    struct probe_run run = peer_run(&probe_login, NULL, keys_only, RANDOM, END_MS);

    cr_expect_eq(number(&run, "rejected_count"), 0);
    cr_expect_str_eq(text(&run, "detail"), "the device offers no log-in by password");
    cr_expect_not(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ssh, lines_before_the_identification_are_allowed)
{
    struct probe_run run = peer_run(&probe_login, NULL, greeter, RANDOM, END_MS);

    cr_expect_eq(number(&run, "rejected_count"), 2, "%s", text(&run, "detail"));
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_ssh, a_device_that_turns_connections_away_is_locked)
{
    struct probe_run run = peer_run(&probe_login, NULL, too_many, RANDOM, END_MS);

    cr_expect(is(&run, "locked"));
    cr_expect_not(is(&run, "complete"));
    cr_expect_eq(number(&run, "rejected_count"), 0);
    cr_expect_not_null(strstr(text(&run, "detail"), "Exceeded MaxStartups"), "%s",
                       text(&run, "detail"));
    probe_run_done(&run);
    run = peer_run(&probe_login, NULL, mute_refusal, RANDOM, END_MS);
    cr_expect(is(&run, "locked"));
    cr_expect_eq(number(&run, "rejected_count"), 0);
    probe_run_done(&run);
}

Test(login_ssh, what_is_no_ssh_is_no_refusal)
{
    void (*const peers[])(int fd) = { silent, web_server, cut_short };

    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        struct probe_run run = peer_run(&probe_login, NULL, peers[i], RANDOM, END_MS);

        cr_expect_eq(number(&run, "rejected_count"), 0, "%zu", i);
        cr_expect_eq(number(&run, "unclear_count"), 2, "%zu: %s", i, text(&run, "detail"));
        cr_expect_not(is(&run, "complete"));
        probe_run_done(&run);
    }
}
