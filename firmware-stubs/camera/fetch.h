/* fetch.h - the camera as a client: asks the update server over TLS, in a process of its own so
 * that the camera answers meanwhile. */
#pragma once

#include "stub.h"
#include "support/buffer.h"

#include <sys/types.h>

/* The first octet of what a fetch brings; text or an image follows. */
enum { FETCH_FAILED = 'F', FETCH_NOTHING_NEWER = 'N', FETCH_IMAGE = 'I' };

struct fetch {
    int fd; /* -1: none is under way */
    pid_t process;
    struct buffer got;
    int64_t until_ms;
};

bool fetch_begin(struct fetch *fetch, const struct stub *stub, const char *version);

/* 0: it is over and `got` is whole; else how long to wait until the next turn. */
int64_t fetch_turn(struct fetch *fetch);

/* Also in the middle. */
void fetch_end(struct fetch *fetch);

/* What the process does; ends it. */
_Noreturn void fetch_live(const struct stub *stub, const char *version, int fd);
