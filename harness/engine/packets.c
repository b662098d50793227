#include "engine/packets.h"

#include "base/clock.h"
#include "channel/capture.h"
#include "engine/child.h"
#include "probe/temporary.h"
#include "wire/packet.h"
#include "wire/pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLICE_MS = 50, SETTLE_MS = 150, REPORT_MAX = 1024, READY_MS = 5000, CPU_S = 3600 };

struct packets {
    pid_t pid;
    int stop_fd;   /* its end stops the recorder */
    int report_fd; /* one JSON line when it is ready, one at its end */
    unsigned session;
};

/* The recorder's own side. */
struct recorder {
    const struct plan *plan;
    uint64_t run_seed;
    int file_fd;
    int stop_fd;
    int report_fd;
    struct veil *veil;
    struct capture *capture;
    uint8_t *room; /* for one block */
    uint8_t *copy; /* of one frame */
    uint64_t size;
    uint64_t packets;
    uint64_t masked;
    bool cut;
};

void packets_name(unsigned session, char room[PACKETS_NAME_SIZE])
{
    (void) snprintf(room, PACKETS_NAME_SIZE, "wire/packets.%u.pcapng", session);
}

static enum status open_capture(const struct plan *plan, struct capture **ret_capture,
                                struct error *reterr)
{
    return capture_open_all(plan->profile->addresses, plan->profile->address_count, ret_capture,
                            reterr);
}

enum status packets_allowed(const struct plan *plan, struct error *reterr)
{
    struct capture *capture = NULL;
    struct error inner = { 0 };
    enum status status = open_capture(plan, &capture, &inner);

    capture_free(capture);
    if (status != STATUS_OK) {
        return fail(reterr, status,
                    "--capture: %.200s. Give the program the right (setcap cap_net_raw+ep), or "
                    "leave --capture out",
                    inner.message);
    }
    return STATUS_OK;
}

/* ---- the recorder ---- */

/* What checks that change the device put in a declared secret's place. */
static void veil_temporaries(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->plan->item_count; i++) {
        const struct plan_item *item = &recorder->plan->items[i];
        const struct auth *auth = item->subject.auth;
        struct probe_call call = { .subject = &item->subject,
                                   .run_seed = recorder->run_seed,
                                   .check = item->id,
                                   .veil = recorder->veil };
        char room[TEMPORARY_SIZE];

        for (size_t j = 0; auth != NULL && j < auth->credential_count; j++) {
            /* A credential that has no temporary one is not changed either. */
            (void) (temporary_password(&call, &auth->credentials[j], &auth->change, room, NULL) ==
                    STATUS_OK);
            secret_wipe(room, sizeof room);
        }
    }
}

static void write_out(struct recorder *recorder, const struct builder *block)
{
    if (recorder->cut || block->overflow || recorder->size + block->length > PACKETS_FILE_MAX ||
        write(recorder->file_fd, block->start, block->length) != (ssize_t) block->length) {
        recorder->cut = true;
        return;
    }
    recorder->size += block->length;
}

static void hear(void *context, const struct capture_frame *heard)
{
    struct recorder *recorder = context;
    struct builder block = builder_over(recorder->room, PACKETS_FRAME_MAX + PCAPNG_OVERHEAD);
    struct pcapng_frame frame = { .data = recorder->copy,
                                  .length = heard->length < PACKETS_FRAME_MAX ? heard->length
                                                                              : PACKETS_FRAME_MAX,
                                  .whole = heard->whole,
                                  .wall_us = heard->wall_us };
    struct packet packet;
    size_t masked;
    size_t start = 0;
    char comment[80];

    memcpy(recorder->copy, heard->data, frame.length);
    if (wire_packet_read(capture_link(recorder->capture), recorder->copy, frame.length, &packet) ==
            PACKET_READ &&
        packet.length > 0) {
        start = (size_t) (packet.data - recorder->copy);
    }
    masked = veil_mask(recorder->veil, recorder->copy, frame.length, start);
    if (masked > 0) {
        (void) snprintf(comment, sizeof comment, "hoshitori: %zu octets of a secret masked",
                        masked);
        frame.comment = comment;
        recorder->masked++;
    }
    wire_pcapng_frame(&block, &frame);
    write_out(recorder, &block);
    recorder->packets += recorder->cut ? 0 : 1;
}

static void begin_file(struct recorder *recorder)
{
    struct builder block = builder_over(recorder->room, PACKETS_FRAME_MAX + PCAPNG_OVERHEAD);

    wire_pcapng_begin(&block, "hoshitori", (unsigned) capture_link(recorder->capture),
                      PACKETS_FRAME_MAX);
    write_out(recorder, &block);
}

