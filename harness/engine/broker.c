#include "engine/broker.h"

#include "base/clock.h"
#include "engine/broker_person.h"
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PERSON_TIMES = 4 }; /* one lever, in one run of a probe */

struct broker broker_none(void)
{
    return (struct broker){ .pid = 0, .ask_fd = -1, .answer_fd = -1 };
}

bool broker_is_needed(const struct probe *probe, const struct profile *profile)
{
    if (probe != NULL && probe->wants_person) {
        return true;
    }
    for (size_t i = 0;
         probe != NULL && probe->moves != 0 && profile != NULL && i < profile->lever_count; i++) {
        if (profile->levers[i].by == LEVER_BY_COMMAND || profile->levers[i].by == LEVER_BY_PERSON) {
            return true;
        }
    }
    return false;
}

bool broker_may_move(const struct probe *probe, const struct subject *subject,
                     const struct lever_way *way)
{
    const bool erases = way->lever == LEVER_ERASE || way->lever == LEVER_FACTORY_RESET;

    return (probe->moves & LEVER_BIT(way->lever)) != 0 &&
           (!erases || subject->erasure == NULL || subject->erasure == way);
}

int64_t broker_allowance_ms(const struct probe *probe, const struct profile *profile)
{
    int64_t total_ms = 0;

    for (size_t i = 0;
         probe != NULL && probe->moves != 0 && profile != NULL && i < profile->lever_count; i++) {
        if (profile->levers[i].by == LEVER_BY_PERSON) {
            total_ms += (int64_t) profile->levers[i].within_s * 1000 * PERSON_TIMES;
        }
    }
    return total_ms;
}

/* Ends by the end of its pipe and by nothing else, so that no command is left alone. */
static void enter(bool leaves)
{
    const struct rlimit none = { 0, 0 };

    if (leaves) {
        (void) setsid();
    }
    (void) signal(SIGHUP, SIG_IGN);
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGTERM, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) setrlimit(RLIMIT_CORE, &none);
}

static void both_close(int ends[2])
{
    (void) close(ends[0]);
    (void) close(ends[1]);
}

enum status broker_start(const struct probe *probe, const struct subject *subject, int lifeline_fd,
                         bool leaves, struct broker *ret_broker, struct error *reterr)
{
    int ask[2];
    int answer[2];
    pid_t pid;

    if (pipe2(ask, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "no pipe for levers: %s", strerror(errno));
    }
    if (pipe2(answer, O_CLOEXEC) != 0) {
        both_close(ask);
        return fail(reterr, STATUS_IO, "no pipe for levers: %s", strerror(errno));
    }
    persons_share();
    pid = fork();
    if (pid == 0) {
        int kept[] = { ask[0], answer[1], lifeline_fd, person_terminal() };

        enter(leaves);
        child_keep_only(kept, 4);
        broker_child(probe, subject, kept[0], kept[1], kept[3]);
    }
    (void) close(ask[0]);
    (void) close(answer[1]);
    if (pid < 0) {
        (void) close(ask[1]);
        (void) close(answer[0]);
        return fail(reterr, STATUS_IO, "no process for levers: %s", strerror(errno));
    }
    *ret_broker = (struct broker){ .pid = pid, .ask_fd = ask[1], .answer_fd = answer[0] };
    return STATUS_OK;
}

void broker_let_go(struct broker *broker)
{
    if (broker->pid != 0) {
        (void) close(broker->ask_fd);
        (void) close(broker->answer_fd);
        broker->ask_fd = -1;
        broker->answer_fd = -1;
    }
}

void broker_reap(struct broker *broker)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    int64_t patience_ms = clock_monotonic_ms() + BROKER_PATIENCE_MS;

    while (broker->pid != 0) {
        pid_t gone = waitpid(broker->pid, NULL, WNOHANG);

        if (gone == broker->pid || (gone < 0 && errno != EINTR)) {
            broker->pid = 0;
        } else if (clock_monotonic_ms() > patience_ms) {
            (void) kill(broker->pid, SIGKILL);
        }
        (void) nanosleep(&pause, NULL);
    }
}
