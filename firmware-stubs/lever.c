/* What tools/lever does: one word to the bench, one answer. */
#include "bench.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 256, PATIENCE_MS = 15000, EXIT_REFUSED = 3 };

int bench_socket(const char *state, bool listens)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int folder = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    /* Through the descriptor: a path in sun_path has 107 bytes, a state directory may need more. */
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/bench.sock", folder);
    if (listens) {
        unlink(address.sun_path);
    }
    const struct sockaddr *any = (const struct sockaddr *) &address;
    bool right = folder >= 0 && fd >= 0 &&
                 (listens ? bind(fd, any, sizeof address) == 0 && listen(fd, SOMAXCONN) == 0
                          : connect(fd, any, sizeof address) == 0);
    if (!right) {
        complain("%s/bench.sock: %s", state, strerror(errno));
        close(fd);
        fd = -1;
    }
    close(folder);
    return fd;
}

int lever_pull(const char *state, const char *word)
{
    char answer[ANSWER_MAX] = "";
    int fd = bench_socket(state, false);
    struct pollfd waits = { .fd = fd, .events = POLLIN };

    if (fd < 0 || send(fd, word, strlen(word), MSG_NOSIGNAL) < 0 ||
        poll(&waits, 1, PATIENCE_MS) != 1 || recv(fd, answer, sizeof answer - 1, 0) <= 0) {
        complain("the bench does not answer");
        return EXIT_FAILURE;
    }
    close(fd);
    puts(answer);
    if (strcmp(answer, "done") == 0) {
        return EXIT_SUCCESS;
    }
    return strncmp(answer, "refused", 7) == 0 ? EXIT_REFUSED : EXIT_FAILURE;
}
