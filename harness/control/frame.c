#include "control/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status write_all(int fd, const void *data, size_t length, struct error *reterr)
{
    const uint8_t *at = data;

    while (length > 0) {
        ssize_t step = write(fd, at, length);

        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step <= 0) {
            return fail(reterr, STATUS_IO, "the other process is gone: %s", strerror(errno));
        }
        at += step;
        length -= (size_t) step;
    }
    return STATUS_OK;
}

enum status frame_write(int fd, json_t *json, const void *bulk, size_t bulk_length,
                        const void *secret, size_t secret_length, struct error *reterr)
{
    char *text = json_dumps(json, JSON_COMPACT);
    size_t length = text == NULL ? 0 : strlen(text);
    uint32_t head[3] = { (uint32_t) length, (uint32_t) bulk_length, (uint32_t) secret_length };
    enum status status;

    if (text == NULL || length > FRAME_JSON_MAX || bulk_length > UINT32_MAX ||
        secret_length > FRAME_SECRET_MAX) {
        free(text);
        return fail(reterr, STATUS_LIMIT, "too much for one message to a lever");
    }
    status = write_all(fd, head, sizeof head, reterr);
    if (status == STATUS_OK) {
        status = write_all(fd, text, length, reterr);
    }
    if (status == STATUS_OK) {
        status = write_all(fd, bulk, bulk_length, reterr);
    }
    if (status == STATUS_OK) {
        status = write_all(fd, secret, secret_length, reterr);
    }
    free(text);
    return status;
}

enum status frame_parse(const struct bytes *data, size_t bulk_max, struct frame *ret_frame,
                        size_t *ret_length, struct error *reterr)
{
    uint32_t head[3];
    size_t whole;

    *ret_length = 0;
    *ret_frame = (struct frame){ .json = NULL };
    if (data->length < FRAME_HEAD) {
        return STATUS_OK;
    }
    memcpy(head, data->data, sizeof head);
    if (head[0] > FRAME_JSON_MAX || head[1] > bulk_max || head[2] > FRAME_SECRET_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "a message that is too long");
    }
    whole = FRAME_HEAD + (size_t) head[0] + head[1] + head[2];
    if (data->length < whole) {
        return STATUS_OK;
    }
    ret_frame->json =
        json_loadb((const char *) data->data + FRAME_HEAD, head[0], JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(ret_frame->json)) {
        frame_done(ret_frame);
        return fail(reterr, STATUS_BAD_INPUT, "a message that is no object");
    }
    ret_frame->bulk = data->data + FRAME_HEAD + head[0];
    ret_frame->bulk_length = head[1];
    ret_frame->secret = (const char *) ret_frame->bulk + head[1];
    ret_frame->secret_length = head[2];
    *ret_length = whole;
    return STATUS_OK;
}

void frame_done(struct frame *frame)
{
    json_decref(frame->json);
    *frame = (struct frame){ .json = NULL };
}
