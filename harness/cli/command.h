/* command.h - one subcommand: its table drives parsing, --help and the man page, so
 * that the three cannot disagree. */
#pragma once

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct option {
    const char *name;  /* without the dashes */
    const char *value; /* what follows, for help: "FILE"; NULL: a switch */
    struct words help;
    bool repeats;
};

#define OPTION_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

struct arguments;

struct command {
    const char *name;
    struct words summary;
    const char *positionals; /* for help: "BUNDLE"; NULL: none */
    size_t positional_least;
    size_t positional_most;
    const struct option *options; /* ended by OPTION_END; --help and --lang are everywhere */
    struct words about;           /* a paragraph or two; may be empty */
    const char *example;          /* lines to type */
    const char *exits;            /* exit codes, one a line: "0 conformant" */
    int (*main)(const struct arguments *arguments);
};

/* Not NULL only if given; the last one counts. */
const char *argument_text(const struct arguments *arguments, const char *name);
bool argument_given(const struct arguments *arguments, const char *name);

/* The index-th value of a repeated option, or NULL past the last. */
const char *argument_nth(const struct arguments *arguments, const char *name, size_t index);

const char *argument_positional(const struct arguments *arguments, size_t index);
size_t argument_positional_count(const struct arguments *arguments);
enum language argument_language(const struct arguments *arguments);
const struct command *argument_command(const struct arguments *arguments);

/* Parses argv after the subcommand's name and calls it; returns its exit code. */
int command_call(const struct command *command, int argc, char **argv);

/* Help on stdout. */
void command_help(const struct command *command, enum language language);
void command_man(const struct command *const *commands, size_t count);

/* From LC_ALL, LC_MESSAGES, LANG. */
enum language language_of_environment(void);
bool language_from_word(const char *word, enum language *ret_language);
