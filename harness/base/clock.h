/* clock.h - time as an argument.  Code that needs "now" takes it from here once
 * and passes it on, so that a replay can pass something else. */
#pragma once

#include <stdint.h>

/* Milliseconds on a clock that never goes back; only differences mean anything. */
int64_t clock_monotonic_ms(void);

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

enum { CLOCK_TEXT_SIZE = sizeof "YYYY-MM-DDThh:mm:ss.fffZ" };

/* RFC 3339 in UTC with milliseconds. */
void clock_text(int64_t wall_ms, char room[CLOCK_TEXT_SIZE]);

/* The year of the Gregorian calendar, UTC. */
unsigned clock_year(int64_t wall_ms);

/* How many milliseconds are left until deadline_ms, never below zero, at most INT_MAX. */
int clock_left_ms(int64_t deadline_ms);