static bool stopped(const struct recorder *recorder)
{
    struct pollfd polled = { .fd = recorder->stop_fd, .events = POLLIN };

    return poll(&polled, 1, SLICE_MS) > 0;
}

static enum status record(struct recorder *recorder, struct error *reterr)
{
    bool over = false;

    while (!over) {
        over = stopped(recorder);
        if (over) { /* what the device says last */
            (void) poll(NULL, 0, SETTLE_MS);
        }
        TRY(capture_drain(recorder->capture, clock_monotonic_ms() + 10 * SLICE_MS, hear, recorder,
                          reterr));
    }
    return STATUS_OK;
}

static _Noreturn void recorder_child(struct recorder *recorder)
{
    const struct sandbox_limits limits = {
        .cpu_s = CPU_S, .memory_mib = 2048, .files = 64, .file_size = PACKETS_FILE_MAX
    };
    struct sandbox_state state = { 0 };
    struct error error = { 0 };
    unsigned lost = 0;
    enum status status = open_capture(recorder->plan, &recorder->capture, &error);

    recorder->room = malloc(PACKETS_FRAME_MAX + PCAPNG_OVERHEAD);
    recorder->copy = malloc(PACKETS_FRAME_MAX);
    if (recorder->room == NULL || recorder->copy == NULL) {
        child_exit(1);
    }
    recorder->veil = child_veil(recorder->plan->profile);
    veil_temporaries(recorder);
    if (status == STATUS_OK) {
        status = sandbox_enter(&limits, &state, &error);
    }
    if (status == STATUS_OK) {
        begin_file(recorder);
    }
    (void) child_say(
        recorder->report_fd,
        json_pack("{s:b, s:s}", "ready", (int) (status == STATUS_OK), "reason", error.message));
    if (status == STATUS_OK) {
        status = record(recorder, &error);
        (void) (capture_lost(recorder->capture, &lost, &error) == STATUS_OK);
        (void) child_say(recorder->report_fd,
                         json_pack("{s:I, s:I, s:I, s:b}", "packets",
                                   (json_int_t) recorder->packets, "masked",
                                   (json_int_t) recorder->masked, "lost", (json_int_t) lost, "cut",
                                   (int) (recorder->cut || status != STATUS_OK)));
    }
    free(recorder->room);
    free(recorder->copy);
    veil_free(recorder->veil);
    capture_free(recorder->capture);
    child_exit(0);
}

/* ---- the run's side ---- */

/* A line of the recorder; NULL when it has ended without one. */
static json_t *read_report(const struct packets *packets, int patience_ms)
{
    int64_t until_ms = clock_monotonic_ms() + patience_ms;
    char line[REPORT_MAX];
    size_t length = 0;

    while (length < sizeof line) {
        struct pollfd polled = { .fd = packets->report_fd, .events = POLLIN };
        ssize_t got;

        if (poll(&polled, 1, clock_left_ms(until_ms)) == 0) {
            return NULL;
        }
        got = read(packets->report_fd, line + length, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return NULL;
        }
        if (line[length] == '\n') {
            return json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
        }
        length++;
    }
    return NULL;
}

static enum status file_path(const struct journal *journal, unsigned session, char room[PATH_MAX],
                             struct error *reterr)
{
    char name[PACKETS_NAME_SIZE];

    packets_name(session, name);
    return journal_path(journal, name, room, PATH_MAX, reterr);
}

static pid_t fork_recorder(struct recorder *recorder)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        int kept[] = { recorder->report_fd, recorder->stop_fd, recorder->file_fd };

        (void) signal(SIGINT, SIG_IGN);
        (void) signal(SIGTERM, SIG_DFL);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        child_keep_only(kept, 3);
        if (getppid() != parent) {
            child_exit(1);
        }
        recorder->report_fd = kept[0];
        recorder->stop_fd = kept[1];
        recorder->file_fd = kept[2];
        recorder_child(recorder);
    }
    return pid;
}

static enum status start_recorder(struct recorder *recorder, unsigned session,
                                  struct packets **ret_packets, struct error *reterr)
{
    struct packets *packets = calloc(1, sizeof *packets);
    int stop[2];
    int report[2];

    if (packets == NULL || pipe2(stop, O_CLOEXEC) != 0) {
        free(packets);
        return fail(reterr, STATUS_IO, "no pipe for packets: %s", strerror(errno));
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        (void) close(stop[0]);
        (void) close(stop[1]);
        free(packets);
        return fail(reterr, STATUS_IO, "no pipe for packets: %s", strerror(errno));
    }
    recorder->stop_fd = stop[0];
    recorder->report_fd = report[1];
    *packets = (struct packets){ .pid = fork_recorder(recorder),
                                 .stop_fd = stop[1],
                                 .report_fd = report[0],
                                 .session = session };
    (void) close(stop[0]);
    (void) close(report[1]);
    *ret_packets = packets;
    return packets->pid < 0 ? fail(reterr, STATUS_IO, "no process for packets: %s", strerror(errno))
                            : STATUS_OK;
}

