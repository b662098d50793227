/* The bench: a parent that keeps the unit in a child, and pulls its levers from outside as a
 * laboratory would.  Power is a SIGKILL, so nothing that the unit has not written survives. */
#include "bench.h"

#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORD_MAX = 64, FLASH_FILE_MAX = 8 * 1024 * 1024, START_MS = 20000, ANSWER_MS = 5000 };

struct bench {
    struct stub *stub;
    int listener;
    int control; /* to the unit; -1: it has no power */
    pid_t unit;
    bool failed; /* the unit ended in a way that no lever explains */
    int reserved[SERVICES_MAX];
    sigset_t wait_mask;
};

typedef const char *(*bench_lever)(struct bench *bench, const char *word);

static volatile sig_atomic_t told_to_end;

static void end_noted(int signal_number)
{
    (void) signal_number;
    told_to_end = 1;
}

/* The unit's ports stay its own while it has no power: bound, and not listening. */
static bool ports_reserve(struct bench *bench)
{
    struct stub *stub = bench->stub;

    for (size_t i = 0; i < stub->product->service_count; i++) {
        const struct service_row *row = &stub->product->services[i];
        unsigned base = stub->options.port_base;
        struct listening listening = {
            .protocol = row->protocol,
            .address = stub->options.bind,
            .port = base == 0 ? 0 : (uint16_t) (base + row->offset),
        };
        bench->reserved[i] = -1;
        if ((row->only_with != DEFECT_NONE && !stub_has(stub, row->only_with)) ||
            row->protocol->datagram != NULL) {
            continue;
        }
        bench->reserved[i] = socket_bind(&listening, &stub->ports[i]);
        if (bench->reserved[i] < 0) {
            return false;
        }
    }
    return true;
}

_Noreturn static void unit_live(struct bench *bench, int control, pid_t parent)
{
    struct stub *stub = bench->stub;
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(0);
    }
    sigemptyset(&none);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(bench->listener);
    stub->control = control;
    exit(unit_run(stub));
}

/* What became of the unit, once it is gone. */
static void unit_buried(struct bench *bench, bool expected)
{
    int status = 0;

    waitpid(bench->unit, &status, 0);
    close(bench->control);
    bench->control = -1;
    bench->unit = 0;
    if (expected || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        return;
    }
    /* A unit that says why it does not start is one with spoiled firmware. */
    bench->failed = bench->failed || !bench->stub->announced || !WIFEXITED(status) ||
                    WEXITSTATUS(status) != EXIT_TROUBLE;
    complain("the unit has ended by itself");
}

/* One message of the unit; false when none comes, and the unit is buried when it is gone. */
static bool unit_hear(struct bench *bench, int within_ms, char ret_word[WORD_MAX])
{
    struct pollfd waits = { .fd = bench->control, .events = POLLIN };
    ssize_t got;

    if (poll(&waits, 1, within_ms) != 1) {
        return false;
    }
    got = recv(bench->control, ret_word, WORD_MAX - 1, 0);
    if (got <= 0) {
        unit_buried(bench, false);
        return false;
    }
    ret_word[got] = '\0';
    return true;
}

static const char *power_on(struct bench *bench, const char *word)
{
    char heard[WORD_MAX];
    int pair[2];
    pid_t parent = getpid();

    (void) word;
    if (bench->unit > 0) {
        return "done";
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return "failed: no socket";
    }
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    bench->unit = fork();
    if (bench->unit == 0) {
        close(pair[0]);
        unit_live(bench, pair[1], parent);
    }
    close(pair[1]);
    bench->control = pair[0];
    if (bench->unit < 0) {
        close(pair[0]);
        bench->control = -1;
        bench->unit = 0;
        return "failed: no process";
    }
    /* Power is there whether the unit starts or not; that is for others to find out. */
    (void) unit_hear(bench, START_MS, heard);
    return "done";
}

static const char *power_off(struct bench *bench, const char *word)
{
    (void) word;
    if (bench->unit > 0) {
        kill(bench->unit, SIGKILL);
        unit_buried(bench, true);
    }
    return "done";
}

