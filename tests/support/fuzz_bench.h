/* fuzz_bench.h - a bench and a device whose every word comes from a fuzzer, for a probe's run(). */
#pragma once

#include "control/control.h"
#include "model/update.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FUZZ_IMAGE_LENGTH = 300 };

struct fuzz_bench {
    struct levers levers;
    struct reader reader;
};

static bool fuzz_can(const struct levers *levers, const struct lever_way *way)
{
    (void) levers;
    (void) way;
    return true;
}

static enum status fuzz_begin(struct levers *levers, struct probe_call *call,
                              const struct lever_way *way, const struct lever_input *input,
                              void **ret_task, struct error *reterr)
{
    (void) levers;
    (void) call;
    (void) input;
    (void) reterr;
    *ret_task = (void *) way;
    return STATUS_OK;
}

static enum status fuzz_end(struct levers *levers, struct probe_call *call, void **task,
                            struct lever_output *output, struct error *reterr)
{
    struct fuzz_bench *bench = (struct fuzz_bench *) levers;
    uint8_t word = reader_u8(&bench->reader);
    size_t length = reader_left(&bench->reader);

    (void) call;
    (void) task;
    if (word >= 0xf0) {
        return fail(reterr, STATUS_IO, "the bench is gone");
    }
    length = length < word % 40 ? length : word % 40;
    output->word = (enum lever_word)(word / 3 % 3);
    if (bench->reader.short_read) {
        return STATUS_OK;
    }
    (void) snprintf(output->detail, sizeof output->detail, "%u", word);
    return bytes_append(&output->text, reader_take(&bench->reader, length), length, reterr);
}

static enum status fuzz_alive(struct levers *levers, struct probe_call *call, bool *ret_alive,
                              struct error *reterr)
{
    (void) call;
    (void) reterr;
    *ret_alive = reader_u8(&((struct fuzz_bench *) levers)->reader) % 8 != 0;
    return STATUS_OK;
}

static const char *fuzz_image(void)
{
    static char path[40];
    static const uint8_t image[FUZZ_IMAGE_LENGTH] = { 'I', 'M', 'G' };
    int fd;

    if (path[0] == '\0') {
        fd = memfd_create("image", MFD_CLOEXEC);
        if (fd < 0 || write(fd, image, sizeof image) != (ssize_t) sizeof image) {
            abort();
        }
        (void) snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    return path;
}

/* Runs the probe with what the fuzzer says, and stops where its facts are not the declared ones. */
static void fuzz_bench_run(const struct probe *probe, const char *params_text, const uint8_t *data,
                           size_t size)
{
    static const enum lever all[] = { LEVER_POWER_OFF,     LEVER_POWER_ON,   LEVER_READ_VERSION,
                                      LEVER_INSTALL_IMAGE, LEVER_SAVE_STATE, LEVER_RESTORE_STATE };
    struct fuzz_bench bench = {
        .levers = { .can = fuzz_can, .begin = fuzz_begin, .end = fuzz_end, .alive = fuzz_alive },
        .reader = reader_over(data, size)
    };
    struct lever_way ways[6] = { 0 };
    const struct update update = { .image = fuzz_image(),
                                   .image_version = "2",
                                   .current_version = "1",
                                   .signing = { .declared = true,
                                                .scheme = UPDATE_OTHER,
                                                .at_end = true,
                                                .signature = { 64, 64 },
                                                .covers = { .before_end = 64 } } };
    const struct profile profile = {
        .levers = ways, .lever_count = 6, .settle_s = 1, .update = &update
    };
    const struct subject subject = { .profile = &profile, .update = &update };
    struct transcript transcript = transcript_start(1 << 16);
    json_t *given = json_loads(params_text, 0, NULL);
    struct error error = { .status = STATUS_OK };
    json_t *params = NULL;
    struct probe_call call = { .subject = &subject,
                               .host = "127.0.0.1",
                               .deadline_ms = clock_monotonic_ms() + 10000,
                               .levers = &bench.levers,
                               .transcript = &transcript,
                               .facts = json_object() };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        ways[i] = (struct lever_way){ .lever = all[i], .by = LEVER_BY_COMMAND };
    }
    if (given == NULL || params_complete(probe->decl.params, given, &params, &error) != STATUS_OK) {
        abort();
    }
    call.params = params;
    if (probe->run(&call, &error) == STATUS_OK &&
        facts_check(probe->decl.facts, call.facts, &error) != STATUS_OK) {
        abort();
    }
    json_decref(params);
    json_decref(given);
    json_decref(call.facts);
    transcript_done(&transcript);
}
