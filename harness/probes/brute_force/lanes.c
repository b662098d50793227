/* Connections side by side, each in a process of its own: the mechanisms block, and a lane that
 * hangs is killed.  A lane tells its parent in one JSON line what it saw. */
#include "attack.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_MAX = 1024 * 1024, EVENT_COST = 64 };

struct lane {
    pid_t pid;
    int fd;
    struct bytes report;
};

static void write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t step = write(fd, text, length);

        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step <= 0) {
            _exit(1);
        }
        text += step;
        length -= (size_t) step;
    }
}

/* Takes over the references. */
static _Noreturn void lane_report(const struct attack *attack, int fd, json_t *guesses,
                                  size_t events_before, const char *fault)
{
    const struct transcript *seen = attack->call->transcript;
    json_t *events = json_array();
    char *text;

    for (size_t i = events_before; i < json_array_size(seen->events); i++) {
        (void) json_array_append(events, json_array_get(seen->events, i));
    }
    text = json_dumps(json_pack("{s:o, s:o, s:s?, s:I, s:I, s:b}", "guesses", guesses, "events",
                                events, "fault", fault, "sent", (json_int_t) seen->sent, "received",
                                (json_int_t) seen->received, "cut", (int) seen->cut),
                      JSON_COMPACT);
    if (text == NULL) {
        _exit(1);
    }
    write_all(fd, text, strlen(text));
    _exit(0);
}

static _Noreturn void lane_run(struct attack *attack, int fd, int start, unsigned each_count,
                               pid_t parent)
{
    size_t events_before = json_array_size(attack->call->transcript->events);
    json_t *guesses = json_array();
    struct error error = { 0 };
    char unused;

    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    /* The sandbox lets nobody signal us; a mechanism that hangs ends by this. */
    (void) signal(SIGALRM, SIG_DFL);
    (void) alarm((unsigned) clock_left_ms(attack->call->deadline_ms) / 1000 + 1);
    while (read(start, &unused, 1) < 0 && errno == EINTR) {
    }
    for (unsigned i = 0; i < each_count; i++) {
        struct guess guess;

        if (attack_guess(attack, false, &guess, &error) != STATUS_OK) {
            lane_report(attack, fd, guesses, events_before, error.message);
        }
        probe_list_add(guesses,
                       json_pack("[i, I, I, I]", (int) guess.word, (json_int_t) guess.retry_after_s,
                                 (json_int_t) guess.begin_ms, (json_int_t) guess.end_ms));
        if (attack_limited(&guess)) {
            break;
        }
    }
    lane_report(attack, fd, guesses, events_before, NULL);
}

/* start: the lanes begin together, when its other end is closed. */
static enum status lane_start(struct attack *attack, const int start[2], unsigned each_count,
                              struct lane *lane, struct error *reterr)
{
    pid_t parent = getpid();
    char unused[PASSWORD_LENGTH + 1];
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "pipe: %s", strerror(errno));
    }
    lane->pid = fork();
    if (lane->pid == 0) {
        (void) close(ends[0]);
        (void) close(start[1]);
        lane_run(attack, ends[1], start[0], each_count, parent);
    }
    (void) close(ends[1]);
    if (lane->pid < 0) {
        (void) close(ends[0]);
        return fail(reterr, STATUS_IO, "fork: %s", strerror(errno));
    }
    lane->fd = ends[0];
    lane->report = bytes_bounded(REPORT_MAX);
    /* Each lane begins at another place of the same series of random passwords. */
    for (unsigned i = 0; i < each_count; i++) {
        attack_password(attack, unused);
    }
    return STATUS_OK;
}

/* The lane's connections get numbers that are free here. */
static void events_take(struct transcript *transcript, json_t *report, unsigned connections_before)
{
    unsigned highest = connections_before;
    size_t index;
    json_t *event;

    json_array_foreach(json_object_get(report, "events"), index, event)
    {
        json_int_t connection = json_integer_value(json_object_get(event, "conn"));
        const char *bytes = json_string_value(json_object_get(event, "bytes"));
        size_t cost = EVENT_COST + (bytes == NULL ? 0 : strlen(bytes) / 4 * 3);

        if (connection > connections_before) {
            connection += transcript->connections - connections_before;
            highest = connection > highest ? (unsigned) connection : highest;
            (void) json_object_set_new(event, "conn", json_integer(connection));
        }
        if (transcript->cut || cost > transcript->limit - transcript->stored) {
            transcript->cut = true;
            continue;
        }
        transcript->stored += cost;
        (void) json_array_append(transcript->events, event);
    }
    if (highest > transcript->connections) {
        transcript->connections = highest;
    }
    transcript->cut |= json_is_true(json_object_get(report, "cut"));
}

