/* A lever over HTTP: to the device, as somebody who has logged in, or to a plug. */
#include "control/way.h"

#include "base/text.h"
#include "probe/guest.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

static const char boundary[] = "hoshitori-7f3a9c51d2e84b06";

static enum status multipart_write(const struct lever_way *way, const struct bytes *image,
                                   struct bytes *body, struct error *reterr)
{
    char head[512];
    int length = snprintf(head, sizeof head,
                          "--%s\r\nContent-Disposition: form-data; name=\"%s\"; "
                          "filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                          boundary, way->field != NULL ? way->field : "file",
                          way->file_name != NULL ? way->file_name : "image.bin");

    if (length < 0 || (size_t) length >= sizeof head) {
        return fail(reterr, STATUS_LIMIT, "the names of the form's file are too long");
    }
    TRY(bytes_append(body, head, (size_t) length, reterr));
    TRY(bytes_append(body, image->data, image->length, reterr));
    length = snprintf(head, sizeof head, "\r\n--%s--\r\n", boundary);
    return bytes_append(body, head, (size_t) length, reterr);
}

static enum status body_put(const struct lever_way *way, const struct lever_input *input,
                            struct bytes *room, struct guest_errand *errand, struct error *reterr)
{
    if (way->body == LEVER_BODY_DECLARED) {
        return STATUS_OK;
    }
    if (input->image == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this lever sends an image, and there is none");
    }
    if (way->body == LEVER_BODY_IMAGE) {
        errand->content_type = "application/octet-stream";
        errand->body = input->image->length > 0 ? (const void *) input->image->data : "";
        errand->body_length = input->image->length;
        return STATUS_OK;
    }
    TRY(multipart_write(way, input->image, room, reterr));
    errand->content_type = "multipart/form-data; boundary=hoshitori-7f3a9c51d2e84b06";
    errand->body = room->data;
    errand->body_length = room->length;
    return STATUS_OK;
}

static bool among(unsigned status, const unsigned *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (statuses[i] == status) {
            return true;
        }
    }
    return false;
}

static enum status answer_read(const struct lever_way *way, const struct http_answer *answer,
                               struct lever_output *output, struct error *reterr)
{
    size_t length = answer->body.length;

    if (answer->event != HTTP_ANSWERED) {
        output->word = LEVER_CUT;
        (void) snprintf(output->detail, sizeof output->detail, "%s",
                        answer->detail[0] != '\0' ? answer->detail
                                                  : http_event_word(answer->event));
        return STATUS_OK;
    }
    if (answer->status >= 200 && answer->status < 400) {
        output->word = LEVER_DONE;
    } else {
        output->word = among((unsigned) answer->status, way->refused, way->refused_count)
                           ? LEVER_REFUSED
                           : LEVER_CUT;
        (void) snprintf(output->detail, sizeof output->detail, "answers %d", answer->status);
    }
    return bytes_append(&output->text, answer->body.data,
                        length < LEVER_TEXT_MAX ? length : LEVER_TEXT_MAX, reterr);
}

/* A plug's own log-in is Basic; it has no session. */
static enum status plug_ask(struct probe_call *call, const struct lever_way *way,
                            const struct guest_errand *errand, struct http_answer *answer,
                            struct error *reterr)
{
    const struct http_target target = { .host = way->at.address,
                                        .port = way->at.port,
                                        .tls = way->at.tls };
    DEFER(recipe_request_done) struct recipe_request filled = recipe_request_empty();
    DEFER(http_client_done) struct http_client *client = NULL;
    struct http_ask ask = { .method = way->request->method,
                            .scheme = way->at.user != NULL ? "basic" : NULL,
                            .user = way->at.user,
                            .password = way->at.user != NULL ? &way->at.secret : NULL,
                            .answer_is_secret = true,
                            .deadline_ms = call->deadline_ms,
                            .given_up = call->given_up };

    TRY(http_client_new(&target, call->transcript, &client, reterr));
    TRY(recipe_fill(way->request, &errand->values, &filled, reterr));
    recipe_request_put(&filled, &ask);
    if (errand->body != NULL) {
        ask.body = errand->body;
        ask.body_length = errand->body_length;
        ask.content_type = errand->content_type;
    }
    return http_client_ask(client, &ask, answer, reterr);
}

static bool leaves_a_session(const struct lever_way *way)
{
    return way->lever == LEVER_READ_VERSION || way->lever == LEVER_READ_SETTING ||
           way->lever == LEVER_WRITE_SETTING;
}

static enum status device_ask(struct probe_call *call, const struct lever_way *way,
                              const struct guest_errand *errand, struct http_answer *answer,
                              struct lever_output *output, struct error *reterr)
{
    const struct access access = { .id = lever_words[way->lever],
                                   .asset = "lever",
                                   .service = way->service,
                                   .auth = way->auth,
                                   .role = way->role };
    const struct subject subject = { .profile = call->subject->profile,
                                     .address = call->subject->address,
                                     .service = way->service,
                                     .auth = way->auth,
                                     .access = &access };
    DEFER(guest_done) struct guest guest;
    enum status status;

    call->subject = &subject;
    call->port = way->service->port;
    status =
        guest_new(call, way->auth == NULL ? GUEST_NOBODY : GUEST_ROLE, way->role, &guest, reterr);
    if (status == STATUS_OK && way->auth != NULL) {
        status = guest_login(&guest, reterr);
        if (status == STATUS_OK && text_equal(guest.scheme, "form") && !guest.logged_in) {
            output->word = LEVER_CUT;
            (void) snprintf(output->detail, sizeof output->detail, "logging in: %.140s",
                            guest.login.detail);
            return STATUS_OK;
        }
    }
    TRY(status);
    TRY(guest_send(&guest, errand, answer, reterr));
    if (leaves_a_session(way) && way->auth != NULL && guest.logged_in &&
        way->auth->logout.path != NULL) {
        DEFER(http_answer_done) struct http_answer ignored = { .body = bytes_bounded(1) };

        TRY(guest_logout(&guest, &ignored, reterr));
    }
    return answer_read(way, answer, output, reterr);
}

enum status way_request(struct probe_call *call, const struct lever_way *way,
                        const struct lever_input *input, struct lever_output *output,
                        struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { .body = bytes_bounded(1) };
    DEFER(bytes_done) struct bytes room = bytes_bounded((size_t) LEVER_IMAGE_MAX + 1024);
    struct guest_errand errand = {
        .request = way->request,
        .values = { .user = input->user,
                    .value = input->value,
                    .marker = input->value,
                    .password = input->secret == NULL ? NULL : secret_reveal(input->secret),
                    .new_password = input->secret == NULL ? NULL : secret_reveal(input->secret),
                    .old_password =
                        input->old_secret == NULL ? NULL : secret_reveal(input->old_secret) },
        .changes = !text_equal(way->request->method, "GET"),
    };

    TRY(body_put(way, input, &room, &errand, reterr));
    if (way->at.address != NULL) {
        TRY(plug_ask(call, way, &errand, &answer, reterr));
        return answer_read(way, &answer, output, reterr);
    }
    return device_ask(call, way, &errand, &answer, output, reterr);
}
