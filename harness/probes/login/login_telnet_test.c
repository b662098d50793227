#include "probe/data.h"
#include "support/account.h"
#include "support/mock_http.h"
#include "support/run_facts.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <time.h>

extern const struct probe probe_login;

#define RIGHT "PLANTEDconsole"

/* A console of one device; each function talks until the connection is over. */
typedef void (*console_talk)(int fd, struct mock_shared *shared);

static void root_set(void)
{
    data_set_root(SOURCE_ROOT);
}

TestSuite(login_telnet, .init = root_set, .timeout = 90);

static void say(int fd, const char *text)
{
    mock_send(fd, text, strlen(text));
}

/* One line without its end; telnet commands and NUL left out.  False: hung up. */
static bool hear(int fd, char *room, size_t size)
{
    size_t used = 0;
    unsigned char octet;

    while (recv(fd, &octet, 1, 0) == 1) {
        if (octet == 0xff) {
            unsigned char rest[2];

            if (recv(fd, rest, 2, MSG_WAITALL) != 2) {
                return false;
            }
        } else if (octet == '\n') {
            room[used] = '\0';
            return true;
        } else if (octet != '\r' && octet != '\0' && used + 1 < size) {
            room[used++] = (char) octet;
        }
    }
    return false;
}

/* echo with the quotes taken out, which is all that a shell must do here. */
static void shell(int fd)
{
    char line[256];

    for (say(fd, "\r\nBusyBox v1\r\n\r\n/ # "); hear(fd, line, sizeof line); say(fd, "/ # ")) {
        char plain[256];
        size_t used = 0;

        say(fd, line); /* the terminal's echo */
        say(fd, "\r\n");
        if (strcmp(line, "exit") == 0) {
            return;
        }
        for (const char *at = line + 5; strncmp(line, "echo ", 5) == 0 && *at != '\0'; at++) {
            if (*at != '"') {
                plain[used++] = *at;
            }
        }
        plain[used] = '\0';
        say(fd, plain);
        say(fd, "\r\n");
    }
}

static bool ask(int fd, const char *prompt, char *room, size_t size)
{
    say(fd, prompt);
    return hear(fd, room, size);
}

/* login(1): three tries a connection. */
static void unix_login(int fd, struct mock_shared *shared)
{
    char user[64];
    char password[64];

    say(fd, "\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03");
    for (int i = 0; i < 3; i++) {
        if (!ask(fd, "\r\nhc100 login: ", user, sizeof user) ||
            !ask(fd, "Password: ", password, sizeof password)) {
            return;
        }
        shared->requests++;
        if ((strcmp(user, "root") == 0 && strcmp(password, "xc3511") == 0) ||
            (strcmp(user, "admin") == 0 && strcmp(password, RIGHT) == 0)) {
            say(fd, "\r\nLast login: today\r\n");
            shell(fd);
            return;
        }
        say(fd, "\r\nLogin incorrect\r\n");
    }
}

/* A prompt after anything at all, and nothing behind it but the same questions. */
static void pretender(int fd, struct mock_shared *shared)
{
    char line[64];

    (void) shared;
    while (ask(fd, "Username: ", line, sizeof line) && ask(fd, "Password: ", line, sizeof line) &&
           ask(fd, "> ", line, sizeof line)) {
        say(fd, "Session expired.\r\n");
    }
}

static void open_shell(int fd, struct mock_shared *shared)
{
    (void) shared;
    shell(fd);
}

static void any_password(int fd, struct mock_shared *shared)
{
    char line[64];

    (void) shared;
    if (ask(fd, "login: ", line, sizeof line) && ask(fd, "Password: ", line, sizeof line)) {
        shell(fd);
    }
}

/* Says "locked" from the fourth connection on. */
static void locker(int fd, struct mock_shared *shared)
{
    char line[64];

    if (++shared->counters[0] > 3) {
        say(fd, "Account locked. Try again later.\r\n");
        return;
    }
    if (ask(fd, "login: ", line, sizeof line) && ask(fd, "Password: ", line, sizeof line)) {
        say(fd, "Authentication failed\r\n");
    }
}

static void first_use(int fd, struct mock_shared *shared)
{
    char user[64];
    char password[64];

    (void) shared;
    if (!ask(fd, "login: ", user, sizeof user) ||
        !ask(fd, "Password: ", password, sizeof password)) {
        return;
    }
    if (strcmp(password, "1234") != 0) {
        say(fd, "denied\r\n");
        return;
    }
    say(fd, "Change it now.\r\nNew password: ");
    (void) hear(fd, user, sizeof user);
}

static void mute(int fd, struct mock_shared *shared)
{
    char line[64];

    (void) shared;
    while (hear(fd, line, sizeof line)) {
    }
}

static void key_press(int fd, struct mock_shared *shared)
{
    char line[64];

    if (hear(fd, line, sizeof line)) { /* a key wakes it */
        unix_login(fd, shared);
    }
}

static void noise(int fd, struct mock_shared *shared)
{
    static unsigned char bytes[4096];

    (void) shared;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char) (i * 7919 >> 3);
    }
    mock_send(fd, bytes, sizeof bytes);
}