static const char *power_cycle(struct bench *bench, const char *word)
{
    power_off(bench, word);
    return power_on(bench, word);
}

static const char *unit_told(struct bench *bench, const char *word)
{
    char heard[WORD_MAX];

    if (send(bench->control, word, strlen(word), MSG_NOSIGNAL) < 0 ||
        !unit_hear(bench, ANSWER_MS, heard)) {
        return "failed: the unit does not hear";
    }
    return strcmp(heard, "ok") == 0 ? "done" : "refused: the unit has no such thing";
}

static const char *network_pull(struct bench *bench, const char *word)
{
    bench->stub->network_down = strcmp(word, "network-down") == 0;
    return bench->unit > 0 ? unit_told(bench, word) : "done";
}

static const char *client_pull(struct bench *bench, const char *word)
{
    bench->stub->client_word = strcmp(word, "client-start") == 0 ? "client-start" : "client-stop";
    return bench->unit > 0 ? unit_told(bench, word) : "done";
}

static const char *button_press(struct bench *bench, const char *word)
{
    return bench->unit > 0 ? unit_told(bench, word) : "refused: the unit has no power";
}

/* Where one flash file is kept by `save`. */
static char *saved_path(const struct bench *bench, const char *name)
{
    DEFER(text_free) char *folder = path_join(bench->stub->state, "bench");
    char *path = directory_make(folder) ? path_join(folder, name) : NULL;

    for (char *at = path == NULL ? NULL : path + strlen(folder) + 1; at != NULL && *at != '\0';
         at++) {
        *at = *at == '/' ? '_' : *at;
    }
    return path;
}

static bool file_copy(const char *from, const char *to)
{
    DEFER(buffer_done) struct buffer data = buffer_bounded(FLASH_FILE_MAX);
    struct stat status;

    if (stat(from, &status) != 0) {
        return errno == ENOENT && (unlink(to) == 0 || errno == ENOENT);
    }
    return file_read(from, &data) && file_write(to, status.st_mode & 0777, data.data, data.length);
}

static bool flash_copy(const struct bench *bench, bool back)
{
    bool right = true;

    for (const char *const *name = bench->stub->product->flash; *name != NULL; name++) {
        DEFER(text_free) char *flash = path_join(bench->stub->state, *name);
        DEFER(text_free) char *saved = saved_path(bench, *name);
        right =
            right && saved != NULL && (back ? file_copy(saved, flash) : file_copy(flash, saved));
    }
    return right;
}

/* What stands behind the lever's word: the name under which a state is kept; "" for none. */
static const char *name_of(const char *word)
{
    const char *space = strchr(word, ' ');

    return space != NULL ? space + 1 : "";
}

static const char *save(struct bench *bench, const char *word)
{
    int status = 0;

    if (bench->stub->product->flash == NULL) {
        return "refused: the unit has no flash memory";
    }
    /* Held still, or one file could be older than the next. */
    if (bench->unit > 0 && kill(bench->unit, SIGSTOP) == 0) {
        waitpid(bench->unit, &status, WUNTRACED);
    }
    bool right = flash_copy(bench, false) &&
                 file_write_text(bench->stub->state, "bench/saved", 0600, name_of(word));
    if (bench->unit > 0) {
        kill(bench->unit, SIGCONT);
    }
    return right ? "done" : "failed: not copied";
}

static const char *restore(struct bench *bench, const char *word)
{
    DEFER(text_free) char *mark = path_join(bench->stub->state, "bench/saved");

    DEFER(buffer_done) struct buffer name = buffer_bounded(WORD_MAX);

    if (name_of(word)[0] != '\0' && (access(mark, F_OK) != 0 || !file_read(mark, &name) ||
                                     name.length != strlen(name_of(word)) ||
                                     memcmp(name.data, name_of(word), name.length) != 0)) {
        return "refused: nothing is saved under this name";
    }
    if (bench->stub->product->flash == NULL || access(mark, F_OK) != 0) {
        return "failed: nothing is saved";
    }
    power_off(bench, word);
    if (!flash_copy(bench, true)) {
        return "failed: not copied";
    }
    bench->stub->network_down = false;
    return power_on(bench, word);
}

