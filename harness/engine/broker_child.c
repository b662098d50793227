/* The broker's own side: commands of the bench, started one by one. */
#include "engine/broker.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/control.h"
#include "control/frame.h"
#include "engine/broker_command.h"
#include "engine/broker_person.h"
#include "engine/child.h"
#include "evidence/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_STEP = 65536, TURN_MS = 20 };

struct desk {
    const struct probe *probe;
    const struct subject *subject;
    const struct profile *profile;
    unsigned orders;
    int ask_fd;
    int answer_fd;
    struct bytes heard;
    struct command tasks[BROKER_TASKS_MAX];
    int terminal_fd; /* or -1 */
    struct person person;
    const struct lever_way *moved; /* by the person; NULL: a question */
};

static _Noreturn void desk_leave(struct desk *desk)
{
    for (size_t i = 0; i < BROKER_TASKS_MAX; i++) {
        command_kill(&desk->tasks[i]);
    }
    person_done(&desk->person);
    bytes_done(&desk->heard);
    child_exit(0);
}

/* Nobody listens any more: the end of the other pipe will say so too. */
static void answer(const struct desk *desk, unsigned ticket, const char *word, const char *detail,
                   const struct bytes *text)
{
    json_t *said =
        json_pack("{s:I, s:s, s:s}", "ticket", (json_int_t) ticket, "word", word, "detail", detail);
    struct error ignored;

    if (said != NULL &&
        frame_write(desk->answer_fd, said, text == NULL ? NULL : text->data,
                    text == NULL ? 0 : text->length, NULL, 0, &ignored) != STATUS_OK) {
        ignored.status = STATUS_IO;
    }
    json_decref(said);
}

/* ---- a person ---- */

static void say_asking(const struct desk *desk, bool begins)
{
    json_t *said = json_pack("{s:b}", "asking", (int) begins);
    struct error ignored;

    if (frame_write(desk->answer_fd, said, NULL, 0, NULL, 0, &ignored) != STATUS_OK) {
        ignored.status = STATUS_IO;
    }
    json_decref(said);
}

static bool is_reading(const struct lever_way *way)
{
    return way->lever == LEVER_READ_VERSION || way->lever == LEVER_READ_SETTING;
}

static void person_ask(struct desk *desk, const struct person_ask *ask, const struct lever_way *way)
{
    if (desk->person.state != PERSON_IDLE) {
        answer(desk, ask->ticket, "failed", "a person is asked one thing at a time", NULL);
        return;
    }
    desk->moved = way;
    person_begin(&desk->person, desk->terminal_fd, ask);
}

static void lever_by_person(struct desk *desk, const struct lever_way *way,
                            const struct command_ask *asked)
{
    char about[256];

    (void) snprintf(about, sizeof about, "%s%s%s%s%s", lever_words[way->lever],
                    way->id != NULL ? " " : "", way->id != NULL ? way->id : "",
                    asked->value != NULL ? " = " : "", asked->value != NULL ? asked->value : "");
    person_ask(desk,
               &(struct person_ask){
                   .ticket = asked->ticket,
                   .about = about,
                   .ja = words_in(&way->person, LANGUAGE_JA),
                   .en = words_in(&way->person, LANGUAGE_EN),
                   .choices = is_reading(way)
                                  ? NULL
                                  : "done (できた) / refused (機器が拒んだ) / failed (できない)",
                   .within_s = way->within_s },
               way);
}

static void question_take(struct desk *desk, const json_t *json)
{
    json_int_t within_s = json_integer_value(json_object_get(json, "within_s"));
    const char *choices = json_string_value(json_object_get(json, "choices"));

    if (!desk->probe->wants_person) {
        answer(desk, (unsigned) json_integer_value(json_object_get(json, "ticket")), "failed",
               "this probe has nothing to ask", NULL);
        return;
    }
    person_ask(desk,
               &(struct person_ask){
                   .ticket = (unsigned) json_integer_value(json_object_get(json, "ticket")),
                   .about = json_string_value(json_object_get(json, "about")),
                   .ja = json_string_value(json_object_get(json, "ja")),
                   .en = json_string_value(json_object_get(json, "en")),
                   .choices = choices,
                   .within_s = within_s > 0 && within_s <= LEVER_WITHIN_S_MAX
                                   ? (unsigned) within_s
                                   : LEVER_PERSON_WITHIN_S },
               NULL);
}

/* A file is named with '@'; what counts is which file it was. */
static void file_digest(const struct bytes *typed, char room[DIGEST_HEX_SIZE])
{
    char path[PERSON_ANSWER_MAX + 1];
    struct digest digest;

    room[0] = '\0';
    if (typed->length > 1 && typed->data[0] == '@') {
        memcpy(path, typed->data + 1, typed->length - 1);
        path[typed->length - 1] = '\0';
        if (digest_of_file(path, &digest, NULL, NULL) == STATUS_OK) {
            digest_to_hex(&digest, room);
        }
    }
}

static bool typed_is(const struct bytes *typed, const char *word)
{
    return typed->length == strlen(word) && memcmp(typed->data, word, typed->length) == 0;
}

static void person_heard(struct desk *desk)
{
    const struct person *person = &desk->person;
    const char *word = "done";
    char detail[DIGEST_HEX_SIZE] = "";

    if (!person->answered) {
        answer(desk, person->ticket, "cut", person->detail, NULL);
        return;
    }
    if (desk->moved == NULL) {
        file_digest(&person->typed, detail);
    } else if (!is_reading(desk->moved) && typed_is(&person->typed, "refused")) {
        word = "refused";
    } else if (!is_reading(desk->moved) && !typed_is(&person->typed, "done")) {
        answer(desk, person->ticket, "cut", "whoever was asked could not do it", NULL);
        return;
    }
    answer(desk, person->ticket, word, detail, &person->typed);
}

