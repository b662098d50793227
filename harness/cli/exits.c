#include "cli/exits.h"

#include "model/verdict.h"

#include <stdarg.h>
#include <stdio.h>

int exit_code(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_OK;
    case STATUS_USAGE:
        return EXIT_USAGE;
    case STATUS_BAD_INPUT:
    case STATUS_LIMIT:
    case STATUS_UNSUPPORTED:
        return EXIT_BAD_INPUT;
    case STATUS_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case STATUS_INTERRUPTED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_OUR_FAULT;
    }
}

int exit_with(const struct error *error)
{
    (void) fprintf(stderr, "hoshitori: %s\n", error->message);
    return exit_code(error->status);
}

int exit_saying(enum status status, const char *format, ...)
{
    struct error error = { .status = status };
    va_list args;

    va_start(args, format);
    (void) vsnprintf(error.message, sizeof error.message, format, args);
    va_end(args);
    return exit_with(&error);
}

int exit_of_overall(const json_t *result)
{
    enum overall overall = OVERALL_INCONCLUSIVE;

    (void) overall_from_word(json_string_value(json_object_get(result, "overall")), &overall);
    switch (overall) {
    case OVERALL_CONFORMANT:
        return EXIT_OK;
    case OVERALL_NONCONFORMANT:
        return EXIT_NONCONFORMANT;
    default:
        return EXIT_NEITHER;
    }
}
