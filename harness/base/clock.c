#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now = { 0 };

    (void) clock_gettime(id, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

void clock_text(int64_t wall_ms, char room[CLOCK_TEXT_SIZE])
{
    time_t seconds = (time_t) (wall_ms / 1000);
    char day_and_time[sizeof "YYYY-MM-DDThh:mm:ss"];
    struct tm parts = { 0 };

    (void) gmtime_r(&seconds, &parts);
    (void) strftime(day_and_time, sizeof day_and_time, "%Y-%m-%dT%H:%M:%S", &parts);
    (void) snprintf(room, CLOCK_TEXT_SIZE, "%s.%03uZ", day_and_time,
                    (unsigned) (wall_ms % 1000) % 1000u);
}

unsigned clock_year(int64_t wall_ms)
{
    time_t seconds = (time_t) (wall_ms / 1000);
    struct tm parts = { 0 };

    (void) gmtime_r(&seconds, &parts);
    return parts.tm_year < -1900 ? 0 : (unsigned) (parts.tm_year + 1900);
}

int clock_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_monotonic_ms();

    if (left <= 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int) left;
}
