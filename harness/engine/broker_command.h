/* broker_command.h - one command of the bench: started without a shell, in a session of its own,
 * with nothing of ours open, and killed with its group at its time limit. */
#pragma once

#include "base/bytes.h"
#include "model/lever.h"

#include <sys/types.h>

enum { COMMAND_REFUSED = 3, COMMAND_LINE_MAX = 64 };

struct command_ask {
    unsigned ticket;
    const char *value; /* NULL: "" */
    const char *user;
    const char *unit;
    const void *image; /* NULL: none */
    size_t image_length;
    const char *secret; /* for its standard input */
    size_t secret_length;
};

struct command {
    pid_t pid; /* 0: this place is free */
    unsigned ticket;
    int output_fd; /* -1: closed */
    int64_t deadline_ms;
    unsigned within_s;
    char image_path[64]; /* "": none */
    struct bytes output; /* what stdout and stderr said, up to a ceiling */
    bool ended;
    const char *word; /* once ended: "done", "refused", "cut" */
    char detail[160];
};

enum status command_start(const struct lever_way *way, const struct command_ask *ask,
                          struct command *ret_command, struct error *reterr) MUST_CHECK;

/* Reads what is there without waiting, and sees whether it ended or has to. */
void command_turn(struct command *command);

/* Frees the place of one that ended. */
void command_done(struct command *command);

/* Kills one that runs, if there is one, with its group, and frees its place. */
void command_kill(struct command *command);
