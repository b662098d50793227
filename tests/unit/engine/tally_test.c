/* What a killed child has counted. */
#include "engine/tally.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Test(tally, what_a_killed_child_counted_is_found_again)
{
    char folder[] = "/tmp/hoshitori-tally-XXXXXX";
    char path[64];
    struct tally tally = { 0 };
    struct error error;
    pid_t child;

    cr_assert_not_null(mkdtemp(folder));
    (void) snprintf(path, sizeof path, "%s/attempts", folder);
    cr_assert_eq(tally_open(&tally, path, 3, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(tally_of(&tally, 1), 0);
    child = fork();
    if (child == 0) {
        for (unsigned i = 0; i < 1000; i++) {
            tally_add(&tally, 1);
        }
        tally_add(&tally, 3); /* no such item */
        (void) raise(SIGKILL);
    }
    (void) waitpid(child, NULL, 0);
    tally_done(&tally);
    tally_add(&tally, 1);
    cr_expect_eq(tally_of(&tally, 1), 0, "it is closed");
    cr_assert_eq(tally_open(&tally, path, 3, &error), STATUS_OK);
    cr_expect_eq(tally_of(&tally, 0), 0);
    cr_expect_eq(tally_of(&tally, 1), 1000);
    cr_expect_eq(tally_of(&tally, 2), 0);
    tally_raise(&tally, 1, 7);
    tally_raise(&tally, 2, 7);
    cr_expect_eq(tally_of(&tally, 1), 1000);
    cr_expect_eq(tally_of(&tally, 2), 7);
    tally_done(&tally);
    cr_expect_eq(tally_open(&tally, folder, 3, &error), STATUS_IO, "a folder is no file");
    (void) unlink(path);
    (void) rmdir(folder);
}