static bool person_look_after(struct desk *desk)
{
    bool begins = false;

    if (desk->person.state == PERSON_IDLE) {
        return false;
    }
    person_turn(&desk->person, &begins);
    if (begins) {
        say_asking(desk, true);
    }
    if (desk->person.state == PERSON_ENDED) {
        if (desk->person.shown_s >= 0) {
            say_asking(desk, false);
        }
        person_heard(desk);
        person_done(&desk->person);
        return false;
    }
    return true;
}

/* ---- what is asked of the desk ---- */

static void take_up(struct desk *desk, const struct frame *frame)
{
    const json_t *place = json_object_get(frame->json, "lever");
    const json_int_t index = json_integer_value(place);
    const struct command_ask ask = {
        .ticket = (unsigned) json_integer_value(json_object_get(frame->json, "ticket")),
        .value = json_string_value(json_object_get(frame->json, "value")),
        .user = json_string_value(json_object_get(frame->json, "user")),
        .unit = desk->profile != NULL && desk->profile->unit_count > 0 ? desk->profile->units[0].id
                                                                       : "",
        .image = json_is_true(json_object_get(frame->json, "image")) ? frame->bulk : NULL,
        .image_length = frame->bulk_length,
        .secret = frame->secret,
        .secret_length = frame->secret_length,
    };
    struct command *task = NULL;
    const struct lever_way *way = NULL;
    struct error error = { .status = STATUS_OK };

    if (++desk->orders > BROKER_ORDERS_MAX) { /* a relay wears out, a person more so */
        answer(desk, ask.ticket, "failed", "this check has moved levers often enough", NULL);
        return;
    }
    if (json_is_true(json_object_get(frame->json, "question"))) {
        question_take(desk, frame->json);
        return;
    }
    if (desk->profile != NULL && json_is_integer(place) && index >= 0 &&
        (size_t) index < desk->profile->lever_count) {
        way = &desk->profile->levers[index];
        way = broker_may_move(desk->probe, desk->subject, way) ? way : NULL;
    }
    for (size_t i = 0; i < BROKER_TASKS_MAX && task == NULL; i++) {
        task = desk->tasks[i].pid == 0 ? &desk->tasks[i] : NULL;
    }
    if (way != NULL && way->by == LEVER_BY_PERSON) {
        lever_by_person(desk, way, &ask);
    } else if (way == NULL || way->by != LEVER_BY_COMMAND) {
        answer(desk, ask.ticket, "failed", "the profile declares no such command", NULL);
    } else if (task == NULL) {
        answer(desk, ask.ticket, "failed", "too many levers at once", NULL);
    } else if (command_start(way, &ask, task, &error) != STATUS_OK) {
        char words[160];

        text_printable(error.message, strlen(error.message), words, sizeof words);
        answer(desk, ask.ticket, "failed", words, NULL);
    }
}

/* What does not speak as a worker does is none any more. */
static void hear(struct desk *desk)
{
    uint8_t *room = NULL;
    ssize_t got;

    if (bytes_reserve(&desk->heard, READ_STEP, &room, NULL) != STATUS_OK) {
        desk_leave(desk);
    }
    got = read(desk->ask_fd, room, READ_STEP);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        desk_leave(desk);
    }
    bytes_commit(&desk->heard, got > 0 ? (size_t) got : 0);
    for (;;) {
        struct frame frame;
        size_t length = 0;

        if (frame_parse(&desk->heard, LEVER_IMAGE_MAX, &frame, &length, NULL) != STATUS_OK) {
            desk_leave(desk);
        }
        if (length == 0) {
            return;
        }
        take_up(desk, &frame);
        if (frame.secret_length > 0) {
            secret_wipe(desk->heard.data + length - frame.secret_length, frame.secret_length);
        }
        frame_done(&frame);
        memmove(desk->heard.data, desk->heard.data + length, desk->heard.length - length);
        desk->heard.length -= length;
    }
}

static bool look_after(struct desk *desk)
{
    bool any = false;

    for (size_t i = 0; i < BROKER_TASKS_MAX; i++) {
        struct command *task = &desk->tasks[i];

        if (task->pid == 0) {
            continue;
        }
        command_turn(task);
        if (task->ended) {
            answer(desk, task->ticket, task->word, task->detail, &task->output);
            command_done(task);
        } else {
            any = true;
        }
    }
    return any;
}

_Noreturn void broker_child(const struct probe *probe, const struct subject *subject, int ask_fd,
                            int answer_fd, int terminal_fd)
{
    struct desk desk = {
        .probe = probe,
        .subject = subject,
        .profile = subject->profile,
        .ask_fd = ask_fd,
        .answer_fd = answer_fd,
        .terminal_fd = terminal_fd,
        .heard = bytes_bounded((size_t) FRAME_HEAD + FRAME_JSON_MAX + LEVER_IMAGE_MAX +
                               FRAME_SECRET_MAX + 2 * READ_STEP),
    };

    (void) fcntl(ask_fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd polled[1 + BROKER_TASKS_MAX] = { { .fd = ask_fd, .events = POLLIN } };
        bool any = look_after(&desk);

        any = person_look_after(&desk) || any;
        for (size_t i = 0; i < BROKER_TASKS_MAX; i++) {
            polled[1 + i] =
                (struct pollfd){ .fd = desk.tasks[i].pid == 0 ? -1 : desk.tasks[i].output_fd,
                                 .events = POLLIN };
        }
        (void) poll(polled, 1 + BROKER_TASKS_MAX, any ? TURN_MS : -1);
        if (polled[0].revents != 0) {
            hear(&desk);
        }
    }
}
