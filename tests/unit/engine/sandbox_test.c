#include "engine/sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sandbox_limits limits = { .cpu_s = 10, .memory_mib = 512, .files = 64 };

/* Runs the attempt in a sandboxed child; its exit code: 0 what should hold held. */
static int in_sandbox(int (*attempt)(void))
{
    pid_t child = fork();
    int state = 0;

    if (child == 0) {
        struct sandbox_state entered = { 0 };

        if (sandbox_enter(&limits, &entered, NULL) != STATUS_OK) {
            _exit(90);
        }
        if (!entered.seccomp) {
            _exit(91);
        }
        _exit(attempt());
    }
    cr_assert_eq(waitpid(child, &state, 0), child);
    cr_assert(WIFEXITED(state));
    return WEXITSTATUS(state);
}

static int run_a_program(void)
{
    char *const words[] = { (char[]){ "true" }, NULL };

    (void) execve("/bin/true", words, NULL);
    return errno == EPERM ? 0 : 1;
}

static int write_a_file(void)
{
    int fd = open("/tmp/hoshitori-sandbox-test", O_WRONLY | O_CREAT, 0600);

    return fd < 0 && errno == EPERM ? 0 : 1;
}

static int remove_a_file(void)
{
    return unlink("/tmp/hoshitori-not-there") != 0 && errno == EPERM ? 0 : 1;
}

static int truncate_by_opening(void)
{
    return open("/tmp/hoshitori-not-there", O_RDONLY | O_TRUNC) < 0 && errno == EPERM ? 0 : 1;
}

static int open_by_the_newer_call(void)
{
    const struct open_how how = { .flags = O_RDONLY };

    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how) < 0 && errno == EPERM
               ? 0
               : 1;
}

static int signal_its_parent(void)
{
    return kill(getppid(), 0) != 0 && errno == EPERM ? 0 : 1;
}

static int read_its_parents_memory(void)
{
    char path[64];

    (void) snprintf(path, sizeof path, "/proc/%d/mem", getppid());
    return open(path, O_RDONLY) < 0 ? 0 : 1;
}

static int read_a_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0 ? 0 : 1;
}

static int open_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int raise_a_limit(void)
{
    struct rlimit more = { .rlim_cur = 128, .rlim_max = 128 };

    return setrlimit(RLIMIT_NOFILE, &more) != 0 || geteuid() == 0 ? 0 : 1;
}

Test(sandbox, this_machine_has_a_system_call_filter)
{
    cr_assert(sandbox_has_seccomp());
}

Test(sandbox, a_probe_cannot_start_a_program)
{
    cr_assert_eq(in_sandbox(run_a_program), 0);
}

Test(sandbox, a_probe_cannot_reach_its_parent)
{
    cr_assert_eq(in_sandbox(signal_its_parent), 0);
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
    cr_assert_eq(in_sandbox(read_its_parents_memory), 0);
}

Test(sandbox, no_other_call_opens_files)
{
    cr_assert_eq(in_sandbox(open_by_the_newer_call), 0);
}

/* With gcov every child writes its counts. */
Test(sandbox, a_probe_cannot_write_or_remove_files)
{
#ifdef HOSHITORI_COVERAGE
    const int refused = 1;
#else
    const int refused = 0;
#endif

    cr_assert_eq(in_sandbox(write_a_file), refused);
    cr_assert_eq(in_sandbox(remove_a_file), refused);
    cr_assert_eq(in_sandbox(truncate_by_opening), refused);
}

Test(sandbox, a_probe_can_still_read_and_connect)
{
    cr_assert_eq(in_sandbox(read_a_file), 0);
    cr_assert_eq(in_sandbox(open_a_socket), 0);
    cr_assert_eq(in_sandbox(raise_a_limit), 0);
}
