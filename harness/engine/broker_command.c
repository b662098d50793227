#include "engine/broker_command.h"

#include "base/clock.h"
#include "control/control.h"
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_STEP = 16384, EXIT_NOT_STARTED = 127, WORD_MAX = 128 * 1024 };

/* ---- the words of a command ---- */

static const char *placeholder_value(const struct lever_way *way, const struct command_ask *ask,
                                     const char *image_path, const char *name, size_t length)
{
    const struct {
        const char *name;
        const char *value;
    } known[] = {
        { "image", image_path }, { "value", ask->value }, { "user", ask->user },
        { "way", way->id },      { "unit", ask->unit },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0) {
            return known[i].value != NULL ? known[i].value : "";
        }
    }
    return "";
}

static enum status word_fill(const struct lever_way *way, const struct command_ask *ask,
                             const char *image_path, const char *template, struct bytes *word,
                             struct error *reterr)
{
    const char *const declared = template;

    for (;;) {
        const char *open = strstr(template, "${");
        const char *close = open == NULL ? NULL : strchr(open, '}');

        if (close == NULL) {
            TRY(bytes_append_text(word, template, reterr));
            break;
        }
        TRY(bytes_append(word, template, (size_t) (open - template), reterr));
        TRY(bytes_append_text(
            word, placeholder_value(way, ask, image_path, open + 2, (size_t) (close - open - 2)),
            reterr));
        template = close + 1;
    }
    /* What a setting was comes from the device: it must not choose how a tool of the bench is
     * called. */
    if (word->length > 0 && word->data[0] == '-' && declared[0] != '-') {
        return fail(reterr, STATUS_BAD_INPUT,
                    "what stands for %.60s begins with '-', which the command may take for an "
                    "option; declare it as --NAME=%.60s where it has one",
                    declared, declared);
    }
    return bytes_append(word, "", 1, reterr);
}

struct words_of_command {
    struct bytes words[COMMAND_LINE_MAX + 1];
    char *argv[COMMAND_LINE_MAX + 1];
    size_t count;
};

static void words_free(struct words_of_command *line)
{
    for (size_t i = 0; i < line->count; i++) {
        bytes_done(&line->words[i]);
    }
}

static enum status words_fill(const struct lever_way *way, const struct command_ask *ask,
                              const char *image_path, struct words_of_command *line,
                              struct error *reterr)
{
    for (size_t i = 0; way->command[i] != NULL; i++) {
        if (i == COMMAND_LINE_MAX) {
            return fail(reterr, STATUS_LIMIT, "a command of more than %d words", COMMAND_LINE_MAX);
        }
        line->words[i] = bytes_bounded(WORD_MAX);
        line->count = i + 1;
        TRY(word_fill(way, ask, image_path, way->command[i], &line->words[i], reterr));
        line->argv[i] = (char *) line->words[i].data;
    }
    return STATUS_OK;
}

/* ---- starting it ---- */

static enum status image_put(const struct command_ask *ask, char room[64], struct error *reterr)
{
    const char *at = ask->image;
    size_t left = ask->image_length;
    int fd;

    room[0] = '\0';
    if (ask->image == NULL) {
        return STATUS_OK;
    }
    (void) snprintf(room, 64, "/tmp/hoshitori-XXXXXX.img");
    fd = mkstemps(room, 4); /* mode 0600 */
    if (fd < 0) {
        room[0] = '\0';
        return fail(reterr, STATUS_IO, "no file for the image: %s", strerror(errno));
    }
    while (left > 0) {
        ssize_t step = write(fd, at, left);

        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step <= 0) {
            (void) close(fd);
            return fail(reterr, STATUS_IO, "no room for the image: %s", strerror(errno));
        }
        at += step;
        left -= (size_t) step;
    }
    (void) close(fd);
    return STATUS_OK;
}

/* A secret fits into a pipe, so nobody has to wait until it is read. */
static int input_open(const struct command_ask *ask)
{
    int ends[2];
    ssize_t written;

    if (ask->secret_length == 0) {
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    written = write(ends[1], ask->secret, ask->secret_length);
    written += write(ends[1], "\n", 1); /* for a shell's read */
    (void) close(ends[1]);
    if (written != (ssize_t) ask->secret_length + 1) {
        (void) close(ends[0]);
        return -1;
    }
    return ends[0];
}

static _Noreturn void command_become(const struct lever_way *way, char *const argv[], int input_fd,
                                     int output_fd, pid_t broker)
{
    static const int usual[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGALRM, SIGCHLD };

    (void) setsid();
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        (void) signal(usual[i], SIG_DFL);
    }
    /* What hoshitori itself is told by its environment is nobody else's. */
    (void) unsetenv("HOSHITORI_PASSPHRASE");
    (void) unsetenv("HOSHITORI_KEY");
    if (getppid() != broker || dup2(input_fd, STDIN_FILENO) < 0 ||
        dup2(output_fd, STDOUT_FILENO) < 0 || dup2(output_fd, STDERR_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0u, 0) != 0 || chdir(way->folder) != 0) {
        child_exit(EXIT_NOT_STARTED);
    }
    (void) execv(argv[0], argv);
    (void) dprintf(STDERR_FILENO, "%s: %s", argv[0], strerror(errno));
    child_exit(EXIT_NOT_STARTED);
}

