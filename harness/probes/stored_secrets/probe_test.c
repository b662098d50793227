/* Images of the reference device through the whole probe, and the guesses at hashes. */
#include "findings.h"
#include "guess.h"

#include "probe/data.h"
#include "probe/registry.h"
#include "support/fixture.h"
#include "support/probe_run.h"

extern const struct probe probe_stored_secrets;

static struct probe_run searched(const struct firmware *firmware, const char *password)
{
    struct error error = { .status = STATUS_OK };
    struct credential credential = { .role = "admin", .user = "admin" };
    struct auth auth = { .id = "page", .credentials = &credential, .credential_count = 1 };
    struct profile profile = { .auths = &auth, .auth_count = 1 };
    const struct subject subject = { .profile = &profile, .firmware = firmware };
    struct probe_run run;

    data_set_root(SOURCE_ROOT);
    cr_assert_eq(
        secret_set(&credential.secret, password, strlen(password), SECRET_FOR_CHILDREN, &error),
        STATUS_OK);
    run = probe_run(&probe_stored_secrets, &subject, "127.0.0.1", 0, "{}", 60000);
    secret_done(&credential.secret);
    return run;
}

static const json_t *first(const struct probe_run *run, const char *fact)
{
    const json_t *rows = json_object_get(run->facts, fact);

    cr_assert_eq(json_array_size(rows), 1, "%s: %zu", fact, json_array_size(rows));
    return json_array_get(rows, 0);
}

static void says(const struct probe_run *run, const char *fact, const char *column,
                 const char *text)
{
    cr_expect_str_eq(json_string_value(json_object_get(first(run, fact), column)), text);
}

static void has_none(const struct probe_run *run, const char *fact)
{
    const json_t *rows = json_object_get(run->facts, fact);

    cr_expect(json_is_array(rows) && json_array_size(rows) == 0, "%s", fact);
}

Test(stored_secrets, a_sound_image_holds_nothing)
{
    const struct firmware firmware = { .name = "main",
                                       .version = "1.4.2",
                                       .image = FIXTURES "sound.img" };
    struct probe_run run = searched(&firmware, "open-sesame-42");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    has_none(&run, "secrets");
    has_none(&run, "private_keys");
    has_none(&run, "weak_hashes");
    has_none(&run, "hashes");
    has_none(&run, "open_doors");
    has_none(&run, "fixed_passwords");
    cr_expect(json_is_true(json_object_get(run.facts, "control_found")));
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_eq(json_integer_value(json_object_get(run.facts, "secrets_searched")), 1);
    cr_expect_leq(json_integer_value(json_object_get(run.facts, "opaque_percent")), 5);
    says(&run, "parts", "format", "gzip, POSIX ustar format");
    probe_run_done(&run);
}

Test(stored_secrets, a_flawed_image_gives_each_flaw_away)
{
    const struct firmware firmware = {
        .name = "main", .version = "1.4.2", .contains = "HC-100", .image = FIXTURES "flawed.img"
    };
    struct probe_run run = searched(&firmware, "ntp.example.invalid");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    says(&run, "private_keys", "path", "image!etc/ssl/private/server.key");
    says(&run, "weak_hashes", "of", "a common password");
    says(&run, "weak_hashes", "user", "root");
    says(&run, "open_doors", "what", "telnetd that starts a shell");
    says(&run, "secrets", "secret", "page: credential of role admin");
    says(&run, "secrets", "path", "image!etc/camera/camera.conf");
    probe_run_done(&run);
}

/* No liveness of a search: what is not found where it must be is told as such. */
Test(stored_secrets, says_when_what_must_be_there_is_not_found)
{
    const struct firmware firmware = {
        .name = "main", .version = "9.9.9", .sha256 = "00", .image = FIXTURES "sound.img"
    };
    const struct firmware none = { .name = "main", .version = "1", .image = FIXTURES "absent.img" };
    struct probe_run run = searched(&firmware, "open-sesame-42");

    cr_expect(json_is_false(json_object_get(run.facts, "control_found")));
    cr_expect(json_is_false(json_object_get(run.facts, "as_declared")));
    probe_run_done(&run);
    run = searched(&none, "open-sesame-42");
    cr_expect_eq(run.status, STATUS_IO);
    probe_run_done(&run);
}

/* Short ones would be found by chance. */
Test(stored_secrets, names_the_secrets_that_it_does_not_look_for)
{
    const struct firmware firmware = { .name = "main",
                                       .version = "1.4.2",
                                       .image = FIXTURES "sound.img" };
    struct probe_run run = searched(&firmware, "admin");

    cr_expect_eq(json_integer_value(json_object_get(run.facts, "secrets_searched")), 0);
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(run.facts, "left_out"), 0)),
                     "page: credential of role admin");
    probe_run_done(&run);
}

Test(stored_secrets, hashes_of_common_passwords_are_known)
{
    static const struct {
        const char *user;
        const char *hash;
        bool nt;
        enum guess_word word;
    } hashes[] = {
        { "u",
          "$6$abcdefgh$7w.yLfcRqJb7g1B8FBzHFd3Yo4yQzpG8xaoAbRHWXHDaoVWs.AcRZXgFGyvM/aQ/"
          "IqiiVsxUgHD0rHhZ6XDj3/",
          false, GUESS_COMMON },
        { "u",
          "$6$abcdefgh$msuleuUAhk6TrbzQ9vJO.JzllewhDBPxyMgdlIshwAkM1qmkcp6WrwOKiNkpupU83TwgjGrFoI19"
          "dYRSrUCg21",
          false, GUESS_NONE },
        { "u", "$1$abcdefgh$M55TzYaaccxVGbptZWaxX/", false, GUESS_EMPTY },
        { "root", "ab6TRGT20sY26", false, GUESS_USER },
        { "", "8846F7EAEE8FB117AD06BDD830B7586C", true, GUESS_COMMON },
    };
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(guesser_done) struct guesser guesser = { 0 };
    struct error error = { .status = STATUS_OK };

    data_set_root(SOURCE_ROOT);
    cr_assert_eq(guesser_start(&guesser, arena, clock_monotonic_ms() + 60000, &error), STATUS_OK,
                 "%s", error.message);
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        cr_expect_eq(guess(&guesser, hashes[i].user, hashes[i].hash, hashes[i].nt), hashes[i].word,
                     "%zu", i);
    }
    cr_expect_eq(guesser.hashes, 5);
    cr_expect_eq(guesser.untried, 0);
    cr_expect_eq(guess(&guesser, "u", "$apr1$abcdefgh$1234567890123456789012", false), GUESS_NONE);
    cr_expect_eq(guesser.untried, 1);
    cr_expect_eq(
        guess(&guesser, "u", "$2b$31$12345678901234567890121234567890123456789012345678901", false),
        GUESS_NONE);
    cr_expect_eq(guess(&guesser, "u", "$6$rounds=999999999$salt$123", false), GUESS_NONE);
    cr_expect_eq(
        guess(&guesser, "u", "$y$jFT$salt$1234567890123456789012345678901234567890123", false),
        GUESS_NONE);
    cr_expect_eq(guesser.untried, 4, "nobody waits for these");
    guesser.untried = 1;
    guesser.deadline_ms = 1;
    cr_expect_eq(guess(&guesser, "", hashes[1].hash, false), GUESS_NONE);
    cr_expect_eq(guesser.untried, 2);
}
