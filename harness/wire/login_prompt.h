/* login_prompt.h - reads the dialogue of a text log-in (telnet, serial consoles): what
 * is being asked, and what was said on the way there.
 *
 * Input is plain text since the last thing we sent, telnet commands already removed.
 * Accepts any bytes; no I/O, no allocation.  The wordings are this project's own list,
 * drawn from login(1), busybox login and the prompts of common devices. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum wire_prompt {
    WIRE_PROMPT_NONE,         /* nothing is being asked yet */
    WIRE_PROMPT_USER,         /* "login:", "Username:", "user name>" */
    WIRE_PROMPT_PASSWORD,     /* "Password:" */
    WIRE_PROMPT_NEW_PASSWORD, /* "New password:": the old one was right */
    WIRE_PROMPT_COMMAND       /* ends in '#', '$', '>' or '%' */
};

struct wire_dialogue {
    enum wire_prompt prompt; /* what the last line asks */
    bool refused;            /* "Login incorrect", "Authentication failed" ... */
    bool locked;             /* "too many", "locked" */
};

struct wire_dialogue wire_login_read(const void *text, size_t length);