static enum status command_fork(const struct lever_way *way, const struct command_ask *ask,
                                char *const argv[], struct command *command, struct error *reterr)
{
    const pid_t broker = getpid();
    int output[2];
    int input_fd;

    if (pipe2(output, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "no pipe for a command: %s", strerror(errno));
    }
    input_fd = input_open(ask);
    command->pid = input_fd < 0 ? -1 : fork();
    if (command->pid == 0) {
        command_become(way, argv, input_fd, output[1], broker);
    }
    if (input_fd >= 0) {
        (void) close(input_fd);
    }
    (void) close(output[1]);
    if (command->pid < 0) {
        (void) close(output[0]);
        command->pid = 0;
        return fail(reterr, STATUS_IO, "no process for a command: %s", strerror(errno));
    }
    (void) fcntl(output[0], F_SETFL, O_NONBLOCK);
    command->output_fd = output[0];
    return STATUS_OK;
}

enum status command_start(const struct lever_way *way, const struct command_ask *ask,
                          struct command *ret_command, struct error *reterr)
{
    DEFER(words_free) struct words_of_command line = { .count = 0 };
    enum status status;

    *ret_command = (struct command){
        .ticket = ask->ticket,
        .output_fd = -1,
        .within_s = way->within_s,
        .deadline_ms = clock_monotonic_ms() + (int64_t) way->within_s * 1000,
        .output = bytes_bounded(LEVER_TEXT_MAX),
    };
    status = image_put(ask, ret_command->image_path, reterr);
    if (status == STATUS_OK) {
        status = words_fill(way, ask, ret_command->image_path, &line, reterr);
    }
    if (status == STATUS_OK) {
        status = command_fork(way, ask, line.argv, ret_command, reterr);
    }
    if (status != STATUS_OK) {
        command_done(ret_command);
    }
    return status;
}

/* ---- looking after it ---- */

static void image_remove(struct command *command)
{
    if (command->image_path[0] != '\0') {
        (void) unlink(command->image_path);
        command->image_path[0] = '\0';
    }
}

/* What does not fit is read and forgotten, so that nobody is stopped by a full pipe. */
static void output_take(struct command *command)
{
    char room[READ_STEP];
    ssize_t got = 0;

    while (command->output_fd >= 0 && (got = read(command->output_fd, room, sizeof room)) > 0) {
        size_t left = command->output.limit - command->output.length;
        size_t kept = (size_t) got < left ? (size_t) got : left;

        if (bytes_append(&command->output, room, kept, NULL) != STATUS_OK) {
            break;
        }
    }
    if (command->output_fd >= 0 && got == 0) {
        (void) close(command->output_fd);
        command->output_fd = -1;
    }
}

/* The last line that it printed says more than a number. */
static void last_line(const struct command *command, char *room, size_t size)
{
    const char *text = (const char *) command->output.data;
    size_t end = command->output.length;
    size_t start;

    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
        end--;
    }
    start = end;
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    room[0] = '\0';
    if (end > start) {
        text_printable(text + start, end - start, room, size);
    }
}

static void judge_end(struct command *command, int state)
{
    char line[96];

    last_line(command, line, sizeof line);
    command->ended = true;
    command->word = "cut";
    if (WIFSIGNALED(state)) {
        (void) snprintf(command->detail, sizeof command->detail, "ended by signal %d",
                        WTERMSIG(state));
    } else if (WEXITSTATUS(state) == 0) {
        command->word = "done";
    } else if (WEXITSTATUS(state) == COMMAND_REFUSED) {
        command->word = "refused";
        (void) snprintf(command->detail, sizeof command->detail, "%s", line);
    } else {
        (void) snprintf(command->detail, sizeof command->detail, "ended with %d%s%s",
                        WEXITSTATUS(state), line[0] != '\0' ? ": " : "", line);
    }
}

void command_turn(struct command *command)
{
    int state = 0;

    output_take(command);
    if (waitpid(command->pid, &state, WNOHANG) == command->pid) {
        output_take(command); /* a child of its own may keep the pipe: nobody waits for its end */
        judge_end(command, state);
    } else if (clock_monotonic_ms() > command->deadline_ms) {
        (void) kill(-command->pid, SIGKILL);
        (void) kill(command->pid, SIGKILL);
        while (waitpid(command->pid, &state, 0) < 0 && errno == EINTR) {
        }
        output_take(command);
        command->ended = true;
        command->word = "cut";
        (void) snprintf(command->detail, sizeof command->detail, "not done within %u s",
                        command->within_s);
    }
    if (command->ended) { /* before anybody is told */
        image_remove(command);
    }
}

void command_done(struct command *command)
{
    if (command->output_fd >= 0) {
        (void) close(command->output_fd);
    }
    image_remove(command);
    bytes_done(&command->output);
    *command = (struct command){ .output_fd = -1 };
}

void command_kill(struct command *command)
{
    if (command->pid == 0) {
        return;
    }
    (void) kill(-command->pid, SIGKILL);
    (void) kill(command->pid, SIGKILL);
    while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    command_done(command);
}
