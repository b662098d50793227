#include "cli/passphrase.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSPHRASE_MAX = 1024 };

/* One line from the terminal, not echoed. */
static enum status ask_line(int terminal, const char *prompt, char room[PASSPHRASE_MAX],
                            struct error *reterr)
{
    struct termios before;
    struct termios quiet;
    ssize_t got;

    if (tcgetattr(terminal, &before) != 0) {
        return fail(reterr, STATUS_IO, "the terminal cannot be asked for a passphrase");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t) ECHO;
    (void) dprintf(terminal, "%s: ", prompt);
    (void) tcsetattr(terminal, TCSAFLUSH, &quiet);
    got = read(terminal, room, PASSPHRASE_MAX - 1);
    (void) tcsetattr(terminal, TCSAFLUSH, &before);
    (void) dprintf(terminal, "\n");
    if (got <= 0) {
        return fail(reterr, STATUS_INTERRUPTED, "no passphrase was given");
    }
    room[got] = '\0';
    room[strcspn(room, "\r\n")] = '\0';
    return STATUS_OK;
}

static enum status ask(int terminal, const char *prompt, bool confirm, struct secret *ret,
                       struct error *reterr)
{
    char first[PASSPHRASE_MAX] = { 0 };
    char second[PASSPHRASE_MAX] = { 0 };
    enum status status = ask_line(terminal, prompt, first, reterr);

    if (status == STATUS_OK && confirm) {
        status = ask_line(terminal, "again", second, reterr);
        if (status == STATUS_OK && strcmp(first, second) != 0) {
            status = fail(reterr, STATUS_USAGE, "the two passphrases differ");
        }
    }
    if (status == STATUS_OK) {
        status = secret_set(ret, first, strlen(first), SECRET_PARENT_ONLY, reterr);
    }
    secret_wipe(first, sizeof first);
    secret_wipe(second, sizeof second);
    return status;
}

/* The variable's value, taken out of the environment when it is first needed: child
 * processes inherit the environment, but not a parent's secret. */
static enum status take_variable(struct secret *ret_value, bool *ret_given, struct error *reterr)
{
    static struct secret kept;
    static bool given;
    char *variable = getenv("HOSHITORI_PASSPHRASE");

    if (variable != NULL) {
        TRY(secret_set(&kept, variable, strlen(variable), SECRET_PARENT_ONLY, reterr));
        secret_wipe(variable, strlen(variable));
        (void) unsetenv("HOSHITORI_PASSPHRASE");
        given = true;
    }
    *ret_given = given;
    return given ? secret_set(ret_value, secret_reveal(&kept), kept.length, SECRET_PARENT_ONLY,
                              reterr)
                 : STATUS_OK;
}

enum status passphrase_get(const char *prompt, bool confirm, struct secret *ret_passphrase,
                           struct error *reterr)
{
    bool given = false;
    enum status status;
    int terminal;

    TRY(take_variable(ret_passphrase, &given, reterr));
    if (given) {
        return STATUS_OK;
    }
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || !isatty(STDIN_FILENO)) {
        if (terminal >= 0) {
            (void) close(terminal);
        }
        return secret_set(ret_passphrase, "", 0, SECRET_PARENT_ONLY, reterr);
    }
    status = ask(terminal, prompt, confirm, ret_passphrase, reterr);
    (void) close(terminal);
    return status;
}
