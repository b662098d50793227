/* truth.h - whether a condition holds, as far as is known. */
#pragma once

/* Three-valued, ordered so that "and" is the minimum: a fact that was not observed makes a
 * condition UNKNOWN. */
enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };
