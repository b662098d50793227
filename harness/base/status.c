#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

const char *status_text(enum status status)
{
    static const char *const texts[] = {
#define X(name, text) [STATUS_##name] = text,
        STATUS_LIST(X)
#undef X
    };

    return texts[status];
}

const char *status_name(enum status status)
{
    static const char *const names[] = {
#define X(name, text) [STATUS_##name] = #name,
        STATUS_LIST(X)
#undef X
    };

    return names[status];
}

enum status(fail)(struct error *reterr, enum status status, const char *format, ...)
{
    if (reterr != NULL) {
        va_list args;

        va_start(args, format);
        reterr->status = status;
        (void) vsnprintf(reterr->message, sizeof reterr->message, format, args);
        va_end(args);
    }
    return status;
}
