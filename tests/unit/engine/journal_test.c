#include "engine/journal.h"

#include "evidence/json_strict.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 200 };

/* Each test is a process of its own. */
static char base[] = "/tmp/hoshitori-journal-XXXXXX";

static void folder_name(char room[ROOM])
{
    cr_assert_not_null(mkdtemp(base));
    (void) snprintf(room, ROOM, "%s/run.partial", base);
}

static int away(const char *path, const struct stat *kind, int type, struct FTW *place)
{
    (void) kind;
    (void) type;
    (void) place;
    return remove(path);
}

static void folder_gone(void)
{
    (void) nftw(base, away, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(journal, .fini = folder_gone);

static enum status count_kinds(void *context, const struct evlog_event *event, struct error *reterr)
{
    unsigned *verdicts = context;

    (void) reterr;
    *verdicts += strcmp(event->kind, "verdict") == 0 ? 1 : 0;
    return STATUS_OK;
}

static void append_to(const char *folder, const char *file, const char *text)
{
    char path[ROOM + 20];
    int fd;

    (void) snprintf(path, sizeof path, "%s/%s", folder, file);
    fd = open(path, O_WRONLY | O_APPEND);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    (void) close(fd);
}

Test(journal, a_killed_run_is_read_again_up_to_its_torn_line)
{
    DEFER(journal_done) struct journal *journal = NULL;
    char folder[ROOM];
    unsigned verdicts = 0;
    uint64_t torn = 0;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_say(journal, "run-opened", NULL, json_object(), NULL), STATUS_OK);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    cr_assert_eq(journal_say(journal, "verdict", "S1.1-13/undeclared-tcp@127.0.0.1",
                             json_pack("{s:s}", "verdict", "pass"), NULL),
                 STATUS_OK);
    journal_done(&journal);
    append_to(folder, "events.jsonl", "{\"check\":null,\"da");
    cr_assert_eq(journal_reopen(folder, count_kinds, &verdicts, &journal, &torn, NULL), STATUS_OK);
    cr_assert_eq(verdicts, 1);
    cr_assert_eq(torn, 17);
    cr_assert_eq(journal_say(journal, "run-resumed", NULL, NULL, NULL), STATUS_OK);
    cr_assert_eq(journal_remove(&journal, NULL), STATUS_OK);
    cr_assert_neq(access(folder, F_OK), 0);
}

Test(journal, a_changed_line_is_refused)
{
    DEFER(journal_done) struct journal *journal = NULL;
    struct error error = { 0 };
    char folder[ROOM];
    unsigned verdicts = 0;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_say(journal, "run-opened", NULL, json_object(), NULL), STATUS_OK);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    journal_done(&journal);
    append_to(folder, "events.jsonl", "{\"not\":\"an event\"}\n");
    cr_assert_eq(journal_reopen(folder, count_kinds, &verdicts, &journal, NULL, &error),
                 STATUS_BAD_INPUT);
    cr_assert_neq(error.message[0], '\0');
}

Test(journal, an_interrupted_run_is_not_written_over)
{
    DEFER(journal_done) struct journal *first = NULL;
    DEFER(journal_done) struct journal *second = NULL;
    struct error error = { 0 };
    char folder[ROOM];

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &first, NULL), STATUS_OK);
    cr_assert_eq(journal_create(folder, &second, &error), STATUS_BAD_INPUT, "two at once");
    cr_assert_eq(journal_settle(first, NULL), STATUS_OK);
    cr_assert_neq(journal_create(folder, &second, &error), STATUS_OK);
    cr_assert_not_null(strstr(error.message, "--resume"));
    cr_assert_eq(journal_remove(&first, NULL), STATUS_OK);
}

Test(journal, a_transcript_is_a_file_that_the_log_vouches_for)
{
    DEFER(journal_done) struct journal *journal = NULL;
    DEFER(json_strict_done) json_t *said = NULL;
    DEFER(json_strict_done)
    json_t *transcript = json_pack("{s:[{s:s},{s:s}], s:i}", "events", "kind", "sent", "kind",
                                   "received", "connections", 1);
    char folder[ROOM];
    char path[ROOM + 200];
    struct stat facts;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_keep_transcript(journal, "S1.1-12/tls-versions@admin", 4, 2, transcript,
                                         &said, NULL),
                 STATUS_OK);
    cr_assert_str_eq(json_string_value(json_object_get(said, "path")),
                     "wire/0004-s1.1-12-tls-versions-admin.2.jsonl");
    cr_assert_eq(journal_path(journal, json_string_value(json_object_get(said, "path")), path,
                              sizeof path, NULL),
                 STATUS_OK);
    cr_assert_eq(stat(path, &facts), 0);
    cr_assert_eq(facts.st_mode & 0777, 0600);
    cr_assert_eq(json_integer_value(json_object_get(said, "size")), facts.st_size);
    cr_assert_eq(journal_remove(&journal, NULL), STATUS_OK);
}

