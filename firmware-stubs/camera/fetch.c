#include "camera/fetch.h"

#include "camera/image.h"
#include "support/files.h"
#include "support/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MS = 5, FETCH_MS = 20000 };

bool fetch_begin(struct fetch *fetch, const struct stub *stub, const char *version)
{
    int ends[2];
    pid_t parent = getpid();

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    fetch->process = fork();
    if (fetch->process == 0) {
        sigset_t none;
        sigemptyset(&none);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (getppid() != parent || dup2(ends[1], 3) != 3) {
            _exit(0);
        }
        close_range(4, ~0U, 0);
        fetch_live(stub, version, 3);
    }
    close(ends[1]);
    if (fetch->process < 0) {
        close(ends[0]);
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fetch->fd = ends[0];
    fetch->got = buffer_bounded(IMAGE_MAX + 1);
    fetch->until_ms = server_now_ms() + FETCH_MS;
    return true;
}

int64_t fetch_turn(struct fetch *fetch)
{
    char block[16384];

    for (;;) {
        ssize_t got = read(fetch->fd, block, sizeof block);
        if (got > 0) {
            buffer_append(&fetch->got, block, (size_t) got);
        } else if (got < 0 && errno == EAGAIN && server_now_ms() < fetch->until_ms) {
            return TURN_MS;
        } else {
            return 0;
        }
    }
}

void fetch_end(struct fetch *fetch)
{
    if (fetch->fd < 0) {
        return;
    }
    kill(fetch->process, SIGKILL);
    waitpid(fetch->process, NULL, 0);
    close(fetch->fd);
    buffer_done(&fetch->got);
    *fetch = (struct fetch){ .fd = -1 };
}
