#include "cli/chart_view.h"

#include "report/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CHART_MAX = 4 << 20, WIDTH_DEFAULT = 120 };

static size_t width_here(void)
{
    struct winsize size = { 0 };

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return WIDTH_DEFAULT;
}

enum status chart_print(const json_t *result, enum language language, bool details,
                        struct error *reterr)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(CHART_MAX);
    struct chart_style style = { .language = language,
                                 .width = width_here(),
                                 .colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
                                 .details = details };

    TRY(chart_put(&out, result, &style, reterr));
    if (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0) {
        return fail(reterr, STATUS_IO, "stdout cannot be written");
    }
    return STATUS_OK;
}
