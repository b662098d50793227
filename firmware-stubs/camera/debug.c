/* Defect undeclared-port: a console that somebody forgot to take out.  It knows no command. */
#include "camera/camera.h"

#include <string.h>

enum { LINE_MAX_LENGTH = 256 };

static void debug_opened(struct connection *connection)
{
    buffer_text(&connection->out, CAMERA_MODEL " debug console\r\n> ");
}

static enum next_step debug_input(struct connection *connection)
{
    struct buffer *in = &connection->in;
    const char *newline = memchr(in->data, '\n', in->length);

    if (newline == NULL) {
        return in->length > LINE_MAX_LENGTH ? STEP_CLOSE : STEP_GO_ON;
    }
    buffer_text(&connection->out, "unknown command\r\n> ");
    buffer_consume(in, (size_t) (newline - in->data) + 1);
    return STEP_GO_ON;
}

const struct protocol camera_debug = {
    .name = "debug", .idle_ms = 30000, .opened = debug_opened, .input = debug_input
};
