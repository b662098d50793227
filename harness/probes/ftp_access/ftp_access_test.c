#include "support/account.h"
#include "support/fixture.h"
#include "support/mock_ftp.h"
#include "support/peer_run.h"
#include "wire/ftp.h"

extern const struct probe probe_ftp_access;

TestSuite(ftp_access, .timeout = 60);

#define GIVEN(as) "{\"as\":\"" as "\",\"timeout_ms\":2000}"

static void sound(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ 0 });
}

static void anonymous_reads(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .anonymous = true, .anonymous_reads = true });
}

static void anonymous_sees_nothing(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .anonymous = true });
}

static void open_to_all(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .stranger_reads = true });
}

static void full(int fd)
{
    mock_ftp_serve(fd, &(struct mock_ftp){ .greeting = "421 Too many users.\r\n" });
}

static void hangs_up(int fd)
{
    char line[64];

    mock_ftp_say(fd, "220 x\r\n");
    (void) mock_ftp_hear(fd, line, sizeof line);
}

static struct probe_run ask(void (*peer)(int fd), const char *params)
{
    struct credential credential = account("admin", "PLANTEDftp");
    struct service service = { .protocol = "ftp" };
    struct auth auth = { .id = "a",
                         .service = &service,
                         .scheme = "ftp",
                         .credentials = &credential,
                         .credential_count = 1 };
    struct access access = {
        .service = &service, .auth = &auth, .role = "admin", .read = { .path = "/config.bin" }
    };
    struct profile profile = { .auths = &auth, .auth_count = 1 };
    const struct subject subject = { .profile = &profile, .access = &access };
    struct probe_run run = peer_run(&probe_ftp_access, &subject, peer, params, 30000);

    secret_done(&credential.secret);
    cr_expect_not(transcript_holds(&run.transcript, "PLANTED"));
    return run;
}

static int tell(const struct probe_run *run, const char *fact)
{
    const json_t *value = json_object_get(run->facts, fact);

    return value == NULL ? -1 : json_is_true(value);
}

Test(ftp_access, strangers_are_refused_by_a_sound_device)
{
    struct probe_run run = ask(sound, GIVEN("anonymous"));

    cr_expect_eq(tell(&run, "greeted"), 1);
    cr_expect_eq(tell(&run, "granted"), 0);
    cr_expect_eq(tell(&run, "logged_in"), 0);
    cr_expect_eq(tell(&run, "listed"), -1);
    probe_run_done(&run);
    run = ask(sound, GIVEN("wrong"));
    cr_expect_eq(tell(&run, "granted"), 0);
    probe_run_done(&run);
}

Test(ftp_access, the_role_gets_the_file)
{
    struct probe_run run = ask(sound, GIVEN("role"));

    cr_expect_eq(tell(&run, "granted"), 1);
    cr_expect_eq(tell(&run, "logged_in"), 1);
    cr_expect_eq(tell(&run, "listed"), 1);
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "octets")), 15);
    probe_run_done(&run);
}

Test(ftp_access, anonymous_and_nobody_are_told_apart_from_those_who_see_nothing)
{
    struct probe_run run = ask(anonymous_reads, GIVEN("anonymous"));

    cr_expect_eq(tell(&run, "granted"), 1);
    cr_expect_eq(tell(&run, "logged_in"), 1);
    probe_run_done(&run);
    run = ask(open_to_all, GIVEN("anonymous"));
    cr_expect_eq(tell(&run, "granted"), 1);
    cr_expect_eq(tell(&run, "logged_in"), -1);
    probe_run_done(&run);
    run = ask(anonymous_sees_nothing, GIVEN("anonymous"));
    cr_expect_eq(tell(&run, "granted"), 0);
    cr_expect_eq(tell(&run, "logged_in"), 1);
    probe_run_done(&run);
}

Test(ftp_access, no_clear_answer_is_no_refusal)
{
    struct probe_run run = ask(full, GIVEN("anonymous"));

    cr_expect_eq(tell(&run, "greeted"), -1);
    cr_expect_eq(tell(&run, "granted"), -1);
    probe_run_done(&run);
    run = ask(hangs_up, GIVEN("anonymous"));
    cr_expect_eq(tell(&run, "granted"), -1);
    probe_run_done(&run);
}

/* The codes of all replies of a recorded dialogue. */
static size_t codes(const char *name, unsigned room[16])
{
    char text[2048];
    size_t length = fixture(name, text, sizeof text);
    size_t count = 0;
    size_t at = 0;

    while (count < 16 && length > at) {
        struct wire_ftp_reply reply;

        cr_assert_eq(wire_ftp_reply_read(text + at, length - at, &reply), WIRE_FTP_WHOLE);
        room[count++] = reply.code;
        at += reply.length;
    }
    return count;
}

Test(ftp_access, vsftpd_is_read_as_it_speaks)
{
    static const unsigned let_in[] = { 220, 530, 331, 230, 229, 227, 550, 221 };
    static const unsigned refused[] = { 220, 530, 331, 530, 530, 530, 530, 221 };
    unsigned room[16];

    cr_assert_eq(codes("vsftpd_anonymous.ftp", room), 8);
    cr_expect_arr_eq(room, let_in, sizeof let_in);
    cr_assert_eq(codes("vsftpd_refused.ftp", room), 8);
    cr_expect_arr_eq(room, refused, sizeof refused);
}