static const char *reinstall(struct bench *bench, const char *word)
{
    const struct product *product = bench->stub->product;

    if (product->reinstall == NULL) {
        return "refused: the unit has no firmware";
    }
    power_off(bench, word);
    return product->reinstall(bench->stub) ? power_on(bench, word) : "failed: not written";
}

static const struct {
    const char *word;
    bench_lever pull;
} LEVERS[] = {
    { "power-off", power_off },       { "power-on", power_on },
    { "power-cycle", power_cycle },   { "network-down", network_pull },
    { "network-up", network_pull },   { "save", save },
    { "restore", restore },           { "reinstall", reinstall },
    { "client-start", client_pull },  { "client-stop", client_pull },
    { "reset-button", button_press },
};

static void lever_take(struct bench *bench)
{
    const struct timeval patience = { .tv_sec = 1 };
    char word[WORD_MAX] = "";
    const char *answer = "refused: no such lever";
    int fd = accept4(bench->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (recv(fd, word, sizeof word - 1, 0) > 0) {
        for (size_t i = 0; i < sizeof LEVERS / sizeof *LEVERS; i++) {
            size_t length = strlen(LEVERS[i].word);

            if (strncmp(LEVERS[i].word, word, length) == 0 &&
                (word[length] == '\0' || word[length] == ' ')) {
                answer = LEVERS[i].pull(bench, word);
            }
        }
        (void) send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    }
    close(fd);
}

/* tools/lever: a profile's command is named relative to the profile's folder. */
static bool tool_write(const struct stub *stub)
{
    DEFER(text_free) char *folder = path_join(stub->state, "tools");
    DEFER(text_free) char *program = realpath("/proc/self/exe", NULL);
    DEFER(buffer_done) struct buffer text = buffer_bounded(8192);
    DEFER(text_free) char *path = path_join(folder, "lever");

    if (program == NULL || strchr(program, '\'') != NULL || strchr(stub->state, '\'') != NULL) {
        return complain("tools/lever cannot name %s", stub->state);
    }
    buffer_format(&text, "#!/bin/sh\nexec '%s' --state '%s' --lever \"${1}${2:+ $2}\"\n", program,
                  stub->state);
    return directory_make(folder) && file_write(path, 0700, text.data, text.length);
}

static bool signals_set(struct bench *bench)
{
    struct sigaction end = { .sa_handler = end_noted };
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    return sigprocmask(SIG_BLOCK, &blocked, &bench->wait_mask) == 0 &&
           sigaction(SIGTERM, &end, NULL) == 0 && sigaction(SIGINT, &end, NULL) == 0;
}

static void levers_serve(struct bench *bench)
{
    char heard[WORD_MAX];

    while (!told_to_end && !bench->failed) {
        struct pollfd waits[] = { { .fd = bench->listener, .events = POLLIN },
                                  { .fd = bench->control, .events = POLLIN } };
        if (ppoll(waits, 2, NULL, &bench->wait_mask) < 0) {
            continue;
        }
        if (waits[1].revents != 0) {
            (void) unit_hear(bench, 0, heard);
        }
        if (waits[0].revents != 0) {
            lever_take(bench);
        }
    }
}

int bench_run(struct stub *stub)
{
    struct bench bench = { .stub = stub, .listener = -1, .control = -1 };
    int code = EXIT_TROUBLE;

    if (!ports_reserve(&bench) || !tool_write(stub)) {
        return EXIT_TROUBLE;
    }
    bench.listener = bench_socket(stub->state, true);
    if (bench.listener >= 0 && signals_set(&bench)) {
        power_on(&bench, "power-on");
        stub->announced = bench.unit > 0;
        if (stub->announced) {
            levers_serve(&bench);
            code = bench.failed ? EXIT_TROUBLE : EXIT_SUCCESS;
        }
    }
    if (bench.unit > 0) {
        int status = 0;
        kill(bench.unit, SIGTERM);
        waitpid(bench.unit, &status, 0);
        code = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? code : EXIT_TROUBLE;
    }
    return code;
}
