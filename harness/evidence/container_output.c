#include "evidence/container_output.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static enum status write_at(int fd, uint64_t offset, const void *data, size_t length,
                            struct error *reterr)
{
    const uint8_t *at = data;

    while (length > 0) {
        ssize_t put = pwrite(fd, at, length, (off_t) offset);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return fail(reterr, STATUS_IO, "container.io: cannot write: %s", strerror(errno));
        }
        at += put;
        offset += (uint64_t) put;
        length -= (size_t) put;
    }
    return STATUS_OK;
}

static enum status flush(struct container_output *output, struct error *reterr)
{
    TRY(write_at(output->fd, output->flushed, output->buffer, output->used, reterr));
    output->flushed += output->used;
    output->used = 0;
    return STATUS_OK;
}

uint64_t container_output_at(const struct container_output *output)
{
    return output->flushed + output->used;
}

enum status container_output_put(struct container_output *output, const void *data, size_t length,
                                 struct error *reterr)
{
    const uint8_t *at = data;

    while (length > 0) {
        size_t room = sizeof output->buffer - output->used;
        size_t step = length < room ? length : room;

        memcpy(output->buffer + output->used, at, step);
        output->used += step;
        at += step;
        length -= step;
        if (output->used == sizeof output->buffer) {
            TRY(flush(output, reterr));
        }
    }
    return STATUS_OK;
}

enum status container_output_rewind(struct container_output *output, uint64_t offset,
                                    struct error *reterr)
{
    assert(offset <= container_output_at(output));
    if (offset >= output->flushed) {
        output->used = (size_t) (offset - output->flushed);
        return STATUS_OK;
    }
    if (ftruncate(output->fd, (off_t) offset) != 0) {
        return fail(reterr, STATUS_IO, "container.io: cannot cut: %s", strerror(errno));
    }
    output->flushed = offset;
    output->used = 0;
    return STATUS_OK;
}

enum status container_output_patch(struct container_output *output, uint64_t offset,
                                   const void *data, size_t length, struct error *reterr)
{
    assert(offset + length <= container_output_at(output));
    if (offset >= output->flushed) {
        memcpy(output->buffer + (offset - output->flushed), data, length);
        return STATUS_OK;
    }
    TRY(flush(output, reterr));
    return write_at(output->fd, offset, data, length, reterr);
}

enum status container_output_sync(struct container_output *output, struct error *reterr)
{
    TRY(flush(output, reterr));
    if (fsync(output->fd) != 0) {
        return fail(reterr, STATUS_IO, "container.io: cannot reach the disk: %s", strerror(errno));
    }
    return STATUS_OK;
}