struct before {
    unsigned connections;
    uint64_t sent;
    uint64_t received;
};

static enum status report_take(struct attack *attack, const struct lane *lane,
                               const struct before *before, struct guess *guesses,
                               size_t *ret_count, struct error *reterr)
{
    struct transcript *transcript = attack->call->transcript;
    json_t *report = json_loadb((const char *) lane->report.data, lane->report.length, 0, NULL);
    const char *fault = json_string_value(json_object_get(report, "fault"));
    enum status status = STATUS_OK;
    size_t index;
    json_t *row;

    if (report == NULL) {
        return fail(reterr, STATUS_INTERNAL, "a parallel connection's process said nothing");
    }
    json_array_foreach(json_object_get(report, "guesses"), index, row)
    {
        if (*ret_count < GUESSES_MAX) {
            guesses[(*ret_count)++] = (struct guess){
                .word = (enum attempt_word) json_integer_value(json_array_get(row, 0)),
                .retry_after_s = json_integer_value(json_array_get(row, 1)),
                .begin_ms = json_integer_value(json_array_get(row, 2)),
                .end_ms = json_integer_value(json_array_get(row, 3)),
            };
        }
    }
    events_take(transcript, report, before->connections);
    transcript->sent +=
        (uint64_t) json_integer_value(json_object_get(report, "sent")) - before->sent;
    transcript->received +=
        (uint64_t) json_integer_value(json_object_get(report, "received")) - before->received;
    if (fault != NULL) {
        status = fail(reterr, STATUS_INTERNAL, "a parallel connection: %s", fault);
    }
    json_decref(report);
    return status;
}

static enum status lane_read(struct lane *lane, struct error *reterr)
{
    uint8_t *at = NULL;
    ssize_t got;

    TRY(bytes_reserve(&lane->report, 4096, &at, reterr));
    got = read(lane->fd, at, 4096);
    if (got > 0) {
        bytes_commit(&lane->report, (size_t) got);
    } else if (got == 0 || errno != EINTR) {
        (void) close(lane->fd);
        lane->fd = -1;
    }
    return STATUS_OK;
}

/* Until every lane has told, or has been ended by its alarm. */
static enum status lanes_wait(struct lane *lanes, unsigned count, struct error *reterr)
{
    for (;;) {
        struct pollfd table[LANES_MAX];
        nfds_t open = 0;

        for (unsigned i = 0; i < count; i++) {
            table[i] = (struct pollfd){ .fd = lanes[i].fd, .events = POLLIN };
            open += lanes[i].fd >= 0;
        }
        if (open == 0) {
            return STATUS_OK;
        }
        if (poll(table, count, -1) < 0 && errno != EINTR) {
            return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
        }
        for (unsigned i = 0; i < count; i++) {
            if (lanes[i].fd >= 0 && table[i].revents != 0) {
                TRY(lane_read(&lanes[i], reterr));
            }
        }
    }
}

static void lanes_done(struct lane *lanes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (lanes[i].fd >= 0) {
            (void) close(lanes[i].fd);
        }
        while (waitpid(lanes[i].pid, NULL, 0) < 0 && errno == EINTR) {
        }
        bytes_done(&lanes[i].report);
    }
}

enum status attack_parallel(struct attack *attack, unsigned lanes, unsigned each_count,
                            struct guess *guesses, size_t *ret_count, struct error *reterr)
{
    const struct transcript *transcript = attack->call->transcript;
    struct lane started[LANES_MAX];
    struct before before;
    unsigned count = 0;
    enum status status;
    int start[2];

    lanes = lanes < LANES_MAX ? lanes : LANES_MAX;
    *ret_count = 0;
    /* What was open would otherwise be shared by every lane. */
    TRY(attack->mechanism->reconnect(attack->state, reterr));
    before = (struct before){ transcript->connections, transcript->sent, transcript->received };
    if (pipe2(start, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "pipe: %s", strerror(errno));
    }
    for (status = STATUS_OK; status == STATUS_OK && count < lanes;) {
        status = lane_start(attack, start, each_count, &started[count], reterr);
        count += status == STATUS_OK;
    }
    (void) close(start[0]);
    (void) close(start[1]);
    if (status == STATUS_OK) {
        status = lanes_wait(started, count, reterr);
    }
    for (unsigned i = 0; status == STATUS_OK && i < count; i++) {
        status = report_take(attack, &started[i], &before, guesses, ret_count, reterr);
    }
    lanes_done(started, count);
    for (size_t i = 0; i < *ret_count; i++) {
        /* Told by the lane; here the number left follows. */
        if (attack->call->attempts != NULL && attack->call->attempts->left > 0) {
            attack->call->attempts->left--;
        }
        attack->sent++;
        attack_take(attack, &guesses[i]);
    }
    return status;
}