enum status packets_start(struct journal *journal, const struct plan *plan, uint64_t run_seed,
                          unsigned session, struct packets **ret_packets, struct error *reterr)
{
    DEFER(packets_done) struct packets *packets = NULL;
    struct recorder recorder = { .plan = plan, .run_seed = run_seed };
    enum status status;
    char path[PATH_MAX];
    json_t *ready;

    TRY(file_path(journal, session, path, reterr));
    recorder.file_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (recorder.file_fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    status = start_recorder(&recorder, session, &packets, reterr);
    (void) close(recorder.file_fd);
    TRY(status);
    /* Nothing is asked of the device before somebody listens. */
    ready = read_report(packets, READY_MS);
    if (!json_is_true(json_object_get(ready, "ready"))) {
        const char *reason = json_string_value(json_object_get(ready, "reason"));

        status = fail(reterr, STATUS_UNSUPPORTED, "packets cannot be recorded: %s",
                      reason == NULL ? "its process ended" : reason);
    }
    json_decref(ready);
    TRY(status);
    *ret_packets = packets;
    packets = NULL;
    return STATUS_OK;
}

static void end_process(struct packets *packets)
{
    if (packets->stop_fd >= 0) {
        (void) close(packets->stop_fd);
        packets->stop_fd = -1;
    }
    if (packets->pid > 0) {
        (void) kill(packets->pid, SIGKILL);
        while (waitpid(packets->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}

void packets_done(struct packets **packets)
{
    if (*packets != NULL) {
        end_process(*packets);
        (void) close((*packets)->report_fd);
        free(*packets);
        *packets = NULL;
    }
}

/* Cuts a torn end off; *ret_size is what stays. */
static enum status cut_torn(const char *path, json_int_t *ret_size, json_int_t *ret_torn,
                            struct error *reterr)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat facts;
    void *content;
    size_t whole = 0;

    if (fd < 0 || fstat(fd, &facts) != 0) {
        (void) (fd >= 0 ? close(fd) : 0);
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    content = facts.st_size == 0
                  ? MAP_FAILED
                  : mmap(NULL, (size_t) facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (content != MAP_FAILED) {
        whole = wire_pcapng_whole(content, (size_t) facts.st_size);
        (void) munmap(content, (size_t) facts.st_size);
    }
    *ret_size = (json_int_t) whole;
    *ret_torn = (json_int_t) facts.st_size - (json_int_t) whole;
    if (ftruncate(fd, (off_t) whole) != 0 || fdatasync(fd) != 0) {
        (void) close(fd);
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    (void) close(fd);
    return STATUS_OK;
}

/* Without a digest: the file is of class "secret", and a plain one would confirm guesses. */
static enum status log_packets(struct journal *journal, unsigned session, const json_t *report,
                               struct error *reterr)
{
    char name[PACKETS_NAME_SIZE];
    char path[PATH_MAX];
    json_int_t size = 0;
    json_int_t torn = 0;
    json_t *said;

    packets_name(session, name);
    TRY(file_path(journal, session, path, reterr));
    TRY(cut_torn(path, &size, &torn, reterr));
    said = json_pack("{s:s, s:I, s:I, s:I, s:b}", "path", name, "session", (json_int_t) session,
                     "size", size, "torn_bytes", torn, "whole", (int) (report != NULL));
    if (report != NULL) {
        (void) json_object_update_missing(said, (json_t *) report);
    }
    return journal_say(journal, "packets", NULL, said, reterr);
}

enum status packets_stop(struct packets **packets, struct journal *journal, struct error *reterr)
{
    struct packets *one = *packets;
    enum status status;
    json_t *report;

    if (one == NULL) {
        return STATUS_OK;
    }
    (void) close(one->stop_fd);
    one->stop_fd = -1;
    report = read_report(one, READY_MS);
    end_process(one);
    one->pid = 0;
    status = log_packets(journal, one->session, report, reterr);
    json_decref(report);
    packets_done(packets);
    return status;
}

enum status packets_recover(struct journal *journal, unsigned session, struct error *reterr)
{
    char path[PATH_MAX];

    TRY(file_path(journal, session, path, reterr));
    return access(path, F_OK) != 0 ? STATUS_OK : log_packets(journal, session, NULL, reterr);
}
