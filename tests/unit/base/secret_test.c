#include "base/secret.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_file(char path[64], const char *text, mode_t mode)
{
    int fd;

    (void) snprintf(path, 64, "/tmp/hoshitori-secret-XXXXXX");
    fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    (void) close(fd);
}

Test(secret, a_file_that_others_may_read_is_refused)
{
    DEFER(secret_done) struct secret secret = { 0 };
    struct error error = { 0 };
    char path[64];

    write_file(path, "hunter2\n", 0640);
    cr_assert_eq(secret_from_file(&secret, path, true, SECRET_FOR_CHILDREN, &error),
                 STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "chmod 600"));
    cr_assert_null(strstr(error.message, "hunter2"));
    (void) unlink(path);
}

Test(secret, a_line_loses_its_end_and_nothing_else)
{
    DEFER(secret_done) struct secret secret = { 0 };
    char path[64];

    write_file(path, " hunter2 \r\n", 0600);
    cr_assert_eq(secret_from_file(&secret, path, true, SECRET_FOR_CHILDREN, NULL), STATUS_OK);
    cr_assert_str_eq(secret_reveal(&secret), " hunter2 ");
    cr_assert_eq(secret.length, 9);
    (void) unlink(path);
}

Test(secret, what_is_not_there_or_too_large_is_an_error)
{
    DEFER(secret_done) struct secret secret = { 0 };
    static char large[66000];
    char path[64];

    memset(large, 'x', sizeof large - 1);
    write_file(path, large, 0600);
    cr_assert_eq(secret_from_file(&secret, path, false, SECRET_FOR_CHILDREN, NULL), STATUS_LIMIT);
    (void) unlink(path);
    cr_assert_eq(secret_from_file(&secret, path, false, SECRET_FOR_CHILDREN, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_str_eq(secret_reveal(&secret), "");
}

/* The exit code of a child that looks at the secret: 1 if it reads the text. */
static int child_sees(const struct secret *secret, const char *text)
{
    int state = 0;
    pid_t child = fork();

    if (child == 0) {
        _exit(memcmp(secret_reveal(secret), text, strlen(text)) == 0 ? 1 : 0);
    }
    cr_assert_eq(waitpid(child, &state, 0), child);
    return WEXITSTATUS(state);
}

Test(secret, a_parents_secret_is_zeros_in_a_child)
{
    DEFER(secret_done) struct secret key = { 0 };
    DEFER(secret_done) struct secret password = { 0 };

    cr_assert_eq(secret_set(&key, "private", 7, SECRET_PARENT_ONLY, NULL), STATUS_OK);
    cr_assert_eq(secret_set(&password, "password", 8, SECRET_FOR_CHILDREN, NULL), STATUS_OK);
    cr_assert_eq(child_sees(&key, "private"), 0);
    cr_assert_eq(child_sees(&password, "password"), 1);
    cr_assert_str_eq(secret_reveal(&key), "private");
}

Test(secret, a_pipe_that_nobody_writes_into_is_refused_and_not_waited_for, .timeout = 5)
{
    char folder[] = "/tmp/hoshitori-secret-XXXXXX";
    struct secret secret = { 0 };
    char path[64];

    cr_assert_not_null(mkdtemp(folder));
    (void) snprintf(path, sizeof path, "%s/pipe", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(secret_from_file(&secret, path, true, SECRET_FOR_CHILDREN, NULL),
                 STATUS_BAD_INPUT);
    (void) unlink(path);
    (void) rmdir(folder);
}
