#include "engine/broker_person.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

enum { READY_MS = 300, READ_STEP = 256 };

/* Shared by all processes of a run; one that dies with it gives it back (robust). */
struct shared {
    pthread_mutex_t lock;
};

static struct shared *terminal;

void persons_share(void)
{
    pthread_mutexattr_t attributes;

    if (terminal != NULL) {
        return;
    }
    terminal =
        mmap(NULL, sizeof *terminal, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (terminal == MAP_FAILED || pthread_mutexattr_init(&attributes) != 0 ||
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0 ||
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) != 0 ||
        pthread_mutex_init(&terminal->lock, &attributes) != 0) {
        abort();
    }
}

static bool terminal_take(void)
{
    int result = pthread_mutex_trylock(&terminal->lock);

    if (result == EOWNERDEAD) {
        result = pthread_mutex_consistent(&terminal->lock);
    }
    return result == 0;
}

int person_terminal(void)
{
    /* Whoever runs us without one, as a service or in a pipeline, is not there to answer. */
    return isatty(STDERR_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                                 : -1;
}

/* Characters that a terminal would obey, or that turn the reading around, become '?'. */
static void clean(const char *text, char *room, size_t size)
{
    size_t used = 0;

    if (text == NULL || !text_is_utf8(text, strlen(text))) {
        text = "";
    }
    while (*text != '\0' && used + 5 < size) {
        size_t bad = text_deceives(text);
        size_t length = 1;

        if (bad > 0) {
            room[used++] = *text == '\n' ? ' ' : '?';
            text += bad;
            continue;
        }
        while (((unsigned char) text[length] & 0xc0) == 0x80) {
            length++;
        }
        memcpy(room + used, text, length);
        used += length;
        text += length;
    }
    room[used] = '\0';
}

void person_begin(struct person *person, int fd, const struct person_ask *ask)
{
    *person = (struct person){
        .state = PERSON_WAITS,
        .ticket = ask->ticket,
        .fd = fd,
        .since_ms = clock_monotonic_ms(),
        .deadline_ms = clock_monotonic_ms() + (int64_t) ask->within_s * 1000,
        .shown_s = -1,
        .typed = bytes_bounded(PERSON_ANSWER_MAX),
    };
    clean(ask->about, person->about, sizeof person->about);
    clean(ask->ja, person->ja, sizeof person->ja);
    clean(ask->en, person->en, sizeof person->en);
    clean(ask->choices, person->choices, sizeof person->choices);
}

static void end(struct person *person, bool answered, const char *detail)
{
    person->answered = answered;
    person->detail = detail;
    if (person->state == PERSON_ASKED || person->state == PERSON_READY) {
        if (!answered) {
            (void) dprintf(person->fd, "\n  -- %s\n", detail);
        }
        (void) pthread_mutex_unlock(&terminal->lock);
    }
    person->state = PERSON_ENDED;
}

static void show_question(struct person *person)
{
    (void) tcflush(person->fd, TCIFLUSH); /* nobody answers what he has not seen */
    (void) dprintf(person->fd, "\a\n== 確認 / please look: %s\n", person->about);
    if (person->ja[0] != '\0') {
        (void) dprintf(person->fd, "   %s\n", person->ja);
    }
    if (person->en[0] != '\0') {
        (void) dprintf(person->fd, "   %s\n", person->en);
    }
    if (person->choices[0] != '\0') {
        (void) dprintf(person->fd, "   回答 / answer: %s\n", person->choices);
    }
    (void) dprintf(person->fd, "   \n> ");
}

/* On the line above the one that is typed on, which stays as it is. */
static void show_time(struct person *person, int64_t left_ms)
{
    int64_t left_s = (left_ms + 999) / 1000;

    if (left_s != person->shown_s) {
        person->shown_s = left_s;
        (void) dprintf(person->fd, "\0337\033[1A\r\033[K   残り%lld秒 / %lld s left\0338",
                       (long long) left_s, (long long) left_s);
    }
}

static void listen_to(struct person *person)
{
    char room[READ_STEP];
    ssize_t got;
    char *line_end;

    while (person->state == PERSON_ASKED && (got = read(person->fd, room, sizeof room)) > 0) {
        if (bytes_append(&person->typed, room, (size_t) got, NULL) != STATUS_OK) {
            bytes_clear(&person->typed);
            (void) dprintf(person->fd, "長すぎます / too long\n> ");
            continue;
        }
        line_end = memchr(person->typed.data, '\n', person->typed.length);
        if (line_end == NULL) {
            continue;
        }
        person->typed.length = (size_t) ((uint8_t *) line_end - person->typed.data);
        if (person->typed.length == 0) {
            (void) dprintf(person->fd, "> ");
        } else {
            end(person, true, "");
        }
    }
}

void person_turn(struct person *person, bool *ret_begins)
{
    int64_t now_ms = clock_monotonic_ms();

    *ret_begins = false;
    if (person->state == PERSON_IDLE || person->state == PERSON_ENDED) {
        return;
    }
    if (person->fd < 0) {
        end(person, false, "there is no terminal to ask anybody at");
        return;
    }
    if (person->state == PERSON_WAITS) {
        if (terminal_take()) {
            /* Its time begins when it is asked. */
            person->deadline_ms += now_ms - person->since_ms;
            person->since_ms = now_ms;
            person->state = PERSON_READY;
            *ret_begins = true;
        }
        return;
    }
    if (person->state == PERSON_READY && now_ms - person->since_ms >= READY_MS) {
        person->state = PERSON_ASKED;
        show_question(person);
    }
    listen_to(person);
    if (person->state == PERSON_ASKED) {
        if (now_ms >= person->deadline_ms) {
            end(person, false, "nobody answered in time");
        } else {
            show_time(person, person->deadline_ms - now_ms);
        }
    }
}

void person_done(struct person *person)
{
    if (person->state == PERSON_ASKED || person->state == PERSON_READY) {
        (void) dprintf(person->fd, "\n");
        (void) pthread_mutex_unlock(&terminal->lock);
    }
    bytes_done(&person->typed);
    *person = (struct person){ .state = PERSON_IDLE };
}
