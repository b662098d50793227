/* After verify_confine: no socket, no other program, but files as before.  Exit 0, or 1 and words.
 */
#include "verify/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    static const char *const arguments[] = { "true", NULL };
    int pair[2];
    int failed = 0;

    verify_confine();
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) {
        failed += puts("an Internet socket is not refused") != EOF;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) >= 0 || errno != EPERM) {
        failed += puts("a pair of sockets is not refused") != EOF;
    }
    (void) execv("/bin/true", (char *const *) (unsigned long) arguments);
    if (errno != EPERM) {
        failed += puts("another program is not refused") != EOF;
    }
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
        failed += puts("a file cannot be opened") != EOF;
    }
    return failed == 0 ? 0 : 1;
}