static struct mock console_start(console_talk talk)
{
    struct mock mock = { 0 };
    int listener = mock_listener(AF_INET, &mock.port);

    mock.shared =
        mmap(NULL, sizeof *mock.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(mock.shared, MAP_FAILED);
    mock.pid = fork();
    if (mock.pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = accept(listener, NULL, NULL);

            talk(fd, mock.shared);
            (void) shutdown(fd, SHUT_WR);
            (void) close(fd);
        }
    }
    (void) close(listener);
    return mock;
}

static struct probe_run talk_to(console_talk talk, const struct subject *subject,
                                const char *params)
{
    static const struct subject nothing = { 0 };
    struct mock mock = console_start(talk);
    struct probe_run run = probe_run(&probe_login, subject != NULL ? subject : &nothing,
                                     "127.0.0.1", mock.port, params, 60000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    mock_stop(&mock);
    return run;
}

Test(login_telnet, a_common_pair_is_found_and_proven_by_a_command)
{
    struct probe_run run =
        talk_to(unix_login, NULL, "{\"scheme\":\"telnet\",\"budget\":100,\"timeout_ms\":3000}");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "(user root): a command was carried out"),
                       "%s", first(&run, "proofs"));
    cr_expect_eq(number(&run, "unclear_count"), 0);
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, "xc3511"));
    probe_run_done(&run);
}

Test(login_telnet, declared_credentials_stay_out_of_the_transcript)
{
    struct service service = { .protocol = "telnet" };
    struct credential credential = account("admin", RIGHT);
    struct auth auth = {
        .id = "t", .service = &service, .credentials = &credential, .credential_count = 1
    };
    struct profile profile = { .auths = &auth, .auth_count = 1 };
    struct subject subject = { .profile = &profile, .auth = &auth };
    struct probe_run run;

    run = talk_to(unix_login, &subject, "{\"candidates\":[\"blank\",\"random\",\"declared\"]}");
    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "declared (role admin)"));
    cr_expect(is(&run, "right_login_before"));
    cr_expect(is(&run, "right_login_after"));
    cr_expect(is(&run, "complete"));
    cr_expect_not(transcript_holds(&run.transcript, RIGHT));
    cr_expect(transcript_holds(&run.transcript, "declared credentials"));
    secret_done(&credential.secret);
    probe_run_done(&run);
}

Test(login_telnet, hydra_739_90_a_console_that_lets_anybody_in_fails_the_known_bad_control)
{
    static const console_talk consoles[] = { open_shell, any_password };

    for (size_t i = 0; i < 2; i++) {
        struct probe_run run =
            talk_to(consoles[i], NULL, "{\"scheme\":\"telnet\",\"candidates\":[\"random\"]}");

        cr_expect_eq(number(&run, "accepted_count"), 2, "console %zu", i);
        probe_run_done(&run);
    }
}

Test(login_telnet, a_prompt_with_nothing_behind_it_is_no_success)
{
    struct probe_run run = talk_to(
        pretender, NULL, "{\"scheme\":\"telnet\",\"candidates\":[\"random\"],\"timeout_ms\":2000}");

    cr_expect_eq(number(&run, "accepted_count"), 0);
    cr_expect_eq(number(&run, "rejected_count"), 2);
    probe_run_done(&run);
}

Test(login_telnet, a_lock_in_words_leaves_the_run_incomplete)
{
    struct probe_run run =
        talk_to(locker, NULL, "{\"scheme\":\"telnet\",\"lock_max_s\":1,\"timeout_ms\":3000}");

    cr_expect(is(&run, "locked"));
    cr_expect_not(is(&run, "complete"));
    cr_expect_eq(number(&run, "rejected_count"), 3);
    probe_run_done(&run);
}

Test(login_telnet, being_asked_for_a_new_password_means_the_old_one_was_right)
{
    struct probe_run run =
        talk_to(first_use, NULL, "{\"scheme\":\"telnet\",\"stop_after\":1,\"timeout_ms\":3000}");

    cr_expect_eq(number(&run, "accepted_count"), 1);
    cr_expect_not_null(strstr(first(&run, "proofs"), "new password"));
    probe_run_done(&run);
}

Test(login_telnet, a_console_that_waits_for_a_key_is_woken)
{
    struct probe_run run = talk_to(
        key_press, NULL, "{\"scheme\":\"telnet\",\"candidates\":[\"blank\"],\"timeout_ms\":6000}");

    cr_expect_eq(number(&run, "rejected_count"), 2);
    cr_expect(is(&run, "complete"));
    probe_run_done(&run);
}

Test(login_telnet, silence_and_noise_are_neither_accepted_nor_rejected)
{
    static const console_talk consoles[] = { mute, noise };

    for (size_t i = 0; i < 2; i++) {
        struct probe_run run = talk_to(consoles[i], NULL,
                                       "{\"scheme\":\"telnet\",\"candidates\":[\"blank\"],"
                                       "\"timeout_ms\":500}");

        cr_expect_eq(number(&run, "accepted_count"), 0);
        cr_expect_eq(number(&run, "rejected_count"), 0, "console %zu", i);
        cr_expect_not(is(&run, "complete"));
        probe_run_done(&run);
    }
}