/* What a keeper does: it holds a copy of the lock's descriptor for a while. */
Test(journal, who_reopens_it_waits_for_whoever_still_holds_its_lock)
{
    DEFER(journal_done) struct journal *journal = NULL;
    const struct timespec while_longer = { .tv_nsec = 400 * 1000000L };
    struct timespec began;
    struct timespec ended;
    char folder[ROOM];
    unsigned verdicts = 0;
    pid_t holder;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    holder = fork();
    if (holder == 0) {
        (void) nanosleep(&while_longer, NULL);
        _exit(0);
    }
    journal_done(&journal);
    (void) clock_gettime(CLOCK_MONOTONIC, &began);
    cr_assert_eq(journal_reopen(folder, count_kinds, &verdicts, &journal, NULL, NULL), STATUS_OK);
    (void) clock_gettime(CLOCK_MONOTONIC, &ended);
    cr_expect_geq((ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000,
                  200, "it did not wait");
    (void) waitpid(holder, NULL, 0);
}

Test(journal, a_run_that_is_at_work_is_not_waited_for)
{
    DEFER(journal_done) struct journal *first = NULL;
    DEFER(journal_done) struct journal *second = NULL;
    struct error error = { 0 };
    char folder[ROOM];
    unsigned verdicts = 0;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &first, NULL), STATUS_OK);
    cr_assert_eq(journal_settle(first, NULL), STATUS_OK);
    alarm(10); /* less than anybody waits for a keeper */
    cr_assert_eq(journal_reopen(folder, count_kinds, &verdicts, &second, NULL, &error),
                 STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "another run is at work"));
}

Test(journal, what_was_killed_before_it_began_is_no_run_and_in_nobodys_way)
{
    DEFER(journal_done) struct journal *journal = NULL;
    char folder[ROOM];
    char path[ROOM + 20];
    unsigned verdicts = 0;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    journal_done(&journal);
    cr_assert_eq(journal_reopen(folder, count_kinds, &verdicts, &journal, NULL, NULL),
                 STATUS_BAD_INPUT, "nothing has that name yet");
    journal_done(&journal);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_say(journal, "run-opened", NULL, NULL, NULL), STATUS_OK);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    cr_assert_eq(journal_remove(&journal, NULL), STATUS_OK);
    (void) snprintf(path, sizeof path, "%s.new", folder);
    cr_assert_neq(access(path, F_OK), 0);
}

/* What others put in the way, in a folder where they may write, leads nowhere else. */
Test(journal, nothing_is_removed_that_is_not_of_a_run)
{
    DEFER(journal_done) struct journal *journal = NULL;
    struct error error = { 0 };
    char folder[ROOM];
    char other[ROOM];
    char file[ROOM + 20];
    char path[ROOM + 20];

    folder_name(folder);
    (void) snprintf(other, sizeof other, "%s/other", base);
    (void) snprintf(file, sizeof file, "%s/letter.txt", other);
    (void) snprintf(path, sizeof path, "%s.new", folder);
    cr_assert_eq(mkdir(other, 0700), 0);
    cr_assert_eq(close(open(file, O_WRONLY | O_CREAT, 0600)), 0);
    cr_assert_eq(symlink(other, path), 0);
    cr_assert_eq(journal_create(folder, &journal, &error), STATUS_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "not a folder of yours"));
    cr_assert_eq(access(file, F_OK), 0, "through the link");
    cr_assert_eq(unlink(path), 0);

    cr_assert_eq(mkdir(path, 0700), 0);
    (void) snprintf(path, sizeof path, "%s.new/wire", folder);
    cr_assert_eq(symlink(other, path), 0);
    cr_assert_neq(journal_create(folder, &journal, &error), STATUS_OK);
    cr_assert_eq(access(file, F_OK), 0, "through the link inside");
    journal_done(&journal);
    cr_assert_eq(unlink(path), 0);

    cr_assert_eq(journal_create(folder, &journal, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    (void) snprintf(path, sizeof path, "%s/notes.txt", folder);
    cr_assert_eq(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
    (void) snprintf(file, sizeof file, "%s/.hoshi-k1ll3d", folder);
    cr_assert_eq(close(open(file, O_WRONLY | O_CREAT, 0600)), 0);
    cr_assert_eq(journal_remove(&journal, &error), STATUS_OK);
    cr_assert_eq(access(path, F_OK), 0, "somebody's file");
    cr_assert_neq(access(file, F_OK), 0, "of a sealing that was killed");
}

Test(journal, reading_changes_nothing_and_goes_as_far_as_it_is_good)
{
    DEFER(journal_done) struct journal *journal = NULL;
    struct evlog_summary summary = { 0 };
    char folder[ROOM];
    unsigned verdicts = 0;
    uint64_t torn = 0;

    folder_name(folder);
    cr_assert_eq(journal_create(folder, &journal, NULL), STATUS_OK);
    cr_assert_eq(journal_say(journal, "run-opened", NULL, NULL, NULL), STATUS_OK);
    cr_assert_eq(journal_settle(journal, NULL), STATUS_OK);
    journal_done(&journal);
    append_to(folder, "events.jsonl", "{\"torn");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(journal_visit(folder, count_kinds, &verdicts, &summary, &torn, NULL),
                     STATUS_OK);
        cr_assert_eq(summary.count, 1);
        cr_assert_eq(torn, 6, "still there");
    }
    append_to(folder, "events.jsonl", "\n");
    cr_assert_eq(journal_visit(folder, count_kinds, &verdicts, &summary, &torn, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(summary.count, 1, "up to there it is good");
}
