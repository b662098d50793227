/* Defect telnet-open: a remote shell (RFC 854) left on.  Its log-in is sound, its being there is
 * not. */
#include "camera/camera.h"

#include <stdio.h>
#include <string.h>

enum { IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, SB = 250, SE = 240 };
enum { OPTION_ECHO = 1, OPTION_GO_AHEAD = 3, OPTION_TERMINAL = 24, OPTION_WINDOW = 31 };
enum { LINE_SIZE = 80, WRONG_MAX = 3, SUBNEGOTIATION_MAX = 512 };
enum stage { STAGE_USER, STAGE_PASSWORD, STAGE_SHELL };

struct terminal {
    enum stage stage;
    char user[LINE_SIZE];
    char line[LINE_SIZE];
    size_t length;
    unsigned wrong;
    bool after_return;
};

static const char LOGIN_PROMPT[] = CAMERA_MODEL " login: ";
static const char SHELL_PROMPT[] = CAMERA_MODEL "$ ";

static void telnet_opened(struct connection *connection)
{
    static const unsigned char offers[] = { IAC, WILL, OPTION_ECHO,     IAC, WILL, OPTION_GO_AHEAD,
                                            IAC, DO,   OPTION_TERMINAL, IAC, DO,   OPTION_WINDOW };

    buffer_append(&connection->out, offers, sizeof offers);
    buffer_format(&connection->out, "\r\n%s", LOGIN_PROMPT);
}

/* RFC 854: answer only what is not already agreed, or two polite peers never stop. */
static void option_answer(struct connection *connection, unsigned char verb, unsigned char option)
{
    bool offered = verb == DO ? option == OPTION_ECHO || option == OPTION_GO_AHEAD
                              : option == OPTION_TERMINAL || option == OPTION_WINDOW;

    if ((verb == DO || verb == WILL) && !offered) {
        const unsigned char refusal[] = { IAC, verb == DO ? WONT : DONT, option };
        buffer_append(&connection->out, refusal, sizeof refusal);
    }
}

/* How many bytes the command at the start takes; 0 while it is not complete. */
static size_t command_length(const unsigned char *data, size_t length)
{
    if (length < 2) {
        return 0;
    }
    if (data[1] >= WILL && data[1] <= DONT) {
        return length < 3 ? 0 : 3;
    }
    if (data[1] != SB) {
        return 2;
    }
    for (size_t i = 2; i + 1 < length; i++) {
        if (data[i] == IAC) {
            if (data[i + 1] == SE) {
                return i + 2;
            }
            i++;
        }
    }
    return length > SUBNEGOTIATION_MAX ? length : 0;
}

static enum next_step login_try(struct connection *connection, struct terminal *terminal)
{
    struct camera *camera = connection->device;
    struct login login = accounts_login_password(&camera->accounts, terminal->user, terminal->line);

    if (login.answer == LOGIN_RIGHT) {
        terminal->stage = STAGE_SHELL;
        buffer_format(&connection->out, "\r\n%s", SHELL_PROMPT);
        return STEP_GO_ON;
    }
    if (login.answer == LOGIN_LOCKED) {
        buffer_format(&connection->out, "\r\nLocked, try again in %u s\r\n", login.retry_after_s);
        return STEP_CLOSE;
    }
    terminal->stage = STAGE_USER;
    buffer_text(&connection->out, "\r\nLogin incorrect\r\n");
    if (++terminal->wrong == WRONG_MAX) {
        return STEP_CLOSE;
    }
    buffer_text(&connection->out, LOGIN_PROMPT);
    return STEP_GO_ON;
}

static enum next_step command_run(struct connection *connection, const char *line)
{
    if (strcmp(line, "exit") == 0) {
        return STEP_CLOSE;
    }
    if (strcmp(line, "version") == 0) {
        const struct camera *camera = connection->device;
        buffer_format(&connection->out, CAMERA_MODEL " %s\r\n", camera->firmware.version);
    } else if (*line != '\0') {
        buffer_text(&connection->out, "sh: not found\r\n");
    }
    buffer_text(&connection->out, SHELL_PROMPT);
    return STEP_GO_ON;
}

static enum next_step line_take(struct connection *connection, struct terminal *terminal)
{
    enum next_step step = STEP_GO_ON;

    terminal->line[terminal->length] = '\0';
    terminal->length = 0;
    switch (terminal->stage) {
    case STAGE_USER:
        if (terminal->line[0] == '\0') {
            buffer_format(&connection->out, "\r\n%s", LOGIN_PROMPT);
            break;
        }
        memcpy(terminal->user, terminal->line, LINE_SIZE);
        terminal->stage = STAGE_PASSWORD;
        buffer_text(&connection->out, "\r\nPassword: ");
        break;
    case STAGE_PASSWORD:
        step = login_try(connection, terminal);
        break;
    case STAGE_SHELL:
        buffer_text(&connection->out, "\r\n");
        step = command_run(connection, terminal->line);
        break;
    }
    memset(terminal->line, 0, LINE_SIZE);
    return step;
}

static enum next_step byte_take(struct connection *connection, unsigned char byte)
{
    struct terminal *terminal = connection->state;
    bool after_return = terminal->after_return;

    /* RFC 854: a line ends with CR LF or CR NUL; bare LF is what scripts send. */
    terminal->after_return = byte == '\r';
    if (byte == '\r' || (byte == '\n' && !after_return)) {
        return line_take(connection, terminal);
    }
    if (byte == 0x7f || byte == '\b') {
        terminal->length -= terminal->length > 0 ? 1 : 0;
    } else if (byte >= ' ' && terminal->length < LINE_SIZE - 1) {
        terminal->line[terminal->length++] = (char) byte;
        if (terminal->stage != STAGE_PASSWORD) {
            buffer_append(&connection->out, &byte, 1);
        }
    }
    return STEP_GO_ON;
}

static enum next_step telnet_input(struct connection *connection)
{
    struct buffer *in = &connection->in;
    size_t used = 0;
    enum next_step step = STEP_GO_ON;

    while (used < in->length && step == STEP_GO_ON && connection->out.length < 4096) {
        const unsigned char *at = (const unsigned char *) in->data + used;
        if (*at != IAC) {
            step = byte_take(connection, *at);
            used++;
            continue;
        }
        size_t length = command_length(at, in->length - used);
        if (length == 0) {
            break;
        }
        if (length == 3 && at[1] != SB) {
            option_answer(connection, at[1], at[2]);
        }
        used += length;
    }
    buffer_consume(in, used);
    return step;
}

const struct protocol camera_telnet = {
    .name = "telnet",
    .idle_ms = 60000,
    .state_size = sizeof(struct terminal),
    .opened = telnet_opened,
    .input = telnet_input,
};
