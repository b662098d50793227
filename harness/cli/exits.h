/* exits.h - exit codes and the one line that goes with a failure. */
#pragma once

#include "base/status.h"

#include <jansson.h>

enum {
    EXIT_OK = 0,
    EXIT_NONCONFORMANT = 1,
    EXIT_NEITHER = 2,
    EXIT_USAGE = 64,
    EXIT_BAD_INPUT = 65,
    EXIT_UNREACHABLE = 69,
    EXIT_OUR_FAULT = 70,
    EXIT_INTERRUPTED = 130,
};

/* Prints "hoshitori: <message>" on stderr and gives the code for the status. */
int exit_with(const struct error *error);

/* The same for a message of its own. */
int exit_saying(enum status status, const char *format, ...) PRINTF_LIKE(2, 3);
int exit_code(enum status status);

/* Of what a result adds up to: conformant, nonconformant or neither. */
int exit_of_overall(const json_t *result);
